//! What databases are asked: what PostgreSQL reads for an answer does not grow with a town's past,
//! even before it has gathered any statistics, and what is written goes in few round trips.

#![allow(clippy::unwrap_used)] // an answer without the asked-for value fails the test

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use sea_orm::{ConnectOptions, ConnectionTrait as _, Database, DatabaseConnection, Statement};
use serde_json::{Value, json};
use system_tests::{
    citizen::{book, code, free},
    office::{Neighbours, Office, Server, Storage, shipped},
    on_both,
    servers::OwnPostgres,
};
use tenant::{Db, Scope, TenantId, TenantTx, audit};

on_both!(what_is_put_off_is_there_for_the_next_look_and_is_undone_with_the_rest);

const MORNING: &str = "2026-11-23T08:00:00Z";
const HOLD: &str = "mutation($location: UUID!, $start: DateTime!) { holdSlot(town: \"altena\", basket: [{ service: \"umzug\" }],
    location: $location, startsAt: $start) { token } }";
const HOLDS: usize = 12;

/// Entries that were read from the index of the constraint that forbids double bookings.
const READ_FROM_CONSTRAINT: &str = "SELECT idx_tup_read AS read FROM pg_stat_user_indexes
    WHERE indexrelname = 'appointment_counter_once'";
/// Mails that were looked at.
const READ_FROM_OUTBOX: &str =
    "SELECT seq_tup_read + idx_tup_fetch AS read FROM pg_stat_user_tables
    WHERE relname = 'outbox'";

/// What PostgreSQL has counted until `server` has ended: a connection writes its counters down at its
/// end.
async fn read(postgres: &DatabaseConnection, server: Server, counted: &str) -> i64 {
    let ask = async |sql: &str| -> i64 {
        let asked = Statement::from_string(postgres.get_database_backend(), sql);
        postgres.query_one_raw(asked).await.unwrap().unwrap().try_get("", "read").unwrap()
    };
    server.end().await;
    let others = "SELECT count(*) AS read FROM pg_stat_activity
        WHERE datname = current_database() AND usename <> current_user";
    while ask(others).await > 0 {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    ask(counted).await
}

#[tokio::test]
async fn a_hold_reads_the_appointments_of_its_day_and_no_others() {
    let office = Office::at(Storage::Postgres, &["altena"], Some(MORNING)).await;
    let server = office.serve().await;
    let basket = json!([{ "service": "umzug" }]);
    let day = async |date: &str| -> Value {
        free(&server, "altena", basket.clone(), date, date).await["days"][0].clone()
    };
    let full = day("2026-11-25").await;
    let starts = full["starts"].as_array().unwrap();
    for (number, start) in starts.iter().step_by(4).take(12).enumerate() {
        let key = format!("a-booking-of-the-past-{number}");
        let booked = book(&server, "altena", &basket, (&full["location"], start), &key).await;
        assert_eq!(code(&booked), "none", "{booked}");
    }
    let other = day("2026-11-26").await;
    let postgres = Database::connect(office.owner_url()).await.unwrap();
    let before = read(&postgres, server, READ_FROM_CONSTRAINT).await;
    let server = office.serve().await;
    for start in other["starts"].as_array().unwrap().iter().take(HOLDS) {
        let wish = json!({ "location": other["location"], "start": start });
        assert_eq!(code(&server.graphql(HOLD, wish).await), "none");
    }
    let read = read(&postgres, server, READ_FROM_CONSTRAINT).await - before;
    assert!(read < i64::try_from(HOLDS).unwrap(), "{read} entries for {HOLDS} holds");
}

#[tokio::test]
async fn cancellations_look_at_the_mails_of_their_appointments_and_no_others() {
    let office = Office::at(Storage::Postgres, &["altena"], Some(MORNING)).await;
    let server = office.serve().await;
    let basket = json!([{ "service": "umzug" }]);
    let found = free(&server, "altena", basket.clone(), "2026-11-25", "2026-11-25").await;
    let day = &found["days"][0];
    let mut secrets = Vec::new();
    for (number, start) in day["starts"].as_array().unwrap().iter().step_by(4).take(12).enumerate()
    {
        let key = format!("a-key-of-one-booking-{number}");
        let booked = book(&server, "altena", &basket, (&day["location"], start), &key).await;
        secrets.push(booked["data"]["bookAppointment"]["secret"].clone());
    }
    let postgres = Database::connect(office.owner_url()).await.unwrap();
    let past = "INSERT INTO outbox (tenant_id, id, kind, subject_id, sealed, state, attempts, due_at, message_id, created_at)
        SELECT tenant_id, gen_random_uuid(), kind, gen_random_uuid(), '', 'sent', 1, due_at, n::text, created_at
        FROM outbox, generate_series(1, 1000) n";
    postgres.execute_unprepared(past).await.unwrap();
    postgres.execute_unprepared("ANALYZE").await.unwrap();

    let before = read(&postgres, server, READ_FROM_OUTBOX).await;
    let server = office.serve().await;
    let cancel = "mutation($secret: String!) { cancelAppointment(town: \"altena\", appointment: { secret: $secret }) { code } }";
    for secret in &secrets {
        let cancelled = server.graphql(cancel, json!({ "secret": secret })).await;
        assert_eq!(code(&cancelled), "none", "{cancelled}");
    }
    let read = read(&postgres, server, READ_FROM_OUTBOX).await - before;
    // Retention looks at all of them when a server begins.
    let (all, cancelled) = (office.count("outbox").await, i64::try_from(secrets.len()).unwrap());
    assert!(read < all * cancelled, "{read} of {all} mails for {cancelled} cancellations");
}

/// Planned each time, it would take ten times as long as it takes.
#[tokio::test]
async fn what_is_occupied_is_looked_for_without_being_planned_each_time() {
    let postgres = OwnPostgres::start().await;
    let neighbours = Neighbours::on(&postgres, Neighbours::from_make_test().redis);
    let office = Office::beside(&neighbours, Some(MORNING)).await;
    office.import(&shipped("altena"));
    let server = office.serve().await;
    let basket = json!([{ "service": "umzug" }]);
    let found = free(&server, "altena", basket.clone(), "2026-11-25", "2026-11-25").await;
    let day = &found["days"][0];
    let (location, starts) = (&day["location"], day["starts"].as_array().unwrap());
    let booked =
        book(&server, "altena", &basket, (location, &starts[0]), "a-key-of-one-booking").await;
    assert_eq!(code(&booked), "none", "{booked}");

    // With a long past a plan for certain instants reads less than one for any.
    let mut session = ConnectOptions::new(office.owner_url());
    session.max_connections(1);
    let session = Database::connect(session).await.unwrap();
    let run = async |sql: &str| session.execute_unprepared(sql).await.unwrap();
    run("INSERT INTO appointment (tenant_id, id, location_id, counter_id, starts_at, ends_at, status, channel,
            reserve, basket, locale, code, secret_hash, idempotency_key, fingerprint, sequence, created_at)
        SELECT tenant_id, gen_random_uuid(), location_id, counter_id, starts_at - n * interval '3 hours',
            ends_at - n * interval '3 hours', 'missed', channel, reserve, basket, locale, 'N' || n,
            uuid_send(gen_random_uuid()), 'key' || n, fingerprint, sequence, created_at
        FROM appointment, generate_series(1, 20000) n")
    .await;
    run("ANALYZE").await;
    postgres.configure("log_statement", Some("all")).await;
    let wish = json!({ "location": location, "start": starts[8] });
    assert_eq!(code(&server.graphql(HOLD, wish).await), "none");
    let log = std::fs::read_to_string(postgres.log()).unwrap();
    let look = log.lines().find_map(|line| line.split_once(": SELECT t.setup_version, "));
    let look = look.expect("a look for what is occupied").1;

    run(&format!(
        "PREPARE look (uuid, timestamptz, timestamptz, timestamptz, timestamptz, timestamptz)
         AS SELECT t.setup_version, {look}"
    ))
    .await;
    let town = office.tenant("altena").await;
    // PostgreSQL tries plans of both kinds before it keeps one.
    for _ in 0..10 {
        run(&format!(
            "EXECUTE look ('{town}', '2026-11-25 00:00+01', now(), '2026-11-24 00:00+01', now(), '2026-11-26 00:00+01')"
        ))
        .await;
    }
    let kept = "SELECT generic_plans FROM pg_prepared_statements WHERE name = 'look'";
    let kept = Statement::from_string(session.get_database_backend(), kept);
    let kept: i64 =
        session.query_one_raw(kept).await.unwrap().unwrap().try_get("", "generic_plans").unwrap();
    assert_eq!(kept, 5, "of ten times");
}

/// Each statement is a round trip.
#[tokio::test]
async fn a_booking_inserts_all_that_belongs_to_its_appointment_by_one_statement() {
    let postgres = OwnPostgres::start().await;
    let neighbours = Neighbours::on(&postgres, Neighbours::from_make_test().redis);
    let office = Office::beside(&neighbours, Some(MORNING)).await;
    office.import(&shipped("altena"));
    postgres.configure("log_statement", Some("all")).await;
    let server = office.serve().await;
    let basket = json!([{ "service": "umzug" }]);
    let found = free(&server, "altena", basket.clone(), "2026-11-25", "2026-11-25").await;
    let day = &found["days"][0];
    let place = (&day["location"], &day["starts"][0]);
    let booked = book(&server, "altena", &basket, place, "a-key-of-one-booking").await;
    assert_eq!(code(&booked), "none", "{booked}");

    let log = std::fs::read_to_string(postgres.log()).unwrap();
    let inserting: Vec<&str> = log.lines().filter(|line| line.contains("INSERT INTO")).collect();
    assert_eq!(inserting.len(), 2, "{inserting:#?}");
    assert!(inserting[0].contains(r#"INSERT INTO "appointment""#), "{inserting:#?}");
    for table in ["contact", "usage_event", "audit_entry", "outbox"] {
        let there = office.count(table).await;
        assert!(
            there > 0 && inserting[1].contains(&format!(r#"INSERT INTO "{table}""#)),
            "{table}"
        );
    }
}

async fn what_is_put_off_is_there_for_the_next_look_and_is_undone_with_the_rest(storage: Storage) {
    let office = Office::at(storage, &["altena"], Some(MORNING)).await;
    let db = Db::connect(office.database_url()).await.unwrap();
    let scope = Scope::system(TenantId(office.tenant("altena").await));
    let now: DateTime<Utc> = MORNING.parse().unwrap();
    let lines = async |tx: &TenantTx| {
        let all = audit::Filter {
            from: now,
            to: now + TimeDelta::days(1),
            actor: None,
            action: Some(audit::Action::SecretChanged.as_str().to_owned()),
            subject: None,
            address: None,
            way: None,
            after: None,
            limit: 10,
        };
        audit::read(tx, &all).await.unwrap().len()
    };
    let write = |tx: &TenantTx, times: usize| {
        for _ in 0..times {
            audit::record(tx, now, audit::Action::SecretChanged, None);
        }
    };

    let undone = db.write(&scope).await.unwrap();
    write(&undone, 3);
    assert_eq!(lines(&undone).await, 3);
    write(&undone, 1);
    drop(undone);
    let tx = db.write(&scope).await.unwrap();
    assert_eq!(lines(&tx).await, 0);
    write(&tx, 2);
    tx.commit().await.unwrap();
    assert_eq!(lines(&db.read(&scope).await.unwrap()).await, 2);
}
