//! Reading: what citizens look at, next to an answer that needs nothing.

use std::{sync::Arc, time::Duration};

use sea_orm::{ConnectionTrait as _, Database};
use serde_json::json;

use super::{
    Grounds,
    http::{Connection, get, get_compressed, graphql},
    load::{Load, pace, saturate},
    report::Section,
    sizes::Sizes,
};
use crate::office::{Office, Server, Storage};

const MORNING: &str = "2026-11-23T08:00:00Z";
/// Connections at once.
const CONNECTIONS: [usize; 3] = [1, 16, 128];
const FREE: &str = "{ freeSlots(town: \"luenen\", basket: [{ service: \"personalausweis\" }], from: \"2026-11-24\", to: \"2026-12-21\") {
    nextFreeDate days { date starts } } }";

/// As many questions as nobody gets answers to in a round.
const OTHERS: usize = 100_000;

/// What is asked, in turn.
fn kinds() -> [(&'static str, Vec<Vec<u8>>); 6] {
    let page = "/luenen/termin?anliegen=personalausweis";
    // An answer is kept by the bytes of its question.
    let others = (0..OTHERS).map(|number| graphql(&format!("query Q{number} {FREE}"), &json!({})));
    [
        ("/healthz", vec![get("/healthz")]),
        ("freeSlots, four weeks", vec![graphql(FREE, &json!({}))]),
        ("freeSlots, each time in other words", others.collect()),
        ("page of a month", vec![get(&format!("{page}&monat=2026-12"))]),
        ("page of a month, compressed", vec![get_compressed(&format!("{page}&monat=2026-12"))]),
        ("page of a day", vec![get(&format!("{page}&tag=2026-11-26"))]),
    ]
}

pub(super) async fn measure(grounds: &Grounds, sizes: &Sizes) -> Vec<Section> {
    let told = "Lünen's shipped set-up. Goals: `freeSlots` on PostgreSQL at least 40 % of `/healthz`; at half of the \
        saturating load, at a pace, p99 under 10 ms; at most three round trips where the database is asked: `BEGIN`, the town, \
        the question. The fourth statement, `ROLLBACK`, comes after the answer.";
    let columns = [
        "database",
        "request",
        "connections",
        "per s",
        "of /healthz",
        "p50 ms",
        "p95 ms",
        "p99 ms",
        "CPU µs",
        "MiB",
    ];
    let mut fast = Section::new("Reading, as much as goes", told, &columns);
    let columns = [
        "database",
        "request",
        "per s",
        "p50 ms",
        "p95 ms",
        "p99 ms",
        "statements cold",
        "statements warm",
    ];
    let mut calm = Section::new(
        "Reading, at half of that",
        "Requests come at a pace, whatever the answers do. Statements as PostgreSQL logs them, for a request after a second of silence and for one under load.",
        &columns,
    );
    for storage in [Storage::Sqlite, Storage::Postgres] {
        let office = office(grounds, storage).await;
        let server = office.serve().await;
        let mut health = [0.0; CONNECTIONS.len()];
        for (name, requests) in kinds() {
            let requests = Arc::new(requests);
            let mut best: f64 = 0.0;
            for (connections, health) in CONNECTIONS.into_iter().zip(&mut health) {
                let before = server.cpu();
                let load = saturate(&server.url, &requests, connections, sizes.round).await;
                let cpu = server.cpu().saturating_sub(before);
                if name == "/healthz" {
                    *health = load.rate();
                }
                best = best.max(load.rate());
                fast.must(load.failed == 0, format!("{name}: {} without an answer", load.failed));
                let [p50, p95, p99] = [500, 950, 990].map(|share| load.at(share));
                let each = cpu.as_secs_f64() * 1e6 / load.seconds / load.rate().max(1.0);
                fast.row(vec![
                    json!(word(storage)),
                    json!(name),
                    json!(connections),
                    json!(load.rate()),
                    json!(format!("{:.0} %", load.rate() / *health * 100.0)),
                    json!(p50),
                    json!(p95),
                    json!(p99),
                    json!(each),
                    json!(server.memory() / 1024),
                ]);
            }
            let half = pace(&server.url, &requests, best / 2.0, sizes.round).await;
            calm.must(half.failed == 0, format!("{name}: {} without an answer", half.failed));
            let (cold, warm) = match storage {
                Storage::Postgres => statements(grounds, &office, &requests).await,
                Storage::Sqlite => (json!(null), json!(null)),
            };
            calm.row(row(storage, name, &half, cold, warm));
        }
    }
    vec![fast, calm]
}

fn row(
    storage: Storage,
    name: &str,
    load: &Load,
    cold: serde_json::Value,
    warm: serde_json::Value,
) -> Vec<serde_json::Value> {
    let [p50, p95, p99] = [500, 950, 990].map(|share| load.at(share));
    vec![
        json!(word(storage)),
        json!(name),
        json!(load.rate()),
        json!(p50),
        json!(p95),
        json!(p99),
        cold,
        warm,
    ]
}

fn word(storage: Storage) -> &'static str {
    match storage {
        Storage::Sqlite => "SQLite",
        Storage::Postgres => "PostgreSQL",
    }
}

/// Lünen in a fresh database.
async fn office(grounds: &Grounds, storage: Storage) -> Office {
    let office = match storage {
        Storage::Sqlite => Office::at(storage, &[], Some(MORNING)).await,
        Storage::Postgres => grounds.office(MORNING).await,
    };
    office.import(&crate::office::shipped("luenen"));
    office
}

/// Statements for a request after a second of silence, and for each of many, from PostgreSQL's own
/// log and on a server of its own.
async fn statements(
    grounds: &Grounds,
    office: &Office,
    requests: &[Vec<u8>],
) -> (serde_json::Value, serde_json::Value) {
    const COLD: usize = 5;
    const WARM: usize = 200;
    let owner = Database::connect(office.owner_url()).await.expect("PostgreSQL");
    let database = office.owner_url().rsplit('/').next().unwrap_or_default().to_owned();
    let set = |value: &str| format!("ALTER DATABASE {database} SET log_statement = '{value}'");
    owner.execute_unprepared(&set("all")).await.expect("a setting");
    let server: Server = office.serve().await;
    let mut connection = Connection::open(&server.url).await.expect("a connection");
    let mut turn = requests.iter().cycle();
    let mut ask = async || {
        let request = turn.next().expect("a request");
        connection.ask(request).await.expect("an answer");
    };
    ask().await;
    let (mut cold, mut warm) = (0, 0);
    for _ in 0..COLD {
        tokio::time::sleep(Duration::from_millis(1100)).await;
        let before = logged(grounds);
        ask().await;
        // What ends the transaction comes after the answer.
        tokio::time::sleep(Duration::from_millis(50)).await;
        cold += logged(grounds) - before;
    }
    let before = logged(grounds);
    for _ in 0..WARM {
        ask().await;
    }
    warm += logged(grounds).saturating_sub(before);
    owner.execute_unprepared(&set("none")).await.expect("a setting");
    #[allow(clippy::cast_precision_loss)] // figures for people
    let each = |count: usize, of: usize| json!(count as f64 / of as f64);
    (each(cold, COLD), each(warm, WARM))
}

/// Statements in the log; not those of the workers, nor what is asked for all requests together: the
/// list of towns, and which of them have changed.
fn logged(grounds: &Grounds) -> usize {
    let log = std::fs::read(grounds.postgres.log()).unwrap_or_default();
    let text = String::from_utf8_lossy(&log);
    let is_statement =
        |line: &&str| line.contains("LOG:  statement: ") || line.contains("LOG:  execute ");
    let of_others =
        ["outbox", "tenant_directory", "town_changes", "waiting_wish WHERE", "ALTER DATABASE"];
    let lines = text.lines().filter(is_statement);
    lines.filter(|line| !of_others.iter().any(|word| line.contains(word))).count()
}
