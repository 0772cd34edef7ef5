//! What can be got to: which counters are open at some time, and what fits into their hours. Looked at
//! are the days that anybody may ever book, so closures, holidays and windows that are over count as on
//! the day itself. Pure.

use std::{
    collections::{BTreeSet, HashSet},
    ops::Range,
};

use chrono::NaiveDate;

use crate::{
    hours::{Day, Hours, Opening},
    model::{BookingMode, Counter, Location, Release, Service, TownSetup},
    window::MAX_DAYS_AHEAD,
};

/// What was found, by slugs.
#[derive(Debug, Default)]
pub(crate) struct Reach<'a> {
    /// Location and counter: what is open at some time.
    pub open: BTreeSet<(&'a str, &'a str)>,
    /// Services at a counter that is open at some time.
    pub served: BTreeSet<&'a str>,
    /// Services of which an appointment fits into the hours of such a counter. What citizens book
    /// themselves has to fit between the reserve; what staff answer may lie in it.
    pub fitting: BTreeSet<&'a str>,
    /// Location and window: what opens a counter at some time.
    pub opening: BTreeSet<(&'a str, Opening)>,
    /// Those of them that an appointment can begin or end in.
    pub useful: BTreeSet<(&'a str, Opening)>,
}

impl<'a> Reach<'a> {
    /// Everything from a day on.
    pub(crate) fn from(setup: &'a TownSetup, today: NaiveDate) -> Self {
        Self::until(setup, today, |_| false)
    }

    /// Looks at one day after another until it is enough.
    fn until(setup: &'a TownSetup, today: NaiveDate, is_enough: impl Fn(&Self) -> bool) -> Self {
        let mut reach = Self::default();
        let mut seen = HashSet::new();
        let days = today.iter_days().take(usize::from(MAX_DAYS_AHEAD) + 1);
        for day in days.map(|date| Day::new(setup, date)) {
            for location in &setup.locations {
                let hours = Hours::on(&day, setup, location);
                // Most days are like one before.
                if seen.insert((&location.slug, day.minutes, hours.clone())) {
                    reach.look(setup, location, day.minutes, &hours);
                }
            }
            if is_enough(&reach) {
                break;
            }
        }
        reach
    }

    fn look(&mut self, setup: &'a TownSetup, place: &'a Location, minutes: u16, hours: &Hours<'a>) {
        for counter in &place.counters {
            let stretches = Stretches::of(minutes, hours, counter);
            if stretches.all.is_empty() {
                continue;
            }
            self.open.insert((&place.slug, &counter.slug));
            let services = counter.services.iter().filter_map(|slug| setup.service(slug));
            let services: Vec<&Service> =
                services.filter(|own| own.mode != BookingMode::Information).collect();
            for service in &services {
                self.served.insert(&service.slug);
                if stretches.hold(service, service.mode == BookingMode::Request, None) {
                    self.fitting.insert(&service.slug);
                }
            }
            for (opening, window) in hours.named(counter) {
                let within = Some(usize::from(window.from)..usize::from(window.to));
                let is_reserve = window.release == Release::Reserve;
                let own = (place.slug.as_str(), opening);
                if stretches.has(is_reserve, within.clone()) {
                    self.opening.insert(own);
                }
                let holds = |service: &&Service| {
                    let by_staff = is_reserve || service.mode == BookingMode::Request;
                    stretches.hold(service, by_staff, within.clone())
                };
                if services.iter().any(holds) {
                    self.useful.insert(own);
                }
            }
        }
    }
}

/// Whether there is anything that citizens can book or ask for, from a day on.
pub(crate) fn is_anything_offered(setup: &TownSetup, today: NaiveDate) -> bool {
    !Reach::until(setup, today, |reach| !reach.fitting.is_empty()).fitting.is_empty()
}

/// The stretches of a day in which a counter is open without a gap, in minutes.
struct Stretches {
    /// For citizens: the reserve is a gap.
    public: Vec<Range<usize>>,
    /// For staff.
    all: Vec<Range<usize>>,
}

impl Stretches {
    fn of(minutes: u16, hours: &Hours<'_>, counter: &Counter) -> Self {
        let [public, all] = [false, true].map(|with_reserve| {
            let mut open = vec![false; usize::from(minutes)];
            let mut paint = |span: Range<u16>, is_open: bool| {
                let span = usize::from(span.start)..usize::from(span.end);
                if let Some(own) = open.get_mut(span) {
                    own.fill(is_open);
                }
            };
            for release in [Release::Public, Release::Reserve] {
                for window in hours.open(counter).filter(|own| own.release == release) {
                    paint(window.from..window.to, release == Release::Public || with_reserve);
                }
            }
            hours.closed(counter).for_each(|span| paint(span, false));
            runs(&open)
        });
        Self { public, all }
    }

    fn of_whom(&self, staff: bool) -> &[Range<usize>] {
        if staff { &self.all } else { &self.public }
    }

    /// Whether there is one that meets the minutes `within`.
    fn has(&self, staff: bool, within: Option<Range<usize>>) -> bool {
        self.of_whom(staff).iter().any(|own| meets(own, within.as_ref()))
    }

    /// Whether the shortest appointment of a service fits into one that meets the minutes `within`.
    fn hold(&self, service: &Service, staff: bool, within: Option<Range<usize>>) -> bool {
        let needed = usize::from(service.least_minutes());
        let mut own = self.of_whom(staff).iter();
        own.any(|own| own.len() >= needed && meets(own, within.as_ref()))
    }
}

fn meets(stretch: &Range<usize>, within: Option<&Range<usize>>) -> bool {
    within.is_none_or(|within| stretch.start < within.end && within.start < stretch.end)
}

/// Where `open` is true.
fn runs(open: &[bool]) -> Vec<Range<usize>> {
    let mut end = 0;
    let runs = open.chunk_by(PartialEq::eq).filter_map(|run| {
        let start = end;
        end += run.len();
        run.contains(&true).then_some(start..end)
    });
    runs.collect()
}
