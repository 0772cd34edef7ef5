//! Browsers in which an account has signed in before. One is known by a secret that it holds, and
//! known only for the accounts that have signed in in it; being known opens nothing.

use chrono::{DateTime, TimeDelta, Utc};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, Set, sea_query::ExprTrait as _};
use uuid::Uuid;

use super::{Account, all, normal, secret};
use crate::{Db, Error, entity::known_browser, seal::token_hash};

/// So long a browser is known after the last time somebody has signed in in it.
pub const KNOWN: TimeDelta = TimeDelta::days(180);

/// Who has signed in in a browser.
#[derive(Clone, Debug, Default)]
pub struct Known(Vec<Account>);

impl Known {
    /// Whether the account with this address has.
    #[must_use]
    pub fn by_address(&self, email: &str) -> bool {
        let email = normal(email);
        self.0.iter().any(|account| account.email == email)
    }

    /// Whether this account has.
    #[must_use]
    pub fn by_account(&self, id: Uuid) -> bool {
        self.0.iter().any(|account| account.id == id)
    }

    /// Whether anybody has.
    #[must_use]
    pub fn by_anybody(&self) -> bool {
        !self.0.is_empty()
    }
}

/// Who has signed in in the browser that holds `token`. What is asked does not depend on whom
/// somebody says they are, so how long it takes tells nothing about an address.
///
/// # Errors
/// [`Error::Database`].
pub async fn known(db: &Db, token: &str, now: DateTime<Utc>) -> Result<Known, Error> {
    let own = known_browser::Entity::find()
        .filter(known_browser::Column::TokenHash.eq(token_hash(token)))
        .filter(known_browser::Column::ExpiresAt.gt(now))
        .all(db.platform())
        .await?;
    let ids: Vec<Uuid> = own.into_iter().map(|row| row.account_id).collect();
    Ok(Known(all(db, &ids).await?.into_values().collect()))
}

/// Notes that an account has signed in in a browser, which may hold a token already; returns what it
/// is to hold from now on. What the account was known by too long ago is forgotten.
///
/// # Errors
/// [`Error::Database`].
pub async fn remember(
    db: &Db,
    held: Option<String>,
    account: Uuid,
    now: DateTime<Utc>,
) -> Result<String, Error> {
    // A token that nobody is known by is none of ours.
    let token = match held {
        Some(held) if known(db, &held, now).await?.by_anybody() => held,
        _ => secret(),
    };
    let hash = token_hash(&token);
    let same = known_browser::Column::TokenHash.eq(hash.clone());
    let old = known_browser::Column::ExpiresAt.lte(now);
    known_browser::Entity::delete_many()
        .filter(known_browser::Column::AccountId.eq(account))
        .filter(same.or(old))
        .exec(db.platform())
        .await?;
    known_browser::Entity::insert(known_browser::ActiveModel {
        token_hash: Set(hash),
        account_id: Set(account),
        expires_at: Set(now + KNOWN),
    })
    .on_conflict_do_nothing()
    .exec_without_returning(db.platform())
    .await?;
    Ok(token)
}

/// Forgets in which browsers an account has signed in.
///
/// # Errors
/// [`Error::Database`].
pub(super) async fn forget(db: &Db, account: Uuid) -> Result<(), Error> {
    let own = known_browser::Column::AccountId.eq(account);
    known_browser::Entity::delete_many().filter(own).exec(db.platform()).await?;
    Ok(())
}
