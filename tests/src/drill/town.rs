//! The town that is drilled: every appointment takes one step of one counter, so that places can be
//! counted.

use chrono::{DateTime, Datelike as _, NaiveDate, Utc};
use serde_json::{Value, json};
use uuid::Uuid;

/// Its file: two locations with two counters each, open for four hours on eight days.
pub const FILE: &str = include_str!("town.toml");
/// Its slug.
pub const SLUG: &str = "uebung";
/// Counters of each location.
pub const COUNTERS: usize = 2;
/// Its first and last day.
pub const DAYS: (&str, &str) = ("2026-11-25", "2026-12-04");
/// When a drill begins; before the first reminder is due.
pub const MORNING: &str = "2026-11-23T08:00:00Z";

/// A start at a location.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Slot {
    /// Where.
    pub location: Uuid,
    /// When.
    pub starts_at: DateTime<Utc>,
}

/// What everybody comes for.
#[must_use]
pub fn basket() -> Value {
    json!([{ "service": "reisepass" }])
}

/// One of its days on which it opens; past the last one they begin anew.
#[must_use]
pub fn day(number: u64) -> NaiveDate {
    let [first, last] = [DAYS.0, DAYS.1].map(|day| day.parse::<NaiveDate>().expect("a date"));
    let all = first.iter_days().take_while(|day| *day <= last);
    let open: Vec<NaiveDate> = all.filter(|day| day.weekday().num_days_from_monday() < 5).collect();
    open[usize::try_from(number).unwrap_or(0) % open.len()]
}

/// The slots in an answer of `freeSlots`.
///
/// # Panics
/// When it does not have the schema's shape.
#[must_use]
pub fn slots(answer: &Value) -> Vec<Slot> {
    let days = answer["data"]["freeSlots"]["days"].as_array().expect("days");
    let of_day = |day: &Value| {
        let location = day["location"].as_str().and_then(|id| id.parse().ok()).expect("an id");
        let starts: Vec<DateTime<Utc>> =
            serde_json::from_value(day["starts"].clone()).expect("instants");
        starts.into_iter().map(move |starts_at| Slot { location, starts_at })
    };
    days.iter().flat_map(of_day).collect()
}
