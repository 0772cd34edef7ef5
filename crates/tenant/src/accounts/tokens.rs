//! Secrets that work once. Only their hashes are kept.

use chrono::{DateTime, Utc};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, Set};
use uuid::Uuid;

use super::secret;
use crate::{Db, Error, entity::account_token, seal::token_hash};

/// What a secret is good for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// Choosing a password: the link in an invitation and in a mail to those who forgot theirs.
    Password,
    /// Signing in: the password was right, the code is missing.
    SecondStep,
    /// Signing in without the phone.
    Recovery,
}

impl Purpose {
    fn as_str(self) -> &'static str {
        match self {
            Self::Password => "password",
            Self::SecondStep => "second-step",
            Self::Recovery => "recovery",
        }
    }
}

/// Makes a secret for an account.
///
/// # Errors
/// [`Error::Database`].
pub async fn issue(
    db: &Db,
    account: Uuid,
    purpose: Purpose,
    expires_at: DateTime<Utc>,
) -> Result<String, Error> {
    let token = secret();
    keep(db, account, purpose, &token, expires_at).await?;
    Ok(token)
}

/// Keeps a secret that was made elsewhere.
pub(super) async fn keep(
    db: &Db,
    account: Uuid,
    purpose: Purpose,
    token: &str,
    expires_at: DateTime<Utc>,
) -> Result<(), Error> {
    account_token::Entity::insert(account_token::ActiveModel {
        token_hash: Set(token_hash(token)),
        account_id: Set(account),
        purpose: Set(purpose.as_str().to_owned()),
        expires_at: Set(expires_at),
    })
    .exec_without_returning(db.platform())
    .await?;
    Ok(())
}

/// Whose secret it is, while it works.
///
/// # Errors
/// [`Error::Database`].
pub async fn holder(
    db: &Db,
    token: &str,
    purpose: Purpose,
    now: DateTime<Utc>,
) -> Result<Option<Uuid>, Error> {
    let row = account_token::Entity::find_by_id(token_hash(token))
        .filter(account_token::Column::Purpose.eq(purpose.as_str()))
        .filter(account_token::Column::ExpiresAt.gt(now))
        .one(db.platform())
        .await?;
    Ok(row.map(|row| row.account_id))
}

/// Uses a secret of `account` up; tells whether it worked. Of two who use it at once one succeeds.
pub(super) async fn redeem(
    db: &Db,
    account: Uuid,
    token: &str,
    purpose: Purpose,
    now: DateTime<Utc>,
) -> Result<bool, Error> {
    let deleted = account_token::Entity::delete_many()
        .filter(account_token::Column::TokenHash.eq(token_hash(token)))
        .filter(account_token::Column::AccountId.eq(account))
        .filter(account_token::Column::Purpose.eq(purpose.as_str()))
        .filter(account_token::Column::ExpiresAt.gt(now))
        .exec(db.platform())
        .await?;
    Ok(deleted.rows_affected == 1)
}

/// Takes all secrets of one purpose from an account.
pub(super) async fn forget(db: &Db, account: Uuid, purpose: Purpose) -> Result<(), Error> {
    account_token::Entity::delete_many()
        .filter(account_token::Column::AccountId.eq(account))
        .filter(account_token::Column::Purpose.eq(purpose.as_str()))
        .exec(db.platform())
        .await?;
    Ok(())
}
