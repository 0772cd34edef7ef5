//! Staff accounts: people who sign in. An account belongs to no town; its roles do.
//!
//! * [`sessions`]: signing in and out.
//! * [`password`]: what a password must be, and how it is kept.
//! * [`second_factor`]: codes from a phone (RFC 6238), and recovery codes.
//! * [`tokens`]: secrets that work once, such as the link in an invitation.
//! * [`members`]: who has which role in a town.
//! * [`operators`]: who runs the platform, who compares the towns of a county.
//! * [`vouching`]: signing in by the word of a town's own provider.

pub mod members;
pub mod operators;
pub mod password;
pub mod second_factor;
pub mod sessions;
pub mod tokens;
pub mod vouching;

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, Set};
use uuid::Uuid;

use crate::{Db, Error, entity::account};

/// An account as its owner and its town's admins see it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Account {
    /// Identity.
    pub id: Uuid,
    /// Address to sign in with.
    pub email: String,
    /// Whether a password was chosen; before, the invitation is still open.
    pub has_password: bool,
    /// Whether signing in asks for a code.
    pub has_second_factor: bool,
}

impl From<account::Model> for Account {
    fn from(row: account::Model) -> Self {
        Self {
            id: row.id,
            email: row.email,
            has_password: !row.password_hash.is_empty(),
            has_second_factor: row.second_factor_since.is_some(),
        }
    }
}

/// Makes an account without a password, or returns the one with this address unchanged.
///
/// # Errors
/// [`Error::Database`].
pub async fn create(db: &Db, email: &str, now: DateTime<Utc>) -> Result<Account, Error> {
    if let Some(known) = row_of(db, email).await? {
        return Ok(known.into());
    }
    let row = account::ActiveModel {
        id: Set(Uuid::now_v7()),
        email: Set(normal(email)),
        password_hash: Set(String::new()),
        created_at: Set(now),
        ..Default::default()
    };
    Ok(account::Entity::insert(row).exec_with_returning(db.platform()).await?.into())
}

/// The account with this address.
///
/// # Errors
/// [`Error::Database`].
pub async fn find(db: &Db, email: &str) -> Result<Option<Account>, Error> {
    Ok(row_of(db, email).await?.map(Account::from))
}

/// The account with this identity.
///
/// # Errors
/// [`Error::Database`].
pub async fn get(db: &Db, id: Uuid) -> Result<Option<Account>, Error> {
    Ok(account::Entity::find_by_id(id).one(db.platform()).await?.map(Account::from))
}

/// Several accounts by their identity; unknown ones are missing.
///
/// # Errors
/// [`Error::Database`].
pub async fn all(db: &Db, ids: &[Uuid]) -> Result<HashMap<Uuid, Account>, Error> {
    let wanted = account::Column::Id.is_in(ids.iter().copied());
    let rows = account::Entity::find().filter(wanted).all(db.platform()).await?;
    Ok(rows.into_iter().map(|row| (row.id, row.into())).collect())
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
