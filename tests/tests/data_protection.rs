//! Personal data go when their purpose has passed; the figures stay.

#![allow(clippy::unwrap_used)] // an answer without the asked-for value fails the test

use std::time::Duration;

use axum::http::StatusCode;
use serde_json::json;
use system_tests::{
    citizen::{book, code, free},
    office::{Office, Storage, shipped},
    on_both,
    staff::Member,
    web_sink::WebSink,
};

on_both!(after_the_retention_period_nothing_tells_who_came);

async fn after_the_retention_period_nothing_tells_who_came(storage: Storage) {
    let sink = WebSink::start().await;
    let mut office = Office::at(storage, &["lengerich"], Some("2026-11-23T08:00:00Z")).await;
    office.configure("ALLOW_PRIVATE_TARGETS", "true");
    let gateway = format!(
        "sms = {{ url = \"{}/send\", body = \"{{{{ phone }}}} {{{{ text }}}}\" }}",
        sink.url
    );
    office.import(
        &shipped("steinfurt").replace("hold_minutes =", &format!("{gateway}\nhold_minutes =")),
    );
    let server = office.serve().await;
    let basket = json!([{ "service": "umzug" }]);
    let free_slots = free(&server, "steinfurt", basket.clone(), "2026-11-24", "2026-12-09").await;
    let found = &free_slots;
    let (first, last) = (&found["days"][0], found["days"].as_array().unwrap().last().unwrap());
    for (day, key) in [(first, "an-early-appointment"), (last, "a-late-appointment-too")] {
        book(&server, "steinfurt", &basket, (&day["location"], &day["starts"][0]), key).await;
    }
    office.employ("clerk", "steinfurt");
    let clerk = Member::of(&server, "clerk", "steinfurt").await;
    let find =
        "{ findAppointments(town: \"steinfurt\", words: \"Mustermann\") { appointments { id } } }";
    let found = clerk.get(&server, find, json!({})).await;
    for own in found["appointments"].as_array().unwrap() {
        let note = "mutation($id: UUID!) { noteAppointment(town: \"steinfurt\", appointment: $id, text: \"n\") }";
        clerk.get(&server, note, json!({ "id": own["id"] })).await;
    }
    assert_eq!(office.count("appointment_note").await, 2);
    let request = "mutation { requestAppointment(town: \"lengerich\", basket: [{ service: \"eheschliessung\" }],
        wishes: [{ date: \"2026-11-25\", from: \"09:00\", to: \"12:00\" }], idempotencyKey: \"wedding-of-the-year\",
        contact: { name: \"Erika Mustermann\", email: \"erika@example.org\" }) { code } }";
    server.graphql(request, json!({})).await;
    assert_eq!(office.mails(3).await.len(), 3);
    // Somebody who waits, …
    sink.answer(StatusCode::BAD_REQUEST);
    let wait = "mutation { joinWaitingList(town: \"steinfurt\", basket: [{ service: \"umzug\" }], wish: { first: \"2026-11-24\", last: \"2026-11-24\", to: \"00:01\" },
        idempotencyKey: \"a-patient-person-waits\",
        contact: { name: \"Erika Mustermann\", email: \"erika@example.org\", phone: \"+49 5481 330\" }) { code } }";
    let waits = server.graphql(wait, json!({})).await;
    assert_eq!(code(&waits), "none", "{waits}");
    // … and a short message that the gateway refuses for good: it stays as a dead letter.
    let by_phone = "mutation($location: UUID!, $start: DateTime!) { bookAppointment(town: \"steinfurt\", basket: [{ service: \"umzug\" }],
        location: $location, startsAt: $start, idempotencyKey: \"told-by-short-message\",
        contact: { name: \"Erika Mustermann\", email: \"erika@example.org\", phone: \"+49 5481 330\", sms: true }) { secret } }";
    let asked = json!({ "location": first["location"], "start": first["starts"][20] });
    let booked = server.graphql(by_phone, asked).await;
    assert_eq!(code(&booked), "none", "{booked}");
    assert_eq!(office.mails(5).await.len(), 5);
    assert_eq!(sink.taken(1).await[0].body.get(..12), Some("+49 5481 330"));
    wait_until(async || office.count("outbox WHERE state = 'dead'").await == 1).await;
    server.end().await;

    // Two days after the early appointment's day its contact data are still there; those of somebody
    // who waited in vain went with the last day of the wish …
    office.set_clock("2026-11-26T06:00:00Z");
    let server = office.serve().await;
    tokio::time::sleep(Duration::from_millis(500)).await;
    assert_eq!(office.count("contact").await, 4);
    server.end().await;

    // … then those of the early appointment and of the request go, with their mails …
    office.set_clock("2026-11-28T08:00:00Z");
    let server = office.serve().await;
    wait_until(async || office.count("contact").await == 1).await;
    wait_until(async || office.count("outbox WHERE state = 'dead'").await == 0).await;
    assert_eq!(office.mails(1).await.len(), 1);
    assert_eq!(office.count("appointment_note").await, 1);
    server.end().await;

    // … and at last all of them, reminders too, and the copy of a mail that was deleted by a process
    // which ended just then.
    let copies = std::fs::read_dir(office.mail_folder()).unwrap();
    let copy = std::fs::read(copies.into_iter().next().unwrap().unwrap().path()).unwrap();
    let left = "019abcde-0000-7000-8000-000000000000";
    let mut mail: serde_json::Value = serde_json::from_slice(&copy).unwrap();
    mail["id"] = json!(left);
    let path = office.mail_folder().join(format!("{left}.json"));
    std::fs::write(path, mail.to_string()).unwrap();
    office.set_clock("2027-01-15T08:00:00Z");
    let server = office.serve().await;
    wait_until(async || office.count("contact").await == 0).await;
    server.end().await;
    assert_eq!(office.count("appointment_note").await, 0);
    assert_eq!(office.count("session").await, 0, "the clerk's has ended long ago");
    assert_eq!(office.count("outbox").await, 0);
    assert_eq!(std::fs::read_dir(office.mail_folder()).unwrap().count(), 0);
    assert_eq!(office.count("appointment").await, 3);
    // Not even a hash of who came, by which a submit is known again.
    for table in ["appointment", "appointment_request", "waiting_wish"] {
        assert_eq!(
            office.count(&format!("{table} WHERE length(fingerprint) > 0")).await,
            0,
            "{table}"
        );
    }
    let written = office.everything_written().await;
    for personal in ["Mustermann", "erika@example.org", "5481 330"] {
        assert!(!written.windows(personal.len()).any(|part| part == personal.as_bytes()));
    }
}

async fn wait_until(is_so: impl AsyncFn() -> bool) {
    for _ in 0..100 {
        if is_so().await {
            return;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("it is not so");
}
