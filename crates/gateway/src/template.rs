//! What towns take over from each other and from their county, for both faces.

use catalog::{
    catalogue::catalogue,
    model::{Slug, TownSetup},
    template::{
        At, Template,
        borrow::{Also, neutral},
        merge::{self, Change, Subject},
        store::{self, Published},
    },
    townfile,
};
use scheduling::{Decision, Error};
use tenant::{Scope, accounts::operators, directory::Entry};
use uuid::Uuid;

use crate::{
    state::AppState,
    town::{self, Changed},
};

/// Names the shipped catalogue as what services are taken from.
pub(crate) const CATALOGUE: &str = "catalogue";
/// Names the template of the town's own county.
pub(crate) const COUNTY: &str = "county";

/// What somebody takes over.
#[derive(Clone, Debug, Default)]
pub(crate) struct Wanted {
    /// [`CATALOGUE`], [`COUNTY`] or the slug of a live town.
    pub from: String,
    /// Slugs of services.
    pub services: Vec<Slug>,
    /// The counters that serve them; none given means all.
    pub counters: Option<Vec<At>>,
    /// What else, from a town.
    pub also: Also,
}

/// Where services come from.
#[derive(Debug)]
pub(crate) struct Source {
    /// The version of a county's template.
    pub published: Option<i64>,
    /// What is offered.
    pub template: Template,
    /// The town, if it is one, without what names it.
    pub town: Option<TownSetup>,
}

/// What `name` offers: [`CATALOGUE`], [`COUNTY`] or the slug of a live town, whose offers are public.
pub(crate) async fn source(state: &AppState, scope: &Scope, name: &str) -> Result<Source, Error> {
    let office = &state.office;
    if name == CATALOGUE {
        let all = catalogue().map_err(catalog::Error::Invalid)?;
        return Ok(Source { published: None, template: all.into(), town: None });
    }
    if name == COUNTY {
        let county = office.setup(scope).await?.town.county.key.clone();
        let published = store::latest(&office.db, &county).await?;
        let published = published.ok_or(catalog::Error::UnknownTown)?;
        let template =
            townfile::parse_template(&published.file).map_err(catalog::Error::Invalid)?;
        return Ok(Source { published: Some(published.version), template, town: None });
    }
    let entry = state.directory.by_slug(&office.db, name).await?;
    let entry = entry.filter(Entry::is_live).ok_or(catalog::Error::UnknownTown)?;
    let setup = neutral(&*office.setup(&Scope::citizen(entry.tenant)).await?);
    Ok(Source { published: None, template: setup.clone().into(), town: Some(setup) })
}

/// Takes over into the set-up that was read at `version`; what the town has already stays as it is.
/// Returns the new version, or none where nothing was left to take.
pub(crate) async fn take(
    state: &AppState,
    scope: &Scope,
    version: i64,
    wanted: &Wanted,
) -> Result<Option<i64>, Error> {
    let (_, mut setup) = town::read(state, scope).await?;
    let before = setup.clone();
    let Source { published, template, town } = source(state, scope, &wanted.from).await?;
    template.give(&mut setup, &wanted.services, wanted.counters.as_deref(), published);
    if let Some(town) = town {
        wanted.also.borrow(&mut setup, &town);
    }
    if setup == before {
        return Ok(None);
    }
    townfile::check(&setup).map_err(catalog::Error::Invalid)?;
    Ok(Some(town::change(state, scope, version, &setup, None).await?.version))
}

/// What the county's template has changed.
#[derive(Debug)]
pub(crate) struct Changes {
    /// The version of the set-up that it was compared with.
    pub version: i64,
    /// The version of the template that is published now; 0 where the town follows none.
    pub template: i64,
    /// One by one.
    pub all: Vec<Change>,
}

/// What the county's template has changed since the town took its services over. For admins.
pub(crate) async fn changes(state: &AppState, scope: &Scope) -> Result<Changes, Error> {
    let (version, setup) = town::read(state, scope).await?;
    if setup.services.iter().all(|own| own.template.is_none()) {
        return Ok(Changes { version, template: 0, all: Vec::new() });
    }
    let versions = store::versions(&state.office.db, &setup.town.county.key).await?;
    let template = versions.latest().map_or(0, |(own, _)| *own);
    Ok(Changes { version, template, all: merge::changes(&setup, &versions) })
}

/// What a town reads before it takes changes of its county's template over.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Read {
    /// The version of the set-up.
    pub version: i64,
    /// The version of the template.
    pub template: i64,
}

/// Takes changes over, as they were when they were read: what somebody has changed or published since
/// is not taken by that name; with `settle` the others are not offered again. As with any other change
/// there is a decision on appointments that it leaves outside.
pub(crate) async fn take_changes(
    state: &AppState,
    scope: &Scope,
    read: Read,
    taken: &[Subject],
    settle: bool,
    decision: Option<&Decision>,
) -> Result<Changed, Error> {
    let (_, mut setup) = town::read(state, scope).await?;
    let versions = store::versions(&state.office.db, &setup.town.county.key).await?;
    if versions.latest().map_or(0, |(own, _)| *own) != read.template {
        return Err(catalog::Error::Outdated.into());
    }
    merge::take(&mut setup, &versions, taken, settle);
    townfile::check(&setup).map_err(catalog::Error::Invalid)?;
    town::change(state, scope, read.version, &setup, decision).await
}

/// What a county publishes now. For its operators.
pub(crate) async fn published(
    state: &AppState,
    account: Uuid,
    county: &str,
) -> Result<Option<Published>, Error> {
    let db = &state.office.db;
    let own = operators::counties_of(db, account).await?;
    if !own.iter().any(|own| own.key == county) {
        return Err(tenant::Error::Forbidden.into());
    }
    Ok(store::latest(db, county).await?)
}

/// Publishes a template for a county's towns, made from `version` (0 where there was none): from a
/// template's file or a town's, of which only what is offered is read. For the county's operators.
pub(crate) async fn publish(
    state: &AppState,
    account: Uuid,
    county: &str,
    version: i64,
    file: &str,
) -> Result<i64, Error> {
    let office = &state.office;
    // Who may not publish learns nothing about the file.
    published(state, account, county).await?;
    let template = townfile::parse_template(file).map_err(catalog::Error::Invalid)?;
    let now = office.now();
    Ok(store::publish(&office.db, account, county, version, &template, now).await?)
}
