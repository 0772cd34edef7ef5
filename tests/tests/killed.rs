//! A server that is killed in the middle of its mails: they go out at least once, whatever happens.

#![allow(clippy::unwrap_used)] // an answer without the asked-for value fails the test

use std::{collections::BTreeSet, time::Duration};

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::json;
use system_tests::{
    citizen::{book, code, free},
    drill::chance::Chance,
    office::{Office, Storage, shipped},
    on_both,
    smtp::{MailServer, Mood},
};

on_both!(a_server_killed_again_and_again_loses_no_mail,);

const MORNING: &str = "2026-11-23T08:00:00Z";

const WAITING: &str = "outbox WHERE state = 'waiting'";

/// How many mails there are and how often the server is killed, unless the environment says
/// otherwise.
fn measure(name: &str, usual: usize) -> usize {
    std::env::var(name).map_or(usual, |text| text.parse().expect(name))
}

/// Where the logs are kept, for whoever looks into what went wrong.
fn logs_of(office: &Office, storage: Storage, seed: usize) -> String {
    let folder = std::env::temp_dir().join(format!("amtstermin-drill/killed-{storage:?}-{seed}"));
    office.keep_logs(&folder).unwrap();
    format!("DRILL_SEED={seed}, logs in {}", folder.display())
}

async fn a_server_killed_again_and_again_loses_no_mail(storage: Storage) {
    let (mails, kills) = (measure("DRILL_MAILS", 500), measure("DRILL_KILLS", 50));
    let seed = measure("DRILL_SEED", 7);
    let sink = MailServer::start().await;
    sink.set_mood(Mood::Busy);
    let mut office = Office::at(storage, &[], Some(MORNING)).await;
    // Confirmations alone: reminders are other mails.
    office
        .import(&shipped("luenen").replace("hold_minutes =", "reminder_hours = 0\nhold_minutes ="));
    office.configure("SMTP_URL", &sink.url);
    office.configure("RUST_LOG", "error");
    let server = office.serve().await;
    let basket = json!([{ "service": "reisepass" }]);
    let found = free(&server, "luenen", basket.clone(), "2026-11-24", "2026-12-20").await;
    let slots = found["days"].as_array().unwrap().iter().flat_map(|day| {
        day["starts"].as_array().unwrap().iter().map(move |start| (&day["location"], start))
    });
    let mut booked = 0;
    for (number, slot) in slots.enumerate() {
        if booked == mails {
            break;
        }
        let answer =
            book(&server, "luenen", &basket, slot, &format!("one-of-many-bookings-{number}")).await;
        booked += usize::from(code(&answer) == "none");
    }
    assert_eq!(booked, mails);
    drop(server);
    sink.set_mood(Mood::Kind);

    let mut clock: DateTime<Utc> = MORNING.parse().unwrap();
    let mut chance = Chance::new(u64::try_from(seed).unwrap());
    // Kills between the first mail of a server and its last.
    let mut hits = 0;
    for kill in 0..kills {
        let before = sink.mails(0).await.len();
        // What is tried again is due.
        clock += TimeDelta::minutes(5);
        office.set_clock(&clock.to_rfc3339());
        office.end_claims().await;
        let server = office.serve().await;
        // Every other time not before a mail has left, however slow the machine is.
        while kill % 2 == 0
            && sink.mails(0).await.len() == before
            && office.count(WAITING).await > 0
        {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        tokio::time::sleep(Duration::from_millis(chance.below(64))).await;
        // Dropped is killed (SIGKILL).
        drop(server);
        let has_sent = sink.mails(0).await.len() > before;
        hits += usize::from(has_sent && office.count(WAITING).await > 0);
    }
    let sent = sink.mails(0).await.len();
    clock += TimeDelta::hours(2);
    office.set_clock(&clock.to_rfc3339());
    office.end_claims().await;
    let server = office.serve().await;
    let (mut waiting, mut idle) = (office.count(WAITING).await, 0);
    while waiting > 0 {
        tokio::time::sleep(Duration::from_millis(50)).await;
        let left = office.count(WAITING).await;
        idle = if left < waiting { 0 } else { idle + 1 };
        assert!(
            idle < 400,
            "{left} mails wait and nothing moves: {}",
            logs_of(&office, storage, seed)
        );
        waiting = left;
    }
    drop(server);
    let all = sink.message_ids().await;
    let told: BTreeSet<&String> = all.iter().collect();
    eprintln!(
        "{mails} mails, {kills} kills, {hits} while mails left: {} sent before the last start, {} twice",
        sent,
        all.len() - told.len()
    );
    assert!(kills == 0 || hits > 0, "no server was killed while its mails left");
    let dead = office.count("outbox WHERE state = 'dead'").await;
    assert!(
        told.len() == mails && dead == 0,
        "{} of {mails} mails arrived, {dead} are dead: {}",
        told.len(),
        logs_of(&office, storage, seed)
    );
}
