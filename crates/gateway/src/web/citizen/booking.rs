//! From a chosen time to a booked appointment: hold, contact data, check, book.

use askama::Template;
use axum::{
    Form,
    http::StatusCode,
    response::{IntoResponse as _, Redirect},
};
use catalog::model::Location;
use chrono::{DateTime, Utc};
use notification::dates;
use scheduling::{BookAppointment, Booked, Channel, Contact, Error, HoldSlot};
use serde::Deserialize;
use uuid::Uuid;

use super::{
    prepare::{self, Line},
    proof::{self, Asking},
    provided::{Fillable, Offer, Outcome},
    selected,
    selection::Selection,
    times::{self, Taken},
};
use crate::web::{
    Answer,
    contact::{Errors, Typed, phone_required},
    page::{Page, render},
    town::Town,
};

/// The chosen appointment, as it is shown beside the forms.
struct Chosen<'a> {
    location: &'a Location,
    date: String,
    time: String,
    lines: Vec<Line<'a>>,
    minutes: u16,
    /// Back to the choice of a time.
    change: String,
    /// Until when it is held, unless the hold has ended.
    held_until: Option<String>,
}

#[derive(Template)]
#[template(path = "citizen/details.html")]
struct Details<'a> {
    page: &'a Page,
    chosen: Chosen<'a>,
    action: String,
    typed: &'a Typed,
    errors: &'a Errors,
    phone_required: bool,
    /// Whether the town sends short messages.
    sms: bool,
    offer: Option<Offer>,
}

#[derive(Template)]
#[template(path = "citizen/check.html")]
struct Check<'a> {
    page: &'a Page,
    chosen: Chosen<'a>,
    contact: &'a Contact,
    typed: &'a Typed,
    key: Uuid,
    action: String,
    change: String,
    /// The challenge, where one is asked for and nothing is held.
    asked: Option<Asking>,
    /// Why the booking was not taken, as the key of a text.
    refused: Option<&'static str>,
}

/// A press on a time.
#[derive(Deserialize)]
pub(super) struct Pressed {
    /// `location/instant`
    wahl: String,
    /// The solution of the challenge.
    #[serde(default)]
    nachweis: String,
    #[serde(flatten)]
    typed: Typed,
}

/// `POST /{town}/termin/halten`: holds the slot and goes on to the contact data, or straight to
/// the check where they were typed before.
pub(super) async fn hold(town: Town, Form(pressed): Form<Pressed>) -> Answer {
    let mut selection = selected(&town)?;
    let wanted = pressed.wahl.split_once('/').and_then(|(slug, at)| {
        Some((town.setup.location(slug)?, at.parse::<DateTime<Utc>>().ok()?))
    });
    let (location, starts_at) = wanted.ok_or_else(|| town.fail(Error::SlotNotOffered))?;
    if selection.moves.is_some() {
        // An appointment that stands needs no hold: whoever is slower keeps the old time.
        selection.location = Some(location.slug.clone());
        selection.start = Some(starts_at);
        let check = town.page.links.with("/termin/verschieben", selection.pairs());
        return Ok(Redirect::to(&check).into_response());
    }
    let order = HoldSlot {
        basket: selection.basket.clone(),
        location: location.id,
        starts_at,
        channel: Channel::Online,
        replaces: selection.hold.clone(),
        proof: given(pressed.nachweis),
    };
    let typed = Some(pressed.typed).filter(|typed| !typed.is_empty());
    let hold = match scheduling::hold_slot(&town.office, &town.scope, &order).await {
        Ok(held) => Some(held.token),
        // Without a solution it goes on without a hold; there is another challenge at the end.
        Err(Error::Challenge(_) | Error::ChallengeNeeded) => None,
        Err(Error::SlotTaken { nearest }) => {
            return times::page(&town, &selection, Some(Taken { nearest, typed })).await;
        }
        Err(error) => return Err(town.fail(error)),
    };
    let location = Some(location.slug.clone());
    let selection = Selection { location, start: Some(starts_at), hold, ..selection };
    match typed {
        Some(typed) => checked(&town, &selection, &typed, None).await,
        None => Ok(to_details(&town, &selection)),
    }
}

/// What was sent in a field that may be empty.
fn given(text: String) -> Option<String> {
    Some(text).filter(|text| !text.is_empty())
}

/// `GET /{town}/termin/daten`
pub(super) async fn details(town: Town) -> Answer {
    let selection = selected(&town)?;
    form(&town, &selection, &Typed::default(), &Errors::default()).await
}

/// `POST /{town}/termin/daten`: the form again, with what was typed.
pub(super) async fn change(town: Town, Form(typed): Form<Typed>) -> Answer {
    let selection = selected(&town)?;
    form(&town, &selection, &typed, &Errors::default()).await
}

/// The form again, after the way to a provider.
pub(super) async fn filled_in(town: Town, typed: &Typed, outcome: Outcome) -> Answer {
    let selection = selected(&town)?;
    contact_form(&town, &selection, typed, &Errors::default(), Some(outcome)).await
}

/// `GET` of an address that only takes forms: back to the contact data.
pub(super) async fn again(town: Town) -> Answer {
    let selection = selected(&town)?;
    Ok(to_details(&town, &selection))
}

/// `POST /{town}/termin/pruefen`
pub(super) async fn check(town: Town, Form(typed): Form<Typed>) -> Answer {
    let selection = selected(&town)?;
    checked(&town, &selection, &typed, None).await
}

/// The last yes.
#[derive(Deserialize)]
pub(super) struct Yes {
    schluessel: String,
    /// The solution of the challenge.
    #[serde(default)]
    nachweis: String,
    #[serde(flatten)]
    typed: Typed,
}

/// `POST /{town}/termin/buchen`
pub(super) async fn book(town: Town, Form(yes): Form<Yes>) -> Answer {
    let selection = selected(&town)?;
    let contact = match yes.typed.parse(&town) {
        Ok(contact) => contact,
        Err(errors) => return form(&town, &selection, &yes.typed, &errors).await,
    };
    let Some((location, starts_at)) = start(&town, &selection) else {
        return times::again(town).await;
    };
    let order = BookAppointment {
        basket: selection.basket.clone(),
        location: location.id,
        starts_at,
        channel: Channel::Online,
        contact,
        hold: selection.hold.clone(),
        idempotency_key: yes.schluessel,
        locale: town.locale().to_owned(),
        settles: None,
        beyond: false,
        proof: given(yes.nachweis),
    };
    match scheduling::book_appointment(&town.office, &town.scope, &order).await {
        Ok(Booked { secret, .. }) => {
            Ok(Redirect::to(&town.page.to(&format!("/termin/b/{secret}"))).into_response())
        }
        Err(Error::SlotTaken { nearest }) => {
            let taken = Taken { nearest, typed: Some(yes.typed) };
            times::page(&town, &selection, Some(taken)).await
        }
        Err(Error::Challenge(_)) => {
            checked(&town, &selection, &yes.typed, Some("proof-again")).await
        }
        Err(Error::ChallengeNeeded) => {
            checked(&town, &selection, &yes.typed, Some("proof-needed")).await
        }
        Err(error) => Err(town.fail(error)),
    }
}

fn to_details(town: &Town, selection: &Selection) -> axum::response::Response {
    Redirect::to(&town.page.links.with("/termin/daten", selection.pairs())).into_response()
}

async fn form(town: &Town, selection: &Selection, typed: &Typed, errors: &Errors) -> Answer {
    contact_form(town, selection, typed, errors, None).await
}

/// The contact form. Without a time it is too early for it.
async fn contact_form(
    town: &Town,
    selection: &Selection,
    typed: &Typed,
    errors: &Errors,
    outcome: Option<Outcome>,
) -> Answer {
    let Some(chosen) = chosen(town, selection).await else {
        let back = town.page.links.with("/termin", selection.pairs());
        return Ok(Redirect::to(&back).into_response());
    };
    let details = Details {
        page: &town.page,
        chosen,
        action: town.page.links.with("/termin/pruefen", selection.pairs()),
        typed,
        errors,
        phone_required: phone_required(town),
        sms: town.setup.town.sms.is_some(),
        offer: Offer::of(town, Fillable::Booking, selection, outcome),
    };
    Ok(render(errors.status(), &details))
}

/// The check page, with why the booking was `refused`; or the form again with its errors.
async fn checked(
    town: &Town,
    selection: &Selection,
    typed: &Typed,
    refused: Option<&'static str>,
) -> Answer {
    let contact = match typed.parse(town) {
        Ok(contact) => contact,
        Err(errors) => return form(town, selection, typed, &errors).await,
    };
    let Some(chosen) = chosen(town, selection).await else {
        return form(town, selection, typed, &Errors::default()).await;
    };
    let links = &town.page.links;
    let asked = match chosen.held_until {
        Some(_) => None,
        None => proof::asking(town).await,
    };
    let status = if refused.is_some() { StatusCode::CONFLICT } else { StatusCode::OK };
    let check = Check {
        page: &town.page,
        chosen,
        contact: &contact,
        typed,
        key: Uuid::new_v4(),
        action: links.with("/termin/buchen", selection.pairs()),
        change: links.with("/termin/daten", selection.pairs()),
        asked,
        refused,
    };
    Ok(render(status, &check))
}

fn start<'a>(town: &'a Town, selection: &Selection) -> Option<(&'a Location, DateTime<Utc>)> {
    Some((town.setup.location(selection.location.as_deref()?)?, selection.start?))
}

async fn chosen<'a>(town: &'a Town, selection: &Selection) -> Option<Chosen<'a>> {
    let (location, starts_at) = start(town, selection)?;
    let lines = prepare::lines(&town.setup, &selection.basket);
    if lines.is_empty() {
        return None;
    }
    let zone = town.setup.town.time_zone;
    let live = town.office.holds.live(town.scope.tenant, None, town.now()).await;
    let held = live.into_iter().find(|hold| selection.hold.as_ref() == Some(&hold.token));
    Some(Chosen {
        location,
        date: dates::date(town.local_date(starts_at), town.locale()),
        time: dates::time(starts_at, zone, town.locale()),
        minutes: prepare::minutes(&lines),
        lines,
        change: town.page.links.with("/termin", selection.pairs()),
        held_until: held.map(|hold| dates::time(hold.expires_at, zone, town.locale())),
    })
}
