//! The inbox of requests: the oldest first, its wishes beside what is free.

use askama::Template;
use axum::{
    extract::Path,
    http::StatusCode,
    response::{IntoResponse as _, Redirect},
};
use chrono::{DateTime, SecondsFormat, Utc};
use notification::dates;
use scheduling::{AcceptRequest, Channel, Error, FreeSlotsQuery, Requested, Wish};
use serde::Deserialize;
use uuid::Uuid;

use super::{appointment::Named, changing::Reason, desk::Desk, form::Posted};
use crate::web::{
    Answer,
    page::{Page, render},
};

#[derive(Template)]
#[template(path = "staff/requests.html")]
struct Inbox<'a> {
    page: &'a Page,
    room: &'static str,
    desk: &'a Desk,
    requests: &'a [Requested],
}

#[derive(Template)]
#[template(path = "staff/request.html")]
struct RequestPage<'a> {
    page: &'a Page,
    room: &'static str,
    desk: &'a Desk,
    request: &'a Requested,
    wishes: Vec<Offer<'a>>,
    taken: bool,
}

/// A wish with the free starts inside it.
struct Offer<'a> {
    wish: &'a Wish,
    date: String,
    /// Value of the button, clock, name of the location.
    starts: Vec<(String, String, String)>,
}

/// `GET /{town}/verwaltung/anfragen`
pub(super) async fn list(desk: Desk) -> Answer {
    let requests = scheduling::open_requests(&desk.office, &desk.scope).await;
    let requests = requests.map_err(|error| desk.fail(error))?;
    Ok(render(
        StatusCode::OK,
        &Inbox { page: &desk.page, room: "anfragen", desk: &desk, requests: &requests },
    ))
}

impl Inbox<'_> {
    /// How long a request has been waiting.
    fn age(&self, request: &Requested) -> String {
        let waited = self.desk.now() - request.created_at;
        match (waited.num_days(), waited.num_hours()) {
            (0, 0) => "seit weniger als einer Stunde".to_owned(),
            (0, 1) => "seit einer Stunde".to_owned(),
            (0, hours) => format!("seit {hours} Stunden"),
            (1, _) => "seit einem Tag".to_owned(),
            (days, _) => format!("seit {days} Tagen"),
        }
    }
}

/// `GET /{town}/verwaltung/anfragen/{id}`
pub(super) async fn show(desk: Desk, Path(named): Path<Named>) -> Answer {
    page(&desk, named.id, false).await
}

/// What a press on a start sends.
#[derive(Deserialize)]
pub(super) struct Pressed {
    /// `location/instant`
    wahl: String,
}

/// `POST /{town}/verwaltung/anfragen/{id}`
pub(super) async fn accept(
    desk: Desk,
    Path(named): Path<Named>,
    Posted(pressed): Posted<Pressed>,
) -> Answer {
    let chosen = pressed.wahl.split_once('/').and_then(|(location, start)| {
        Some((location.parse::<Uuid>().ok()?, start.parse::<DateTime<Utc>>().ok()?))
    });
    let (location, starts_at) = chosen.ok_or_else(|| desk.fail(Error::SlotNotOffered))?;
    let wanted = AcceptRequest { request: named.id, location, starts_at };
    match scheduling::accept_request(&desk.office, &desk.scope, &wanted).await {
        Ok(booked) => {
            let path = format!("/termine/{}", booked.appointment.id);
            Ok(Redirect::to(&desk.with(&path, &[("neu", "1")])).into_response())
        }
        Err(Error::SlotTaken { .. } | Error::SlotNotOffered) => page(&desk, named.id, true).await,
        Err(error) => Err(desk.fail(error)),
    }
}

/// `POST /{town}/verwaltung/anfragen/{id}/ablehnen`
pub(super) async fn decline(
    desk: Desk,
    Path(named): Path<Named>,
    Posted(given): Posted<Reason>,
) -> Answer {
    let reason = given.grund.trim();
    let declined = scheduling::decline_request(&desk.office, &desk.scope, named.id, reason).await;
    declined.map_err(|error| desk.fail(error))?;
    Ok(Redirect::to(&desk.to("/anfragen")).into_response())
}

async fn page(desk: &Desk, id: Uuid, taken: bool) -> Answer {
    let open = scheduling::open_requests(&desk.office, &desk.scope).await;
    let open = open.map_err(|error| desk.fail(error))?;
    let request = open.iter().find(|own| own.id == id);
    let request = request.ok_or_else(|| desk.fail(Error::UnknownAppointment))?;
    let mut wishes = Vec::with_capacity(request.wishes.len());
    for wish in &request.wishes {
        wishes.push(offer(desk, request, wish).await.map_err(|error| desk.fail(error))?);
    }
    let status = if taken { StatusCode::CONFLICT } else { StatusCode::OK };
    Ok(render(
        status,
        &RequestPage { page: &desk.page, room: "anfragen", desk, request, wishes, taken },
    ))
}

async fn offer<'a>(desk: &Desk, request: &Requested, wish: &'a Wish) -> Result<Offer<'a>, Error> {
    let query = FreeSlotsQuery {
        basket: request.basket.clone(),
        location: request.location,
        from: wish.date,
        to: wish.date,
        channel: Channel::Phone,
        hold: None,
        instead_of: None,
    };
    let found = if desk.may_work() {
        scheduling::free_slots(&desk.office, &desk.scope, &query).await?.days
    } else {
        Vec::new()
    };
    let inside = |at: &DateTime<Utc>| {
        let clock = desk.clock(*at);
        (wish.from.to_string()..wish.to.to_string()).contains(&clock)
    };
    let starts = found.iter().flat_map(|day| {
        let place = desk.setup.locations.iter().find(|own| own.id == day.location);
        let place = place.map(|own| own.name.get("de")).unwrap_or_default();
        day.starts.iter().filter(|at| inside(at)).map(move |at| {
            let start = at.to_rfc3339_opts(SecondsFormat::Secs, true);
            (format!("{}/{start}", day.location), desk.clock(*at), place.to_owned())
        })
    });
    Ok(Offer { wish, date: dates::date(wish.date, "de"), starts: starts.collect() })
}
