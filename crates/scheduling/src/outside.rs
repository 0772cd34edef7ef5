//! What a set-up leaves outside: appointments whose hours, counter or service it does not have.

use catalog::{
    hours::{Day, Hours, local_date},
    model::{BookingMode, Counter, TownSetup},
    store,
};
use chrono::{DateTime, Utc};
use sea_orm::{ColumnTrait, Order};
use tenant::{Role, Scope, TenantTx};
use uuid::Uuid;

use crate::{
    Affected, Appointment, AppointmentRef, BasketLine, Error, Office,
    cancelling::cancel_appointment,
    closing::{elsewhere, move_on},
    entity::appointment,
    words,
};

/// What happens with appointments that lie outside.
#[derive(Clone, Debug)]
pub struct Decision {
    /// Those that whoever decides was shown; it is about no others.
    pub about: Vec<Uuid>,
    /// They stay, go elsewhere or are cancelled.
    pub then: Affected,
    /// Why, for those who are told; may be empty.
    reason: String,
}

impl Decision {
    /// A decision, with what those who are told are told of it.
    ///
    /// # Errors
    /// [`Error::TooLong`] for the reason.
    pub fn new(about: Vec<Uuid>, then: Affected, reason: &str) -> Result<Self, Error> {
        Ok(Self { about, then, reason: words::reason(reason)? })
    }

    /// Whether an appointment was among those that were shown.
    #[must_use]
    pub fn is_about(&self, own: &Appointment) -> bool {
        self.about.contains(&own.id)
    }
}

/// The appointments to come that do not stand within the set-up, by start, without contact data:
/// those that a change has left where they were, and those that staff have put there on purpose.
///
/// # Errors
/// `Forbidden` below admin, faults.
pub async fn outside(office: &Office, scope: &Scope) -> Result<Vec<Appointment>, Error> {
    scope.require(Role::Admin)?;
    let tx = office.db.read(scope).await?;
    let (_, present) = store::load(&tx).await?;
    let mut all = to_come(&tx, office.now()).await?;
    all.retain(|own| Place::of(&present, own).is_none_or(|place| !stands(&present, &place, own)));
    Ok(all)
}

/// The appointments to come that stand within the present set-up and would not within `changed`, by
/// start, without contact data. Locations and counters are compared by their slugs.
///
/// # Errors
/// Faults.
pub async fn left_outside(
    tx: &TenantTx,
    present: &TownSetup,
    changed: &TownSetup,
    now: DateTime<Utc>,
) -> Result<Vec<Appointment>, Error> {
    let mut all = to_come(tx, now).await?;
    all.retain(|own| {
        Place::of(present, own)
            .is_some_and(|place| stands(present, &place, own) && !stands(changed, &place, own))
    });
    Ok(all)
}

/// Does with appointments outside what was decided on them, and leaves those alone on which nothing
/// was decided; returns those that found no other place. What somebody else has cancelled or moved on
/// meanwhile is left to them.
///
/// # Errors
/// `Forbidden` below clerk, faults.
pub async fn settle(
    office: &Office,
    scope: &Scope,
    outside: &[Appointment],
    decision: &Decision,
) -> Result<Vec<Appointment>, Error> {
    let reason = &decision.reason;
    let mut left = Vec::new();
    for own in outside.iter().filter(|own| decision.is_about(own)) {
        let moved = match decision.then {
            Affected::Keep => continue,
            Affected::Redistribute => {
                elsewhere(office, scope, own, reason, &[own.starts_at], None).await
            }
            Affected::Move => move_on(office, scope, own, reason).await,
            Affected::Cancel => {
                let which = AppointmentRef::Id(own.id);
                cancel_appointment(office, scope, &which, reason).await.map(Some)
            }
        };
        match moved {
            Ok(Some(_)) | Err(Error::WrongStatus | Error::UnknownAppointment) => {}
            Ok(None) => left.push(own.clone()),
            Err(error) => return Err(error),
        }
    }
    Ok(left)
}

async fn to_come(tx: &TenantTx, now: DateTime<Utc>) -> Result<Vec<Appointment>, Error> {
    let rows = tx
        .find::<appointment::Entity>()
        .filter(appointment::Column::Status.eq("booked"))
        .filter(appointment::Column::StartsAt.gt(now))
        .order_by(appointment::Column::StartsAt, Order::Asc)
        .all()
        .await?;
    rows.into_iter().map(|row| Appointment::from_row(row, None)).collect()
}

/// Slugs of an appointment's location and counter.
struct Place<'a> {
    location: &'a str,
    counter: &'a str,
}

impl<'a> Place<'a> {
    /// Where it stands; none where the set-up no longer has its counter.
    fn of(setup: &'a TownSetup, own: &Appointment) -> Option<Self> {
        let location = setup.locations.iter().find(|place| place.id == own.location)?;
        let counter = location.counters.iter().find(|counter| counter.id == own.counter)?;
        Some(Self { location: &location.slug, counter: &counter.slug })
    }
}

/// Whether the set-up has the place, open over the whole appointment, and what it is for there.
fn stands(setup: &TownSetup, place: &Place<'_>, own: &Appointment) -> bool {
    let Some(location) = setup.location(place.location) else { return false };
    let counter = location.counters.iter().find(|counter| counter.slug == place.counter);
    let Some(counter) = counter else { return false };
    let day = Day::new(setup, local_date(own.starts_at, setup.town.time_zone));
    let hours = Hours::on(&day, setup, location);
    is_open(&hours, counter, day.minute_of(own.starts_at), day.minute_of(own.ends_at))
        && own.basket.iter().all(|line| is_served(setup, counter, line))
}

/// Whether the counter is open from one minute of the day to another.
fn is_open(hours: &Hours<'_>, counter: &Counter, from: i64, to: i64) -> bool {
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

/// Whether the town offers the service, to be booked or asked for, and serves it at the counter.
fn is_served(setup: &TownSetup, counter: &Counter, line: &BasketLine) -> bool {
    let offered = setup.service(&line.service);
    offered.is_some_and(|own| own.mode != BookingMode::Information)
        && counter.services.contains(&line.service)
}

#[cfg(test)]
mod tests {
    use catalog::{model::Closure, townfile};
    use uuid::Uuid;

    use super::*;
    use crate::{Channel, Status};

    /// Lengerich, and an appointment on a Thursday morning at its first counter.
    fn booked() -> (TownSetup, Appointment) {
        let mut setup = townfile::parse(townfile::SHIPPED[0].1).unwrap();
        for (number, location) in (1..).zip(&mut setup.locations) {
            location.id = Uuid::from_u128(number);
            for (counter, own) in (1..).zip(&mut location.counters) {
                own.id = Uuid::from_u128(number * 100 + counter);
            }
        }
        let location = &setup.locations[0];
        let counter = &location.counters[0];
        let line = BasketLine { service: counter.services[0].clone(), quantity: 1 };
        let own = Appointment {
            id: Uuid::from_u128(9),
            code: String::new(),
            status: Status::Booked,
            channel: Channel::Online,
            location: location.id,
            counter: counter.id,
            starts_at: "2026-11-26T08:00:00Z".parse().unwrap(),
            ends_at: "2026-11-26T08:15:00Z".parse().unwrap(),
            reserve: false,
            basket: vec![line],
            locale: "de".to_owned(),
            sequence: 0,
            created_at: "2026-11-20T08:00:00Z".parse().unwrap(),
            confirm_until: None,
            contact: None,
        };
        (setup, own)
    }

    fn falls_out(edit: impl FnOnce(&mut TownSetup, &str)) -> bool {
        let (present, own) = booked();
        let place = Place::of(&present, &own).unwrap();
        assert!(stands(&present, &place, &own));
        let mut changed = present.clone();
        edit(&mut changed, &own.basket[0].service);
        !stands(&changed, &place, &own)
    }

    #[test]
    fn what_a_change_takes_from_under_an_appointment_leaves_it_outside() {
        assert!(falls_out(|setup, _| setup.locations[0].openings.clear()));
        assert!(falls_out(|setup, _| {
            setup.locations.remove(0);
        }));
        assert!(falls_out(|setup, _| {
            setup.locations[0].counters.remove(0);
        }));
        assert!(falls_out(|setup, service| setup.services.retain(|own| own.slug != service)));
        assert!(falls_out(|setup, service| {
            setup.locations[0].counters[0].services.retain(|own| own != service);
        }));
        assert!(falls_out(|setup, service| {
            let own = setup.services.iter_mut().find(|own| own.slug == service).unwrap();
            own.mode = BookingMode::Information;
        }));
        let day = "2026-11-26".parse().unwrap();
        let closure = Closure {
            from: day,
            to: day,
            from_time: None,
            to_time: None,
            counters: Vec::new(),
            reason: catalog::model::Text::default(),
        };
        assert!(falls_out(|setup, _| setup.closures.push(closure)));
    }

    #[test]
    fn what_concerns_an_appointment_not_leaves_it_where_it_is() {
        assert!(!falls_out(|setup, _| setup.town.name.push('!')));
        assert!(!falls_out(|setup, service| setup.services.retain(|own| own.slug == service)));
        assert!(!falls_out(|setup, _| setup.locations[0].counters.truncate(1)));
        // A longer service holds for those who book from now on.
        assert!(!falls_out(|setup, _| setup.services[0].duration += 30));
    }
}
