//! Compares what the clients know with the rows of the database.

use std::collections::{BTreeMap, HashMap, HashSet};

use chrono::{DateTime, Utc};
use sea_orm::{ConnectionTrait as _, Database, DbBackend, QueryResult, Statement};
use uuid::Uuid;

use super::{
    ledger::{Ledger, State},
    town::Slot,
};

/// What was found about one appointment.
#[derive(Debug)]
struct Row {
    id: Uuid,
    key: String,
    state: State,
    sequence: usize,
}

/// Rows as they were found.
#[derive(Debug)]
struct Found {
    appointments: Vec<Row>,
    /// Pairs of codes that occupy one counter at one time.
    overlaps: Vec<(String, String)>,
    /// Subject and kind of each mail, with its state.
    mails: Vec<(Uuid, String, String)>,
    /// Subject and action of each audit line, with their number.
    audit: HashMap<(Uuid, String), usize>,
    /// Kinds of usage rows, with their number.
    usage: BTreeMap<String, usize>,
    /// Whose contact data there are.
    contacts: Vec<Uuid>,
}

const APPOINTMENTS: &str =
    "SELECT id, idempotency_key, location_id, starts_at, status, sequence FROM appointment";
const OVERLAPS: &str = "SELECT a.code, b.code FROM appointment a JOIN appointment b \
     ON a.counter_id = b.counter_id AND a.id < b.id \
     AND a.starts_at < b.ends_at AND b.starts_at < a.ends_at \
     WHERE a.status NOT IN ('missed', 'cancelled') AND b.status NOT IN ('missed', 'cancelled')";
const MAILS: &str = "SELECT subject_id, kind, state FROM outbox";
const AUDIT: &str = "SELECT subject_id, action, count(*) FROM audit_entry \
     WHERE action LIKE 'appointment.%' GROUP BY subject_id, action";
const USAGE: &str = "SELECT kind, count(*) FROM usage_event GROUP BY kind";
const CONTACTS: &str = "SELECT subject_id FROM contact";

/// What mails there may be of an appointment …
const KINDS: [&str; 4] = ["confirmation", "changed", "cancelled", "reminder"];
/// … and what is done to one, each with an audit line and a usage row.
const DEEDS: [&str; 3] = ["booked", "moved", "cancelled"];

/// What the rows say.
#[derive(Debug, Default)]
pub struct Findings {
    /// Everything that does not agree; empty is well.
    pub wrong: Vec<String>,
    /// What was acknowledged and is gone, as if it had never been asked for.
    pub lost: Vec<String>,
}

/// Compares. `owner` is the database's address as its owner.
pub async fn check(owner: &str, ledger: &Ledger) -> Findings {
    let found = read(owner).await;
    let Findings { mut wrong, mut lost } = Findings::default();
    for (one, other) in &found.overlaps {
        wrong.push(format!("two appointments occupy one counter: {one} and {other}"));
    }
    stories(&found, ledger, &mut wrong, &mut lost);
    for row in &found.appointments {
        traces(&found, row, &mut wrong);
    }
    totals(&found, &mut wrong);
    Findings { wrong, lost }
}

/// Every acknowledged booking is there once; every refusal took nothing.
fn stories(found: &Found, ledger: &Ledger, wrong: &mut Vec<String>, lost: &mut Vec<String>) {
    let mut by_key: HashMap<&str, &Row> = HashMap::new();
    for row in &found.appointments {
        if by_key.insert(&row.key, row).is_some() {
            wrong.push(format!("{} is booked twice", row.key));
        }
    }
    for story in &ledger.stories {
        let state = by_key.remove(story.key.as_str()).map(|row| row.state);
        if !story.allows(state) {
            let list = if story.has_lost(state) { &mut *lost } else { &mut *wrong };
            list.push(format!("{} may be {}, and is {state:?}", story.key, story.told()));
        }
    }
    for key in by_key.keys() {
        wrong.push(format!("nobody has asked for {key}"));
    }
}

/// Each appointment has exactly its mails and audit lines.
fn traces(found: &Found, row: &Row, wrong: &mut Vec<String>) {
    let State { moves, cancelled, .. } = row.state;
    let once = usize::from(cancelled);
    if row.sequence != moves + once {
        wrong.push(format!("{} was changed {} times", row.key, row.sequence));
    }
    let mails = KINDS.into_iter().zip([1, moves, once, 1 - once]);
    for (kind, expected) in mails {
        let ours = |mail: &&(Uuid, String, String)| mail.0 == row.id && mail.1 == kind;
        let number = found.mails.iter().filter(ours).count();
        // What had not left yet when it was cancelled says nothing any more and is dropped.
        let may_be_dropped = cancelled && ["confirmation", "changed"].contains(&kind);
        if number != expected && !(may_be_dropped && number < expected) {
            wrong.push(format!("{} has {number} mails «{kind}» instead of {expected}", row.key));
        }
    }
    for (action, expected) in DEEDS.into_iter().zip([1, moves, once]) {
        let line = (row.id, format!("appointment.{action}"));
        let number = found.audit.get(&line).copied().unwrap_or(0);
        if number != expected {
            wrong.push(format!(
                "{} has {number} audit lines «{action}» instead of {expected}",
                row.key
            ));
        }
    }
    let contacts = found.contacts.iter().filter(|subject| **subject == row.id).count();
    if contacts != 1 {
        wrong.push(format!("{} has {contacts} rows with contact data", row.key));
    }
}

/// There are as many usage rows as events, and nothing that is about nothing, or mail that was not sent.
fn totals(found: &Found, wrong: &mut Vec<String>) {
    let rows = || found.appointments.iter().map(|row| row.state);
    let expected = [
        rows().count(),
        rows().map(|state| state.moves).sum(),
        rows().filter(|state| state.cancelled).count(),
    ];
    for (kind, expected) in DEEDS.into_iter().zip(expected) {
        let number = found.usage.get(kind).copied().unwrap_or(0);
        if number != expected {
            wrong.push(format!("{number} usage rows «{kind}» instead of {expected}"));
        }
    }
    for kind in found.usage.keys().filter(|kind| !DEEDS.contains(&kind.as_str())) {
        wrong.push(format!("usage rows «{kind}», which nobody has brought about"));
    }
    let known: HashSet<Uuid> = found.appointments.iter().map(|row| row.id).collect();
    for (subject, action) in found.audit.keys() {
        let is_deed = DEEDS.iter().any(|deed| *action == format!("appointment.{deed}"));
        if !known.contains(subject) {
            wrong.push(format!("an audit line «{action}» about nothing"));
        }
        if !is_deed {
            wrong.push(format!("an audit line «{action}», which nobody has brought about"));
        }
    }
    if found.contacts.iter().any(|subject| !known.contains(subject)) {
        wrong.push("contact data of nobody".to_owned());
    }
    for (subject, kind, state) in &found.mails {
        if !known.contains(subject) {
            wrong.push(format!("a mail «{kind}» about nothing"));
        }
        if !KINDS.contains(&kind.as_str()) {
            wrong.push(format!("a mail «{kind}», which nobody has brought about"));
        }
        if state != "sent" && kind != "reminder" {
            wrong.push(format!("a mail «{kind}» is {state}"));
        }
    }
}

async fn read(owner: &str) -> Found {
    let db = Database::connect(owner).await.expect("PostgreSQL");
    let rows = async |sql: &str| {
        db.query_all_raw(Statement::from_string(DbBackend::Postgres, sql)).await.expect("rows")
    };
    let counted = |row: &QueryResult, index: usize| {
        usize::try_from(row.try_get_by_index::<i64>(index).expect("a count")).expect("a count")
    };
    let text =
        |row: &QueryResult, index: usize| row.try_get_by_index::<String>(index).expect("text");
    let id = |row: &QueryResult| row.try_get_by_index::<Uuid>(0).expect("an id");
    Found {
        appointments: rows(APPOINTMENTS).await.iter().map(appointment).collect(),
        overlaps: rows(OVERLAPS).await.iter().map(|row| (text(row, 0), text(row, 1))).collect(),
        mails: rows(MAILS).await.iter().map(|row| (id(row), text(row, 1), text(row, 2))).collect(),
        audit: rows(AUDIT)
            .await
            .iter()
            .map(|row| ((id(row), text(row, 1)), counted(row, 2)))
            .collect(),
        contacts: rows(CONTACTS).await.iter().map(id).collect(),
        usage: rows(USAGE).await.iter().map(|row| (text(row, 0), counted(row, 1))).collect(),
    }
}

fn appointment(row: &QueryResult) -> Row {
    let cancelled = row.try_get::<String>("", "status").expect("a status") == "cancelled";
    let sequence = row.try_get::<i32>("", "sequence").ok().and_then(|n| usize::try_from(n).ok());
    let sequence = sequence.expect("a number");
    let slot = Slot {
        location: row.try_get("", "location_id").expect("a location"),
        starts_at: row.try_get::<DateTime<Utc>>("", "starts_at").expect("an instant"),
    };
    Row {
        id: row.try_get("", "id").expect("an id"),
        key: row.try_get("", "idempotency_key").expect("a key"),
        state: State { slot, moves: sequence.saturating_sub(usize::from(cancelled)), cancelled },
        sequence,
    }
}
