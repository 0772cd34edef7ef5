//! The town's first page in the colour and with the logo that are being chosen, before they are saved.

use std::sync::Arc;

use axum::{
    body::to_bytes,
    http::header,
    response::{IntoResponse as _, Response},
};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use catalog::{catalogue::catalogue, model::TownSetup, svg, template::Template};
use scheduling::Error;
use tenant::Scope;

use super::{load, section::Section};
use crate::web::{
    Answer, citizen,
    error::Failure,
    headers,
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
    let color = desk.asked("farbe").unwrap_or_default();
    setup.town.branding.color = format!("#{color}");
    if let Some(logo) = desk.asked("logo") {
        setup.town.branding.logo = Some(logo.to_owned());
    }
    let mut response = first_page(&desk, setup).await?;
    headers::framed_here(&mut response);
    Ok(response)
}

/// The page with a logo that stands in the form as markup, which is too long for an address: its HTML,
/// to be shown in a frame; none where the logo is no new one.
pub(super) async fn with_markup(
    desk: &Desk,
    stored: &TownSetup,
    changed: &TownSetup,
) -> Result<Option<String>, Failure> {
    let markup = &changed.town.branding.logo_svg;
    if markup.is_none() || *markup == stored.town.branding.logo_svg {
        return Ok(None);
    }
    let page = first_page(desk, changed.clone()).await?;
    let html = to_bytes(page.into_body(), usize::MAX).await.unwrap_or_default();
    Ok(Some(String::from_utf8_lossy(&html).into_owned()))
}

/// The first page of a town that is set up like that.
async fn first_page(desk: &Desk, mut setup: TownSetup) -> Answer {
    if setup.services.is_empty() {
        add_examples(&mut setup).map_err(|error| desk.fail(Error::from(error)))?;
    }
    let branding = &setup.town.branding;
    let color = branding.color.trim_start_matches('#');
    let mut page = desk.page.clone();
    let face = Face::of(&setup.town, &page.links.prefix);
    let drawn = branding.logo_svg.as_deref().and_then(|markup| svg::redrawn(markup).ok());
    let drawn = drawn.filter(|_| branding.logo.is_none());
    let drawn = drawn.map(|svg| format!("data:image/svg+xml;base64,{}", STANDARD.encode(svg)));
    page.face = Some(Face {
        theme: desk.with("/einrichtung/vorschau.css", &[("farbe", color)]),
        logo: drawn.or(face.logo),
        ..face
    });
    let town = Town {
        scope: Scope::citizen(desk.scope.tenant),
        setup: Arc::new(setup),
        office: Arc::clone(&desk.office),
        query: Vec::new(),
        page,
    };
    citizen::home(town).await
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
