//! Slots, holds, appointments and requests: descriptions are the API's documentation.

use async_graphql::{Enum, InputObject, OneofObject, SimpleObject};
use catalog::model;
use chrono::{DateTime, NaiveDate, Utc};
use uuid::Uuid;

use super::error::ApiError;

/// A service with a quantity.
#[derive(InputObject)]
pub(super) struct BasketLineInput {
    /// Slug of the service.
    service: String,
    /// People or items.
    #[graphql(default = 1, validator(minimum = 1, maximum = 50))]
    quantity: u16,
}

impl From<BasketLineInput> for scheduling::BasketLine {
    fn from(line: BasketLineInput) -> Self {
        Self { service: line.service, quantity: line.quantity }
    }
}

/// A service with a quantity.
#[derive(SimpleObject)]
pub(super) struct BasketLine {
    /// Slug of the service.
    service: String,
    /// People or items.
    quantity: u16,
}

/// The way a citizen came.
#[derive(Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(remote = "scheduling::Channel")]
pub(super) enum Channel {
    /// The town's pages, or a client on a citizen's behalf.
    Online,
    /// A call that staff answer; needs a clerk.
    Phone,
    /// At the desk; needs a clerk.
    Counter,
}

/// Who comes.
#[derive(InputObject)]
pub(super) struct ContactInput {
    /// Name, any script.
    pub(super) name: String,
    /// Where the confirmation goes; may be empty only when staff book.
    #[graphql(default)]
    pub(super) email: String,
    /// Telephone number, where the town asks for one.
    #[graphql(default)]
    pub(super) phone: String,
    /// Whether they agree to get short messages there, where the town sends some.
    #[graphql(default)]
    pub(super) sms: bool,
}

/// What happens with the appointments that a closure falls on.
#[derive(Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(remote = "scheduling::Affected")]
pub(super) enum Affected {
    /// They stay as they are.
    Keep,
    /// They go to another counter at the same time, else to the next free time; what finds none is
    /// left where it is.
    Move,
    /// They are cancelled.
    Cancel,
}

/// What a closure has done.
#[derive(SimpleObject)]
pub(super) struct Closed {
    /// Appointments that are now at another counter or time.
    moved: Vec<Appointment>,
    /// Cancelled appointments.
    cancelled: Vec<Appointment>,
    /// Appointments that it falls on and that stand where they stood.
    left: Vec<Appointment>,
}

impl From<scheduling::Closed> for Closed {
    fn from(closed: scheduling::Closed) -> Self {
        let list = |own: Vec<scheduling::Appointment>| own.into_iter().map(Into::into).collect();
        Self {
            moved: list(closed.moved),
            cancelled: list(closed.cancelled),
            left: list(closed.left),
        }
    }
}

/// A preferred time, by the office's clock.
#[derive(InputObject)]
pub(super) struct WishInput {
    /// Date.
    pub(super) date: NaiveDate,
    /// Not before, `HH:MM`.
    pub(super) from: String,
    /// Not after, `HH:MM`.
    pub(super) to: String,
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
    /// Why, in German; told to those whose appointments are cancelled.
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

/// Which appointment is meant: exactly one of the two.
#[derive(OneofObject)]
pub(super) enum AppointmentRefInput {
    /// The secret of its page, as it stands in the link of the mail: the citizen's way.
    Secret(String),
    /// Its id: the way of clerks.
    Id(Uuid),
}

impl From<AppointmentRefInput> for scheduling::AppointmentRef {
    fn from(given: AppointmentRefInput) -> Self {
        match given {
            AppointmentRefInput::Secret(secret) => Self::Secret(secret),
            AppointmentRefInput::Id(id) => Self::Id(id),
        }
    }
}

/// Free starts.
#[derive(SimpleObject)]
pub(super) struct FreeSlots {
    /// Days with free starts.
    pub(super) days: Vec<DaySlots>,
    /// The next free date after the range, when the range is empty.
    pub(super) next_free_date: Option<NaiveDate>,
}

/// Free starts at one location on one local date.
#[derive(SimpleObject)]
pub(super) struct DaySlots {
    /// The location's id.
    location: Uuid,
    /// Local date.
    date: NaiveDate,
    /// Starts, ascending, in UTC.
    starts: Vec<DateTime<Utc>>,
}

impl From<scheduling::FreeSlots> for FreeSlots {
    fn from(found: scheduling::FreeSlots) -> Self {
        let day = |day: scheduling::slots::DaySlots| DaySlots {
            location: day.location,
            date: day.date,
            starts: day.starts,
        };
        Self {
            days: found.days.into_iter().map(day).collect(),
            next_free_date: found.next_free_date,
        }
    }
}

/// A short, expiring claim on a slot.
#[derive(SimpleObject)]
pub(super) struct Hold {
    /// Names it at booking.
    token: String,
    /// When it ends by itself.
    expires_at: DateTime<Utc>,
    /// Start of the held slot.
    starts_at: DateTime<Utc>,
    /// End of the held span.
    ends_at: DateTime<Utc>,
}

impl From<scheduling::Held> for Hold {
    fn from(held: scheduling::Held) -> Self {
        let scheduling::Held { token, expires_at, starts_at, ends_at, .. } = held;
        Self { token, expires_at, starts_at, ends_at }
    }
}

/// Where an appointment stands in its life.
#[derive(Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(remote = "scheduling::Status")]
pub(super) enum AppointmentStatus {
    /// It stands.
    Booked,
    /// The citizen is there.
    Arrived,
    /// The citizen was called.
    Called,
    /// Done.
    Served,
    /// Nobody came.
    Missed,
    /// It was given back.
    Cancelled,
}

/// An appointment.
#[derive(SimpleObject)]
pub(super) struct Appointment {
    /// Identity.
    id: Uuid,
    /// Short code for the phone.
    code: String,
    /// Where it stands.
    status: AppointmentStatus,
    /// How it was booked.
    channel: Channel,
    /// The location's id.
    location: Uuid,
    /// Start.
    starts_at: DateTime<Utc>,
    /// End of the occupied span.
    ends_at: DateTime<Utc>,
    /// Whether it sits in the reserve.
    reserve: bool,
    /// What for.
    basket: Vec<BasketLine>,
    /// Language of its mails.
    locale: String,
    /// Until when its address has to be confirmed; none once it stands.
    confirm_until: Option<DateTime<Utc>>,
    /// Who comes, while it is kept.
    contact: Option<Contact>,
}

/// Who comes.
#[derive(SimpleObject)]
pub(super) struct Contact {
    /// Name.
    name: String,
    /// Address.
    email: Option<String>,
    /// Telephone number.
    phone: Option<String>,
    /// Whether they agree to get short messages there.
    sms: bool,
}

impl From<scheduling::Contact> for Contact {
    fn from(scheduling::Contact { name, email, phone, sms }: scheduling::Contact) -> Self {
        Self { name, email, phone, sms }
    }
}

impl Appointment {
    /// Where a list of appointments goes on after this one.
    pub(super) fn cursor(&self) -> String {
        format!("{}_{}", self.starts_at.to_rfc3339(), self.id)
    }
}

impl From<scheduling::Appointment> for Appointment {
    fn from(own: scheduling::Appointment) -> Self {
        Self {
            id: own.id,
            code: own.code,
            status: own.status.into(),
            channel: own.channel.into(),
            location: own.location,
            starts_at: own.starts_at,
            ends_at: own.ends_at,
            reserve: own.reserve,
            basket: lines(own.basket),
            locale: own.locale,
            confirm_until: own.confirm_until,
            contact: own.contact.map(Into::into),
        }
    }
}

fn lines(basket: Vec<scheduling::BasketLine>) -> Vec<BasketLine> {
    let line = |line: scheduling::BasketLine| BasketLine {
        service: line.service,
        quantity: line.quantity,
    };
    basket.into_iter().map(line).collect()
}

/// What a booking answers.
#[derive(SimpleObject)]
pub(super) struct Booked {
    /// The appointment.
    pub(super) appointment: Appointment,
    /// Secret that opens the appointment; keep it like a password.
    pub(super) secret: String,
}

/// What a request answers.
#[derive(SimpleObject)]
pub(super) struct Requested {
    /// Short code for the phone.
    pub(super) code: String,
    /// What for.
    pub(super) basket: Vec<BasketLine>,
    /// How many wishes were named.
    pub(super) wishes: usize,
    /// Secret that opens the request's page.
    pub(super) secret: String,
}

impl From<scheduling::Requested> for Requested {
    fn from(own: scheduling::Requested) -> Self {
        Self {
            code: own.code,
            wishes: own.wishes.len(),
            secret: own.secret,
            basket: lines(own.basket),
        }
    }
}

/// A request that waits for an answer.
#[derive(SimpleObject)]
pub(super) struct OpenRequest {
    /// Identity.
    id: Uuid,
    /// Short code for the phone.
    code: String,
    /// When it was received.
    created_at: DateTime<Utc>,
    /// What for.
    basket: Vec<BasketLine>,
    /// Only at this location.
    location: Option<Uuid>,
    /// The preferred times, the best first.
    wishes: Vec<Wish>,
    /// Who asks, while it is kept.
    contact: Option<Contact>,
}

/// A preferred time, by the office's clock.
#[derive(SimpleObject)]
pub(super) struct Wish {
    /// Date.
    date: NaiveDate,
    /// Not before, `HH:MM`.
    from: String,
    /// Not after, `HH:MM`.
    to: String,
}

impl From<scheduling::Requested> for OpenRequest {
    fn from(own: scheduling::Requested) -> Self {
        let wish = |wish: scheduling::Wish| Wish {
            date: wish.date,
            from: wish.from.to_string(),
            to: wish.to.to_string(),
        };
        Self {
            id: own.id,
            code: own.code,
            created_at: own.created_at,
            basket: lines(own.basket),
            location: own.location,
            wishes: own.wishes.into_iter().map(wish).collect(),
            contact: own.contact.map(Into::into),
        }
    }
}

/// A counter's day, as its clerks see it.
#[derive(SimpleObject)]
pub(super) struct CounterDay {
    /// The counter's id.
    counter: Uuid,
    /// Its name.
    name: String,
    /// When it is open, ascending; closures are cut out.
    open: Vec<OpenSpan>,
    /// What citizens are filling in a form for.
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
        let held = |(starts_at, ends_at)| Span { starts_at, ends_at };
        Self {
            counter: own.counter,
            name: own.name,
            open: own.open.into_iter().map(open).collect(),
            held: own.held.into_iter().map(held).collect(),
            appointments: own.appointments.into_iter().map(Into::into).collect(),
        }
    }
}

/// A line of the audit log; it holds no personal data of citizens.
#[derive(SimpleObject)]
pub(super) struct AuditLine {
    /// When.
    at: DateTime<Utc>,
    /// Who: `citizen`, `system` or `staff:` and the account.
    actor: String,
    /// What, as a word such as `appointment.booked`.
    action: String,
    /// Which appointment, request or location.
    subject: Option<Uuid>,
}

impl From<tenant::audit::Line> for AuditLine {
    fn from(tenant::audit::Line { at, actor, action, subject }: tenant::audit::Line) -> Self {
        Self { at, actor, action, subject }
    }
}
