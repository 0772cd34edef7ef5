//! What a change of the set-up leaves outside: appointments whose counter or hours go.

use catalog::{
    hours::{Day, Hours, local_date},
    model::TownSetup,
};
use sea_orm::{ColumnTrait, Order};
use tenant::{Role, Scope};

use crate::{Appointment, Error, Office, entity::appointment};

/// Appointments to come that stand within the present set-up and would not within `changed`, by
/// start, without contact data. Locations and counters are compared by their slugs.
///
/// # Errors
/// `Forbidden` below admin, faults.
pub async fn outside(
    office: &Office,
    scope: &Scope,
    changed: &TownSetup,
) -> Result<Vec<Appointment>, Error> {
    scope.require(Role::Admin)?;
    let present = office.setup(scope).await?;
    let tx = office.db.read(scope).await?;
    let rows = tx
        .find::<appointment::Entity>()
        .filter(appointment::Column::Status.eq("booked"))
        .filter(appointment::Column::StartsAt.gt(office.now()))
        .order_by(appointment::Column::StartsAt, Order::Asc)
        .all()
        .await?;
    let falls_out = |row: &appointment::Model| {
        let place = present.locations.iter().find(|own| own.id == row.location_id);
        let counter =
            place.and_then(|own| own.counters.iter().find(|own| own.id == row.counter_id));
        place.zip(counter).is_some_and(|(place, counter)| {
            let names = (place.slug.as_str(), counter.slug.as_str());
            is_open(&present, names, row) && !is_open(changed, names, row)
        })
    };
    let rows = rows.into_iter().filter(falls_out);
    rows.map(|row| Appointment::from_row(row, None)).collect()
}

/// Whether the counter is open over the whole appointment.
fn is_open(setup: &TownSetup, (place, counter): (&str, &str), row: &appointment::Model) -> bool {
    let Some(place) = setup.location(place) else { return false };
    let Some(counter) = place.counters.iter().find(|own| own.slug == counter) else { return false };
    let day = Day::new(setup, local_date(row.starts_at, setup.town.time_zone));
    let hours = Hours::on(&day, setup, place);
    let (from, to) = (day.minute_of(row.starts_at), day.minute_of(row.ends_at));
    let closed =
        hours.closed(counter).any(|span| from < i64::from(span.end) && to > i64::from(span.start));
    let mut windows: Vec<_> = hours.open(counter).collect();
    windows.sort_by_key(|window| window.from);
    // Windows that adjoin or overlap are one.
    let reached = windows.iter().fold(from, |reached, window| {
        if i64::from(window.from) <= reached { reached.max(i64::from(window.to)) } else { reached }
    });
    !closed && reached >= to
}
