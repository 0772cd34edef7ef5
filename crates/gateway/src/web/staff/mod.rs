//! The console: where clerks run the day and admins set up their town. German only, so its texts
//! stand in the templates.

mod appointment;
mod booking;
mod changing;
mod closing;
mod day;
mod desk;
mod form;
mod log;
mod pulse;
mod requests;
mod search;
mod session;
mod setup;
mod sign_in;
mod starts;

use axum::{
    Router,
    routing::{get, post},
};

use crate::state::AppState;

/// The platform's pages for staff: signing in and out, the choice of a town.
pub(super) fn entrance() -> Router<AppState> {
    Router::new()
        .route("/anmelden", get(sign_in::form).post(sign_in::sign_in))
        .route("/abmelden", post(sign_in::sign_out))
        .route("/verwaltung", get(sign_in::towns))
}

/// A town's console.
pub(super) fn pages() -> Router<AppState> {
    Router::new()
        .route("/verwaltung", get(day::today))
        .route("/verwaltung/tag", get(day::show))
        .route("/verwaltung/puls", get(pulse::stream))
        .route("/verwaltung/buchen", get(booking::form).post(booking::book))
        .route("/verwaltung/termine/{id}", get(appointment::show))
        .route("/verwaltung/termine/{id}/stand", post(appointment::mark))
        .route(
            "/verwaltung/termine/{id}/verschieben",
            get(changing::choose).post(changing::reschedule),
        )
        .route("/verwaltung/termine/{id}/absagen", get(changing::ask).post(changing::cancel))
        .route("/verwaltung/schliessen", get(closing::form).post(closing::act))
        .route("/verwaltung/einrichtung", get(setup::form).post(setup::save))
        .route("/verwaltung/einrichtung/stadt.toml", get(setup::download))
        .route("/verwaltung/protokoll", get(log::show))
        .route("/verwaltung/protokoll.csv", get(log::csv))
        .route("/verwaltung/suche", get(search::show))
        .route("/verwaltung/anfragen", get(requests::list))
        .route("/verwaltung/anfragen/{id}", get(requests::show).post(requests::accept))
        .route("/verwaltung/anfragen/{id}/ablehnen", post(requests::decline))
}
