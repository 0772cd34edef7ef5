//! Mails that did not arrive, for both faces.

use notification::outbox::{self, DeadLetter};
use scheduling::{Error, Office};
use tenant::Scope;
use uuid::Uuid;

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
