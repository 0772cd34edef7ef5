//! What the drills have found, each as a rule of its own.

#![allow(clippy::unwrap_used)] // an answer without the asked-for value fails the test

use std::time::{Duration, Instant};

use sea_orm::{ConnectionTrait as _, Database, TransactionTrait as _};
use serde_json::{Value, json};
use system_tests::{
    citizen::{BOOK, code, free},
    office::{Neighbours, Office, Server, Storage, shipped},
    on_both,
    servers::{Ending, OwnPostgres},
    smtp::{MailServer, Mood},
};

on_both!(a_mail_that_another_worker_has_taken_over_is_left_to_it,);

const MORNING: &str = "2026-11-23T08:00:00Z";
const CANCEL: &str = "mutation($secret: String!) {
    cancelAppointment(town: \"steinfurt\", appointment: { secret: $secret }) { status } }";

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

const MAILS: usize = 5;

/// Two mail servers that do not answer yet, and a worker that waits for the first: all mails are its.
struct Claimed {
    office: Office,
    first: MailServer,
    second: MailServer,
    _worker: Server,
}

impl Claimed {
    async fn at(storage: Storage) -> Self {
        let (first, second) = (MailServer::start().await, MailServer::start().await);
        let before = MailServer::start().await;
        let mut office = Office::at(storage, &[], Some(MORNING)).await;
        let quiet =
            shipped("steinfurt").replace("hold_minutes =", "reminder_hours = 0\nhold_minutes =");
        office.import(&quiet);
        // Each waits for the answers to its mails.
        for sink in [&before, &first, &second] {
            sink.set_mood(Mood::Silent);
        }
        office.configure("SMTP_URL", &before.url);
        // Killed when they are booked; then all are claimed at once.
        book(&office.serve().await, MAILS).await;
        office.set_clock("2026-11-23T08:05:00Z");
        office.end_claims().await;
        office.configure("SMTP_URL", &first.url);
        let worker = office.serve().await;
        until_asked(&first, MAILS).await;
        Self { office, first, second, _worker: worker }
    }

    /// A second worker, whose clock is ahead, before the second mail server.
    async fn second_worker(&mut self) -> Server {
        self.office.set_clock("2026-11-23T08:15:00Z");
        self.office.configure("SMTP_URL", &self.second.url);
        self.office.serve().await
    }

    async fn until_nothing_waits(&self) {
        while self.office.count("outbox WHERE state = 'waiting'").await > 0 {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }
}

async fn until_asked(sink: &MailServer, attempts: usize) {
    while sink.attempts() < attempts {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

async fn a_mail_that_another_worker_has_taken_over_is_left_to_it(storage: Storage) {
    let mut own = Claimed::at(storage).await;
    own.office.end_claims().await;
    let _second = own.second_worker().await;
    until_asked(&own.second, MAILS).await;

    own.first.set_mood(Mood::Kind);
    own.first.mails(MAILS).await;
    tokio::time::sleep(Duration::from_secs(2)).await;
    // What had begun cannot be taken back; but whether it has left is for the second to say.
    assert_eq!(own.first.attempts(), MAILS);
    assert_eq!(own.office.count("outbox WHERE state = 'waiting'").await, 5);
    own.second.set_mood(Mood::Kind);
    assert_eq!(own.second.mails(MAILS).await.len(), MAILS);
    own.until_nothing_waits().await;
}

/// Less than half of the worker's places are free then.
#[tokio::test]
async fn mails_that_hang_keep_no_other_from_leaving_for_long() {
    let sink = MailServer::start().await;
    sink.set_mood(Mood::Deaf);
    let mut office = Office::at(Storage::Sqlite, &["steinfurt"], Some(MORNING)).await;
    office.configure("SMTP_URL", &sink.url);
    let server = office.serve().await;
    book(&server, 6).await;
    until_asked(&sink, 6).await;
    sink.set_mood(Mood::Kind);
    // Six of them are those that there are.
    book(&server, 7).await;
    assert_eq!(sink.mails(1).await.len(), 1);
}

/// On SQLite all processes have one machine's clock.
#[tokio::test]
async fn a_worker_whose_clock_is_ahead_sends_nothing_that_another_is_sending() {
    let mut own = Claimed::at(Storage::Postgres).await;
    let _second = own.second_worker().await;
    tokio::time::sleep(Duration::from_secs(3)).await;
    assert_eq!(own.second.attempts(), 0);
    own.first.set_mood(Mood::Kind);
    own.until_nothing_waits().await;
    assert_eq!(own.first.mails(MAILS).await.len(), MAILS);
    assert_eq!(own.second.attempts(), 0);
}

/// An office on a PostgreSQL of its own.
async fn own() -> (OwnPostgres, Office) {
    let postgres = OwnPostgres::start().await;
    let neighbours = Neighbours::on(&postgres, Neighbours::from_make_test().redis);
    let office = Office::beside(&neighbours, Some(MORNING)).await;
    office.import(&shipped("steinfurt"));
    (postgres, office)
}

#[tokio::test]
async fn a_booking_takes_back_nothing_that_does_not_stand_in_its_way() {
    let (postgres, office) = own().await;
    let server = office.serve().await;
    postgres.configure("log_statement", Some("all")).await;
    book(&server, 2).await;
    let log = std::fs::read_to_string(postgres.log()).unwrap();
    assert!(log.contains("INSERT INTO"), "statements are logged");
    assert!(!log.contains("SET status = 'cancelled'"), "nobody has to confirm here");
}

#[tokio::test]
async fn a_database_out_of_reach_is_a_clear_refusal_and_not_a_fault() {
    let (mut postgres, office) = own().await;
    let server = office.serve().await;
    book(&server, 1).await;
    postgres.end(Ending::Fast);
    let town = "{ town(town: \"steinfurt\") { name } }";
    // The list of towns is kept for a second.
    tokio::time::sleep(Duration::from_millis(1100)).await;
    let page = async |lang: &str, title: &str| {
        let page = reqwest::get(format!("{}/steinfurt?lang={lang}", server.url)).await.unwrap();
        assert_eq!(page.status(), 503);
        assert_eq!(page.headers()["retry-after"], "5");
        assert!(page.text().await.unwrap().contains(title));
    };
    let (answer, (), ()) = tokio::join!(
        server.graphql(town, json!({})),
        page("de", "Gerade ist viel los"),
        page("en", "We are busy at the moment"),
    );
    assert_eq!(code(&answer), "BUSY", "{answer}");
    assert!(!server.log().contains("fault"), "{}", server.log());
    postgres.start_again().await;
    assert_eq!(code(&server.graphql(town, json!({})).await), "none");
    book(&server, 1).await;
}

/// Books on a primary, takes it away, promotes its synchronous standby, and books on that.
async fn a_promoted_standby_is_found(take_away: impl AsyncFnOnce(&mut OwnPostgres)) {
    let (mut primary, mut office) = own().await;
    let standby = primary.standby().await;
    primary.commit_synchronously().await;
    let (server, name) = office.database_url().rsplit_once('/').unwrap();
    let either = format!("{server},127.0.0.1:{}/{name}", standby.port());
    office.configure("DATABASE_URL", &either);
    let server = office.serve().await;
    book(&server, 2).await;
    take_away(&mut primary).await;
    standby.promote().await;
    office.move_to(&standby.url());
    assert_eq!(office.count("appointment").await, 2, "what was acknowledged is there");
    let before = Instant::now();
    let hold = "mutation { holdSlot(town: \"steinfurt\", basket: [{ service: \"reisepass\" }],
        location: \"00000000-0000-0000-0000-000000000000\", startsAt: \"2026-11-25T08:00:00Z\") { token } }";
    while code(&server.graphql(hold, json!({})).await) == "BUSY" {
        assert!(before.elapsed() < Duration::from_secs(20), "{}", server.log());
    }
    // Two of them are asked for again, with their old keys.
    book(&server, 3).await;
    assert_eq!(office.count("appointment").await, 3);
    assert!(!server.log().contains("fault"), "{}", server.log());
    // Who starts now finds the one that takes writes at once.
    book(&office.serve().await, 1).await;
}

#[tokio::test]
async fn a_standby_promoted_after_the_primarys_death_is_found() {
    a_promoted_standby_is_found(async |primary| primary.end(Ending::Crash)).await;
}

#[tokio::test]
async fn a_standby_promoted_while_the_primary_hangs_is_found() {
    a_promoted_standby_is_found(async |primary| primary.signal("STOP")).await;
}

#[tokio::test]
async fn the_mail_of_a_move_stays_when_a_server_whose_clock_is_behind_cancels() {
    const MOVE: &str = "mutation($secret: String!, $location: UUID!, $startsAt: DateTime!) {
        rescheduleAppointment(town: \"steinfurt\", appointment: { secret: $secret }, location: $location,
            startsAt: $startsAt) { id } }";
    let sink = MailServer::start().await;
    sink.set_mood(Mood::Silent);
    let mut office = Office::at(Storage::Postgres, &["steinfurt"], Some(MORNING)).await;
    office.configure("SMTP_URL", &sink.url);
    let server = office.serve().await;
    office.set_clock("2026-11-23T07:59:00Z");
    let behind = office.serve().await;
    let secret = &book(&server, 1).await[0];
    let basket = json!([{ "service": "reisepass" }]);
    let found = free(&server, "steinfurt", basket, "2026-11-26", "2026-11-26").await;
    let day = &found["days"][0];
    let asked =
        json!({ "secret": secret, "location": day["location"], "startsAt": day["starts"][0] });
    let moved = server.graphql(MOVE, asked).await;
    assert_eq!(code(&moved), "none", "{moved}");
    let cancelled = behind.graphql(CANCEL, json!({ "secret": secret })).await;
    assert_eq!(code(&cancelled), "none", "{cancelled}");
    assert_eq!(office.count("outbox WHERE kind = 'changed'").await, 1);
}

#[tokio::test]
async fn a_lock_that_is_not_to_be_had_is_a_clear_refusal_in_time() {
    let office = Office::at(Storage::Postgres, &["steinfurt"], Some(MORNING)).await;
    let server = office.serve().await;
    let secret = &book(&server, 1).await[0];
    let db = Database::connect(office.owner_url()).await.unwrap();
    let rival = db.begin().await.unwrap();
    rival.execute_unprepared("SELECT 1 FROM appointment FOR UPDATE").await.unwrap();
    let answer = server.graphql(CANCEL, json!({ "secret": secret })).await;
    assert_eq!(code(&answer), "BUSY", "{answer}");
    rival.rollback().await.unwrap();
    let answer = server.graphql(CANCEL, json!({ "secret": secret })).await;
    assert_eq!(answer["data"]["cancelAppointment"]["status"], "CANCELLED", "{answer}");
}

#[tokio::test]
async fn a_booking_that_was_refused_since_the_database_was_busy_pays_once() {
    let office = Office::at(Storage::Postgres, &["steinfurt"], Some(MORNING)).await;
    let server = office.serve().await;
    let basket = json!([{ "service": "umzug" }]);
    let found = free(&server, "steinfurt", basket, "2026-11-25", "2026-11-25").await;
    let slot =
        json!({ "location": found["days"][0]["location"], "start": found["days"][0]["starts"][0] });
    let hold = "mutation($location: UUID!, $start: DateTime!) { holdSlot(town: \"steinfurt\",
        basket: [{ service: \"umzug\" }], location: $location, startsAt: $start) { token } }";
    let held = server.graphql(hold, slot.clone()).await;
    let token = held["data"]["holdSlot"]["token"].as_str().unwrap();
    let book = format!(
        "mutation($location: UUID!, $start: DateTime!) {{ bookAppointment(town: \"steinfurt\",
        basket: [{{ service: \"umzug\" }}], location: $location, startsAt: $start, hold: \"{token}\",
        idempotencyKey: \"sent-again-and-again\", contact: {{ name: \"Erika\", email: \"erika@example.org\", phone: \"+49 2552 1\" }}) {{ secret }} }}"
    );
    let db = Database::connect(office.owner_url()).await.unwrap();
    let rival = db.begin().await.unwrap();
    rival.execute_unprepared("LOCK TABLE contact IN ACCESS EXCLUSIVE MODE").await.unwrap();
    for _ in 0..4 {
        let answer = server.graphql(&book, slot.clone()).await;
        assert_eq!(code(&answer), "BUSY", "{answer}");
    }
    rival.rollback().await.unwrap();
    let answer = server.graphql(&book, slot).await;
    assert_eq!(code(&answer), "none", "{answer}");
}

#[tokio::test]
async fn a_server_frozen_in_a_transaction_does_not_keep_its_locks() {
    let office = Office::at(Storage::Postgres, &["steinfurt"], Some(MORNING)).await;
    let (frozen, other) = (office.serve().await, office.serve().await);
    let secret = &book(&frozen, 1).await[0];
    let db = Database::connect(office.owner_url()).await.unwrap();
    let rival = db.begin().await.unwrap();
    rival.execute_unprepared("SELECT 1 FROM appointment FOR UPDATE").await.unwrap();
    // It stops while it waits for the row, and has it in its transaction when the rival leaves.
    let waiting = frozen.graphql(CANCEL, json!({ "secret": secret }));
    let freezing = async {
        let waits =
            "pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'";
        while office.count(waits).await == 0 {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        frozen.signal("STOP");
        rival.rollback().await.unwrap();
        let before = Instant::now();
        let mut answers = Vec::new();
        while answers.last().is_none_or(|last| last == "BUSY") {
            let answer = other.graphql(CANCEL, json!({ "secret": secret })).await;
            answers.push(code(&answer).to_owned());
            assert!(before.elapsed() < Duration::from_secs(12), "{answers:?}");
        }
        assert!(answers.len() > 1, "the frozen server had no lock");
        assert_eq!(answers.pop().as_deref(), Some("none"));
        frozen.signal("CONT");
    };
    let (late, ()) = tokio::join!(waiting, freezing);
    // It learns that its transaction has been ended.
    assert_eq!(code(&late), "BUSY", "{late}");
}
