//! Leaving for a provider and coming back: what a browser remembers meanwhile.

use axum::{
    http::{HeaderValue, header},
    response::Response,
};

use super::staff::session;
use crate::{
    openid::{Answer, Leaving},
    state::AppState,
};

/// The answer to somebody who leaves: the browser remembers the way.
pub(super) fn remembering(state: &AppState, left: &Leaving, response: Response) -> Response {
    with_cookie(response, session::left(state, &left.handshake))
}

/// The answer to somebody who is back: the browser forgets it.
pub(super) fn forgetting(state: &AppState, response: Response) -> Response {
    with_cookie(response, session::returned(state))
}

fn with_cookie(mut response: Response, cookie: Option<HeaderValue>) -> Response {
    if let Some(cookie) = cookie {
        response.headers_mut().append(header::SET_COOKIE, cookie);
    }
    response
}

/// What the provider has sent along, in the address.
pub(super) fn answered(query: &[(String, String)]) -> Answer {
    let asked = |name| query.iter().find(|(own, _)| own == name).map(|(_, value)| value.clone());
    Answer { state: asked("state").unwrap_or_default(), code: asked("code") }
}
