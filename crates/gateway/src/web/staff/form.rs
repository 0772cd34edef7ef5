//! Forms of the console: only what the session's own page has sent is read.

use axum::{
    body::Bytes,
    extract::{FromRequest, Multipart, Request},
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse as _, Response},
};
use serde::{Deserialize, de::DeserializeOwned};

use super::session;
use crate::{limits::Shortened, state::AppState, web::given::Given};

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
        let expected = expected(state, request.headers());
        let body =
            String::from_request(request, state).await.map_err(|error| error.into_response())?;
        let mut fields = form_urlencoded::parse(body.as_bytes());
        let given = fields.find(|(name, _)| name == TOKEN).map(|(_, value)| value.into_owned());
        check(expected.as_deref(), given.as_deref())?;
        match serde_urlencoded::from_str(&body) {
            Ok(form) => Ok(Self(form)),
            Err(error) => Err((StatusCode::BAD_REQUEST, error.to_string()).into_response()),
        }
    }
}

/// The same for a form that may bring a file.
#[derive(Debug)]
pub(super) struct PostedWithFile {
    /// The fields that are no file.
    pub given: Given,
    /// The file, where one was chosen.
    pub file: Option<Bytes>,
    /// Whether the file, or else the longest field, was too large to be kept as a whole.
    pub is_shortened: bool,
}

impl FromRequest<AppState> for PostedWithFile {
    type Rejection = Response;

    async fn from_request(request: Request, state: &AppState) -> Result<Self, Response> {
        let kind = request.headers().get(header::CONTENT_TYPE);
        if !kind.is_some_and(|kind| kind.as_bytes().starts_with(b"multipart/form-data")) {
            let Posted(fields) = Posted::from_request(request, state).await?;
            return Ok(Self { given: Given(fields), file: None, is_shortened: false });
        }
        let is_shortened = request.extensions().get::<Shortened>().is_some();
        let expected = expected(state, request.headers());
        let parts = Multipart::from_request(request, state).await;
        let mut parts = parts.map_err(|error| error.into_response())?;
        let mut given = Given::default();
        let mut file = None;
        while let Some(part) = parts.next_field().await.map_err(|error| error.into_response())? {
            let name = part.name().unwrap_or_default().to_owned();
            if part.file_name().is_some() {
                let content = part.bytes().await.map_err(|error| error.into_response())?;
                file = Some(content).filter(|content| !content.is_empty());
            } else {
                let value = part.text().await.map_err(|error| error.into_response())?;
                given.0.push((name, value));
            }
        }
        check(expected.as_deref(), Some(given.get(TOKEN)))?;
        Ok(Self { given, file, is_shortened })
    }
}

/// The form token of the session that a request belongs to.
fn expected(state: &AppState, headers: &HeaderMap) -> Option<String> {
    session::token(state, headers).map(|own| session::form_token(&own))
}

/// The form token is a hash of a secret: comparing it tells nothing about the secret.
fn check(expected: Option<&str>, given: Option<&str>) -> Result<(), Forged> {
    if expected.is_some() && given == expected { Ok(()) } else { Err(Forged) }
}

/// A form without its session's token.
#[derive(Debug)]
struct Forged;

impl From<Forged> for Response {
    fn from(_: Forged) -> Self {
        let text = "Dieses Formular ist abgelaufen. Bitte laden Sie die Seite neu.";
        (StatusCode::FORBIDDEN, text).into_response()
    }
}
