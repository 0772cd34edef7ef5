//! The outbox: a mail is written in the transaction that it reports on.

use chrono::{DateTime, Utc};
use sea_orm::{DbBackend, DbErr, FromQueryResult, Set, Statement};
use tenant::{Db, TenantId, TenantTx, seal::Vault};
use uuid::Uuid;

use crate::{Error, entity::outbox, notice::Notice};

/// Writes a mail into the outbox.
///
/// # Errors
/// Faults of sealing and of the database.
pub async fn enqueue(
    tx: &TenantTx,
    vault: &Vault,
    now: DateTime<Utc>,
    subject: Uuid,
    notice: &Notice,
    traceparent: Option<String>,
) -> Result<(), Error> {
    let id = Uuid::now_v7();
    let plain = serde_json::to_vec(notice).map_err(|error| Error::Template(error.to_string()))?;
    tx.insert(outbox::ActiveModel {
        id: Set(id),
        kind: Set(notice.kind.as_str().to_owned()),
        subject_id: Set(subject),
        sealed: Set(vault.keyring(tx).await?.seal("mail", id, &plain)?),
        state: Set("waiting".to_owned()),
        attempts: Set(0),
        due_at: Set(now),
        message_id: Set(format!("<{id}@amtstermin>")),
        traceparent: Set(traceparent),
        created_at: Set(now),
        ..Default::default()
    })
    .await?;
    Ok(())
}

/// A mail that is due and now claimed by this worker.
#[derive(Clone, Copy, Debug, FromQueryResult)]
pub(crate) struct Claimed {
    tenant_id: Uuid,
    pub(crate) id: Uuid,
}

impl Claimed {
    pub(crate) fn tenant(&self) -> TenantId {
        TenantId(self.tenant_id)
    }
}

/// On PostgreSQL the named function with its own narrow grants; any number of workers may ask.
const CLAIM_POSTGRES: &str = "SELECT tenant_id, id FROM claim_outbox($1, $2, $3)";
const CLAIM_SQLITE: &str = "UPDATE outbox SET claimed_until = $2 WHERE rowid IN (\
     SELECT rowid FROM outbox WHERE state = 'waiting' AND due_at <= $1 \
     AND (claimed_until IS NULL OR claimed_until <= $1) ORDER BY due_at LIMIT $3) \
     RETURNING tenant_id, id";

/// Claims up to `most` due mails of all towns until `lease_until`. One of the two places that look
/// across tenants; it learns ids only.
pub(crate) async fn claim(
    db: &Db,
    now: DateTime<Utc>,
    lease_until: DateTime<Utc>,
    most: i32,
) -> Result<Vec<Claimed>, DbErr> {
    let pool = db.platform();
    let backend = pool.get_database_backend();
    let sql = if backend == DbBackend::Postgres { CLAIM_POSTGRES } else { CLAIM_SQLITE };
    let values = [now.into(), lease_until.into(), most.into()];
    Claimed::find_by_statement(Statement::from_sql_and_values(backend, sql, values)).all(pool).await
}
