//! Taking services over, and more from a town: from the shipped catalogue, from the county's template, or from a town that
//! is live on the platform. What a town offers is public, so it is read as any citizen reads it.

use askama::Template;
use axum::{
    http::StatusCode,
    response::{IntoResponse as _, Redirect},
};
use catalog::{
    model::{Counter, Location, Service, TownSetup},
    template::{At, borrow::Also, store},
};
use scheduling::Error;

use super::load;
use crate::{
    template::{self, CATALOGUE, COUNTY, Source, Wanted},
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
    /// The town's counters, where it has some.
    counters: Option<Field>,
    /// What else can be taken over.
    also: Option<Field>,
}

/// A service that can be taken over.
struct Offer {
    slug: String,
    name: String,
    minutes: u16,
    /// Whether the town has it already.
    is_ours: bool,
    /// Whether it is ticked.
    is_chosen: bool,
}

/// `GET /{town}/verwaltung/einrichtung/uebernehmen?von=…`
pub(super) async fn form(desk: Desk) -> Answer {
    page(&desk, StatusCode::OK, None, None).await
}

/// The page, with what somebody has `ticked`, or else everything there is to take.
async fn page(
    desk: &Desk,
    status: StatusCode,
    notice: Option<Notice>,
    ticked: Option<&Given>,
) -> Answer {
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
    let Source { template: source, town, .. } = source.map_err(|error| desk.fail(error))?;
    let towns = desk.state.directory.list(&desk.office.db).await;
    let towns = towns.map_err(|error| desk.fail(Error::from(error)))?;
    let others = towns.iter().filter(|entry| entry.is_live() && entry.tenant != desk.scope.tenant);
    // Neighbours first.
    let mut others: Vec<_> = others
        .map(|entry| (entry.county != own.town.county.name, entry.name.clone(), entry.slug.clone()))
        .collect();
    others.sort();
    options.extend(others.into_iter().map(|(_, name, slug)| (slug, name)));
    let is_chosen =
        |own: &Service| ticked.is_none_or(|given| given.all("anliegen").contains(&own.slug));
    let service = |service: &Service| Offer {
        slug: service.slug.clone(),
        name: service.name.get("de").to_owned(),
        minutes: service.duration,
        is_ours: own.service(&service.slug).is_some(),
        is_chosen: is_chosen(service),
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
        counters: counters(&own, ticked),
        also: town.map(|_| also(&own, ticked)),
        chosen,
    };
    Ok(render(status, &page))
}

/// Where the services are to be served; everywhere unless somebody says otherwise.
fn counters(own: &TownSetup, ticked: Option<&Given>) -> Option<Field> {
    let of_place = |place: &Location| {
        let option = |counter: &Counter| {
            let value = format!("{}/{}", place.slug, counter.slug);
            (value, format!("{}, {}", place.name.get("de"), counter.name))
        };
        place.counters.iter().map(option).collect::<Vec<_>>()
    };
    let all: Vec<(String, String)> = own.locations.iter().flat_map(of_place).collect();
    let chosen: Vec<String> = match ticked {
        Some(given) => given.all("schalter"),
        None => all.iter().map(|(value, _)| value.clone()).collect(),
    };
    let field =
        (!all.is_empty()).then(|| Field::several("schalter", "An diesen Schaltern", all, &chosen));
    field.map(|field| field.hint("Dort werden die Anliegen angeboten, die Sie übernehmen."))
}

/// What else a town gives.
fn also(own: &TownSetup, ticked: Option<&Given>) -> Field {
    let mut options = vec![
        ("zeiten", "Öffnungszeiten, wo Ihre Standorte noch keine haben"),
        ("zeitraum", "Buchungszeitraum: Vorlauf, Tage im Voraus, Freigabe"),
        ("texte", "Begrüßung und Worte in den E-Mails, wo Sie noch keine eigenen haben"),
    ];
    if own.locations.is_empty() {
        options.insert(0, ("standorte", "Standorte mit ihren Schaltern, ohne Adresse"));
    }
    let options = options.into_iter().map(|(value, label)| (value.to_owned(), label.to_owned()));
    let chosen = ticked.map(|given| given.all("auch")).unwrap_or_default();
    Field::several("auch", "Außerdem übernehmen", options.collect(), &chosen).hint(
        "Namen, Adressen, Rechtstexte, Farben und Texte, in denen die andere Stadt vorkommt, bleiben dort.",
    )
}

fn wanted(given: &Given) -> Wanted {
    let at = |own: &String| {
        let (location, counter) = own.split_once('/')?;
        Some(At { location: location.to_owned(), counter: counter.to_owned() })
    };
    let chosen = given.all("auch");
    let has = |name: &str| chosen.iter().any(|own| own == name);
    Wanted {
        from: given.get("von").to_owned(),
        services: given.all("anliegen"),
        counters: Some(given.all("schalter").iter().filter_map(at).collect()),
        also: Also {
            locations: has("standorte"),
            hours: has("zeiten"),
            window: has("zeitraum"),
            texts: has("texte"),
        },
    }
}

/// `POST /{town}/verwaltung/einrichtung/uebernehmen`: what the town has already stays as it is.
pub(super) async fn take(desk: Desk, Posted(given): Posted<Vec<(String, String)>>) -> Answer {
    let given = Given(given);
    let version = given.get("version").parse().unwrap_or_default();
    let (status, notice) = match template::take(&desk.state, &desk.scope, version, &wanted(&given))
        .await
    {
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
                "Übernommen ist noch nichts. Ihre Auswahl steht unten: Sehen Sie nach, ob sie noch passt.",
            ),
        ),
        Err(Error::Catalog(catalog::Error::Invalid(problems))) => {
            let german: Vec<_> = problems.iter().map(|own| own.german.as_str()).collect();
            (
                StatusCode::UNPROCESSABLE_ENTITY,
                Notice::danger("Zusammen geht das nicht", german.join("; ")),
            )
        }
        Err(error) => return Err(desk.fail(error)),
    };
    page(&desk, status, Some(notice), Some(&given)).await
}
