//! Signing in at a town's own provider, for both faces: OpenID Connect with authorization code, PKCE,
//! state and nonce.
//!
//! * [`provider`]: what a provider is asked, and what it answers.
//! * [`handshake`]: what is remembered between leaving and coming back.

mod handshake;
mod provider;

use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
};

use catalog::model;
use chrono::{DateTime, TimeDelta, Utc};
use notification::outbound::Outbound;
use scheduling::Office;
use serde::{Deserialize, Serialize};
use tenant::{Origin, Role, Scope, accounts::vouching, audit, town_secrets};
use uuid::Uuid;

use crate::state::AppState;

pub(crate) use handshake::{Handshake, Kept, LIFETIME};
pub(crate) use provider::{Fault, Person};
use provider::{Ourselves, Provider};

/// For whom a provider is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Side {
    /// The town's staff, who sign in.
    Staff,
    /// Citizens, whose name and address fill a form.
    Citizens,
}

impl Side {
    /// Both.
    pub(crate) const ALL: [Self; 2] = [Self::Staff, Self::Citizens];

    /// The provider that the town has for it.
    pub(crate) fn of(self, town: &model::Town) -> Option<&model::Provider> {
        match self {
            Self::Staff => town.staff_provider.as_ref(),
            Self::Citizens => town.citizen_provider.as_ref(),
        }
    }

    /// Path, below the town's own, to which its provider sends people back.
    pub(crate) fn path(self) -> &'static str {
        match self {
            Self::Staff => "/anmelden/antwort",
            Self::Citizens => "/angaben/antwort",
        }
    }

    /// What is asked about people, beside who they are.
    fn scopes(self) -> &'static [&'static str] {
        match self {
            Self::Staff => &["email"],
            Self::Citizens => &["profile", "email"],
        }
    }

    fn secret(self) -> &'static str {
        match self {
            Self::Staff => "provider:staff",
            Self::Citizens => "provider:citizens",
        }
    }
}

/// Why nobody came back from a provider.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    #[error("the town has no such provider")]
    NotOffered,
    #[error("the answer belongs to no start in this browser")]
    Foreign,
    #[error("it has taken too long")]
    Late,
    #[error("the answer was used before")]
    Used,
    #[error("the person or the provider refused")]
    Refused,
    #[error("{0}")]
    Provider(#[from] Fault),
    #[error(transparent)]
    Other(#[from] scheduling::Error),
}

impl From<tenant::Error> for Error {
    fn from(error: tenant::Error) -> Self {
        Self::Other(error.into())
    }
}

impl From<sea_orm::DbErr> for Error {
    fn from(error: sea_orm::DbErr) -> Self {
        tenant::Error::from(error).into()
    }
}

impl Error {
    fn corrupt(error: &dyn std::fmt::Display) -> Self {
        tenant::Error::Corrupt(error.to_string()).into()
    }
}

/// What a provider sends with somebody who comes back.
#[derive(Clone, Default)]
pub(crate) struct Answer {
    /// Which start it belongs to.
    pub state: String,
    /// To be taken back to the provider; none where somebody or something refused.
    pub code: Option<String>,
}

/// A way to a provider.
#[derive(Clone, Debug)]
pub(crate) struct Leaving {
    /// Where it begins.
    pub address: String,
    /// What the browser holds meanwhile; see [`Handshake::open`].
    pub handshake: String,
}

/// How long a provider is remembered for those who leave; those who come back are checked against its
/// present keys.
const REMEMBERED: TimeDelta = TimeDelta::minutes(5);

/// Providers as they have last described themselves, so that many who leave do not ask it each time.
#[derive(Debug, Default)]
pub(crate) struct Known(Mutex<HashMap<String, (DateTime<Utc>, Provider)>>);

impl Known {
    async fn provider(
        &self,
        outbound: &Outbound,
        issuer: &str,
        now: DateTime<Utc>,
    ) -> Result<Provider, Fault> {
        let found = self.0.lock().unwrap_or_else(PoisonError::into_inner).get(issuer).cloned();
        match found {
            Some((since, provider)) if since + REMEMBERED > now => return Ok(provider),
            _ => {}
        }
        let provider = Provider::discover(outbound, issuer).await?;
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        known.retain(|_, (since, _)| *since + REMEMBERED > now);
        known.insert(issuer.to_owned(), (now, provider.clone()));
        Ok(provider)
    }
}

/// Leaves for the provider of one side, which sends people back to `redirect`.
///
/// # Errors
/// [`Error::NotOffered`], [`Error::Provider`], faults.
pub(crate) async fn leave(
    state: &AppState,
    scope: &Scope,
    side: Side,
    redirect: String,
    kept: Kept,
) -> Result<Leaving, Error> {
    let office = &state.office;
    let setup = office.setup(scope).await?;
    let own = side.of(&setup.town).ok_or(Error::NotOffered)?;
    let now = office.now();
    let provider = state.providers.provider(&state.outbound, &own.issuer, now).await?;
    let ourselves = ourselves(office, scope, side, own, redirect).await?;
    let way = provider.way(&ourselves, side.scopes())?;
    let handshake = Handshake {
        id: Uuid::now_v7(),
        side,
        state: way.state,
        nonce: way.nonce,
        verifier: way.verifier,
        redirect: ourselves.redirect,
        until: now + LIFETIME,
        kept,
    };
    Ok(Leaving { address: way.address, handshake: handshake.seal(office, scope).await? })
}

/// Reads whom the provider has signed in. A handshake works once.
///
/// # Errors
/// All of [`Error`].
pub(crate) async fn come_back(
    state: &AppState,
    scope: &Scope,
    handshake: &Handshake,
    answer: &Answer,
) -> Result<Person, Error> {
    let office = &state.office;
    if handshake.state != answer.state {
        return Err(Error::Foreign);
    }
    let now = office.now();
    let tx = office.db.write(scope).await?;
    let is_new = vouching::use_once(&tx, handshake.id, handshake.until, now).await?;
    tx.commit().await?;
    if !is_new {
        return Err(Error::Used);
    }
    let code = answer.code.as_deref().ok_or(Error::Refused)?;
    let setup = office.setup(scope).await?;
    let own = handshake.side.of(&setup.town).ok_or(Error::NotOffered)?;
    let provider = Provider::discover(&state.outbound, &own.issuer).await?;
    let redirect = handshake.redirect.clone();
    let ourselves = ourselves(office, scope, handshake.side, own, redirect).await?;
    let secrets = (handshake.nonce.as_str(), handshake.verifier.as_str());
    Ok(provider.redeem(&state.outbound, &ourselves, code, secrets, now).await?)
}

/// Opens a session for the member of staff whom the town's provider has signed in, and who asks `from`
/// somewhere; returns its token.
///
/// # Errors
/// All of [`Error`]; [`tenant::Error::UnknownPerson`] and [`tenant::Error::AnotherPerson`] for those
/// who have no role in the town.
pub(crate) async fn sign_in(
    state: &AppState,
    scope: &Scope,
    handshake: &Handshake,
    answer: &Answer,
    from: Origin,
) -> Result<String, Error> {
    let office = &state.office;
    let person = match come_back(state, scope, handshake, answer).await {
        // What a provider says and may not be believed is written down.
        Err(Error::Provider(fault)) => {
            vouching::refused(&office.db, scope.tenant, office.now()).await?;
            return Err(fault.into());
        }
        found => found?,
    };
    let (db, now) = (&office.db, office.now());
    Ok(vouching::sign_in(db, scope.tenant, &person.vouched, from, now).await?)
}

async fn ourselves(
    office: &Office,
    scope: &Scope,
    side: Side,
    provider: &model::Provider,
    redirect: String,
) -> Result<Ourselves, Error> {
    let secret = secret(office, scope, side, &provider.issuer).await?;
    Ok(Ourselves { client_id: provider.client_id.clone(), secret, redirect })
}

/// The secret that was typed for this issuer: another one never gets it.
async fn secret(
    office: &Office,
    scope: &Scope,
    side: Side,
    issuer: &str,
) -> Result<Option<String>, Error> {
    let tx = office.db.read(scope).await?;
    let Some(kept) = town_secrets::get(&tx, &office.vault, side.secret()).await? else {
        return Ok(None);
    };
    let kept = String::from_utf8(kept).map_err(|error| Error::corrupt(&error))?;
    let own = kept.split_once('\n').filter(|(own, _)| *own == issuer);
    Ok(own.map(|(_, secret)| secret.to_owned()))
}

/// Keeps the secret that a provider has given us; an empty one is forgotten. For admins.
///
/// # Errors
/// [`Error::NotOffered`], below admin, faults.
pub(crate) async fn keep_secret(
    office: &Office,
    scope: &Scope,
    side: Side,
    secret: &str,
) -> Result<(), Error> {
    scope.require(Role::Admin)?;
    let setup = office.setup(scope).await?;
    let provider = side.of(&setup.town).ok_or(Error::NotOffered)?;
    let now = office.now();
    let tx = office.db.write(scope).await?;
    if secret.is_empty() {
        town_secrets::remove(&tx, side.secret()).await?;
    } else {
        let kept = format!("{}\n{secret}", provider.issuer);
        town_secrets::put(&tx, &office.vault, side.secret(), kept.as_bytes(), now).await?;
    }
    audit::record(&tx, now, audit::Action::SecretChanged, None);
    tx.commit().await?;
    Ok(())
}

/// Whether the town has a secret for the provider of a side. For admins.
///
/// # Errors
/// Below admin, faults.
pub(crate) async fn has_secret(office: &Office, scope: &Scope, side: Side) -> Result<bool, Error> {
    scope.require(Role::Admin)?;
    let setup = office.setup(scope).await?;
    let Some(provider) = side.of(&setup.town) else { return Ok(false) };
    Ok(secret(office, scope, side, &provider.issuer).await?.is_some())
}

/// Asks a provider to describe itself. For admins.
///
/// # Errors
/// [`Error::Provider`] with what is wrong, below admin.
pub(crate) async fn check(state: &AppState, scope: &Scope, issuer: &str) -> Result<(), Error> {
    scope.require(Role::Admin)?;
    Provider::discover(&state.outbound, issuer).await?;
    Ok(())
}

/// All addresses to which the provider of a side may have to send people back.
pub(crate) fn redirects(state: &AppState, side: Side, town: &model::Town) -> Vec<String> {
    let mut all = vec![redirect(state, side, &format!("/{}", town.slug), None)];
    if side == Side::Citizens {
        all.extend(town.hosts.iter().map(|host| redirect(state, side, "", Some(host))));
    }
    all
}

/// The address for those who visit the town's pages below `prefix`, at `host` where that is the town's
/// own.
pub(crate) fn redirect(state: &AppState, side: Side, prefix: &str, host: Option<&str>) -> String {
    let path = side.path();
    match host {
        Some(host) => {
            let scheme = state.public_url.split("://").next().unwrap_or("https");
            format!("{scheme}://{host}{prefix}{path}")
        }
        None => format!("{}{prefix}{path}", state.public_url),
    }
}
