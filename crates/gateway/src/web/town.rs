//! Who is visited, by whom and in which language: the proof every citizen's handler asks for.

use std::sync::Arc;

use axum::{
    RequestPartsExt as _,
    extract::{FromRequestParts, OriginalUri, RawPathParams},
    http::{header, request::Parts},
    response::{IntoResponse as _, Response},
};
use catalog::model::TownSetup;
use chrono::{DateTime, NaiveDate, Utc};
use scheduling::Office;
use tenant::{
    Scope,
    accounts::{members, sessions},
    directory::Entry,
};

use super::{
    error::{Failure, Problem},
    i18n::{LANGUAGES, Language},
    links::Links,
    page::{Face, Other, Page},
    staff::session,
};
use crate::{layer::tenant::town_of_host, state::AppState};

/// Which towns a visit may find.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Door {
    /// Live towns.
    Citizens,
    /// The same, by somebody who will look at the calendar.
    Times,
    /// Those that are being set up or are suspended, too; only German is spoken.
    Staff,
}

/// A visit to a live town's pages.
#[derive(Debug)]
pub(super) struct Town {
    /// The town, and a citizen in it.
    pub scope: Scope,
    /// What it offers.
    pub setup: Arc<TownSetup>,
    /// Where use cases happen.
    pub office: Arc<Office>,
    /// Query parameters, in their order.
    pub query: Vec<(String, String)>,
    /// The frame of its pages.
    pub page: Page,
}

/// A visit to a town's calendar: one look at the database answers for set-up and calendar.
pub(super) struct Choosing(pub Town);

/// A visit to the platform's own pages.
#[derive(Debug)]
pub(super) struct Visitor {
    /// The frame.
    pub page: Page,
    /// What every handler holds.
    pub state: AppState,
    /// Query parameters, in their order.
    pub query: Vec<(String, String)>,
}

impl Town {
    /// The answer for what went wrong here.
    pub(super) fn fail(&self, problem: impl Into<Problem>) -> Failure {
        Failure::new(self.page.clone(), problem.into())
    }

    /// The present instant.
    pub(super) fn now(&self) -> DateTime<Utc> {
        self.office.now()
    }

    /// The present day in the town.
    pub(super) fn today(&self) -> NaiveDate {
        self.local_date(self.now())
    }

    /// The town's day at an instant.
    pub(super) fn local_date(&self, at: DateTime<Utc>) -> NaiveDate {
        at.with_timezone(&self.setup.town.time_zone).date_naive()
    }

    /// The language's tag.
    pub(super) fn locale(&self) -> &'static str {
        self.page.language.code
    }
}

impl FromRequestParts<AppState> for Town {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, Failure> {
        enter(parts, state, Door::Citizens).await
    }
}

impl FromRequestParts<AppState> for Choosing {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, Failure> {
        Ok(Self(enter(parts, state, Door::Times).await?))
    }
}

async fn enter(parts: &mut Parts, state: &AppState, door: Door) -> Result<Town, Failure> {
    // Without a parameter in its address the page is found under the town's own host name.
    let params = parts.extract::<RawPathParams>().await.ok();
    let slug = params.iter().flatten().find(|(name, _)| *name == "town");
    let slug = slug.map(|(_, slug)| slug.to_owned());
    visit(parts, state, slug.as_deref(), door).await
}

/// Finds the town by `slug`, or by the host name where the address has none.
pub(super) async fn visit(
    parts: &Parts,
    state: &AppState,
    slug: Option<&str>,
    door: Door,
) -> Result<Town, Failure> {
    let request = Request::of(parts);
    let platform = request.page(state, &LANGUAGES.each_ref(), None, String::new());
    let entry = match slug {
        Some(slug) => state.directory.by_slug(&state.office.db, slug).await,
        None => town_of_host(state, &parts.uri, &parts.headers).await,
    };
    let entry = match entry {
        Ok(Some(entry)) if entry.is_live() || door == Door::Staff => entry,
        // Before citizens come, staff see the pages as they will.
        Ok(Some(entry)) if is_previewed(parts, state, &entry).await => entry,
        Ok(_) => return Err(unknown_town(state, platform).await),
        Err(error) => return Err(Failure::new(platform, error.into())),
    };
    let scope = Scope::citizen(entry.tenant);
    let office = Arc::clone(&state.office);
    let setup = match door {
        Door::Times => scheduling::setup_with_calendar(&office, &scope).await,
        Door::Citizens | Door::Staff => office.setup(&scope).await,
    };
    let setup = match setup {
        Ok(setup) => setup,
        Err(error) => return Err(Failure::new(platform, error.into())),
    };
    let locales = &setup.town.locales;
    let offered: Vec<_> =
        LANGUAGES.iter().filter(|own| locales.iter().any(|code| code == own.code)).collect();
    let offered = match door {
        Door::Citizens | Door::Times => offered,
        Door::Staff => vec![&LANGUAGES[0]],
    };
    let prefix = slug.map(|slug| format!("/{slug}")).unwrap_or_default();
    let face = Face::of(&setup.town, &prefix);
    let page = request.page(state, &offered, Some(face), prefix);
    if request.unknown_language(&offered) {
        return Err(Failure::new(page, Problem::UnknownLanguage));
    }
    Ok(Town { scope, setup, office, query: request.query, page })
}

/// Whether a town that is being set up is looked at by its own staff.
async fn is_previewed(parts: &Parts, state: &AppState, entry: &Entry) -> bool {
    if entry.status != "onboarding" {
        return false;
    }
    let Some(token) = session::token(state, &parts.headers) else { return false };
    let look = async || {
        let session = sessions::find(&state.office.db, &token, state.office.now()).await?;
        let Some(session) = session else { return Ok(None) };
        let tx = state.office.db.read(&Scope::citizen(entry.tenant)).await?;
        members::standing_of(&tx, session).await
    };
    match look().await {
        Ok(standing) => standing.is_some(),
        Err(error) => {
            tracing::error!(%error, "no look at sessions");
            false
        }
    }
}

async fn unknown_town(state: &AppState, page: Page) -> Failure {
    let towns = state.directory.list(&state.office.db).await;
    let live = towns.map(|towns| towns.iter().filter(|own| own.is_live()).cloned().collect());
    Failure::new(page, Problem::UnknownTown(live.unwrap_or_default()))
}

/// The visit that an address of no page was meant for: its town where it names one.
pub(super) async fn astray(parts: &Parts, state: &AppState) -> Failure {
    let first = parts.uri.path().split('/').nth(1).filter(|slug| !slug.is_empty());
    let by_path = visit(parts, state, first, Door::Citizens).await;
    let found = match by_path {
        Err(_) => visit(parts, state, None, Door::Citizens).await,
        found => found,
    };
    match found {
        Ok(town) => town.fail(Problem::UnknownPage),
        Err(failure) => failure,
    }
}

impl FromRequestParts<AppState> for Visitor {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, Failure> {
        let offered = LANGUAGES.each_ref();
        let request = Request::of(parts);
        let page = request.page(state, &offered, None, String::new());
        if request.unknown_language(&offered) {
            return Err(Failure::new(page, Problem::UnknownLanguage));
        }
        Ok(Self { page, state: state.clone(), query: request.query })
    }
}

/// What a request is refused with before anybody knows in which town, in the platform's own frame.
pub(super) async fn refuse(
    parts: &mut Parts,
    state: &AppState,
    problem: impl Into<Problem>,
) -> Response {
    match Visitor::from_request_parts(parts, state).await {
        Ok(visitor) => Failure::new(visitor.page, problem.into()).into_response(),
        Err(failure) => failure.into_response(),
    }
}

impl Visitor {
    /// A query parameter.
    pub(super) fn asked(&self, name: &str) -> Option<&str> {
        let found = self.query.iter().find(|(own, _)| own == name);
        found.map(|(_, value)| value.as_str())
    }

    /// All live towns.
    pub(super) async fn towns(&self) -> Result<Vec<Entry>, Failure> {
        let towns = self.state.directory.list(&self.state.office.db).await;
        let towns = towns.map_err(|error| Failure::new(self.page.clone(), error.into()))?;
        Ok(towns.iter().filter(|own| own.is_live()).cloned().collect())
    }
}

/// What a request says before its town is known.
struct Request<'a> {
    path: String,
    query: Vec<(String, String)>,
    accepted: Option<&'a str>,
}

impl<'a> Request<'a> {
    fn of(parts: &'a Parts) -> Self {
        // Below `/{town}` the address is cut; the whole one is kept beside it.
        let uri = parts.extensions.get::<OriginalUri>().map_or(&parts.uri, |whole| &whole.0);
        let query = form_urlencoded::parse(uri.query().unwrap_or_default().as_bytes());
        let accepted = parts.headers.get(header::ACCEPT_LANGUAGE);
        Self {
            path: uri.path().to_owned(),
            query: query.into_owned().collect(),
            accepted: accepted.and_then(|value| value.to_str().ok()),
        }
    }

    fn lang(&self) -> Option<&str> {
        self.query.iter().find(|(name, _)| name == "lang").map(|(_, code)| code.as_str())
    }

    fn chosen(&self, offered: &[&'static Language]) -> Option<&'static Language> {
        let language = Language::by_code(self.lang()?)?;
        offered.contains(&language).then_some(language)
    }

    fn unknown_language(&self, offered: &[&'static Language]) -> bool {
        self.lang().is_some() && self.chosen(offered).is_none()
    }

    fn page(
        &self,
        state: &AppState,
        offered: &[&'static Language],
        face: Option<Face>,
        prefix: String,
    ) -> Page {
        let chosen = self.chosen(offered);
        let language = chosen.unwrap_or_else(|| Language::accepted(self.accepted, offered));
        Page {
            language,
            links: Links { prefix, lang: chosen.map(|language| language.code) },
            face,
            others: Other::all(offered, language, &self.path, &self.query),
            path: self.path.clone(),
            demo: state.demo,
        }
    }
}
