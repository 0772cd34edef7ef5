//! Booking for somebody on the phone or at the desk: one form, and Enter after the name books.

use askama::Template;
use axum::{
    http::StatusCode,
    response::{IntoResponse as _, Redirect},
};
use catalog::{
    hours,
    model::{BookingMode, Location, Service},
    time::WallTime,
};
use chrono::{DateTime, Utc};
use scheduling::{BasketLine, BookAppointment, Channel, Contact, Error};
use serde::Deserialize;
use uuid::Uuid;

use super::{
    desk::{self, Desk},
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
    /// How many, as it is typed.
    quantity: String,
    start: Option<DateTime<Utc>>,
    channel: Channel,
    /// Local date and time beyond the list, as admins type them.
    exact: (String, String),
}

impl Wanted {
    /// How many, where the service allows so many in one appointment.
    fn quantity(&self, desk: &Desk) -> Result<u16, FieldError> {
        let most = desk.setup.service(&self.service).map_or(1, |service| service.max_quantity);
        let typed = self.quantity.trim().parse().ok();
        typed.filter(|quantity| (1..=most).contains(quantity)).ok_or_else(|| {
            let message = if most == 1 {
                "Dieses Anliegen lässt sich nur einmal je Termin vergeben: Geben Sie 1 an."
                    .to_owned()
            } else {
                format!("Geben Sie eine Anzahl von 1 bis {most} an.")
            };
            problem("anzahl", message)
        })
    }

    /// What is booked: as often as typed, where that is allowed.
    fn basket(&self, desk: &Desk) -> Vec<BasketLine> {
        let quantity = self.quantity(desk).unwrap_or(1);
        vec![BasketLine { service: self.service.clone(), quantity }]
    }
}

/// `GET /{town}/verwaltung/buchen?anliegen=…&anzahl=…&start=…&standort=…`
pub(super) async fn form(desk: Desk) -> Answer {
    let services = services(&desk);
    let first = services.first().map(|service| service.slug.clone()).unwrap_or_default();
    let wanted = Wanted {
        service: desk.asked("anliegen").map_or(first, str::to_owned),
        quantity: desk.asked("anzahl").unwrap_or("1").to_owned(),
        start: desk.asked("gewuenscht").or(desk.asked("start")).and_then(desk::instant),
        channel: Channel::Phone,
        exact: Default::default(),
    };
    times(&desk, &wanted, &Typed::default()).await
}

/// The form with the times of what is wanted; where that is too many, those of one.
async fn times(desk: &Desk, wanted: &Wanted, typed: &Typed) -> Answer {
    let errors = Errors(wanted.quantity(desk).err().into_iter().collect());
    let page = page(desk, wanted, typed, &errors, None).await?;
    Ok((StatusCode::OK, page).into_response())
}

/// What the form sends, as it is typed.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Filled {
    /// Slug of a location; empty where there is one only.
    standort: String,
    anliegen: String,
    anzahl: String,
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
}

impl Filled {
    /// What is to be booked and for whom, to be shown again.
    fn parts(&self) -> (Wanted, Typed) {
        let wanted = Wanted {
            service: self.anliegen.clone(),
            quantity: self.anzahl.clone(),
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
    let (quantity, start) = (wanted.quantity(desk), filled.start(desk));
    match (quantity, start, typed.parse_by_staff(&desk.page)) {
        (Ok(_), Ok(start), Ok(contact)) => Ok((start, contact)),
        (quantity, start, contact) => {
            let contact = contact.err().into_iter().flat_map(|errors| errors.0);
            Err(Errors(quantity.err().into_iter().chain(start.err()).chain(contact).collect()))
        }
    }
}

/// `POST /{town}/verwaltung/buchen`
pub(super) async fn book(mut desk: Desk, Posted(filled): Posted<Filled>) -> Answer {
    desk.go_to(&filled.standort)?;
    let location = desk.location().ok_or_else(|| desk.fail(Problem::UnknownLocation))?;
    let is_beyond = filled.trotzdem == "1" && desk.may_set_up();
    let (mut wanted, typed) = filled.parts();
    if filled.zeiten == "1" {
        wanted.start = desk::instant(&filled.gewuenscht).or(wanted.start);
        return times(&desk, &wanted, &typed).await;
    }
    let (start, contact) = match read(&desk, &filled, &wanted, &typed) {
        Ok(read) => read,
        Err(errors) => return page(&desk, &wanted, &typed, &errors, None).await,
    };
    wanted.start = Some(start);
    let order = BookAppointment {
        basket: wanted.basket(&desk),
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
            let path = format!("/termine/{}", booked.appointment.id);
            let mut pairs = vec![("neu", "1")];
            if !filled.standort.is_empty() {
                pairs.push(("standort", &filled.standort));
            }
            let href = desk.with(&path, &pairs);
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
            let errors = Errors(vec![problem("start", message)]);
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
    let basket = wanted.basket(desk);
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

fn problem(field: &str, message: String) -> FieldError {
    FieldError { field: field.to_owned(), message }
}

fn channel(word: &str) -> Channel {
    if word == "schalter" { Channel::Counter } else { Channel::Phone }
}
