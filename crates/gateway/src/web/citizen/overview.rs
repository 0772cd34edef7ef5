//! "My appointments": a link by mail, and the list that it shows.

use askama::Template;
use axum::{
    Form,
    extract::{Path, State},
    http::StatusCode,
};
use scheduling::Error;
use serde::Deserialize;

use super::{
    done::Key,
    own::when,
    prepare::{self, Line},
};
use crate::{
    layer::client::Client,
    state::AppState,
    throttle::{self, Refused},
    web::{
        Answer,
        contact::Errors,
        page::{Page, render},
        town::Town,
    },
};

#[derive(Template)]
#[template(path = "citizen/overview_ask.html")]
struct AskPage<'a> {
    page: &'a Page,
    email: &'a str,
    errors: Errors,
    /// Whether a mail is on its way, if there is anything to tell.
    sent: bool,
}

#[derive(Template)]
#[template(path = "citizen/overview.html")]
struct OverviewPage<'a> {
    page: &'a Page,
    /// None until the button was pressed.
    own: Option<Vec<Own<'a>>>,
}

/// One appointment in the list.
struct Own<'a> {
    when: String,
    place: String,
    lines: Vec<Line<'a>>,
    href: String,
}

/// The address that was booked with.
#[derive(Default, Deserialize)]
pub(super) struct Asked {
    #[serde(default)]
    email: String,
}

/// `GET /{town}/meine-termine`
pub(super) async fn form(town: Town) -> Answer {
    Ok(show(&town, "", Errors::default(), false))
}

/// `POST /{town}/meine-termine`: answers alike whether there is an appointment or not.
pub(super) async fn ask(
    town: Town,
    State(state): State<AppState>,
    client: Client,
    Form(asked): Form<Asked>,
) -> Answer {
    let email = asked.email.trim();
    if let Err(Refused::Wait(_)) = throttle::overview(&state, &town.scope, &client, email).await {
        let errors = Errors::one("email", town.page.text("overview-often"));
        return Ok(show(&town, email, errors, false));
    }
    let (office, scope) = (&town.office, &town.scope);
    match scheduling::request_overview(office, scope, email, town.locale()).await {
        Ok(()) => Ok(show(&town, email, Errors::default(), true)),
        Err(Error::Contact(problems)) => {
            Ok(show(&town, email, Errors::of(&town.page, problems), false))
        }
        Err(error) => Err(town.fail(error)),
    }
}

fn show(town: &Town, email: &str, errors: Errors, sent: bool) -> axum::response::Response {
    let status = errors.status();
    render(status, &AskPage { page: &town.page, email, errors, sent })
}

/// `GET /{town}/meine-termine/{secret}`: a button, since mail scanners open links.
pub(super) async fn open(town: Town, Path(_): Path<Key>) -> Answer {
    Ok(render(StatusCode::OK, &OverviewPage { page: &town.page, own: None }))
}

/// `POST /{town}/meine-termine/{secret}`
pub(super) async fn list(town: Town, Path(key): Path<Key>) -> Answer {
    let found = match scheduling::overview(&town.office, &town.scope, &key.secret).await {
        Ok(found) => found,
        Err(Error::UnknownAppointment) => {
            let errors = Errors::one("email", town.page.text("overview-old"));
            return Ok(show(&town, "", errors, false));
        }
        Err(error) => return Err(town.fail(error)),
    };
    let own = found.into_iter().map(|(appointment, secret)| Own {
        when: when(&town, appointment.starts_at),
        place: appointment
            .location_in(&town.setup)
            .map(|location| town.page.own(&location.name).to_owned())
            .unwrap_or_default(),
        lines: prepare::lines(&town.setup, &appointment.basket),
        href: town.page.to(&Key { secret }.path()),
    });
    let page = OverviewPage { page: &town.page, own: Some(own.collect()) };
    Ok(render(StatusCode::OK, &page))
}
