//! Lifting a closure: what was closed opens again, today or before its time comes.

use catalog::{
    hours::local_date,
    model::{Closure, Location, TownSetup},
    store,
};
use tenant::{Role, Scope, seal::token_hash};
use uuid::Uuid;

use crate::{Error, Office, closing::check_departments, undoing};

/// A closure of a location that is not over.
#[derive(Clone, Debug)]
pub struct Standing {
    /// Names it among all of the town: made of all that it says, since the set-up gives closures no
    /// identity of their own.
    pub id: Uuid,
    /// Where.
    pub location: Uuid,
    /// When, which counters, why.
    pub closure: Closure,
    /// Whether who asks may lift it: another department may be served at its counters as well.
    pub may_lift: bool,
}

/// The closures of the locations that are not over today, by day and then in the town's order. Those
/// of the whole town are not among them: they belong to the set-up.
///
/// # Errors
/// `Forbidden` below clerk, faults.
pub async fn standing_closures(office: &Office, scope: &Scope) -> Result<Vec<Standing>, Error> {
    scope.require(Role::Clerk)?;
    let setup = office.setup(scope).await?;
    let today = local_date(office.now(), setup.town.time_zone);
    let mut standing = Vec::new();
    for (place, closure) in closures(&setup).filter(|(_, closure)| closure.to >= today) {
        standing.push(Standing {
            id: id_of(place, closure)?,
            location: place.id,
            closure: closure.clone(),
            may_lift: check_departments(scope, &setup, place, closure).is_ok(),
        });
    }
    standing.sort_by_key(|own| (own.closure.from, own.closure.from_time));
    Ok(standing)
}

/// Lifts a closure of a location; tells whether it was there: somebody else may have been quicker.
/// Whoever was moved or cancelled when it was made stays so, and what is free is offered again.
///
/// # Errors
/// `Forbidden` below clerk and where another department is served as well, faults.
#[tracing::instrument(skip_all, fields(tenant = %scope.tenant))]
pub async fn lift_closure(office: &Office, scope: &Scope, id: Uuid) -> Result<bool, Error> {
    scope.require(Role::Clerk)?;
    let setup = office.setup(scope).await?;
    let is_meant = |own: &(&Location, &Closure)| id_of(own.0, own.1).is_ok_and(|found| found == id);
    let Some((place, closure)) = closures(&setup).find(is_meant) else { return Ok(false) };
    check_departments(scope, &setup, place, closure)?;
    let tx = office.db.write(scope).await?;
    let was_there = store::remove_closure(&tx, place.id, closure, office.now()).await?;
    undoing::leave_closure(&tx, place.id, closure, office.now()).await?;
    tx.commit().await?;
    office.place_freed.ring(scope.tenant);
    Ok(was_there)
}

fn closures(setup: &TownSetup) -> impl Iterator<Item = (&Location, &Closure)> {
    setup.locations.iter().flat_map(|place| std::iter::repeat(place).zip(&place.closures))
}

/// Half of a hash over place and closure.
fn id_of(place: &Location, closure: &Closure) -> Result<Uuid, Error> {
    let said = serde_json::to_string(&(place.id, closure)).map_err(catalog::Error::from)?;
    let half = token_hash(&said).into_iter().take(16).collect::<Vec<_>>();
    Ok(Uuid::from_slice(&half).unwrap_or_default())
}
