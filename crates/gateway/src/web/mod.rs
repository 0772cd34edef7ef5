//! The pages: server-rendered, complete without scripts, state in the address.

mod assets;
mod citizen;
mod contact;
mod error;
mod forged;
mod given;
mod headers;
mod i18n;
mod limiting;
mod links;
mod mailbox;
mod page;
mod platform;
mod returning;
mod staff;
mod theme;
mod town;

use axum::{
    Router,
    extract::{FromRequestParts as _, Request, State},
    middleware,
    response::{IntoResponse as _, Redirect, Response},
    routing::get,
};

pub(crate) use staff::session::token as session_token;

use crate::state::AppState;

/// What a handler answers.
type Answer = Result<Response, error::Failure>;

/// All pages. A town's are found below its slug and, under its own host name, at the root.
pub(crate) fn routes(state: &AppState) -> Router<AppState> {
    Router::new()
        .route("/", get(front))
        .route("/assets/{*path}", get(assets::serve))
        .route("/mailbox", get(mailbox::list))
        .route("/mailbox/{id}", get(mailbox::show))
        .merge(citizen::pages(state))
        .merge(staff::entrance(state))
        .nest(
            "/{town}",
            citizen::pages(state).merge(staff::pages(state)).route("/", get(citizen::home)),
        )
        .fallback(astray)
        .layer(middleware::from_fn_with_state(state.clone(), headers::secure))
}

/// A line for each page of the console: method, address, whom it is for.
pub(crate) fn listed() -> Vec<String> {
    staff::listed()
}

/// The root: a town's first page under its own host name, else the list of towns.
async fn front(town: Result<town::Town, error::Failure>, visitor: town::Visitor) -> Answer {
    match town {
        Ok(town) => citizen::home(town).await,
        Err(_) => platform::index(visitor).await,
    }
}

/// An address of no page. A slash too many is forgiven.
async fn astray(State(state): State<AppState>, request: Request) -> Response {
    let uri = request.uri();
    let trimmed = uri.path().trim_end_matches('/');
    if trimmed.len() < uri.path().len() && trimmed.rfind('/') == Some(0) {
        let query = uri.query().map(|query| format!("?{query}")).unwrap_or_default();
        return Redirect::permanent(&format!("{trimmed}{query}")).into_response();
    }
    let (mut parts, _) = request.into_parts();
    match town::Visitor::from_request_parts(&mut parts, &state).await {
        Ok(_) => town::astray(&parts, &state).await.into_response(),
        Err(failure) => failure.into_response(),
    }
}
