//! Personal data go when their purpose has passed; the figures stay.

#![allow(clippy::unwrap_used)] // an answer without the asked-for value fails the test

use std::time::Duration;

use serde_json::json;
use system_tests::{
    citizen::{book, free},
    office::{Office, Storage},
    on_both,
    staff::Member,
};

on_both!(after_the_retention_period_nothing_tells_who_came);

async fn after_the_retention_period_nothing_tells_who_came(storage: Storage) {
    let towns = ["steinfurt", "lengerich"];
    let mut office = Office::at(storage, &towns, Some("2026-11-23T08:00:00Z")).await;
    let server = office.serve().await;
    let basket = json!([{ "service": "umzug" }]);
    let found = free(&server, "steinfurt", basket.clone(), "2026-11-24", "2026-12-09").await;
    let (first, last) = (&found["days"][0], found["days"].as_array().unwrap().last().unwrap());
    for (day, key) in [(first, "an-early-appointment"), (last, "a-late-appointment-too")] {
        book(&server, "steinfurt", &basket, (&day["location"], &day["starts"][0]), key).await;
    }
    office.employ("clerk", "steinfurt");
    let clerk = Member::of(&server, "clerk", "steinfurt").await;
    let find = "{ findAppointments(town: \"steinfurt\", words: \"Mustermann\") { id } }";
    let found = clerk.get(&server, find, json!({})).await;
    for own in found.as_array().unwrap() {
        let note = "mutation($id: UUID!) { noteAppointment(town: \"steinfurt\", appointment: $id, text: \"n\") }";
        clerk.get(&server, note, json!({ "id": own["id"] })).await;
    }
    assert_eq!(office.count("appointment_note").await, 2);
    let request = "mutation { requestAppointment(town: \"lengerich\", basket: [{ service: \"eheschliessung\" }],
        wishes: [{ date: \"2026-11-25\", from: \"09:00\", to: \"12:00\" }], idempotencyKey: \"wedding-of-the-year\",
        contact: { name: \"Erika Mustermann\", email: \"erika@example.org\" }) { code } }";
    server.graphql(request, json!({})).await;
    assert_eq!(office.mails(3).await.len(), 3);
    server.end().await;

    // Two days after the early appointment's day its contact data are still there …
    office.set_clock("2026-11-26T06:00:00Z");
    let server = office.serve().await;
    tokio::time::sleep(Duration::from_millis(500)).await;
    assert_eq!(office.count("contact").await, 3);
    server.end().await;

    // … then those of the early appointment and of the request go, with their mails …
    office.set_clock("2026-11-28T08:00:00Z");
    let server = office.serve().await;
    wait_for(&office, 1).await;
    assert_eq!(office.mails(1).await.len(), 1);
    assert_eq!(office.count("appointment_note").await, 1);
    server.end().await;

    // … and at last all of them, reminders too.
    office.set_clock("2027-01-15T08:00:00Z");
    let server = office.serve().await;
    wait_for(&office, 0).await;
    server.end().await;
    assert_eq!(office.count("appointment_note").await, 0);
    assert_eq!(office.count("outbox").await, 0);
    assert_eq!(std::fs::read_dir(office.mail_folder()).unwrap().count(), 0);
    assert_eq!(office.count("appointment").await, 2);
    let written = office.everything_written().await;
    for personal in ["Mustermann", "erika@example.org", "5481 330"] {
        assert!(!written.windows(personal.len()).any(|part| part == personal.as_bytes()));
    }
}

async fn wait_for(office: &Office, contacts: i64) {
    for _ in 0..100 {
        if office.count("contact").await == contacts {
            return;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("{} instead of {contacts} contacts are kept", office.count("contact").await);
}
