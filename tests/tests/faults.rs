//! What the drills have found, each as a rule of its own.

#![allow(clippy::unwrap_used)] // an answer without the asked-for value fails the test

use std::time::Duration;

use serde_json::{Value, json};
use system_tests::{
    citizen::{BOOK, code, free},
    office::{Office, Server, Storage, shipped},
    on_both,
    smtp::{MailServer, Mood},
};

on_both!(a_mail_that_another_worker_has_taken_over_is_not_sent_again,);

const MORNING: &str = "2026-11-23T08:00:00Z";

/// Books passports at Steinfurt; returns the secrets.
async fn book(server: &Server, number: usize) -> Vec<Value> {
    let basket = json!([{ "service": "reisepass" }]);
    let found = free(server, "steinfurt", basket.clone(), "2026-11-25", "2026-11-25").await;
    let day = &found["days"][0];
    let mut secrets = Vec::new();
    for start in day["starts"].as_array().unwrap().iter().step_by(4).take(number) {
        let asked = json!({ "town": "steinfurt", "basket": basket, "location": day["location"],
            "startsAt": start, "key": format!("a-booking-before-a-fault-{start}") });
        let answer = server.graphql(BOOK, asked).await;
        assert_eq!(code(&answer), "none", "{answer}");
        secrets.push(answer["data"]["bookAppointment"]["secret"].clone());
    }
    assert_eq!(secrets.len(), number);
    secrets
}

async fn a_mail_that_another_worker_has_taken_over_is_not_sent_again(storage: Storage) {
    const MAILS: usize = 5;
    let sink = MailServer::start().await;
    sink.set_mood(Mood::Silent);
    let mut office = Office::at(storage, &[], Some(MORNING)).await;
    let quiet =
        shipped("steinfurt").replace("hold_minutes =", "reminder_hours = 0\nhold_minutes =");
    office.import(&quiet);
    office.configure("SMTP_URL", &sink.url);
    let first = office.serve().await;
    book(&first, MAILS).await;
    // Each waits for the answer to its first mail; in the eyes of the second, whose clock is
    // ahead, the claims of the first have run out.
    let until = async |attempts: usize| {
        while sink.attempts() < attempts {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    until(1).await;
    office.set_clock("2026-11-23T08:10:00Z");
    let _second = office.serve().await;
    until(2).await;
    sink.set_mood(Mood::Kind);
    while office.count("outbox WHERE state = 'sent'").await < i64::try_from(MAILS).unwrap() {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    tokio::time::sleep(Duration::from_secs(1)).await;
    let sent = sink.mails(0).await.len();
    // What the first had begun to send cannot be taken back.
    assert!(sent <= MAILS + 1, "{sent} mails for {MAILS} bookings");
}
