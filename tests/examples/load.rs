//! `make load`: how the server does under load, by hand and never as a test. One line per kind of
//! request: requests per second, latencies, and the statements that PostgreSQL counted for each.

#![allow(clippy::print_stdout, clippy::unwrap_used)] // a tool for a person at a terminal

use std::time::{Duration, Instant};

use sea_orm::{ConnectionTrait as _, Database};
use serde_json::{Value, json};
use system_tests::office::{Office, Server, Storage};

/// How long each kind is asked.
const ROUND: Duration = Duration::from_secs(4);
/// Connections at once.
const CLIENTS: usize = 16;
const MORNING: &str = "2026-11-23T08:00:00Z";

/// One kind of request: GraphQL document, or path of a page.
#[derive(Clone, Copy)]
enum Kind {
    Page(&'static str),
    Query(&'static str),
}

const KINDS: [(&str, Kind); 5] = [
    ("healthz", Kind::Page("/healthz")),
    (
        "freeSlots, four weeks",
        Kind::Query(
            "{ freeSlots(town: \"luenen\", basket: [{ service: \"personalausweis\" }], from: \"2026-11-24\", to: \"2026-12-21\") { nextFreeDate days { date } } }",
        ),
    ),
    ("page of a month", Kind::Page("/luenen/termin?anliegen=personalausweis&monat=2026-12")),
    ("page of all services", Kind::Page("/luenen")),
    (
        "town and services",
        Kind::Query("{ town(town: \"luenen\") { name services { nodes { slug } } } }"),
    ),
];

#[tokio::main]
async fn main() {
    let office = Office::at(Storage::Postgres, &["luenen"], Some(MORNING)).await;
    let started = Instant::now();
    let server = office.serve().await;
    println!("start to first answer: under {} ms", started.elapsed().as_millis());
    println!("memory when idle: {} MB", server.memory() / 1024);
    let owner = Database::connect(office.owner_url()).await.unwrap();
    let database = office.owner_url().rsplit('/').next().unwrap().to_owned();
    println!(
        "\n{:<24}{:>10}{:>10}{:>10}{:>10}{:>14}",
        "", "per s", "p50 ms", "p95 ms", "p99 ms", "statements"
    );
    for (name, kind) in KINDS {
        let (rate, latencies) = round(&server, kind).await;
        let at = |share: f64| {
            #[allow(
                clippy::cast_possible_truncation,
                clippy::cast_sign_loss,
                clippy::cast_precision_loss
            )]
            let index = (latencies.len() as f64 * share) as usize;
            latencies[index.min(latencies.len() - 1)].as_secs_f64() * 1000.0
        };
        let statements = statements(&office, &owner, &database, kind).await;
        println!(
            "{name:<24}{rate:>10.0}{:>10.2}{:>10.2}{:>10.2}{statements:>14.1}",
            at(0.5),
            at(0.95),
            at(0.99)
        );
    }
    println!("\nmemory after load: {} MB", server.memory() / 1024);
}

async fn ask(server: &Server, kind: Kind) {
    match kind {
        Kind::Page(path) => assert_eq!(server.get(path).await.0, 200),
        Kind::Query(query) => {
            let answer: Value = server.graphql(query, json!({})).await;
            assert!(answer["errors"].is_null(), "{answer}");
        }
    }
}

/// Asks for a while; returns requests per second and the sorted latencies.
async fn round(server: &Server, kind: Kind) -> (f64, Vec<Duration>) {
    let started = Instant::now();
    let clients = (0..CLIENTS).map(|_| async {
        let mut latencies = Vec::new();
        while started.elapsed() < ROUND {
            let before = Instant::now();
            ask(server, kind).await;
            latencies.push(before.elapsed());
        }
        latencies
    });
    let mut latencies = futures::future::join_all(clients).await.concat();
    latencies.sort_unstable();
    #[allow(clippy::cast_precision_loss)]
    let rate = latencies.len() as f64 / started.elapsed().as_secs_f64();
    (rate, latencies)
}

/// Statements per request, from PostgreSQL's own log, on a server of its own that is warm.
async fn statements(
    office: &Office,
    owner: &sea_orm::DatabaseConnection,
    database: &str,
    kind: Kind,
) -> f64 {
    let log = std::env::var("TEST_POSTGRES_LOG").unwrap();
    let set = |value: &str| format!("ALTER DATABASE {database} SET log_statement = '{value}'");
    owner.execute_unprepared(&set("all")).await.unwrap();
    let server = office.serve().await;
    ask(&server, kind).await;
    let count = || {
        let text = std::fs::read_to_string(&log).unwrap();
        let logged =
            |line: &&str| line.contains("LOG:  statement: ") || line.contains("LOG:  execute ");
        // The worker looks for mails every second; it asks for nobody.
        let ours = |line: &&str| !line.contains("outbox");
        text.lines().filter(logged).filter(ours).count()
    };
    let before = count();
    for _ in 0..20 {
        ask(&server, kind).await;
    }
    let after = count();
    owner.execute_unprepared(&set("none")).await.unwrap();
    #[allow(clippy::cast_precision_loss)]
    let each = (after - before) as f64 / 20.0;
    each
}
