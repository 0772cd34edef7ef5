//! What towns take over from each other and from their county.

use async_graphql::{Context, InputObject, Object, Result, SimpleObject};
use catalog::template::{At, borrow::Also, merge, store};
use chrono::{DateTime, Utc};

use super::{account::signed_in, error::ApiError, scope, setup::OutsideInput};
use crate::{
    state::AppState,
    template::{self, Changes, Read, Wanted},
};

/// What a county offers its towns.
#[derive(SimpleObject)]
pub(super) struct CountyTemplate {
    /// Its number, from 1.
    version: i64,
    /// Since when.
    published_at: DateTime<Utc>,
    /// TOML: a town file of departments, categories and services.
    text: String,
}

impl From<store::Published> for CountyTemplate {
    fn from(own: store::Published) -> Self {
        Self { version: own.version, published_at: own.at, text: own.file }
    }
}

/// Something that the county's template has changed since the town took a service over.
#[derive(SimpleObject)]
pub(super) struct TemplateChange {
    /// The template's version that has it, as takeTemplateChanges asks for it.
    template: i64,
    /// Slug of the service.
    service: String,
    /// Key of its field in a town file, or `service` for a service that is new.
    field: String,
    /// The template's value when the town took it, as JSON; `null` is the default.
    before: String,
    /// The template's value now, as JSON.
    now: String,
    /// The town's own value, as JSON.
    own: String,
    /// Whether the town has changed the same field: taking the change over loses that.
    adapted: bool,
}

impl TemplateChange {
    fn new(change: merge::Change, template: i64) -> Self {
        Self {
            template,
            adapted: change.is_adapted(),
            before: change.before.to_string(),
            now: change.now.to_string(),
            own: change.own.to_string(),
            service: change.subject.service,
            field: change.subject.field,
        }
    }
}

/// A service that a town can take over.
#[derive(SimpleObject)]
pub(super) struct OfferedService {
    /// Its slug, as takeServices asks for it.
    slug: String,
    /// German name.
    name: String,
    /// German name of its category; empty where it is in none.
    category: String,
    /// Minutes for the first person or item.
    duration: u16,
    /// Whether the town has a service of that slug already, which stays as it is.
    is_ours: bool,
}

/// Names a change.
#[derive(InputObject)]
pub(super) struct TemplateChangeInput {
    /// Slug of the service.
    service: String,
    /// As templateChanges tells it.
    field: String,
}

/// Names a counter.
#[derive(InputObject)]
pub(super) struct CounterInput {
    /// Slug of its location.
    location: String,
    /// Its own slug.
    counter: String,
}

/// What a town takes over from another besides services. Nothing that names the other town comes
/// along.
#[derive(Default, InputObject)]
pub(super) struct TakeAlsoInput {
    /// Locations with their counters, without an address; for a town that has none yet.
    #[graphql(default)]
    locations: bool,
    /// Weekly opening hours, for locations that have none yet.
    #[graphql(default)]
    hours: bool,
    /// The town's booking window, without its dates.
    #[graphql(default)]
    window: bool,
    /// Words of welcome and in mails, where the town has none of its own.
    #[graphql(default)]
    texts: bool,
}

impl From<TakeAlsoInput> for Also {
    fn from(own: TakeAlsoInput) -> Self {
        let TakeAlsoInput { locations, hours, window, texts } = own;
        Self { locations, hours, window, texts }
    }
}

pub(super) struct TemplateQuery;

/// Reading.
#[Object]
impl TemplateQuery {
    /// What a county offers its towns, if anything. For the county's operators.
    #[graphql(complexity = "50 + child_complexity")]
    async fn county_template(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Five-digit key of the county.")] county: String,
    ) -> Result<Option<CountyTemplate>> {
        let state = context.data_unchecked::<AppState>();
        let published = template::published(state, signed_in(context)?, &county).await;
        Ok(published.map_err(ApiError::from)?.map(Into::into))
    }

    /// The services that takeServices can take over from somewhere, in their order. For admins.
    #[graphql(complexity = "50 * child_complexity")]
    async fn offered_services(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The town's slug.")] town: String,
        #[graphql(desc = "`catalogue`, `county` or the slug of a live town.")] from: String,
    ) -> Result<Vec<OfferedService>> {
        let scope = scope(context, &town).await?;
        let state = context.data_unchecked::<AppState>();
        let read = crate::town::read(state, &scope).await;
        let (_, own) = read.map_err(ApiError::from)?;
        let source = template::source(state, &scope, &from).await.map_err(ApiError::from)?;
        let source = source.template;
        let category = |slug: &str| {
            let found = source.categories.iter().find(|category| category.slug == slug);
            found.map(|category| category.name.get("de").to_owned()).unwrap_or_default()
        };
        let offered = source.services.iter().map(|service| OfferedService {
            slug: service.slug.clone(),
            name: service.name.get("de").to_owned(),
            category: category(&service.category),
            duration: service.duration,
            is_ours: own.service(&service.slug).is_some(),
        });
        Ok(offered.collect())
    }

    /// What the county's template has changed since the town took services over. For admins.
    #[graphql(complexity = "50 * child_complexity")]
    async fn template_changes(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The town's slug.")] town: String,
    ) -> Result<Vec<TemplateChange>> {
        let scope = scope(context, &town).await?;
        let state = context.data_unchecked::<AppState>();
        let changes = template::changes(state, &scope).await;
        let Changes { template, all, .. } = changes.map_err(ApiError::from)?;
        Ok(all.into_iter().map(|own| TemplateChange::new(own, template)).collect())
    }
}

pub(super) struct TemplateMutation;

/// Changing.
#[Object]
impl TemplateMutation {
    /// Publishes what a county offers its towns; returns the new version. For the county's operators.
    #[graphql(complexity = "200")]
    async fn publish_county_template(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Five-digit key of the county.")] county: String,
        #[graphql(desc = "The version that was read, 0 where there was none.")] version: i64,
        #[graphql(
            desc = "TOML: a town file, of which departments, categories and services are read."
        )]
        file: String,
    ) -> Result<i64> {
        let state = context.data_unchecked::<AppState>();
        let account = signed_in(context)?;
        let published = template::publish(state, account, &county, version, &file).await;
        Ok(published.map_err(ApiError::from)?)
    }

    /// Takes services over, and from a town more where that is asked for; what the town has already
    /// stays as it is. Returns the new version of the set-up, or nothing where nothing was left to
    /// take. For admins.
    #[graphql(complexity = "200")]
    #[allow(clippy::too_many_arguments)] // they are the API's
    async fn take_services(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The town's slug.")] town: String,
        #[graphql(desc = "The version of the set-up that was read.")] version: i64,
        #[graphql(desc = "`catalogue`, `county` or the slug of a live town.")] from: String,
        #[graphql(desc = "Slugs of the services.")] services: Vec<String>,
        #[graphql(desc = "The counters that serve them; without, all do.")] counters: Option<
            Vec<CounterInput>,
        >,
        #[graphql(desc = "What else is taken over from a town.")] also: Option<TakeAlsoInput>,
    ) -> Result<Option<i64>> {
        let scope = scope(context, &town).await?;
        let state = context.data_unchecked::<AppState>();
        let at = |own: CounterInput| At { location: own.location, counter: own.counter };
        let counters = counters.map(|all| all.into_iter().map(at).collect());
        let also = also.unwrap_or_default().into();
        let wanted = Wanted { from, services, counters, also };
        let taken = template::take(state, &scope, version, &wanted).await;
        Ok(taken.map_err(ApiError::from)?)
    }

    /// Takes changes of the county's template over; everything else stays the town's own. Returns
    /// the new version of the set-up. Where appointments would lie outside then, it is as with
    /// changeSetUp. For admins.
    #[graphql(complexity = "200")]
    #[allow(clippy::too_many_arguments)] // they are the API's
    async fn take_template_changes(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The town's slug.")] town: String,
        #[graphql(desc = "The version of the set-up that was read.")] version: i64,
        #[graphql(desc = "The version of the template that was read.")] template: i64,
        #[graphql(desc = "Those that are taken.")] changes: Vec<TemplateChangeInput>,
        #[graphql(default, desc = "Whether the others are declined: they are not offered again.")]
        settle: bool,
        #[graphql(desc = "What happens with appointments that this leaves outside.")]
        outside: Option<OutsideInput>,
    ) -> Result<i64> {
        let scope = scope(context, &town).await?;
        let state = context.data_unchecked::<AppState>();
        let subject =
            |own: TemplateChangeInput| merge::Subject { service: own.service, field: own.field };
        let taken: Vec<_> = changes.into_iter().map(subject).collect();
        let decision = outside.map(OutsideInput::read).transpose()?;
        let read = Read { version, template };
        let changed =
            template::take_changes(state, &scope, read, &taken, settle, decision.as_ref()).await;
        Ok(changed.map_err(ApiError::from)?.version)
    }
}
