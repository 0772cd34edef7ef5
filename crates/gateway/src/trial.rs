//! A booking to try out: real, by a member of staff, at the first time that citizens would find.

use catalog::{hours::local_date, model::Slug};
use chrono::Days;
use scheduling::{
    Appointment, AppointmentRef, BasketLine, BookAppointment, Channel, Contact, Error,
    FreeSlotsQuery, Office, free_slots,
};
use tenant::Scope;
use uuid::Uuid;

/// How the idempotency keys of trial bookings begin: by it they are known, and no other appointment is
/// taken for one.
const KEY: &str = "trial-booking-";
/// How many days ahead a free time is looked for.
const AHEAD: Days = Days::new(60);

/// Books `service` for `contact`, who gets the mails that everybody gets; returns the key by which it
/// is found again, none where citizens find nothing free.
///
/// # Errors
/// Those of [`scheduling::book_appointment`].
pub(crate) async fn book(
    office: &Office,
    scope: &Scope,
    service: &Slug,
    contact: Contact,
) -> Result<Option<String>, Error> {
    let zone = office.setup(scope).await?.town.time_zone;
    let today = local_date(office.now(), zone);
    let basket = vec![BasketLine { service: service.clone(), quantity: 1 }];
    let query = FreeSlotsQuery {
        basket: basket.clone(),
        location: None,
        from: today,
        to: today + AHEAD,
        channel: Channel::Online,
        hold: None,
        instead_of: None,
    };
    let free = free_slots(office, scope, &query).await?;
    let first = free.days.iter().find_map(|day| Some((day.location, *day.starts.first()?)));
    let Some((location, starts_at)) = first else { return Ok(None) };
    let key = format!("{KEY}{}", Uuid::new_v4());
    let order = BookAppointment {
        basket,
        location,
        starts_at,
        channel: Channel::Phone,
        contact,
        hold: None,
        idempotency_key: key.clone(),
        locale: "de".to_owned(),
        beyond: false,
        settles: None,
        proof: None,
    };
    scheduling::book_appointment(office, scope, &order).await?;
    Ok(Some(key))
}

/// The trial booking that was made under `key`.
///
/// # Errors
/// [`Error::UnknownAppointment`] also for what is no trial booking; those of
/// [`scheduling::appointment_by_key`].
pub(crate) async fn find(office: &Office, scope: &Scope, key: &str) -> Result<Appointment, Error> {
    if !key.starts_with(KEY) {
        return Err(Error::UnknownAppointment);
    }
    scheduling::appointment_by_key(office, scope, key).await
}

/// Cancels the trial booking that was made under `key`, with the mail that everybody gets.
///
/// # Errors
/// Those of [`find`] and of [`scheduling::cancel_appointment`].
pub(crate) async fn cancel(
    office: &Office,
    scope: &Scope,
    key: &str,
    reason: &str,
) -> Result<(), Error> {
    let which = AppointmentRef::Id(find(office, scope, key).await?.id);
    scheduling::cancel_appointment(office, scope, &which, reason).await?;
    Ok(())
}
