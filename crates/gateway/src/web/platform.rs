//! The platform's own first page.

use askama::Template;
use axum::http::StatusCode;
use tenant::directory::Entry;

use super::{
    Answer,
    page::{Page, render},
    town::Visitor,
};

#[derive(Template)]
#[template(path = "platform.html")]
struct Index {
    page: Page,
    towns: Vec<Entry>,
}

/// `GET /`: all live towns.
pub(super) async fn index(visitor: Visitor) -> Answer {
    let towns = visitor.towns().await?;
    Ok(render(StatusCode::OK, &Index { page: visitor.page, towns }))
}
