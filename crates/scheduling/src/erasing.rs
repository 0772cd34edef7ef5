//! Erasing at the citizen's own wish (Art. 17 GDPR), before the retention period ends.

use catalog::model::WebhookEvent;
use chrono::{DateTime, Utc};
use sea_orm::{ColumnTrait as _, QueryResult};
use tenant::{Scope, TenantTx, audit};
use uuid::Uuid;

use crate::{
    Appointment, AppointmentRef, Error, Office, Status,
    cancelling::give_up,
    entity::{appointment_note, appointment_request},
    notices::Told,
    waiting,
};

/// Deletes who comes, with the wishes and the request that belong to it and all mails about them; an
/// appointment to come is cancelled with it, without a mail, since there is no address any more. Returns
/// the ids of the deleted mails, of which copies may be kept elsewhere.
///
/// # Errors
/// [`Error::UnknownAppointment`], [`Error::WrongStatus`] while the citizen is being served, faults.
#[tracing::instrument(skip_all, fields(tenant = %scope.tenant))]
pub async fn erase_appointment(
    office: &Office,
    scope: &Scope,
    secret: &str,
) -> Result<Vec<Uuid>, Error> {
    let now = office.now();
    let setup = office.setup(scope).await?;
    let tx = office.db.write(scope).await?;
    let row = AppointmentRef::Secret(secret.to_owned()).find(&tx).await?;
    let cancelled = match row.status.parse()? {
        Status::Arrived | Status::Called => return Err(Error::WrongStatus),
        Status::Booked if row.ends_at > now => {
            let cancelled = give_up(&tx, &setup, &row, true, now).await?;
            // Nobody has heard of what was never confirmed.
            match row.confirm_until {
                None => Some(Appointment::from_row(cancelled, None)?),
                Some(_) => None,
            }
        }
        Status::Booked | Status::Served | Status::Missed | Status::Cancelled => None,
    };
    let mut mails = forget(&tx, row.id, now).await?;
    let of_appointment = appointment_request::Column::AppointmentId.eq(row.id);
    for request in tx.find::<appointment_request::Entity>().filter(of_appointment).all().await? {
        mails.extend(forget(&tx, request.id, now).await?);
    }
    for wish in waiting::end_of(&tx, &setup, row.id, now).await? {
        mails.extend(forget(&tx, wish, now).await?);
    }
    if let Some(appointment) = cancelled {
        let told = Told { office, setup: &setup, appointment: &appointment, secret };
        told.announce(&tx, WebhookEvent::Cancelled, now).await?;
    }
    tx.commit().await?;
    office.mail_waiting.notify_one();
    office.place_freed.ring(scope.tenant);
    Ok(mails)
}

/// Deletes contact data, note and mails of one subject; returns the ids of the mails.
pub(crate) async fn forget(
    tx: &TenantTx,
    subject: Uuid,
    now: DateTime<Utc>,
) -> Result<Vec<Uuid>, Error> {
    let sql =
        "DELETE FROM contact WHERE tenant_id = $1 AND subject_id = $2 RETURNING subject_id AS id";
    tx.query(sql, vec![subject.into()]).await?;
    let of_note = appointment_note::Column::AppointmentId.eq(subject);
    tx.delete::<appointment_note::Entity>(of_note).await?;
    // What a repeated submit was known by is a hash of who came.
    for table in ["appointment", "appointment_request", "waiting_wish"] {
        let sql = format!("UPDATE {table} SET fingerprint = $3 WHERE tenant_id = $1 AND id = $2");
        tx.query(&sql, vec![subject.into(), Vec::<u8>::new().into()]).await?;
    }
    let sql = "DELETE FROM outbox WHERE tenant_id = $1 AND subject_id = $2 RETURNING id";
    let mails = ids(&tx.query(sql, vec![subject.into()]).await?)?;
    audit::record(tx, now, audit::Action::ContactDeleted, Some(subject));
    Ok(mails)
}

pub(crate) fn ids(rows: &[QueryResult]) -> Result<Vec<Uuid>, Error> {
    Ok(rows.iter().map(|row| row.try_get("", "id")).collect::<Result<_, _>>()?)
}
