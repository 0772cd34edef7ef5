//! What the template of place and time shows.

use askama::Template;
use axum::{http::StatusCode, response::Response};
use catalog::model::Location;
use chrono::{DateTime, NaiveDate, Timelike as _, Utc};
use notification::dates;
use scheduling::slots::DaySlots;
use uuid::Uuid;

use super::{Found, Taken};
use crate::web::{
    citizen::{
        calendar::{self, Day, month_after, month_before, month_of},
        prepare::{self, Line},
        proof::Asking,
        selection::{Selection, instant},
    },
    contact::Typed,
    links::Pair,
    page::{self, Page},
    town::Town,
};

#[derive(Template)]
#[template(path = "citizen/times.html")]
struct Times<'a> {
    page: &'a Page,
    /// The basket.
    lines: Vec<Line<'a>>,
    entries: Vec<Entry<'a>>,
    minutes: u16,
    /// The page of the appointment that is to be moved.
    moved: Option<String>,
    /// The home page, to which another service can be added.
    another: String,
    /// Where forms that change the choice lead, and what they carry along.
    here: String,
    carried: Vec<Pair>,
    /// Basket and place as query parameters, for the forms that change one of them.
    basket: Vec<Pair>,
    /// Locations to choose from, when there are several.
    places: Vec<Place<'a>>,
    any_place: bool,
    place: Option<&'a str>,
    /// Where a chosen start is sent.
    hold: String,
    typed: Option<&'a Typed>,
    /// Starts near one that was taken, when that happened.
    taken: Option<Vec<Start>>,
    proposal: Option<Start>,
    /// The challenge, where one is asked for.
    asked: Option<Asking>,
    /// Shown when the first bookable day is not today.
    opens: Option<String>,
    month: Month,
    day: Option<Shown>,
    /// Free starts in other months, when this one has none.
    next: Option<Next>,
    /// The waiting list, for whom nothing suits.
    wait: String,
}

impl Times<'_> {
    fn has_quantities(&self) -> bool {
        self.entries.iter().any(|entry| !entry.quantities.is_empty())
    }
}

struct Entry<'a> {
    line: Line<'a>,
    /// What the select offers, when more than one is possible.
    quantities: Vec<u16>,
    remove: String,
}

struct Place<'a> {
    location: &'a Location,
    chosen: bool,
}

/// A free start as a button.
struct Start {
    /// What the button sends.
    value: String,
    date: String,
    time: String,
    /// The time without `Uhr`.
    clock: String,
    place: String,
}

struct Month {
    title: String,
    previous: Option<String>,
    next: Option<String>,
    weeks: Vec<Vec<Option<Cell>>>,
}

struct Cell {
    day: Day,
    date: String,
    href: String,
    chosen: bool,
}

/// The day whose times are shown.
struct Shown {
    title: String,
    count: usize,
    places: Vec<Column>,
}

struct Column {
    /// Slug of the location.
    key: String,
    name: String,
    /// Starts before and after noon.
    halves: [Vec<Start>; 2],
}

struct Next {
    date: String,
    href: String,
}

pub(super) fn render(
    town: &Town,
    selection: &Selection,
    found: &Found<'_>,
    taken: Option<&Taken>,
    asked: Option<Asking>,
    status: StatusCode,
) -> Response {
    let links = &town.page.links;
    let lines = prepare::lines(&town.setup, &selection.basket);
    let times = Times {
        page: &town.page,
        minutes: prepare::minutes(&lines),
        entries: entries(town, selection, &lines),
        lines,
        moved: selection.moves.as_ref().map(|secret| links.page(&format!("/termin/b/{secret}"))),
        another: links.with("", selection.basket_pairs()),
        wait: links.with("/warteliste", selection.wish_pairs()),
        here: format!("{}/termin", links.prefix),
        carried: carried(town, selection),
        basket: selection.basket_pairs(),
        places: places(selection, found),
        any_place: selection.location.is_none(),
        place: selection.location.as_deref(),
        hold: links.with("/termin/halten", selection.without_time().pairs()),
        typed: taken.and_then(|taken| taken.typed.as_ref()),
        taken: taken.map(|taken| {
            let near = taken.nearest.iter();
            near.filter_map(|free| start(town, free.location, free.starts_at)).collect()
        }),
        asked,
        proposal: found.earliest.as_ref().and_then(|day| start(town, day.location, day.starts[0])),
        opens: found
            .window
            .filter(|(first, _)| *first > town.today())
            .map(|(first, _)| dates::date(first, town.locale())),
        month: month(town, selection, found),
        day: found.day.map(|date| shown(town, date, found)),
        next: next(town, selection, found),
    };
    page::render(status, &times)
}

fn entries<'a>(town: &Town, selection: &Selection, lines: &[Line<'a>]) -> Vec<Entry<'a>> {
    let links = &town.page.links;
    let entry = |(index, line): (usize, &Line<'a>)| {
        let most = line.service.max_quantity;
        let rest = selection.without_line(index);
        let path = if rest.basket.is_empty() { "" } else { "/termin" };
        Entry {
            line: *line,
            quantities: if most > 1 { (1..=most).collect() } else { Vec::new() },
            remove: links.with(path, rest.pairs()),
        }
    };
    lines.iter().enumerate().map(entry).collect()
}

/// What every form that changes the choice carries along.
fn carried(town: &Town, selection: &Selection) -> Vec<Pair> {
    let hold = selection.hold.clone().map(|hold| ("hold", hold));
    let moves = selection.moves.clone().map(|secret| ("bisher", secret));
    let lang = town.page.links.lang.map(|lang| ("lang", lang.to_owned()));
    hold.into_iter().chain(moves).chain(lang).collect()
}

fn places<'a>(selection: &Selection, found: &Found<'a>) -> Vec<Place<'a>> {
    if found.places.len() < 2 {
        return Vec::new();
    }
    let place = |location: &&'a Location| Place {
        location,
        chosen: selection.location.as_deref() == Some(&location.slug),
    };
    found.places.iter().map(place).collect()
}

fn start(town: &Town, location: Uuid, at: DateTime<Utc>) -> Option<Start> {
    let place = town.setup.locations.iter().find(|own| own.id == location)?;
    let locale = town.locale();
    Some(Start {
        value: format!("{}/{}", place.slug, instant(at)),
        date: dates::date(town.local_date(at), locale),
        time: dates::time(at, town.setup.town.time_zone, locale),
        clock: at.with_timezone(&town.setup.town.time_zone).format("%H:%M").to_string(),
        place: place.name.get(locale).to_owned(),
    })
}

fn month(town: &Town, selection: &Selection, found: &Found<'_>) -> Month {
    let look_at = |month: NaiveDate, day: Option<NaiveDate>| {
        let choice = Selection { month: Some(month), day, ..selection.without_time() };
        town.page.links.with("/termin", choice.pairs())
    };
    let cell = |day: Day| Cell {
        day,
        date: dates::date(day.date, town.locale()),
        href: look_at(found.month, Some(day.date)),
        chosen: found.day == Some(day.date),
    };
    let (first, last) = found.window.unwrap_or((found.month, found.month));
    let weeks = calendar::weeks(found.month, &found.counts());
    Month {
        title: dates::month(found.month, town.locale()),
        previous: (found.month > month_of(first)).then(|| look_at(month_before(found.month), None)),
        next: (found.month < month_of(last)).then(|| look_at(month_after(found.month), None)),
        weeks: weeks.into_iter().map(|week| week.map(|day| day.map(cell)).into()).collect(),
    }
}

fn shown(town: &Town, date: NaiveDate, found: &Found<'_>) -> Shown {
    let days: Vec<&DaySlots> = found.days.iter().filter(|day| day.date == date).collect();
    Shown {
        title: dates::date(date, town.locale()),
        count: days.iter().map(|day| day.starts.len()).sum(),
        places: days.into_iter().map(|day| column(town, day)).collect(),
    }
}

fn column(town: &Town, day: &DaySlots) -> Column {
    let zone = town.setup.town.time_zone;
    let noon = day.starts.partition_point(|at| at.with_timezone(&zone).hour() < 12);
    let (morning, afternoon) = day.starts.split_at(noon);
    let half = |starts: &[DateTime<Utc>]| {
        starts.iter().filter_map(|at| start(town, day.location, *at)).collect()
    };
    let place = town.setup.locations.iter().find(|own| own.id == day.location);
    Column {
        key: place.map(|own| own.slug.clone()).unwrap_or_default(),
        name: place.map(|own| town.page.own(&own.name).to_owned()).unwrap_or_default(),
        halves: [half(morning), half(afternoon)],
    }
}

/// The way to the first free day when the month that is shown has none.
fn next(town: &Town, selection: &Selection, found: &Found<'_>) -> Option<Next> {
    let date = found.earliest.as_ref().filter(|_| found.days.is_empty())?.date;
    let choice = Selection { month: None, day: Some(date), ..selection.without_time() };
    Some(Next {
        date: dates::date(date, town.locale()),
        href: town.page.links.with("/termin", choice.pairs()),
    })
}
