//! The job that deletes personal data town by town, and accounts that nobody needs any more, and seals what stays with the towns' newest keys.
//! Doing either twice does no harm, so every replica may run it.

use std::time::Duration;

use chrono::TimeDelta;
use notification::{mailer, outbox};
use tenant::{Scope, accounts::leaving};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use crate::state::AppState;

/// How often is looked.
const LOOK: Duration = Duration::from_secs(3600);

/// So old a copy has to be before its mail is missed.
const OLD_COPY: TimeDelta = TimeDelta::hours(1);

/// Looks at once and then every hour, until `shutdown`.
pub(crate) async fn run(state: AppState, shutdown: CancellationToken) {
    loop {
        if let Err(error) = look(&state).await {
            tracing::error!(%error, "personal data are kept longer than they should be");
        }
        tokio::select! {
            () = shutdown.cancelled() => return,
            () = tokio::time::sleep(LOOK) => {}
        }
    }
}

async fn look(state: &AppState) -> Result<(), scheduling::Error> {
    let office = &state.office;
    leaving::forget(&office.db, office.now()).await?;
    for town in state.directory.list(&office.db).await?.iter() {
        // One town's trouble keeps nothing from the others.
        if let Err(error) = look_in(state, &Scope::system(town.tenant)).await {
            tracing::error!(%error, town = town.slug, "personal data are kept longer than they should be");
        }
    }
    sweep(state).await
}

async fn look_in(state: &AppState, scope: &Scope) -> Result<(), scheduling::Error> {
    let mails = scheduling::forget_expired(&state.office, scope).await?;
    forget_copies(state, &mails)?;
    scheduling::reseal(&state.office, scope).await?;
    Ok(())
}

/// Deletes kept copies of mails that no town knows any more: a process may end between deleting a mail
/// and its copy. New ones may be of a town that is not in the directory yet.
async fn sweep(state: &AppState) -> Result<(), scheduling::Error> {
    let Some(folder) = &state.mail_folder else { return Ok(()) };
    let office = &state.office;
    let before = office.now() - OLD_COPY;
    let copies = mailer::kept(folder)?.into_iter().filter(|copy| copy.at < before);
    let mut forgotten: Vec<Uuid> = copies.filter_map(|copy| copy.id.parse().ok()).collect();
    for town in state.directory.list(&office.db).await?.iter() {
        let tx = office.db.read(&Scope::system(town.tenant)).await?;
        let known = outbox::known(&tx, &forgotten).await?;
        forgotten.retain(|copy| !known.contains(copy));
    }
    forget_copies(state, &forgotten)
}

/// Deletes who comes to an appointment, for both faces.
pub(crate) async fn erase(
    state: &AppState,
    scope: &Scope,
    secret: &str,
) -> Result<(), scheduling::Error> {
    let mails = scheduling::erase_appointment(&state.office, scope, secret).await?;
    forget_copies(state, &mails)
}

/// Takes a request back and deletes its data, for both faces.
pub(crate) async fn withdraw(
    state: &AppState,
    scope: &Scope,
    secret: &str,
) -> Result<(), scheduling::Error> {
    let mails = scheduling::withdraw_request(&state.office, scope, secret).await?;
    forget_copies(state, &mails)
}

/// Deletes the kept copies of mails, where copies are kept.
pub(crate) fn forget_copies(state: &AppState, mails: &[Uuid]) -> Result<(), scheduling::Error> {
    match &state.mail_folder {
        Some(folder) => Ok(mailer::forget(folder, mails)?),
        None => Ok(()),
    }
}
