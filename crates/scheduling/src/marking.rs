//! The counter day: somebody arrived, was served, never came.

use sea_orm::{ColumnTrait, Set};
use tenant::{Role, Scope, TenantTx, audit};
use uuid::Uuid;

use crate::{Appointment, Error, Office, Status, entity::appointment, usage};

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
    let row = tx
        .find::<appointment::Entity>()
        .filter(appointment::Column::Id.eq(id))
        .one()
        .await?
        .ok_or(Error::UnknownAppointment)?;
    if row.status == Status::Cancelled.as_str() || status == Status::Cancelled {
        return Err(Error::WrongStatus);
    }
    if row.status == status.as_str() {
        return Appointment::from_row(row, None);
    }
    if status.occupies() && is_taken(&tx, &row).await? {
        return Err(Error::SlotTaken { nearest: Vec::new() });
    }
    let row = tx
        .update(appointment::ActiveModel {
            tenant_id: Set(row.tenant_id),
            id: Set(row.id),
            status: Set(status.as_str().to_owned()),
            ..Default::default()
        })
        .await?;
    let channel = row.channel.parse()?;
    usage::count(&tx, now, status.as_str(), channel, Some(row.location_id), &row.basket).await?;
    let action = format!("appointment.{}", status.as_str());
    audit::record(&tx, now, &action, Some(row.id)).await?;
    tx.commit().await?;
    Appointment::from_row(row, None)
}

/// Whether another appointment occupies the counter at that time: the place of one that was missed
/// is free for others. The database would refuse too; here it is still a plain answer.
async fn is_taken(tx: &TenantTx, row: &appointment::Model) -> Result<bool, Error> {
    let others = tx
        .find::<appointment::Entity>()
        .filter(appointment::Column::CounterId.eq(row.counter_id))
        .filter(appointment::Column::Id.ne(row.id))
        .filter(appointment::Column::StartsAt.lt(row.ends_at))
        .filter(appointment::Column::EndsAt.gt(row.starts_at))
        .filter(appointment::Column::Status.is_not_in(["missed", "cancelled"]))
        .count()
        .await?;
    Ok(others > 0)
}
