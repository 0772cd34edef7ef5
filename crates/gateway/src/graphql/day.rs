//! The counter day, closings and the audit log: descriptions are the API's documentation.

use async_graphql::{Enum, InputObject, SimpleObject};
use catalog::{model, time::WallTime};
use chrono::{DateTime, NaiveDate, Utc};
use uuid::Uuid;

use super::{error::ApiError, page, types::Appointment};

/// What happens with the appointments that a closure falls on.
#[derive(Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(remote = "scheduling::Affected")]
pub(super) enum Affected {
    /// They stay as they are.
    Keep,
    /// They go to another counter at the same time; what finds none is left where it is.
    Redistribute,
    /// They go to another counter at the same time, else to the next free time; what finds none is
    /// left where it is.
    Move,
    /// They are cancelled.
    Cancel,
}

/// What a closure has done.
#[derive(SimpleObject)]
pub(super) struct Closed {
    /// Identity of the closing, to undo it.
    id: Uuid,
    /// Until then it can be undone; then its mails leave.
    undo_until: DateTime<Utc>,
    /// Appointments that are now at another counter or time.
    moved: Vec<Appointment>,
    /// Cancelled appointments.
    cancelled: Vec<Appointment>,
    /// Appointments that it falls on and that stand where they stood.
    left: Vec<Appointment>,
    /// Appointments that somebody else has changed meanwhile, as they are now.
    changed: Vec<Appointment>,
}

impl From<scheduling::Closed> for Closed {
    fn from(closed: scheduling::Closed) -> Self {
        Self {
            id: closed.id,
            undo_until: closed.undo_until,
            moved: list(closed.moved),
            cancelled: list(closed.cancelled),
            left: list(closed.left),
            changed: list(closed.changed),
        }
    }
}

fn list(own: Vec<scheduling::Appointment>) -> Vec<Appointment> {
    own.into_iter().map(Into::into).collect()
}

/// A closing whose mails have not left.
#[derive(SimpleObject)]
pub(super) struct Undoable {
    /// Identity.
    id: Uuid,
    /// The location's id.
    location: Uuid,
    /// First local date of the closure.
    from: NaiveDate,
    /// Last local date of the closure.
    to: NaiveDate,
    /// On each day only from this local time, `HH:MM`.
    from_time: Option<String>,
    /// On each day only to this local time, `HH:MM`.
    to_time: Option<String>,
    /// Slugs of the closed counters; none named means all.
    counters: Vec<String>,
    /// Why, in German; may be empty.
    reason: String,
    /// How many appointments were moved or cancelled.
    changed: usize,
    /// Until then it can be undone.
    until: DateTime<Utc>,
    /// Whether who asks may undo it: another department may be served at its counters as well.
    may_undo: bool,
}

/// A local time, `HH:MM`.
fn clock(time: Option<WallTime>) -> Option<String> {
    time.map(|time| time.to_string())
}

impl From<scheduling::Undoable> for Undoable {
    fn from(own: scheduling::Undoable) -> Self {
        let scheduling::Undoable { id, location, closure, changed, until, may_undo } = own;
        Self {
            id,
            location,
            from: closure.from,
            to: closure.to,
            from_time: clock(closure.from_time),
            to_time: clock(closure.to_time),
            reason: closure.reason.get("de").to_owned(),
            counters: closure.counters,
            changed,
            until,
            may_undo,
        }
    }
}

/// A closure of a location that is not over.
#[derive(SimpleObject)]
pub(super) struct StandingClosure {
    /// Identity, to lift it; another one once anything about it is changed.
    id: Uuid,
    /// The location's id.
    location: Uuid,
    /// First local date.
    from: NaiveDate,
    /// Last local date.
    to: NaiveDate,
    /// On each day only from this local time, `HH:MM`.
    from_time: Option<String>,
    /// On each day only to this local time, `HH:MM`.
    to_time: Option<String>,
    /// Slugs of the closed counters; none named means all.
    counters: Vec<String>,
    /// Why, in German; may be empty.
    reason: String,
    /// Whether who asks may lift it: another department may be served at its counters as well.
    may_lift: bool,
}

impl From<scheduling::Standing> for StandingClosure {
    fn from(own: scheduling::Standing) -> Self {
        let scheduling::Standing { id, location, closure, may_lift } = own;
        Self {
            id,
            location,
            from: closure.from,
            to: closure.to,
            from_time: clock(closure.from_time),
            to_time: clock(closure.to_time),
            reason: closure.reason.get("de").to_owned(),
            counters: closure.counters,
            may_lift,
        }
    }
}

/// What came of undoing a closing.
#[derive(SimpleObject)]
pub(super) struct Undone {
    /// Appointments that stand again where they stood.
    restored: Vec<Appointment>,
    /// Those whose place was taken, or that somebody has changed since.
    left: Vec<Appointment>,
}

impl From<scheduling::Undone> for Undone {
    fn from(own: scheduling::Undone) -> Self {
        Self { restored: list(own.restored), left: list(own.left) }
    }
}

/// A dated exception: nothing is open from `from` to `to`, both included.
#[derive(InputObject)]
pub(super) struct ClosureInput {
    /// First local date.
    from: NaiveDate,
    /// Last local date.
    to: NaiveDate,
    /// On each day only from this local time, `HH:MM`.
    from_time: Option<String>,
    /// On each day only to this local time, `HH:MM`.
    to_time: Option<String>,
    /// Slugs of the closed counters; none named means all.
    #[graphql(default)]
    counters: Vec<String>,
    /// Why, in German; told to those whose appointments are cancelled. At most 500 characters.
    #[graphql(default)]
    reason: String,
}

impl ClosureInput {
    pub(super) fn read(self) -> Result<model::Closure, ApiError> {
        let time = |text: Option<String>| match text {
            Some(text) => text.parse().map(Some).map_err(|_| ApiError::Closure),
            None => Ok(None),
        };
        let closure = model::Closure {
            from: self.from,
            to: self.to,
            from_time: time(self.from_time)?,
            to_time: time(self.to_time)?,
            counters: self.counters,
            reason: match self.reason.trim() {
                "" => model::Text::default(),
                reason => model::Text::german(reason),
            },
        };
        let ordered = match (closure.from_time, closure.to_time) {
            (Some(from), Some(to)) => from < to,
            _ => true,
        };
        if closure.from <= closure.to && ordered { Ok(closure) } else { Err(ApiError::Closure) }
    }
}

/// A counter's day, as its clerks see it.
#[derive(SimpleObject)]
pub(super) struct CounterDay {
    /// The counter's id.
    counter: Uuid,
    /// Its slug, by which closures name it.
    slug: String,
    /// Its name.
    name: String,
    /// Whether the town has taken it out of its set-up: it is never open, and its appointments stand
    /// until somebody moves or cancels them.
    is_retired: bool,
    /// When it is open, ascending; closures are cut out.
    open: Vec<OpenSpan>,
    /// When it would be open and a closure keeps it shut, ascending.
    blocked: Vec<Span>,
    /// What citizens are filling in a form for, what is offered to somebody, or what another
    /// department has taken.
    held: Vec<Span>,
    /// Its appointments, by start, without the cancelled ones.
    appointments: Vec<Appointment>,
}

/// A span of time.
#[derive(SimpleObject)]
pub(super) struct Span {
    /// Start.
    starts_at: DateTime<Utc>,
    /// End, excluded.
    ends_at: DateTime<Utc>,
}

/// A span during which a counter is open.
#[derive(SimpleObject)]
pub(super) struct OpenSpan {
    /// Start.
    starts_at: DateTime<Utc>,
    /// End, excluded.
    ends_at: DateTime<Utc>,
    /// Whether only staff may book it.
    reserve: bool,
}

impl From<scheduling::CounterDay> for CounterDay {
    fn from(own: scheduling::CounterDay) -> Self {
        let open = |span: scheduling::OpenSpan| OpenSpan {
            starts_at: span.from,
            ends_at: span.to,
            reserve: span.release == catalog::model::Release::Reserve,
        };
        let span = |(starts_at, ends_at)| Span { starts_at, ends_at };
        Self {
            counter: own.counter,
            slug: own.slug,
            name: own.name,
            is_retired: own.is_retired,
            open: own.open.into_iter().map(open).collect(),
            blocked: own.blocked.into_iter().map(span).collect(),
            held: own.held.into_iter().map(span).collect(),
            appointments: own.appointments.into_iter().map(Into::into).collect(),
        }
    }
}

/// A line of the audit log; it holds no personal data of citizens.
#[derive(SimpleObject)]
pub(super) struct AuditLine {
    /// When.
    at: DateTime<Utc>,
    /// Who: `citizen`, `system`, or `staff:` or `operator:` and the account.
    actor: String,
    /// What, as a word such as `appointment.booked`.
    action: String,
    /// Which appointment, request, location or account of staff.
    subject: Option<Uuid>,
    /// Which list was looked at, such as the date of a day, or what a role became, such as
    /// `reader > clerk at … for …` with ids of locations and slugs of departments.
    detail: Option<String>,
    /// Whose data that list showed: ids of appointments and requests.
    shown: Vec<Uuid>,
    /// The address from which a member of staff asked; citizens' are not kept.
    address: Option<String>,
    /// By which way a member of staff asked.
    way: Option<Way>,
    /// Names it to auditLog, which goes on after it.
    cursor: String,
}

/// By which way a member of staff asks.
#[derive(Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(remote = "tenant::Way")]
pub(super) enum Way {
    /// The console's pages.
    Page,
    /// The API.
    Api,
}

impl From<tenant::audit::Line> for AuditLine {
    fn from(line: tenant::audit::Line) -> Self {
        let cursor = page::cursor(line.at, line.id);
        let tenant::audit::Line { at, actor, action, subject, detail, shown, from, .. } = line;
        let address = from.and_then(|from| from.address).map(|address| address.to_string());
        let way = from.map(|from| from.way.into());
        Self { at, actor, action, subject, detail, shown, address, way, cursor }
    }
}

/// A location that the town has taken out of its set-up and at which somebody still has an appointment.
#[derive(SimpleObject)]
pub(super) struct RetiredLocation {
    /// The location's id, by which its days are read.
    id: Uuid,
    /// Its German name.
    name: String,
    /// When the first appointment from today on starts.
    next: DateTime<Utc>,
    /// How many there are from today on.
    appointments: usize,
}

impl From<scheduling::RetiredLocation> for RetiredLocation {
    fn from(own: scheduling::RetiredLocation) -> Self {
        let scheduling::RetiredLocation { location, next, appointments } = own;
        Self { id: location.id, name: location.name.get("de").to_owned(), next, appointments }
    }
}

/// A location's day.
#[derive(SimpleObject)]
pub(super) struct DaySheet {
    /// The local date.
    date: NaiveDate,
    /// Its counters, in the town's order.
    counters: Vec<CounterDay>,
}

impl From<scheduling::DaySheet> for DaySheet {
    fn from(own: scheduling::DaySheet) -> Self {
        Self { date: own.date, counters: own.counters.into_iter().map(Into::into).collect() }
    }
}
