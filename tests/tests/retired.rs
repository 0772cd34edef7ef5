//! What a town no longer offers and somebody has booked.

#![allow(clippy::unwrap_used)] // an answer without the asked-for value fails the test

use serde_json::{Value, json};
use system_tests::{
    citizen::{book, code, free},
    drill::town::{FILE, MORNING, SLUG},
    office::{Office, Server, Storage},
    on_both,
    staff::Member,
};

on_both!(
    a_repeated_submit_gets_its_appointment_when_its_service_is_retired_meanwhile,
    a_closing_leaves_what_is_not_offered_any_more_where_it_stands,
);

const DAY: &str = "2026-11-25";

/// Somebody has booked a move, which the town then offers no longer.
struct Retired {
    office: Office,
    server: Server,
    slot: Value,
    booked: Value,
}

impl Retired {
    async fn service(storage: Storage) -> Self {
        const MOVING: &str = "\n[[service]]\nslug = \"umzug\"\ndepartment = \"buergerbuero\"\n\
             category = \"ausweise\"\nname = \"Umzug\"\nduration = 10\n";
        let served = "services = [\"reisepass\", \"umzug\"]";
        let office = Office::at(storage, &[], Some(MORNING)).await;
        office.import(&(FILE.replace("services = [\"reisepass\"]", served) + MOVING));
        office.employ("clerk", SLUG);
        let server = office.serve().await;
        let days = free(&server, SLUG, moving(), DAY, DAY).await;
        let slot = days["days"][0].clone();
        let mut retired = Self { office, server, slot, booked: Value::Null };
        retired.booked = retired.book().await;
        retired.office.change(FILE).await;
        retired
    }

    async fn book(&self) -> Value {
        let slot = (&self.slot["location"], &self.slot["starts"][0]);
        let answer = book(&self.server, SLUG, &moving(), slot, "booked-while-it-was-offered").await;
        assert_eq!(code(&answer), "none", "{answer}");
        answer["data"]["bookAppointment"].clone()
    }
}

fn moving() -> Value {
    json!([{ "service": "umzug" }])
}

async fn a_repeated_submit_gets_its_appointment_when_its_service_is_retired_meanwhile(
    storage: Storage,
) {
    let retired = Retired::service(storage).await;
    assert_eq!(retired.book().await, retired.booked);
}

async fn a_closing_leaves_what_is_not_offered_any_more_where_it_stands(storage: Storage) {
    let Retired { office: _office, server, slot, booked } = Retired::service(storage).await;
    let clerk = Member::of(&server, "clerk", SLUG).await;
    let close = "mutation($location: UUID!, $day: NaiveDate!) { closeLocation(town: \"uebung\",
        location: $location, affected: MOVE, closure: { from: $day, to: $day, reason: \"Übung\" }) {
            moved { code } cancelled { code } left { code } } }";
    let asked = json!({ "location": slot["location"], "day": DAY });
    let closed = clerk.get(&server, close, asked).await;
    let left = [json!({ "code": booked["appointment"]["code"] })];
    assert_eq!(closed, json!({ "moved": [], "cancelled": [], "left": left }));
    // Whoever has it may still give it up.
    let cancel = format!(
        "mutation {{ cancelAppointment(town: \"uebung\", appointment: {{ secret: {} }}) {{ status }} }}",
        booked["secret"]
    );
    let answer = server.graphql(&cancel, json!({})).await;
    assert_eq!(answer["data"]["cancelAppointment"]["status"], "CANCELLED", "{answer}");
}
