//! The town's first page in the colour and with the logo that are being chosen, before they are saved.

use std::sync::Arc;

use axum::{
    http::header,
    response::{IntoResponse as _, Response},
};
use catalog::{catalogue::catalogue, model::TownSetup, template::Template};
use scheduling::Error;
use tenant::Scope;

use super::{load, section::Section};
use crate::web::{
    Answer, citizen, headers,
    page::Face,
    staff::{desk::Desk, notice::Notice},
    theme,
    town::Town,
};

/// How many services of the catalogue stand for those that a town does not have yet.
const EXAMPLES: usize = 4;

/// Address of the preview of what a form shows.
pub(super) fn address(desk: &Desk, section: &Section) -> String {
    let value = |name| section.field(name).map_or("", |field| field.value.as_str());
    let color = value("branding.color").trim_start_matches('#');
    let pairs = [("farbe", color), ("logo", value("branding.logo"))];
    desk.with("/einrichtung/vorschau", &pairs)
}

/// What stands above a form that was not saved.
pub(super) fn notice() -> Notice {
    Notice {
        kind: "info",
        title: "Noch nicht gespeichert".to_owned(),
        text: "Unten sehen Sie, wie es aussähe.".to_owned(),
    }
}

/// `GET /{town}/verwaltung/einrichtung/vorschau?farbe=00594f&logo=…`
pub(super) async fn show(desk: Desk) -> Answer {
    let (_, mut setup) = load(&desk).await?;
    let color = desk.asked("farbe").unwrap_or_default().to_owned();
    setup.town.branding.color = format!("#{color}");
    if let Some(logo) = desk.asked("logo") {
        setup.town.branding.logo = Some(logo.to_owned());
    }
    if setup.services.is_empty() {
        add_examples(&mut setup).map_err(|error| desk.fail(Error::from(error)))?;
    }
    let mut page = desk.page.clone();
    page.face = Some(Face {
        theme: desk.with("/einrichtung/vorschau.css", &[("farbe", &color)]),
        ..Face::of(&setup.town, &page.links.prefix)
    });
    let town = Town {
        scope: Scope::citizen(desk.scope.tenant),
        setup: Arc::new(setup),
        office: Arc::clone(&desk.office),
        query: Vec::new(),
        page,
    };
    let mut response = citizen::home(town).await?;
    headers::framed_here(&mut response);
    Ok(response)
}

/// `GET /{town}/verwaltung/einrichtung/vorschau.css?farbe=00594f`
pub(super) async fn theme(desk: Desk) -> Response {
    let css = theme::stylesheet(&format!("#{}", desk.asked("farbe").unwrap_or_default()));
    ([(header::CONTENT_TYPE, "text/css; charset=utf-8")], css).into_response()
}

/// A page without services shows little of its colour.
fn add_examples(setup: &mut TownSetup) -> Result<(), catalog::Error> {
    let template = Template::from(catalogue().map_err(catalog::Error::Invalid)?);
    let slugs: Vec<_> = template.services.iter().map(|own| own.slug.clone()).collect();
    template.give(setup, &slugs[..EXAMPLES.min(slugs.len())], None, None);
    Ok(())
}
