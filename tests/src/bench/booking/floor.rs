//! What PostgreSQL alone does: the rows of a booking, inserted by pgbench as the runtime role.

use std::{fmt::Write as _, time::Duration};

use sea_orm::{ConnectionTrait, Database, DatabaseConnection, DbBackend, Statement};

use crate::{office::Office, servers::postgres::tool};

/// Columns with the expressions that give their values.
type Values = &'static [(&'static str, &'static str)];

/// The tables of a booking, each with the column that names the appointment, and where its rows get
/// other values than those they are copied from.
pub(in crate::bench) const TABLES: [(&str, &str, Values); 5] = [
    (
        "appointment",
        "id",
        &[
            ("id", "gen_random_uuid()"),
            ("location_id", "p.location_id"),
            ("counter_id", "p.counter_id"),
            ("starts_at", "{start}"),
            ("ends_at", "{start} + interval '10 minutes'"),
            ("code", "substr(gen_random_uuid()::text, 1, 13)"),
            ("secret_hash", "uuid_send(gen_random_uuid())"),
            ("idempotency_key", "gen_random_uuid()::text"),
        ],
    ),
    ("contact", "subject_id", &[("subject_id", "gen_random_uuid()")]),
    ("usage_event", "id", &[("id", "gen_random_uuid()")]),
    ("audit_entry", "subject_id", &[("id", "gen_random_uuid()")]),
    ("outbox", "subject_id", &[("id", "gen_random_uuid()"), ("state", "'sent'")]),
];

/// Copies of one booking's rows, and a numbered list of all counters: what [`copy`] copies from.
pub(in crate::bench) async fn prepare(office: &Office) -> DatabaseConnection {
    let db = Database::connect(office.owner_url()).await.expect("PostgreSQL");
    let run = async |sql: String| {
        db.execute_unprepared(&sql).await.unwrap_or_else(|error| panic!("{sql}: {error}"));
    };
    let one = "SELECT tenant_id, id FROM appointment WHERE status = 'booked' LIMIT 1";
    run(format!("CREATE TABLE IF NOT EXISTS bench_one AS {one}")).await;
    for (table, key, _) in TABLES {
        let which = match table {
            "usage_event" => "kind = 'booked' LIMIT 1".to_owned(),
            _ => format!("{key} = (SELECT id FROM bench_one)"),
        };
        run(format!(
            "CREATE TABLE IF NOT EXISTS bench_{table} AS SELECT * FROM {table} WHERE {which}"
        ))
        .await;
        run(format!("GRANT SELECT ON bench_{table} TO amtstermin_app")).await;
    }
    // What has left is emptied: as long again as what still waits.
    let longest = "(SELECT sealed FROM bench_outbox ORDER BY length(sealed) DESC LIMIT 1)";
    run(format!("UPDATE bench_outbox SET sealed = {longest} WHERE length(sealed) = 0")).await;
    run("ALTER TABLE bench_outbox DROP CONSTRAINT IF EXISTS whole, \
         ADD CONSTRAINT whole CHECK (length(sealed) > 0)"
        .to_owned())
    .await;
    run("CREATE TABLE IF NOT EXISTS bench_place AS SELECT (row_number() OVER (ORDER BY id) - 1)::int AS i, \
         tenant_id, location_id, id AS counter_id FROM counter"
        .to_owned())
    .await;
    run("CREATE UNIQUE INDEX IF NOT EXISTS bench_place_i ON bench_place (i)".to_owned()).await;
    run("GRANT SELECT ON bench_place TO amtstermin_app".to_owned()).await;
    db
}

/// The statement that copies a booking's row of a table to the counters `p`, at `start`.
pub(in crate::bench) async fn copy(
    db: &DatabaseConnection,
    table: usize,
    start: &str,
    from: &str,
) -> String {
    let (table, _, others) = TABLES[table];
    let sql = format!(
        "SELECT column_name::text AS name FROM information_schema.columns WHERE table_name = '{table}' AND table_schema = 'public'"
    );
    let rows = db.query_all_raw(Statement::from_string(DbBackend::Postgres, sql)).await;
    let names: Vec<String> =
        rows.expect("columns").iter().map(|row| row.try_get("", "name").expect("a name")).collect();
    let value = |name: &String| {
        let other = others.iter().find(|(own, _)| own == name);
        match other {
            _ if name == "tenant_id" => "p.tenant_id".to_owned(),
            Some((_, value)) => value.replace("{start}", start),
            None => format!("t.{name}"),
        }
    };
    let values: Vec<String> = names.iter().map(value).collect();
    format!(
        "INSERT INTO {table} ({}) SELECT {} FROM bench_{table} t, {from} ON CONFLICT DO NOTHING",
        names.join(", "),
        values.join(", ")
    )
}

/// Transactions per second of so many clients.
pub(super) async fn measure(office: &Office, clients: usize, round: Duration) -> f64 {
    let db = prepare(office).await;
    let places = office.count("bench_place").await;
    // Far ahead, where nobody else books, and seldom twice the same.
    let mut script =
        format!("\\set i random(0, {})\n\\set m random(0, 20000000)\nBEGIN;\n", places - 1);
    let _ = writeln!(
        script,
        "SELECT set_config('app.tenant_id', (SELECT tenant_id::text FROM bench_place WHERE i = :i), true);"
    );
    let start = "(timestamptz '2030-01-01' + :m * interval '10 minutes')";
    let mut inserts = Vec::new();
    for table in 0..TABLES.len() {
        inserts.push(copy(&db, table, start, "bench_place p WHERE p.i = :i").await);
    }
    // As the server does: the appointment, and then all that belongs to it.
    let [appointment, between @ .., last] = inserts.as_slice() else { return 0.0 };
    let between = between.iter().enumerate().map(|(n, insert)| format!("row_{n} AS ({insert})"));
    let between = between.collect::<Vec<_>>().join(", ");
    let _ = writeln!(script, "{appointment};\nWITH {between} {last};\nCOMMIT;");
    let file = tempfile::NamedTempFile::new().expect("a file");
    std::fs::write(file.path(), script).expect("a script");
    let url = office.database_url().to_owned();
    let output = tokio::task::spawn_blocking(move || {
        let mut command = std::process::Command::new(tool("pgbench"));
        command.args(["-n", "-M", "prepared", "-j", "2"]);
        command.args(["-c", &clients.to_string(), "-T", &round.as_secs().max(1).to_string()]);
        command.arg("-f").arg(file.path()).arg(url).output()
    });
    let output = output.await.expect("no panic").expect("pgbench");
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "pgbench: {errors}");
    let line = text.lines().find_map(|line| line.strip_prefix("tps = ")).unwrap_or_default();
    line.split(' ')
        .next()
        .and_then(|tps| tps.parse().ok())
        .unwrap_or_else(|| panic!("{text} {errors}"))
}
