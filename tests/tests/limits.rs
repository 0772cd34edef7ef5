//! Who comes too often waits: at the API and on the pages, counted by all replicas together.

#![allow(clippy::unwrap_used)] // an answer without the asked-for value fails the test

use redis::AsyncTypedCommands as _;
use serde_json::{Value, json};
use system_tests::{
    citizen::{book, code, free},
    office::{Office, Server, Storage},
    on_both,
    servers::OwnRedis,
    staff::Member,
};

const MORNING: &str = "2026-11-23T08:00:00Z";
const DAY: &str = "2026-11-26";

on_both!(
    a_client_that_books_too_often_is_told_when_to_come_again,
    a_page_that_comes_too_often_loses_nothing_that_was_typed,
    secrets_and_links_are_not_asked_for_without_end,
);

async fn limited(storage: Storage, limits: &[(&str, &str)]) -> (Office, Server) {
    let mut office = Office::at(storage, &["altena", "luenen"], Some(MORNING)).await;
    for (key, value) in limits {
        office.configure(key, value);
    }
    let server = office.serve().await;
    (office, server)
}

fn basket() -> Value {
    json!([{ "service": "umzug" }])
}

/// Where and when Altena is free.
async fn places(server: &Server) -> (Value, Vec<Value>) {
    let found = free(server, "altena", basket(), DAY, DAY).await;
    let first = &found["days"][0];
    (first["location"].clone(), first["starts"].as_array().unwrap().clone())
}

async fn sign_in(server: &Server, password: &str) -> Value {
    let document =
        format!("mutation {{ signIn(email: \"clerk@altena.example\", password: \"{password}\") }}");
    server.graphql(&document, json!({})).await
}

#[tokio::test]
async fn wrong_passwords_count_for_all_replicas_together() {
    let redis = OwnRedis::start();
    let mut office = Office::at(Storage::Sqlite, &["altena"], Some(MORNING)).await;
    office.configure("REDIS_URL", &redis.url());
    office.employ("clerk", "altena");
    let (one, other) = (office.serve().await, office.serve().await);
    for server in [&one, &other, &one, &other, &one] {
        assert_eq!(code(&sign_in(server, "wrong").await), "WRONG_CREDENTIALS");
    }
    for server in [&one, &other] {
        let refused = sign_in(server, "a-long-password-for-staff").await;
        assert_eq!(code(&refused), "TOO_MANY_ATTEMPTS", "{refused}");
        let seconds = refused["errors"][0]["extensions"]["retryAfter"].as_i64().unwrap();
        assert!((890..=901).contains(&seconds), "{seconds}");
    }
    // Nobody can be found in what is kept.
    let client = redis::Client::open(redis.url()).unwrap();
    let mut connection = client.get_multiplexed_async_connection().await.unwrap();
    let keys = connection.keys("tally:*").await.unwrap();
    assert_eq!(keys.len(), 2, "one for the account and one for all of them: {keys:?}");
    for personal in ["127.0.0.1", "clerk", "altena"] {
        assert!(keys.iter().all(|key| !key.contains(personal)), "{keys:?}");
    }
}

#[tokio::test]
async fn without_redis_each_process_counts_by_itself_and_refuses_nobody_else() {
    let mut redis = OwnRedis::start();
    let mut office = Office::at(Storage::Sqlite, &["altena"], Some(MORNING)).await;
    office.configure("REDIS_URL", &redis.url());
    office.configure("CLIENT_BOOKINGS", "2");
    office.employ("clerk", "altena");
    let server = office.serve().await;
    redis.kill();
    let (location, starts) = places(&server).await;
    for (start, expected) in [(0, "none"), (10, "none"), (20, "RATE_LIMITED")] {
        let key = format!("a-booking-without-redis-{start}");
        let answer = book(&server, "altena", &basket(), (&location, &starts[start]), &key).await;
        assert_eq!(code(&answer), expected, "{answer}");
    }
    for _ in 0..5 {
        assert_eq!(code(&sign_in(&server, "wrong").await), "WRONG_CREDENTIALS");
    }
    assert_eq!(code(&sign_in(&server, "wrong").await), "TOO_MANY_ATTEMPTS");
}

async fn a_client_that_books_too_often_is_told_when_to_come_again(storage: Storage) {
    let (mut office, server) = limited(storage, &[("CLIENT_BOOKINGS", "2")]).await;
    office.employ("clerk", "altena");
    let (location, starts) = places(&server).await;
    let booked = async |server: &Server, start: usize| {
        let key = format!("a-booking-of-many-{start}");
        book(server, "altena", &basket(), (&location, &starts[start]), &key).await
    };
    for start in [0, 10] {
        assert_eq!(code(&booked(&server, start).await), "none");
    }
    let refused = booked(&server, 20).await;
    assert_eq!(code(&refused), "RATE_LIMITED", "{refused}");
    let seconds = refused["errors"][0]["extensions"]["retryAfter"].as_i64().unwrap();
    assert!((590..=601).contains(&seconds), "{seconds}");
    // Another town counts for itself, and staff book as often as they like.
    let luenen = json!([{ "service": "personalausweis" }]);
    let found = free(&server, "luenen", luenen.clone(), DAY, "2026-12-03").await;
    let there = (&found["days"][0]["location"], &found["days"][0]["starts"][0]);
    let elsewhere = book(&server, "luenen", &luenen, there, "a-booking-somewhere-else").await;
    assert_eq!(code(&elsewhere), "none", "{elsewhere}");
    let clerk = Member::of(&server, "clerk", "altena").await;
    let by_phone = "mutation($location: UUID!, $start: DateTime!) {
        bookAppointment(town: \"altena\", basket: [{ service: \"umzug\" }], location: $location, startsAt: $start,
            channel: PHONE, idempotencyKey: \"a-booking-by-phone\", contact: { name: \"Erika Mustermann\" }) { secret } }";
    clerk.get(&server, by_phone, json!({ "location": location, "start": starts[20] })).await;
    // After the ten minutes it begins anew.
    server.end().await;
    office.set_clock("2026-11-23T08:11:00Z");
    let server = office.serve().await;
    assert_eq!(code(&booked(&server, 30).await), "none");
}

async fn a_page_that_comes_too_often_loses_nothing_that_was_typed(storage: Storage) {
    let (_office, server) = limited(storage, &[("CLIENT_HOLDS", "1")]).await;
    let (_, starts) = places(&server).await;
    let path = "/altena/termin/halten?anliegen=umzug";
    let wanted = format!("rathaus/{}", starts[0].as_str().unwrap());
    let typed =
        [("wahl", wanted.as_str()), ("name", "Erika <Mustermann>"), ("email", "erika@example.org")];
    assert_ne!(server.post(path, &typed, "de").await.status(), 429);
    for (language, words) in
        [("de", "Das waren sehr viele auf einmal"), ("en", "That was very much")]
    {
        let answer = server.post(path, &typed, language).await;
        assert_eq!(answer.status(), 429);
        let wait: u32 = answer.headers()["retry-after"].to_str().unwrap().parse().unwrap();
        assert!((590..=601).contains(&wait), "{wait}");
        let page = answer.text().await.unwrap();
        assert!(page.contains(words), "{page}");
        assert!(page.contains(&format!("action=\"{path}\"")), "{page}");
        for kept in [wanted.as_str(), "Erika &#60;Mustermann&#62;", "erika@example.org"] {
            assert!(page.contains(&format!("value=\"{kept}\"")), "{kept}: {page}");
        }
    }
}

async fn secrets_and_links_are_not_asked_for_without_end(storage: Storage) {
    let limits = [("CLIENT_LOOKS", "3"), ("CLIENT_LINKS", "1")];
    let (_office, server) = limited(storage, &limits).await;
    let look = "{ appointment(town: \"altena\", secret: \"a-guess\") { code } }";
    for _ in 0..2 {
        assert_eq!(code(&server.graphql(look, json!({})).await), "UNKNOWN_APPOINTMENT");
    }
    // Pages and API count together.
    assert_eq!(server.get("/altena/termin/b/a-guess").await.0, 404);
    assert_eq!(server.get("/altena/warteliste/b/a-guess").await.0, 429);
    assert_eq!(code(&server.graphql(look, json!({})).await), "RATE_LIMITED");
    let link = [("email", "nobody@example.org")];
    assert_eq!(server.post("/altena/meine-termine", &link, "de").await.status(), 200);
    assert_eq!(server.post("/altena/meine-termine", &link, "de").await.status(), 429);
}
