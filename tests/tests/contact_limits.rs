//! Limits per address and number on both databases: against those who book places to sell them.

#![allow(clippy::unwrap_used)] // an answer without the asked-for value fails the test

use futures::future::join_all;
use serde_json::{Value, json};
use system_tests::{
    citizen::{code, free},
    office::{Office, Server, Storage, shipped},
    on_both,
    staff::Member,
};

const MORNING: &str = "2026-11-23T08:00:00Z";
const DAY: &str = "2026-11-26";

on_both!(
    nobody_books_more_than_the_town_allows,
    nobody_books_more_by_booking_at_the_same_moment,
    what_staff_give_does_not_count,
    open_requests_and_wishes_are_limited_too,
);

/// Altena, where an address or number may have two, and free starts of a day.
struct Town {
    office: Office,
    server: Server,
    location: Value,
    starts: Vec<Value>,
}

async fn altena(storage: Storage) -> Town {
    let office = Office::at(storage, &[], Some(MORNING)).await;
    let limits =
        "limits = { per_contact = 2, exceptions = [\"pflege.example\"] }\nhold_minutes = 10";
    let asked = "slug = \"fuehrungszeugnis\"";
    let file = shipped("altena").replace("hold_minutes = 10", limits).replacen(
        asked,
        &format!("{asked}\nmode = \"request\""),
        1,
    );
    office.import(&file);
    let server = office.serve().await;
    let basket = json!([{ "service": "umzug" }]);
    let found = free(&server, "altena", basket, DAY, DAY).await;
    let day = &found["days"][0];
    let starts = day["starts"].as_array().unwrap().clone();
    Town { location: day["location"].clone(), starts, office, server }
}

impl Town {
    /// Books the start with that number; by phone it is `clerk` who does.
    async fn books(
        &self,
        clerk: Option<&Member>,
        number: usize,
        email: &str,
        phone: &str,
    ) -> Value {
        let document = "mutation($location: UUID!, $startsAt: DateTime!, $key: String!, $contact: ContactInput!,
            $channel: Channel!) { bookAppointment(town: \"altena\", basket: [{ service: \"umzug\" }],
            location: $location, startsAt: $startsAt, idempotencyKey: $key, contact: $contact, channel: $channel) {
            secret appointment { confirmUntil } } }";
        let asked = json!({
            "location": self.location,
            "startsAt": self.starts[number * 4],
            "key": format!("one-of-several-bookings-{number}"),
            "contact": { "name": "E", "email": email, "phone": phone },
            "channel": if clerk.is_some() { "PHONE" } else { "ONLINE" },
        });
        match clerk {
            Some(clerk) => clerk.ask(&self.server, document, asked).await,
            None => self.server.graphql(document, asked).await,
        }
    }
}

async fn nobody_books_more_than_the_town_allows(storage: Storage) {
    let town = altena(storage).await;
    let books = async |number, email, phone| town.books(None, number, email, phone).await;
    let first = books(0, "erika@example.org", "").await;
    assert_eq!(code(&first), "none", "{first}");
    assert_eq!(code(&books(1, "Erika+zwei@example.org", "+49 5481 330").await), "none");
    assert_eq!(code(&books(2, "ERIKA@example.org", "").await), "LIMIT");
    // The same call again is the same booking, not one more.
    assert_eq!(code(&books(0, "erika@example.org", "").await), "none");
    assert_eq!(code(&books(3, "someone@example.org", "05481 33-0").await), "none");
    assert_eq!(code(&books(4, "else@example.org", "0049 5481 330").await), "LIMIT");
    assert_eq!(first["data"]["bookAppointment"]["appointment"]["confirmUntil"], Value::Null);
    for number in 5..9 {
        let booked = books(number, "team@pflege.example", "").await;
        // Anybody can type the address of whom the limit is not for.
        let until = &booked["data"]["bookAppointment"]["appointment"]["confirmUntil"];
        assert!(until.is_string(), "{booked}");
    }
    // Whoever gives one back may book again.
    let cancel = format!(
        "mutation {{ cancelAppointment(town: \"altena\", appointment: {{ secret: {} }}) {{ code }} }}",
        first["data"]["bookAppointment"]["secret"]
    );
    assert_eq!(code(&town.server.graphql(&cancel, json!({})).await), "none");
    assert_eq!(code(&books(2, "ERIKA@example.org", "").await), "none");
}

async fn nobody_books_more_by_booking_at_the_same_moment(storage: Storage) {
    let town = altena(storage).await;
    // The last two are one and the same submit.
    let numbers = [0, 1, 2, 3, 4, 5, 6, 6];
    let together = numbers.map(|number| town.books(None, number, "erika@example.org", "05481 330"));
    let answers = join_all(together).await;
    let mut booked: Vec<&Value> =
        answers.iter().filter(|own| code(own) == "none").map(|own| &own["data"]).collect();
    booked.dedup();
    assert_eq!(booked.len(), 2, "{answers:?}");
    assert!(answers.iter().all(|own| ["none", "LIMIT"].contains(&code(own))), "{answers:?}");
    assert_eq!(code(&answers[6]), code(&answers[7]), "{answers:?}");
}

async fn what_staff_give_does_not_count(storage: Storage) {
    let town = altena(storage).await;
    town.office.employ("clerk", "altena");
    let clerk = Member::of(&town.server, "clerk", "altena").await;
    for number in 0..3 {
        let by_phone = town.books(Some(&clerk), number, "erika@example.org", "").await;
        assert_eq!(code(&by_phone), "none", "{by_phone}");
    }
    for number in 3..5 {
        assert_eq!(code(&town.books(None, number, "erika@example.org", "").await), "none");
    }
    assert_eq!(code(&town.books(None, 5, "erika@example.org", "").await), "LIMIT");
    assert_eq!(code(&town.books(Some(&clerk), 5, "erika@example.org", "").await), "none");
}

async fn open_requests_and_wishes_are_limited_too(storage: Storage) {
    let town = altena(storage).await;
    let request = "mutation($key: String!, $contact: ContactInput!) { requestAppointment(town: \"altena\",
        basket: [{ service: \"fuehrungszeugnis\" }], wishes: [{ date: \"2026-11-27\", from: \"09:00\", to: \"12:00\" }],
        idempotencyKey: $key, contact: $contact) { secret } }";
    let wait = "mutation($key: String!, $contact: ContactInput!) { joinWaitingList(town: \"altena\",
        basket: [{ service: \"umzug\" }], wish: { first: \"2026-12-01\", last: \"2026-12-20\", from: \"03:00\",
        to: \"04:00\" }, idempotencyKey: $key, contact: $contact) { secret } }";
    for document in [request, wait] {
        let asks = async |number: usize| {
            let contact = json!({ "name": "E", "email": "erika@example.org" });
            let asked =
                json!({ "key": format!("one-of-several-wishes-{number}"), "contact": contact });
            town.server.graphql(document, asked).await
        };
        for number in [0, 1, 0] {
            let answer = asks(number).await;
            assert_eq!(code(&answer), "none", "{answer}");
        }
        assert_eq!(code(&asks(2).await), "LIMIT");
    }
    // Each kind is counted by itself.
    assert_eq!(code(&town.books(None, 0, "erika@example.org", "").await), "none");
}
