//! A town and what it offers: descriptions are the API's documentation.

use std::sync::Arc;

use async_graphql::{Enum, Object, SimpleObject};
use catalog::model;
use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::{
    computed::{ColorContrast, PublicHoliday},
    page::Page,
};

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
    async fn welcome(
        &self,
        #[graphql(default = "de", desc = "Language; German where a text has no other.")]
        locale: String,
    ) -> &str {
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
    ) -> Page<Service> {
        let wanted =
            |service: &&model::Service| slug.as_ref().is_none_or(|slug| *slug == service.slug);
        let all = self.setup.services.iter().filter(wanted);
        let rest: Vec<&model::Service> = match &after {
            Some(cursor) => all.skip_while(|service| service.slug != *cursor).skip(1).collect(),
            None => all.collect(),
        };
        let rest = rest.into_iter().cloned().map(Service).collect();
        Page::cut(rest, first.unwrap_or(50), |service| service.0.slug.clone())
    }
    /// Groups in which services are shown, in order.
    async fn categories(&self) -> Vec<Named> {
        self.setup.categories.iter().cloned().map(Named).collect()
    }
    /// Parts of the administration.
    async fn departments(&self) -> Vec<Named> {
        self.setup.departments.iter().cloned().map(Named).collect()
    }
    /// Number for those who would rather call.
    async fn phone(&self) -> Option<&str> {
        self.setup.town.phone.as_deref()
    }
    /// Whether a booking needs a telephone number.
    async fn phone_required(&self) -> bool {
        self.setup.town.contact.phone == model::PhoneRule::Required
    }
    /// Colour of its pages, `#rrggbb`.
    async fn color(&self) -> &str {
        &self.setup.town.branding.color
    }
    /// How white text is read on a colour, for those who choose one; nothing for what is none.
    async fn color_contrast(
        &self,
        #[graphql(desc = "The colour, `#rrggbb`.")] color: String,
    ) -> Option<ColorContrast> {
        ColorContrast::of(&color)
    }
    /// The public holidays of its Land in a year, ascending. Other days on which it is shut, and hours
    /// on a holiday, are closures and special openings of its set-up.
    #[graphql(complexity = "15 * child_complexity")]
    async fn public_holidays(
        &self,
        #[graphql(desc = "The year, from 1995 on.", validator(minimum = 1995, maximum = 2100))]
        year: i32,
    ) -> Vec<PublicHoliday> {
        PublicHoliday::of_year(&self.setup, year)
    }
    /// Imprint, privacy notice and accessibility statement.
    async fn legal(&self) -> Legal {
        let model::Legal { imprint, privacy, accessibility, .. } = self.setup.town.legal.clone();
        Legal { imprint, privacy, accessibility }
    }
    /// Locations.
    async fn locations(&self) -> Vec<Location> {
        self.setup.locations.iter().cloned().map(Location).collect()
    }
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
    async fn name(
        &self,
        #[graphql(default = "de", desc = "Language; German where a text has no other.")]
        locale: String,
    ) -> &str {
        self.0.name.get(&locale)
    }
    /// What it is and who needs it.
    async fn explanation(
        &self,
        #[graphql(default = "de", desc = "Language; German where a text has no other.")]
        locale: String,
    ) -> &str {
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
    async fn documents(
        &self,
        #[graphql(default = "de", desc = "Language; German where a text has no other.")]
        locale: String,
    ) -> Vec<&str> {
        self.0.documents.iter().map(|text| text.get(&locale)).collect()
    }
    /// What it costs.
    async fn fees(
        &self,
        #[graphql(default = "de", desc = "Language; German where a text has no other.")]
        locale: String,
    ) -> Vec<Fee> {
        let fee =
            |fee: &model::Fee| Fee { cents: fee.cents, label: fee.label.get(&locale).to_owned() };
        self.0.fees.iter().map(fee).collect()
    }
    /// What to fill in beforehand.
    async fn forms(
        &self,
        #[graphql(default = "de", desc = "Language; German where a text has no other.")]
        locale: String,
    ) -> Vec<Form> {
        let form = |form: &model::Form| Form {
            label: form.label.get(&locale).to_owned(),
            url: form.url.clone(),
        };
        self.0.forms.iter().map(form).collect()
    }
    /// Slug of its category.
    async fn category(&self) -> &str {
        &self.0.category
    }
    /// Slug of its department.
    async fn department(&self) -> &str {
        &self.0.department
    }
    /// Other words under which it is found.
    async fn keywords(&self) -> &[String] {
        &self.0.keywords
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

/// A form.
#[derive(SimpleObject)]
pub(super) struct Form {
    /// What it is called.
    label: String,
    /// Where it is; without, the office hands it out.
    url: Option<String>,
}

/// A category or a department.
pub(super) struct Named(model::Named);

/// A category or a department.
#[Object]
impl Named {
    /// Identity within the town.
    async fn slug(&self) -> &str {
        &self.0.slug
    }
    /// Shown name.
    async fn name(
        &self,
        #[graphql(default = "de", desc = "Language; German where a text has no other.")]
        locale: String,
    ) -> &str {
        self.0.name.get(&locale)
    }
}

/// What the law wants said on a town's pages, as plain text.
#[derive(SimpleObject)]
pub(super) struct Legal {
    /// Who is responsible (§ 5 DDG).
    imprint: String,
    /// What happens with personal data (Art. 13 GDPR).
    privacy: String,
    /// How accessible the pages are (§ 12b BGG and the Länder's laws).
    accessibility: String,
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
    async fn name(
        &self,
        #[graphql(default = "de", desc = "Language; German where a text has no other.")]
        locale: String,
    ) -> &str {
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
    async fn entrance(
        &self,
        #[graphql(default = "de", desc = "Language; German where a text has no other.")]
        locale: String,
    ) -> &str {
        self.0.entrance.get(&locale)
    }
    /// What visitors must observe.
    async fn visit_rules(
        &self,
        #[graphql(default = "de", desc = "Language; German where a text has no other.")]
        locale: String,
    ) -> &str {
        self.0.visit_rules.get(&locale)
    }
}

/// A version of a town's set-up.
#[derive(SimpleObject)]
pub(super) struct SetUpVersion {
    /// Its number.
    version: i64,
    /// Since when.
    at: DateTime<Utc>,
    /// Who made it: `system`, or `staff:` or `operator:` and the account.
    actor: String,
    /// The town file (TOML).
    text: String,
}

impl From<catalog::store::Version> for SetUpVersion {
    fn from(own: catalog::store::Version) -> Self {
        Self { version: own.version, at: own.at, actor: own.actor, text: own.file }
    }
}

/// A town's set-up as a file.
#[derive(SimpleObject)]
pub(super) struct TownFile {
    /// Rises with every change.
    pub(super) version: i64,
    /// TOML.
    pub(super) text: String,
    /// What is missing before citizens may see the town, from today on.
    pub(super) gaps: Vec<String>,
    /// What is allowed but probably not meant, from today on: a service that no counter serves, or that
    /// fits into no hours of those that do, windows that overlap or that nothing fits into, a counter
    /// that is never open.
    pub(super) conflicts: Vec<String>,
}
