//! The job that takes places back that nobody confirmed, and offers what is free to those who wait,
//! town by town: at once where a place becomes free here, and every minute for what other processes have
//! freed and nobody has answered.

use std::{collections::BTreeSet, time::Duration};

use scheduling::Office;
use tenant::{Scope, TenantId, directory::Entry};
use tokio::time::MissedTickBehavior;
use tokio_util::sync::CancellationToken;

use crate::state::AppState;

/// How often all towns are looked at.
const LOOK: Duration = Duration::from_secs(60);

/// Looks until `shutdown`.
pub(crate) async fn run(state: AppState, shutdown: CancellationToken) {
    let mut minute = tokio::time::interval(LOOK);
    minute.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        let freed = tokio::select! {
            () = shutdown.cancelled() => return,
            _ = minute.tick() => None,
            towns = state.office.place_freed.next() => Some(towns),
        };
        if let Err(error) = look(&state, freed.as_ref()).await {
            tracing::error!(%error, "those who wait are offered nothing");
        }
    }
}

/// Looks at the towns in which a place was freed, or at all.
async fn look(
    state: &AppState,
    freed: Option<&BTreeSet<TenantId>>,
) -> Result<(), scheduling::Error> {
    let office = &state.office;
    let towns = state.directory.list(&office.db).await?;
    let is_asked = |town: &Entry| freed.is_none_or(|freed| freed.contains(&town.tenant));
    for town in towns.iter().filter(|town| town.is_live() && is_asked(town)) {
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
