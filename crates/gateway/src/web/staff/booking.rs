//! Booking for somebody on the phone or at the desk: one form, and Enter after the name books.

use askama::Template;
use axum::response::{IntoResponse as _, Redirect};
use catalog::{
    hours,
    model::{BookingMode, Location, Service},
    time::WallTime,
};
use chrono::{DateTime, NaiveDate, Utc};
use scheduling::{BasketLine, BookAppointment, Channel, Error};
use serde::Deserialize;
use uuid::Uuid;

use super::{
    desk::Desk,
    form::Posted,
    starts::{self, Starts},
};
use crate::web::{
    Answer,
    contact::{Errors, FieldError, Typed},
    error::Problem,
    page::{Page, render},
};

#[derive(Template)]
#[template(path = "staff/booking.html")]
struct BookingPage<'a> {
    page: &'a Page,
    room: &'static str,
    desk: &'a Desk,
    location: &'a Location,
    services: Vec<&'a Service>,
    wanted: &'a Wanted,
    starts: Starts,
    typed: &'a Typed,
    errors: &'a Errors,
    key: Uuid,
    /// A time outside what is open, to be booked all the same.
    warning: Option<String>,
}

/// What is to be booked, as far as it is known.
struct Wanted {
    service: String,
    quantity: u16,
    start: Option<DateTime<Utc>>,
    channel: Channel,
    /// Local date and time beyond the list, as admins type them.
    exact: (String, String),
}

/// `GET /{town}/verwaltung/buchen?anliegen=…&anzahl=…&start=…&standort=…`
pub(super) async fn form(desk: Desk) -> Answer {
    let services = services(&desk);
    let first = services.first().map(|service| service.slug.clone()).unwrap_or_default();
    let wanted = Wanted {
        service: desk.asked("anliegen").map_or(first, str::to_owned),
        quantity: desk.asked("anzahl").and_then(|number| number.parse().ok()).unwrap_or(1),
        start: desk
            .asked("gewuenscht")
            .or(desk.asked("start"))
            .and_then(|start| start.parse().ok()),
        channel: channel(desk.asked("weg").unwrap_or_default()),
        exact: (desk.today().to_string(), String::new()),
    };
    let typed = Typed {
        name: desk.asked("name").unwrap_or_default().to_owned(),
        email: desk.asked("email").unwrap_or_default().to_owned(),
        phone: desk.asked("phone").unwrap_or_default().to_owned(),
        ..Typed::default()
    };
    page(&desk, &wanted, &typed, &Errors::default(), None).await
}

/// What the form sends.
#[derive(Deserialize)]
pub(super) struct Filled {
    anliegen: String,
    anzahl: u16,
    /// None where nothing is offered.
    start: Option<DateTime<Utc>>,
    weg: String,
    schluessel: String,
    name: String,
    email: String,
    phone: String,
    #[serde(default)]
    tag: String,
    #[serde(default)]
    uhrzeit: String,
    /// `1` once the warning was read.
    #[serde(default)]
    trotzdem: String,
}

impl Filled {
    /// The time that is typed, else the one that is chosen.
    fn start(&self, desk: &Desk) -> Option<DateTime<Utc>> {
        let date: Option<NaiveDate> = self.tag.parse().ok();
        let time: Option<WallTime> = self.uhrzeit.parse().ok();
        let exact = date.zip(time).filter(|_| desk.may_set_up());
        let exact = exact.map(|(date, time)| hours::start(date, time, desk.setup.town.time_zone));
        exact.or(self.start)
    }
}

/// `POST /{town}/verwaltung/buchen`
pub(super) async fn book(desk: Desk, Posted(filled): Posted<Filled>) -> Answer {
    let location = desk.location().ok_or_else(|| desk.fail(Problem::UnknownLocation))?;
    let Some(start) = filled.start(&desk) else {
        return Err(desk.fail(Error::SlotNotOffered));
    };
    let is_beyond = filled.trotzdem == "1" && desk.may_set_up();
    let typed =
        Typed { name: filled.name, email: filled.email, phone: filled.phone, ..Typed::default() };
    let wanted = Wanted {
        service: filled.anliegen,
        quantity: filled.anzahl,
        start: Some(start),
        channel: channel(&filled.weg),
        exact: (filled.tag, filled.uhrzeit),
    };
    let contact = match typed.parse_by_staff(&desk.page) {
        Ok(contact) => contact,
        Err(errors) => return page(&desk, &wanted, &typed, &errors, None).await,
    };
    let order = BookAppointment {
        basket: basket(&wanted),
        location: location.id,
        starts_at: start,
        channel: wanted.channel,
        contact,
        hold: None,
        idempotency_key: filled.schluessel,
        locale: desk.page.language.code.to_owned(),
        settles: None,
        beyond: is_beyond,
        proof: None,
    };
    match scheduling::book_appointment(&desk.office, &desk.scope, &order).await {
        Ok(booked) => {
            let id = booked.appointment.id.to_string();
            let href = desk.with(&format!("/termine/{id}"), &[("neu", "1")]);
            Ok(Redirect::to(&href).into_response())
        }
        Err(Error::SlotNotOffered)
            if !is_beyond
                && !wanted.exact.1.is_empty()
                && desk.may_set_up()
                && start > desk.now() =>
        {
            let warning = desk.when(start);
            page(&desk, &wanted, &typed, &Errors::default(), Some(warning)).await
        }
        Err(Error::SlotTaken { .. } | Error::SlotNotOffered) => {
            let message =
                "Diese Zeit ist nicht mehr frei. Wählen Sie bitte eine andere.".to_owned();
            let errors = Errors(vec![FieldError { field: "start".to_owned(), message }]);
            page(&desk, &wanted, &typed, &errors, None).await
        }
        Err(error) => Err(desk.fail(error)),
    }
}

async fn page(
    desk: &Desk,
    wanted: &Wanted,
    typed: &Typed,
    errors: &Errors,
    warning: Option<String>,
) -> Answer {
    let location = desk.location().ok_or_else(|| desk.fail(Problem::UnknownLocation))?;
    let basket = basket(wanted);
    let looked_for = starts::Wanted {
        location: location.id,
        basket: &basket,
        start: wanted.start,
        channel: wanted.channel,
        instead_of: None,
    };
    let starts = Starts::offer(desk, &looked_for).await.map_err(|error| desk.fail(error))?;
    let page = BookingPage {
        page: &desk.page,
        room: "buchen",
        desk,
        location,
        services: services(desk),
        wanted,
        starts,
        typed,
        errors,
        key: Uuid::new_v4(),
        warning,
    };
    Ok(render(errors.status(), &page))
}

/// What this person can give a time for at all.
fn services(desk: &Desk) -> Vec<&Service> {
    let departments = desk.scope.departments();
    let own = desk.setup.services.iter().filter(|own| departments.include(&own.department));
    own.filter(|service| service.mode != BookingMode::Information).collect()
}

fn basket(wanted: &Wanted) -> Vec<BasketLine> {
    vec![BasketLine { service: wanted.service.clone(), quantity: wanted.quantity }]
}

fn channel(word: &str) -> Channel {
    if word == "schalter" { Channel::Counter } else { Channel::Phone }
}
