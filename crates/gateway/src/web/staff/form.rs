//! Forms of the console: only what the session's own page has sent is read.

use axum::{
    body::Bytes,
    extract::{FromRequest, Multipart, Request, multipart::MultipartError},
    http::{HeaderMap, StatusCode, header},
    response::Response,
};
use serde::{Deserialize, de::DeserializeOwned};

use super::session;
use crate::{
    limits::Shortened,
    state::AppState,
    web::{error::Problem, given::Given, town},
};

/// Name of the field with the session's form token.
const TOKEN: &str = "formular";

/// A form that sends nothing but its token.
#[derive(Debug, Deserialize)]
pub(super) struct Nothing {}

/// A submitted form. A request without the session's own form token is forged or from a session
/// that has ended, and is refused with 403; what cannot be read is refused in words.
#[derive(Debug)]
pub(super) struct Posted<T>(pub T);

impl<T: DeserializeOwned> FromRequest<AppState> for Posted<T> {
    type Rejection = Response;

    async fn from_request(request: Request, state: &AppState) -> Result<Self, Response> {
        let (mut parts, body) = request.into_parts();
        let request = Request::from_parts(parts.clone(), body);
        let problem = match read(request, state).await {
            Ok(form) => return Ok(Self(form)),
            Err(problem) => problem,
        };
        Err(town::refuse(&mut parts, state, problem).await)
    }
}

async fn read<T: DeserializeOwned>(request: Request, state: &AppState) -> Result<T, Problem> {
    let expected = expected(state, request.headers());
    let body = String::from_request(request, state).await;
    let body = body.map_err(|error| Problem::Unreadable(error.status()))?;
    let mut fields = form_urlencoded::parse(body.as_bytes());
    let given = fields.find(|(name, _)| name == TOKEN).map(|(_, value)| value.into_owned());
    check(expected.as_deref(), given.as_deref())?;
    serde_urlencoded::from_str(&body).map_err(|_| Problem::Unreadable(StatusCode::BAD_REQUEST))
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
        let (mut parts, body) = request.into_parts();
        let request = Request::from_parts(parts.clone(), body);
        match read_parts(request, state).await {
            Ok(form) => Ok(form),
            Err(problem) => Err(town::refuse(&mut parts, state, problem).await),
        }
    }
}

async fn read_parts(request: Request, state: &AppState) -> Result<PostedWithFile, Problem> {
    let unreadable = |error: MultipartError| Problem::Unreadable(error.status());
    let is_shortened = request.extensions().get::<Shortened>().is_some();
    let expected = expected(state, request.headers());
    let parts = Multipart::from_request(request, state).await;
    let mut parts = parts.map_err(|error| Problem::Unreadable(error.status()))?;
    let mut given = Given::default();
    let mut file = None;
    while let Some(part) = parts.next_field().await.map_err(unreadable)? {
        let name = part.name().unwrap_or_default().to_owned();
        if part.file_name().is_some() {
            let content = part.bytes().await.map_err(unreadable)?;
            file = Some(content).filter(|content| !content.is_empty());
        } else {
            given.0.push((name, part.text().await.map_err(unreadable)?));
        }
    }
    check(expected.as_deref(), Some(given.get(TOKEN)))?;
    Ok(PostedWithFile { given, file, is_shortened })
}

/// The form token of the session that a request belongs to.
fn expected(state: &AppState, headers: &HeaderMap) -> Option<String> {
    session::token(state, headers).map(|own| session::form_token(&own))
}

/// The form token is a hash of a secret: comparing it tells nothing about the secret.
fn check(expected: Option<&str>, given: Option<&str>) -> Result<(), Problem> {
    if expected.is_some() && given == expected { Ok(()) } else { Err(Problem::Forged) }
}
