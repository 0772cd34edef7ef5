//! A member of staff at work in a town: the proof every handler of the console asks for. Whoever has
//! one may open the page ([`super::guard`]).

use std::{ops::RangeInclusive, sync::Arc};

use askama::Template;
use axum::{
    RequestPartsExt as _,
    extract::{FromRequestParts, OriginalUri, RawPathParams},
    http::{StatusCode, Uri, header, request::Parts},
    response::{IntoResponse as _, Redirect, Response},
};
use catalog::model::{Location, TownSetup};
use chrono::{DateTime, Datelike as _, NaiveDate, Utc};
use notification::dates;
use scheduling::{Office, Status};
use tenant::{
    Actor, Role, Scope, Way,
    accounts::{
        operators,
        sessions::{self, Session},
    },
};
use uuid::Uuid;

use super::{guard::For, session};
use crate::{
    account::Owner,
    layer::client::Client,
    staff::{Standing, standing},
    state::AppState,
    throttle::Caller,
    web::{
        error::{Failure, Problem},
        links::address,
        page::{Page, render},
        town::{self, Door},
    },
};

/// The parameter that names a location, by its slug.
const LOCATION: &str = "standort";

/// A town's console with who is at it.
#[derive(Debug)]
pub(super) struct Desk {
    /// The town, and the member of staff in it.
    pub scope: Scope,
    /// Who that is.
    pub account: Uuid,
    /// What that person may do here.
    pub role: Role,
    /// The town's set-up.
    pub setup: Arc<TownSetup>,
    /// Where use cases happen.
    pub office: Arc<Office>,
    /// What every handler holds.
    pub state: AppState,
    /// Query parameters, in their order.
    pub query: Vec<(String, String)>,
    /// The frame of its pages.
    pub page: Page,
    /// Carried by every form.
    pub form_token: String,
}

#[derive(Template)]
#[template(path = "staff/forbidden.html")]
struct Forbidden<'a> {
    page: &'a Page,
}

impl Desk {
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
        self.local(self.now()).date_naive()
    }

    /// An instant by the town's clocks.
    pub(super) fn local(&self, at: DateTime<Utc>) -> DateTime<chrono_tz::Tz> {
        at.with_timezone(&self.setup.town.time_zone)
    }

    /// `10:15`
    pub(super) fn clock(&self, at: DateTime<Utc>) -> String {
        self.local(at).format("%H:%M").to_string()
    }

    /// A query parameter, unless it is empty.
    pub(super) fn asked(&self, name: &str) -> Option<&str> {
        let found = self.query.iter().find(|(own, _)| own == name);
        found.map(|(_, value)| value.as_str()).filter(|value| !value.is_empty())
    }

    /// Whether this person may change anything.
    pub(super) fn may_work(&self) -> bool {
        self.role >= Role::Clerk
    }

    /// Whether this person may change the set-up.
    pub(super) fn may_set_up(&self) -> bool {
        self.role >= Role::Admin
    }

    /// The location that the address names, else the first.
    pub(super) fn location(&self) -> Option<&Location> {
        let named = self.asked(LOCATION).and_then(|slug| self.setup.location(slug));
        named.or_else(|| self.setup.locations.first())
    }

    /// Goes to the location that a form names, where it offers a choice; one that is not there (any
    /// more) is a problem.
    pub(super) fn go_to(&mut self, location: &str) -> Result<(), Failure> {
        if location.is_empty() {
            return Ok(());
        }
        if self.setup.location(location).is_none() {
            return Err(self.fail(Problem::UnknownLocation));
        }
        self.query.retain(|(name, _)| name != LOCATION);
        self.query.push((LOCATION.to_owned(), location.to_owned()));
        Ok(())
    }

    /// Address of another page about the location that this one's address names.
    pub(super) fn here(&self, path: &str) -> String {
        let named = self.asked(LOCATION).map(|slug| (LOCATION, slug));
        self.with(path, named.as_slice())
    }

    /// Address of a page of this console.
    pub(super) fn to(&self, path: &str) -> String {
        self.with(path, &[])
    }

    /// The same with query parameters.
    pub(super) fn with(&self, path: &str, pairs: &[(&str, &str)]) -> String {
        let path = format!("{}/verwaltung{path}", self.page.links.prefix);
        address(&path, pairs.iter().copied())
    }

    /// `Dienstag, 24. November 2026, 10:15 Uhr`
    pub(super) fn when(&self, at: DateTime<Utc>) -> String {
        format!("{}, {} Uhr", dates::date(self.local(at).date_naive(), "de"), self.clock(at))
    }

    /// Address of an appointment's page.
    pub(super) fn appointment(&self, id: &Uuid) -> String {
        self.to(&format!("/termine/{id}"))
    }

    /// What somebody comes for, in a line.
    pub(super) fn services(&self, basket: &[scheduling::BasketLine]) -> String {
        let line = |line: &scheduling::BasketLine| {
            let name = self.setup.service(&line.service).map(|service| service.name.get("de"));
            let name = name.unwrap_or(&line.service);
            if line.quantity > 1 { format!("{name} × {}", line.quantity) } else { name.to_owned() }
        };
        basket.iter().map(line).collect::<Vec<_>>().join(", ")
    }
}

impl FromRequestParts<AppState> for Desk {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, Response> {
        let signed_in = signed_in(parts, state).await?;
        let params = parts.extract::<RawPathParams>().await.ok();
        let slug = params.iter().flatten().find(|(name, _)| *name == "town");
        let slug = slug.map(|(_, slug)| slug.to_owned());
        let visit = town::visit(parts, state, slug.as_deref(), Door::Staff).await;
        let visit = visit.map_err(|failure| failure.into_response())?;
        let from = Client::of(parts, state).by(Way::Page);
        let standing = standing(&visit.office, &visit.scope, signed_in.session, from).await;
        let actor = match standing.map_err(|error| visit.fail(error).into_response())? {
            Standing::In(actor) => actor,
            Standing::NeedsSecondFactor => {
                return Err(Redirect::to("/konto?stand=pflicht").into_response());
            }
            Standing::NeedsProvider => return Err(to_sign_in(parts, Some("anbieter"))),
        };
        let Actor::Staff { account, role, .. } = actor else {
            // Another town's provider has nothing to say here: only who is asked again may come in.
            if signed_in.session.is_vouched() {
                return Err(to_sign_in(parts, Some("stadt")));
            }
            return Err(render(StatusCode::FORBIDDEN, &Forbidden { page: &visit.page }));
        };
        // A page that is not for a town's staff has no use for a desk.
        let needed = match parts.extensions.get::<For>() {
            Some(For::Staff(needed)) => Some(*needed),
            _ => None,
        };
        if needed.is_none_or(|needed| role < needed) {
            return Err(visit.fail(tenant::Error::Forbidden).into_response());
        }
        let scope = Scope { actor, ..visit.scope };
        // Not all locations are shown to those whose role is limited.
        let setup = match visit.office.setup(&scope).await {
            Ok(setup) => setup,
            Err(error) => return Err(visit.fail(error).into_response()),
        };
        Ok(Self {
            scope,
            account,
            role,
            setup,
            office: visit.office,
            state: state.clone(),
            query: visit.query,
            page: visit.page,
            form_token: signed_in.form_token,
        })
    }
}

/// A signed-in person, for what reaches beyond one town: nobody whom only a town's provider vouches
/// for.
#[derive(Debug)]
pub(super) struct SignedInAccount {
    /// Identity.
    pub id: Uuid,
    /// Carried by every form.
    pub form_token: String,
    /// By what the browser is known.
    browser: Option<String>,
}

impl SignedInAccount {
    /// The same, who changes something.
    pub(super) fn owner<'a>(&self, client: &'a Client) -> Owner<'a> {
        let caller = Caller { client, browser: self.browser.clone() };
        Owner { account: self.id, caller, way: Way::Page }
    }
}

impl FromRequestParts<AppState> for SignedInAccount {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, Response> {
        let SignedIn { session, form_token } = signed_in(parts, state).await?;
        let id = session.whole().map_err(|_| to_sign_in(parts, Some("stadt")))?;
        match may_open(parts, state, id).await {
            Ok(true) => {
                Ok(Self { id, form_token, browser: session::browser(state, &parts.headers) })
            }
            Ok(false) => Err(town::refuse(parts, state, tenant::Error::Forbidden).await),
            Err(error) => Err(town::refuse(parts, state, error).await),
        }
    }
}

/// Whether the page that is asked for is for this account.
async fn may_open(parts: &mut Parts, state: &AppState, id: Uuid) -> Result<bool, tenant::Error> {
    let db = &state.office.db;
    match parts.extensions.get::<For>() {
        Some(For::Account) => Ok(true),
        Some(For::Platform) => operators::runs_platform(db, id).await,
        Some(For::County) => {
            let params = parts.extract::<RawPathParams>().await.ok();
            let key = params.iter().flatten().find(|(name, _)| *name == "key");
            let own = operators::counties_of(db, id).await?;
            Ok(key.is_some_and(|(_, key)| own.iter().any(|county| county.key == key)))
        }
        // No page for an account, however it got here.
        Some(For::Anybody | For::Staff(_)) | None => Ok(false),
    }
}

/// A session, before it is known where it counts.
struct SignedIn {
    session: Session,
    form_token: String,
}

/// Who is signed in; anyone else is asked to, and led back afterwards.
async fn signed_in(parts: &Parts, state: &AppState) -> Result<SignedIn, Response> {
    let token = session::token(state, &parts.headers).ok_or_else(|| to_sign_in(parts, None))?;
    match sessions::find(&state.office.db, &token, state.office.now()).await {
        Ok(Some(session)) => Ok(SignedIn { session, form_token: session::form_token(&token) }),
        Ok(None) => Err(to_sign_in(parts, None)),
        Err(error) => {
            tracing::error!(%error, "no look at sessions");
            Err(StatusCode::INTERNAL_SERVER_ERROR.into_response())
        }
    }
}

/// To the page for signing in, which says why and leads back: from a form to the page that it stood on,
/// since what forms are sent to often cannot be opened.
fn to_sign_in(parts: &Parts, why: Option<&'static str>) -> Response {
    let uri = parts.extensions.get::<OriginalUri>().map_or(&parts.uri, |whole| &whole.0);
    let asked = uri.path_and_query().map_or("/", |wanted| wanted.as_str());
    let from = parts.headers.get(header::REFERER).and_then(|from| from.to_str().ok());
    let from = from.and_then(|from| from.parse::<Uri>().ok());
    let from = from.as_ref().and_then(|from| Some(from.path_and_query()?.as_str()));
    let wanted = if parts.method.is_safe() { asked } else { from.unwrap_or("/verwaltung") };
    let pairs = [("weiter", Some(wanted)), ("stand", why)];
    let pairs = pairs.into_iter().filter_map(|(name, value)| Some((name, value?)));
    Redirect::to(&address("/anmelden", pairs)).into_response()
}

/// Years that a page can be asked about; others are typed by nobody, and calendars end.
const YEARS: RangeInclusive<i32> = 1000..=9999;

/// The date that an address or a form names; years of another number than four digits are none.
pub(super) fn date(text: &str) -> Option<NaiveDate> {
    text.parse().ok().filter(|date: &NaiveDate| YEARS.contains(&date.year()))
}

/// The instant that an address or a form names, in the same years.
pub(super) fn instant(text: &str) -> Option<DateTime<Utc>> {
    text.parse().ok().filter(|at: &DateTime<Utc>| YEARS.contains(&at.year()))
}

/// The German word for where an appointment stands.
pub(super) fn word(status: Status) -> &'static str {
    match status {
        Status::Booked => "gebucht",
        Status::Arrived => "da",
        Status::Called => "aufgerufen",
        Status::Served => "erledigt",
        Status::Missed => "nicht erschienen",
        Status::Cancelled => "abgesagt",
    }
}
