//! A location's week: a column for each day, its counters below each other.

use askama::Template;
use axum::http::StatusCode;
use catalog::model::Location;
use notification::dates;
use scheduling::DaySheet;

use super::{
    super::{desk::Desk, pulse},
    grid::{self, Cell, Content},
    head::{self, Head},
    place::Place,
};
use crate::web::{
    Answer,
    page::{Page, render},
};

#[derive(Template)]
#[template(path = "staff/week.html")]
struct WeekPage<'a> {
    page: &'a Page,
    room: &'static str,
    desk: &'a Desk,
    location: &'a Location,
    head: Head,
    days: Vec<Column>,
    place: &'a Place,
    /// How the town stood before the week was read.
    known: String,
}

/// One day.
struct Column {
    title: String,
    href: String,
    is_today: bool,
    booked: usize,
    counters: Vec<(String, Vec<Cell>)>,
}

/// `GET /{town}/verwaltung/woche?datum=…&standort=…`
pub(in super::super) async fn show(desk: Desk) -> Answer {
    let date = head::date(&desk);
    let place = Place::of(&desk).await?;
    let location = place.location(&desk)?;
    let known = pulse::known(&desk).await?;
    let sheets = scheduling::week_sheet(&desk.office, &desk.scope, location.id, date).await;
    let sheets = sheets.map_err(|error| desk.fail(error))?;
    let days = sheets.iter().map(|sheet| Column::of(&desk, location, sheet));
    let page = WeekPage {
        page: &desk.page,
        room: "tag",
        location,
        head: Head::of_week(&desk, location, date),
        days: days.filter(Column::is_shown).collect(),
        place: &place,
        known,
        desk: &desk,
    };
    Ok(render(StatusCode::OK, &page))
}

impl Column {
    fn of(desk: &Desk, location: &Location, sheet: &DaySheet) -> Self {
        Self {
            title: dates::date(sheet.date, "de"),
            href: head::day(desk, location, sheet.date),
            is_today: sheet.date == desk.today(),
            booked: sheet.counters.iter().map(|counter| counter.appointments.len()).sum(),
            counters: grid::list(desk, location, sheet),
        }
    }

    /// Whether anything is open or booked.
    fn is_shown(&self) -> bool {
        !self.counters.is_empty()
    }
}
