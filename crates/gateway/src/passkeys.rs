//! Passkeys of staff, for both faces: what is done with one stands in the log of every town in which
//! its owner works.

use serde_json::Value;
use tenant::{
    Error, Origin, Scope,
    accounts::{
        members,
        passkeys::{self, Ceremony, Passkey, Refusal, Site},
    },
    audit,
};
use uuid::Uuid;

use crate::state::AppState;

fn site(state: &AppState) -> Result<&Site, Error> {
    state.passkeys.as_deref().ok_or(Error::Passkey(Refusal::NoHost))
}

/// The passkeys of an account.
pub(crate) async fn list(state: &AppState, account: Uuid) -> Result<Vec<Passkey>, Error> {
    passkeys::list(&state.office.db, account).await
}

/// Begins to make a passkey.
pub(crate) async fn begin(state: &AppState, account: Uuid) -> Result<Ceremony, Error> {
    passkeys::begin(&state.office.db, site(state)?, account, state.office.now()).await
}

/// Keeps the passkey that was made; the first second factor of an account brings recovery codes.
pub(crate) async fn finish(
    state: &AppState,
    account: Uuid,
    from: Origin,
    answer: (&str, &Value),
    name: &str,
) -> Result<Vec<String>, Error> {
    let (db, now) = (&state.office.db, state.office.now());
    let codes = passkeys::finish(db, site(state)?, account, answer, name, now).await?;
    trace(state, account, from, "passkey.added").await?;
    Ok(codes)
}

/// Takes a passkey away, for the account's password.
pub(crate) async fn remove(
    state: &AppState,
    account: Uuid,
    from: Origin,
    id: Uuid,
    password: &str,
) -> Result<(), Error> {
    passkeys::remove(&state.office.db, account, id, password).await?;
    trace(state, account, from, "passkey.removed").await
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
            trace(state, account, from, "passkey.used").await?;
            Ok(session)
        }
        Err(Error::Passkey(Refusal::Copied(account))) => {
            trace(state, account, from, "passkey.copied").await?;
            Err(Error::Passkey(Refusal::Copied(account)))
        }
        Err(error) => Err(error),
    }
}

/// A line in the log of every town in which an account works.
async fn trace(state: &AppState, account: Uuid, from: Origin, action: &str) -> Result<(), Error> {
    let db = &state.office.db;
    for (tenant, _) in members::towns_of(db, account).await? {
        let tx = db.read(&Scope::system(tenant)).await?;
        let actor = members::actor(&tx, account, from).await?;
        drop(tx);
        let tx = db.write(&Scope { tenant, actor }).await?;
        audit::record(&tx, state.office.now(), action, Some(account)).await?;
        tx.commit().await?;
    }
    Ok(())
}
