//! What is stored about a person, for that person (Art. 15 and 20 GDPR).

use notification::outbox::{self, Message};
use sea_orm::{ColumnTrait as _, Order};
use serde::Serialize;
use tenant::Scope;

use crate::{
    Appointment, AppointmentRef, BasketLine, Contact, Error, Note, Office, WaitingWish,
    appointment_note,
    appointments::contact_of,
    entity::{appointment_request, waiting_wish},
};

/// Everything that is stored about the person who has an appointment.
#[derive(Debug)]
pub struct Stored {
    /// The appointment with the contact data.
    pub appointment: Appointment,
    /// What staff have noted.
    pub note: Option<Note>,
    /// What was written to the person and to the town's other programs, and what still waits.
    pub messages: Vec<Message>,
    /// Wishes for an earlier time.
    pub wishes: Vec<StoredWish>,
    /// The request that the appointment came from.
    pub request: Option<StoredRequest>,
}

/// A request for an appointment.
#[derive(Debug, Serialize)]
pub struct StoredRequest {
    /// Short code for the phone.
    pub code: String,
    /// Where it stands.
    pub status: String,
    /// What for.
    pub services: Vec<BasketLine>,
    /// The times that were wished for.
    pub wishes: serde_json::Value,
    /// Who asked, as they wrote it then.
    pub contact: Option<Contact>,
}

/// A wish for an earlier time on the waiting list.
#[derive(Debug, Serialize)]
pub struct StoredWish {
    /// Short code for the phone.
    pub code: String,
    /// Where it stands.
    pub status: String,
    /// What for.
    pub services: Vec<BasketLine>,
    /// What suits.
    pub wish: WaitingWish,
}

/// All that is stored with the appointment whose page `secret` opens.
///
/// # Errors
/// [`Error::UnknownAppointment`], faults.
pub async fn stored(office: &Office, scope: &Scope, secret: &str) -> Result<Stored, Error> {
    let which = AppointmentRef::Secret(secret.to_owned());
    let note = appointment_note(office, scope, &which).await?;
    let tx = office.db.read(scope).await?;
    let row = which.look_up(&tx).await?;
    let wishes = tx
        .find::<waiting_wish::Entity>()
        .filter(waiting_wish::Column::AppointmentId.eq(row.id))
        .order_by(waiting_wish::Column::CreatedAt, Order::Asc)
        .all()
        .await?;
    let mut messages = outbox::about(&tx, row.id).await?;
    for wish in &wishes {
        messages.extend(outbox::about(&tx, wish.id).await?);
    }
    let request = tx
        .find::<appointment_request::Entity>()
        .filter(appointment_request::Column::AppointmentId.eq(row.id))
        .one()
        .await?;
    let request = match request {
        Some(request) => {
            messages.extend(outbox::about(&tx, request.id).await?);
            Some(StoredRequest {
                contact: contact_of(office, &tx, request.id).await?,
                code: request.code,
                status: request.status,
                services: serde_json::from_value(request.basket).map_err(catalog::Error::from)?,
                wishes: request.wishes,
            })
        }
        None => None,
    };
    messages.sort_by_key(|message| message.written_at);
    let wishes = wishes.into_iter().map(stored_wish).collect::<Result<_, _>>()?;
    let contact = contact_of(office, &tx, row.id).await?;
    let appointment = Appointment::from_row(row, contact)?;
    Ok(Stored { appointment, note, messages, wishes, request })
}

fn stored_wish(row: waiting_wish::Model) -> Result<StoredWish, Error> {
    Ok(StoredWish {
        code: row.code,
        status: row.status,
        services: serde_json::from_value(row.basket).map_err(catalog::Error::from)?,
        wish: serde_json::from_value(row.wish).map_err(catalog::Error::from)?,
    })
}
