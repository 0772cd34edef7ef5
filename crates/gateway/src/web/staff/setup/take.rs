//! Taking services over: from the shipped catalogue, from the county's template, or from a town that
//! is live on the platform. What a town offers is public, so it is read as any citizen reads it.

use askama::Template;
use axum::{
    http::StatusCode,
    response::{IntoResponse as _, Redirect},
};
use catalog::{model::Service, template::store};
use scheduling::Error;

use super::load;
use crate::{
    template::{self, CATALOGUE, COUNTY},
    web::{
        Answer,
        given::Given,
        page::{Page, render},
        staff::{desk::Desk, field::Field, form::Posted, notice::Notice},
    },
};

#[derive(Template)]
#[template(path = "staff/setup/take.html")]
struct TakePage<'a> {
    page: &'a Page,
    room: &'static str,
    desk: &'a Desk,
    version: i64,
    notice: Option<Notice>,
    source: Field,
    chosen: String,
    /// Categories with their services.
    offered: Vec<(String, Vec<Offer>)>,
}

/// A service that can be taken over.
struct Offer {
    slug: String,
    name: String,
    minutes: u16,
    /// Whether the town has it already.
    is_ours: bool,
}

/// `GET /{town}/verwaltung/einrichtung/uebernehmen?von=…`
pub(super) async fn form(desk: Desk) -> Answer {
    page(&desk, StatusCode::OK, None).await
}

async fn page(desk: &Desk, status: StatusCode, notice: Option<Notice>) -> Answer {
    let (version, own) = load(desk).await?;
    let county = &own.town.county;
    let published = store::latest(&desk.office.db, &county.key).await;
    let published = published.map_err(|error| desk.fail(Error::from(error)))?;
    let mut options = vec![(CATALOGUE.to_owned(), "Vorlage Bürgerbüro".to_owned())];
    if published.is_some() {
        options.insert(0, (COUNTY.to_owned(), format!("Vorlage: {}", county.name)));
    }
    let first = options[0].0.clone();
    let chosen = desk.asked("von").map_or(first, str::to_owned);
    let source = template::source(&desk.state, &desk.scope, &chosen).await;
    let (_, source) = source.map_err(|error| desk.fail(error))?;
    let towns = desk.state.directory.list(&desk.office.db).await;
    let towns = towns.map_err(|error| desk.fail(Error::from(error)))?;
    let others = towns.iter().filter(|entry| entry.is_live() && entry.tenant != desk.scope.tenant);
    // Neighbours first.
    let mut others: Vec<_> = others
        .map(|entry| (entry.county != own.town.county.name, entry.name.clone(), entry.slug.clone()))
        .collect();
    others.sort();
    options.extend(others.into_iter().map(|(_, name, slug)| (slug, name)));
    let service = |service: &Service| Offer {
        slug: service.slug.clone(),
        name: service.name.get("de").to_owned(),
        minutes: service.duration,
        is_ours: own.service(&service.slug).is_some(),
    };
    let offered = source.categories.iter().map(|category| {
        let ours = source.services.iter().filter(|own| own.category == category.slug);
        (category.name.get("de").to_owned(), ours.map(service).collect())
    });
    let page = TakePage {
        page: &desk.page,
        room: "einrichtung",
        desk,
        version,
        notice,
        source: Field::choice("von", "Übernehmen von", options, &chosen),
        offered: offered.collect(),
        chosen,
    };
    Ok(render(status, &page))
}

/// `POST /{town}/verwaltung/einrichtung/uebernehmen`: services that the town has already stay as
/// they are.
pub(super) async fn take(desk: Desk, Posted(given): Posted<Vec<(String, String)>>) -> Answer {
    let given = Given(given);
    let version = given.get("version").parse().unwrap_or_default();
    let (from, wanted) = (given.get("von"), given.all("anliegen"));
    let (status, notice) =
        match template::take(&desk.state, &desk.scope, version, from, &wanted).await {
            Ok(Some(_)) => {
                let back = desk.with("/einrichtung", &[("stand", "uebernommen")]);
                return Ok(Redirect::to(&back).into_response());
            }
            Ok(None) => (
                StatusCode::UNPROCESSABLE_ENTITY,
                Notice::danger("Nichts ausgewählt", "Kreuzen Sie an, was Sie übernehmen wollen."),
            ),
            Err(Error::Catalog(catalog::Error::Outdated)) => (
                StatusCode::CONFLICT,
                Notice::danger(
                    "Jemand anders hat die Einrichtung inzwischen geändert",
                    "Wählen Sie noch einmal aus.",
                ),
            ),
            Err(error) => return Err(desk.fail(error)),
        };
    page(&desk, status, Some(notice)).await
}
