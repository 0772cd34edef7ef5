//! A booking to try out: real, by a member of staff, at the first time that citizens would find.

use catalog::{hours::local_date, model::Slug};
use chrono::Days;
use scheduling::{
    Appointment, BasketLine, BookAppointment, Channel, Contact, Error, FreeSlotsQuery, Office,
    free_slots,
};
use tenant::Scope;
use uuid::Uuid;

/// How many days ahead a free time is looked for.
const AHEAD: Days = Days::new(60);

/// Books `service` for `contact`, who gets the mails that everybody gets; none where citizens find
/// nothing free.
///
/// # Errors
/// Those of [`scheduling::book_appointment`].
pub(crate) async fn book(
    office: &Office,
    scope: &Scope,
    service: &Slug,
    contact: Contact,
) -> Result<Option<Appointment>, Error> {
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
    let order = BookAppointment {
        basket,
        location,
        starts_at,
        channel: Channel::Phone,
        contact,
        hold: None,
        idempotency_key: Uuid::new_v4().to_string(),
        locale: "de".to_owned(),
        beyond: false,
        settles: None,
        proof: None,
    };
    let booked = scheduling::book_appointment(office, scope, &order).await?;
    Ok(Some(booked.appointment))
}
