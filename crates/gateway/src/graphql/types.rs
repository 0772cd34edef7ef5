//! The API's shapes: descriptions are the API's documentation.

use std::sync::Arc;

use async_graphql::{Enum, InputObject, Object, SimpleObject};
use catalog::model;
use chrono::{DateTime, NaiveDate, Utc};
use uuid::Uuid;

/// A municipality.
pub(super) struct Town {
    pub(super) setup: Arc<model::TownSetup>,
}

/// A municipality.
#[Object]
impl Town {
    /// First part of the address of its pages.
    async fn slug(&self) -> &str {
        &self.setup.town.slug
    }
    /// Name, such as `Stadt Lengerich`.
    async fn name(&self) -> &str {
        &self.setup.town.name
    }
    /// Amtlicher Gemeindeschlüssel, eight digits.
    async fn ags(&self) -> &str {
        &self.setup.town.ags
    }
    /// Name of the county.
    async fn county(&self) -> &str {
        &self.setup.town.county.name
    }
    /// IANA name of the time zone of its clocks.
    async fn time_zone(&self) -> &str {
        self.setup.town.time_zone.name()
    }
    /// Languages of its pages and mails, German first.
    async fn locales(&self) -> &[String] {
        &self.setup.town.locales
    }
    /// Words of welcome.
    async fn welcome(&self, #[graphql(default = "de")] locale: String) -> &str {
        self.setup.town.welcome.get(&locale)
    }
    /// Services, in the order in which they are shown.
    #[graphql(complexity = "first.unwrap_or(50).clamp(0, 100) as usize * child_complexity")]
    async fn services(
        &self,
        #[graphql(desc = "Only this one.")] slug: Option<String>,
        #[graphql(
            desc = "At most so many, 100 at the most.",
            validator(minimum = 1, maximum = 100)
        )]
        first: Option<i32>,
        #[graphql(desc = "Only after the service with this cursor.")] after: Option<String>,
    ) -> ServicePage {
        let wanted =
            |service: &&model::Service| slug.as_ref().is_none_or(|slug| *slug == service.slug);
        let all = self.setup.services.iter().filter(wanted);
        let rest: Vec<&model::Service> = match &after {
            Some(cursor) => all.skip_while(|service| service.slug != *cursor).skip(1).collect(),
            None => all.collect(),
        };
        let most = usize::try_from(first.unwrap_or(50)).unwrap_or(50);
        let has_next_page = rest.len() > most;
        let nodes: Vec<Service> = rest.into_iter().take(most).cloned().map(Service).collect();
        let end_cursor = nodes.last().map(|service| service.0.slug.clone());
        ServicePage { nodes, end_cursor, has_next_page }
    }
    /// Locations.
    async fn locations(&self) -> Vec<Location> {
        self.setup.locations.iter().cloned().map(Location).collect()
    }
}

/// A page of services.
#[derive(SimpleObject)]
pub(super) struct ServicePage {
    /// The services.
    nodes: Vec<Service>,
    /// Cursor of the last of them.
    end_cursor: Option<String>,
    /// Whether there are more.
    has_next_page: bool,
}

/// Something citizens come for.
pub(super) struct Service(model::Service);

/// Something citizens come for.
#[Object]
impl Service {
    /// Identity within the town.
    async fn slug(&self) -> &str {
        &self.0.slug
    }
    /// Shown name.
    async fn name(&self, #[graphql(default = "de")] locale: String) -> &str {
        self.0.name.get(&locale)
    }
    /// What it is and who needs it.
    async fn explanation(&self, #[graphql(default = "de")] locale: String) -> &str {
        self.0.explanation.get(&locale)
    }
    /// How it is booked.
    async fn mode(&self) -> BookingMode {
        self.0.mode.into()
    }
    /// Minutes for the first person or item.
    async fn duration(&self) -> u16 {
        self.0.duration
    }
    /// Minutes for each further person or item.
    async fn extra(&self) -> u16 {
        self.0.extra
    }
    /// Greatest quantity in one appointment.
    async fn max_quantity(&self) -> u16 {
        self.0.max_quantity
    }
    /// What to bring.
    async fn documents(&self, #[graphql(default = "de")] locale: String) -> Vec<&str> {
        self.0.documents.iter().map(|text| text.get(&locale)).collect()
    }
    /// What it costs.
    async fn fees(&self, #[graphql(default = "de")] locale: String) -> Vec<Fee> {
        let fee =
            |fee: &model::Fee| Fee { cents: fee.cents, label: fee.label.get(&locale).to_owned() };
        self.0.fees.iter().map(fee).collect()
    }
    /// Keys of the Leistungskatalog, 14 digits each.
    async fn leika(&self) -> &[String] {
        &self.0.leika
    }
}

/// A fee.
#[derive(SimpleObject)]
pub(super) struct Fee {
    /// Amount in cents.
    cents: u32,
    /// For whom or what; may be empty.
    label: String,
}

/// How a service is booked.
#[derive(Clone, Copy, PartialEq, Eq, Enum)]
pub(super) enum BookingMode {
    /// A free slot is booked firmly.
    Direct,
    /// Up to three preferred times are named; staff answer.
    Request,
    /// Explained only.
    Information,
}

impl From<model::BookingMode> for BookingMode {
    fn from(mode: model::BookingMode) -> Self {
        match mode {
            model::BookingMode::Direct => Self::Direct,
            model::BookingMode::Request => Self::Request,
            model::BookingMode::Information => Self::Information,
        }
    }
}

/// A place where citizens are served.
pub(super) struct Location(model::Location);

/// A place where citizens are served.
#[Object]
impl Location {
    /// Identity.
    async fn id(&self) -> Uuid {
        self.0.id
    }
    /// Identity within the town, as in addresses.
    async fn slug(&self) -> &str {
        &self.0.slug
    }
    /// Shown name.
    async fn name(&self, #[graphql(default = "de")] locale: String) -> &str {
        self.0.name.get(&locale)
    }
    /// Street and house number.
    async fn street(&self) -> &str {
        &self.0.street
    }
    /// Postal code, five digits.
    async fn postal_code(&self) -> &str {
        &self.0.postal_code
    }
    /// Town or district.
    async fn city(&self) -> &str {
        &self.0.city
    }
    /// How to get in.
    async fn entrance(&self, #[graphql(default = "de")] locale: String) -> &str {
        self.0.entrance.get(&locale)
    }
    /// What visitors must observe.
    async fn visit_rules(&self, #[graphql(default = "de")] locale: String) -> &str {
        self.0.visit_rules.get(&locale)
    }
}

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
            contact: own.contact.map(|contact| Contact {
                name: contact.name,
                email: contact.email,
                phone: contact.phone,
            }),
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

/// A page of appointments.
#[derive(SimpleObject)]
pub(super) struct AppointmentPage {
    /// The appointments, by start.
    pub(super) nodes: Vec<Appointment>,
    /// Cursor of the last of them.
    pub(super) end_cursor: Option<String>,
    /// Whether there are more.
    pub(super) has_next_page: bool,
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

/// A town as the list of towns shows it.
#[derive(SimpleObject)]
pub(super) struct TownEntry {
    /// First part of the address of its pages.
    pub(super) slug: String,
    /// Name.
    pub(super) name: String,
    /// Name of the county.
    pub(super) county: String,
}

/// A page of towns.
#[derive(SimpleObject)]
pub(super) struct TownPage {
    /// The towns, by slug.
    pub(super) nodes: Vec<TownEntry>,
    /// Cursor of the last of them.
    pub(super) end_cursor: Option<String>,
    /// Whether there are more.
    pub(super) has_next_page: bool,
}
