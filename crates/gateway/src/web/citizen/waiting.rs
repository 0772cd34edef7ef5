//! The waiting list: joining it, and the page on which an offer is taken or passed on.

use askama::Template;
use axum::{
    Form,
    extract::Path,
    http::StatusCode,
    response::{IntoResponse as _, Redirect, Response},
};
use catalog::{
    model::{BookingMode, Location},
    time::{WallTime, Weekday},
};
use chrono::{Days, NaiveDate};
use notification::dates;
use scheduling::{Error, JoinWaitingList, Waiting, WaitingStatus, WaitingWish};
use uuid::Uuid;

use super::{
    done::Key,
    kept::{Decision, Kept},
    prepare::{self, Line},
    proof::{self, Asking},
    provided::{Fillable, Offer, Outcome},
    selected,
    selection::Selection,
};
use crate::web::{
    Answer,
    contact::{Errors, FieldError, Typed, phone_required},
    given::Given,
    page::{Page, render},
    town::Town,
};

/// How far ahead a wish reaches unless the citizen says otherwise.
const AHEAD: Days = Days::new(28);

/// The days of the week: name in the form, and number from Monday.
const DAYS: [(&str, Weekday); 7] = [
    ("mo", Weekday::Mon),
    ("di", Weekday::Tue),
    ("mi", Weekday::Wed),
    ("do", Weekday::Thu),
    ("fr", Weekday::Fri),
    ("sa", Weekday::Sat),
    ("so", Weekday::Sun),
];

#[derive(Template)]
#[template(path = "citizen/waiting_join.html")]
struct JoinPage<'a> {
    page: &'a Page,
    lines: Vec<Line<'a>>,
    places: Vec<&'a Location>,
    draft: &'a Draft,
    errors: &'a Errors,
    phone_required: bool,
    /// Whether an appointment is given back; then it is known who waits.
    moves: bool,
    offer: Option<Offer>,
    asked: Option<Asking>,
    refused: Option<&'static str>,
    /// How long a place is kept, in hours.
    hours: u16,
    action: String,
    back: String,
}

impl JoinPage<'_> {
    fn suits(&self, location: &Location) -> bool {
        self.draft.places.contains(&location.slug)
    }

    /// The days of the week: name in the form, number from Monday, whether it is chosen.
    fn days(&self) -> Vec<(&'static str, usize, bool)> {
        let day = |(number, (name, _)): (usize, &(&'static str, Weekday))| {
            (*name, number, self.draft.days.iter().any(|own| own == name))
        };
        DAYS.iter().enumerate().map(day).collect()
    }
}

/// The form as it was typed.
#[derive(Default)]
struct Draft {
    places: Vec<String>,
    first: String,
    last: String,
    from: String,
    to: String,
    days: Vec<String>,
    typed: Typed,
    key: Uuid,
}

impl Draft {
    fn of(fields: &Given) -> Self {
        let field = |name: &str| fields.get(name).to_owned();
        Self {
            places: fields.all("standort"),
            first: field("von"),
            last: field("bis"),
            from: field("ab"),
            to: field("ende"),
            days: fields.all("tag"),
            typed: Typed {
                name: field("name"),
                email: field("email"),
                phone: field("phone"),
                ..Typed::default()
            },
            key: fields.get("schluessel").parse().unwrap_or_else(|_| Uuid::new_v4()),
        }
    }
}

/// `GET /{town}/warteliste?anliegen=…`
pub(super) async fn form(town: Town) -> Answer {
    let selection = selected(&town)?;
    if selection.basket.is_empty()
        || selection.misplaced(&town.setup, BookingMode::Direct).is_some()
    {
        let there = town.page.links.with("/termin", selection.basket_pairs());
        return Ok(Redirect::to(&there).into_response());
    }
    let today = town.today();
    let draft = Draft {
        places: selection.location.clone().into_iter().collect(),
        first: today.to_string(),
        last: (today + AHEAD).to_string(),
        key: Uuid::new_v4(),
        ..Draft::default()
    };
    Ok(show(&town, &selection, &draft, Said::default()).await)
}

/// The form again, after the way to a provider.
pub(super) async fn filled_in(town: Town, fields: &Given, outcome: Outcome) -> Answer {
    let selection = selected(&town)?;
    let said = Said { outcome: Some(outcome), ..Said::default() };
    Ok(show(&town, &selection, &Draft::of(fields), said).await)
}

/// What the form says of what was tried before.
#[derive(Default)]
struct Said {
    errors: Errors,
    /// Text that says why a solution of the challenge was refused.
    refused: Option<&'static str>,
    /// What came back from a provider.
    outcome: Option<Outcome>,
}

async fn show(town: &Town, selection: &Selection, draft: &Draft, said: Said) -> Response {
    let Said { ref errors, refused, outcome } = said;
    let pairs = selection.wish_pairs();
    let moves = selection.moves.is_some();
    let page = JoinPage {
        page: &town.page,
        lines: prepare::lines(&town.setup, &selection.basket),
        places: prepare::places_for(&town.setup, selection),
        draft,
        errors,
        phone_required: phone_required(town),
        moves,
        offer: Offer::of(town, Fillable::WaitingList, selection, outcome).filter(|_| !moves),
        asked: if moves { None } else { proof::asking(town).await },
        refused,
        hours: town.setup.town.offer_hours,
        action: town.page.links.with("/warteliste", pairs.clone()),
        back: town.page.links.with("/termin", pairs),
    };
    let status = if refused.is_some() { StatusCode::CONFLICT } else { errors.status() };
    render(status, &page)
}

/// `POST /{town}/warteliste`
pub(super) async fn join(town: Town, Form(fields): Form<Vec<(String, String)>>) -> Answer {
    let selection = selected(&town)?;
    let fields = Given(fields);
    let draft = Draft::of(&fields);
    let mut errors = Errors::default();
    let wish = read(&town, &draft, &mut errors);
    let contact = match &selection.moves {
        Some(_) => None,
        None => draft.typed.parse(&town).map_err(|more| errors.0.extend(more.0)).ok(),
    };
    let Some(wish) = wish.filter(|_| errors.is_empty()) else {
        return Ok(show(&town, &selection, &draft, Said { errors, ..Said::default() }).await);
    };
    let wanted = JoinWaitingList {
        basket: selection.basket.clone(),
        wish,
        contact,
        instead_of: selection.moves.clone(),
        proof: Some(fields.get("nachweis").to_owned()).filter(|proof| !proof.is_empty()),
        idempotency_key: draft.key.to_string(),
        locale: town.locale().to_owned(),
    };
    let waiting = scheduling::join_waiting_list(&town.office, &town.scope, &wanted).await;
    let refused = match waiting {
        Ok(waiting) => return Ok(Redirect::to(&own_page(&town, &waiting.secret)).into_response()),
        Err(Error::Challenge(_)) => "waiting-proof-again",
        Err(Error::ChallengeNeeded) => "waiting-proof-needed",
        Err(error) => return Err(town.fail(error)),
    };
    let said = Said { refused: Some(refused), ..Said::default() };
    Ok(show(&town, &selection, &draft, said).await)
}

fn own_page(town: &Town, secret: &str) -> String {
    town.page.to(&format!("/warteliste/b/{secret}"))
}

/// The wish that the form describes.
fn read(town: &Town, draft: &Draft, errors: &mut Errors) -> Option<WaitingWish> {
    let mut blame = |field: &str, key: &str| {
        let message = town.page.text(key);
        errors.0.push(FieldError { field: field.to_owned(), message });
    };
    let first: Option<NaiveDate> = draft.first.parse().ok();
    let last: Option<NaiveDate> = draft.last.parse().ok();
    if first.is_none() {
        blame("von", "waiting-date-missing");
    }
    if last.is_none_or(|last| last < town.today() || first.is_some_and(|first| first > last)) {
        blame("bis", "waiting-date-order");
    }
    let time = |text: &str, empty: WallTime| {
        if text.is_empty() { Some(empty) } else { text.parse().ok() }
    };
    let (from, to) = (time(&draft.from, WallTime::MIDNIGHT), time(&draft.to, WallTime::END));
    if from.is_none() {
        blame("ab", "request-time-malformed");
    }
    match (from, to) {
        (_, None) => blame("ende", "request-time-malformed"),
        (Some(from), Some(to)) if from >= to => blame("ende", "request-time-order"),
        _ => {}
    }
    let chosen = DAYS.iter().filter(|(name, _)| draft.days.iter().any(|own| own == name));
    Some(WaitingWish {
        locations: draft
            .places
            .iter()
            .filter_map(|own| Some(town.setup.location(own)?.id))
            .collect(),
        first: first?,
        last: last?,
        weekdays: chosen.map(|(_, day)| *day).collect(),
        from: from?,
        to: to?,
    })
}

#[derive(Template)]
#[template(path = "citizen/waiting.html")]
struct WaitingPage<'a> {
    page: &'a Page,
    waiting: &'a Waiting,
    /// When and where a place is kept, and until when.
    offer: Option<Kept<'a>>,
    first: String,
    last: String,
    /// The locations that suit, where not all do.
    places: Vec<&'a Location>,
    lines: Vec<Line<'a>>,
    action: String,
    /// Whether somebody was faster in the end.
    missed: bool,
}

impl WaitingPage<'_> {
    fn is_open(&self) -> bool {
        matches!(self.waiting.status, WaitingStatus::Waiting | WaitingStatus::Offered)
    }

    /// The days of the week that suit, by their number from Monday, where not all do.
    fn days(&self) -> Vec<usize> {
        let suits = |day: &Weekday| self.waiting.wish.weekdays.contains(day);
        let days = DAYS.iter().enumerate().filter(|(_, (_, day))| suits(day));
        days.map(|(number, _)| number).collect()
    }

    /// Earliest and latest start, where they matter.
    fn times(&self) -> Option<(WallTime, WallTime)> {
        let WaitingWish { from, to, .. } = self.waiting.wish;
        ((from, to) != (WallTime::MIDNIGHT, WallTime::END)).then_some((from, to))
    }

    fn title(&self) -> &'static str {
        match (self.waiting.status, &self.offer) {
            (WaitingStatus::Offered, Some(_)) => "waiting-offered-title",
            (WaitingStatus::Waiting | WaitingStatus::Offered, _) => "waiting-title",
            (WaitingStatus::Taken, _) => "waiting-taken-title",
            (WaitingStatus::Left, _) => "waiting-left-title",
            (WaitingStatus::Ended, _) => "waiting-ended-title",
        }
    }
}

/// `GET /{town}/warteliste/b/{secret}`
pub(super) async fn own(town: Town, Path(key): Path<Key>) -> Answer {
    page(&town, &key, StatusCode::OK, false).await
}

async fn page(town: &Town, key: &Key, status: StatusCode, missed: bool) -> Answer {
    let waiting = scheduling::waiting_by_secret(&town.office, &town.scope, &key.secret).await;
    let waiting = waiting.map_err(|error| town.fail(error))?;
    let locale = town.locale();
    let kept = waiting.offer.filter(|offer| offer.until > town.now());
    let offer = kept.map(|offer| Kept::of(town, &offer));
    let page = WaitingPage {
        page: &town.page,
        offer,
        first: dates::date(waiting.wish.first, locale),
        last: dates::date(waiting.wish.last, locale),
        places: places(town, &waiting.wish),
        lines: prepare::lines(&town.setup, &waiting.basket),
        action: own_page(town, &key.secret),
        missed,
        waiting: &waiting,
    };
    Ok(render(status, &page))
}

fn places<'a>(town: &'a Town, wish: &WaitingWish) -> Vec<&'a Location> {
    town.setup.locations.iter().filter(|own| wish.locations.contains(&own.id)).collect()
}

/// `POST /{town}/warteliste/b/{secret}`
pub(super) async fn decide(
    town: Town,
    Path(key): Path<Key>,
    Form(given): Form<Decision>,
) -> Answer {
    let (office, scope, shown) = (&town.office, &town.scope, Some(&given.shown()));
    let back = || Ok(Redirect::to(&own_page(&town, &key.secret)).into_response());
    let done = match given.tun.as_str() {
        "nehmen" => match scheduling::take_offer(office, scope, &key.secret, shown).await {
            Ok(booked) => {
                let there = town.page.to(&format!("/termin/b/{}", booked.secret));
                return Ok(Redirect::to(&there).into_response());
            }
            Err(error) => Err(error),
        },
        "weiter" => scheduling::pass_offer(office, scope, &key.secret, shown).await,
        _ => scheduling::leave_waiting_list(office, scope, &key.secret).await,
    };
    match done {
        Ok(()) => back(),
        // The offer ended, or somebody was faster, while the page was looked at.
        Err(Error::WrongStatus | Error::SlotTaken { .. } | Error::SlotNotOffered) => {
            page(&town, &key, StatusCode::CONFLICT, true).await
        }
        Err(error) => Err(town.fail(error)),
    }
}
