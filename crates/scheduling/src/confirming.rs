//! Double opt-in: where the town asks for it, an appointment stands only once its citizen has shown
//! that the address is theirs.

use catalog::model::WebhookEvent;
use chrono::{DateTime, Utc};
use notification::notice::Kind;
use sea_orm::{ColumnTrait, Set};
use tenant::{
    Scope, TenantTx, audit,
    seal::{Keyring, token_hash},
};
use uuid::Uuid;

use crate::{
    Appointment, Channel, Error, Office, Status,
    appointments::contact_of,
    entity::{appointment, contact as contact_row},
    notices::Told,
    returning, secrets, usage,
};

/// The secret of the link that confirms: another than that of the appointment's own page, which
/// whoever books sees at once.
pub(crate) fn secret(keyring: &Keyring, id: Uuid) -> Result<String, Error> {
    secrets::derived(keyring, "confirm", id)
}

/// The appointment that the mailed `secret` confirms, with the secret of its own page.
///
/// # Errors
/// [`Error::UnknownAppointment`], faults.
pub async fn appointment_to_confirm(
    office: &Office,
    scope: &Scope,
    secret: &str,
) -> Result<(Appointment, String), Error> {
    let tx = office.db.read(scope).await?;
    let row = find(&tx, secret).await?;
    let own = secrets::link(&*office.vault.keyring(&tx).await?, row.id)?;
    let contact = contact_of(office, &tx, row.id).await?;
    Ok((Appointment::from_row(row, contact)?, own))
}

/// Lets an appointment stand: its address is confirmed. Now come the confirmation and, in time, the
/// reminders. Confirming twice is no error.
///
/// # Errors
/// [`Error::UnknownAppointment`], [`Error::WrongStatus`] when it was too late or was cancelled,
/// faults.
#[tracing::instrument(skip_all, fields(tenant = %scope.tenant))]
pub async fn confirm_appointment(
    office: &Office,
    scope: &Scope,
    secret: &str,
) -> Result<Appointment, Error> {
    let now = office.now();
    let setup = office.setup(scope).await?;
    let tx = office.db.write(scope).await?;
    let row = find(&tx, secret).await?;
    let contact = contact_of(office, &tx, row.id).await?;
    let Some(until) = row.confirm_until else { return Appointment::from_row(row, contact) };
    if row.status != Status::Booked.as_str() || until <= now {
        return Err(Error::WrongStatus);
    }
    returning::forget_lapse(&tx, &row).await?;
    let row = tx
        .update(appointment::ActiveModel {
            tenant_id: Set(row.tenant_id),
            id: Set(row.id),
            confirm_until: Set(None),
            ..Default::default()
        })
        .await?;
    audit::record(&tx, now, audit::Action::AppointmentConfirmed, Some(row.id));
    let own = secrets::link(&*office.vault.keyring(&tx).await?, row.id)?;
    let appointment = Appointment::from_row(row, contact)?;
    let told = Told { office, setup: &setup, appointment: &appointment, secret: &own };
    told.announce(&tx, WebhookEvent::Booked, now).await?;
    told.tell(&tx, Kind::Confirmation, "", now).await?;
    told.plan_reminders(&tx, now).await?;
    tx.commit().await?;
    office.mail_waiting.notify_one();
    Ok(appointment)
}

/// Gives back the places of those who did not confirm in time; returns how many.
///
/// # Errors
/// Faults.
pub async fn lapse_unconfirmed(office: &Office, scope: &Scope) -> Result<usize, Error> {
    let now = office.now();
    let tx = office.db.read(scope).await?;
    let due = tx
        .find::<appointment::Entity>()
        .filter(appointment::Column::Status.eq(Status::Booked.as_str()))
        .filter(appointment::Column::ConfirmUntil.lte(now))
        .count()
        .await?;
    drop(tx);
    if due == 0 {
        return Ok(0);
    }
    let tx = office.db.write(scope).await?;
    let lapsed = lapse(&tx, now).await?;
    tx.commit().await?;
    office.place_freed.ring(scope.tenant);
    Ok(lapsed)
}

/// The same within a transaction, such as one that books such a place. The contact data go at
/// once: nobody has said that they are theirs.
pub(crate) async fn lapse(tx: &TenantTx, now: DateTime<Utc>) -> Result<usize, Error> {
    let sql = "UPDATE appointment SET status = 'cancelled', sequence = sequence + 1 \
               WHERE tenant_id = $1 AND status = 'booked' AND confirm_until <= $2 \
               RETURNING id, location_id, basket";
    let rows = tx.query(sql, vec![now.into()]).await?;
    for row in &rows {
        let id: Uuid = row.try_get("", "id")?;
        let location: Uuid = row.try_get("", "location_id")?;
        let basket: serde_json::Value = row.try_get("", "basket")?;
        tx.delete::<contact_row::Entity>(contact_row::Column::SubjectId.eq(id)).await?;
        usage::count(tx, now, "lapsed", Channel::Online, Some(location), &basket);
        audit::record(tx, now, audit::Action::AppointmentLapsed, Some(id));
    }
    Ok(rows.len())
}

async fn find(tx: &TenantTx, secret: &str) -> Result<appointment::Model, Error> {
    tx.find::<appointment::Entity>()
        .filter(appointment::Column::ConfirmHash.eq(token_hash(secret)))
        .for_update()
        .one()
        .await?
        .ok_or(Error::UnknownAppointment)
}
