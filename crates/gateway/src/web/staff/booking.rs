//! Booking for somebody on the phone or at the desk: one form, and Enter after the name books.

use std::collections::BTreeMap;

use askama::Template;
use axum::{
    http::StatusCode,
    response::{IntoResponse as _, Redirect},
};
use catalog::{hours, model::Location, time::WallTime};
use chrono::{DateTime, Utc};
use scheduling::{BookAppointment, Channel, Contact, Error};
use serde::Deserialize;
use uuid::Uuid;

use super::{
    basket::{GONE, Offer, Rows, most},
    desk::{self, Desk},
    form::Posted,
    notice::Notice,
    starts::{self, Starts},
};
use crate::web::{
    Answer,
    contact::{Errors, FieldError, Typed},
    error::{Failure, Problem},
    page::{Page, render},
};

#[derive(Template)]
#[template(path = "staff/booking.html")]
struct BookingPage<'a> {
    page: &'a Page,
    room: &'static str,
    desk: &'a Desk,
    location: &'a Location,
    offer: Offer<'a>,
    wanted: &'a Wanted,
    starts: Starts,
    typed: &'a Typed,
    errors: &'a Errors,
    key: String,
    /// A time outside what is open, to be booked all the same.
    warning: Option<String>,
    /// Why nothing was booked, where that is no field's fault.
    notice: Option<Notice>,
}

/// What is to be booked, as far as it is known.
struct Wanted {
    rows: Rows,
    start: Option<DateTime<Utc>>,
    channel: Channel,
    /// Local date and time beyond the list, as admins type them.
    exact: (String, String),
}

/// `GET /{town}/verwaltung/buchen?anliegen=…&anzahl=…&start=…&standort=…`
pub(super) async fn form(desk: Desk) -> Answer {
    let mut rows = Rows::read(|name| desk.asked(name));
    if let (true, Some(first)) = (rows.first.service.is_empty(), Offer::of(&desk).own.first()) {
        rows.first.service.clone_from(&first.slug);
    }
    let wanted = Wanted {
        rows,
        start: desk.asked("gewuenscht").or(desk.asked("start")).and_then(desk::instant),
        channel: Channel::Phone,
        exact: Default::default(),
    };
    times(&desk, &wanted, &Typed::default()).await
}

/// The form with the times of what is wanted; where that is too many, those of one.
async fn times(desk: &Desk, wanted: &Wanted, typed: &Typed) -> Answer {
    let errors = Errors(wanted.rows.problems(&Offer::of(desk)));
    let shown = Refused { errors, status: Some(StatusCode::OK), ..Refused::default() };
    page(desk, wanted, typed, shown).await
}

/// What the form sends, as it is typed.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Filled {
    /// Slug of a location; empty where there is one only.
    standort: String,
    /// Empty where nothing is offered.
    start: String,
    weg: String,
    schluessel: String,
    name: String,
    email: String,
    phone: String,
    tag: String,
    uhrzeit: String,
    /// `1` once the warning was read.
    trotzdem: String,
    /// The start that was wanted first, for which others are shown.
    gewuenscht: String,
    /// `1` where times are to be shown and nothing is to be booked.
    zeiten: String,
    /// What for, among other fields: [`Rows`] knows their names.
    #[serde(flatten)]
    rows: BTreeMap<String, String>,
}

impl Filled {
    /// What is to be booked and for whom, to be shown again.
    fn parts(&self) -> (Wanted, Typed) {
        let wanted = Wanted {
            rows: Rows::read(|name| self.rows.get(name).map(String::as_str)),
            start: desk::instant(&self.start),
            channel: channel(&self.weg),
            exact: (self.tag.clone(), self.uhrzeit.clone()),
        };
        let typed = Typed {
            name: self.name.clone(),
            email: self.email.clone(),
            phone: self.phone.clone(),
            ..Typed::default()
        };
        (wanted, typed)
    }

    /// Passes where the location is there, or there is no choice.
    fn place(&self, desk: &Desk) -> Result<(), FieldError> {
        let is_there = self.standort.is_empty() || desk.setup.location(&self.standort).is_some();
        if is_there { Ok(()) } else { Err(problem("standort", CLOSED.to_owned())) }
    }

    /// The time that is typed, else the one that is chosen; half a time is none.
    fn start(&self, desk: &Desk) -> Result<DateTime<Utc>, FieldError> {
        if !desk.may_set_up() || (self.tag.is_empty() && self.uhrzeit.is_empty()) {
            let missing = "Es ist keine Zeit gewählt.".to_owned();
            return desk::instant(&self.start).ok_or_else(|| problem("start", missing));
        }
        let date = desk::date(&self.tag).ok_or_else(|| {
            problem("tag", "Geben Sie auch den Tag an, oder leeren Sie die Uhrzeit.".to_owned())
        })?;
        let time: WallTime = self.uhrzeit.parse().map_err(|_| {
            problem("uhrzeit", "Geben Sie auch die Uhrzeit an, oder leeren Sie den Tag.".to_owned())
        })?;
        Ok(hours::start(date, time, desk.setup.town.time_zone))
    }
}

/// Reads what the form sends: how many, when and who.
fn read(
    desk: &Desk,
    filled: &Filled,
    wanted: &Wanted,
    typed: &Typed,
) -> Result<(DateTime<Utc>, Contact), Errors> {
    let problems = wanted.rows.problems(&Offer::of(desk));
    let contact = typed.parse_by_staff(&desk.page);
    match (filled.place(desk), filled.start(desk), contact) {
        (Ok(()), Ok(start), Ok(contact)) if problems.is_empty() => Ok((start, contact)),
        (place, start, contact) => {
            let contact = contact.err().into_iter().flat_map(|errors| errors.0);
            let first = place.err().into_iter().chain(problems).chain(start.err());
            Err(Errors(first.chain(contact).collect()))
        }
    }
}

/// `POST /{town}/verwaltung/buchen`
pub(super) async fn book(mut desk: Desk, Posted(filled): Posted<Filled>) -> Answer {
    if filled.place(&desk).is_ok() {
        desk.go_to(&filled.standort)?;
    }
    let location = desk.location().ok_or_else(|| desk.fail(Problem::UnknownLocation))?;
    let is_beyond = filled.trotzdem == "1" && desk.may_set_up();
    let (mut wanted, typed) = filled.parts();
    if filled.zeiten == "1" {
        wanted.start = desk::instant(&filled.gewuenscht).or(wanted.start);
        return times(&desk, &wanted, &typed).await;
    }
    let (start, contact) = match read(&desk, &filled, &wanted, &typed) {
        Ok(read) => read,
        Err(errors) => return page(&desk, &wanted, &typed, errors.into()).await,
    };
    wanted.start = Some(start);
    let order = BookAppointment {
        basket: wanted.rows.basket(&Offer::of(&desk)),
        location: location.id,
        starts_at: start,
        channel: wanted.channel,
        contact,
        hold: None,
        idempotency_key: filled.schluessel.clone(),
        locale: desk.page.language.code.to_owned(),
        settles: None,
        beyond: is_beyond,
        proof: None,
    };
    match scheduling::book_appointment(&desk.office, &desk.scope, &order).await {
        Ok(booked) => {
            let path = format!("/termine/{}", booked.appointment.id);
            let mut pairs = vec![("neu", "1")];
            if !filled.standort.is_empty() {
                pairs.push(("standort", &filled.standort));
            }
            let href = desk.with(&path, &pairs);
            Ok(Redirect::to(&href).into_response())
        }
        Err(error) => {
            let is_beyond = is_beyond || wanted.exact.1.is_empty();
            let refused = refused(&desk, &wanted, &order, is_beyond, error)?;
            page(&desk, &wanted, &typed, refused).await
        }
    }
}

/// Why nothing was booked, for the form to say with all that was typed.
#[derive(Default)]
struct Refused {
    errors: Errors,
    /// A time outside what is open, to be booked all the same.
    warning: Option<String>,
    notice: Option<Notice>,
    /// Of the form that may have booked all the same, when it is sent once more.
    key: Option<String>,
    status: Option<StatusCode>,
}

impl From<Errors> for Refused {
    fn from(errors: Errors) -> Self {
        Self { errors, ..Self::default() }
    }
}

/// What the form says of a refusal. A time outside what is open can be booked all the same, unless
/// that `is_decided`.
fn refused(
    desk: &Desk,
    wanted: &Wanted,
    order: &BookAppointment,
    is_decided: bool,
    error: Error,
) -> Result<Refused, Failure> {
    let at = |field: &str, message: &str| Ok(Errors::one(field, message.to_owned()).into());
    match error {
        Error::SlotNotOffered
            if !is_decided && desk.may_set_up() && order.starts_at > desk.now() =>
        {
            Ok(Refused { warning: Some(desk.when(order.starts_at)), ..Refused::default() })
        }
        Error::SlotTaken { .. } | Error::SlotNotOffered => {
            at("start", "Diese Zeit ist nicht mehr frei. Wählen Sie bitte eine andere.")
        }
        // The set-up was changed since the form was shown.
        Error::UnknownService(service) | Error::WrongMode(service) => {
            at(&wanted.rows.of(&service).fields.0, GONE)
        }
        Error::Quantity { service, max } => at(&wanted.rows.of(&service).fields.1, &most(max)),
        Error::UnknownLocation => at("standort", CLOSED),
        Error::IdempotencyKey => Ok(Refused {
            notice: Some(Notice {
                kind: "warning",
                title: "Mit diesem Formular ist schon ein Termin vergeben".to_owned(),
                text: "Wenn es noch einer sein soll, vergeben Sie ihn noch einmal.".to_owned(),
            }),
            status: Some(StatusCode::CONFLICT),
            ..Refused::default()
        }),
        error if error.is_busy() => {
            tracing::warn!(%error, "busy");
            Ok(Refused {
                notice: Some(Notice::danger(
                    "Das ging gerade nicht, weil zu viel los ist",
                    "Vergeben Sie den Termin in einem Moment noch einmal. Doppelt vergeben wird dabei nichts.",
                )),
                key: Some(order.idempotency_key.clone()),
                status: Some(StatusCode::SERVICE_UNAVAILABLE),
                ..Refused::default()
            })
        }
        error => Err(desk.fail(error)),
    }
}

async fn page(desk: &Desk, wanted: &Wanted, typed: &Typed, refused: Refused) -> Answer {
    let location = desk.location().ok_or_else(|| desk.fail(Problem::UnknownLocation))?;
    let Refused { errors, warning, notice, key, status } = refused;
    let page = BookingPage {
        page: &desk.page,
        room: "buchen",
        desk,
        location,
        offer: Offer::of(desk),
        wanted,
        starts: offered(desk, location, wanted).await?,
        typed,
        errors: &errors,
        key: key.unwrap_or_else(|| Uuid::new_v4().to_string()),
        warning,
        notice,
    };
    Ok(render(status.unwrap_or(errors.status()), &page))
}

/// The times of what is wanted. Where there are none to be had now, the wanted one stays.
async fn offered(desk: &Desk, location: &Location, wanted: &Wanted) -> Result<Starts, Failure> {
    let basket = wanted.rows.basket(&Offer::of(desk));
    if basket.is_empty() {
        return Ok(Starts::none());
    }
    let looked_for = starts::Wanted {
        location: location.id,
        basket: &basket,
        start: wanted.start,
        channel: wanted.channel,
        instead_of: None,
    };
    match (Starts::offer(desk, &looked_for).await, wanted.start) {
        (Ok(starts), _) => Ok(starts),
        (Err(error), Some(start)) if error.is_busy() => Ok(Starts::only(desk, start)),
        (Err(error), _) => Err(desk.fail(error)),
    }
}

/// What is said of a location that is not there (any more).
const CLOSED: &str = "Den Standort, der gewählt war, gibt es nicht mehr. Prüfen Sie Ort und Zeit.";

fn problem(field: &str, message: String) -> FieldError {
    FieldError { field: field.to_owned(), message }
}

fn channel(word: &str) -> Channel {
    if word == "schalter" { Channel::Counter } else { Channel::Phone }
}
