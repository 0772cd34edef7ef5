//! The day as a table: which cell starts in which row and how many rows it spans.

use catalog::model::{Location, Release};
use chrono::{DateTime, TimeDelta, Timelike as _, Utc};
use scheduling::{Appointment, CounterDay, DaySheet, Status};

use super::super::desk::{Desk, word};

/// Minutes of a row.
const STEP: i64 = 5;
/// Rows between two labels, and longest free cell, so that each has a start to press on.
const LABEL_ROWS: usize = 6;

/// The table.
pub(super) struct Grid {
    /// Names of the counters.
    pub counters: Vec<String>,
    /// Its rows, top to bottom.
    pub rows: Vec<Row>,
}

/// Five minutes.
pub(super) struct Row {
    /// `08:30`, on the half hours.
    pub label: Option<String>,
    /// Whether the present instant lies in it.
    pub now: bool,
    /// The cells that start here.
    pub cells: Vec<Cell>,
}

/// A cell.
#[derive(Debug)]
pub(super) struct Cell {
    /// How many rows it spans.
    pub rows: usize,
    /// What it shows.
    pub content: Content,
}

/// What a cell shows.
#[derive(Debug)]
pub(super) enum Content {
    /// Nothing is open.
    Closed,
    /// Nobody is there yet.
    Free {
        /// `08:30`
        clock: String,
        /// Where it is booked; none for those who only look, and in the past.
        book: Option<String>,
        /// Whether citizens cannot book it.
        reserve: bool,
    },
    /// A citizen is filling in the form.
    Held,
    /// An appointment.
    Booked(Entry),
}

/// An appointment in the table.
#[derive(Debug)]
pub(super) struct Entry {
    /// Where it is shown whole.
    pub href: String,
    /// `08:30`
    pub clock: String,
    /// Who comes.
    pub name: String,
    /// What for.
    pub services: String,
    /// Where it stands.
    pub status: Status,
}

/// What a counter is at in one row.
#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    Closed,
    /// With the number of the half hour.
    Free(Release, usize),
    Held,
    Booked(usize),
}

impl Grid {
    /// The table of a day; without a row where nothing is open or booked.
    pub(super) fn of(desk: &Desk, location: &Location, sheet: &DaySheet) -> Self {
        let counters = sheet.counters.iter().map(|counter| counter.name.clone()).collect();
        let Some((first, rows)) = frame(desk, sheet) else {
            return Self { counters, rows: Vec::new() };
        };
        let columns: Vec<_> = sheet
            .counters
            .iter()
            .map(|counter| column(desk, location, counter, first, rows))
            .collect();
        let mut columns: Vec<_> = columns.into_iter().map(Vec::into_iter).collect();
        let now = desk.now();
        let rows = (0..rows).map(|index| {
            let at = first + TimeDelta::minutes(STEP) * i32::try_from(index).unwrap_or(0);
            let cells = columns.iter_mut().filter_map(|column| column.next().flatten()).collect();
            Row {
                label: (index % LABEL_ROWS == 0).then(|| desk.clock(at)),
                now: (at..at + TimeDelta::minutes(STEP)).contains(&now),
                cells,
            }
        });
        Self { counters, rows: rows.collect() }
    }
}

/// First instant, on the full hour, and number of rows of what is open or booked.
fn frame(desk: &Desk, sheet: &DaySheet) -> Option<(DateTime<Utc>, usize)> {
    let spans = sheet.counters.iter().flat_map(|counter| {
        let open = counter.open.iter().map(|span| (span.from, span.to));
        open.chain(counter.appointments.iter().map(|own| (own.starts_at, own.ends_at)))
    });
    let (first, last) =
        spans.fold(None, |frame: Option<(DateTime<Utc>, DateTime<Utc>)>, span| {
            Some(frame.map_or(span, |(from, to)| (from.min(span.0), to.max(span.1))))
        })?;
    let first = first - TimeDelta::minutes(i64::from(desk.local(first).minute()));
    let rows = ((last - first).num_minutes() + STEP - 1) / STEP;
    let rows = usize::try_from(rows).unwrap_or(0).next_multiple_of(LABEL_ROWS);
    Some((first, rows))
}

/// A counter's cells by the row they start in.
fn column(
    desk: &Desk,
    location: &Location,
    counter: &CounterDay,
    first: DateTime<Utc>,
    rows: usize,
) -> Vec<Option<Cell>> {
    let mut states = vec![State::Closed; rows];
    let mut fill = |from: DateTime<Utc>, to: DateTime<Utc>, state: &dyn Fn(usize) -> State| {
        let row = |minutes: i64| usize::try_from(minutes.max(0)).unwrap_or(0).min(rows);
        let start = row((from - first).num_minutes() / STEP);
        let end = row(((to - first).num_minutes() + STEP - 1) / STEP);
        for (index, own) in states.iter_mut().enumerate().take(end).skip(start) {
            *own = state(index);
        }
    };
    for span in &counter.open {
        fill(span.from, span.to, &|row| State::Free(span.release, row / LABEL_ROWS));
    }
    for (from, to) in &counter.held {
        fill(*from, *to, &|_| State::Held);
    }
    // A missed appointment gives way to what was booked in its place.
    let mut order: Vec<usize> = (0..counter.appointments.len()).collect();
    order.sort_by_key(|index| counter.appointments[*index].status.occupies());
    for index in order {
        let own = &counter.appointments[index];
        fill(own.starts_at, own.ends_at, &|_| State::Booked(index));
    }
    let mut cells: Vec<Option<Cell>> = Vec::with_capacity(rows);
    for run in states.chunk_by(|one, other| one == other) {
        let at = first + TimeDelta::minutes(STEP) * i32::try_from(cells.len()).unwrap_or(0);
        let content = match run[0] {
            State::Closed => Content::Closed,
            State::Held => Content::Held,
            State::Free(release, _) => free(desk, location, at, release),
            State::Booked(index) => Content::Booked(entry(desk, &counter.appointments[index])),
        };
        cells.push(Some(Cell { rows: run.len(), content }));
        cells.extend((1..run.len()).map(|_| None));
    }
    cells
}

fn free(desk: &Desk, location: &Location, at: DateTime<Utc>, release: Release) -> Content {
    let start = at.to_rfc3339_opts(chrono::SecondsFormat::Secs, true);
    let book = desk.may_work() && at > desk.now() - TimeDelta::minutes(STEP);
    let pairs = [("start", start.as_str()), ("standort", location.slug.as_str())];
    Content::Free {
        clock: desk.clock(at),
        book: book.then(|| desk.with("/buchen", &pairs)),
        reserve: release == Release::Reserve,
    }
}

fn entry(desk: &Desk, own: &Appointment) -> Entry {
    Entry {
        href: desk.to(&format!("/termine/{}", own.id)),
        clock: desk.clock(own.starts_at),
        name: own.contact.as_ref().map_or_else(|| own.code.clone(), |own| own.name.clone()),
        services: desk.services(&own.basket),
        status: own.status,
    }
}

impl Cell {
    /// What assistive technology reads where the eye sees a colour.
    pub(super) fn spoken(&self) -> &'static str {
        match &self.content {
            Content::Booked(entry) => word(entry.status),
            Content::Free { reserve: true, .. } => "Reserve",
            Content::Free { .. } => "frei",
            Content::Held => "wird gerade gebucht",
            Content::Closed => "geschlossen",
        }
    }
}
