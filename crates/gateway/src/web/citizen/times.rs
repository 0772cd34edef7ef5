//! Place and time: the proposed earliest start, the month at a glance, the times of a day.

mod view;

use std::collections::BTreeMap;

use axum::{
    http::StatusCode,
    response::{IntoResponse as _, Redirect, Response},
};
use catalog::{
    model::{BookingMode, Location, Service},
    window::Bookable,
};
use chrono::{Days, NaiveDate};
use scheduling::{
    Alternative, AppointmentRef, Channel, FreeSlotsQuery, MAX_RANGE_DAYS, slots::DaySlots,
};

use super::{
    calendar::{month_end, month_of},
    prepare, proof, selected,
    selection::Selection,
};
use crate::web::{
    Answer,
    contact::Typed,
    error::Failure,
    town::{Choosing, Town},
};

/// `GET /{town}/termin`
pub(super) async fn show(Choosing(town): Choosing) -> Answer {
    let selection = selected(&town)?;
    if let Some(elsewhere) = elsewhere(&town, &selection)? {
        return Ok(elsewhere);
    }
    page(&town, &selection, None).await
}

/// `GET` of an address that only takes forms: back to the choice of a time.
pub(super) async fn again(town: Town) -> Answer {
    let selection = selected(&town)?;
    Ok(Redirect::to(&town.page.links.with("/termin", selection.pairs())).into_response())
}

/// Where to go when nothing is chosen or it is not booked directly.
fn elsewhere(town: &Town, selection: &Selection) -> Result<Option<Response>, Failure> {
    let links = &town.page.links;
    let target = if selection.basket.is_empty() {
        links.page("")
    } else {
        let Some(service) = selection.misplaced(&town.setup, BookingMode::Direct) else {
            return Ok(None);
        };
        if service.mode == BookingMode::Information {
            links.page(&format!("/anliegen/{}", service.slug))
        } else if selection.misplaced(&town.setup, BookingMode::Request).is_none() {
            links.with("/anfrage", selection.basket_pairs())
        } else {
            return Err(town.fail(scheduling::Error::WrongMode(service.slug.clone())));
        }
    };
    Ok(Some(Redirect::to(&target).into_response()))
}

/// A start that was taken meanwhile.
pub(super) struct Taken {
    /// Free starts near it.
    pub nearest: Vec<Alternative>,
    /// Contact data that were typed before, so that they are not asked for again.
    pub typed: Option<Typed>,
}

/// The page; with `taken` it tells what happened first.
pub(super) async fn page(town: &Town, selection: &Selection, taken: Option<Taken>) -> Answer {
    let found = look(town, selection).await?;
    let status = if taken.is_some() { StatusCode::CONFLICT } else { StatusCode::OK };
    // An appointment that is moved takes no further place.
    let asked = if selection.moves.is_none() { proof::asking(town).await } else { None };
    Ok(view::render(town, selection, &found, taken.as_ref(), asked, status))
}

/// What there is to choose from.
struct Found<'a> {
    /// Where the basket can be served.
    places: Vec<&'a Location>,
    /// First and last day that can be booked.
    window: Option<(NaiveDate, NaiveDate)>,
    /// The first day with a free start.
    earliest: Option<DaySlots>,
    /// The month that is shown.
    month: NaiveDate,
    /// Its days with free starts.
    days: Vec<DaySlots>,
    /// The day that is shown.
    day: Option<NaiveDate>,
}

impl Found<'_> {
    /// How many starts are free on each day of the month.
    fn counts(&self) -> BTreeMap<NaiveDate, usize> {
        let mut counts = BTreeMap::new();
        for day in &self.days {
            *counts.entry(day.date).or_default() += day.starts.len();
        }
        counts
    }
}

async fn look<'a>(town: &'a Town, selection: &Selection) -> Result<Found<'a>, Failure> {
    let places = prepare::places_for(&town.setup, selection);
    let today = town.today();
    let Some((first, last)) = window(town, selection, &places) else {
        let month = month_of(today);
        let days = Vec::new();
        return Ok(Found { places, window: None, earliest: None, month, days, day: None });
    };
    let horizon = last.min(first + Days::new(u64::from(MAX_RANGE_DAYS) - 1));
    let mut ahead = free(town, selection, first, horizon).await?;
    if let (true, Some(date)) = (ahead.days.is_empty(), ahead.next_free_date) {
        ahead = free(town, selection, date, date).await?;
    }
    let earliest = ahead.days.first().cloned();
    let asked = selection.month.or(selection.day).or(earliest.as_ref().map(|day| day.date));
    let month = month_of(asked.unwrap_or(first)).clamp(month_of(first), month_of(last));
    let end = month_end(month).min(last);
    let days = if end <= horizon && (first..=horizon).contains(&month.max(first)) {
        ahead.days
    } else {
        free(town, selection, month.max(first), end).await?.days
    };
    let days: Vec<DaySlots> = days.into_iter().filter(|day| month_of(day.date) == month).collect();
    let has = |date: &NaiveDate| days.iter().any(|day| day.date == *date);
    let day = selection.day.filter(has).or(days.first().map(|day| day.date));
    Ok(Found { places, window: Some((first, last)), earliest, month, days, day })
}

/// The days that citizens may book on, over all places that come into question.
fn window(
    town: &Town,
    selection: &Selection,
    places: &[&Location],
) -> Option<(NaiveDate, NaiveDate)> {
    let services: Vec<&Service> =
        prepare::lines(&town.setup, &selection.basket).iter().map(|line| line.service).collect();
    let wanted =
        |place: &&&Location| selection.location.as_ref().is_none_or(|slug| *slug == place.slug);
    let windows: Vec<Bookable> = places
        .iter()
        .filter(wanted)
        .map(|place| {
            let services = services.iter().copied();
            Bookable::for_citizens(&town.setup.town, place, services, town.now())
        })
        .collect();
    let first = windows.iter().map(|window| window.first).min()?;
    let last = windows.iter().map(|window| window.last).max()?;
    (first <= last).then_some((first, last))
}

async fn free(
    town: &Town,
    selection: &Selection,
    from: NaiveDate,
    to: NaiveDate,
) -> Result<scheduling::FreeSlots, Failure> {
    let location = selection.location.as_ref().and_then(|slug| town.setup.location(slug));
    let query = FreeSlotsQuery {
        basket: selection.basket.clone(),
        location: location.map(|location| location.id),
        from,
        to,
        channel: Channel::Online,
        hold: selection.hold.clone(),
        instead_of: selection.moves.clone().map(AppointmentRef::Secret),
    };
    scheduling::free_slots(&town.office, &town.scope, &query)
        .await
        .map_err(|error| town.fail(error))
}
