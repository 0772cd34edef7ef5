//! Double opt-in: the page that the mailed link opens, and its button. Opening the link alone changes
//! nothing, since mail scanners open links too.

use askama::Template;
use axum::{
    extract::Path,
    http::StatusCode,
    response::{IntoResponse as _, Redirect},
};
use catalog::model::Location;
use scheduling::{Appointment, Error, Status};

use super::{
    done::Key,
    own::when,
    prepare::{self, Line},
};
use crate::web::{
    Answer,
    page::{Page, render},
    town::Town,
};

#[derive(Template)]
#[template(path = "citizen/confirm.html")]
struct ConfirmPage<'a> {
    page: &'a Page,
    /// Whether it can still be confirmed.
    in_time: bool,
    when: String,
    until: String,
    location: Option<&'a Location>,
    lines: Vec<Line<'a>>,
}

/// `GET /{town}/termin/bestaetigen/{secret}`
pub(super) async fn ask(town: Town, Path(key): Path<Key>) -> Answer {
    let (appointment, own) = find(&town, &key).await?;
    match appointment.confirm_until {
        Some(until) => {
            let in_time = appointment.status == Status::Booked && until > town.now();
            let page = ConfirmPage {
                page: &town.page,
                in_time,
                when: when(&town, appointment.starts_at),
                until: when(&town, until),
                location: appointment.location_in(&town.setup),
                lines: prepare::lines(&town.setup, &appointment.basket),
            };
            Ok(render(if in_time { StatusCode::OK } else { StatusCode::GONE }, &page))
        }
        None => Ok(Redirect::to(&town.page.to(&own.path())).into_response()),
    }
}

/// `POST /{town}/termin/bestaetigen/{secret}`
pub(super) async fn confirm(town: Town, Path(key): Path<Key>) -> Answer {
    let (_, own) = find(&town, &key).await?;
    match scheduling::confirm_appointment(&town.office, &town.scope, &key.secret).await {
        Ok(_) => Ok(Redirect::to(&town.page.to(&own.path())).into_response()),
        Err(Error::WrongStatus) => ask(town, Path(key)).await,
        Err(error) => Err(town.fail(error)),
    }
}

/// The appointment, and the key of its own page.
async fn find(town: &Town, key: &Key) -> Result<(Appointment, Key), super::Failure> {
    let found = scheduling::appointment_to_confirm(&town.office, &town.scope, &key.secret).await;
    let (appointment, secret) = found.map_err(|error| town.fail(error))?;
    Ok((appointment, Key { secret }))
}
