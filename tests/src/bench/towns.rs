//! Towns made for measuring: every appointment takes ten minutes of one counter.

use std::{collections::VecDeque, sync::Mutex};

use serde_json::{Value, json};

use crate::{citizen::free, drill::town::FILE, office::Server};

/// When the servers pretend to start.
pub(super) const MORNING: &str = "2026-11-23T07:00:00Z";
/// First and last day that can be booked.
pub(super) const DAYS: (&str, &str) = ("2026-11-25", "2026-12-04");

/// The slug of a town with a number.
pub(super) fn slug(number: usize) -> String {
    format!("stadt-{number}")
}

/// A town with one location; `open` is from when to when, `booking` the rest of the booking window.
pub(super) fn file(slug: &str, counters: usize, open: (&str, &str), booking: &str) -> String {
    use std::fmt::Write as _;
    let head = FILE.split("[[location]]").next().unwrap_or_default();
    let mut file = head
        .replace("slug = \"uebung\"", &format!("slug = \"{slug}\""))
        .replace("hold_minutes = 1", "hold_minutes = 10")
        .replace("max_days_ahead = 14", booking);
    file += "[[location]]\nslug = \"rathaus\"\nname = \"Rathaus\"\nstreet = \"Markt 1\"\n\
             postal_code = \"44532\"\ncity = \"Übung\"\nstart_step = 10\n";
    for number in 1..=counters {
        let _ = write!(
            file,
            "\n[[location.counter]]\nslug = \"platz-{number}\"\nname = \"Platz {number}\"\nservices = [\"reisepass\"]\n"
        );
    }
    let (from, to) = open;
    let _ = write!(
        file,
        "\n[[location.opening]]\nweekdays = [\"mon\", \"tue\", \"wed\", \"thu\", \"fri\"]\nfrom = \"{from}\"\nto = \"{to}\"\n"
    );
    file
}

/// A town of ordinary size.
pub(super) fn ordinary(number: usize) -> String {
    file(&slug(number), 8, ("08:00", "16:00"), "max_days_ahead = 14")
}

/// What everybody comes for.
pub(super) fn basket() -> Value {
    json!([{ "service": "reisepass" }])
}

/// A place that somebody may book.
#[derive(Clone, Debug)]
pub(super) struct Place {
    pub town: String,
    pub location: Value,
    pub starts_at: Value,
}

/// Places of many towns, each as often as it has counters, so that neighbours in the queue lie in
/// different towns.
pub(super) async fn places(
    server: &Server,
    towns: impl Iterator<Item = usize>,
    counters: usize,
) -> Mutex<VecDeque<Place>> {
    let mut of_towns = Vec::new();
    for town in towns.map(slug) {
        let found = free(server, &town, basket(), DAYS.0, DAYS.1).await;
        let days = found["days"].as_array().expect("days").clone();
        let of_day = |day: &Value| {
            let location = day["location"].clone();
            let starts = day["starts"].as_array().expect("starts").clone();
            let town = town.clone();
            starts.into_iter().map(move |starts_at| Place {
                town: town.clone(),
                location: location.clone(),
                starts_at,
            })
        };
        of_towns.push(days.iter().flat_map(of_day).collect::<Vec<_>>());
    }
    let most = of_towns.iter().map(Vec::len).max().unwrap_or(0);
    let mut queue = VecDeque::new();
    for _ in 0..counters {
        for index in 0..most {
            queue.extend(of_towns.iter().filter_map(|places| places.get(index).cloned()));
        }
    }
    Mutex::new(queue)
}
