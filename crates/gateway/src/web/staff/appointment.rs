//! One appointment: who, what, where it stands, and what can be done.

use askama::Template;
use axum::{
    extract::Path,
    http::StatusCode,
    response::{IntoResponse as _, Redirect},
};
use catalog::{
    model::{Location, Service},
    retired::Retired,
};
use notification::{dates, outbox::DeadLetter};
use scheduling::{Appointment, AppointmentRef, Error, MAX_NOTE, Note, Status};
use serde::Deserialize;
use uuid::Uuid;

use super::{
    desk::{self, Desk},
    form::Posted,
    mails::why,
};
use crate::web::{
    Answer,
    page::{Page, render},
};

#[derive(Template)]
#[template(path = "staff/appointment.html")]
struct AppointmentPage<'a> {
    page: &'a Page,
    room: &'static str,
    desk: &'a Desk,
    appointment: &'a Appointment,
    location: Option<&'a Location>,
    counter: &'a str,
    /// Whether the town no longer has the counter.
    is_retired: bool,
    date: String,
    services: Vec<(&'a Service, u16)>,
    steps: Vec<Step>,
    back: String,
    note: Option<Note>,
    /// What was typed and not done.
    refused: Option<Refused<'a>>,
    /// What did not arrive, and why.
    undelivered: Vec<(&'static str, String)>,
}

/// What was typed and not done, so that it is not lost.
pub(super) enum Refused<'a> {
    /// A note that is too long.
    LongNote(&'a str),
    /// A note in whose place another one was written meanwhile.
    LateNote(&'a str),
    /// The reason of a cancellation that is not possible (any more).
    Cancelling(&'a str),
}

impl Refused<'_> {
    fn status(&self) -> StatusCode {
        match self {
            Self::LongNote(_) => StatusCode::UNPROCESSABLE_ENTITY,
            Self::LateNote(_) | Self::Cancelling(_) => StatusCode::CONFLICT,
        }
    }
}

impl AppointmentPage<'_> {
    /// The note as it is typed or written.
    fn noted(&self) -> &str {
        match self.refused {
            Some(Refused::LongNote(text) | Refused::LateNote(text)) => text,
            _ => self.note.as_ref().map_or("", |note| note.text.as_str()),
        }
    }

    /// When the note was written that the form shows.
    fn noted_at(&self) -> String {
        self.note.as_ref().map(|note| note.written_at.to_rfc3339()).unwrap_or_default()
    }

    fn has_changed(&self) -> bool {
        matches!(self.refused, Some(Refused::LateNote(_)))
    }

    /// What is wrong with the note itself.
    fn problem(&self) -> Option<String> {
        matches!(self.refused, Some(Refused::LongNote(_)))
            .then(|| format!("Eine Notiz hat höchstens {MAX_NOTE} Zeichen."))
    }

    /// The reason that nobody was told.
    fn unsent(&self) -> Option<&str> {
        match self.refused {
            Some(Refused::Cancelling(reason)) => Some(reason),
            _ => None,
        }
    }
}

/// A status the appointment can be moved to.
struct Step {
    status: &'static str,
    label: &'static str,
    primary: bool,
}

/// `GET /{town}/verwaltung/termine/{id}`
pub(super) async fn show(desk: Desk, Path(named): Path<Named>) -> Answer {
    page(&desk, &named, None).await
}

/// The page as it is now, with what was not done.
pub(super) async fn page(desk: &Desk, named: &Named, refused: Option<Refused<'_>>) -> Answer {
    let status = refused.as_ref().map_or(StatusCode::OK, Refused::status);
    let found = scheduling::appointment_by_id(&desk.office, &desk.scope, named.id).await;
    let appointment = found.map_err(|error| desk.fail(error))?;
    let undelivered = scheduling::undelivered(&desk.office, &desk.scope, Some(named.id)).await;
    let undelivered = undelivered.map_err(|error| desk.fail(error))?;
    let which = AppointmentRef::Id(named.id);
    let note = scheduling::appointment_note(&desk.office, &desk.scope, &which).await;
    let note = note.map_err(|error| desk.fail(error))?;
    let location = appointment.location_in(&desk.setup);
    let counters = location.map(|location| location.counters.as_slice()).unwrap_or_default();
    let counter = counters.iter().find(|own| own.id == appointment.counter);
    let retired = match counter {
        Some(_) => Retired::default(),
        None => scheduling::retired(&desk.office, &desk.scope)
            .await
            .map_err(|error| desk.fail(error))?,
    };
    let location = location.or(retired.location(appointment.location));
    let counter = counter.or(retired.counter(appointment.counter));
    let date = desk.local(appointment.starts_at).date_naive();
    let basket = appointment.basket.iter();
    let page = AppointmentPage {
        page: &desk.page,
        room: "termin",
        desk,
        appointment: &appointment,
        location,
        counter: counter.map(|own| own.name.as_str()).unwrap_or_default(),
        is_retired: counter.is_some_and(|own| retired.counter(own.id).is_some()),
        date: dates::date(date, "de"),
        services: basket
            .filter_map(|line| Some((desk.setup.service(&line.service)?, line.quantity)))
            .collect(),
        steps: steps(desk, &appointment),
        back: day_of(desk, &appointment),
        note,
        refused,
        undelivered: last_of_each(&undelivered),
    };
    Ok(render(status, &page))
}

/// The newest mail and the newest short message that did not arrive; other programs are none of the
/// clerks' business.
fn last_of_each(undelivered: &[DeadLetter]) -> Vec<(&'static str, String)> {
    let media =
        [("mail", "Eine E-Mail ist nicht angekommen"), ("sms", "Eine SMS ist nicht angekommen")];
    let newest = |(medium, title)| {
        let letter = undelivered.iter().find(|letter| letter.medium == medium)?;
        Some((title, why(&letter.reason)))
    };
    media.into_iter().filter_map(newest).collect()
}

/// What the address names, such as an appointment; a town's slug may stand before it.
#[derive(Deserialize)]
pub(super) struct Named {
    /// Its identity.
    pub id: Uuid,
}

impl Named {
    /// Path of its page within the console.
    pub(super) fn path(&self) -> String {
        format!("/termine/{}", self.id)
    }
}

/// What the form sends.
#[derive(Deserialize)]
pub(super) struct Mark {
    stand: String,
}

/// `POST /{town}/verwaltung/termine/{id}/stand`
pub(super) async fn mark(
    desk: Desk,
    Path(named): Path<Named>,
    Posted(mark): Posted<Mark>,
) -> Answer {
    let status: Status = mark.stand.parse().map_err(|error: scheduling::Error| desk.fail(error))?;
    let marked = scheduling::mark_appointment(&desk.office, &desk.scope, named.id, status).await;
    let appointment = marked.map_err(|error| desk.fail(error))?;
    Ok(Redirect::to(&day_of(&desk, &appointment)).into_response())
}

/// What the form with the note sends.
#[derive(Deserialize)]
pub(super) struct Noted {
    notiz: String,
    /// When the note was written that the form showed; empty where it showed none.
    gelesen: String,
}

/// `POST /{town}/verwaltung/termine/{id}/notiz`
pub(super) async fn note(
    desk: Desk,
    Path(named): Path<Named>,
    Posted(noted): Posted<Noted>,
) -> Answer {
    let (text, seen) = (noted.notiz.as_str(), desk::instant(&noted.gelesen));
    match scheduling::write_note(&desk.office, &desk.scope, named.id, text, seen).await {
        Ok(()) => Ok(Redirect::to(&desk.to(&named.path())).into_response()),
        Err(Error::NoteChanged(_)) => page(&desk, &named, Some(Refused::LateNote(text))).await,
        Err(Error::TooLong { .. }) => page(&desk, &named, Some(Refused::LongNote(text))).await,
        Err(error) => Err(desk.fail(error)),
    }
}

/// The page of the day on which it is.
pub(super) fn day_of(desk: &Desk, appointment: &Appointment) -> String {
    let date = desk.local(appointment.starts_at).date_naive().to_string();
    let location = appointment.location_in(&desk.setup);
    let place = location.map_or_else(|| appointment.location.to_string(), |own| own.slug.clone());
    desk.with("/tag", &[("datum", &date), ("standort", &place)])
}

/// The likely next step first; every other one is a way back. What can only come later is left out.
fn steps(desk: &Desk, appointment: &Appointment) -> Vec<Step> {
    let all = [
        (Status::Arrived, "Ist da"),
        (Status::Called, "Aufrufen"),
        (Status::Served, "Erledigt"),
        (Status::Missed, "Nicht erschienen"),
        (Status::Booked, "Zurück auf gebucht"),
    ];
    let status = appointment.status;
    if status == Status::Cancelled {
        return Vec::new();
    }
    let next = match status {
        Status::Booked => Some(Status::Arrived),
        Status::Arrived | Status::Called => Some(Status::Served),
        Status::Served | Status::Missed | Status::Cancelled => None,
    };
    let zone = desk.setup.town.time_zone;
    let is_possible = |own: Status| own.possible_from(appointment.starts_at, zone) <= desk.now();
    all.into_iter()
        .filter(|(own, _)| *own != status && is_possible(*own))
        .map(|(own, label)| Step { status: own.as_str(), label, primary: Some(own) == next })
        .collect()
}
