//! A location's day: a column for each counter, a row for every five minutes; or a list of who comes.

mod grid;
mod head;
mod place;
mod week;

pub(super) use week::show as week;

use askama::Template;
use axum::{
    http::StatusCode,
    response::{IntoResponse as _, Redirect},
};
use catalog::model::{Location, TownStatus};
use scheduling::{Appointment, DaySheet};

use super::{desk::Desk, form::Posted, pulse, search::Sought};
use crate::web::{
    Answer,
    page::{Page, render},
};
use grid::Grid;
use head::Head;
use place::Place;

#[derive(Template)]
#[template(path = "staff/day.html")]
struct DayPage<'a> {
    page: &'a Page,
    room: &'static str,
    desk: &'a Desk,
    location: &'a Location,
    head: Head,
    grid: Grid,
    /// Who comes, by start; only those who are looked for.
    list: Vec<Line<'a>>,
    /// How many come.
    all: usize,
    /// Whom the list is searched for.
    words: &'a str,
    is_today: bool,
    /// Minutes between two starts at the location.
    step: u16,
    place: &'a Place,
    /// How the town stood before the day was read.
    known: String,
}

/// An appointment in the list.
struct Line<'a> {
    own: &'a Appointment,
    counter: String,
}

impl DayPage<'_> {
    /// Where whom one looks for in the list is sent.
    fn seek(&self) -> String {
        let (date, place) = (self.head.date.to_string(), self.location.slug.as_str());
        let pairs = [("datum", date.as_str()), ("standort", place), ("ansicht", "liste")];
        self.desk.with("/tag", &pairs)
    }
}

impl Line<'_> {
    /// Who comes; the number of those whose data are gone.
    fn name(&self) -> &str {
        self.own.contact.as_ref().map_or(&self.own.code, |contact| &contact.name)
    }

    fn email(&self) -> &str {
        self.own.contact.as_ref().and_then(|contact| contact.email.as_deref()).unwrap_or_default()
    }
}

/// `GET /{town}/verwaltung`: the first location's present day; in a town that is being set up the
/// way on.
pub(super) async fn today(desk: Desk) -> Answer {
    let is_new = desk.setup.town.status == TownStatus::Onboarding;
    let room = if is_new && desk.may_set_up() { "/einrichtung" } else { "/tag" };
    Ok(Redirect::to(&desk.to(room)).into_response())
}

/// `GET /{town}/verwaltung/tag?datum=…&standort=…&ansicht=liste`
pub(super) async fn show(desk: Desk) -> Answer {
    page(&desk, "").await
}

/// `POST /{town}/verwaltung/tag?datum=…&standort=…&ansicht=liste`: the list of those who are looked
/// for.
pub(super) async fn find(desk: Desk, Posted(sought): Posted<Sought>) -> Answer {
    page(&desk, sought.q.trim()).await
}

async fn page(desk: &Desk, words: &str) -> Answer {
    let date = head::date(desk);
    let place = Place::of(desk).await?;
    let location = place.location(desk)?;
    let known = pulse::known(desk).await?;
    let sheet = scheduling::day_sheet(&desk.office, &desk.scope, location.id, date).await;
    let sheet = sheet.map_err(|error| desk.fail(error))?;
    let head = Head::of_day(desk, location, date);
    let words = if head.is_list { words } else { "" };
    let mut list: Vec<_> = lines(&sheet).collect();
    let all = list.len();
    list.retain(|line| line.own.is_called(words));
    list.sort_by_key(|line| line.own.starts_at);
    let page = DayPage {
        page: &desk.page,
        room: "tag",
        location,
        head,
        grid: Grid::of(desk, location, &sheet),
        list,
        all,
        words,
        is_today: date == desk.today(),
        step: location.start_step,
        place: &place,
        known,
        desk,
    };
    Ok(render(StatusCode::OK, &page))
}

fn lines(sheet: &DaySheet) -> impl Iterator<Item = Line<'_>> {
    sheet.counters.iter().flat_map(|counter| {
        counter.appointments.iter().map(|own| Line { own, counter: grid::name(counter) })
    })
}
