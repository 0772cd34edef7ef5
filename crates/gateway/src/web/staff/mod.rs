//! The console: where clerks run the day and admins set up their town. German only, so its texts
//! stand in the templates.

mod account;
mod appointment;
mod basket;
mod booking;
mod changing;
mod closing;
mod correcting;
mod county_template;
mod csv;
mod day;
mod desk;
mod field;
mod form;
mod guard;
mod log;
mod mails;
mod members;
mod notice;
mod operations;
mod passkey;
mod password;
mod plain;
mod provider;
mod pulse;
mod requests;
mod search;
pub(super) mod session;
mod setup;
mod sign_in;
mod starts;
mod towns;

use axum::{Router, middleware};
use tenant::Role;

use super::forged;
use crate::state::AppState;
use guard::{
    For::{self, Account, Anybody, County, Platform},
    Pages,
};

const READER: For = For::Staff(Role::Reader);
const CLERK: For = For::Staff(Role::Clerk);
const ADMIN: For = For::Staff(Role::Admin);

/// The platform's pages for staff: signing in and out, the choice of a town.
pub(super) fn entrance(state: &AppState) -> Router<AppState> {
    guarded(entrance_pages(), state)
}

/// A town's console.
pub(super) fn pages(state: &AppState) -> Router<AppState> {
    guarded(town_pages(), state)
}

fn guarded(pages: Pages, state: &AppState) -> Router<AppState> {
    pages.into_router().route_layer(middleware::from_fn_with_state(state.clone(), forged::refuse))
}

/// A line for each page: method, address, whom it is for.
pub(super) fn listed() -> Vec<String> {
    [entrance_pages().lines(""), town_pages().lines("/{town}")].concat()
}

fn entrance_pages() -> Pages {
    Pages::default()
        .get(Anybody, "/anmelden", sign_in::form)
        .post(Anybody, "/anmelden", sign_in::sign_in)
        .post(Anybody, "/anmelden/code", sign_in::second_step)
        .post(Anybody, "/anmelden/passkey", passkey::sign_in)
        .post(Anybody, "/anmelden/passkey/beginn", passkey::begin_sign_in)
        .post(Anybody, "/abmelden", sign_in::sign_out)
        .get(Anybody, "/kennwort/vergessen", password::forgotten_form)
        .post(Anybody, "/kennwort/vergessen", password::forgotten)
        .get(Anybody, "/kennwort/{link}", password::password_form)
        .post(Anybody, "/kennwort/{link}", password::choose_password)
        .get(Account, "/konto", account::show)
        .post(Account, "/konto/kennwort", account::change_password)
        .post(Account, "/konto/zweiter-faktor", account::activate)
        .post(Account, "/konto/zweiter-faktor/entfernen", account::remove)
        .post(Account, "/konto/passkey", passkey::add)
        .post(Account, "/konto/passkey/beginn", passkey::begin)
        .post(Account, "/konto/passkey/entfernen", passkey::remove)
        .get(Account, "/verwaltung", towns::show)
        .get(Platform, "/betrieb", operations::platform)
        .post(Platform, "/betrieb", operations::found)
        .post(Platform, "/betrieb/verwaltung", operations::invite)
        .post(Platform, "/betrieb/{slug}", operations::suspend)
        .get(County, "/kreise/{key}", operations::county)
        .get(County, "/kreise/{key}/zahlen.csv", operations::county_csv)
        .get(County, "/kreise/{key}/vorlage", county_template::show)
        .post(County, "/kreise/{key}/vorlage", county_template::publish)
}

fn town_pages() -> Pages {
    setup::pages()
        .get(Anybody, "/anmelden", provider::show)
        .get(Anybody, "/anmelden/anbieter", provider::leave)
        .get(Anybody, "/anmelden/antwort", provider::come_back)
        .get(READER, "/verwaltung", day::today)
        .get(READER, "/verwaltung/tag", day::show)
        .post(READER, "/verwaltung/tag", day::find)
        .get(READER, "/verwaltung/woche", day::week)
        .get(READER, "/verwaltung/puls", pulse::stream)
        .get(CLERK, "/verwaltung/buchen", booking::form)
        .post(CLERK, "/verwaltung/buchen", booking::book)
        .get(READER, "/verwaltung/termine/{id}", appointment::show)
        .post(CLERK, "/verwaltung/termine/{id}/stand", appointment::mark)
        .post(CLERK, "/verwaltung/termine/{id}/notiz", appointment::note)
        .get(CLERK, "/verwaltung/termine/{id}/kontakt", correcting::form)
        .post(CLERK, "/verwaltung/termine/{id}/kontakt", correcting::correct)
        .get(CLERK, "/verwaltung/termine/{id}/verschieben", changing::choose)
        .post(CLERK, "/verwaltung/termine/{id}/verschieben", changing::reschedule)
        .get(CLERK, "/verwaltung/termine/{id}/absagen", changing::ask)
        .post(CLERK, "/verwaltung/termine/{id}/absagen", changing::cancel)
        .get(CLERK, "/verwaltung/schliessen", closing::form)
        .post(CLERK, "/verwaltung/schliessen", closing::act)
        .post(CLERK, "/verwaltung/schliessen/{id}/zurueck", closing::undo)
        .post(CLERK, "/verwaltung/schliessen/{id}/aufheben", closing::lift)
        .get(ADMIN, "/verwaltung/personal", members::show)
        .post(ADMIN, "/verwaltung/personal", members::invite)
        .post(ADMIN, "/verwaltung/personal/{account}", members::change)
        .get(ADMIN, "/verwaltung/mails", mails::list)
        .post(ADMIN, "/verwaltung/mails", mails::resend_all)
        .post(ADMIN, "/verwaltung/mails/{id}", mails::resend)
        .get(ADMIN, "/verwaltung/protokoll", log::show)
        .get(ADMIN, "/verwaltung/protokoll.csv", log::csv)
        .get(READER, "/verwaltung/suche", search::form)
        .post(READER, "/verwaltung/suche", search::find)
        .get(READER, "/verwaltung/anfragen", requests::list)
        .get(READER, "/verwaltung/anfragen/{id}", requests::show)
        .post(CLERK, "/verwaltung/anfragen/{id}", requests::accept)
        .post(CLERK, "/verwaltung/anfragen/{id}/vorschlagen", requests::propose)
        .post(CLERK, "/verwaltung/anfragen/{id}/ablehnen", requests::decline)
}
