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
use scheduling::{JoinWaitingList, Waiting, WaitingStatus, WaitingWish};
use serde::Deserialize;
use uuid::Uuid;

use super::{
    done::Key,
    prepare::{self, Line},
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
    place: &'a str,
    typed: &'a Typed,
    given: &'a Suits,
    errors: &'a Errors,
    phone_required: bool,
    /// Whether an appointment is given back; then it is known who waits.
    moves: bool,
    key: Uuid,
    action: String,
    back: String,
}

impl JoinPage<'_> {
    /// The days of the week: name in the form, number from Monday, whether it is chosen.
    fn days(&self) -> Vec<(&'static str, usize, bool)> {
        let day = |(number, (name, _)): (usize, &(&'static str, Weekday))| {
            (*name, number, self.given.days.iter().any(|own| own == name))
        };
        DAYS.iter().enumerate().map(day).collect()
    }
}

/// What was typed into the form.
#[derive(Clone, Debug, Default)]
struct Suits {
    first: String,
    last: String,
    from: String,
    to: String,
    days: Vec<String>,
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
    let given =
        Suits { first: today.to_string(), last: (today + AHEAD).to_string(), ..Suits::default() };
    let place = selection.location.clone().unwrap_or_default();
    Ok(show(
        &town,
        &selection,
        &place,
        &Typed::default(),
        &given,
        &Errors::default(),
        Uuid::new_v4(),
    ))
}

fn show(
    town: &Town,
    selection: &Selection,
    place: &str,
    typed: &Typed,
    given: &Suits,
    errors: &Errors,
    key: Uuid,
) -> Response {
    let pairs = selection.wish_pairs();
    let page = JoinPage {
        page: &town.page,
        lines: prepare::lines(&town.setup, &selection.basket),
        places: prepare::places_for(&town.setup, selection),
        place,
        typed,
        given,
        errors,
        phone_required: phone_required(town),
        moves: selection.moves.is_some(),
        key,
        action: town.page.links.with("/warteliste", pairs.clone()),
        back: town.page.links.with("/termin", pairs),
    };
    render(errors.status(), &page)
}

/// `POST /{town}/warteliste`
pub(super) async fn join(town: Town, Form(fields): Form<Vec<(String, String)>>) -> Answer {
    let selection = selected(&town)?;
    let fields = Given(fields);
    let field = |name: &str| fields.get(name).to_owned();
    let given = Suits {
        first: field("von"),
        last: field("bis"),
        from: field("ab"),
        to: field("ende"),
        days: fields.all("tag"),
    };
    let typed = Typed {
        name: field("name"),
        email: field("email"),
        phone: field("phone"),
        ..Typed::default()
    };
    let (place, key) = (field("standort"), field("schluessel"));
    let mut errors = Errors::default();
    let wish = read(&town, &given, &place, &mut errors);
    let contact = match &selection.moves {
        Some(_) => None,
        None => typed.parse(&town).map_err(|more| errors.0.extend(more.0)).ok(),
    };
    let Some(wish) = wish.filter(|_| errors.is_empty()) else {
        let key = key.parse().unwrap_or_else(|_| Uuid::new_v4());
        return Ok(show(&town, &selection, &place, &typed, &given, &errors, key));
    };
    let wanted = JoinWaitingList {
        basket: selection.basket,
        wish,
        contact,
        instead_of: selection.moves,
        idempotency_key: key,
        locale: town.locale().to_owned(),
    };
    let waiting = scheduling::join_waiting_list(&town.office, &town.scope, &wanted).await;
    let secret = waiting.map_err(|error| town.fail(error))?.secret;
    Ok(Redirect::to(&own_page(&town, &secret)).into_response())
}

fn own_page(town: &Town, secret: &str) -> String {
    town.page.to(&format!("/warteliste/b/{secret}"))
}

/// The wish that the form describes.
fn read(town: &Town, given: &Suits, place: &str, errors: &mut Errors) -> Option<WaitingWish> {
    let mut blame = |field: &str, key: &str| {
        let message = town.page.text(key);
        errors.0.push(FieldError { field: field.to_owned(), message });
    };
    let first: Option<NaiveDate> = given.first.parse().ok();
    let last: Option<NaiveDate> = given.last.parse().ok();
    if first.is_none() {
        blame("von", "waiting-date-missing");
    }
    if last.is_none_or(|last| last < town.today() || first.is_some_and(|first| first > last)) {
        blame("bis", "waiting-date-order");
    }
    let time = |text: &str, empty: WallTime| {
        if text.is_empty() { Some(empty) } else { text.parse().ok() }
    };
    let (from, to) = (time(&given.from, WallTime::MIDNIGHT), time(&given.to, WallTime::END));
    if from.is_none() {
        blame("ab", "request-time-malformed");
    }
    match (from, to) {
        (_, None) => blame("ende", "request-time-malformed"),
        (Some(from), Some(to)) if from >= to => blame("ende", "request-time-order"),
        _ => {}
    }
    let chosen = DAYS.iter().filter(|(name, _)| given.days.iter().any(|own| own == name));
    Some(WaitingWish {
        location: town.setup.location(place).map(|location| location.id),
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
    offer: Option<Shown<'a>>,
    first: String,
    last: String,
    lines: Vec<Line<'a>>,
    action: String,
    /// Whether somebody was faster in the end.
    missed: bool,
}

struct Shown<'a> {
    date: String,
    time: String,
    until: String,
    location: Option<&'a Location>,
}

impl WaitingPage<'_> {
    fn is_open(&self) -> bool {
        matches!(self.waiting.status, WaitingStatus::Waiting | WaitingStatus::Offered)
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
    let (zone, locale) = (town.setup.town.time_zone, town.locale());
    let kept = waiting.offer.filter(|offer| offer.until > town.now());
    let offer = kept.map(|offer| Shown {
        date: dates::date(town.local_date(offer.starts_at), locale),
        time: dates::time(offer.starts_at, zone, locale),
        until: format!(
            "{}, {}",
            dates::date(town.local_date(offer.until), locale),
            dates::time(offer.until, zone, locale)
        ),
        location: town.setup.locations.iter().find(|own| own.id == offer.location),
    });
    let page = WaitingPage {
        page: &town.page,
        offer,
        first: dates::date(waiting.wish.first, locale),
        last: dates::date(waiting.wish.last, locale),
        lines: prepare::lines(&town.setup, &waiting.basket),
        action: own_page(town, &key.secret),
        missed,
        waiting: &waiting,
    };
    Ok(render(status, &page))
}

/// What the buttons of the page send.
#[derive(Deserialize)]
pub(super) struct Decision {
    tun: String,
}

/// `POST /{town}/warteliste/b/{secret}`
pub(super) async fn decide(
    town: Town,
    Path(key): Path<Key>,
    Form(given): Form<Decision>,
) -> Answer {
    let (office, scope) = (&town.office, &town.scope);
    let back = || Ok(Redirect::to(&own_page(&town, &key.secret)).into_response());
    let done = match given.tun.as_str() {
        "nehmen" => match scheduling::take_offer(office, scope, &key.secret).await {
            Ok(booked) => {
                let there = town.page.to(&format!("/termin/b/{}", booked.secret));
                return Ok(Redirect::to(&there).into_response());
            }
            Err(error) => Err(error),
        },
        "weiter" => scheduling::pass_offer(office, scope, &key.secret).await,
        _ => scheduling::leave_waiting_list(office, scope, &key.secret).await,
    };
    match done {
        Ok(()) => back(),
        // The offer ended, or somebody was faster, while the page was looked at.
        Err(scheduling::Error::WrongStatus | scheduling::Error::SlotTaken { .. }) => {
            page(&town, &key, StatusCode::CONFLICT, true).await
        }
        Err(error) => Err(town.fail(error)),
    }
}
