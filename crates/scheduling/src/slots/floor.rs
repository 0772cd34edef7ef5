//! The part of a town that matters for a search, and what is free there.

use catalog::{
    hours::{Day, Hours, local_date},
    model::{Counter, Location, Release},
    window::Bookable,
};
use chrono::{DateTime, NaiveDate, TimeDelta, Utc};

use super::{Audience, Candidate, DaySlots, Search, minutes::Minutes, needed_minutes};

/// The places that serve the whole basket.
pub(super) struct Floor<'a> {
    search: &'a Search<'a>,
    needed: u16,
    places: Vec<Place<'a>>,
}

/// A location with the counters that serve the whole basket.
struct Place<'a> {
    location: &'a Location,
    bookable: Bookable,
    counters: Vec<&'a Counter>,
}

/// A counter's day.
struct DeskDay {
    free: Minutes,
    grid: Minutes,
    reserve: Minutes,
}

impl<'a> Floor<'a> {
    pub(super) fn of(search: &'a Search<'a>) -> Self {
        let places = search
            .setup
            .locations
            .iter()
            .filter(|location| search.location.is_none_or(|wanted| wanted == location.id))
            .map(|location| Place {
                location,
                bookable: bookable(search, location),
                counters: counters(search, location),
            })
            .filter(|place| {
                !place.counters.is_empty() && place.bookable.first <= place.bookable.last
            });
        let needed = u16::try_from(needed_minutes(search.lines)).unwrap_or(u16::MAX);
        Self { search, needed, places: places.collect() }
    }

    /// First and last date that any place may be booked for.
    pub(super) fn dates(&self) -> Option<(NaiveDate, NaiveDate)> {
        let first = self.places.iter().map(|place| place.bookable.first).min();
        let last = self.places.iter().map(|place| place.bookable.last).max();
        first.zip(last)
    }

    /// Days with free starts from `from` to `to`, as far as the booking window reaches.
    pub(super) fn days(
        &self,
        from: NaiveDate,
        to: NaiveDate,
    ) -> impl Iterator<Item = DaySlots> + '_ {
        let bookable = self.dates().map(|(first, last)| (from.max(first), to.min(last)));
        let dates = bookable
            .into_iter()
            .flat_map(|(from, to)| from.iter_days().take_while(move |date| *date <= to));
        dates.flat_map(move |date| {
            let day = Day::new(self.search.setup, date);
            self.places.iter().filter_map(move |place| self.day(&day, place))
        })
    }

    fn day(&self, day: &Day, place: &Place<'_>) -> Option<DaySlots> {
        let Bookable { first, last, earliest } = place.bookable;
        if !(first..=last).contains(&day.date) {
            return None;
        }
        let hours = Hours::on(day, self.search.setup, place.location);
        let mut starts = Minutes::default();
        for counter in &place.counters {
            let state = self.desk_day(day, &hours, place, counter);
            starts.or(&state.free.starts_of_runs(self.needed).and(&state.grid));
        }
        let starts: Vec<DateTime<Utc>> =
            starts.iter().map(|minute| day.at(minute)).filter(|start| *start >= earliest).collect();
        let found = DaySlots { location: place.location.id, date: day.date, starts };
        (!found.starts.is_empty()).then_some(found)
    }

    pub(super) fn candidates(&self, start: DateTime<Utc>) -> Vec<Candidate> {
        let date = local_date(start, self.search.setup.town.time_zone);
        let mut fitting: Vec<(usize, u16, Candidate)> = self
            .places
            .iter()
            .filter(|place| place.bookable.allows(date, start))
            .flat_map(|place| self.fitting(place, &Day::new(self.search.setup, date), start))
            .collect();
        fitting.sort_by_key(|(versatility, gap, _)| (*versatility, *gap));
        fitting.into_iter().map(|(_, _, candidate)| candidate).collect()
    }

    /// The place's candidates, each after the number of its counter's services and the length of
    /// the gap it would go into.
    fn fitting(
        &self,
        place: &Place<'_>,
        day: &Day,
        start: DateTime<Utc>,
    ) -> Vec<(usize, u16, Candidate)> {
        let minute = u16::try_from(day.minute_of(start)).unwrap_or(0);
        if day.at(minute) != start {
            return Vec::new();
        }
        let hours = Hours::on(day, self.search.setup, place.location);
        let candidate = |counter: &&Counter| {
            let DeskDay { free, grid, reserve } = self.desk_day(day, &hours, place, counter);
            let fits = grid.get(minute) && free.run_from(minute) >= self.needed;
            fits.then(|| {
                let candidate = Candidate {
                    location: place.location.id,
                    counter: counter.id,
                    reserve: reserve.any(minute, minute + self.needed),
                    ends_at: start + TimeDelta::minutes(i64::from(self.needed)),
                };
                (counter.services.len(), free.run_around(minute), candidate)
            })
        };
        place.counters.iter().filter_map(candidate).collect()
    }

    /// What is open and where starts lie, for one counter on one day.
    fn open_day(&self, hours: &Hours<'_>, place: &Place<'_>, counter: &Counter) -> DeskDay {
        let staff = self.search.audience == Audience::Staff;
        let (mut free, mut grid, mut reserve) =
            (Minutes::default(), Minutes::default(), Minutes::default());
        for window in hours.open(counter) {
            let kept_back = window.release == Release::Reserve;
            if kept_back {
                reserve.set(window.from, window.to);
            }
            if !kept_back || staff {
                free.set(window.from, window.to);
                grid.set_every(place.location.start_step, window.from, window.to);
            }
        }
        // The reserve wins where it overlaps a public window.
        if !staff {
            free.subtract(&reserve);
        }
        for closed in hours.closed(counter) {
            free.clear(closed.start, closed.end);
        }
        DeskDay { free, grid, reserve }
    }

    /// The same where opening hours do not count.
    fn whole_day(day: &Day, place: &Place<'_>) -> DeskDay {
        let (mut free, mut grid) = (Minutes::default(), Minutes::default());
        free.set(0, day.minutes);
        grid.set_every(place.location.start_step, 0, day.minutes);
        DeskDay { free, grid, reserve: Minutes::default() }
    }

    /// What is free and where starts lie, for one counter on one day.
    fn desk_day(
        &self,
        day: &Day,
        hours: &Hours<'_>,
        place: &Place<'_>,
        counter: &Counter,
    ) -> DeskDay {
        let DeskDay { mut free, grid, reserve } = match self.search.audience {
            Audience::Beyond => Self::whole_day(day, place),
            Audience::Public | Audience::Staff => self.open_day(hours, place, counter),
        };
        if let Some(taken) = self.search.taken.minutes(day.starts_at, counter.id) {
            free.subtract(taken);
        }
        DeskDay { free, grid, reserve }
    }
}

fn bookable(search: &Search<'_>, location: &Location) -> Bookable {
    let services = search.lines.iter().map(|line| line.service);
    match search.audience {
        Audience::Public => {
            Bookable::for_citizens(&search.setup.town, location, services, search.now)
        }
        Audience::Staff | Audience::Beyond => Bookable::for_staff(&search.setup.town, search.now),
    }
}

/// The location's counters that serve every line; none serves an empty basket.
fn counters<'a>(search: &Search<'_>, location: &'a Location) -> Vec<&'a Counter> {
    let serves = |counter: &&Counter| {
        !search.lines.is_empty()
            && search.lines.iter().all(|line| counter.services.contains(&line.service.slug))
    };
    location.counters.iter().filter(serves).collect()
}
