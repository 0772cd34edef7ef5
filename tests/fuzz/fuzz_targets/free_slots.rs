//! Whatever a town has set up, its free slots are found, and on each a counter. Each line is a change
//! of a town file that has everything: `what stands there => what shall stand there`.

#![no_main]

use amtstermin_fuzz::MORNING;
use catalog::{
    hours,
    model::{Service, TownSetup},
    townfile,
};
use chrono::{DateTime, Days, Utc};
use libfuzzer_sys::fuzz_target;
use scheduling::{
    MAX_RANGE_DAYS,
    slots::{self, Audience, Line, Search, Taken},
};

const TOWN: &str = include_str!("../seeds/town_file/everything.toml");

fuzz_target!(|changes: &str| {
    let changes = changes.lines().filter_map(|line| line.split_once(" => "));
    let text = changes.fold(TOWN.to_owned(), |text, (old, new)| text.replacen(old, new, 1));
    let Ok(setup) = townfile::parse(&text) else { return };
    let now = MORNING.parse().expect("an instant");
    for service in &setup.services {
        for audience in [Audience::Public, Audience::Staff] {
            look(&setup, service, audience, now);
        }
    }
});

fn look(setup: &TownSetup, service: &Service, audience: Audience, now: DateTime<Utc>) {
    let zone = setup.town.time_zone;
    let from = hours::local_date(now, zone);
    let search = Search {
        setup,
        lines: &[Line { service, quantity: service.max_quantity }],
        location: None,
        from,
        to: from + Days::new(u64::from(MAX_RANGE_DAYS) - 1),
        audience,
        now,
        taken: &Taken::nothing(zone),
    };
    for day in slots::free_slots(&search) {
        assert!((from..=search.to).contains(&day.date), "{day:?}");
        // One of a day: a thousand would take seconds.
        let start = *day.starts.last().expect("a day that is shown has a start");
        assert_eq!(hours::local_date(start, zone), day.date);
        assert!(!slots::candidates(&search, start).is_empty(), "{start}");
    }
    assert!(slots::next_free_date(&search).is_none_or(|date| date > search.to));
    for (_, start) in slots::nearest(&search, now, 3) {
        assert!(!slots::candidates(&search, start).is_empty(), "{start}");
    }
}
