//! Who did what: lines that are only ever added, in the transaction that does it.

use chrono::{DateTime, Utc};
use sea_orm::{DbErr, Set};
use uuid::Uuid;

use crate::{TenantTx, entity::audit_entry};

/// Writes one line. `action` is a word such as `appointment.booked`; personal data has no place
/// in it.
///
/// # Errors
/// The database's own.
pub async fn record(
    tx: &TenantTx,
    at: DateTime<Utc>,
    action: &str,
    subject: Option<Uuid>,
) -> Result<(), DbErr> {
    tx.insert(audit_entry::ActiveModel {
        id: Set(Uuid::now_v7()),
        at: Set(at),
        actor: Set(tx.scope().actor.to_string()),
        action: Set(action.to_owned()),
        subject_id: Set(subject),
        ..Default::default()
    })
    .await?;
    Ok(())
}
