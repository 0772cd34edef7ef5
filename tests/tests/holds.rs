//! Holds: a courtesy between choosing and booking, on both kinds of storage, and what is left of it
//! when Redis goes away.

#![allow(clippy::unwrap_used)] // an answer without the asked-for value fails the test

use serde_json::{Value, json};
use system_tests::{
    citizen::{code, free},
    office::{Office, Server, Storage, shipped},
    on_both,
    servers::{OwnCluster, OwnRedis},
};

const MORNING: &str = "2026-11-23T08:00:00Z";
/// Tuesday, 8:00 at Altena… nobody else is there yet.
const DAY: &str = "2026-11-24";

on_both!(a_clerk_books_the_reserve_by_phone_and_a_citizen_does_not,);

/// Makes each of the named functions, which take a server, a test in a process by itself, on a Redis
/// and on a cluster.
macro_rules! wherever_holds_are_kept {
    ($($story:ident),* $(,)?) => {
        mod in_the_process { use super::*;
            $(#[tokio::test] async fn $story() { super::$story(&one_counter(Storage::Sqlite, None).await.1).await; })* }
        mod on_redis { use super::*;
            $(#[tokio::test] async fn $story() { super::$story(&one_counter(Storage::Postgres, None).await.1).await; })* }
        mod on_a_cluster { use super::*;
            $(#[tokio::test] async fn $story() {
                let cluster = OwnCluster::start().await;
                let (_office, server) = one_counter(Storage::Postgres, Some(&cluster.url())).await;
                super::$story(&server).await;
                assert!(!server.log().contains("this process goes on by itself"), "{}", server.log());
            })* }
    };
}

wherever_holds_are_kept!(
    ones_own_hold_hides_its_slot_from_others_only,
    a_new_hold_replaces_the_old,
    a_released_hold_frees_its_slot,
);

/// Altena with a single counter, so that one hold fills a slot.
async fn one_counter(storage: Storage, redis: Option<&str>) -> (Office, Server) {
    let mut office = Office::at(storage, &[], Some(MORNING)).await;
    if let Some(redis) = redis {
        office.configure("REDIS_URL", redis);
    }
    let closed = format!(
        "\n[[location.closure]]\nfrom = \"{DAY}\"\nto = \"{DAY}\"\ncounters = [\"platz-2\", \"platz-3\"]\n"
    );
    office.import(&(shipped("altena") + &closed));
    let server = office.serve().await;
    (office, server)
}

fn basket() -> Value {
    json!([{ "service": "reisepass" }])
}

async fn day(server: &Server, hold: Option<&str>) -> Value {
    let query = "query($basket: [BasketLineInput!]!, $hold: String) {
        freeSlots(town: \"altena\", basket: $basket, from: \"2026-11-24\", to: \"2026-11-24\", hold: $hold) {
            days { location starts } } }";
    let asked = json!({ "basket": basket(), "hold": hold });
    server.graphql(query, asked).await["data"]["freeSlots"]["days"][0].take()
}

async fn hold(server: &Server, location: &Value, start: &Value, replaces: Option<&str>) -> Value {
    let document = "mutation($basket: [BasketLineInput!]!, $location: UUID!, $start: DateTime!, $replaces: String) {
        holdSlot(town: \"altena\", basket: $basket, location: $location, startsAt: $start, replaces: $replaces) {
            token startsAt expiresAt } }";
    let asked =
        json!({ "basket": basket(), "location": location, "start": start, "replaces": replaces });
    server.graphql(document, asked).await
}

fn token(answer: &Value) -> &str {
    answer["data"]["holdSlot"]["token"].as_str().unwrap_or_else(|| panic!("{answer}"))
}

async fn ones_own_hold_hides_its_slot_from_others_only(server: &Server) {
    let before = day(server, None).await;
    let (location, start) = (&before["location"], &before["starts"][0]);
    let held = hold(server, location, start, None).await;
    assert_eq!(day(server, Some(token(&held))).await, before);
    let others = day(server, None).await;
    assert!(!others["starts"].as_array().unwrap().contains(start), "{others}");
    let second = hold(server, location, start, None).await;
    assert_eq!(code(&second), "SLOT_TAKEN");
    // The refusal names what is near and free.
    let nearest = &second["errors"][0]["extensions"]["nearest"][0];
    assert_eq!(&nearest["location"], location);
    assert_ne!(&nearest["startsAt"], start);
}

async fn a_new_hold_replaces_the_old(server: &Server) {
    let before = day(server, None).await;
    let (location, starts) = (&before["location"], &before["starts"]);
    let first = hold(server, location, &starts[0], None).await;
    let second = hold(server, location, &starts[9], Some(token(&first))).await;
    let third = hold(server, location, &starts[0], None).await;
    assert_ne!(token(&second), token(&third));
    assert_eq!(code(&hold(server, location, &starts[9], None).await), "SLOT_TAKEN");
}

async fn a_released_hold_frees_its_slot(server: &Server) {
    let before = day(server, None).await;
    let held = hold(server, &before["location"], &before["starts"][0], None).await;
    let release =
        format!("mutation {{ releaseHold(town: \"altena\", token: \"{}\") }}", token(&held));
    server.graphql(&release, json!({})).await;
    assert_eq!(day(server, None).await, before);
}

async fn a_clerk_books_the_reserve_by_phone_and_a_citizen_does_not(storage: Storage) {
    let office = Office::at(storage, &["steinfurt"], Some(MORNING)).await;
    office.succeed_with_input(
        &["staff", "clerk@steinfurt.example", "steinfurt", "clerk"],
        "a-long-password-for-a-clerk",
    );
    let server = office.serve().await;
    let sign_in = "mutation { signIn(email: \"clerk@steinfurt.example\", password: \"a-long-password-for-a-clerk\") }";
    let answer = server.graphql(sign_in, json!({})).await;
    let clerk = answer["data"]["signIn"].as_str().unwrap();
    let umzug = json!([{ "service": "umzug" }]);
    let location = free(&server, "steinfurt", umzug, DAY, DAY).await["days"][0]["location"].take();
    // Mondays 16:00 to 16:30 are kept for emergencies.
    let book = "mutation($location: UUID!, $channel: Channel!, $key: String!) {
        bookAppointment(town: \"steinfurt\", basket: [{ service: \"umzug\" }], location: $location,
            startsAt: \"2026-11-23T15:00:00Z\", channel: $channel, idempotencyKey: $key,
            contact: { name: \"Jörg Eilig\" }) { appointment { reserve channel } } }";
    let asked = |channel: &str| json!({ "location": location, "channel": channel, "key": format!("emergency-by-{channel}-0") });
    let phone = asked("PHONE");
    assert_eq!(code(&server.graphql(book, phone.clone()).await), "FORBIDDEN");
    let answer = server.graphql_as(Some(clerk), book, phone).await;
    let booked = &answer["data"]["bookAppointment"]["appointment"];
    assert_eq!(*booked, json!({ "reserve": true, "channel": "PHONE" }), "{answer}");
}

#[tokio::test]
async fn redis_stopped_in_the_middle_costs_no_booking_and_nothing_is_booked_twice() {
    let mut redis = OwnRedis::start();
    let mut office = Office::at(Storage::Postgres, &["altena"], Some(MORNING)).await;
    office.configure("REDIS_URL", &redis.url());
    let server = office.serve().await;
    let before = day(&server, None).await;
    let (location, starts) = (&before["location"], before["starts"].as_array().unwrap());
    let book = "mutation($basket: [BasketLineInput!]!, $location: UUID!, $start: DateTime!, $hold: String, $key: String!) {
        bookAppointment(town: \"altena\", basket: $basket, location: $location, startsAt: $start, hold: $hold,
            idempotencyKey: $key, contact: { name: \"B\", email: \"b@example.org\" }) { appointment { code } } }";
    let book = async |start: &Value, hold: Option<&str>, key: String| {
        let asked = json!({ "basket": basket(), "location": location, "start": start, "hold": hold, "key": key });
        server.graphql(book, asked).await
    };
    let held = hold(&server, location, &starts[0], None).await;
    redis.kill();
    // The hold is gone with Redis; the booking that it was for goes on.
    let answer = book(&starts[0], Some(token(&held)), "held-before-the-end".into()).await;
    assert_eq!(code(&answer), "none", "{answer}");
    // Without holds, twelve people press the same start at once: three counters, no more.
    let answers = futures::future::join_all(
        (0..12).map(|booker| book(&starts[20], None, format!("booker-number-{booker:04}"))),
    )
    .await;
    let booked = answers.iter().filter(|answer| code(answer) == "none").count();
    let refused = answers.iter().filter(|answer| code(answer) == "SLOT_TAKEN").count();
    assert_eq!((booked, refused), (3, 9));
    // Looking and holding go on too, within the process.
    assert!(!day(&server, None).await["starts"].as_array().unwrap().is_empty());
}
