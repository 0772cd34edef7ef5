//! Staff accounts, sessions and roles.

use argon2::{
    Argon2,
    password_hash::{PasswordHasher, PasswordVerifier, phc::PasswordHash},
};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use chrono::{DateTime, TimeDelta, Utc};
use sea_orm::{
    ColumnTrait, ConnectionTrait, DbBackend, EntityTrait, QueryFilter, QueryResult, Set, Statement,
    sea_query::OnConflict,
};
use uuid::Uuid;

use crate::{
    Actor, Db, Error, Role, TenantId, TenantTx,
    entity::{account, membership, session},
    seal::token_hash,
};

/// How long a session lives.
const SESSION: TimeDelta = TimeDelta::hours(12);

/// Makes an account, or returns the one with this address unchanged.
///
/// # Errors
/// [`Error::Database`].
pub async fn create(
    db: &Db,
    email: &str,
    password: &str,
    now: DateTime<Utc>,
) -> Result<Uuid, Error> {
    if let Some(known) = find(db, email).await? {
        return Ok(known.id);
    }
    let id = Uuid::now_v7();
    account::Entity::insert(account::ActiveModel {
        id: Set(id),
        email: Set(email.to_lowercase()),
        password_hash: Set(hash(password.to_owned()).await?),
        created_at: Set(now),
    })
    .exec_without_returning(db.platform())
    .await?;
    Ok(id)
}

/// Gives an account a role in the transaction's town.
///
/// # Errors
/// [`Error::Forbidden`] below admin, [`Error::Database`].
pub async fn grant(tx: &TenantTx, account: Uuid, role: Role) -> Result<(), Error> {
    tx.scope().require(Role::Admin)?;
    tx.delete::<membership::Entity>(membership::Column::AccountId.eq(account)).await?;
    tx.insert(membership::ActiveModel {
        account_id: Set(account),
        role: Set(role.as_str().to_owned()),
        ..Default::default()
    })
    .await?;
    Ok(())
}

/// Opens a session and returns its token; only the token's hash is kept.
///
/// # Errors
/// [`Error::WrongCredentials`], alike for an unknown address and a wrong password.
pub async fn sign_in(
    db: &Db,
    email: &str,
    password: &str,
    now: DateTime<Utc>,
) -> Result<String, Error> {
    let found = find(db, email).await?;
    let known = found.as_ref().map(|account| account.password_hash.clone());
    let password = password.to_owned();
    // An unknown address costs the same work as a wrong password.
    let right = blocking(move || match known {
        Some(hash) => PasswordHash::new(&hash).is_ok_and(|hash| {
            Argon2::default().verify_password(password.as_bytes(), &hash).is_ok()
        }),
        None => Argon2::default().hash_password(password.as_bytes()).is_err(),
    })
    .await?;
    let account = found.filter(|_| right).ok_or(Error::WrongCredentials)?;
    let token = URL_SAFE_NO_PAD.encode(rand::random::<[u8; 32]>());
    session::Entity::insert(session::ActiveModel {
        token_hash: Set(token_hash(&token)),
        account_id: Set(account.id),
        expires_at: Set(now + SESSION),
    })
    .on_conflict(OnConflict::new().do_nothing().to_owned())
    .exec_without_returning(db.platform())
    .await?;
    Ok(token)
}

/// Ends a session.
///
/// # Errors
/// [`Error::Database`].
pub async fn sign_out(db: &Db, token: &str) -> Result<(), Error> {
    session::Entity::delete_by_id(token_hash(token)).exec(db.platform()).await?;
    Ok(())
}

/// The account behind a session token, while the session lives.
///
/// # Errors
/// [`Error::Database`].
pub async fn account_of(db: &Db, token: &str, now: DateTime<Utc>) -> Result<Option<Uuid>, Error> {
    let session = session::Entity::find_by_id(token_hash(token))
        .filter(session::Column::ExpiresAt.gt(now))
        .one(db.platform())
        .await?;
    Ok(session.map(|session| session.account_id))
}

/// What an account is in the transaction's town: staff with its role, else a citizen.
///
/// # Errors
/// [`Error::Database`], [`Error::Corrupt`] for an unknown role.
pub async fn actor(tx: &TenantTx, account: Uuid) -> Result<Actor, Error> {
    let membership = tx
        .find::<membership::Entity>()
        .filter(membership::Column::AccountId.eq(account))
        .one()
        .await?;
    membership
        .map_or(Ok(Actor::Citizen), |row| Ok(Actor::Staff { account, role: row.role.parse()? }))
}

/// Where an account has a role, with the role. One of the looks across tenants: on PostgreSQL it
/// goes through the function `towns_of_account()`.
///
/// # Errors
/// [`Error::Database`], [`Error::Corrupt`] for an unknown role.
pub async fn towns_of(db: &Db, account: Uuid) -> Result<Vec<(TenantId, Role)>, Error> {
    let backend = db.platform().get_database_backend();
    let sql = if backend == DbBackend::Postgres {
        "SELECT tenant_id, role FROM towns_of_account($1)"
    } else {
        "SELECT tenant_id, role FROM membership WHERE account_id = $1"
    };
    let statement = Statement::from_sql_and_values(backend, sql, [account.into()]);
    let rows = db.platform().query_all_raw(statement).await?;
    let read = |row: QueryResult| {
        let role: String = row.try_get("", "role")?;
        Ok((TenantId(row.try_get("", "tenant_id")?), role.parse()?))
    };
    rows.into_iter().map(read).collect()
}

/// The address an account signs in with.
///
/// # Errors
/// [`Error::Database`].
pub async fn email_of(db: &Db, account: Uuid) -> Result<Option<String>, Error> {
    Ok(account::Entity::find_by_id(account).one(db.platform()).await?.map(|row| row.email))
}

async fn find(db: &Db, email: &str) -> Result<Option<account::Model>, Error> {
    Ok(account::Entity::find()
        .filter(account::Column::Email.eq(email.to_lowercase()))
        .one(db.platform())
        .await?)
}

async fn hash(password: String) -> Result<String, Error> {
    blocking(move || {
        Argon2::default().hash_password(password.as_bytes()).map(|hash| hash.to_string())
    })
    .await?
    .map_err(|error| Error::Corrupt(error.to_string()))
}

/// Argon2 takes tens of milliseconds of computation: off the asynchronous threads.
async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, Error> {
    tokio::task::spawn_blocking(work).await.map_err(|error| Error::Corrupt(error.to_string()))
}
