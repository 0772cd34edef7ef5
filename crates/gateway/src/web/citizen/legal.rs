//! The pages the law asks for. Their texts are the town's own and stay German.

use askama::Template;
use axum::{http::StatusCode, response::Response};

use crate::web::{
    page::{Page, render},
    town::Town,
};

#[derive(Template)]
#[template(path = "citizen/legal.html")]
struct Legal<'a> {
    page: &'a Page,
    title: String,
    paragraphs: Vec<&'a str>,
}

/// `GET /{town}/impressum`
pub(super) async fn imprint(town: Town) -> Response {
    show(&town, "footer-imprint", &town.setup.town.legal.imprint)
}

/// `GET /{town}/datenschutz`
pub(super) async fn privacy(town: Town) -> Response {
    show(&town, "footer-privacy", &town.setup.town.legal.privacy)
}

/// `GET /{town}/barrierefreiheit`
pub(super) async fn accessibility(town: Town) -> Response {
    show(&town, "footer-accessibility", &town.setup.town.legal.accessibility)
}

fn show(town: &Town, title: &str, text: &str) -> Response {
    let paragraphs = text.split("\n\n").map(str::trim).filter(|own| !own.is_empty()).collect();
    let legal = Legal { page: &town.page, title: town.page.text(title), paragraphs };
    render(StatusCode::OK, &legal)
}
