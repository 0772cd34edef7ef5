//! What citizens do with an appointment of their own: move it, cancel it, see what is stored.
//! Nothing changes by opening a link, since mail scanners open links too.

use askama::Template;
use axum::{
    extract::{Path, State},
    http::{StatusCode, header},
    response::{IntoResponse as _, Redirect},
};
use catalog::model::Location;
use chrono::{DateTime, Utc};
use notification::dates;
use scheduling::{AppointmentRef, Error, Reschedule, Status};

use super::{
    done::{Key, find},
    prepare::{self, Line},
    selected,
    selection::Selection,
    times::{self, Taken},
};
use crate::{
    retention,
    state::AppState,
    stored,
    web::{
        Answer,
        error::Problem,
        page::{Page, render},
        town::Town,
    },
};

#[derive(Template)]
#[template(path = "citizen/move.html")]
struct MovePage<'a> {
    page: &'a Page,
    back: String,
    old: String,
    new: String,
    location: &'a Location,
    lines: Vec<Line<'a>>,
    action: String,
    keep: String,
}

#[derive(Template)]
#[template(path = "citizen/cancel.html")]
struct CancelPage<'a> {
    page: &'a Page,
    when: String,
    keep: String,
}

#[derive(Template)]
#[template(path = "citizen/erase.html")]
struct ErasePage<'a> {
    page: &'a Page,
    done: bool,
    /// Whether the appointment is cancelled with it.
    stands: bool,
    when: String,
    keep: String,
}

/// `GET /{town}/termin/b/{secret}/verschieben`: to the choice of a time, with what is booked.
pub(super) async fn choose(town: Town, Path(key): Path<Key>) -> Answer {
    let appointment = find(&town, &key).await?;
    let location = appointment.location_in(&town.setup).map(|location| location.slug.clone());
    let selection = Selection {
        basket: appointment.basket,
        location,
        moves: Some(key.secret),
        ..Selection::default()
    };
    Ok(Redirect::to(&town.page.links.with("/termin", selection.pairs())).into_response())
}

/// `GET /{town}/termin/verschieben`: the old time beside the new one.
pub(super) async fn check(town: Town) -> Answer {
    let selection = selected(&town)?;
    let Some((key, wanted)) = wanted(&town, &selection) else {
        return times::again(town).await;
    };
    let appointment = find(&town, &key).await?;
    let links = &town.page.links;
    let location = town.setup.locations.iter().find(|own| own.id == wanted.location);
    let location = location.ok_or_else(|| town.fail(Error::UnknownLocation))?;
    let page = MovePage {
        page: &town.page,
        back: links.with("/termin", selection.without_time().pairs()),
        old: when(&town, appointment.starts_at),
        new: when(&town, wanted.starts_at),
        location,
        lines: prepare::lines(&town.setup, &selection.basket),
        action: links.with("/termin/verschieben", selection.pairs()),
        keep: links.page(&key.path()),
    };
    Ok(render(StatusCode::OK, &page))
}

/// `POST /{town}/termin/verschieben`
pub(super) async fn reschedule(town: Town) -> Answer {
    let selection = selected(&town)?;
    let Some((key, wanted)) = wanted(&town, &selection) else {
        return times::again(town).await;
    };
    match scheduling::reschedule_appointment(&town.office, &town.scope, &wanted).await {
        Ok(_) => {
            let changed = vec![("geaendert", "1".to_owned())];
            Ok(Redirect::to(&town.page.links.with(&key.path(), changed)).into_response())
        }
        Err(Error::SlotTaken { nearest }) => {
            let taken = Taken { nearest, typed: None };
            times::page(&town, &selection, Some(taken)).await
        }
        Err(error) => Err(town.fail(error)),
    }
}

/// `GET /{town}/termin/b/{secret}/absagen`
pub(super) async fn ask(town: Town, Path(key): Path<Key>) -> Answer {
    let appointment = find(&town, &key).await?;
    let page = CancelPage {
        page: &town.page,
        when: when(&town, appointment.starts_at),
        keep: town.page.to(&key.path()),
    };
    Ok(render(StatusCode::OK, &page))
}

/// `POST /{town}/termin/b/{secret}/absagen`
pub(super) async fn cancel(town: Town, Path(key): Path<Key>) -> Answer {
    let which = AppointmentRef::Secret(key.secret.clone());
    let cancelled = scheduling::cancel_appointment(&town.office, &town.scope, &which, "").await;
    cancelled.map_err(|error| town.fail(error))?;
    Ok(Redirect::to(&town.page.to(&key.path())).into_response())
}

/// `POST /{town}/termin/b/{secret}/sms-aus`: the agreement to short messages is taken back.
pub(super) async fn stop_sms(town: Town, Path(key): Path<Key>) -> Answer {
    let stopped = scheduling::stop_sms(&town.office, &town.scope, &key.secret).await;
    stopped.map_err(|error| town.fail(error))?;
    Ok(Redirect::to(&town.page.to(&key.path())).into_response())
}

/// `GET /{town}/termin/b/{secret}/loeschen`
pub(super) async fn ask_to_erase(town: Town, Path(key): Path<Key>) -> Answer {
    let appointment = find(&town, &key).await?;
    let page = ErasePage {
        page: &town.page,
        done: false,
        stands: appointment.status == Status::Booked && appointment.ends_at > town.now(),
        when: when(&town, appointment.starts_at),
        keep: town.page.to(&key.path()),
    };
    Ok(render(StatusCode::OK, &page))
}

/// `POST /{town}/termin/b/{secret}/loeschen`
pub(super) async fn erase(
    town: Town,
    State(state): State<AppState>,
    Path(key): Path<Key>,
) -> Answer {
    let erased = retention::erase(&state, &town.scope, &key.secret).await;
    erased.map_err(|error| town.fail(error))?;
    let page = ErasePage {
        page: &town.page,
        done: true,
        stands: false,
        when: String::new(),
        keep: String::new(),
    };
    Ok(render(StatusCode::OK, &page))
}

/// `POST /{town}/termin/b/{secret}/daten.json`: everything that is stored about the person, by a button,
/// since programs that look through mails open links.
pub(super) async fn data(town: Town, Path(key): Path<Key>) -> Answer {
    let stored = scheduling::stored(&town.office, &town.scope, &key.secret).await;
    let stored = stored::document(&town.setup, stored.map_err(|error| town.fail(error))?);
    let text = serde_json::to_string_pretty(&stored)
        .map_err(|error| town.fail(Problem::Fault(Box::new(error))))?;
    let headers = [
        (header::CONTENT_TYPE, "application/json"),
        (header::CONTENT_DISPOSITION, "attachment; filename=\"amtstermin.json\""),
    ];
    Ok((headers, text).into_response())
}

/// What is to be moved where, once both are chosen.
fn wanted(town: &Town, selection: &Selection) -> Option<(Key, Reschedule)> {
    let secret = selection.moves.clone()?;
    let location = town.setup.location(selection.location.as_deref()?)?;
    let reschedule = Reschedule {
        which: AppointmentRef::Secret(secret.clone()),
        location: location.id,
        starts_at: selection.start?,
        counter: None,
        basket: Some(selection.basket.clone()),
        hold: None,
        reason: String::new(),
        takes: None,
    };
    Some((Key { secret }, reschedule))
}

/// Date and time as they are read out.
pub(super) fn when(town: &Town, at: DateTime<Utc>) -> String {
    let (locale, zone) = (town.locale(), town.setup.town.time_zone);
    format!("{}, {}", dates::date(town.local_date(at), locale), dates::time(at, zone, locale))
}
