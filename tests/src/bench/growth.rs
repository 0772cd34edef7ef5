//! Growth: the same questions on a platform with more towns, and with a longer past.

use std::{iter::once, sync::Arc, time::Duration};

use sea_orm::{ConnectionTrait, Database, DatabaseConnection, DbBackend, Statement};
use serde_json::{Value, json};

use super::{
    Grounds,
    booking::{self, floor},
    http::{get, graphql},
    load::saturate,
    report::Section,
    sizes::Sizes,
    towns::{self, MORNING, basket},
};
use crate::office::{Office, Server};

const CONNECTIONS: usize = 16;
/// Of so many rounds the best counts: whatever else the machine does only slows it down.
const ROUNDS: usize = 3;
/// Of these retention has deleted the rows of what has passed.
const FORGOTTEN: [&str; 2] = ["contact", "outbox"];
const COUNTERS: usize = 8;
/// As many towns are looked at and booked in on every platform, each time others: calendars that fill
/// would count as growth.
const TEN: usize = 10;
const LOOK: &str =
    "query($town: String!, $basket: [BasketLineInput!]!, $from: NaiveDate!, $to: NaiveDate!) {
    freeSlots(town: $town, basket: $basket, from: $from, to: $to) { days { date starts } } }";

/// What is counted per second, in the order of [`Figures::rates`].
const RATES: [&str; 5] =
    ["free slots of ten", "months of ten", "days of ten", "bookings in ten", "free slots of all"];
/// The first so many are of ten towns.
const OF_TEN: usize = 4;

/// Reads and bookings per second, and what PostgreSQL did for each booking.
struct Figures {
    rates: [f64; RATES.len()],
    work: Work,
    /// How many were booked.
    booked: usize,
    /// Without the answer that was asked for.
    failed: usize,
}

pub(super) async fn measure(grounds: &Grounds, sizes: &Sizes) -> Vec<Section> {
    vec![towns(grounds, sizes).await, past(grounds, sizes).await]
}

async fn towns(grounds: &Grounds, sizes: &Sizes) -> Section {
    let told = "16 connections. Free slots of two weeks, pages of a month and of a day of ten towns, bookings in them, and free slots of all towns in turn, all per second and next to the smallest. Goal: within 20 % of it.";
    let columns = columns("towns", &RATES, &["pages for each booking", "MiB"]);
    let mut section = Section::new("Growth: towns", told, &columns);
    let office = grounds.office(MORNING).await;
    let db = Database::connect(office.owner_url()).await.expect("PostgreSQL");
    let (mut founded, mut first, mut booked) = (0, None, 0);
    for (turn, towns) in sizes.towns.into_iter().enumerate() {
        for number in founded + 1..=towns {
            office.import(&towns::ordinary(number));
        }
        founded = towns;
        let server = office.serve().await;
        settled(&server).await;
        let own = figures((&office, &db), &server, (turn, towns), sizes.round).await;
        section.must(own.failed == 0, format!("{towns} towns: {} failed", own.failed));
        booked += own.booked;
        let rates = ratios(&own.rates, first.get_or_insert(own.rates));
        let rest = [json!(own.work.pages), json!(server.memory() / 1024)];
        section.row(once(json!(towns)).chain(rates.into_iter().flatten()).chain(rest).collect());
    }
    booking::must_be_booked(&mut section, &office, booked).await;
    section
}

async fn past(grounds: &Grounds, sizes: &Sizes) -> Section {
    let told = "Thirty towns with so many appointments in their past, each as retention leaves it: with its audit line and figure, without contact data and mails. Goal: within 20 % of the smallest. Beside it what PostgreSQL does for each booking: pages looked at, and written to its log, whole ones because they are the first change after a checkpoint.";
    let work = [
        "pages for each booking",
        "KiB of log",
        "whole pages in it",
        "bytes on disk for each past one",
    ];
    let columns = columns("past appointments", &RATES[..OF_TEN], &work);
    let mut section = Section::new("Growth: the past", told, &columns);
    let office = grounds.office(MORNING).await;
    let founded = TEN * sizes.past.len();
    for number in 1..=founded {
        office.import(&towns::ordinary(number));
    }
    let server = office.serve().await;
    // Whose rows are copied.
    let places = Arc::new(towns::places(&server, once(1), 1).await);
    let mut booked =
        booking::book(&server.url, &places, 1, Duration::from_millis(500)).await.count();
    let db = floor::prepare(&office).await;
    let empty = size(&db).await;
    let (mut inserted, mut first) = (0, None);
    for (turn, past) in sizes.past.into_iter().enumerate() {
        insert(&db, inserted, past).await;
        inserted = past;
        let bytes = (size(&db).await - empty) / i64::try_from(past).unwrap_or(1);
        let own = figures((&office, &db), &server, (turn, founded), sizes.round).await;
        section.must(own.failed == 0, format!("{past} past: {} failed", own.failed));
        booked += own.booked;
        let rates = ratios(&own.rates, first.get_or_insert(own.rates));
        let Work { pages, log, whole } = own.work;
        let rest = [json!(pages), json!(log / 1024.0), json!(whole), json!(bytes)];
        let of_ten = rates.into_iter().take(OF_TEN).flatten();
        section.row(once(json!(past)).chain(of_ten).chain(rest).collect());
    }
    booking::must_be_booked(&mut section, &office, booked).await;
    section
}

/// Waits until a server has gone through all towns, as it does when it starts.
async fn settled(server: &Server) {
    const BREATH: Duration = Duration::from_secs(2);
    loop {
        let before = server.cpu();
        tokio::time::sleep(BREATH).await;
        if server.cpu() - before < BREATH / 50 {
            return;
        }
    }
}

/// Each rate has a column for its ratio to the smallest platform's.
fn columns<'a>(first: &'a str, rates: &[&'a str], rest: &[&'a str]) -> Vec<&'a str> {
    let rates = rates.iter().flat_map(|rate| [*rate, "ratio"]);
    once(first).chain(rates).chain(rest.iter().copied()).collect()
}

fn ratios(own: &[f64; RATES.len()], first: &[f64; RATES.len()]) -> [[Value; 2]; RATES.len()] {
    std::array::from_fn(|rate| [json!(own[rate]), json!(own[rate] / first[rate].max(0.001))])
}

async fn figures(
    (office, db): (&Office, &DatabaseConnection),
    server: &Server,
    (turn, towns): (usize, usize),
    round: Duration,
) -> Figures {
    let ten = turn * TEN + 1..=(turn + 1) * TEN;
    let look = |town: usize| {
        let asked = json!({ "town": towns::slug(town), "basket": basket(), "from": towns::DAYS.0, "to": towns::DAYS.1 });
        graphql(LOOK, &asked)
    };
    let page = |town: usize, which: &str| {
        get(&format!("/{}/termin?anliegen=reisepass&{which}", towns::slug(town)))
    };
    let reads = [
        ten.clone().map(look).collect(),
        ten.clone().map(|town| page(town, "monat=2026-12")).collect(),
        ten.clone().map(|town| page(town, "tag=2026-11-26")).collect(),
        (1..=towns).map(look).collect::<Vec<_>>(),
    ]
    .map(Arc::new);
    let (mut rates, mut booked, mut failed) = ([0.0_f64; RATES.len()], 0, 0);
    let [slots, months, days, bookings, of_all] = &mut rates;
    for _ in 0..ROUNDS {
        for (requests, rate) in reads.iter().zip([&mut *slots, months, days, of_all]) {
            let load = saturate(&server.url, requests, CONNECTIONS, round).await;
            failed += load.failed;
            *rate = load.rate().max(*rate);
        }
    }
    let places = Arc::new(towns::places(server, ten, COUNTERS / 4).await);
    let before = Work::so_far(db).await;
    for _ in 0..ROUNDS {
        let round = booking::book(&server.url, &places, CONNECTIONS, round).await;
        failed += round.wrong.len();
        booked += round.count();
        *bookings = round.book.rate().max(*bookings);
    }
    booking::until_mailed(office).await;
    let work = Work::so_far(db).await.since(&before, booked);
    Figures { rates, work, booked, failed }
}

/// What PostgreSQL has done.
struct Work {
    /// Pages that were looked at.
    pages: f64,
    /// Bytes written to the log.
    log: f64,
    /// Whole pages in the log, each for the first change of a page after a checkpoint.
    whole: f64,
}

impl Work {
    /// Since PostgreSQL was started.
    async fn so_far(db: &DatabaseConnection) -> Self {
        // Each of its processes tells what it did once a second.
        tokio::time::sleep(Duration::from_secs(2)).await;
        let sql = "SELECT sum(blks_hit + blks_read)::float8 AS pages,
            (SELECT wal_bytes FROM pg_stat_wal)::float8 AS log,
            (SELECT wal_fpi FROM pg_stat_wal)::float8 AS whole FROM pg_stat_database";
        let row = db.query_one_raw(Statement::from_string(DbBackend::Postgres, sql)).await;
        let row = row.expect("an answer").expect("a row");
        let figure = |name: &str| row.try_get::<f64>("", name).expect("a figure");
        Self { pages: figure("pages"), log: figure("log"), whole: figure("whole") }
    }

    /// For each of so many bookings since `before`.
    fn since(&self, before: &Self, bookings: usize) -> Self {
        let count = u32::try_from(bookings).map_or(f64::INFINITY, f64::from).max(1.0);
        Self {
            pages: (self.pages - before.pages) / count,
            log: (self.log - before.log) / count,
            whole: (self.whole - before.whole) / count,
        }
    }
}

/// Adds past appointments, one after the other on all counters, from `from` up to `to` of them.
async fn insert(db: &DatabaseConnection, from: usize, to: usize) {
    let start = "(timestamptz '2026-11-20' - n / (SELECT count(*) FROM bench_place) * interval '10 minutes')";
    let rows = format!(
        "generate_series({from}, {}) AS n JOIN bench_place p ON p.i = n % (SELECT count(*) FROM bench_place)",
        to - 1
    );
    // Rows may be inserted in all towns at once only by whom row-level security does not bind.
    for (table, (name, ..)) in floor::TABLES.iter().enumerate() {
        if FORGOTTEN.contains(name) {
            continue;
        }
        let sql = floor::copy(db, table, start, &rows).await;
        db.execute_unprepared(&sql).await.expect("past appointments");
    }
    // As after a while: with statistics, and nothing left to be written to the disk.
    for settle in ["VACUUM ANALYZE", "CHECKPOINT"] {
        db.execute_unprepared(settle).await.expect("the owner may");
    }
}

/// Bytes of a booking's tables with their indexes, all together.
async fn size(db: &DatabaseConnection) -> i64 {
    let sizes = floor::TABLES.map(|(table, ..)| format!("pg_total_relation_size('{table}')"));
    let sql = format!("SELECT ({})::bigint AS bytes", sizes.join(" + "));
    let row = db.query_one_raw(Statement::from_string(DbBackend::Postgres, sql)).await;
    row.expect("an answer").and_then(|row| row.try_get("", "bytes").ok()).expect("a size")
}
