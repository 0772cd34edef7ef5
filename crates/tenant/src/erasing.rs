//! A town that leaves: every row of it is deleted, its keys first of all.

use sea_orm::DbBackend;
use uuid::Uuid;

use crate::{Error, TenantTx};

/// The tables of a town's rows, those first that refer to others. The log and the history, which are
/// only ever added to, have a way of their own.
const TABLES: [&str; 22] = [
    "tenant_key",
    "town_secret",
    "appointment_note",
    "closing_item",
    "closing",
    "contact",
    "overview_link",
    "returned_place",
    "waiting_wish",
    "appointment_request",
    "appointment",
    "town_logo",
    "usage_event",
    "counter",
    "location",
    "service",
    "membership",
    "provider_identity",
    "provider_answer",
    "tenant_host",
    "audit_entry",
    "setup_version",
];

/// Deletes all rows of the transaction's town, which must be suspended. Returns the ids of its mails,
/// of which copies may be kept elsewhere.
///
/// # Errors
/// [`Error::Database`], also for a town that is not suspended.
pub async fn erase(tx: &TenantTx) -> Result<Vec<Uuid>, Error> {
    let mails = tx.query("DELETE FROM outbox WHERE tenant_id = $1 RETURNING id", vec![]).await?;
    let postgres = tx.backend() == DbBackend::Postgres;
    for table in TABLES {
        if postgres && matches!(table, "audit_entry" | "setup_version") {
            continue;
        }
        let sql = format!("DELETE FROM {table} WHERE tenant_id = $1 RETURNING tenant_id");
        tx.query(&sql, vec![]).await?;
    }
    if postgres {
        tx.query("SELECT erase_history() WHERE $1::uuid IS NOT NULL", vec![]).await?;
    }
    tx.query("DELETE FROM tenant WHERE id = $1 RETURNING id", vec![]).await?;
    Ok(mails.iter().map(|row| row.try_get("", "id")).collect::<Result<_, _>>()?)
}
