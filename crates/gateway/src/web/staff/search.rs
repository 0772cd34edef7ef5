//! Looking for an appointment by name, code, address or number.

use askama::Template;
use axum::http::StatusCode;
use scheduling::Appointment;

use super::desk::Desk;
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
    found: &'a [Appointment],
}

/// `GET /{town}/verwaltung/suche?q=…`
pub(super) async fn show(desk: Desk) -> Answer {
    let words = desk.asked("q").unwrap_or_default();
    let found = scheduling::find_appointments(&desk.office, &desk.scope, words).await;
    let found = found.map_err(|error| desk.fail(error))?;
    Ok(render(
        StatusCode::OK,
        &Search { page: &desk.page, room: "suche", desk: &desk, words, found: &found },
    ))
}
