//! The job that deletes personal data town by town, and accounts that nobody needs any more, and seals what stays with the towns' newest keys.
//! Doing either twice does no harm, so every replica may run it.

use std::time::Duration;

use notification::mailer;
use tenant::{Scope, accounts::leaving};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use crate::state::AppState;

/// How often is looked.
const LOOK: Duration = Duration::from_secs(3600);

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
    Ok(())
}

async fn look_in(state: &AppState, scope: &Scope) -> Result<(), scheduling::Error> {
    let mails = scheduling::forget_expired(&state.office, scope).await?;
    forget_copies(state, &mails)?;
    scheduling::reseal(&state.office, scope).await?;
    Ok(())
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

/// Deletes the kept copies of mails, where copies are kept.
pub(crate) fn forget_copies(state: &AppState, mails: &[Uuid]) -> Result<(), scheduling::Error> {
    match &state.mail_folder {
        Some(folder) => Ok(mailer::forget(folder, mails)?),
        None => Ok(()),
    }
}
