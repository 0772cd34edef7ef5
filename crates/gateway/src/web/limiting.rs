//! A client that comes too often: a page that says when to come again, and keeps what was typed.

use askama::Template;
use axum::{
    RequestPartsExt as _,
    body::{self, Body},
    extract::{FromRequestParts as _, RawPathParams, Request, State},
    http::{Method, StatusCode, request::Parts},
    middleware::Next,
    response::{IntoResponse as _, Response},
};
use chrono::TimeDelta;
use tenant::Scope;

use super::{
    page::{self, Page, render},
    town::Town,
};
use crate::{
    layer::{client::Client, tenant::town_of_host},
    limits::Deed,
    state::AppState,
    throttle,
};

#[derive(Template)]
#[template(path = "later.html")]
struct LaterPage<'a> {
    page: &'a Page,
    minutes: u16,
    /// Where to try again.
    action: &'a str,
    /// What was sent; nothing where a page was opened.
    sent: Option<&'a [(String, String)]>,
}

/// Lets a request through unless its client does this too often in this town.
pub(super) async fn limit(
    State((state, deed)): State<(AppState, Deed)>,
    request: Request,
    next: Next,
) -> Response {
    let (mut parts, body) = request.into_parts();
    // What belongs to no town, or cannot be told now, is the handler's to answer.
    let waits = match scope(&mut parts, &state).await {
        Some((scope, client)) => throttle::limit(&state, &scope, &client, deed).await,
        None => Ok(()),
    };
    match waits {
        Ok(()) => next.run(Request::from_parts(parts, body)).await,
        Err(wait) => later(&state, parts, body, wait).await,
    }
}

/// The town that a page is of, and who asks for it.
async fn scope(parts: &mut Parts, state: &AppState) -> Option<(Scope, Client)> {
    let Ok(client) = Client::from_request_parts(parts, state).await;
    let params = parts.extract::<RawPathParams>().await.ok()?;
    let slug = params.iter().find(|(name, _)| *name == "town").map(|(_, slug)| slug);
    let entry = match slug {
        Some(slug) => state.directory.by_slug(&state.office.db, slug).await,
        None => town_of_host(state, &parts.uri, &parts.headers).await,
    };
    Some((Scope::citizen(entry.ok()??.tenant), client))
}

async fn later(state: &AppState, mut parts: Parts, body: Body, wait: TimeDelta) -> Response {
    let page = match Town::from_request_parts(&mut parts, state).await {
        Ok(town) => town.page,
        Err(failure) => return failure.into_response(),
    };
    let sent = match parts.method {
        // No longer than the limits allow: it was read before.
        Method::POST => body::to_bytes(body, usize::MAX).await.ok(),
        _ => None,
    };
    let sent: Option<Vec<_>> =
        sent.map(|sent| form_urlencoded::parse(&sent).into_owned().collect());
    let query = parts.uri.query().map(|query| format!("?{query}")).unwrap_or_default();
    let action = format!("{}{query}", page.path);
    let minutes = u16::try_from(wait.num_minutes() + 1).unwrap_or(u16::MAX);
    let shown = LaterPage { page: &page, minutes, action: &action, sent: sent.as_deref() };
    page::later(wait, render(StatusCode::TOO_MANY_REQUESTS, &shown))
}
