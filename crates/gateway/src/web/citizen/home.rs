//! A town's first page: what do you come for?

use askama::Template;
use axum::{http::StatusCode, response::Response};
use catalog::model::{BookingMode, Service};

use super::{
    entrance,
    prepare::{self, Line},
    search, selected,
    selection::Selection,
};
use crate::web::{
    Answer,
    links::Pair,
    page::{Page, render},
    town::Town,
};

#[derive(Template)]
#[template(path = "citizen/home.html")]
struct Home<'a> {
    page: &'a Page,
    welcome: &'a str,
    query: &'a str,
    groups: Vec<Group<'a>>,
    /// What is already chosen, when another service is to be added.
    chosen: Vec<Line<'a>>,
    /// Where to go on without adding one.
    onward: String,
    /// What the search form carries along.
    carried: Vec<Pair>,
}

struct Group<'a> {
    name: &'a str,
    items: Vec<Item<'a>>,
}

struct Item<'a> {
    service: &'a Service,
    href: String,
    more: String,
    /// How long it takes, or how it is booked.
    note: String,
}

impl Home<'_> {
    fn count(&self) -> usize {
        self.groups.iter().map(|group| group.items.len()).sum()
    }
}

/// `GET /{town}`
pub(in crate::web) async fn show(town: Town) -> Answer {
    let selection = selected(&town)?;
    Ok(page(&town, &selection))
}

fn page(town: &Town, selection: &Selection) -> Response {
    let setup = &*town.setup;
    let query = town.query.iter().find(|(name, _)| name == "q").map_or("", |(_, query)| query);
    let mut carried = selection.basket_pairs();
    carried.extend(town.page.links.lang.map(|lang| ("lang", lang.to_owned())));
    let home = Home {
        page: &town.page,
        welcome: town.page.own(&setup.town.welcome),
        query: query.trim(),
        groups: groups(town, selection, query),
        chosen: prepare::lines(setup, &selection.basket),
        onward: town.page.links.with("/termin", selection.pairs()),
        carried,
    };
    render(StatusCode::OK, &home)
}

fn groups<'a>(town: &'a Town, selection: &Selection, query: &str) -> Vec<Group<'a>> {
    let offered: Vec<&Service> = town
        .setup
        .services
        .iter()
        .filter(|service| search::matches(service, query) && fits(town, selection, service))
        .collect();
    let groups = town.setup.categories.iter().map(|category| Group {
        name: town.page.own(&category.name),
        items: offered
            .iter()
            .filter(|service| service.category == category.slug)
            .map(|service| Item {
                service,
                href: entrance(town, service, selection),
                more: town
                    .page
                    .links
                    .with(&format!("/anliegen/{}", service.slug), selection.basket_pairs()),
                note: note(&town.page, service),
            })
            .collect(),
    });
    groups.filter(|group| !group.items.is_empty()).collect()
}

fn note(page: &Page, service: &Service) -> String {
    match service.mode {
        BookingMode::Direct => page.with("home-minutes", "count", service.duration),
        BookingMode::Request => page.text("home-request"),
        BookingMode::Information => page.text("home-information"),
    }
}

/// Whether `service` can be added: some counter serves it together with all that is chosen.
fn fits(town: &Town, selection: &Selection, service: &Service) -> bool {
    if selection.basket.is_empty() {
        return true;
    }
    let mut slugs: Vec<&str> = selection.basket.iter().map(|line| line.service.as_str()).collect();
    let new = !slugs.contains(&service.slug.as_str());
    slugs.push(&service.slug);
    new && service.mode == BookingMode::Direct && !prepare::places(&town.setup, &slugs).is_empty()
}
