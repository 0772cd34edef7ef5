//! Closing: a counter that is out for an hour, an office that stays shut for a day.

use catalog::{
    hours::{Day, local_date},
    model::{Closure, Location, Slug, TownSetup},
    store,
};
use sea_orm::{ColumnTrait, Order};
use tenant::{Role, Scope, TenantTx};
use uuid::Uuid;

use crate::{
    Appointment, AppointmentRef, Error, Office, appointments::contacts_of, cancelling,
    entity::appointment,
};

/// What is to be closed.
#[derive(Clone, Debug)]
pub struct Close {
    /// Where.
    pub location: Uuid,
    /// When, which counters, why.
    pub closure: Closure,
}

/// The appointments that a closure would fall on, by start, with their contact data.
///
/// # Errors
/// `Forbidden` below clerk, [`Error::UnknownLocation`] also for a counter that is not there, faults.
pub async fn affected_by_closure(
    office: &Office,
    scope: &Scope,
    close: &Close,
) -> Result<Vec<Appointment>, Error> {
    scope.require(Role::Clerk)?;
    let setup = office.setup(scope).await?;
    let place = setup.locations.iter().find(|own| own.id == close.location);
    let place = place.ok_or(Error::UnknownLocation)?;
    let is_here = |slug: &Slug| place.counters.iter().any(|own| own.slug == *slug);
    if !close.closure.counters.iter().all(is_here) {
        return Err(Error::UnknownLocation);
    }
    let tx = office.db.read(scope).await?;
    affected(office, &tx, &setup, place, &close.closure).await
}

/// Closes, and cancels what falls on the closure where `cancel` says so; everybody is told, with
/// the closure's reason. Returns the cancelled appointments. The closure stands before the first
/// is cancelled, so nothing new is booked meanwhile; what was interrupted is finished by closing
/// again.
///
/// # Errors
/// As [`affected_by_closure`].
#[tracing::instrument(skip_all, fields(tenant = %scope.tenant))]
pub async fn close(
    office: &Office,
    scope: &Scope,
    close: &Close,
    cancel: bool,
) -> Result<Vec<Appointment>, Error> {
    let affected = affected_by_closure(office, scope, close).await?;
    let tx = office.db.write(scope).await?;
    store::add_closure(&tx, close.location, close.closure.clone(), office.now()).await?;
    tx.commit().await?;
    if !cancel {
        return Ok(Vec::new());
    }
    let mut cancelled = Vec::with_capacity(affected.len());
    for own in affected {
        let which = AppointmentRef::Id(own.id);
        let reason = close.closure.reason.get(&own.locale);
        cancelled.push(cancelling::cancel_appointment(office, scope, &which, reason).await?);
    }
    Ok(cancelled)
}

async fn affected(
    office: &Office,
    tx: &TenantTx,
    setup: &TownSetup,
    place: &Location,
    closure: &Closure,
) -> Result<Vec<Appointment>, Error> {
    let first = Day::new(setup, closure.from);
    let last = Day::new(setup, closure.to);
    let rows = tx
        .find::<appointment::Entity>()
        .filter(appointment::Column::LocationId.eq(place.id))
        .filter(appointment::Column::Status.eq("booked"))
        .filter(appointment::Column::EndsAt.gt(first.starts_at.max(office.now())))
        .filter(appointment::Column::StartsAt.lt(last.at(last.minutes)))
        .order_by(appointment::Column::StartsAt, Order::Asc)
        .all()
        .await?;
    let rows: Vec<_> = rows.into_iter().filter(|row| hits(setup, place, closure, row)).collect();
    let ids: Vec<Uuid> = rows.iter().map(|row| row.id).collect();
    let mut contacts = contacts_of(office, tx, &ids).await?;
    rows.into_iter()
        .map(|row| {
            let contact = contacts.remove(&row.id);
            Appointment::from_row(row, contact)
        })
        .collect()
}

/// Whether the closure takes a minute of the appointment.
fn hits(setup: &TownSetup, place: &Location, closure: &Closure, row: &appointment::Model) -> bool {
    let counter = place.counters.iter().find(|own| own.id == row.counter_id);
    let named = closure.counters.is_empty()
        || counter.is_some_and(|own| closure.counters.contains(&own.slug));
    let day = Day::new(setup, local_date(row.starts_at, setup.town.time_zone));
    let closed = day.closed(closure);
    let from = day.minute_of(row.starts_at);
    let to = day.minute_of(row.ends_at);
    named && from < i64::from(closed.end) && to > i64::from(closed.start)
}
