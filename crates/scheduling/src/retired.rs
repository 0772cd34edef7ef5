//! Appointments where the town has no location or counter any more: they stand until somebody moves or
//! cancels them, so staff have to find them.

use catalog::{
    hours::{day_start, local_date},
    model::Location,
    retired::{self, Retired},
};
use chrono::{DateTime, Utc};
use sea_orm::{ColumnTrait, Order};
use tenant::{Role, Scope};

use crate::{Error, Office, entity::appointment};

/// A retired location at which somebody still has an appointment.
#[derive(Clone, Debug)]
pub struct RetiredLocation {
    /// The location, which is never open and has no counters.
    pub location: Location,
    /// When the first appointment from today on starts.
    pub next: DateTime<Utc>,
    /// How many there are from today on.
    pub appointments: usize,
}

/// The locations and counters that the town has retired. For staff, as far as they see locations.
///
/// # Errors
/// `Forbidden` for citizens, faults.
pub async fn retired(office: &Office, scope: &Scope) -> Result<Retired, Error> {
    scope.require(Role::Reader)?;
    let tx = office.db.read(scope).await?;
    Ok(retired::load(&tx).await?)
}

/// The retired locations at which somebody has an appointment from today on, in the town's order. For
/// staff, as far as they see appointments.
///
/// # Errors
/// `Forbidden` for citizens, faults.
pub async fn retired_locations(
    office: &Office,
    scope: &Scope,
) -> Result<Vec<RetiredLocation>, Error> {
    scope.require(Role::Reader)?;
    let zone = office.setup(scope).await?.town.time_zone;
    let tx = office.db.read(scope).await?;
    let Retired { locations, .. } = retired::load(&tx).await?;
    if locations.is_empty() {
        return Ok(Vec::new());
    }
    let rows = tx
        .find::<appointment::Entity>()
        .filter(appointment::Column::LocationId.is_in(locations.iter().map(|own| own.id)))
        .filter(appointment::Column::StartsAt.gte(day_start(local_date(office.now(), zone), zone)))
        .filter(appointment::Column::Status.ne("cancelled"))
        .order_by(appointment::Column::StartsAt, Order::Asc)
        .all()
        .await?;
    let with_appointments = locations.into_iter().filter_map(|location| {
        let here = || rows.iter().filter(|row| row.location_id == location.id);
        let (next, appointments) = (here().next()?.starts_at, here().count());
        Some(RetiredLocation { location, next, appointments })
    });
    Ok(with_appointments.collect())
}
