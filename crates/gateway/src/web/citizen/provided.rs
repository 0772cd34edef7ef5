//! Name and address from a provider such as BundID, instead of typing them: the form is sent there and
//! comes back filled in. Nothing is stored on the way; what was typed travels sealed in the browser.

use askama::Template;
use axum::{
    extract::State,
    http::{HeaderMap, Request, StatusCode, header, request::Parts},
    response::Response,
};

use super::{booking, request, selected, selection::Selection, waiting};
use crate::{
    openid::{self, Error, Handshake, Kept, Person, Side},
    state::AppState,
    web::{
        Answer,
        contact::Typed,
        error::{Failure, Problem},
        given::Given,
        links::Pair,
        page::{Page, render},
        returning::{answered, forgetting, remembering},
        staff::session,
        town::{self, Door, Town},
    },
};

/// A form that a provider can fill in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fillable {
    /// The contact data of a booking.
    Booking,
    /// A request with wishes.
    Request,
    /// A wish on the waiting list.
    WaitingList,
}

impl Fillable {
    const ALL: [Self; 3] = [Self::Booking, Self::Request, Self::WaitingList];

    /// Its page, below the town's own.
    fn path(self) -> &'static str {
        match self {
            Self::Booking => "/termin/daten",
            Self::Request => "/anfrage",
            Self::WaitingList => "/warteliste",
        }
    }

    fn word(self) -> &'static str {
        match self {
            Self::Booking => "termin",
            Self::Request => "anfrage",
            Self::WaitingList => "warteliste",
        }
    }
}

/// What a form says about the town's provider.
#[derive(Clone, Debug)]
pub(super) struct Offer {
    /// What stands on the button.
    pub label: String,
    /// Where the form is sent to instead.
    pub action: String,
    /// How the way there has ended.
    pub outcome: Option<Outcome>,
}

/// How the way to a provider has ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Outcome {
    /// Name or address are filled in.
    Filled,
    /// It knows neither.
    Empty,
    /// The citizen or the provider refused.
    Refused,
    /// The provider cannot be reached, or is not to be believed.
    Failed,
}

impl Outcome {
    /// Kind of the notice.
    pub(super) fn kind(self) -> &'static str {
        match self {
            Self::Filled => "success",
            Self::Empty | Self::Refused | Self::Failed => "warning",
        }
    }

    /// Key of its words.
    pub(super) fn text(self) -> &'static str {
        match self {
            Self::Filled => "provided-filled",
            Self::Empty => "provided-empty",
            Self::Refused => "provided-refused",
            Self::Failed => "provided-failed",
        }
    }
}

impl Offer {
    /// What the town offers beside a form; nothing where it has no provider.
    pub(super) fn of(
        town: &Town,
        form: Fillable,
        selection: &Selection,
        outcome: Option<Outcome>,
    ) -> Option<Self> {
        let provider = town.setup.town.citizen_provider.as_ref()?;
        let mut pairs: Vec<Pair> = vec![("formular", form.word().to_owned())];
        pairs.extend(selection.pairs());
        Some(Self {
            label: town.page.with("provided-button", "provider", provider.name.as_str()),
            action: town.page.links.with("/angaben/holen", pairs),
            outcome,
        })
    }
}

#[derive(Template)]
#[template(path = "citizen/leaving.html")]
struct LeavingPage<'a> {
    page: &'a Page,
    provider: &'a str,
    address: &'a str,
}

/// `POST /{town}/angaben/holen?formular=…`: on to the provider, with what was typed so far. By a page
/// of its own: a form of ours is sent to no other site.
pub(super) async fn leave(
    town: Town,
    State(state): State<AppState>,
    headers: HeaderMap,
    body: String,
) -> Answer {
    let selection = selected(&town)?;
    let word = town.query.iter().find(|(name, _)| name == "formular").map(|(_, word)| word);
    let form = Fillable::ALL.into_iter().find(|form| word.is_some_and(|word| word == form.word()));
    let form = form.ok_or_else(|| town.fail(Problem::UnknownPage))?;
    let page = town.page.links.with(form.path(), selection.pairs());
    let prefix = &town.page.links.prefix;
    let host = headers.get(header::HOST).and_then(|host| host.to_str().ok());
    let host = host.filter(|_| prefix.is_empty());
    let redirect = openid::redirect(&state, Side::Citizens, prefix, host);
    let kept = Kept::new(page, body.clone());
    match openid::leave(&state, &town.scope, Side::Citizens, redirect, kept).await {
        Ok(left) => {
            let name = town.setup.town.citizen_provider.as_ref().map(|own| own.name.as_str());
            let page = LeavingPage {
                page: &town.page,
                provider: name.unwrap_or_default(),
                address: &left.address,
            };
            Ok(remembering(&state, &left, render(StatusCode::OK, &page)))
        }
        Err(Error::NotOffered) => Err(town.fail(Problem::UnknownPage)),
        Err(Error::Other(error)) => Err(town.fail(error)),
        Err(_) => show(town, form, &body, None, Outcome::Failed).await,
    }
}

/// `GET /{town}/angaben/antwort`: back from the provider, to the form.
pub(super) async fn come_back(
    town: Town,
    State(state): State<AppState>,
    headers: HeaderMap,
) -> Answer {
    let held = session::handshake(&state, &headers).unwrap_or_default();
    let handshake = Handshake::open(&state.office, &town.scope, Side::Citizens, &held).await;
    let handshake = handshake.map_err(|error| match error {
        Error::Other(error) => town.fail(error),
        _ => town.fail(Problem::Returned),
    })?;
    let answer = answered(&town.query);
    let (person, outcome) = match openid::come_back(&state, &town.scope, &handshake, &answer).await
    {
        Ok(person) if person.name.is_none() && person.email.is_none() => (None, Outcome::Empty),
        Ok(person) => (Some(person), Outcome::Filled),
        Err(Error::Refused) => (None, Outcome::Refused),
        Err(Error::Foreign | Error::Late | Error::Used | Error::NotOffered) => {
            return Ok(forgetting(&state, returned(town)));
        }
        Err(Error::Provider(_)) => (None, Outcome::Failed),
        Err(Error::Other(error)) => return Err(town.fail(error)),
    };
    let Kept { page, form: typed } = &handshake.kept;
    let town = there(&state, &headers, &town, page).await?;
    let path = page.split('?').next().unwrap_or_default();
    let form = Fillable::ALL.into_iter().find(|form| path.ends_with(form.path()));
    let form = form.ok_or_else(|| town.fail(Problem::UnknownPage))?;
    Ok(forgetting(&state, show(town, form, typed, person.as_ref(), outcome).await?))
}

fn returned(town: Town) -> Response {
    use axum::response::IntoResponse as _;
    town.fail(Problem::Returned).into_response()
}

/// The same visit at the page that was left.
async fn there(
    state: &AppState,
    headers: &HeaderMap,
    town: &Town,
    page: &str,
) -> Result<Town, Failure> {
    let request = Request::builder().uri(page).body(());
    let request = request.map_err(|_| town.fail(Problem::Returned))?;
    let (mut parts, ()): (Parts, ()) = request.into_parts();
    parts.headers = headers.clone();
    let slug = Some(town.page.links.prefix.trim_start_matches('/')).filter(|own| !own.is_empty());
    town::visit(&parts, state, slug, Door::Citizens).await
}

/// The form with what was typed, and what the provider knows in its place.
async fn show(
    town: Town,
    form: Fillable,
    typed: &str,
    person: Option<&Person>,
    outcome: Outcome,
) -> Answer {
    let mut given = Given(form_urlencoded::parse(typed.as_bytes()).into_owned().collect());
    if let Some(person) = person {
        for (name, known) in [("name", &person.name), ("email", &person.email)] {
            if let Some(known) = known {
                given.set(name, known);
            }
        }
    }
    match form {
        Fillable::Booking => {
            let field = |name: &str| given.get(name).to_owned();
            let typed = Typed {
                name: field("name"),
                email: field("email"),
                phone: field("phone"),
                sms: field("sms"),
            };
            booking::filled_in(town, &typed, outcome).await
        }
        Fillable::Request => request::filled_in(town, &given.0.into_iter().collect(), outcome),
        Fillable::WaitingList => waiting::filled_in(town, &given, outcome).await,
    }
}
