//! The outbox: a mail is written in the transaction that it reports on.

use chrono::{DateTime, Utc};
use sea_orm::{
    ColumnTrait, DbBackend, DbErr, FromQueryResult, Set, Statement, sea_query::ExprTrait as _,
};
use tenant::{Db, TenantId, TenantTx, seal::Vault};
use uuid::Uuid;

use crate::{
    Error,
    entity::outbox,
    notice::{Kind, Notice},
};

/// A mail to be written into the outbox.
#[derive(Debug)]
pub struct Outgoing<'a> {
    /// The appointment or request it is about.
    pub subject: Uuid,
    /// What it says.
    pub notice: &'a Notice,
    /// Not before.
    pub due_at: DateTime<Utc>,
    /// Trace of the request that causes it.
    pub traceparent: Option<String>,
}

/// Writes a mail into the outbox.
///
/// # Errors
/// Faults of sealing and of the database.
pub async fn enqueue(
    tx: &TenantTx,
    vault: &Vault,
    now: DateTime<Utc>,
    outgoing: Outgoing<'_>,
) -> Result<(), Error> {
    let Outgoing { subject, notice, due_at, traceparent } = outgoing;
    let id = Uuid::now_v7();
    let plain = serde_json::to_vec(notice).map_err(|error| Error::Template(error.to_string()))?;
    tx.insert(outbox::ActiveModel {
        id: Set(id),
        kind: Set(notice.kind.as_str().to_owned()),
        subject_id: Set(subject),
        sealed: Set(vault.keyring(tx).await?.seal("mail", id, &plain)?),
        state: Set("waiting".to_owned()),
        attempts: Set(0),
        due_at: Set(due_at),
        message_id: Set(format!("<{id}@amtstermin>")),
        traceparent: Set(traceparent),
        created_at: Set(now),
        ..Default::default()
    })
    .await?;
    Ok(())
}

/// Takes mails of one kind about `subject` back that have not been sent.
///
/// # Errors
/// The database's own.
pub async fn withdraw(tx: &TenantTx, subject: Uuid, kind: Kind) -> Result<(), DbErr> {
    let ours = outbox::Column::SubjectId
        .eq(subject)
        .and(outbox::Column::Kind.eq(kind.as_str()))
        .and(outbox::Column::State.eq("waiting"));
    tx.delete::<outbox::Entity>(ours).await?;
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
