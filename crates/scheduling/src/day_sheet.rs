//! A location's day as its clerks see it: counters side by side, with what is open, held and
//! booked.

use std::collections::HashMap;

use catalog::{
    hours::{Day, Hours, local_date},
    model::{Counter, Location, Release, TownSetup},
};
use chrono::{DateTime, NaiveDate, Utc};
use sea_orm::{ColumnTrait, Order};
use tenant::{Role, Scope, TenantTx, audit};
use uuid::Uuid;

use crate::{Appointment, Contact, Error, Office, appointments::contacts_of, entity::appointment};

/// One day of one location.
#[derive(Clone, Debug)]
pub struct DaySheet {
    /// The local date.
    pub date: NaiveDate,
    /// The counters, in the town's order.
    pub counters: Vec<CounterDay>,
}

/// A counter's day.
#[derive(Clone, Debug)]
pub struct CounterDay {
    /// Identity.
    pub counter: Uuid,
    /// Its name.
    pub name: String,
    /// When it is open, ascending; closures are cut out.
    pub open: Vec<OpenSpan>,
    /// Appointments, by start; the cancelled ones are left out.
    pub appointments: Vec<Appointment>,
    /// Live holds of citizens: start and end.
    pub held: Vec<(DateTime<Utc>, DateTime<Utc>)>,
}

/// A span during which a counter is open.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OpenSpan {
    /// Start.
    pub from: DateTime<Utc>,
    /// End, excluded.
    pub to: DateTime<Utc>,
    /// Public, or kept for staff.
    pub release: Release,
}

/// The day of a location. That contact data were looked at is written to the audit log, a line for
/// each appointment.
///
/// # Errors
/// `Forbidden` for citizens, [`Error::UnknownLocation`], faults.
pub async fn day_sheet(
    office: &Office,
    scope: &Scope,
    location: Uuid,
    date: NaiveDate,
) -> Result<DaySheet, Error> {
    scope.require(Role::Reader)?;
    let setup = office.setup(scope).await?;
    let place = setup.locations.iter().find(|own| own.id == location);
    let place = place.ok_or(Error::UnknownLocation)?;
    let day = Day::new(&setup, date);
    let tx = office.db.write(scope).await?;
    let mut booked = appointments(office, &tx, place, &day).await?;
    tx.commit().await?;
    let held = office.holds.live(scope.tenant, office.now()).await;
    let hours = Hours::on(&day, &setup, place);
    let counters = place.counters.iter().map(|counter| CounterDay {
        counter: counter.id,
        name: counter.name.clone(),
        open: open_spans(&day, &hours, counter),
        appointments: booked.remove(&counter.id).unwrap_or_default(),
        held: held
            .iter()
            .filter(|hold| hold.counter == counter.id && on(&setup, hold.starts_at, date))
            .map(|hold| (hold.starts_at, hold.ends_at))
            .collect(),
    });
    Ok(DaySheet { date, counters: counters.collect() })
}

fn on(setup: &TownSetup, at: DateTime<Utc>, date: NaiveDate) -> bool {
    local_date(at, setup.town.time_zone) == date
}

async fn appointments(
    office: &Office,
    tx: &TenantTx,
    place: &Location,
    day: &Day,
) -> Result<HashMap<Uuid, Vec<Appointment>>, Error> {
    let rows = tx
        .find::<appointment::Entity>()
        .filter(appointment::Column::LocationId.eq(place.id))
        .filter(appointment::Column::StartsAt.gte(day.starts_at))
        .filter(appointment::Column::StartsAt.lt(day.at(day.minutes)))
        .filter(appointment::Column::Status.ne("cancelled"))
        .order_by(appointment::Column::StartsAt, Order::Asc)
        .all()
        .await?;
    let ids: Vec<Uuid> = rows.iter().map(|row| row.id).collect();
    let mut contacts: HashMap<Uuid, Contact> = contacts_of(office, tx, &ids).await?;
    let mut by_counter: HashMap<Uuid, Vec<Appointment>> = HashMap::new();
    for row in rows {
        audit::record(tx, office.now(), "contact.viewed", Some(row.id)).await?;
        let contact = contacts.remove(&row.id);
        by_counter.entry(row.counter_id).or_default().push(Appointment::from_row(row, contact)?);
    }
    Ok(by_counter)
}

/// What is open of a day, minute by minute: the reserve wins over public windows, closures over
/// both.
fn open_spans(day: &Day, hours: &Hours<'_>, counter: &Counter) -> Vec<OpenSpan> {
    let mut state: Vec<Option<Release>> = vec![None; usize::from(day.minutes)];
    let windows: Vec<_> = hours.open(counter).collect();
    for release in [Release::Public, Release::Reserve] {
        for window in windows.iter().filter(|window| window.release == release) {
            state[usize::from(window.from)..usize::from(window.to)].fill(Some(release));
        }
    }
    for closed in hours.closed(counter) {
        state[usize::from(closed.start)..usize::from(closed.end)].fill(None);
    }
    let mut spans = Vec::new();
    let mut minute = 0_u16;
    for run in state.chunk_by(|a, b| a == b) {
        let to = minute + u16::try_from(run.len()).unwrap_or(u16::MAX);
        if let Some(release) = run[0] {
            spans.push(OpenSpan { from: day.at(minute), to: day.at(to), release });
        }
        minute = to;
    }
    spans
}

#[cfg(test)]
mod tests {
    use super::*;
    use catalog::townfile;

    fn spans(date: &str, counter: usize) -> Vec<(String, String, Release)> {
        let setup = townfile::parse(townfile::SHIPPED[1].1).unwrap();
        let place = &setup.locations[0];
        let day = Day::new(&setup, date.parse().unwrap());
        let hours = Hours::on(&day, &setup, place);
        let clock =
            |at: DateTime<Utc>| at.with_timezone(&setup.town.time_zone).format("%H:%M").to_string();
        open_spans(&day, &hours, &place.counters[counter])
            .into_iter()
            .map(|span| (clock(span.from), clock(span.to), span.release))
            .collect()
    }

    #[test]
    fn the_reserve_stands_out_of_the_open_hours() {
        let monday = spans("2026-11-23", 0);
        let reserve: Vec<_> =
            monday.iter().filter(|(_, _, release)| *release == Release::Reserve).collect();
        assert_eq!(reserve.len(), 1, "{monday:?}");
        assert!(monday.is_sorted_by_key(|(from, ..)| from.clone()));
    }

    #[test]
    fn a_public_holiday_is_empty() {
        assert_eq!(spans("2026-12-25", 0), []);
    }
}
