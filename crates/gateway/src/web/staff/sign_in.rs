//! Signing in and out, and the choice among one's towns.

use askama::Template;
use axum::{
    Form,
    extract::State,
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse as _, Redirect, Response},
};
use chrono::TimeDelta;
use serde::Deserialize;
use tenant::{accounts, directory::Entry};

use super::{
    desk::{Account, towns_of},
    form::Posted,
    session,
};
use crate::{
    layer::client::Client,
    state::AppState,
    throttle::{self, Refused},
    web::{
        Answer,
        error::Failure,
        page::{Page, render},
        town::Visitor,
    },
};

#[derive(Template)]
#[template(path = "staff/sign_in.html")]
struct SignIn<'a> {
    page: &'a Page,
    onward: &'a str,
    email: &'a str,
    refused: bool,
    /// Minutes to wait after too many wrong passwords.
    wait: Option<i64>,
}

#[derive(Template)]
#[template(path = "staff/towns.html")]
struct Towns<'a> {
    page: &'a Page,
    towns: &'a [Entry],
    form_token: &'a str,
}

/// `GET /anmelden`
pub(super) async fn form(visitor: Visitor) -> Answer {
    let onward = visitor.asked("weiter").unwrap_or_default();
    let page = SignIn { page: &visitor.page, onward, email: "", refused: false, wait: None };
    Ok(render(StatusCode::OK, &page))
}

/// What the form sends.
#[derive(Deserialize)]
pub(super) struct Credentials {
    email: String,
    kennwort: String,
    weiter: String,
}

/// `POST /anmelden`: a new session, whatever the browser brought.
pub(super) async fn sign_in(
    visitor: Visitor,
    client: Client,
    headers: HeaderMap,
    Form(given): Form<Credentials>,
) -> Answer {
    let state = &visitor.state;
    let db = &state.office.db;
    let refused = |status: StatusCode, wait: Option<TimeDelta>| {
        let page = SignIn {
            page: &visitor.page,
            onward: &given.weiter,
            email: &given.email,
            refused: wait.is_none(),
            wait: wait.map(|wait| wait.num_minutes() + 1),
        };
        render(status, &page)
    };
    match throttle::sign_in(state, &client.0, given.email.trim(), &given.kennwort).await {
        Ok(token) => {
            // What was open in this browser before ends.
            if let Some(old) = session::token(state, &headers) {
                accounts::sign_out(db, &old).await.map_err(|error| fail(&visitor, error))?;
            }
            let cookie =
                session::opened(state, &token).map(|cookie| [(header::SET_COOKIE, cookie)]);
            Ok((cookie, Redirect::to(onward(&given.weiter))).into_response())
        }
        Err(Refused::Wait(wait)) => {
            let retry = [(header::RETRY_AFTER, wait.num_seconds().to_string())];
            Ok((retry, refused(StatusCode::TOO_MANY_REQUESTS, Some(wait))).into_response())
        }
        Err(Refused::By(tenant::Error::WrongCredentials)) => {
            Ok(refused(StatusCode::UNPROCESSABLE_ENTITY, None))
        }
        Err(Refused::By(error)) => Err(fail(&visitor, error)),
    }
}

/// Where to go after signing in: a page of this site, never another.
fn onward(wanted: &str) -> &str {
    let own = wanted.starts_with('/') && !wanted.starts_with("//") && !wanted.contains('\\');
    if own { wanted } else { "/verwaltung" }
}

/// A form that sends nothing but its token.
#[derive(Deserialize)]
pub(super) struct Nothing {}

/// `POST /abmelden`
pub(super) async fn sign_out(
    State(state): State<AppState>,
    headers: HeaderMap,
    Posted(Nothing {}): Posted<Nothing>,
) -> Response {
    if let Some(token) = session::token(&state, &headers)
        && let Err(error) = accounts::sign_out(&state.office.db, &token).await
    {
        tracing::error!(%error, "a session stays open");
        return StatusCode::INTERNAL_SERVER_ERROR.into_response();
    }
    let cookie = session::closed(&state).map(|cookie| [(header::SET_COOKIE, cookie)]);
    (cookie, Redirect::to("/anmelden")).into_response()
}

/// `GET /verwaltung` of the platform: the choice among one's towns, or the only one at once.
pub(super) async fn towns(account: Account, visitor: Visitor) -> Answer {
    let towns = towns_of(&visitor.state, account.id).await;
    let towns = towns.map_err(|error| fail(&visitor, error))?;
    if let [only] = towns.as_slice() {
        return Ok(Redirect::to(&format!("/{}/verwaltung", only.slug)).into_response());
    }
    let page = Towns { page: &visitor.page, towns: &towns, form_token: &account.form_token };
    Ok(render(StatusCode::OK, &page))
}

fn fail(visitor: &Visitor, error: tenant::Error) -> Failure {
    Failure::new(visitor.page.clone(), error.into())
}

#[cfg(test)]
mod tests {
    use super::onward;

    #[test]
    fn signing_in_never_leads_to_another_site() {
        assert_eq!(
            onward("/lengerich/verwaltung?datum=2026-11-24"),
            "/lengerich/verwaltung?datum=2026-11-24"
        );
        for elsewhere in
            ["", "https://example.org", "//example.org", "/\\example.org", "javascript:1"]
        {
            assert_eq!(onward(elsewhere), "/verwaltung", "{elsewhere}");
        }
    }
}
