//! Signing in and out. A session lives on the server; only its token's hash is kept.

use chrono::{DateTime, TimeDelta, Utc};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, Set};
use uuid::Uuid;

use super::{
    Account, password, row_of, second_factor, secret, seen_one,
    tokens::{self, Purpose},
};
use crate::{
    Db, Error, TenantId,
    entity::session,
    seal::{Vault, token_hash},
};

/// How long a session lives.
const SESSION: TimeDelta = TimeDelta::hours(12);
/// How long somebody may look for the phone with the code.
const SECOND_STEP: TimeDelta = TimeDelta::minutes(10);

/// A session: whose it is, and how far it reaches.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Session {
    account: Uuid,
    vouched_by: Option<TenantId>,
}

impl Session {
    /// The account, for what reaches beyond one town: its password and second factor, the choice
    /// among its towns, what operators do.
    ///
    /// # Errors
    /// [`Error::Forbidden`] where a town's provider has opened the session.
    pub fn whole(self) -> Result<Uuid, Error> {
        if self.is_vouched() { Err(Error::Forbidden) } else { Ok(self.account) }
    }

    /// The account as far as it is known in `town`.
    #[must_use]
    pub fn account_in(self, town: TenantId) -> Option<Uuid> {
        self.vouched_by.is_none_or(|own| own == town).then_some(self.account)
    }

    /// Whether a town's provider has opened it: it counts in that town only.
    #[must_use]
    pub fn is_vouched(self) -> bool {
        self.vouched_by.is_some()
    }
}

/// What the right password leads to.
#[derive(Clone, PartialEq, Eq)]
pub enum SignedIn {
    /// A session: its token.
    Session(String),
    /// The account has a second factor: a token for [`second_step`].
    HalfWay(String),
}

impl std::fmt::Debug for SignedIn {
    /// Tokens never reach a log by way of `{:?}`.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Session(_) => "Session(…)",
            Self::HalfWay(_) => "HalfWay(…)",
        })
    }
}

/// Opens a session, or asks for the second factor.
///
/// # Errors
/// [`Error::WrongCredentials`], alike for an unknown address and a wrong password.
pub async fn sign_in(
    db: &Db,
    email: &str,
    password: &str,
    now: DateTime<Utc>,
) -> Result<SignedIn, Error> {
    let found = row_of(db, email).await?;
    let known = found.as_ref().map(|account| account.password_hash.clone());
    // An unknown address costs the same work as a wrong password.
    let right = password::is_right(known, password).await?;
    let account = seen_one(db, found.filter(|_| right)).await?.ok_or(Error::WrongCredentials)?;
    proceed(db, &account, now).await
}

/// Signs in by a link: chooses a password, which ends the account's other sessions and links.
///
/// # Errors
/// [`Error::WrongCredentials`] for a link that was used or is too old, [`Error::WeakPassword`],
/// [`Error::Database`].
pub async fn choose_password(
    db: &Db,
    token: &str,
    password: &str,
    now: DateTime<Utc>,
) -> Result<SignedIn, Error> {
    let account = match tokens::holder(db, token, Purpose::Password, now).await? {
        Some(id) => super::get(db, id).await?.ok_or(Error::WrongCredentials)?,
        None => return Err(Error::WrongCredentials),
    };
    password::check(password, &account.email).map_err(Error::WeakPassword)?;
    if !tokens::redeem(db, account.id, token, Purpose::Password, now).await? {
        return Err(Error::WrongCredentials);
    }
    password::set(db, account.id, password).await?;
    proceed(db, &account, now).await
}

/// What an account comes to that has proved its password or its address.
async fn proceed(db: &Db, account: &Account, now: DateTime<Utc>) -> Result<SignedIn, Error> {
    if account.has_second_factor {
        let token = tokens::issue(db, account.id, Purpose::SecondStep, now + SECOND_STEP).await?;
        return Ok(SignedIn::HalfWay(token));
    }
    Ok(SignedIn::Session(open(db, account.id, None, now).await?))
}

/// Whose sign-in waits for a code.
///
/// # Errors
/// [`Error::WrongCredentials`] when it has waited too long.
pub async fn half_way(db: &Db, token: &str, now: DateTime<Utc>) -> Result<Uuid, Error> {
    let account = tokens::holder(db, token, Purpose::SecondStep, now).await?;
    account.ok_or(Error::WrongCredentials)
}

/// Opens the session with a code from the phone, or with a recovery code.
///
/// # Errors
/// [`Error::WrongCredentials`] when it has waited too long, [`Error::WrongCode`].
pub async fn second_step(
    db: &Db,
    vault: &Vault,
    token: &str,
    code: &str,
    now: DateTime<Utc>,
) -> Result<String, Error> {
    let account = half_way(db, token, now).await?;
    second_factor::confirm(db, vault, account, code, now).await?;
    tokens::forget(db, account, Purpose::SecondStep).await?;
    open(db, account, None, now).await
}

/// Opens a session for an account that has proved itself, or that a town's provider vouches for.
pub(super) async fn open(
    db: &Db,
    account: Uuid,
    vouched_by: Option<TenantId>,
    now: DateTime<Utc>,
) -> Result<String, Error> {
    let token = secret();
    session::Entity::insert(session::ActiveModel {
        token_hash: Set(token_hash(&token)),
        account_id: Set(account),
        expires_at: Set(now + SESSION),
        vouched_by: Set(vouched_by.map(|town| town.0)),
    })
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

/// The session behind a token, while it lives.
///
/// # Errors
/// [`Error::Database`].
pub async fn find(db: &Db, token: &str, now: DateTime<Utc>) -> Result<Option<Session>, Error> {
    let session = session::Entity::find_by_id(token_hash(token))
        .filter(session::Column::ExpiresAt.gt(now))
        .one(db.platform())
        .await?;
    Ok(session
        .map(|row| Session { account: row.account_id, vouched_by: row.vouched_by.map(TenantId) }))
}
