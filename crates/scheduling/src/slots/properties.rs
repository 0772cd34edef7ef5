//! The bitmaps against the [`oracle`], over random towns around the days on which clocks change.

use catalog::{
    model::{
        BookingWindow, Closure, Location, OpeningRule, Release, SpecialOpening, Text, TownSetup,
    },
    time::WallTime,
};
use chrono::TimeDelta;
use proptest::{collection::vec, option, prelude::*, sample::select};

use super::{
    fixture::{DAILY, counter_id, location, opening, town},
    *,
};

/// Longest window that is generated; the oracle looks at each of its days.
const DAYS_AHEAD: u16 = 5;

/// A town, what occupies it, and when somebody looks.
#[derive(Clone, Debug)]
struct Scene {
    setup: TownSetup,
    quantities: (u16, Option<u16>),
    busy: Vec<Busy>,
    now: DateTime<Utc>,
    from: NaiveDate,
    days: u64,
    audience: Audience,
}

impl Scene {
    fn lines(&self) -> Vec<Line<'_>> {
        let quantities = [Some(self.quantities.0), self.quantities.1];
        let services = self.setup.services.iter();
        services
            .zip(quantities)
            .filter_map(|(service, quantity)| quantity.map(|quantity| Line { service, quantity }))
            .collect()
    }

    fn taken(&self) -> Taken {
        Taken::of(self.setup.town.time_zone, &self.busy)
    }

    fn search<'a>(&'a self, lines: &'a [Line<'a>], taken: &'a Taken) -> Search<'a> {
        Search {
            setup: &self.setup,
            lines,
            location: None,
            from: self.from,
            to: self.from + Days::new(self.days),
            audience: self.audience,
            now: self.now,
            taken,
        }
    }
}

/// Every free start from `from` to `to` as the oracle sees it.
fn expected(search: &Search<'_>, busy: &[Busy], from: NaiveDate, to: NaiveDate) -> Vec<DaySlots> {
    let dates = from.iter_days().take_while(|date| *date <= to);
    let places = |date| search.setup.locations.iter().map(move |location| (date, location));
    dates
        .flat_map(places)
        .map(|(date, location)| {
            let starts = oracle::free_starts(search, busy, location, date);
            let starts = starts.into_iter().map(|(start, _)| start).collect();
            DaySlots { location: location.id, date, starts }
        })
        .filter(|day| !day.starts.is_empty())
        .collect()
}

prop_compose! {
    fn window()(from in 0u16..1440, length in 1u16..700) -> (WallTime, WallTime) {
        let to = (from + length).min(1440);
        let wall = |minutes| WallTime::new(minutes / 60, minutes % 60).unwrap();
        (wall(from), wall(to))
    }
}

/// Days around the two changes of clocks, and around Christmas.
fn date() -> impl Strategy<Value = NaiveDate> {
    const MIDDLES: [&str; 3] = ["2026-03-29", "2026-10-25", "2026-12-25"];
    (select(&MIDDLES[..]), 0u64..5).prop_map(|(middle, after)| {
        middle.parse::<NaiveDate>().unwrap() + Days::new(after) - Days::new(2)
    })
}

fn counters() -> impl Strategy<Value = Vec<String>> {
    select(vec![vec![], vec!["1"], vec!["2"]])
        .prop_map(|names| names.into_iter().map(String::from).collect())
}

fn release() -> impl Strategy<Value = Release> {
    prop_oneof![4 => Just(Release::Public), 1 => Just(Release::Reserve)]
}

prop_compose! {
    fn rule()(
        (from, to) in window(),
        weekdays in prop::sample::subsequence(&DAILY[..], 2..=7),
        counters in counters(),
        release in release(),
        valid_from in option::weighted(0.3, date()),
        valid_until in option::weighted(0.2, date()),
        every_weeks in 1u16..4,
        weeks_of_month in prop_oneof![3 => Just(vec![]), 1 => vec(select(vec![-1, 1, 2, 3, 4, 5]), 1..4)],
    ) -> OpeningRule {
        let every_weeks = if valid_from.is_some() { every_weeks } else { 1 };
        OpeningRule {
            from, to, counters, release, valid_from, valid_until, every_weeks, weeks_of_month,
            ..opening(&weekdays, "00:00", "24:00")
        }
    }
}

prop_compose! {
    fn special()(
        (from, to) in window(), date in date(), counters in counters(), release in release(),
    ) -> SpecialOpening {
        SpecialOpening { date, from, to, counters, release }
    }
}

prop_compose! {
    fn closure()(
        (from_time, to_time) in window(),
        (keep_from, keep_to) in any::<(bool, bool)>(),
        (from, days) in (date(), 0u64..2),
        counters in counters(),
    ) -> Closure {
        Closure {
            from,
            to: from + Days::new(days),
            from_time: keep_from.then_some(from_time),
            to_time: keep_to.then_some(to_time),
            counters,
            reason: Text::default(),
        }
    }
}

prop_compose! {
    fn booking()(
        min_notice in option::weighted(0.3, 0u32..2000),
        max_days_ahead in option::weighted(0.3, 1..=DAYS_AHEAD),
        bookable_from in option::weighted(0.05, date()),
        bookable_until in option::weighted(0.05, date()),
        release_time in option::weighted(0.3, window()),
    ) -> BookingWindow {
        let release_time = release_time.map(|(from, _)| from);
        BookingWindow { min_notice, max_days_ahead, bookable_from, bookable_until, release_time }
    }
}

prop_compose! {
    fn place(number: u128)(
        openings in vec(rule(), 1..6),
        specials in vec(special(), 0..3),
        closures in vec(closure(), 0..2),
        booking in booking(),
        start_step in 1u16..50,
        served in vec(any::<bool>(), 2),
    ) -> Location {
        let mut place = Location { openings, specials, closures, booking, start_step, ..location(number, 2) };
        for (counter, all) in place.counters.iter_mut().zip(served) {
            counter.services.truncate(if all { 2 } else { 1 });
        }
        place
    }
}

prop_compose! {
    fn a_town()(
        first in place(1),
        second in place(2),
        closures in vec(closure(), 0..2),
        bookings in (booking(), booking(), booking()),
        buffer in 0u16..10,
    ) -> TownSetup {
        let mut setup = town(0);
        setup.locations = vec![first, second];
        // A town's closure never names counters.
        setup.closures = closures.into_iter().map(|own| Closure { counters: vec![], ..own }).collect();
        setup.services[0].booking = bookings.0;
        setup.services[1].booking = bookings.1;
        setup.town.booking = BookingWindow {
            max_days_ahead: bookings.2.max_days_ahead.or(Some(DAYS_AHEAD)),
            ..bookings.2
        };
        setup.services[1].buffer = buffer;
        setup
    }
}

prop_compose! {
    fn scene()(
        setup in a_town(),
        quantities in (1u16..7, option::weighted(0.3, 1u16..3)),
        (today, seconds) in (date(), 0i64..86_400),
        spans in vec((1u128..3, 1u128..3, -86_400i64..500_000, 1i64..20_000), 0..16),
        (ahead, days) in (0u64..4, 0u64..3),
        staff in any::<bool>(),
    ) -> Scene {
        let now = today.and_hms_opt(0, 0, 0).unwrap().and_utc() + TimeDelta::seconds(seconds);
        let busy = spans.into_iter().map(|(location, counter, after, seconds)| Busy {
            counter: counter_id(location, counter),
            starts_at: now + TimeDelta::seconds(after),
            ends_at: now + TimeDelta::seconds(after + seconds),
        });
        Scene {
            setup, quantities, now, days,
            busy: busy.collect(),
            from: today + Days::new(ahead),
            audience: if staff { Audience::Staff } else { Audience::Public },
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(192))]

    #[test]
    fn free_slots_are_those_found_by_looking_at_every_minute(scene in scene()) {
        let (lines, taken) = (scene.lines(), scene.taken());
        let search = scene.search(&lines, &taken);
        prop_assert_eq!(free_slots(&search), expected(&search, &scene.busy, search.from, search.to));
    }

    #[test]
    fn a_slot_has_candidates_exactly_where_it_is_free(scene in scene(), pick in any::<prop::sample::Index>()) {
        let (lines, taken) = (scene.lines(), scene.taken());
        let all = scene.search(&lines, &taken);
        let place = &scene.setup.locations[0];
        let search = Search { location: Some(place.id), ..all };
        let free = oracle::free_starts(&search, &scene.busy, place, search.from);
        let taken_by = |start| -> Vec<Uuid> {
            let mut counters: Vec<_> =
                candidates(&search, start).into_iter().map(|own| own.counter).collect();
            counters.sort();
            counters
        };
        let first = catalog::hours::day_start(search.from, scene.setup.town.time_zone);
        let anywhere = first + TimeDelta::minutes(pick.index(1380).try_into().unwrap());
        let somewhere_free = (!free.is_empty()).then(|| pick.get(&free).0);
        for start in somewhere_free.into_iter().chain([anywhere]) {
            let own = free.iter().find(|(at, _)| *at == start);
            let expected: Vec<Uuid> = own
                .iter()
                .flat_map(|(_, counters)| counters.iter().map(|index| place.counters[*index].id))
                .collect();
            prop_assert_eq!(taken_by(start), expected);
            prop_assert!(taken_by(start + TimeDelta::seconds(1)).is_empty());
        }
    }

    #[test]
    fn the_next_free_date_and_the_nearest_starts_are_the_first_of_all(
        scene in scene(), wished in -200_000i64..800_000, most in 1usize..8,
    ) {
        let (lines, taken) = (scene.lines(), scene.taken());
        let search = Search { audience: Audience::Public, ..scene.search(&lines, &taken) };
        let today = local_date(scene.now, scene.setup.town.time_zone);
        let all = expected(&search, &scene.busy, today, today + Days::new(DAYS_AHEAD.into()));
        let next = all.iter().map(|day| day.date).find(|date| *date > search.to);
        prop_assert_eq!(next_free_date(&search), next);

        let wished = scene.now + TimeDelta::seconds(wished);
        let found = nearest(&search, wished, most);
        let mut distances: Vec<_> =
            all.iter().flat_map(|day| &day.starts).map(|start| (*start - wished).abs()).collect();
        distances.sort();
        distances.truncate(most);
        let offered = |(place, start): &(Uuid, DateTime<Utc>)| {
            all.iter().any(|day| day.location == *place && day.starts.contains(start))
        };
        prop_assert!(found.iter().all(offered));
        let found: Vec<_> = found.iter().map(|(_, start)| (*start - wished).abs()).collect();
        prop_assert_eq!(found, distances);
    }
}
