//! Slots, holds, appointments and requests: descriptions are the API's documentation.

use std::borrow::Cow;

use async_graphql::{
    ContextSelectionSet, Enum, InputObject, OneofObject, OutputType, Positioned, ScalarType,
    ServerResult, SimpleObject, Value, parser::types::Field, registry::Registry,
};
use chrono::{DateTime, NaiveDate, Utc};
use uuid::Uuid;

use super::page;

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
    starts: Instants,
}

/// A list of instants in one piece: a list of scalars would cost a future for each.
struct Instants(Vec<DateTime<Utc>>);

impl OutputType for Instants {
    fn type_name() -> Cow<'static, str> {
        <Vec<DateTime<Utc>> as OutputType>::type_name()
    }

    fn create_type_info(registry: &mut Registry) -> String {
        <Vec<DateTime<Utc>> as OutputType>::create_type_info(registry)
    }

    async fn resolve(
        &self,
        _: &ContextSelectionSet<'_>,
        _: &Positioned<Field>,
    ) -> ServerResult<Value> {
        Ok(Value::List(self.0.iter().map(ScalarType::to_value).collect()))
    }
}

impl From<scheduling::FreeSlots> for FreeSlots {
    fn from(found: scheduling::FreeSlots) -> Self {
        let day = |day: scheduling::slots::DaySlots| DaySlots {
            location: day.location,
            date: day.date,
            starts: Instants(day.starts),
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

/// What staff have noted at an appointment.
#[derive(SimpleObject)]
pub(super) struct Note {
    /// In their words.
    text: String,
    /// When it was last written.
    written_at: DateTime<Utc>,
}

impl From<scheduling::Note> for Note {
    fn from(scheduling::Note { text, written_at }: scheduling::Note) -> Self {
        Self { text, written_at }
    }
}

impl Appointment {
    /// Where a list of appointments goes on after this one.
    pub(super) fn cursor(&self) -> String {
        page::cursor(self.starts_at, self.id)
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

pub(super) fn lines(basket: Vec<scheduling::BasketLine>) -> Vec<BasketLine> {
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
    /// Where it stands.
    pub(super) status: RequestStatus,
    /// The time that staff have proposed last, until when it is kept.
    pub(super) proposal: Option<Offer>,
}

/// Where a request stands.
#[derive(Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(remote = "scheduling::RequestStatus")]
pub(super) enum RequestStatus {
    /// It waits for an answer.
    Open,
    /// It has become an appointment.
    Accepted,
    /// None of its wishes could be met.
    Declined,
    /// Whoever asked has taken it back.
    Withdrawn,
}

/// A place that is kept, as whoever answers has seen it.
#[derive(InputObject)]
pub(super) struct ShownInput {
    /// Id of the location.
    location: Uuid,
    /// Start.
    starts_at: DateTime<Utc>,
}

impl From<ShownInput> for scheduling::Shown {
    fn from(shown: ShownInput) -> Self {
        Self { location: shown.location, starts_at: shown.starts_at }
    }
}

/// A place that is kept for one person.
#[derive(SimpleObject)]
pub(super) struct Offer {
    /// Id of the location.
    location: Uuid,
    /// Start.
    starts_at: DateTime<Utc>,
    /// Kept so long.
    until: DateTime<Utc>,
}

impl From<scheduling::Offer> for Offer {
    fn from(scheduling::Offer { location, starts_at, until, .. }: scheduling::Offer) -> Self {
        Self { location, starts_at, until }
    }
}

impl From<scheduling::Requested> for Requested {
    fn from(own: scheduling::Requested) -> Self {
        Self {
            code: own.code,
            wishes: own.wishes.len(),
            secret: own.secret,
            status: own.status.into(),
            proposal: own.proposal.map(Into::into),
            basket: lines(own.basket),
        }
    }
}
