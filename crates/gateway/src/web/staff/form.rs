//! Forms of the console: only what the session's own page has sent is read.

use axum::{
    extract::{FromRequest, Request},
    http::StatusCode,
    response::{IntoResponse as _, Response},
};
use serde::{Deserialize, de::DeserializeOwned};

use super::session;
use crate::state::AppState;

/// Name of the field with the session's form token.
const TOKEN: &str = "formular";

/// A form that sends nothing but its token.
#[derive(Debug, Deserialize)]
pub(super) struct Nothing {}

/// A submitted form. A request without the session's own form token is forged or from a session
/// that has ended, and is refused with 403.
#[derive(Debug)]
pub(super) struct Posted<T>(pub T);

impl<T: DeserializeOwned> FromRequest<AppState> for Posted<T> {
    type Rejection = Response;

    async fn from_request(request: Request, state: &AppState) -> Result<Self, Response> {
        let token = session::token(state, request.headers()).map(|own| session::form_token(&own));
        let body =
            String::from_request(request, state).await.map_err(|error| error.into_response())?;
        let mut fields = form_urlencoded::parse(body.as_bytes());
        let given = fields.find(|(name, _)| name == TOKEN).map(|(_, value)| value.into_owned());
        // The form token is a hash of a secret: comparing it tells nothing about the secret.
        if token.is_none() || given != token {
            return Err((
                StatusCode::FORBIDDEN,
                "Dieses Formular ist abgelaufen. Bitte laden Sie die Seite neu.",
            )
                .into_response());
        }
        match serde_urlencoded::from_str(&body) {
            Ok(form) => Ok(Self(form)),
            Err(error) => Err((StatusCode::BAD_REQUEST, error.to_string()).into_response()),
        }
    }
}
