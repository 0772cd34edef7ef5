//! The console: where clerks run the day and admins set up their town. German only, so its texts
//! stand in the templates.

mod account;
mod appointment;
mod booking;
mod changing;
mod closing;
mod county_template;
mod day;
mod desk;
mod field;
mod form;
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

use axum::{
    Router,
    routing::{get, post},
};

use crate::state::AppState;

/// The platform's pages for staff: signing in and out, the choice of a town.
pub(super) fn entrance() -> Router<AppState> {
    Router::new()
        .route("/anmelden", get(sign_in::form).post(sign_in::sign_in))
        .route("/anmelden/code", post(sign_in::second_step))
        .route("/anmelden/passkey", post(passkey::sign_in))
        .route("/anmelden/passkey/beginn", post(passkey::begin_sign_in))
        .route("/abmelden", post(sign_in::sign_out))
        .route("/kennwort/vergessen", get(password::forgotten_form).post(password::forgotten))
        .route("/kennwort/{link}", get(password::password_form).post(password::choose_password))
        .route("/konto", get(account::show))
        .route("/konto/kennwort", post(account::change_password))
        .route("/konto/zweiter-faktor", post(account::activate))
        .route("/konto/zweiter-faktor/entfernen", post(account::remove))
        .route("/konto/passkey", post(passkey::add))
        .route("/konto/passkey/beginn", post(passkey::begin))
        .route("/konto/passkey/entfernen", post(passkey::remove))
        .route("/verwaltung", get(towns::show))
        .route("/betrieb", get(operations::platform).post(operations::found))
        .route("/betrieb/{slug}", post(operations::suspend))
        .route("/kreise/{key}", get(operations::county))
        .route("/kreise/{key}/zahlen.csv", get(operations::county_csv))
        .route("/kreise/{key}/vorlage", get(county_template::show).post(county_template::publish))
}

/// A town's console.
pub(super) fn pages() -> Router<AppState> {
    setup::pages()
        .route("/anmelden", get(provider::show))
        .route("/anmelden/anbieter", get(provider::leave))
        .route("/anmelden/antwort", get(provider::come_back))
        .route("/verwaltung", get(day::today))
        .route("/verwaltung/tag", get(day::show))
        .route("/verwaltung/woche", get(day::week))
        .route("/verwaltung/puls", get(pulse::stream))
        .route("/verwaltung/buchen", get(booking::form).post(booking::book))
        .route("/verwaltung/termine/{id}", get(appointment::show))
        .route("/verwaltung/termine/{id}/stand", post(appointment::mark))
        .route("/verwaltung/termine/{id}/notiz", post(appointment::note))
        .route(
            "/verwaltung/termine/{id}/verschieben",
            get(changing::choose).post(changing::reschedule),
        )
        .route("/verwaltung/termine/{id}/absagen", get(changing::ask).post(changing::cancel))
        .route("/verwaltung/schliessen", get(closing::form).post(closing::act))
        .route("/verwaltung/schliessen/{id}/zurueck", post(closing::undo))
        .route("/verwaltung/personal", get(members::show).post(members::invite))
        .route("/verwaltung/personal/{account}", post(members::change))
        .route("/verwaltung/mails", get(mails::list).post(mails::resend_all))
        .route("/verwaltung/mails/{id}", post(mails::resend))
        .route("/verwaltung/protokoll", get(log::show))
        .route("/verwaltung/protokoll.csv", get(log::csv))
        .route("/verwaltung/suche", get(search::show))
        .route("/verwaltung/anfragen", get(requests::list))
        .route("/verwaltung/anfragen/{id}", get(requests::show).post(requests::accept))
        .route("/verwaltung/anfragen/{id}/vorschlagen", post(requests::propose))
        .route("/verwaltung/anfragen/{id}/ablehnen", post(requests::decline))
}
