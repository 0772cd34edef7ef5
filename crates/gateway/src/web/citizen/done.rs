//! The pages that a citizen's secret opens.

use askama::Template;
use axum::{
    extract::Path,
    http::{StatusCode, header},
    response::{IntoResponse as _, Response},
};
use catalog::model::{BookingMode, Location};
use notification::dates;
use scheduling::{Appointment, Status};
use serde::Deserialize;

use super::{
    own,
    prepare::{self, Line},
};
use crate::web::{
    Answer,
    error::Failure,
    page::{Page, render},
    town::Town,
};

/// The secret in the address.
#[derive(Deserialize)]
pub(super) struct Key {
    /// As it stands in the link of the mail.
    pub secret: String,
}

impl Key {
    /// Path of the page that it opens.
    pub(super) fn path(&self) -> String {
        format!("/termin/b/{}", self.secret)
    }
}

#[derive(Template)]
#[template(path = "citizen/booked.html")]
struct BookedPage<'a> {
    page: &'a Page,
    appointment: &'a Appointment,
    cancelled: bool,
    /// Until when the address has to be confirmed.
    unconfirmed: Option<String>,
    location: Option<&'a Location>,
    date: String,
    time: String,
    lines: Vec<Line<'a>>,
    minutes: u16,
    calendar: String,
    /// Whether it was just changed.
    changed: bool,
    /// Where it is moved and where it is cancelled, while that is possible.
    reschedule: Option<String>,
    cancel: Option<String>,
    data: String,
    /// Where somebody gets short messages.
    stop_sms: Option<String>,
    erase: String,
    /// Whether it is still known who comes.
    has_data: bool,
}

/// `GET /{town}/termin/b/{secret}`
pub(super) async fn booked(town: Town, Path(key): Path<Key>) -> Answer {
    let appointment = find(&town, &key).await?;
    let lines = prepare::lines(&town.setup, &appointment.basket);
    let below = |page: &str| town.page.to(&format!("{}/{page}", key.path()));
    let stands = appointment.status == Status::Booked && appointment.starts_at > town.now();
    // For what staff give the time of, a new time is theirs to give.
    let direct = lines.iter().all(|line| line.service.mode == BookingMode::Direct);
    let booked = BookedPage {
        page: &town.page,
        cancelled: appointment.status == Status::Cancelled,
        unconfirmed: appointment.confirm_until.map(|until| own::when(&town, until)),
        location: appointment.location_in(&town.setup),
        date: dates::date(town.local_date(appointment.starts_at), town.locale()),
        time: dates::time(appointment.starts_at, town.setup.town.time_zone, town.locale()),
        minutes: prepare::minutes(&lines),
        lines,
        calendar: below("termin.ics"),
        changed: town.query.iter().any(|(name, _)| name == "geaendert"),
        reschedule: (stands && direct && appointment.confirm_until.is_none())
            .then(|| below("verschieben")),
        cancel: stands.then(|| below("absagen")),
        data: below("daten.json"),
        stop_sms: appointment
            .contact
            .as_ref()
            .filter(|contact| contact.sms)
            .map(|_| below("sms-aus")),
        erase: below("loeschen"),
        has_data: appointment.contact.is_some(),
        appointment: &appointment,
    };
    Ok(render(StatusCode::OK, &booked))
}

/// `GET /{town}/termin/b/{secret}/termin.ics`
pub(super) async fn calendar(town: Town, Path(key): Path<Key>) -> Result<Response, Failure> {
    let appointment = find(&town, &key).await?;
    let file =
        scheduling::calendar_file(&town.office, &town.scope, &appointment, &key.secret).await;
    let headers = [
        (header::CONTENT_TYPE, "text/calendar; charset=utf-8"),
        (header::CONTENT_DISPOSITION, "attachment; filename=\"termin.ics\""),
    ];
    Ok((headers, file.map_err(|error| town.fail(error))?).into_response())
}

/// The appointment that the key opens.
pub(super) async fn find(town: &Town, key: &Key) -> Result<Appointment, Failure> {
    scheduling::appointment_by_secret(&town.office, &town.scope, &key.secret)
        .await
        .map_err(|error| town.fail(error))
}
