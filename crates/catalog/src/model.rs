//! A town's whole set-up as plain values: what the town file says, what the database keeps, what
//! the pages show. Everything is named by slugs, which are unique within their list and never
//! change; the database adds the ids.

mod challenge;

use std::{collections::BTreeMap, fmt};

use chrono::NaiveDate;
use notification::{notice::Kind, texts::Texts};
use serde::{
    Deserialize, Serialize,
    de::{MapAccess, Visitor, value::MapAccessDeserializer},
};
use tenant::Places;
use uuid::Uuid;

pub use challenge::Challenge;

use crate::time::{WallTime, Weekday};

/// Short lower-case name used in addresses and files: `[a-z0-9-]+`.
pub type Slug = String;

/// A text per language tag (`de`, `en`, …). German is always present; a plain string in a town
/// file means German, and an empty text is none.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct Text(pub BTreeMap<String, String>);

/// Everything a town has set up.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TownSetup {
    /// Name, address, branding, legal pages and town-wide rules.
    pub town: Town,
    /// Departments, in the order in which they are shown.
    #[serde(default, rename = "department", skip_serializing_if = "Vec::is_empty")]
    pub departments: Vec<Named>,
    /// Groups of services, in the order in which they are shown.
    #[serde(default, rename = "category", skip_serializing_if = "Vec::is_empty")]
    pub categories: Vec<Named>,
    /// Services, in the order in which they are shown.
    #[serde(default, rename = "service", skip_serializing_if = "Vec::is_empty")]
    pub services: Vec<Service>,
    /// Locations with their counters and hours.
    #[serde(default, rename = "location", skip_serializing_if = "Vec::is_empty")]
    pub locations: Vec<Location>,
    /// Closures of the whole town; a location has its own.
    #[serde(default, rename = "closure", skip_serializing_if = "Vec::is_empty")]
    pub closures: Vec<Closure>,
    /// The town's own words in mails; a kind that is missing has the shipped ones.
    #[serde(default, rename = "mail", skip_serializing_if = "Vec::is_empty")]
    pub mails: Vec<MailTexts>,
}

/// The town's own words in one kind of mail: templates, as [`notification::texts`] reads them. A
/// language that is missing has the shipped ones.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MailTexts {
    /// Word of a [`Kind`].
    pub kind: String,
    /// Subject.
    #[serde(default, skip_serializing_if = "Text::is_empty")]
    pub subject: Text,
    /// What stands below the salutation.
    #[serde(default, skip_serializing_if = "Text::is_empty")]
    pub intro: Text,
}

/// The town itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Town {
    /// First part of the address of the town's pages.
    pub slug: Slug,
    /// As it is written on the pages, such as `Stadt Lengerich`.
    pub name: String,
    /// Amtlicher Gemeindeschlüssel, eight digits.
    pub ags: String,
    /// Amtlicher Regionalschlüssel, twelve digits.
    pub ars: String,
    /// The county the town belongs to.
    pub county: County,
    /// ISO 3166-2 code of the Land without `DE-`, such as `NW`; decides the public holidays.
    pub land: Land,
    /// Onboarding, live or suspended.
    pub status: TownStatus,
    /// Zone of the town's wall clocks.
    pub time_zone: chrono_tz::Tz,
    /// Languages offered on the pages, German first.
    pub locales: Vec<String>,
    /// Host names that lead to this town without a path prefix.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub hosts: Vec<String>,
    /// Web sites that may show the town's pages in a frame, such as `https://www.example.org`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub embed: Vec<String>,
    /// Words of welcome on the town's first page.
    #[serde(default, skip_serializing_if = "Text::is_empty")]
    pub welcome: Text,
    /// E-mail address citizens may answer to; also the feedback address of every page.
    pub email: String,
    /// Telephone number shown for those who cannot book online.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub phone: Option<String>,
    /// Colours and logo.
    #[serde(default)]
    pub branding: Branding,
    /// Imprint, privacy and accessibility statement.
    pub legal: Legal,
    /// What is asked of citizens.
    #[serde(default, skip_serializing_if = "is_default")]
    pub contact: ContactRules,
    /// Booking window of the whole town.
    #[serde(default, skip_serializing_if = "is_default")]
    pub booking: BookingWindow,
    /// How long a hold lives, in minutes.
    #[serde(default = "default_hold_minutes")]
    pub hold_minutes: u16,
    /// How many hours before an appointment its reminder is sent; 0 is never. Whoever books later
    /// than that gets none.
    #[serde(default = "default_reminder_hours", skip_serializing_if = "is_default_reminder")]
    pub reminder_hours: u16,
    /// The same for a second reminder; never (0) unless the town wants one.
    #[serde(default, skip_serializing_if = "is_default")]
    pub second_reminder_hours: u16,
    /// How many minutes a citizen has to confirm the address by the link that is mailed to it; 0
    /// is not asked for.
    #[serde(default, skip_serializing_if = "is_default")]
    pub confirm_minutes: u16,
    /// After how long a place that a citizen gave back is shown again.
    #[serde(default, skip_serializing_if = "is_default")]
    pub return_minutes: ReturnMinutes,
    /// How many hours at most a place is kept for somebody on the waiting list.
    #[serde(default = "default_offer_hours", skip_serializing_if = "is_default_offer")]
    pub offer_hours: u16,
    /// When those who book online have their device compute something first.
    #[serde(default, skip_serializing_if = "is_default")]
    pub challenge: Challenge,
    /// So many places taken within a minute are a surge.
    #[serde(
        default = "challenge::default_surge",
        skip_serializing_if = "challenge::is_default_surge"
    )]
    pub challenge_surge: u16,
    /// How many numbers a device has to try at most.
    #[serde(
        default = "challenge::default_numbers",
        skip_serializing_if = "challenge::is_default_numbers"
    )]
    pub challenge_numbers: u32,
    /// Address that the town's mails come from; none is the platform's own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mail_from: Option<String>,
    /// The gateway that sends the town's short messages.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sms: Option<SmsGateway>,
    /// Who is told of what happens to appointments.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub webhooks: Vec<Webhook>,
    /// How many days after an appointment its personal data are deleted.
    #[serde(default = "default_retention_days", skip_serializing_if = "is_default_retention")]
    pub retention_days: u16,
    /// How many appointments to come one address or number may have.
    #[serde(default, skip_serializing_if = "is_default")]
    pub limits: Limits,
    /// Whether staff sign in with a second factor.
    #[serde(default, skip_serializing_if = "is_default")]
    pub second_factor: bool,
    /// Where the town's staff sign in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub staff_provider: Option<Provider>,
    /// Whether staff sign in there and nowhere else.
    #[serde(default, skip_serializing_if = "is_default")]
    pub staff_provider_only: bool,
    /// Where citizens may fetch their name and address from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub citizen_provider: Option<Provider>,
}

/// An OpenID Connect provider; its secret is kept apart from the set-up.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Provider {
    /// What the button calls it, such as `BundID`.
    pub name: String,
    /// Its address, exactly as it names itself.
    pub issuer: String,
    /// What it calls this product.
    pub client_id: String,
}

fn default_hold_minutes() -> u16 {
    10
}

fn default_reminder_hours() -> u16 {
    24
}

fn default_offer_hours() -> u16 {
    12
}

fn default_retention_days() -> u16 {
    2
}

#[allow(clippy::trivially_copy_pass_by_ref)] // serde asks for a reference
fn is_default_retention(days: &u16) -> bool {
    *days == default_retention_days()
}

#[allow(clippy::trivially_copy_pass_by_ref)] // serde asks for a reference
fn is_default_reminder(hours: &u16) -> bool {
    *hours == default_reminder_hours()
}

#[allow(clippy::trivially_copy_pass_by_ref)] // serde asks for a reference
fn is_default_offer(hours: &u16) -> bool {
    *hours == default_offer_hours()
}

/// A county (Kreis), the group a town belongs to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct County {
    /// Five-digit key.
    pub key: String,
    /// Such as `Kreis Steinfurt`.
    pub name: String,
}

/// The Länder by their ISO 3166-2 codes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
#[allow(missing_docs)]
pub enum Land {
    Bw,
    By,
    Be,
    Bb,
    Hb,
    Hh,
    He,
    Mv,
    Ni,
    Nw,
    Rp,
    Sl,
    Sn,
    St,
    Sh,
    Th,
}

/// Where a town stands in its life on the platform.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum TownStatus {
    /// Being set up: pages are shown to staff only.
    Onboarding,
    /// Open to citizens.
    Live,
    /// Closed by the platform.
    Suspended,
}

/// A town's own face.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Branding {
    /// Main colour as `#rrggbb`; text on it is white.
    pub color: String,
    /// Coat of arms or logo as SVG markup; shown at 48 px.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub logo_svg: Option<String>,
    /// The same as a picture that the town has uploaded: its [`crate::logo::Logo::name`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub logo: Option<String>,
}

impl Default for Branding {
    fn default() -> Self {
        Self { color: "#171a2b".into(), logo_svg: None, logo: None }
    }
}

/// The pages the law asks for (§ 5 DDG, Art. 13 DSGVO, BITV); Markdown-free plain paragraphs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Legal {
    /// Impressum.
    pub imprint: String,
    /// Datenschutzerklärung.
    pub privacy: String,
    /// Erklärung zur Barrierefreiheit.
    pub accessibility: String,
}

/// What a town asks of those who book.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ContactRules {
    /// Whether a telephone number is asked for.
    #[serde(default)]
    pub phone: PhoneRule,
}

/// How many appointments to come one address or number may have, and as many open requests and
/// wishes on the waiting list; what staff give does not count, and is not bound.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Limits {
    /// At most so many; 0 is any number.
    #[serde(default)]
    pub per_contact: u16,
    /// Addresses (`x@example.org`) or domains (`example.org`) that are not bound, such as those of
    /// care services; since anybody can type them, their bookings are confirmed by mail.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub exceptions: Vec<String>,
}

impl Limits {
    /// Whether `email` is not bound.
    #[must_use]
    pub fn excepts(&self, email: &str) -> bool {
        let email = email.to_lowercase();
        let domain = email.rsplit('@').next().unwrap_or_default();
        self.exceptions.iter().any(|own| *own == email || own == domain)
    }
}

/// After how many minutes a place that a citizen gave back is shown again: a random number between
/// the two, so that nobody can hand it to a buyer. A place on the same day comes back at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReturnMinutes {
    /// Least.
    pub from: u16,
    /// Most; 0 is at once.
    pub to: u16,
}

impl Default for ReturnMinutes {
    fn default() -> Self {
        Self { from: 5, to: 30 }
    }
}

/// A gateway for short messages that is asked over HTTP. Address, headers and body may hold
/// `{{ phone }}`, `{{ text }}` and `{{ secret }}`; the secret itself is kept sealed, apart from the
/// set-up.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SmsGateway {
    /// Where it is asked, by POST.
    pub url: String,
    /// Headers, such as `Authorization`.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub headers: BTreeMap<String, String>,
    /// What is sent there.
    pub body: String,
}

/// An address that is told of what happens to appointments, in the form of Standard Webhooks.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Webhook {
    /// Identity within the town.
    pub slug: Slug,
    /// Where the events are sent, by POST.
    pub url: String,
    /// Which events; none named means all.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub events: Vec<WebhookEvent>,
}

/// What happens to an appointment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[allow(missing_docs)]
pub enum WebhookEvent {
    Booked,
    Changed,
    Cancelled,
    Arrived,
    Missed,
}

impl WebhookEvent {
    /// All of them.
    pub const ALL: [Self; 5] =
        [Self::Booked, Self::Changed, Self::Cancelled, Self::Arrived, Self::Missed];

    /// The word in files and messages.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Booked => "booked",
            Self::Changed => "changed",
            Self::Cancelled => "cancelled",
            Self::Arrived => "arrived",
            Self::Missed => "missed",
        }
    }
}

/// Whether a telephone number is asked for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum PhoneRule {
    /// The field is shown and may stay empty.
    #[default]
    Optional,
    /// The field must be filled in.
    Required,
}

/// When a slot may be booked. A `None` in an override inherits: service over location over town.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BookingWindow {
    /// Least time between booking and start, in minutes (default 0).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub min_notice: Option<u32>,
    /// How many days ahead may be booked; 0 is today only (default 28).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_days_ahead: Option<u16>,
    /// First date that can be booked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bookable_from: Option<NaiveDate>,
    /// Last date that can be booked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bookable_until: Option<NaiveDate>,
    /// Local time at which the last day of the window opens (default: midnight).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub release_time: Option<WallTime>,
}

/// A slug with a name: a department or a category.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Named {
    /// Identity.
    pub slug: Slug,
    /// Shown name.
    pub name: Text,
}

/// Something citizens come for (Anliegen).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Service {
    /// Given by the database; not part of a town file.
    #[serde(skip)]
    pub id: Uuid,
    /// Identity within the town.
    pub slug: Slug,
    /// Slug of the department that offers it.
    pub department: Slug,
    /// Slug of the category it is shown under.
    pub category: Slug,
    /// Shown name.
    pub name: Text,
    /// What it is and who needs it.
    #[serde(default, skip_serializing_if = "Text::is_empty")]
    pub explanation: Text,
    /// How it is booked.
    #[serde(default, skip_serializing_if = "is_default")]
    pub mode: BookingMode,
    /// Minutes for the first person or item.
    pub duration: u16,
    /// Minutes for each further person or item.
    #[serde(default, skip_serializing_if = "is_default")]
    pub extra: u16,
    /// Greatest quantity in one appointment.
    #[serde(default = "one", skip_serializing_if = "is_one")]
    pub max_quantity: u16,
    /// Minutes the counter stays occupied afterwards.
    #[serde(default, skip_serializing_if = "is_default")]
    pub buffer: u16,
    /// What to bring.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub documents: Vec<Text>,
    /// What it costs.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub fees: Vec<Fee>,
    /// Forms to download or fetch beforehand.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub forms: Vec<Form>,
    /// Keys of the Leistungskatalog, 14 digits each; neither required nor unique.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub leika: Vec<String>,
    /// Words people search for that are not in the name.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub keywords: Vec<String>,
    /// Overrides the location's and the town's booking window.
    #[serde(default, skip_serializing_if = "is_default")]
    pub booking: BookingWindow,
    /// Version of the county's template that it was last compared with, if it came from there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub template: Option<i64>,
}

fn one() -> u16 {
    1
}

/// How a service is booked.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum BookingMode {
    /// The citizen books a free slot firmly.
    #[default]
    Direct,
    /// The citizen names up to three preferred times; staff answer.
    Request,
    /// Explained only; nothing to book.
    Information,
}

/// A fee.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Fee {
    /// Amount in cents.
    pub cents: u32,
    /// For whom or what, when there are several.
    #[serde(default, skip_serializing_if = "Text::is_empty")]
    pub label: Text,
}

/// A form to fill in before the appointment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Form {
    /// Shown name.
    pub label: Text,
    /// `https://` address, or none when the form is collected at the office.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
}

/// A place where citizens are served.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Location {
    /// Given by the database; not part of a town file.
    #[serde(skip)]
    pub id: Uuid,
    /// Identity within the town.
    pub slug: Slug,
    /// Shown name.
    pub name: Text,
    /// Street and house number.
    pub street: String,
    /// Five digits.
    pub postal_code: String,
    /// Town or district.
    pub city: String,
    /// How to get in, such as `Zugang B (Kantineneingang)`.
    #[serde(default, skip_serializing_if = "Text::is_empty")]
    pub entrance: Text,
    /// What visitors must observe.
    #[serde(default, skip_serializing_if = "Text::is_empty")]
    pub visit_rules: Text,
    /// Minutes between two starts, counted from each window's start.
    #[serde(default = "five")]
    pub start_step: u16,
    /// Overrides the town's booking window.
    #[serde(default, skip_serializing_if = "is_default")]
    pub booking: BookingWindow,
    /// Counters, each with the services it serves.
    #[serde(default, rename = "counter", skip_serializing_if = "Vec::is_empty")]
    pub counters: Vec<Counter>,
    /// Recurring windows.
    #[serde(default, rename = "opening", skip_serializing_if = "Vec::is_empty")]
    pub openings: Vec<OpeningRule>,
    /// Dated windows in addition; they stand on public holidays too.
    #[serde(default, rename = "special", skip_serializing_if = "Vec::is_empty")]
    pub specials: Vec<SpecialOpening>,
    /// Closures of this location or some of its counters.
    #[serde(default, rename = "closure", skip_serializing_if = "Vec::is_empty")]
    pub closures: Vec<Closure>,
}

fn five() -> u16 {
    5
}

/// What an appointment occupies.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Counter {
    /// Given by the database; not part of a town file.
    #[serde(skip)]
    pub id: Uuid,
    /// Identity within the location.
    pub slug: Slug,
    /// Shown name.
    pub name: String,
    /// Slugs of the services served here.
    pub services: Vec<Slug>,
}

/// Who may book a window.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Release {
    /// Everyone.
    #[default]
    Public,
    /// Staff only (Notfallkontingent); wins where it overlaps a public window.
    Reserve,
}

/// A recurring window: every given weekday from `from` to `to`, by the town's wall clocks.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OpeningRule {
    /// Days of the week.
    pub weekdays: Vec<Weekday>,
    /// Start, local time.
    pub from: WallTime,
    /// End, local time, after `from`; `24:00` is the end of the day. A window never crosses
    /// midnight: two rules do.
    pub to: WallTime,
    /// Slugs of the counters it opens; none named means all of the location.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub counters: Vec<Slug>,
    /// Public or reserve.
    #[serde(default, skip_serializing_if = "is_default")]
    pub release: Release,
    /// First day of validity.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub valid_from: Option<NaiveDate>,
    /// Last day of validity.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub valid_until: Option<NaiveDate>,
    /// Every n-th week, counted from the Monday of the week of `valid_from` (required when n > 1).
    #[serde(default = "one", skip_serializing_if = "is_one")]
    pub every_weeks: u16,
    /// Only the n-th such weekday of the month, 1 to 5; -1 is the last. Empty means all.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub weeks_of_month: Vec<i8>,
}

fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}

#[allow(clippy::trivially_copy_pass_by_ref)] // serde asks for a reference
fn is_one(n: &u16) -> bool {
    *n == 1
}

/// A dated window in addition to the rules.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SpecialOpening {
    /// The day.
    pub date: NaiveDate,
    /// Start, local time.
    pub from: WallTime,
    /// End, local time, after `from`.
    pub to: WallTime,
    /// Slugs of the counters it opens; none named means all of the location.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub counters: Vec<Slug>,
    /// Public or reserve.
    #[serde(default, skip_serializing_if = "is_default")]
    pub release: Release,
}

/// A dated exception: nothing is open from `from` to `to`, both included.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Closure {
    /// First day.
    pub from: NaiveDate,
    /// Last day, not before `from`.
    pub to: NaiveDate,
    /// On each day only from this local time (default: start of the day).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from_time: Option<WallTime>,
    /// On each day only to this local time (default: end of the day).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to_time: Option<WallTime>,
    /// Slugs of the closed counters; none named means all. Not allowed for the whole town.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub counters: Vec<Slug>,
    /// Why, for staff and pages.
    #[serde(default, skip_serializing_if = "Text::is_empty")]
    pub reason: Text,
}

impl Text {
    /// A German text.
    #[must_use]
    pub fn german(text: impl Into<String>) -> Self {
        Self(BTreeMap::from([("de".to_owned(), text.into())]))
    }

    /// The text in `locale`, else in German, else empty.
    #[must_use]
    pub fn get(&self, locale: &str) -> &str {
        self.0.get(locale).or_else(|| self.0.get("de")).map_or("", String::as_str)
    }

    /// Whether there is no text in any language.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.values().all(String::is_empty)
    }
}

impl Text {
    /// What a file has to have in its place.
    pub(crate) const EXPECTED: &str =
        "a text, or a table of texts by language such as { de = \"…\", en = \"…\" }";
}

impl<'de> Deserialize<'de> for Text {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Form;

        impl<'de> Visitor<'de> for Form {
            type Value = Text;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(Text::EXPECTED)
            }

            fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<Text, E> {
                Ok(Text::german(text))
            }

            fn visit_map<A: MapAccess<'de>>(self, texts: A) -> Result<Text, A::Error> {
                BTreeMap::deserialize(MapAccessDeserializer::new(texts)).map(Text)
            }
        }

        let Self(mut texts) = deserializer.deserialize_any(Form)?;
        texts.retain(|_, text| !text.is_empty());
        Ok(Self(texts))
    }
}

impl Service {
    /// How many minutes in one piece its shortest appointment occupies a counter, with what stays
    /// occupied afterwards.
    #[must_use]
    pub fn least_minutes(&self) -> u16 {
        self.duration.saturating_add(self.buffer)
    }
}

impl TownSetup {
    /// The service called `slug`.
    #[must_use]
    pub fn service(&self, slug: &str) -> Option<&Service> {
        self.services.iter().find(|service| service.slug == slug)
    }

    /// The town's own words in a kind of mail, in one language; empty ones are the shipped ones.
    #[must_use]
    pub fn mail_texts(&self, kind: Kind, locale: &str) -> Texts {
        let own = self.mails.iter().find(|own| own.kind == kind.as_str());
        let in_language = |text: &Text| text.0.get(locale).cloned().unwrap_or_default();
        own.map_or_else(Texts::default, |own| Texts {
            subject: in_language(&own.subject),
            intro: in_language(&own.intro),
        })
    }

    /// The same as seen by those who work at some of the locations only.
    #[must_use]
    pub fn seen_at(&self, places: &Places) -> Self {
        let mut seen = self.clone();
        seen.locations.retain(|location| places.include(location.id));
        seen
    }

    /// The location called `slug`.
    #[must_use]
    pub fn location(&self, slug: &str) -> Option<&Location> {
        self.locations.iter().find(|location| location.slug == slug)
    }
}
