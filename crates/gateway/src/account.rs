//! One's own account, for both faces: what changes how somebody signs in asks for the password once
//! more, and stands in the log of every town in which they work.

use tenant::{
    Error, Origin, Scope, Way,
    accounts::{
        members, password, second_factor,
        sessions::{self, SignedIn},
        tokens::{self, Purpose},
    },
    audit,
};
use uuid::Uuid;

use crate::{
    state::AppState,
    throttle::{self, Caller, Refused},
};

/// Who changes the account that is signed in, and how.
#[derive(Clone, Debug)]
pub(crate) struct Owner<'a> {
    pub account: Uuid,
    pub caller: Caller<'a>,
    pub way: Way,
}

impl Owner<'_> {
    pub(crate) fn origin(&self) -> Origin {
        self.caller.client.by(self.way)
    }

    /// Passes with the account's password.
    pub(crate) async fn confirm(&self, state: &AppState, password: &str) -> Result<(), Refused> {
        throttle::confirm(state, &self.caller, self.account, password).await
    }
}

/// Puts a new password into the place of the `current` one; all sessions of the account end.
pub(crate) async fn change_password(
    state: &AppState,
    owner: &Owner<'_>,
    current: &str,
    new: &str,
) -> Result<(), Refused> {
    owner.confirm(state, current).await?;
    password::set(&state.office.db, owner.account, new).await?;
    Ok(trace(state, owner.account, owner.origin(), audit::Action::PasswordChanged).await?)
}

/// Chooses a password by the link of a mail, which works once.
pub(crate) async fn choose_password(
    state: &AppState,
    from: Origin,
    token: &str,
    new: &str,
) -> Result<SignedIn, Error> {
    let (db, now) = (&state.office.db, state.office.now());
    let holder = tokens::holder(db, token, Purpose::Password, now).await?;
    let chosen = sessions::choose_password(db, token, new, now).await?;
    if let Some(account) = holder {
        trace(state, account, from, audit::Action::PasswordChanged).await?;
    }
    Ok(chosen)
}

/// Makes the codes from an app count, for the account's password; returns the recovery codes that the
/// first second factor of an account brings.
pub(crate) async fn activate_second_factor(
    state: &AppState,
    owner: &Owner<'_>,
    code: &str,
    password: &str,
) -> Result<Vec<String>, Refused> {
    owner.confirm(state, password).await?;
    let (office, account) = (&state.office, owner.account);
    let codes =
        second_factor::activate(&office.db, &office.vault, account, code, office.now()).await?;
    trace(state, account, owner.origin(), audit::Action::SecondFactorAdded).await?;
    Ok(codes)
}

/// Takes the codes from an app from the account, for its password.
pub(crate) async fn remove_second_factor(
    state: &AppState,
    owner: &Owner<'_>,
    password: &str,
) -> Result<(), Refused> {
    owner.confirm(state, password).await?;
    second_factor::remove(&state.office.db, owner.account).await?;
    Ok(trace(state, owner.account, owner.origin(), audit::Action::SecondFactorRemoved).await?)
}

/// A line in the log of every town in which an account works.
pub(crate) async fn trace(
    state: &AppState,
    account: Uuid,
    from: Origin,
    action: audit::Action,
) -> Result<(), Error> {
    let db = &state.office.db;
    for (tenant, _) in members::towns_of(db, account).await? {
        let tx = db.read(&Scope::system(tenant)).await?;
        let actor = members::actor(&tx, account, from).await?;
        drop(tx);
        let tx = db.write(&Scope { tenant, actor }).await?;
        audit::record(&tx, state.office.now(), action, Some(account));
        tx.commit().await?;
    }
    Ok(())
}
