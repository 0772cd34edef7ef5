//! Passkeys (WebAuthn): an authenticator proves at once that its owner has it and has unlocked it,
//! which counts as both factors.
//!
//! Each ceremony is two steps: it begins with options for the browser and a token, and ends with the
//! token and the browser's answer. The challenge stays here, for minutes and for one answer.

use chrono::{DateTime, TimeDelta, Utc};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, Set};
use serde::{Serialize, de::DeserializeOwned};
use serde_json::{Value, json};
use uuid::Uuid;
use webauthn_rs::prelude as webauthn;

use super::{second_factor, secret, sessions};
use crate::{
    Db, Error,
    entity::{passkey, passkey_ceremony},
    seal::token_hash,
};

/// How long somebody may look for the key.
const CEREMONY: TimeDelta = TimeDelta::minutes(5);
/// Most passkeys of one account.
const MOST: u64 = 10;
/// Longest name, in characters.
const NAME: usize = 60;

/// Where passkeys are good: the host of the platform's own address, at which staff sign in.
#[derive(Clone, Debug)]
pub struct Site {
    webauthn: webauthn::Webauthn,
    host: String,
}

impl Site {
    /// The site at `public_url`; none where its host is a number, to which browsers bind no passkey.
    #[must_use]
    pub fn at(public_url: &str) -> Option<Self> {
        let origin = webauthn::Url::parse(public_url).ok()?;
        let host = origin.domain()?.to_owned();
        let builder = webauthn::WebauthnBuilder::new(&host, &origin).ok()?.rp_name("Amtstermin");
        Some(Self { webauthn: builder.build().ok()?, host })
    }

    /// The host to which passkeys are bound.
    #[must_use]
    pub fn host(&self) -> &str {
        &self.host
    }
}

/// A passkey as its owner sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Passkey {
    /// Identity.
    pub id: Uuid,
    /// As its owner calls it.
    pub name: String,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// When it opened a session last.
    pub last_used_at: Option<DateTime<Utc>>,
}

impl From<passkey::Model> for Passkey {
    fn from(row: passkey::Model) -> Self {
        let passkey::Model { id, name, created_at, last_used_at, .. } = row;
        Self { id, name, created_at, last_used_at }
    }
}

/// A ceremony that has begun.
#[derive(Clone, PartialEq)]
pub struct Ceremony {
    /// Ends it; works once, for five minutes.
    pub token: String,
    /// `PublicKeyCredentialCreationOptionsJSON` or `PublicKeyCredentialRequestOptionsJSON` of
    /// WebAuthn level 3, for the browser.
    pub options: Value,
}

impl std::fmt::Debug for Ceremony {
    /// The token never reaches a log by way of `{:?}`.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Ceremony(…)")
    }
}

/// Why a passkey is not accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// The ceremony has ended or has taken too long.
    Outdated,
    /// The answer does not fit the challenge, the site or a passkey that is known, or its owner was
    /// not verified.
    Unsound,
    /// The authenticator has counted further elsewhere: there may be a copy of this account's passkey.
    Copied(Uuid),
    /// The account has as many as it may.
    TooMany,
    /// The platform's address is a number: there is no host to which passkeys could be bound.
    NoHost,
}

/// The passkeys of an account, the oldest first.
///
/// # Errors
/// [`Error::Database`].
pub async fn list(db: &Db, account: Uuid) -> Result<Vec<Passkey>, Error> {
    let rows = rows_of(db, account).await?;
    Ok(rows.into_iter().map(Passkey::from).collect())
}

async fn rows_of(db: &Db, account: Uuid) -> Result<Vec<passkey::Model>, Error> {
    let own = passkey::Entity::find().filter(passkey::Column::AccountId.eq(account));
    Ok(own.order_by_asc(passkey::Column::CreatedAt).all(db.platform()).await?)
}

/// Begins to make a passkey for an account.
///
/// # Errors
/// [`Refusal::TooMany`], [`Error::WrongCredentials`] for an unknown account, [`Error::Database`].
pub async fn begin(
    db: &Db,
    site: &Site,
    account: Uuid,
    now: DateTime<Utc>,
) -> Result<Ceremony, Error> {
    let email = super::get(db, account).await?.ok_or(Error::WrongCredentials)?.email;
    let known = rows_of(db, account).await?;
    if known.len() as u64 >= MOST {
        return Err(Error::Passkey(Refusal::TooMany));
    }
    let known = known.into_iter().map(|row| row.credential_id).collect();
    let started = site.webauthn.start_passkey_registration(account, &email, &email, Some(known));
    let (options, state) = started.map_err(corrupt)?;
    let mut options = public_key(&options)?;
    // Only a key that the authenticator finds by itself opens without a name.
    options["authenticatorSelection"]["residentKey"] = json!("required");
    options["authenticatorSelection"]["requireResidentKey"] = json!(true);
    keep(db, Some(account), &state, options, now).await
}

/// Keeps the passkey that the browser has made. The first second factor of an account brings
/// recovery codes, which are shown this once.
///
/// # Errors
/// [`Error::Passkey`], [`Error::Database`].
pub async fn finish(
    db: &Db,
    site: &Site,
    account: Uuid,
    (token, answer): (&str, &Value),
    name: &str,
    now: DateTime<Utc>,
) -> Result<Vec<String>, Error> {
    let state: webauthn::PasskeyRegistration = take(db, Some(account), token, now).await?;
    let answer: webauthn::RegisterPublicKeyCredential = read(answer)?;
    let made = site.webauthn.finish_passkey_registration(&answer, &state).map_err(unsound)?;
    let first = super::get(db, account).await?.is_some_and(|own| !own.has_second_factor);
    let name: String = name.trim().chars().take(NAME).collect();
    let row = passkey::ActiveModel {
        id: Set(Uuid::now_v7()),
        account_id: Set(account),
        name: Set(if name.is_empty() { "Passkey".to_owned() } else { name }),
        credential_id: Set(made.cred_id().to_vec()),
        credential: Set(serde_json::to_value(&made).map_err(corrupt)?),
        sign_count: Set(0),
        created_at: Set(now),
        last_used_at: Set(None),
    };
    let inserted = passkey::Entity::insert(row)
        .on_conflict(sea_orm::sea_query::OnConflict::new().do_nothing().to_owned())
        .exec_without_returning(db.platform())
        .await?;
    if inserted == 0 {
        return Err(Error::Passkey(Refusal::Unsound));
    }
    if first { second_factor::recovery_codes(db, account, now).await } else { Ok(Vec::new()) }
}

/// Takes a passkey from an account. One that is not the account's is no error.
///
/// # Errors
/// [`Error::Database`].
pub async fn remove(db: &Db, account: Uuid, id: Uuid) -> Result<(), Error> {
    passkey::Entity::delete_many()
        .filter(passkey::Column::Id.eq(id))
        .filter(passkey::Column::AccountId.eq(account))
        .exec(db.platform())
        .await?;
    second_factor::forget_recovery_without_factor(db, account).await
}

/// Begins to sign in; who it is the answer tells.
///
/// # Errors
/// [`Error::Database`].
pub async fn begin_sign_in(db: &Db, site: &Site, now: DateTime<Utc>) -> Result<Ceremony, Error> {
    let started = site.webauthn.start_discoverable_authentication();
    let (options, state) = started.map_err(corrupt)?;
    let options = public_key(&options)?;
    keep(db, None, &state, options, now).await
}

/// Opens a session for the owner of the passkey that has answered: its token and the account.
///
/// # Errors
/// [`Error::Passkey`], [`Error::Database`].
pub async fn sign_in(
    db: &Db,
    site: &Site,
    token: &str,
    answer: &Value,
    now: DateTime<Utc>,
) -> Result<(String, Uuid), Error> {
    let state: webauthn::DiscoverableAuthentication = take(db, None, token, now).await?;
    let answer: webauthn::PublicKeyCredential = read(answer)?;
    let (account, credential) =
        site.webauthn.identify_discoverable_authentication(&answer).map_err(unsound)?;
    let row = passkey::Entity::find()
        .filter(passkey::Column::CredentialId.eq(credential))
        .filter(passkey::Column::AccountId.eq(account))
        .one(db.platform())
        .await?;
    let row = row.ok_or(Error::Passkey(Refusal::Unsound))?;
    let mut own: webauthn::Passkey = serde_json::from_value(row.credential).map_err(corrupt)?;
    let key = webauthn::DiscoverableKey::from(&own);
    let shown = site.webauthn.finish_discoverable_authentication_v2(&answer, state, &key);
    let shown = shown.map_err(|error| match error {
        webauthn::WebauthnError::CredentialPossibleCompromise => {
            Error::Passkey(Refusal::Copied(account))
        }
        other => unsound(other),
    })?;
    own.update_credential(&shown);
    let count = i64::from(shown.counter());
    // Of two answers with the same count one comes from a copy.
    let unused = match count {
        0 => passkey::Column::SignCount.eq(0),
        _ => passkey::Column::SignCount.lt(count),
    };
    let used = passkey::Entity::update_many()
        .set(passkey::ActiveModel {
            credential: Set(serde_json::to_value(&own).map_err(corrupt)?),
            sign_count: Set(count),
            last_used_at: Set(Some(now)),
            ..Default::default()
        })
        .filter(passkey::Column::Id.eq(row.id))
        .filter(unused)
        .exec(db.platform())
        .await?;
    if used.rows_affected != 1 {
        return Err(Error::Passkey(Refusal::Copied(account)));
    }
    Ok((sessions::open(db, account, None, now).await?, account))
}

/// Keeps a ceremony's state; those that nobody has ended go.
async fn keep(
    db: &Db,
    account: Option<Uuid>,
    state: &impl Serialize,
    options: Value,
    now: DateTime<Utc>,
) -> Result<Ceremony, Error> {
    let past = passkey_ceremony::Column::ExpiresAt.lte(now);
    passkey_ceremony::Entity::delete_many().filter(past).exec(db.platform()).await?;
    let token = secret();
    passkey_ceremony::Entity::insert(passkey_ceremony::ActiveModel {
        token_hash: Set(token_hash(&token)),
        account_id: Set(account),
        state: Set(serde_json::to_value(state).map_err(corrupt)?),
        expires_at: Set(now + CEREMONY),
    })
    .exec_without_returning(db.platform())
    .await?;
    Ok(Ceremony { token, options })
}

/// Takes a ceremony's state away: of two who end it at once one succeeds.
async fn take<T: DeserializeOwned>(
    db: &Db,
    account: Option<Uuid>,
    token: &str,
    now: DateTime<Utc>,
) -> Result<T, Error> {
    let hash = token_hash(token);
    let row = passkey_ceremony::Entity::find_by_id(hash.clone())
        .filter(passkey_ceremony::Column::ExpiresAt.gt(now))
        .one(db.platform())
        .await?
        .filter(|row| row.account_id == account)
        .ok_or(Error::Passkey(Refusal::Outdated))?;
    let taken = passkey_ceremony::Entity::delete_by_id(hash).exec(db.platform()).await?;
    if taken.rows_affected != 1 {
        return Err(Error::Passkey(Refusal::Outdated));
    }
    serde_json::from_value(row.state).map_err(corrupt)
}

fn public_key(options: &impl Serialize) -> Result<Value, Error> {
    let mut options = serde_json::to_value(options).map_err(corrupt)?;
    Ok(options["publicKey"].take())
}

fn read<T: DeserializeOwned>(answer: &Value) -> Result<T, Error> {
    serde_json::from_value(answer.clone()).map_err(|_| Error::Passkey(Refusal::Unsound))
}

fn unsound(error: webauthn::WebauthnError) -> Error {
    tracing::info!(%error, "a passkey is not accepted");
    Error::Passkey(Refusal::Unsound)
}

fn corrupt(error: impl std::fmt::Display) -> Error {
    Error::Corrupt(error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn passkeys_are_bound_to_the_host_of_the_platform_s_address_and_to_no_number() {
        let host = |url: &str| Site::at(url).map(|site| site.host);
        assert_eq!(host("https://termine.example.org").as_deref(), Some("termine.example.org"));
        assert_eq!(host("http://localhost:8080").as_deref(), Some("localhost"));
        assert_eq!(host("http://127.0.0.1:8080"), None);
        assert_eq!(host("nonsense"), None);
    }
}
