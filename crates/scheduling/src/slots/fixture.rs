//! A small town for tests and benches: Berlin time, Nordrhein-Westfalen, no hours yet.

use catalog::{
    model::{Location, OpeningRule, Release, TownSetup},
    time::{WallTime, Weekday},
};
use serde_json::json;
use uuid::Uuid;

/// Every day of the week.
pub const DAILY: [Weekday; 7] = [
    Weekday::Mon,
    Weekday::Tue,
    Weekday::Wed,
    Weekday::Thu,
    Weekday::Fri,
    Weekday::Sat,
    Weekday::Sun,
];

/// A town with one location, whose counters all serve `card` (15 minutes, 10 for each further
/// person) and `move` (20 and 5).
pub fn town(counters: u128) -> TownSetup {
    let named = json!([{ "slug": "all", "name": "Alles" }]);
    let service = |slug: &str, duration: u16, extra: u16| {
        json!({
            "slug": slug, "department": "all", "category": "all", "name": slug,
            "duration": duration, "extra": extra, "max_quantity": 6,
        })
    };
    let setup = json!({
        "town": {
            "slug": "musterstadt", "name": "Stadt Musterstadt",
            "ags": "05566000", "ars": "055660000000",
            "county": { "key": "05566", "name": "Musterkreis" },
            "land": "NW", "status": "live", "time_zone": "Europe/Berlin", "locales": ["de"],
            "email": "stadt@musterstadt.example",
            "legal": { "imprint": "-", "privacy": "-", "accessibility": "-" },
        },
        "department": named, "category": named,
        "service": [service("card", 15, 10), service("move", 20, 5)],
    });
    let mut setup: TownSetup = serde_json::from_value(setup).expect("the fixture is a town");
    setup.locations.push(location(1, counters));
    setup
}

/// The location with this number; its counters' ids are those of [`counter_id`].
pub fn location(number: u128, counters: u128) -> Location {
    let counter =
        |n: u128| json!({ "slug": n.to_string(), "name": "", "services": ["card", "move"] });
    let location = json!({
        "slug": number.to_string(), "name": "Rathaus",
        "street": "Markt 1", "postal_code": "12345", "city": "Musterstadt",
        "counter": (1..=counters).map(counter).collect::<Vec<_>>(),
    });
    let mut location: Location = serde_json::from_value(location).expect("it is a location");
    location.id = Uuid::from_u128(number);
    for (n, counter) in (1..).zip(&mut location.counters) {
        counter.id = counter_id(number, n);
    }
    location
}

/// Id of the location's n-th counter, from 1.
pub fn counter_id(location: u128, n: u128) -> Uuid {
    Uuid::from_u128(location * 1000 + n)
}

/// A weekly window of all counters, released to the public.
pub fn opening(weekdays: &[Weekday], from: &str, to: &str) -> OpeningRule {
    OpeningRule {
        weekdays: weekdays.to_vec(),
        from: wall(from),
        to: wall(to),
        counters: Vec::new(),
        release: Release::Public,
        valid_from: None,
        valid_until: None,
        every_weeks: 1,
        weeks_of_month: Vec::new(),
    }
}

/// A time of day.
pub fn wall(text: &str) -> WallTime {
    text.parse().expect("it is a time")
}
