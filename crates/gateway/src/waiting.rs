//! The job that takes places back that nobody confirmed, and offers what is free to those who wait,
//! town by town: when a place becomes free here, and every minute for what other processes have freed
//! and nobody has answered.

use std::time::Duration;

use scheduling::Office;
use tenant::Scope;
use tokio_util::sync::CancellationToken;

use crate::state::AppState;

/// How often is looked when nobody rings.
const LOOK: Duration = Duration::from_secs(60);

/// Looks until `shutdown`.
pub(crate) async fn run(state: AppState, shutdown: CancellationToken) {
    loop {
        if let Err(error) = look(&state).await {
            tracing::error!(%error, "those who wait are offered nothing");
        }
        tokio::select! {
            () = shutdown.cancelled() => return,
            () = state.office.place_freed.notified() => {}
            () = tokio::time::sleep(LOOK) => {}
        }
    }
}

async fn look(state: &AppState) -> Result<(), scheduling::Error> {
    let office = &state.office;
    for town in state.directory.list(&office.db).await?.iter().filter(|town| town.is_live()) {
        // One town's trouble keeps nothing from the others.
        if let Err(error) = look_in(office, &Scope::system(town.tenant)).await {
            tracing::error!(%error, town = town.slug, "those who wait are offered nothing");
        }
    }
    Ok(())
}

async fn look_in(office: &Office, scope: &Scope) -> Result<(), scheduling::Error> {
    scheduling::lapse_unconfirmed(office, scope).await?;
    scheduling::offer_free_places(office, scope).await?;
    Ok(())
}
