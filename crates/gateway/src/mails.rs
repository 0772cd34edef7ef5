//! Mails that did not arrive, and what helps that they do, for both faces.

use notification::{
    dns::{self, Record},
    outbox::{self, DeadLetter},
};
use scheduling::{Error, Office};
use tenant::{Role, Scope};
use uuid::Uuid;

use crate::state::AppState;

/// The mails that were given up: about one subject, or all.
pub(crate) async fn dead(
    office: &Office,
    scope: &Scope,
    about: Option<Uuid>,
) -> Result<Vec<DeadLetter>, Error> {
    let tx = office.db.read(scope).await?;
    Ok(outbox::dead(&tx, about).await?)
}

/// Lets one be tried again; tells whether there was one.
pub(crate) async fn resend(office: &Office, scope: &Scope, id: Uuid) -> Result<bool, Error> {
    let tx = office.db.write(scope).await?;
    let found = outbox::resend(&tx, id, office.now()).await?;
    tx.commit().await?;
    office.mail_waiting.notify_one();
    Ok(found)
}

/// What the DNS of the town's own domain should say before mails leave in its name. For admins.
pub(crate) async fn dns_records(state: &AppState, scope: &Scope) -> Result<Vec<Record>, Error> {
    scope.require(Role::Admin)?;
    let setup = state.office.setup(scope).await?;
    Ok(dns::records(&setup.town.email, &state.mail_from, None))
}
