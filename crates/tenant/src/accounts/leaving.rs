//! Accounts that nobody needs any more: those without a role in any town, on the platform or in a county
//! go after a while, with their factors and sessions; sessions that have ended go at once.

use chrono::{DateTime, TimeDelta, Utc};
use sea_orm::{
    ColumnTrait, ConnectionTrait, DbBackend, EntityTrait, FromQueryResult, QueryFilter, Set,
    Statement, TransactionTrait, sea_query::ExprTrait as _,
};
use uuid::Uuid;

use crate::{
    Db, Error,
    entity::{account, account_token, session},
};

/// So long an account without a role is kept, should somebody be given one again.
const KEPT: TimeDelta = TimeDelta::days(30);

/// What belongs to an account, in tables of their own.
const TABLES: [&str; 5] =
    ["session", "account_token", "known_browser", "passkey", "passkey_ceremony"];

/// Notes since when accounts are without a role, and deletes those that have been for thirty days;
/// deletes sessions and mailed links that have ended.
///
/// # Errors
/// [`Error::Database`].
pub async fn forget(db: &Db, now: DateTime<Utc>) -> Result<(), Error> {
    session::Entity::delete_many()
        .filter(session::Column::ExpiresAt.lte(now))
        .exec(db.platform())
        .await?;
    account_token::Entity::delete_many()
        .filter(account_token::Column::ExpiresAt.lte(now))
        .exec(db.platform())
        .await?;
    let without = without_role(db).await?;
    let is_without = account::Column::Id.is_in(without.iter().copied());
    let since = |at| account::ActiveModel { without_role_since: Set(at), ..Default::default() };
    account::Entity::update_many()
        .set(since(None))
        .filter(account::Column::WithoutRoleSince.is_not_null())
        .filter(is_without.clone().not())
        .exec(db.platform())
        .await?;
    account::Entity::update_many()
        .set(since(Some(now)))
        .filter(account::Column::WithoutRoleSince.is_null())
        .filter(is_without.clone())
        .exec(db.platform())
        .await?;
    let gone = account::Entity::find()
        .filter(account::Column::WithoutRoleSince.lte(now - KEPT))
        .filter(is_without)
        .all(db.platform())
        .await?;
    for account in &gone {
        // Who was given a role at this moment stays: the database refuses, and others go on.
        if let Err(error) = delete(db, account.id).await {
            tracing::warn!(%error, account = %account.id, "an account is not deleted");
        }
    }
    Ok(())
}

#[derive(FromQueryResult)]
struct Row {
    id: Uuid,
}

const POSTGRES: &str = "SELECT id FROM accounts_without_role() AS found (id)";
const SQLITE: &str = "SELECT a.id FROM account a \
     WHERE NOT EXISTS (SELECT 1 FROM membership m WHERE m.account_id = a.id) \
     AND NOT EXISTS (SELECT 1 FROM platform_operator p WHERE p.account_id = a.id) \
     AND NOT EXISTS (SELECT 1 FROM county_operator c WHERE c.account_id = a.id)";

/// The accounts without any role. One of the looks across tenants: on PostgreSQL it goes through the
/// function `accounts_without_role()`, which tells ids and nothing else.
async fn without_role(db: &Db) -> Result<Vec<Uuid>, Error> {
    let backend = db.platform().get_database_backend();
    let sql = if backend == DbBackend::Postgres { POSTGRES } else { SQLITE };
    let rows = Row::find_by_statement(Statement::from_string(backend, sql)).all(db.platform());
    Ok(rows.await?.into_iter().map(|row| row.id).collect())
}

async fn delete(db: &Db, account: Uuid) -> Result<(), Error> {
    let tx = db.platform().begin().await?;
    let backend = tx.get_database_backend();
    for table in TABLES {
        let sql = format!("DELETE FROM {table} WHERE account_id = $1");
        tx.execute_raw(Statement::from_sql_and_values(backend, sql, [account.into()])).await?;
    }
    account::Entity::delete_by_id(account).exec(&tx).await?;
    tx.commit().await?;
    Ok(())
}
