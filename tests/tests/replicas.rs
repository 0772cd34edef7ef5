//! Two processes on one database: what one of them changes is seen there at once, and by the other
//! within a second.

#![allow(clippy::unwrap_used)] // an answer without the asked-for value fails the test

use std::time::{Duration, Instant};

use sea_orm::{
    ConnectionTrait as _, Database, DatabaseConnection, DbBackend, Statement, TransactionTrait as _,
};
use serde_json::{Value, json};
use system_tests::{
    citizen::{BOOK, FREE, code, free},
    office::{Neighbours, Office, Server, Storage, shipped},
    on_both,
    servers::OwnRedis,
    staff::Member,
};
use tenant::moment::FRESH;

const MORNING: &str = "2026-11-23T08:00:00Z";
const DAY: &str = "2026-11-24";
const HOLD: &str = "mutation($location: UUID!, $start: DateTime!, $replaces: String) {
    holdSlot(town: \"altena\", basket: [{ service: \"reisepass\" }], location: $location,
        startsAt: $start, replaces: $replaces) { token } }";
const RELEASE: &str = "mutation($token: String!) { releaseHold(town: \"altena\", token: $token) }";

on_both!(
    bookings_and_moves_are_seen_at_once_here_and_within_a_second_there,
    closings_and_changes_of_the_set_up_are_seen_within_a_second,
    what_staff_are_shown_is_kept_for_nobody_else,
);

/// Altena with a single counter, so that one appointment fills a slot, and two servers.
struct Town {
    office: Office,
    servers: [Server; 2],
}

fn file() -> String {
    let closed = format!(
        "\n[[location.closure]]\nfrom = \"{DAY}\"\nto = \"{DAY}\"\ncounters = [\"platz-2\", \"platz-3\"]\n"
    );
    shipped("altena") + &closed
}

impl Town {
    async fn open(storage: Storage) -> Self {
        Self::of(Office::at(storage, &[], Some(MORNING)).await).await
    }

    async fn of(office: Office) -> Self {
        office.import(&file());
        let servers = [office.serve().await, office.serve().await];
        Self { office, servers }
    }

    /// What one of the servers answers whoever looks at the day, be it a refusal.
    async fn look(&self, server: usize) -> Value {
        let asked = json!({ "town": "altena", "basket": [{ "service": "reisepass" }], "from": DAY, "to": DAY });
        self.servers[server].graphql(FREE, asked).await
    }

    /// The day's free starts as one of the servers shows them.
    async fn day(&self, server: usize) -> Value {
        let basket = json!([{ "service": "reisepass" }]);
        let found = free(&self.servers[server], "altena", basket, DAY, DAY).await;
        found["days"][0].clone()
    }

    /// Whoever asks the server a second later is shown this day, also while others ask all the time.
    async fn shows(&self, server: usize, expected: &Value) {
        self.keep_asking(server, Duration::from_secs(1)).await;
        assert_eq!(self.day(server).await, *expected);
    }

    async fn keep_asking(&self, server: usize, how_long: Duration) {
        let until = Instant::now() + how_long;
        while Instant::now() < until {
            self.day(server).await;
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    /// Books the first free start.
    async fn book(&self, server: usize, before: &Value, key: &str) {
        let asked = json!({ "town": "altena", "basket": [{ "service": "reisepass" }],
            "location": before["location"], "startsAt": before["starts"][0], "key": key });
        let answer = self.servers[server].graphql(BOOK, asked).await;
        assert_eq!(code(&answer), "none", "{answer}");
    }
}

fn starts(day: &Value) -> &[Value] {
    day["starts"].as_array().map_or(&[], Vec::as_slice)
}

async fn bookings_and_moves_are_seen_at_once_here_and_within_a_second_there(storage: Storage) {
    let town = Town::open(storage).await;
    let before = town.day(0).await;
    assert_eq!(town.day(1).await, before);
    let mut booked = Vec::new();
    // Each as long as three steps of the grid.
    for (index, start) in starts(&before).iter().step_by(3).take(2).enumerate() {
        let (here, there) = (index % 2, 1 - index % 2);
        let asked = json!({ "town": "altena", "basket": [{ "service": "reisepass" }],
            "location": before["location"], "startsAt": start, "key": format!("a-booking-of-replicas-{index}") });
        let answer = town.servers[here].graphql(BOOK, asked).await;
        assert_eq!(code(&answer), "none", "{answer}");
        booked.push(answer["data"]["bookAppointment"]["secret"].as_str().unwrap().to_owned());
        let after = town.day(here).await;
        assert!(!starts(&after).contains(start), "{start} is booked, and shown in {after}");
        town.shows(there, &after).await;
    }
    let last = starts(&before).last().unwrap();
    let shift = "mutation($secret: String!, $location: UUID!, $start: DateTime!) {
        rescheduleAppointment(town: \"altena\", appointment: { secret: $secret }, location: $location, startsAt: $start) { code } }";
    let asked = json!({ "secret": booked[0], "location": before["location"], "start": last });
    let moved = town.servers[1].graphql(shift, asked).await;
    assert_eq!(code(&moved), "none", "{moved}");
    let after = town.day(1).await;
    assert!(!starts(&after).contains(last), "{after}");
    town.shows(0, &after).await;
}

async fn closings_and_changes_of_the_set_up_are_seen_within_a_second(storage: Storage) {
    let town = Town::open(storage).await;
    town.office.employ("clerk", "altena");
    let before = town.day(0).await;
    assert_eq!(town.day(1).await, before);
    let clerk = Member::of(&town.servers[0], "clerk", "altena").await;
    let close = "mutation($location: UUID!, $closure: ClosureInput!) {
        closeLocation(town: \"altena\", location: $location, closure: $closure, affected: KEEP) { left { id } } }";
    let closure = json!({ "from": DAY, "to": DAY, "counters": ["platz-1"], "reason": "Übung" });
    let asked = json!({ "location": before["location"], "closure": closure });
    clerk.get(&town.servers[0], close, asked).await;
    assert_eq!(town.day(0).await, Value::Null, "it was closed here");
    town.shows(1, &Value::Null).await;
    // The command line is a third process: it brings the day back.
    town.office.import(&file());
    town.shows(0, &before).await;
    town.shows(1, &before).await;
}

#[tokio::test]
async fn a_hold_on_one_server_is_seen_on_the_other_within_a_second() {
    let town = Town::open(Storage::Postgres).await;
    let before = town.day(0).await;
    assert_eq!(town.day(1).await, before);
    let asked = json!({ "location": before["location"], "start": before["starts"][0] });
    let held = town.servers[0].graphql(HOLD, asked).await;
    let token = held["data"]["holdSlot"]["token"].as_str().unwrap();
    let after = town.day(0).await;
    assert!(!starts(&after).contains(&before["starts"][0]), "{after}");
    town.shows(1, &after).await;
    town.servers[1].graphql(RELEASE, json!({ "token": token })).await;
    assert_eq!(town.day(1).await, before, "it was released here");
    town.shows(0, &before).await;
}

/// Where nobody may look at the appointments, only what is kept can be shown. On a busy machine the
/// word that nothing has changed may come late, so there are several tries.
#[tokio::test]
async fn what_nobody_has_changed_is_shown_without_another_look() {
    const TRIES: usize = 10;
    let town = Town::open(Storage::Postgres).await;
    let before = town.day(0).await;
    let owner = Database::connect(town.office.owner_url()).await.unwrap();
    for _ in 0..TRIES {
        town.keep_asking(0, Duration::from_secs(1)).await;
        let tx = owner.begin().await.unwrap();
        tx.execute_unprepared("LOCK TABLE appointment").await.unwrap();
        let mut answers = Vec::new();
        for _ in 0..4 {
            tokio::time::sleep(FRESH / 2).await;
            answers.push(town.look(0).await);
        }
        tx.rollback().await.unwrap();
        if answers.iter().all(|answer| answer["data"]["freeSlots"]["days"][0] == before) {
            return;
        }
    }
    panic!("the appointments were looked at again each time");
}

#[tokio::test]
async fn what_was_missed_while_a_connection_was_lost_is_seen_within_a_second() {
    let town = Town::open(Storage::Postgres).await;
    let before = town.day(0).await;
    town.keep_asking(0, Duration::from_secs(1)).await;
    let owner = Database::connect(town.office.owner_url()).await.unwrap();
    let cut = "SELECT pg_terminate_backend(pid)::text FROM pg_stat_activity
        WHERE datname = current_database() AND query LIKE 'SELECT server, %'";
    let cut = owner.query_all_raw(Statement::from_string(DbBackend::Postgres, cut)).await.unwrap();
    assert!(!cut.is_empty(), "nobody asks what has changed");
    town.book(1, &before, "a-booking-behind-ones-back").await;
    let after = town.day(1).await;
    assert_ne!(after, before);
    town.shows(0, &after).await;
}

#[tokio::test]
async fn what_is_held_is_not_forgotten_where_redis_did_not_answer_for_a_moment() {
    let redis = OwnRedis::start();
    let neighbours = Neighbours { redis: redis.url(), ..Neighbours::from_make_test() };
    let town = Town::of(Office::beside(&neighbours, Some(MORNING)).await).await;
    let before = town.day(0).await;
    let asked = json!({ "location": before["location"], "start": before["starts"][0] });
    assert_eq!(code(&town.servers[1].graphql(HOLD, asked).await), "none");
    let after = town.day(1).await;
    town.shows(0, &after).await;
    redis.signal("STOP");
    town.keep_asking(0, Duration::from_secs(2)).await;
    redis.signal("CONT");
    town.shows(0, &after).await;
}

/// Such a hold is kept by the process alone, and what it has shown since is kept, too.
#[tokio::test]
async fn what_was_held_while_redis_was_away_is_free_at_once_when_its_hold_ends() {
    let mut redis = OwnRedis::start();
    let neighbours = Neighbours { redis: redis.url(), ..Neighbours::from_make_test() };
    let town = Town::of(Office::beside(&neighbours, Some(MORNING)).await).await;
    let before = town.day(0).await;
    let hold = async |nth: usize, replaces: Option<&str>| {
        let start = &before["starts"][nth];
        let asked = json!({ "location": before["location"], "start": start, "replaces": replaces });
        let held = town.servers[0].graphql(HOLD, asked).await;
        held["data"]["holdSlot"]["token"].as_str().unwrap().to_owned()
    };
    redis.kill();
    let (released, replaced) = (hold(0, None).await, hold(8, None).await);
    redis.start_again();
    town.keep_asking(0, Duration::from_secs(2)).await;
    hold(24, None).await;
    town.keep_asking(1, Duration::from_secs(1)).await;
    let elsewhere = town.day(1).await;
    assert!(!starts(&elsewhere).contains(&before["starts"][24]), "Redis is asked again");
    assert!(starts(&elsewhere).contains(&before["starts"][0]), "and knows nothing of these");
    let held = town.day(0).await;
    assert!(!starts(&held).contains(&before["starts"][0]), "{held}");
    assert!(!starts(&held).contains(&before["starts"][8]), "{held}");
    town.servers[0].graphql(RELEASE, json!({ "token": released })).await;
    assert!(starts(&town.day(0).await).contains(&before["starts"][0]));
    hold(16, Some(&replaced)).await;
    assert!(starts(&town.day(0).await).contains(&before["starts"][8]));
}

/// What is shown after a booking comes from memory. The word that something has changed makes the
/// server look, so there are several tries.
#[tokio::test]
async fn a_booking_is_shown_at_once_without_another_look() {
    let town = Town::open(Storage::Postgres).await;
    let owner = Database::connect(town.office.owner_url()).await.unwrap();
    for number in 0..12 {
        let before = town.day(0).await;
        let tx = owner.begin().await.unwrap();
        town.book(0, &before, &format!("a-booking-from-memory-{number}")).await;
        tx.execute_unprepared("LOCK TABLE appointment").await.unwrap();
        let answer = town.look(0).await;
        tx.rollback().await.unwrap();
        let shown = &answer["data"]["freeSlots"]["days"][0];
        if code(&answer) == "none" && !starts(shown).contains(&before["starts"][0]) {
            return;
        }
    }
    panic!("the appointments were looked at again each time");
}

/// A transaction that begins first and ends last: its number is lower than those that have been told.
#[tokio::test]
async fn a_change_that_ends_after_later_ones_is_seen_within_a_second() {
    let town = Town::open(Storage::Postgres).await;
    let before = town.day(0).await;
    let owner = Database::connect(town.office.owner_url()).await.unwrap();
    let slow = owner.begin().await.unwrap();
    slow.execute_unprepared("SELECT pg_current_xact_id()").await.unwrap();
    town.book(1, &before, "a-booking-that-ends-at-once").await;
    let after = town.day(1).await;
    town.shows(0, &after).await;
    slow.execute_unprepared("UPDATE appointment SET status = 'cancelled'").await.unwrap();
    slow.commit().await.unwrap();
    town.shows(0, &before).await;
}

/// What the database tells of changes: which towns since a snapshot, and the next snapshot.
async fn changes(db: &DatabaseConnection, since: Option<&str>) -> (String, i64) {
    let since = since.map_or("NULL".to_owned(), |since| format!("'{since}'"));
    let sql = format!(
        "SELECT seen, cardinality(changed)::bigint AS towns FROM town_changes({since}::pg_snapshot)"
    );
    let row = db.query_one_raw(Statement::from_string(DbBackend::Postgres, sql)).await;
    let row = row.unwrap().unwrap();
    (row.try_get("", "seen").unwrap(), row.try_get("", "towns").unwrap())
}

#[tokio::test]
async fn a_change_is_forgotten_only_by_who_has_seen_it() {
    let office = Office::at(Storage::Postgres, &["altena", "steinfurt"], Some(MORNING)).await;
    let owner = Database::connect(office.owner_url()).await.unwrap();
    let forget = async |seen: &str| {
        let sql = format!("SELECT forget_town_changes('{seen}'::pg_snapshot)");
        owner.execute_unprepared(&sql).await.unwrap();
        office.count("town_change").await
    };
    let (first, none) = changes(&owner, None).await;
    assert_eq!(none, 0, "nobody knows since when");
    assert_eq!(forget(&first).await, 0);
    let touch = |town| format!("UPDATE tenant SET status = status WHERE slug = '{town}'");
    let slow = owner.begin().await.unwrap();
    slow.execute_unprepared(&touch("altena")).await.unwrap();
    owner.execute_unprepared(&touch("steinfurt")).await.unwrap();
    let (second, told) = changes(&owner, Some(&first)).await;
    assert_eq!(told, 1, "the other has not ended");
    slow.commit().await.unwrap();
    assert_eq!(forget(&second).await, 1);
    let (third, told) = changes(&owner, Some(&second)).await;
    assert_eq!(told, 1, "what began first has ended last");
    assert_eq!(changes(&owner, Some(&third)).await.1, 0);
    assert_eq!(forget(&third).await, 0);
}

async fn what_staff_are_shown_is_kept_for_nobody_else(storage: Storage) {
    let office = Office::at(storage, &[], Some(MORNING)).await;
    let file = shipped("altena");
    let closed = file.replace("status = \"live\"", "status = \"onboarding\"");
    assert_ne!(file, closed);
    office.import(&closed);
    office.employ("admin", "altena");
    let server = office.serve().await;
    let admin = Member::of(&server, "admin", "altena").await;
    let document = "{ freeSlots(town: \"altena\", basket: [{ service: \"reisepass\" }], from: \"2026-11-24\", to: \"2026-11-24\") { days { starts } } }";
    for _ in 0..2 {
        let found = admin.get(&server, document, json!({})).await;
        assert!(!starts(&found["days"][0]).is_empty(), "{found}");
        assert_eq!(code(&server.graphql(document, json!({})).await), "UNKNOWN_TOWN");
    }
}
