//! Two processes on one database: what one of them changes is seen there at once, and by the other
//! within a second.

#![allow(clippy::unwrap_used)] // an answer without the asked-for value fails the test

use std::time::Duration;

use serde_json::{Value, json};
use system_tests::{
    citizen::{BOOK, code, free},
    office::{Office, Server, Storage, shipped},
    on_both,
    staff::Member,
};

const MORNING: &str = "2026-11-23T08:00:00Z";
const DAY: &str = "2026-11-24";

on_both!(
    bookings_and_moves_are_seen_at_once_here_and_within_a_second_there,
    closings_and_changes_of_the_set_up_are_seen_within_a_second,
    what_staff_are_shown_is_kept_for_nobody_else,
);

/// Altena with a single counter, so that one appointment fills a slot, and two servers.
struct Town {
    office: Office,
    servers: [Server; 2],
}

fn file() -> String {
    let closed = format!(
        "\n[[location.closure]]\nfrom = \"{DAY}\"\nto = \"{DAY}\"\ncounters = [\"platz-2\", \"platz-3\"]\n"
    );
    shipped("altena") + &closed
}

impl Town {
    async fn open(storage: Storage) -> Self {
        let office = Office::at(storage, &[], Some(MORNING)).await;
        office.import(&file());
        let servers = [office.serve().await, office.serve().await];
        Self { office, servers }
    }

    /// The day's free starts as one of the servers shows them.
    async fn day(&self, server: usize) -> Value {
        let basket = json!([{ "service": "reisepass" }]);
        let found = free(&self.servers[server], "altena", basket, DAY, DAY).await;
        found["days"][0].clone()
    }

    /// Whoever asks the server a second later is shown this day.
    async fn shows(&self, server: usize, expected: &Value) {
        tokio::time::sleep(Duration::from_secs(1)).await;
        assert_eq!(self.day(server).await, *expected);
    }
}

fn starts(day: &Value) -> &[Value] {
    day["starts"].as_array().map_or(&[], Vec::as_slice)
}

async fn bookings_and_moves_are_seen_at_once_here_and_within_a_second_there(storage: Storage) {
    let town = Town::open(storage).await;
    let before = town.day(0).await;
    assert_eq!(town.day(1).await, before);
    let mut booked = Vec::new();
    // Each as long as three steps of the grid.
    for (index, start) in starts(&before).iter().step_by(3).take(2).enumerate() {
        let (here, there) = (index % 2, 1 - index % 2);
        let asked = json!({ "town": "altena", "basket": [{ "service": "reisepass" }],
            "location": before["location"], "startsAt": start, "key": format!("a-booking-of-replicas-{index}") });
        let answer = town.servers[here].graphql(BOOK, asked).await;
        assert_eq!(code(&answer), "none", "{answer}");
        booked.push(answer["data"]["bookAppointment"]["secret"].as_str().unwrap().to_owned());
        let after = town.day(here).await;
        assert!(!starts(&after).contains(start), "{start} is booked, and shown in {after}");
        town.shows(there, &after).await;
    }
    let last = starts(&before).last().unwrap();
    let shift = "mutation($secret: String!, $location: UUID!, $start: DateTime!) {
        rescheduleAppointment(town: \"altena\", appointment: { secret: $secret }, location: $location, startsAt: $start) { code } }";
    let asked = json!({ "secret": booked[0], "location": before["location"], "start": last });
    let moved = town.servers[1].graphql(shift, asked).await;
    assert_eq!(code(&moved), "none", "{moved}");
    let after = town.day(1).await;
    assert!(!starts(&after).contains(last), "{after}");
    town.shows(0, &after).await;
}

async fn closings_and_changes_of_the_set_up_are_seen_within_a_second(storage: Storage) {
    let town = Town::open(storage).await;
    town.office.employ("clerk", "altena");
    let before = town.day(0).await;
    assert_eq!(town.day(1).await, before);
    let clerk = Member::of(&town.servers[0], "clerk", "altena").await;
    let close = "mutation($location: UUID!, $closure: ClosureInput!) {
        closeLocation(town: \"altena\", location: $location, closure: $closure, affected: KEEP) { left { id } } }";
    let closure = json!({ "from": DAY, "to": DAY, "counters": ["platz-1"], "reason": "Übung" });
    let asked = json!({ "location": before["location"], "closure": closure });
    clerk.get(&town.servers[0], close, asked).await;
    assert_eq!(town.day(0).await, Value::Null, "it was closed here");
    town.shows(1, &Value::Null).await;
    // The command line is a third process: it brings the day back.
    town.office.import(&file());
    town.shows(0, &before).await;
    town.shows(1, &before).await;
}

#[tokio::test]
async fn a_hold_on_one_server_is_seen_on_the_other_within_a_second() {
    let town = Town::open(Storage::Postgres).await;
    let before = town.day(0).await;
    assert_eq!(town.day(1).await, before);
    let hold = "mutation($location: UUID!, $start: DateTime!) {
        holdSlot(town: \"altena\", basket: [{ service: \"reisepass\" }], location: $location, startsAt: $start) { token } }";
    let asked = json!({ "location": before["location"], "start": before["starts"][0] });
    let held = town.servers[0].graphql(hold, asked).await;
    let token = held["data"]["holdSlot"]["token"].as_str().unwrap();
    let after = town.day(0).await;
    assert!(!starts(&after).contains(&before["starts"][0]), "{after}");
    town.shows(1, &after).await;
    let release = "mutation($token: String!) { releaseHold(town: \"altena\", token: $token) }";
    town.servers[1].graphql(release, json!({ "token": token })).await;
    assert_eq!(town.day(1).await, before, "it was released here");
    town.shows(0, &before).await;
}

async fn what_staff_are_shown_is_kept_for_nobody_else(storage: Storage) {
    let office = Office::at(storage, &[], Some(MORNING)).await;
    let file = shipped("altena");
    let closed = file.replace("status = \"live\"", "status = \"onboarding\"");
    assert_ne!(file, closed);
    office.import(&closed);
    office.employ("admin", "altena");
    let server = office.serve().await;
    let admin = Member::of(&server, "admin", "altena").await;
    let document = "{ freeSlots(town: \"altena\", basket: [{ service: \"reisepass\" }], from: \"2026-11-24\", to: \"2026-11-24\") { days { starts } } }";
    for _ in 0..2 {
        let found = admin.get(&server, document, json!({})).await;
        assert!(!starts(&found["days"][0]).is_empty(), "{found}");
        assert_eq!(code(&server.graphql(document, json!({})).await), "UNKNOWN_TOWN");
    }
}
