//! What PostgreSQL reads for an answer does not grow with a town's past, even before it has gathered
//! any statistics.

#![allow(clippy::unwrap_used)] // an answer without the asked-for value fails the test

use std::time::Duration;

use sea_orm::{ConnectionTrait as _, Database, DatabaseConnection, Statement};
use serde_json::{Value, json};
use system_tests::{
    citizen::{book, code, free},
    office::{Office, Storage},
};

const MORNING: &str = "2026-11-23T08:00:00Z";
const HOLD: &str = "mutation($location: UUID!, $start: DateTime!) { holdSlot(town: \"altena\", basket: [{ service: \"umzug\" }],
    location: $location, startsAt: $start) { token } }";
const HOLDS: usize = 12;

/// Entries that were read from the index of the constraint that forbids double bookings.
async fn read_from_constraint(postgres: &DatabaseConnection) -> i64 {
    // Counters are written down when a connection has been idle for a moment.
    tokio::time::sleep(Duration::from_millis(1500)).await;
    let sql = "SELECT idx_tup_read FROM pg_stat_user_indexes WHERE indexrelname = 'appointment_counter_once'";
    let asked = Statement::from_string(postgres.get_database_backend(), sql);
    postgres.query_one_raw(asked).await.unwrap().unwrap().try_get("", "idx_tup_read").unwrap()
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
    let before = read_from_constraint(&postgres).await;
    for start in other["starts"].as_array().unwrap().iter().take(HOLDS) {
        let wish = json!({ "location": other["location"], "start": start });
        assert_eq!(code(&server.graphql(HOLD, wish).await), "none");
    }
    let read = read_from_constraint(&postgres).await - before;
    assert!(read < i64::try_from(HOLDS).unwrap(), "{read} entries for {HOLDS} holds");
}
