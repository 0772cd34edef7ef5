//! Everything about one service.

use askama::Template;
use axum::{extract::Path, http::StatusCode};
use catalog::model::{BookingMode, Location, Service};
use serde::Deserialize;

use super::{entrance, prepare, selected};
use crate::web::{
    Answer,
    error::Problem,
    page::{Page, render},
    town::Town,
};

#[derive(Deserialize)]
pub(super) struct Asked {
    slug: String,
}

#[derive(Template)]
#[template(path = "citizen/concern.html")]
struct Concern<'a> {
    page: &'a Page,
    service: &'a Service,
    places: Vec<&'a Location>,
    href: String,
}

/// `GET /{town}/anliegen/{slug}`
pub(super) async fn show(town: Town, Path(asked): Path<Asked>) -> Answer {
    let selection = selected(&town)?;
    let service = town.setup.service(&asked.slug);
    let service = service.ok_or_else(|| town.fail(Problem::UnknownService))?;
    let concern = Concern {
        page: &town.page,
        service,
        places: prepare::places(&town.setup, &[&service.slug]),
        href: entrance(&town, service, &selection),
    };
    Ok(render(StatusCode::OK, &concern))
}
