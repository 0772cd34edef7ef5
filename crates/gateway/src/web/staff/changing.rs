//! Moving and cancelling an appointment on the office's side.

use askama::Template;
use axum::{
    extract::Path,
    http::StatusCode,
    response::{IntoResponse as _, Redirect},
};
use catalog::model::{Counter, Location};
use chrono::{DateTime, Utc};
use scheduling::{Appointment, AppointmentRef, Channel, Error, MAX_REASON, Reschedule, Status};
use serde::Deserialize;

use super::{
    appointment::{self, Named, Refused, day_of},
    desk::Desk,
    form::Posted,
    starts::{Starts, Wanted},
};
use crate::web::{
    Answer,
    contact::Errors,
    error::Failure,
    page::{Page, render},
};

#[derive(Template)]
#[template(path = "staff/move.html")]
struct MovePage<'a> {
    page: &'a Page,
    room: &'static str,
    desk: &'a Desk,
    appointment: &'a Appointment,
    when: String,
    starts: Starts,
    /// Where it goes, as its own location is retired.
    elsewhere: Option<&'a Location>,
    /// The other locations where it could go.
    others: Vec<&'a Location>,
    /// Counters of the location that serve what the appointment is for.
    counters: Vec<&'a Counter>,
    taken: Option<&'a str>,
    back: String,
}

#[derive(Template)]
#[template(path = "staff/cancel.html")]
struct CancelPage<'a> {
    page: &'a Page,
    room: &'static str,
    desk: &'a Desk,
    appointment: &'a Appointment,
    when: String,
    back: String,
    /// The reason as it was typed.
    typed: &'a str,
    errors: &'a Errors,
}

/// `GET /{town}/verwaltung/termine/{id}/verschieben`
pub(super) async fn choose(desk: Desk, Path(named): Path<Named>) -> Answer {
    page(&desk, &named, None).await
}

/// What the form sends.
#[derive(Deserialize)]
pub(super) struct Chosen {
    start: DateTime<Utc>,
    /// Slug of the location, where it is not the appointment's own.
    #[serde(default)]
    standort: String,
    /// Id of the only counter that will do; empty for any.
    #[serde(default)]
    schalter: String,
    /// `tag` leads back to the day.
    #[serde(default)]
    zurueck: String,
}

/// `POST /{town}/verwaltung/termine/{id}/verschieben`
pub(super) async fn reschedule(
    desk: Desk,
    Path(named): Path<Named>,
    Posted(chosen): Posted<Chosen>,
) -> Answer {
    let appointment = find(&desk, &named).await?;
    let place = desk.setup.location(&chosen.standort).map(|own| own.id);
    let wanted = Reschedule {
        which: AppointmentRef::Id(named.id),
        location: place.unwrap_or(appointment.location),
        starts_at: chosen.start,
        counter: chosen.schalter.parse().ok(),
        basket: None,
        hold: None,
        reason: String::new(),
        takes: None,
    };
    match scheduling::reschedule_appointment(&desk.office, &desk.scope, &wanted).await {
        Ok(moved) => {
            let there = match chosen.zurueck.as_str() {
                "tag" => day_of(&desk, &moved),
                _ => desk.to(&named.path()),
            };
            Ok(Redirect::to(&there).into_response())
        }
        Err(Error::SlotTaken { .. } | Error::SlotNotOffered) => {
            page(&desk, &named, Some("Zu dieser Zeit ist dort nichts frei.")).await
        }
        Err(error) => Err(desk.fail(error)),
    }
}

async fn page(desk: &Desk, named: &Named, taken: Option<&str>) -> Answer {
    let appointment = find(desk, named).await?;
    let serves = |counter: &&Counter| {
        appointment.basket.iter().all(|line| counter.services.contains(&line.service))
    };
    let others = others(desk, &appointment, |own| own.counters.iter().any(|own| serves(&own)));
    let named_place =
        || others.iter().copied().find(|own| desk.asked("standort") == Some(&own.slug));
    let location = appointment.location_in(&desk.setup);
    let location = location.or_else(named_place).or(others.first().copied());
    let starts = match location {
        Some(location) => {
            let wanted = Wanted {
                location: location.id,
                basket: &appointment.basket,
                start: None,
                channel: Channel::Phone,
                instead_of: Some(appointment.id),
            };
            Starts::offer(desk, &wanted).await.map_err(|error| desk.fail(error))?
        }
        None => Starts::none(),
    };
    let counters = location.map(|own| own.counters.as_slice()).unwrap_or_default();
    let page = MovePage {
        page: &desk.page,
        room: "termin",
        desk,
        appointment: &appointment,
        when: desk.when(appointment.starts_at),
        starts,
        elsewhere: location.filter(|own| own.id != appointment.location),
        others: others
            .into_iter()
            .filter(|own| Some(own.id) != location.map(|own| own.id))
            .collect(),
        counters: counters.iter().filter(serves).collect(),
        taken,
        back: desk.to(&named.path()),
    };
    let status = if taken.is_some() { StatusCode::CONFLICT } else { StatusCode::OK };
    Ok(render(status, &page))
}

/// Where an appointment can go whose own location is retired.
fn others<'a>(
    desk: &'a Desk,
    appointment: &Appointment,
    serves: impl Fn(&Location) -> bool,
) -> Vec<&'a Location> {
    if appointment.location_in(&desk.setup).is_some() {
        return Vec::new();
    }
    desk.setup.locations.iter().filter(|own| serves(own)).collect()
}

/// `GET /{town}/verwaltung/termine/{id}/absagen`
pub(super) async fn ask(desk: Desk, Path(named): Path<Named>) -> Answer {
    cancel_page(&desk, &named, "", &Errors::default()).await
}

async fn cancel_page(desk: &Desk, named: &Named, typed: &str, errors: &Errors) -> Answer {
    let appointment = find(desk, named).await?;
    let page = CancelPage {
        page: &desk.page,
        room: "termin",
        when: desk.when(appointment.starts_at),
        back: desk.to(&named.path()),
        appointment: &appointment,
        desk,
        typed,
        errors,
    };
    Ok(render(errors.status(), &page))
}

/// The office's own words on why.
#[derive(Deserialize)]
pub(super) struct Reason {
    /// May be empty.
    pub grund: String,
}

/// What is said at a reason that is too long.
pub(super) fn too_long() -> Errors {
    Errors::one("grund", format!("Ein Grund hat höchstens {MAX_REASON} Zeichen."))
}

/// `POST /{town}/verwaltung/termine/{id}/absagen`
pub(super) async fn cancel(
    desk: Desk,
    Path(named): Path<Named>,
    Posted(given): Posted<Reason>,
) -> Answer {
    let which = AppointmentRef::Id(named.id);
    let late = Some(Refused::Cancelling(&given.grund));
    // Twice is no error; but whoever gives another reason is told that nobody hears of it.
    let is_cancelled = find(&desk, &named).await?.status == Status::Cancelled;
    if is_cancelled && !given.grund.trim().is_empty() {
        return appointment::page(&desk, &named, late).await;
    }
    match scheduling::cancel_appointment(&desk.office, &desk.scope, &which, &given.grund).await {
        Ok(_) => Ok(Redirect::to(&desk.to(&named.path())).into_response()),
        Err(Error::WrongStatus) => appointment::page(&desk, &named, late).await,
        Err(Error::TooLong { .. }) => cancel_page(&desk, &named, &given.grund, &too_long()).await,
        Err(error) => Err(desk.fail(error)),
    }
}

async fn find(desk: &Desk, named: &Named) -> Result<Appointment, Failure> {
    let found = scheduling::appointment_by_id(&desk.office, &desk.scope, named.id).await;
    found.map_err(|error| desk.fail(error))
}
