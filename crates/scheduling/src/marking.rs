//! The counter day: somebody arrived, was served, never came.

use catalog::model::WebhookEvent;
use chrono::{DateTime, TimeDelta, Utc};
use notification::{notice::Kind, outbox};
use sea_orm::Set;
use tenant::{Role, Scope, TenantTx, audit};
use uuid::Uuid;

use crate::{
    Appointment, AppointmentRef, Error, Office, Status, appointments::contact_of,
    booking::is_overlap, entity::appointment, notices::Told, secrets, usage,
};

/// So long a mark can be taken back before the citizen is told.
const SECOND_THOUGHTS: TimeDelta = TimeDelta::minutes(30);

/// Moves an appointment to `status`. Every step can be taken back, so that a slip of the mouse is
/// mended by the next click; only what is cancelled stays so. Marking twice is no error.
///
/// # Errors
/// `Forbidden` below clerk, [`Error::UnknownAppointment`], [`Error::WrongStatus`] for a cancelled
/// appointment or a cancellation, which has its own way; [`Error::SlotTaken`] when a missed
/// appointment's place was given to another; faults.
#[tracing::instrument(skip_all, fields(tenant = %scope.tenant))]
pub async fn mark_appointment(
    office: &Office,
    scope: &Scope,
    id: Uuid,
    status: Status,
) -> Result<Appointment, Error> {
    scope.require(Role::Clerk)?;
    let now = office.now();
    let tx = office.db.write(scope).await?;
    let row = AppointmentRef::Id(id).find(&tx).await?;
    if row.status == Status::Cancelled.as_str() || status == Status::Cancelled {
        return Err(Error::WrongStatus);
    }
    if row.status == status.as_str() {
        return Appointment::from_row(row, None);
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
    // A mark that is taken back is no booking.
    let event = if status == Status::Booked { "restored" } else { status.as_str() };
    usage::count(&tx, now, event, channel, Some(row.location_id), &row.basket).await?;
    audit::record(&tx, now, &format!("appointment.{event}"), Some(row.id)).await?;
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
