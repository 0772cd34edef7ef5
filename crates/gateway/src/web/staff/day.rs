//! A location's day: a column for each counter, a row for every five minutes.

mod grid;
mod week;

pub(super) use week::show as week;

use askama::Template;
use axum::{
    http::StatusCode,
    response::{IntoResponse as _, Redirect},
};
use catalog::model::{Location, TownStatus};
use chrono::NaiveDate;
use notification::dates;
use scheduling::{Appointment, DaySheet};

use super::desk::Desk;
use crate::web::{
    Answer,
    error::Problem,
    page::{Page, render},
};
use grid::Grid;

#[derive(Template)]
#[template(path = "staff/day.html")]
struct DayPage<'a> {
    page: &'a Page,
    room: &'static str,
    desk: &'a Desk,
    location: &'a Location,
    date: NaiveDate,
    title: String,
    grid: Grid,
    list: Vec<&'a Appointment>,
    previous: String,
    next: String,
    is_today: bool,
    week: String,
    /// Minutes between two starts at the location.
    step: u16,
}

/// `GET /{town}/verwaltung`: the first location's present day; in a town that is being set up the
/// way on.
pub(super) async fn today(desk: Desk) -> Answer {
    let is_new = desk.setup.town.status == TownStatus::Onboarding;
    let room = if is_new && desk.may_set_up() { "/einrichtung" } else { "/tag" };
    Ok(Redirect::to(&desk.to(room)).into_response())
}

/// `GET /{town}/verwaltung/tag?datum=…&standort=…`
pub(super) async fn show(desk: Desk) -> Answer {
    let date = desk.asked("datum").and_then(|date| date.parse().ok());
    let date: NaiveDate = date.unwrap_or_else(|| desk.today());
    let location = desk.location().ok_or_else(|| desk.fail(Problem::UnknownLocation))?;
    let sheet = scheduling::day_sheet(&desk.office, &desk.scope, location.id, date).await;
    let sheet = sheet.map_err(|error| desk.fail(error))?;
    let mut list: Vec<_> = appointments(&sheet).collect();
    list.sort_by_key(|own| own.starts_at);
    let on = |date: Option<NaiveDate>| {
        let date = date.unwrap_or_default().to_string();
        desk.with("/tag", &[("datum", &date), ("standort", &location.slug)])
    };
    let page = DayPage {
        page: &desk.page,
        room: "tag",
        location,
        date,
        title: dates::date(date, "de"),
        grid: Grid::of(&desk, location, &sheet),
        list,
        previous: on(date.pred_opt()),
        next: on(date.succ_opt()),
        is_today: date == desk.today(),
        week: desk.with("/woche", &[("datum", &date.to_string()), ("standort", &location.slug)]),
        step: location.start_step,
        desk: &desk,
    };
    Ok(render(StatusCode::OK, &page))
}

fn appointments(sheet: &DaySheet) -> impl Iterator<Item = &Appointment> {
    sheet.counters.iter().flat_map(|counter| &counter.appointments)
}
