//! Who did what: lines that are only ever added, in the transaction that does it.

use chrono::{DateTime, Utc};
use sea_orm::{ColumnTrait, DbErr, Order, Set};
use uuid::Uuid;

use crate::{Error, Role, TenantTx, entity::audit_entry};

/// A line of the log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// When.
    pub at: DateTime<Utc>,
    /// Who: `citizen`, `system` or `staff:` and the account.
    pub actor: String,
    /// What, as a word such as `appointment.booked`.
    pub action: String,
    /// Which appointment, request or location.
    pub subject: Option<Uuid>,
}

impl Line {
    /// The account of the member of staff who did it.
    #[must_use]
    pub fn account(&self) -> Option<Uuid> {
        account_of(&self.actor)
    }
}

/// The account of the member of staff that an actor's word names.
#[must_use]
pub fn account_of(actor: &str) -> Option<Uuid> {
    actor.strip_prefix("staff:")?.parse().ok()
}

/// Lines in `from..to`, the newest first, at most `limit`.
///
/// # Errors
/// [`Error::Forbidden`] below admin, [`Error::Database`].
pub async fn read(
    tx: &TenantTx,
    from: DateTime<Utc>,
    to: DateTime<Utc>,
    limit: u64,
) -> Result<Vec<Line>, Error> {
    tx.scope().require(Role::Admin)?;
    let rows = tx
        .find::<audit_entry::Entity>()
        .filter(audit_entry::Column::At.gte(from))
        .filter(audit_entry::Column::At.lt(to))
        .order_by(audit_entry::Column::At, Order::Desc)
        .order_by(audit_entry::Column::Id, Order::Desc)
        .limit(limit)
        .all()
        .await?;
    let line = |row: audit_entry::Model| Line {
        at: row.at,
        actor: row.actor,
        action: row.action,
        subject: row.subject_id,
    };
    Ok(rows.into_iter().map(line).collect())
}

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
