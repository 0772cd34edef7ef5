//! A citizen's way: concern → place and time → contact data → check → done.

mod booking;
mod calendar;
mod concern;
mod confirming;
mod done;
mod home;
mod kept;
mod legal;
mod overview;
mod own;
mod prepare;
mod proof;
mod provided;
mod request;
mod requested;
mod search;
mod selection;
mod times;
mod waiting;

use axum::{
    Router, middleware,
    routing::{get, post},
};
use catalog::model::{BookingMode, Service};

use super::{
    error::{Failure, Problem},
    limiting, theme,
    town::Town,
};
use crate::{limits::Deed, state::AppState};
use selection::{Selection, Unknown};

pub(super) use home::show as home;

/// A town's pages but the first.
pub(super) fn pages(state: &AppState) -> Router<AppState> {
    let limit = |deed| middleware::from_fn_with_state((state.clone(), deed), limiting::limit);
    let book = || limit(Deed::Book);
    Router::new()
        .route("/anliegen/{slug}", get(concern::show))
        .route("/termin", get(times::show))
        .route("/termin/halten", post(booking::hold).layer(limit(Deed::Hold)).get(times::again))
        .route("/termin/aufgabe.json", get(proof::challenge).layer(limit(Deed::Hold)))
        .route("/termin/daten", get(booking::details).post(booking::change))
        .route("/termin/pruefen", get(booking::again).post(booking::check))
        .route("/termin/buchen", post(booking::book).layer(book()).get(booking::again))
        .route("/termin/verschieben", post(own::reschedule).layer(book()).get(own::check))
        .route("/anfrage", get(request::form).post(request::change))
        .route("/anfrage/pruefen", get(request::again).post(request::check))
        .route("/anfrage/senden", post(request::send).layer(book()).get(request::again))
        .route("/warteliste", post(waiting::join).layer(book()).get(waiting::form))
        .route("/angaben/holen", post(provided::leave))
        .route("/angaben/antwort", get(provided::come_back))
        .route("/meine-termine", post(overview::ask).layer(limit(Deed::Link)).get(overview::form))
        .route("/impressum", get(legal::imprint))
        .route("/datenschutz", get(legal::privacy))
        .route("/barrierefreiheit", get(legal::accessibility))
        .route("/theme.css", get(theme::css))
        .route("/logo.svg", get(theme::logo))
        .route("/logo/{name}", get(theme::picture))
        .merge(secret_pages().route_layer(limit(Deed::Look)))
}

/// What a secret opens.
fn secret_pages() -> Router<AppState> {
    Router::new()
        .route("/termin/b/{secret}", get(done::booked))
        .route("/termin/b/{secret}/termin.ics", get(done::calendar))
        .route("/termin/b/{secret}/verschieben", get(own::choose))
        .route("/termin/b/{secret}/absagen", get(own::ask).post(own::cancel))
        .route("/termin/b/{secret}/daten.json", post(own::data))
        .route("/termin/b/{secret}/sms-aus", post(own::stop_sms))
        .route("/termin/b/{secret}/loeschen", get(own::ask_to_erase).post(own::erase))
        .route("/termin/bestaetigen/{secret}", get(confirming::ask).post(confirming::confirm))
        .route("/anfrage/b/{secret}", get(requested::show).post(requested::decide))
        .route("/warteliste/b/{secret}", get(waiting::own).post(waiting::decide))
        .route("/meine-termine/{secret}", get(overview::open).post(overview::list))
}

/// The choices in the address.
fn selected(town: &Town) -> Result<Selection, Failure> {
    Selection::parse(&town.query, &town.setup).map_err(|unknown| {
        town.fail(match unknown {
            Unknown::Service => Problem::UnknownService,
            Unknown::Location => Problem::UnknownLocation,
        })
    })
}

/// The page on which a citizen goes on with a service.
fn entrance(town: &Town, service: &Service, before: &Selection) -> String {
    let mut pairs = before.basket_pairs();
    pairs.push(("anliegen", service.slug.clone()));
    match service.mode {
        BookingMode::Direct => town.page.links.with("/termin", pairs),
        BookingMode::Request => town.page.links.with("/anfrage", pairs),
        BookingMode::Information => town.page.to(&format!("/anliegen/{}", service.slug)),
    }
}
