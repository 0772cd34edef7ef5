//! What is remembered between leaving for a provider and coming back: sealed, and held by the browser
//! that left, so that nobody else can come back in its place.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use chrono::{DateTime, TimeDelta, Utc};
use scheduling::Office;
use serde::{Deserialize, Serialize};
use tenant::Scope;
use uuid::Uuid;

use super::{Error, Side};

/// What a sealed handshake is for.
const PURPOSE: &str = "handshake";
/// How long somebody may take at the provider.
pub(crate) const LIFETIME: TimeDelta = TimeDelta::minutes(10);
/// Most bytes of a page's address and its form that come along: a browser keeps no cookie beyond 4096.
const MAX_KEPT: usize = 2200;

/// Where somebody goes on afterwards, and what was typed there before.
#[derive(Clone, Default, Serialize, Deserialize)]
pub(crate) struct Kept {
    /// Path and query of a page.
    pub page: String,
    /// The fields of its form, URL-encoded; empty where they are too long to be carried.
    pub form: String,
}

impl std::fmt::Debug for Kept {
    /// Personal data never reaches a log by way of `{:?}`.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Kept(…)")
    }
}

/// One way to a provider and back.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Handshake {
    /// Identity, by which it is used once.
    pub(super) id: Uuid,
    pub(super) side: Side,
    /// Which start the answer belongs to.
    pub(super) state: String,
    /// Which start the ID token belongs to.
    pub(super) nonce: String,
    /// Proves to the provider that we are who left (PKCE).
    pub(super) verifier: String,
    /// Where the provider sends people back to.
    pub(super) redirect: String,
    /// Until when it works.
    pub(super) until: DateTime<Utc>,
    /// Where it goes on.
    pub(crate) kept: Kept,
}

impl Kept {
    /// A page with what was typed there, if that is not too long.
    pub(crate) fn new(page: String, form: String) -> Self {
        let fits = page.len() + form.len() <= MAX_KEPT;
        Self { page, form: if fits { form } else { String::new() } }
    }
}

impl Handshake {
    /// Seals it with the town's key: the identity, a dot, and the rest.
    pub(super) async fn seal(&self, office: &Office, scope: &Scope) -> Result<String, Error> {
        let plain = serde_json::to_vec(self).map_err(|error| Error::corrupt(&error))?;
        let tx = office.db.read(scope).await?;
        let sealed = office.vault.keyring(&tx).await?.seal(PURPOSE, self.id, &plain)?;
        Ok(format!("{}.{}", self.id.simple(), URL_SAFE_NO_PAD.encode(sealed)))
    }

    /// Opens what was sealed in the same town for the same side, while it works.
    ///
    /// # Errors
    /// [`Error::Foreign`] for anything else, [`Error::Late`], faults.
    pub(crate) async fn open(
        office: &Office,
        scope: &Scope,
        side: Side,
        text: &str,
    ) -> Result<Self, Error> {
        let (id, sealed) = text.split_once('.').ok_or(Error::Foreign)?;
        let id: Uuid = id.parse().map_err(|_| Error::Foreign)?;
        let sealed = URL_SAFE_NO_PAD.decode(sealed).map_err(|_| Error::Foreign)?;
        let tx = office.db.read(scope).await?;
        let keyring = office.vault.keyring(&tx).await?;
        let plain = keyring.open(PURPOSE, id, &sealed).map_err(|_| Error::Foreign)?;
        let own: Self = serde_json::from_slice(&plain).map_err(|_| Error::Foreign)?;
        if own.side != side {
            return Err(Error::Foreign);
        }
        if own.until <= office.now() { Err(Error::Late) } else { Ok(own) }
    }
}
