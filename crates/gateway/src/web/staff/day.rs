//! A location's day: a column for each counter, a row for every five minutes.

mod grid;
mod head;
mod week;

pub(super) use week::show as week;

use askama::Template;
use axum::{
    http::StatusCode,
    response::{IntoResponse as _, Redirect},
};
use catalog::model::{Location, TownStatus};
use scheduling::{Appointment, DaySheet};

use super::desk::Desk;
use crate::web::{
    Answer,
    error::Problem,
    page::{Page, render},
};
use grid::Grid;
use head::Head;

#[derive(Template)]
#[template(path = "staff/day.html")]
struct DayPage<'a> {
    page: &'a Page,
    room: &'static str,
    desk: &'a Desk,
    location: &'a Location,
    head: Head,
    grid: Grid,
    list: Vec<&'a Appointment>,
    is_today: bool,
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
    let date = head::date(&desk);
    let location = desk.location().ok_or_else(|| desk.fail(Problem::UnknownLocation))?;
    let sheet = scheduling::day_sheet(&desk.office, &desk.scope, location.id, date).await;
    let sheet = sheet.map_err(|error| desk.fail(error))?;
    let mut list: Vec<_> = appointments(&sheet).collect();
    list.sort_by_key(|own| own.starts_at);
    let page = DayPage {
        page: &desk.page,
        room: "tag",
        location,
        head: Head::of_day(&desk, location, date),
        grid: Grid::of(&desk, location, &sheet),
        list,
        is_today: date == desk.today(),
        step: location.start_step,
        desk: &desk,
    };
    Ok(render(StatusCode::OK, &page))
}

fn appointments(sheet: &DaySheet) -> impl Iterator<Item = &Appointment> {
    sheet.counters.iter().flat_map(|counter| &counter.appointments)
}
