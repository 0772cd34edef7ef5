//! The challenge on the pages: the device of whoever chooses a time solves it meanwhile.

use axum::{
    Json,
    http::StatusCode,
    response::{IntoResponse as _, Response},
};
use scheduling::challenge::Challenge;
use serde_json::json;

use crate::web::{Answer, town::Town};

/// What a page says of the challenge.
pub(super) struct Asking {
    /// Where it is.
    pub challenge: String,
    /// In how many minutes a booking is confirmed that brings no solution.
    pub minutes: u16,
}

/// Asks for a solution, where one has to be brought now.
pub(super) async fn asking(town: &Town) -> Option<Asking> {
    let asks = scheduling::asks_for_proof(&town.office, &town.scope, &town.setup).await;
    asks.then(|| Asking {
        challenge: town.page.to("/termin/aufgabe.json"),
        minutes: scheduling::minutes_to_confirm(&town.setup),
    })
}

/// `GET /{town}/termin/aufgabe.json`: a challenge as ALTCHA writes it, or 204 where none is asked for.
pub(super) async fn challenge(town: Town) -> Answer {
    let asked = scheduling::challenge(&town.office, &town.scope).await;
    let asked = asked.map_err(|error| town.fail(error))?;
    Ok(asked.map_or_else(|| StatusCode::NO_CONTENT.into_response(), written))
}

fn written(own: Challenge) -> Response {
    let Challenge { algorithm, challenge, salt, signature, max_number } = own;
    Json(json!({
        "algorithm": algorithm,
        "challenge": challenge,
        "salt": salt,
        "signature": signature,
        "maxnumber": max_number,
    }))
    .into_response()
}
