//! Staff accounts: people who sign in. An account belongs to no town; its roles do.
//!
//! * [`sessions`]: signing in and out.
//! * [`password`]: what a password must be, and how it is kept.
//! * [`second_factor`]: codes from a phone (RFC 6238), and recovery codes.
//! * [`browsers`]: where somebody has signed in before.
//! * [`passkeys`]: signing in with a key of one's device (WebAuthn).
//! * [`tokens`]: secrets that work once, such as the link in an invitation.
//! * [`members`]: who has which role in a town.
//! * [`leaving`]: accounts without a role go after a while.
//! * [`operators`]: who runs the platform, who compares the towns of a county.
//! * [`vouching`]: signing in by the word of a town's own provider.

pub mod browsers;
pub mod leaving;
pub mod members;
pub mod operators;
pub mod passkeys;
pub mod password;
pub mod second_factor;
pub mod sessions;
pub mod tokens;
pub mod vouching;

use std::collections::{HashMap, HashSet};

use chrono::{DateTime, Utc};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QuerySelect, Set};
use uuid::Uuid;

use crate::{
    Db, Error,
    entity::{account, passkey},
};

/// An account as its owner and its town's admins see it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Account {
    /// Identity.
    pub id: Uuid,
    /// Address to sign in with.
    pub email: String,
    /// Whether a password was chosen; before, the invitation is still open.
    pub has_password: bool,
    /// Whether a password alone is not enough: there are codes from an app, or a passkey.
    pub has_second_factor: bool,
    /// Whether codes come from an app.
    pub has_code_app: bool,
}

/// Rows as they are seen from outside, in their order.
async fn seen(db: &Db, rows: Vec<account::Model>) -> Result<Vec<Account>, Error> {
    let own = passkey::Column::AccountId.is_in(rows.iter().map(|row| row.id));
    let holders = passkey::Entity::find().select_only().column(passkey::Column::AccountId);
    let holders: Vec<Uuid> = holders.filter(own).into_tuple().all(db.platform()).await?;
    let holders: HashSet<Uuid> = holders.into_iter().collect();
    let account = |row: account::Model| Account {
        id: row.id,
        has_password: !row.password_hash.is_empty(),
        has_second_factor: row.second_factor_since.is_some() || holders.contains(&row.id),
        has_code_app: row.second_factor_since.is_some(),
        email: row.email,
    };
    Ok(rows.into_iter().map(account).collect())
}

async fn seen_one(db: &Db, row: Option<account::Model>) -> Result<Option<Account>, Error> {
    Ok(seen(db, row.into_iter().collect()).await?.pop())
}

/// Makes an account without a password, or returns the one with this address unchanged.
///
/// # Errors
/// [`Error::Database`].
pub async fn create(db: &Db, email: &str, now: DateTime<Utc>) -> Result<Account, Error> {
    if let Some(known) = find(db, email).await? {
        return Ok(known);
    }
    let row = account::ActiveModel {
        id: Set(Uuid::now_v7()),
        email: Set(normal(email)),
        password_hash: Set(String::new()),
        created_at: Set(now),
        ..Default::default()
    };
    let row = account::Entity::insert(row).exec_with_returning(db.platform()).await?;
    seen_one(db, Some(row)).await?.ok_or(Error::WrongCredentials)
}

/// The account with this address.
///
/// # Errors
/// [`Error::Database`].
pub async fn find(db: &Db, email: &str) -> Result<Option<Account>, Error> {
    seen_one(db, row_of(db, email).await?).await
}

/// The account with this identity.
///
/// # Errors
/// [`Error::Database`].
pub async fn get(db: &Db, id: Uuid) -> Result<Option<Account>, Error> {
    seen_one(db, account::Entity::find_by_id(id).one(db.platform()).await?).await
}

/// Several accounts by their identity; unknown ones are missing.
///
/// # Errors
/// [`Error::Database`].
pub async fn all(db: &Db, ids: &[Uuid]) -> Result<HashMap<Uuid, Account>, Error> {
    let wanted = account::Column::Id.is_in(ids.iter().copied());
    let rows = account::Entity::find().filter(wanted).all(db.platform()).await?;
    let accounts = seen(db, rows).await?;
    Ok(accounts.into_iter().map(|account| (account.id, account)).collect())
}

async fn row_of(db: &Db, email: &str) -> Result<Option<account::Model>, Error> {
    let own = account::Column::Email.eq(normal(email));
    Ok(account::Entity::find().filter(own).one(db.platform()).await?)
}

/// Addresses that differ in capitals are the same account.
fn normal(email: &str) -> String {
    email.trim().to_lowercase()
}

/// A secret of 256 bits that fits into an address.
fn secret() -> String {
    use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
    URL_SAFE_NO_PAD.encode(rand::random::<[u8; 32]>())
}
