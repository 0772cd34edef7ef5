//! Taking an offered place: a booking, or a move of the later appointment.

use chrono::{DateTime, Utc};
use sea_orm::{ColumnTrait, Set};
use tenant::{Scope, TenantTx};
use uuid::Uuid;

use super::{WaitingStatus, end, find, wait_on, waiting};
use crate::{
    AppointmentRef, BookAppointment, Booked, Channel, Error, Office, Reschedule, Status,
    appointments::contact_of,
    book_appointment,
    entity::{appointment, waiting_wish},
    offer::{Offer, Settles, Shown, Taking},
    reschedule_appointment, secrets,
};

/// Takes the place that is kept: books it, or moves the later appointment to it, whose place goes
/// to the next; the waiting ends in the same transaction. The same call twice at the same moment is
/// one appointment.
///
/// # Errors
/// [`Error::WrongStatus`] when nothing is kept (any more), or another place than was `shown`;
/// [`Error::SlotTaken`] and
/// [`Error::SlotNotOffered`] in the rare case that the place is gone, of which another comes in its
/// stead; faults.
#[tracing::instrument(skip_all, fields(tenant = %scope.tenant))]
pub async fn take_offer(
    office: &Office,
    scope: &Scope,
    secret: &str,
    shown: Option<&Shown>,
) -> Result<Booked, Error> {
    let tx = office.db.read(scope).await?;
    let row = find(&tx, secret).await?;
    drop(tx);
    let offer = row.offer().filter(|offer| offer.is(shown)).ok_or(Error::WrongStatus)?;
    let taken = take(office, scope, (row, offer)).await;
    if let Err(Error::SlotTaken { .. } | Error::SlotNotOffered) = taken {
        // Somebody was faster than the offer, or the counter has been closed.
        let tx = office.db.write(scope).await?;
        let row = find(&tx, secret).await?;
        if row.offer() == Some(offer) {
            wait_on(&tx, row).await?;
            tx.commit().await?;
            office.place_freed.ring(scope.tenant);
        }
    }
    taken
}

async fn take(
    office: &Office,
    scope: &Scope,
    (row, offer): (waiting_wish::Model, Offer),
) -> Result<Booked, Error> {
    let tx = office.db.read(scope).await?;
    let contact = contact_of(office, &tx, row.id).await?;
    let keyring = office.vault.keyring(&tx).await?;
    let proven = row.proven;
    let own = waiting(&keyring, row, contact)?;
    // An appointment that the office has cancelled since cannot be moved.
    let later = match own.instead_of {
        Some(id) => {
            let own = tx.find::<appointment::Entity>().filter(appointment::Column::Id.eq(id));
            let row = own.one().await?.ok_or(Error::WrongStatus)?;
            match row.status.parse()? {
                Status::Booked => Some(id),
                Status::Cancelled => None,
                _ => return Err(Error::WrongStatus),
            }
        }
        None => None,
    };
    drop(tx);
    let taking = Taking { wish: own.id, span: offer.span, proven };
    if let Some(id) = later {
        let secret = secrets::link(&keyring, id)?;
        let wanted = Reschedule {
            which: AppointmentRef::Secret(secret.clone()),
            location: offer.location,
            starts_at: offer.starts_at,
            counter: None,
            basket: None,
            hold: None,
            reason: String::new(),
            takes: Some(taking),
        };
        let appointment = reschedule_appointment(office, scope, &wanted).await?;
        return Ok(Booked { appointment, secret });
    }
    let wanted = BookAppointment {
        basket: own.basket,
        location: offer.location,
        starts_at: offer.starts_at,
        channel: Channel::Online,
        contact: own.contact.ok_or(Error::WrongStatus)?,
        hold: None,
        idempotency_key: format!("waiting-{}", own.id),
        locale: own.locale,
        settles: Some(Settles::Wish(taking)),
        beyond: false,
        proof: None,
    };
    book_appointment(office, scope, &wanted).await
}

/// Passes while exactly this offer stands; whoever wants to change it waits for this transaction.
pub(crate) async fn check_taken(
    tx: &TenantTx,
    taking: &Taking,
    now: DateTime<Utc>,
) -> Result<(), Error> {
    let row = tx
        .find::<waiting_wish::Entity>()
        .filter(waiting_wish::Column::Id.eq(taking.wish))
        .filter(waiting_wish::Column::Status.eq(WaitingStatus::Offered.as_str()))
        .for_update()
        .one()
        .await?;
    let offer = row.and_then(|row| row.offer());
    let stands = offer.is_some_and(|offer| offer.until > now && offer.span == taking.span);
    if stands { Ok(()) } else { Err(Error::WrongStatus) }
}

/// Ends the waiting with the appointment that has come of it, in the transaction that books or moves.
pub(crate) async fn taken(
    tx: &TenantTx,
    taking: &Taking,
    appointment: Uuid,
    now: DateTime<Utc>,
) -> Result<(), Error> {
    tx.update(waiting_wish::ActiveModel {
        tenant_id: Set(tx.scope().tenant.0),
        id: Set(taking.wish),
        appointment_id: Set(Some(appointment)),
        ..Default::default()
    })
    .await?;
    end(tx, taking.wish, WaitingStatus::Taken, now).await
}
