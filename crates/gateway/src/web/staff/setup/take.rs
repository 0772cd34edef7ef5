//! Taking services over: from the shipped catalogue, or from a town that is live on the platform.
//! What a town offers is public, so it is read as any citizen reads it.

use askama::Template;
use axum::{
    http::StatusCode,
    response::{IntoResponse as _, Redirect},
};
use catalog::{
    catalogue::catalogue,
    model::{Named, Service, TownSetup},
};
use scheduling::Error;
use tenant::Scope;

use super::load;
use crate::{
    town,
    web::{
        Answer,
        error::Failure,
        given::Given,
        page::{Page, render},
        staff::{desk::Desk, field::Field, form::Posted, notice::Notice},
    },
};

/// Where the shipped catalogue is chosen instead of a town.
const CATALOGUE: &str = "vorlage";

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
    let chosen = desk.asked("von").unwrap_or(CATALOGUE).to_owned();
    let source = source(desk, &chosen).await?;
    let mut options = vec![(CATALOGUE.to_owned(), "Vorlage Bürgerbüro".to_owned())];
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

/// What the chosen town or the catalogue offers.
async fn source(desk: &Desk, chosen: &str) -> Result<TownSetup, Failure> {
    if chosen != CATALOGUE {
        let entry = desk.state.directory.by_slug(&desk.office.db, chosen).await;
        let entry = entry.map_err(|error| desk.fail(Error::from(error)))?;
        if let Some(entry) = entry.filter(tenant::directory::Entry::is_live) {
            let setup = desk.office.setup(&Scope::citizen(entry.tenant)).await;
            return setup.map(|setup| (*setup).clone()).map_err(|error| desk.fail(error));
        }
    }
    let catalogue = catalogue().map_err(catalog::Error::Invalid);
    catalogue.map_err(|error| desk.fail(Error::from(error)))
}

/// `POST /{town}/verwaltung/einrichtung/uebernehmen`: services that the town has already stay as
/// they are.
pub(super) async fn take(desk: Desk, Posted(given): Posted<Vec<(String, String)>>) -> Answer {
    let given = Given(given);
    let source = source(&desk, given.get("von")).await?;
    let (version, mut setup) = load(&desk).await?;
    let wanted = given.all("anliegen");
    let taken = source.services.iter().filter(|own| wanted.contains(&own.slug)).cloned();
    let taken: Vec<Service> = taken.filter(|own| setup.service(&own.slug).is_none()).collect();
    if taken.is_empty() {
        let notice =
            Notice::danger("Nichts ausgewählt", "Kreuzen Sie an, was Sie übernehmen wollen.");
        return page(&desk, StatusCode::UNPROCESSABLE_ENTITY, Some(notice)).await;
    }
    for service in taken {
        add(&mut setup.categories, &source.categories, &service.category);
        add(&mut setup.departments, &source.departments, &service.department);
        for counter in setup.locations.iter_mut().flat_map(|own| &mut own.counters) {
            counter.services.push(service.slug.clone());
        }
        setup.services.push(Service { id: uuid::Uuid::nil(), ..service });
    }
    if given.get("version") != version.to_string() {
        let notice = Notice::danger(
            "Jemand anders hat die Einrichtung inzwischen geändert",
            "Wählen Sie noch einmal aus.",
        );
        return page(&desk, StatusCode::CONFLICT, Some(notice)).await;
    }
    let saved = town::change(&desk.state, &desk.scope, version, &setup).await;
    saved.map_err(|error| desk.fail(Error::from(error)))?;
    let back = desk.with("/einrichtung", &[("stand", "uebernommen")]);
    Ok(Redirect::to(&back).into_response())
}

/// Takes over the group that a service stands in, unless there is one of that name.
fn add(own: &mut Vec<Named>, source: &[Named], slug: &str) {
    if !own.iter().any(|named| named.slug == slug)
        && let Some(named) = source.iter().find(|named| named.slug == slug)
    {
        own.push(named.clone());
    }
}
