//! Passkeys of staff, for both faces: what is done with one stands in the log of every town in which
//! its owner works.

use serde_json::Value;
use tenant::{
    Error, Origin,
    accounts::passkeys::{self, Ceremony, Passkey, Refusal, Site},
    audit,
};
use uuid::Uuid;

use crate::{
    account::{Owner, trace},
    state::AppState,
    throttle::Refused,
};

fn site(state: &AppState) -> Result<&Site, Error> {
    state.passkeys.as_deref().ok_or(Error::Passkey(Refusal::NoHost))
}

/// The passkeys of an account.
pub(crate) async fn list(state: &AppState, account: Uuid) -> Result<Vec<Passkey>, Error> {
    passkeys::list(&state.office.db, account).await
}

/// Begins to make a passkey, for the account's password: what ends it can only follow on this.
pub(crate) async fn begin(
    state: &AppState,
    owner: &Owner<'_>,
    password: &str,
) -> Result<Ceremony, Refused> {
    let site = site(state)?;
    owner.confirm(state, password).await?;
    Ok(passkeys::begin(&state.office.db, site, owner.account, state.office.now()).await?)
}

/// Keeps the passkey that was made; the first second factor of an account brings recovery codes.
pub(crate) async fn finish(
    state: &AppState,
    owner: &Owner<'_>,
    answer: (&str, &Value),
    name: &str,
) -> Result<Vec<String>, Error> {
    let (db, now) = (&state.office.db, state.office.now());
    let codes = passkeys::finish(db, site(state)?, owner.account, answer, name, now).await?;
    trace(state, owner.account, owner.origin(), audit::Action::PasskeyAdded).await?;
    Ok(codes)
}

/// Takes a passkey away, for the account's password.
pub(crate) async fn remove(
    state: &AppState,
    owner: &Owner<'_>,
    id: Uuid,
    password: &str,
) -> Result<(), Refused> {
    owner.confirm(state, password).await?;
    passkeys::remove(&state.office.db, owner.account, id).await?;
    Ok(trace(state, owner.account, owner.origin(), audit::Action::PasskeyRemoved).await?)
}

/// Begins to sign in.
pub(crate) async fn begin_sign_in(state: &AppState) -> Result<Ceremony, Error> {
    passkeys::begin_sign_in(&state.office.db, site(state)?, state.office.now()).await
}

/// Signs in; returns the session's token.
pub(crate) async fn sign_in(
    state: &AppState,
    from: Origin,
    token: &str,
    answer: &Value,
) -> Result<String, Error> {
    let (db, now) = (&state.office.db, state.office.now());
    match passkeys::sign_in(db, site(state)?, token, answer, now).await {
        Ok((session, account)) => {
            trace(state, account, from, audit::Action::PasskeyUsed).await?;
            Ok(session)
        }
        Err(Error::Passkey(Refusal::Copied(account))) => {
            trace(state, account, from, audit::Action::PasskeyCopied).await?;
            Err(Error::Passkey(Refusal::Copied(account)))
        }
        Err(error) => Err(error),
    }
}
