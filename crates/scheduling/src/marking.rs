//! The counter day: somebody arrived, was served, never came.

use catalog::{
    hours::{day_start, local_date},
    model::WebhookEvent,
};
use chrono::{DateTime, TimeDelta, Utc};
use chrono_tz::Tz;
use notification::{notice::Kind, outbox};
use sea_orm::Set;
use tenant::{
    Role, Scope, TenantTx,
    audit::{self, Action},
};
use uuid::Uuid;

use crate::{
    Appointment, AppointmentRef, Error, Office, Status, appointments::contact_of,
    booking::is_overlap, entity::appointment, notices::Told, secrets, usage,
};

/// So long a mark can be taken back before the citizen is told.
const SECOND_THOUGHTS: TimeDelta = TimeDelta::minutes(30);

impl Status {
    /// From when on an appointment that starts at `starts_at` can be marked like this, in a town with
    /// these clocks: people come early on the day itself, and nobody has missed what has not begun.
    #[must_use]
    pub fn possible_from(self, starts_at: DateTime<Utc>, zone: Tz) -> DateTime<Utc> {
        match self {
            Self::Booked | Self::Cancelled => DateTime::<Utc>::MIN_UTC,
            Self::Arrived | Self::Called | Self::Served => {
                day_start(local_date(starts_at, zone), zone)
            }
            Self::Missed => starts_at,
        }
    }
}

/// Moves an appointment to `status`. Every step can be taken back, so that a slip of the mouse is
/// mended by the next click; only what is cancelled stays so. Marking twice is no error.
///
/// # Errors
/// `Forbidden` below clerk, [`Error::UnknownAppointment`], [`Error::WrongStatus`] for a cancelled
/// appointment or a cancellation, which has its own way; [`Error::TooEarly`] before
/// [`Status::possible_from`]; [`Error::SlotTaken`] when a missed appointment's place was given to
/// another; faults.
#[tracing::instrument(skip_all, fields(tenant = %scope.tenant))]
pub async fn mark_appointment(
    office: &Office,
    scope: &Scope,
    id: Uuid,
    status: Status,
) -> Result<Appointment, Error> {
    scope.require(Role::Clerk)?;
    let (event, action) = match status {
        // A mark that is taken back is no booking.
        Status::Booked => ("restored", Action::AppointmentRestored),
        Status::Arrived => (status.as_str(), Action::AppointmentArrived),
        Status::Called => (status.as_str(), Action::AppointmentCalled),
        Status::Served => (status.as_str(), Action::AppointmentServed),
        Status::Missed => (status.as_str(), Action::AppointmentMissed),
        Status::Cancelled => return Err(Error::WrongStatus),
    };
    let now = office.now();
    let zone = office.setup(scope).await?.town.time_zone;
    let tx = office.db.write(scope).await?;
    let row = AppointmentRef::Id(id).find(&tx).await?;
    if row.status == Status::Cancelled.as_str() {
        return Err(Error::WrongStatus);
    }
    if row.status == status.as_str() {
        return Appointment::from_row(row, None);
    }
    let from = status.possible_from(row.starts_at, zone);
    if now < from {
        return Err(Error::TooEarly { from });
    }
    let marked = tx
        .update(appointment::ActiveModel {
            tenant_id: Set(row.tenant_id),
            id: Set(row.id),
            status: Set(status.as_str().to_owned()),
            ..Default::default()
        })
        .await;
    let row = match marked {
        Ok(row) => row,
        // The place of one that was missed is free for others.
        Err(error) if is_overlap(&error) => {
            return Err(Error::SlotTaken { nearest: Vec::new() });
        }
        Err(error) => return Err(error.into()),
    };
    let channel = row.channel.parse()?;
    usage::count(&tx, now, event, channel, Some(row.location_id), &row.basket);
    audit::record(&tx, now, action, Some(row.id));
    tell(office, &tx, &row, status, now).await?;
    tx.commit().await?;
    office.mail_waiting.notify_one();
    Appointment::from_row(row, None)
}

/// Whoever was missed is told a while later; whoever turns up after all is not. Other programs are
/// told at once.
async fn tell(
    office: &Office,
    tx: &TenantTx,
    row: &appointment::Model,
    status: Status,
    now: DateTime<Utc>,
) -> Result<(), Error> {
    outbox::withdraw(tx, row.id, Kind::Missed).await?;
    let event = match status {
        Status::Arrived => WebhookEvent::Arrived,
        Status::Missed => WebhookEvent::Missed,
        Status::Booked | Status::Called | Status::Served | Status::Cancelled => return Ok(()),
    };
    let setup = office.setups.load(tx).await?;
    let contact = contact_of(office, tx, row.id).await?;
    let secret = secrets::link(&*office.vault.keyring(tx).await?, row.id)?;
    let appointment = Appointment::from_row(row.clone(), contact)?;
    let told = Told { office, setup: &setup, appointment: &appointment, secret: &secret };
    told.announce(tx, event, now).await?;
    if status == Status::Missed {
        told.tell_at(tx, Kind::Missed, "", now, now + SECOND_THOUGHTS).await?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whoever_is_early_has_come_and_nobody_has_missed_what_has_not_begun() {
        let zone = chrono_tz::Europe::Berlin;
        let at = |text: &str| -> DateTime<Utc> { text.parse().unwrap() };
        // A Thursday's first appointment; by UTC its day begins the evening before.
        let start = at("2026-11-26T06:30:00Z");
        for status in [Status::Arrived, Status::Called, Status::Served] {
            assert_eq!(status.possible_from(start, zone), at("2026-11-25T23:00:00Z"), "{status:?}");
        }
        assert_eq!(Status::Missed.possible_from(start, zone), start);
        // What was marked can be taken back at any time.
        assert!(Status::Booked.possible_from(start, zone) < at("2000-01-01T00:00:00Z"));
        // On the day on which the clocks go forward the day begins where it did.
        let spring = at("2026-03-29T08:00:00Z");
        assert_eq!(Status::Arrived.possible_from(spring, zone), at("2026-03-28T23:00:00Z"));
    }
}
