//! Looking for an appointment or a request by name, code, address or number. What is looked for is
//! sent in a form: an address is kept by browsers and servers, and a name has no place there.

use askama::Template;
use axum::http::StatusCode;
use scheduling::{Appointment, Found};
use serde::Deserialize;

use super::{desk::Desk, form::Posted};
use crate::web::{
    Answer,
    page::{Page, render},
};

#[derive(Template)]
#[template(path = "staff/search.html")]
struct Search<'a> {
    page: &'a Page,
    room: &'static str,
    desk: &'a Desk,
    words: &'a str,
    found: &'a Found,
}

impl Search<'_> {
    /// How many are shown.
    fn shown(&self) -> usize {
        let Found { requests, upcoming, past, .. } = self.found;
        requests.len() + upcoming.len() + past.len()
    }

    /// Each list of appointments with its heading.
    fn lists(&self) -> [(&'static str, &'static str, &[Appointment]); 2] {
        let Found { upcoming, past, .. } = self.found;
        [("kommende", "Kommende Termine", upcoming), ("vergangene", "Vergangene Termine", past)]
    }
}

/// What the form sends.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Sought {
    /// Part of a name, a number or an address.
    pub q: String,
}

/// `GET /{town}/verwaltung/suche`
pub(super) async fn form(desk: Desk) -> Answer {
    Ok(page(&desk, "", &Found::default()))
}

/// `POST /{town}/verwaltung/suche`
pub(super) async fn find(desk: Desk, Posted(Sought { q }): Posted<Sought>) -> Answer {
    let found = scheduling::find_appointments(&desk.office, &desk.scope, &q).await;
    let found = found.map_err(|error| desk.fail(error))?;
    Ok(page(&desk, q.trim(), &found))
}

fn page(desk: &Desk, words: &str, found: &Found) -> axum::response::Response {
    render(StatusCode::OK, &Search { page: &desk.page, room: "suche", desk, words, found })
}
