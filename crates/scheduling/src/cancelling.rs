//! Cancelling: by the citizen whose plans have changed, by the office that cannot keep its word.

use catalog::model::{TownSetup, WebhookEvent};
use chrono::{DateTime, Utc};
use notification::notice::Kind;
use sea_orm::Set;
use tenant::{Scope, TenantTx, audit};

use crate::{
    Appointment, AppointmentRef, Error, Office, Status, appointments::contact_of,
    entity::appointment, notices::Told, returning, secrets, slots::Busy, undoing::Part, usage,
    waiting, words,
};

/// Cancels an appointment: its slot is free at once, for the public after a while where a citizen gave
/// it back; its reminder is forgotten, and a mail says so with `reason`, which only the office gives. Cancelling twice is no error.
///
/// # Errors
/// [`Error::TooLong`] for the reason, [`Error::UnknownAppointment`], [`Error::WrongStatus`] once it has
/// begun or was missed, `Forbidden` by identity below clerk, faults.
#[tracing::instrument(skip_all, fields(tenant = %scope.tenant))]
pub async fn cancel_appointment(
    office: &Office,
    scope: &Scope,
    which: &AppointmentRef,
    reason: &str,
) -> Result<Appointment, Error> {
    cancel(office, scope, which, &words::reason(reason)?, None).await
}

/// The same, as a part of an operation that can be undone until its mails leave;
/// [`Error::WrongStatus`] also for what has changed since the operation found it.
pub(crate) async fn cancel(
    office: &Office,
    scope: &Scope,
    which: &AppointmentRef,
    reason: &str,
    part: Option<Part<'_>>,
) -> Result<Appointment, Error> {
    let now = office.now();
    let setup = office.setup(scope).await?;
    let tx = office.db.write(scope).await?;
    let operation = part.map(|part| part.operation);
    if let Some(operation) = operation {
        operation.stands(&tx).await?;
    }
    let row = which.find(&tx).await?;
    if let Some(part) = part {
        part.check(&row)?;
    }
    let contact = contact_of(office, &tx, row.id).await?;
    let status: Status = row.status.parse()?;
    if status == Status::Cancelled {
        return Appointment::from_row(row, contact);
    }
    let (kind, may) = match which {
        AppointmentRef::Secret(_) => {
            (Kind::Cancelled, status == Status::Booked && row.starts_at > now)
        }
        AppointmentRef::Id(_) => {
            (Kind::CancelledByOffice, matches!(status, Status::Booked | Status::Arrived))
        }
    };
    if !may {
        return Err(Error::WrongStatus);
    }
    let before = row;
    let by_citizen = matches!(which, AppointmentRef::Secret(_));
    let row = give_up(&tx, &setup, &before, by_citizen, now).await?;
    if let Some(operation) = operation {
        operation.note(&tx, &before, row.sequence).await?;
    }
    let secret = secrets::link(&*office.vault.keyring(&tx).await?, row.id)?;
    let appointment = Appointment::from_row(row, contact)?;
    let told = Told { office, setup: &setup, appointment: &appointment, secret: &secret };
    // Nobody has heard of what was never confirmed, and the address may be somebody else's.
    if before.confirm_until.is_none() {
        told.announce_of(&tx, WebhookEvent::Cancelled, operation, now).await?;
        told.tell_of(&tx, kind, reason, operation, now).await?;
    }
    told.plan_reminders_anew(&tx, operation, now).await?;
    tx.commit().await?;
    office.mail_waiting.notify_one();
    office.place_freed.ring(scope.tenant);
    Ok(appointment)
}

/// Gives an appointment's place up, in the transaction that says why; one that its citizen gives
/// back the public sees again after a while.
pub(crate) async fn give_up(
    tx: &TenantTx,
    setup: &TownSetup,
    row: &appointment::Model,
    by_citizen: bool,
    now: DateTime<Utc>,
) -> Result<appointment::Model, Error> {
    let cancelled = tx
        .update(appointment::ActiveModel {
            tenant_id: Set(row.tenant_id),
            id: Set(row.id),
            status: Set(Status::Cancelled.as_str().to_owned()),
            sequence: Set(row.sequence + 1),
            ..Default::default()
        })
        .await?;
    returning::forget_lapse(tx, row).await?;
    if by_citizen {
        // Whom the office cancels stays on the list.
        waiting::end_of(tx, setup, row.id, now).await?;
        returning::give_back(tx, setup, Busy::from(row), now);
    }
    let channel = row.channel.parse()?;
    usage::count(tx, now, "cancelled", channel, Some(row.location_id), &row.basket);
    audit::record(tx, now, audit::Action::AppointmentCancelled, Some(row.id));
    Ok(cancelled)
}
