//! The day as a table: which cell starts in which row and how many rows it spans.

use catalog::model::{Location, Release};
use chrono::{DateTime, SecondsFormat, TimeDelta, Timelike as _, Utc};
use scheduling::{Appointment, CounterDay, DaySheet, Status};
use uuid::Uuid;

use super::super::desk::{Desk, word};

/// Minutes of a row.
const STEP: i64 = 5;
/// Rows between two labels, and longest free cell, so that each has a start to press on.
const LABEL_ROWS: usize = 6;

/// The table.
pub(super) struct Grid {
    /// Keys and names of the counters; those that are retired have no key.
    pub counters: Vec<(Option<String>, String)>,
    /// Its rows, top to bottom.
    pub rows: Vec<Row>,
    /// The first row's instant (RFC 3339); none without a row.
    pub first: Option<String>,
}

/// Five minutes.
pub(super) struct Row {
    /// `08:30`, on the half hours.
    pub label: Option<String>,
    /// In which of the label's rows the present instant lies.
    pub now: Option<usize>,
    /// The cells that start here.
    pub cells: Vec<Cell>,
}

/// A cell: something that a counter is at for a while.
#[derive(Debug)]
pub(super) struct Cell {
    /// How many rows it spans.
    pub rows: usize,
    /// `08:30`
    pub from: String,
    /// `09:00`
    pub to: String,
    /// What it shows.
    pub content: Content,
}

/// What a cell shows.
#[derive(Debug)]
pub(super) enum Content {
    /// Nothing is open.
    Closed,
    /// It would be open, and a closure keeps it shut.
    Blocked,
    /// Nobody is there yet.
    Free {
        /// Where it is booked; none for those who only look, and in the past.
        book: Option<Place>,
        /// Whether citizens cannot book it.
        reserve: bool,
    },
    /// A citizen is filling in the form, or somebody has an offer.
    Held,
    /// An appointment.
    Booked(Entry),
}

/// A free place that can be booked, or moved to.
#[derive(Debug)]
pub(super) struct Place {
    /// The form that books it.
    pub href: String,
    /// Its first instant (RFC 3339).
    pub start: String,
    /// The counter.
    pub counter: Uuid,
}

/// An appointment in the table.
#[derive(Debug)]
pub(super) struct Entry {
    /// Where it is shown whole.
    pub href: String,
    /// Where it is moved, while it can be.
    pub moves: Option<String>,
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
    Blocked,
    /// With the number of the piece that the free time is cut into.
    Free(Release, usize),
    Held,
    Booked(usize),
}

impl Grid {
    /// The table of a day; without a row where nothing is open or booked.
    pub(super) fn of(desk: &Desk, location: &Location, sheet: &DaySheet) -> Self {
        let key = |own: &CounterDay| (!own.is_retired).then(|| own.slug.clone());
        let counters = sheet.counters.iter().map(|own| (key(own), name(own)));
        let counters = counters.collect();
        let Some((first, rows)) = frame(desk, sheet) else {
            return Self { counters, rows: Vec::new(), first: None };
        };
        let columns: Vec<_> = sheet
            .counters
            .iter()
            .map(|counter| column(cells(desk, location, counter, (first, rows), LABEL_ROWS)))
            .collect();
        let mut columns: Vec<_> = columns.into_iter().map(Vec::into_iter).collect();
        let now = (desk.now() - first).num_minutes().div_euclid(STEP);
        let rows = (0..rows).map(|index| {
            let at = first + TimeDelta::minutes(STEP) * i32::try_from(index).unwrap_or(0);
            let cells = columns.iter_mut().filter_map(|column| column.next().flatten()).collect();
            let now = usize::try_from(now).ok().and_then(|now| now.checked_sub(index));
            Row {
                label: (index % LABEL_ROWS == 0).then(|| desk.clock(at)),
                now: now.filter(|row| *row < LABEL_ROWS),
                cells,
            }
        });
        Self { counters, rows: rows.collect(), first: Some(instant(first)) }
    }
}

/// What a counter is called, also one that there is no longer.
pub(super) fn name(counter: &CounterDay) -> String {
    let gone = if counter.is_retired { " (aufgegeben)" } else { "" };
    format!("{}{gone}", counter.name)
}

/// The cells of a column by the row they start in.
fn column(cells: Vec<Cell>) -> Vec<Option<Cell>> {
    let rows = |cell: Cell| {
        let more = cell.rows.saturating_sub(1);
        std::iter::once(Some(cell)).chain((0..more).map(|_| None))
    };
    cells.into_iter().flat_map(rows).collect()
}

/// A counter's day as a list: what it is at, free time in one piece; nothing where it is closed.
pub(super) fn list(desk: &Desk, location: &Location, sheet: &DaySheet) -> Vec<(String, Vec<Cell>)> {
    let Some((first, rows)) = frame(desk, sheet) else { return Vec::new() };
    let counter = |counter: &CounterDay| {
        let mut cells = cells(desk, location, counter, (first, rows), rows);
        cells.retain(|cell| !matches!(cell.content, Content::Closed));
        (name(counter), cells)
    };
    sheet.counters.iter().map(counter).filter(|(_, cells)| !cells.is_empty()).collect()
}

/// First instant, on the full hour, and number of rows of what is open or booked.
fn frame(desk: &Desk, sheet: &DaySheet) -> Option<(DateTime<Utc>, usize)> {
    let spans = sheet.counters.iter().flat_map(|counter| {
        let open = counter.open.iter().map(|span| (span.from, span.to));
        let open = open.chain(counter.blocked.iter().copied());
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

/// What a counter is at, row by row, in the order of time; free time is cut after `piece` rows.
fn cells(
    desk: &Desk,
    location: &Location,
    counter: &CounterDay,
    (first, rows): (DateTime<Utc>, usize),
    piece: usize,
) -> Vec<Cell> {
    let mut cells = Vec::new();
    let mut row = 0;
    for run in states(counter, first, rows, piece).chunk_by(|one, other| one == other) {
        let at = |row: usize| first + TimeDelta::minutes(STEP) * i32::try_from(row).unwrap_or(0);
        let content = match run[0] {
            State::Closed => Content::Closed,
            State::Blocked => Content::Blocked,
            State::Held => Content::Held,
            State::Free(release, _) => free(desk, location, counter, at(row), release),
            State::Booked(index) => Content::Booked(entry(desk, &counter.appointments[index])),
        };
        let (from, to) = (desk.clock(at(row)), desk.clock(at(row + run.len())));
        cells.push(Cell { rows: run.len(), from, to, content });
        row += run.len();
    }
    cells
}

fn states(counter: &CounterDay, first: DateTime<Utc>, rows: usize, piece: usize) -> Vec<State> {
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
        fill(span.from, span.to, &|row| State::Free(span.release, row / piece));
    }
    for (from, to) in &counter.blocked {
        fill(*from, *to, &|_| State::Blocked);
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
    states
}

/// An instant for scripts and forms (RFC 3339).
pub(super) fn instant(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::Secs, true)
}

fn free(
    desk: &Desk,
    location: &Location,
    counter: &CounterDay,
    at: DateTime<Utc>,
    release: Release,
) -> Content {
    let start = instant(at);
    let pairs = [("start", start.as_str()), ("standort", location.slug.as_str())];
    let href = desk.with("/buchen", &pairs);
    let can_be_booked = desk.may_work() && at > desk.now() - TimeDelta::minutes(STEP);
    let book = can_be_booked.then_some(Place { href, start, counter: counter.counter });
    Content::Free { book, reserve: release == Release::Reserve }
}

fn entry(desk: &Desk, own: &Appointment) -> Entry {
    let href = desk.appointment(&own.id);
    let can_move = desk.may_work() && own.status == Status::Booked;
    Entry {
        moves: can_move.then(|| format!("{href}/verschieben")),
        href,
        clock: desk.clock(own.starts_at),
        name: own.contact.as_ref().map_or_else(|| own.code.clone(), |own| own.name.clone()),
        services: desk.services(&own.basket),
        status: own.status,
    }
}

impl Cell {
    /// What it is, in a word.
    pub(super) fn spoken(&self) -> &'static str {
        match &self.content {
            Content::Booked(entry) => word(entry.status),
            Content::Free { reserve: true, .. } => "Reserve",
            Content::Free { .. } => "frei",
            Content::Held => "freigehalten",
            Content::Blocked => "gesperrt",
            Content::Closed => "geschlossen",
        }
    }
}
