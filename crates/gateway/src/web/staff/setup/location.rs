//! One location with its counters.

use catalog::{
    founding::slug_of,
    model::{BookingWindow, Counter, Location, Text, TownSetup},
};

use super::{
    reader::Reader,
    section::{BLANK_ROWS, Extra, Group, Section, long_texts, texts, window},
};
use crate::web::staff::field::Field;

/// The form of a location; of a new one without.
pub(super) fn location(setup: &TownSetup, known: Option<&Location>) -> Section {
    let locales = &setup.town.locales;
    let new = blank(setup);
    let own = known.unwrap_or(&new);
    let mut address = texts("name", "Name", &own.name, locales);
    address.push(Field::line("street", "Straße und Hausnummer", &own.street));
    address.push(Field::line("postal_code", "Postleitzahl", &own.postal_code));
    address.push(Field::line("city", "Ort", &own.city));
    let mut way = long_texts("entrance", "So kommt man hinein", &own.entrance, locales);
    way.extend(long_texts("visit_rules", "Was man beachten muss", &own.visit_rules, locales));
    let mut groups = vec![Group::new("Adresse", "", address), Group::new("Besuch", "", way)];
    groups.extend(counters(setup, own));
    let mut times = vec![
        Field::typed("number", "start_step", "Minuten zwischen zwei Anfängen", own.start_step)
            .hint("Gezählt ab dem Beginn jedes Fensters."),
    ];
    times.extend(window(&own.booking));
    groups.push(Group::row("Buchungszeitraum", "Was leer bleibt, gilt wie in der Stadt.", times));
    let title = known.map_or("Neuer Standort", |own| own.name.get("de"));
    let extras = known.map(|_| Extra::Remove).into_iter().collect();
    Section { title: title.to_owned(), lead: "", groups, extras }
}

/// A location like most: a first counter where everything is served.
fn blank(setup: &TownSetup) -> Location {
    Location {
        id: uuid::Uuid::nil(),
        slug: String::new(),
        name: Text::default(),
        street: String::new(),
        postal_code: String::new(),
        city: String::new(),
        entrance: Text::default(),
        visit_rules: Text::default(),
        start_step: 5,
        booking: BookingWindow::default(),
        counters: vec![Counter {
            id: uuid::Uuid::nil(),
            slug: "platz-1".to_owned(),
            name: "Platz 1".to_owned(),
            services: setup.services.iter().map(|service| service.slug.clone()).collect(),
        }],
        openings: Vec::new(),
        specials: Vec::new(),
        closures: Vec::new(),
    }
}

fn counters(setup: &TownSetup, location: &Location) -> Vec<Group> {
    let services: Vec<_> = setup
        .services
        .iter()
        .map(|service| (service.slug.clone(), service.name.get("de").to_owned()))
        .collect();
    let all = location.counters.iter().map(Some).chain(std::iter::repeat_n(None, BLANK_ROWS));
    let row = |(index, counter): (usize, Option<&Counter>)| {
        let start = format!("counter[{}].", index + 1);
        let (name, served) = match counter {
            Some(counter) => (counter.name.clone(), counter.services.clone()),
            None => (String::new(), services.iter().map(|(slug, _)| slug.clone()).collect()),
        };
        let mut fields = vec![Field::line(format!("{start}name"), "Name", &name)];
        if !services.is_empty() {
            let label = "Anliegen an diesem Schalter";
            fields.push(Field::several(
                format!("{start}services"),
                label,
                services.clone(),
                &served,
            ));
        }
        match counter {
            Some(counter) => {
                fields.push(Field::flag(format!("{start}remove"), "Entfernen", false));
                fields.push(Field::key(format!("{start}key"), &counter.slug));
            }
            None => fields[0].optional = true,
        }
        let title = if counter.is_some() {
            format!("Schalter: {name}")
        } else {
            "Neuer Schalter".to_owned()
        };
        Group::new(title, "", fields)
    };
    all.enumerate().map(row).collect()
}

/// Takes the form back into the location called `slug`, or into a new one; returns its slug.
pub(super) fn read_location(
    reader: &mut Reader<'_>,
    setup: &mut TownSetup,
    slug: Option<&str>,
) -> String {
    let known = slug.and_then(|slug| setup.location(slug)).cloned();
    let old = known.clone().unwrap_or_else(|| blank(setup));
    let name = reader.text("name", &old.name);
    let slug = match &known {
        Some(location) => location.slug.clone(),
        None => slug_of(name.get("de"), |slug| setup.location(slug).is_some()),
    };
    let counters = read_counters(reader, &old);
    let gone = |slug: &String| !counters.iter().any(|own| own.slug == *slug);
    let mut location = Location {
        slug: slug.clone(),
        name,
        street: reader.line("street"),
        postal_code: reader.line("postal_code"),
        city: reader.line("city"),
        entrance: reader.text("entrance", &old.entrance),
        visit_rules: reader.text("visit_rules", &old.visit_rules),
        start_step: reader.number("start_step", old.start_step),
        booking: reader.window(),
        ..old
    };
    // What names a counter that has gone names it no longer.
    location.openings.retain_mut(|own| names_another(&mut own.counters, gone));
    location.specials.retain_mut(|own| names_another(&mut own.counters, gone));
    location.closures.retain_mut(|own| names_another(&mut own.counters, gone));
    location.counters = counters;
    match setup.locations.iter_mut().find(|own| own.slug == slug) {
        Some(known) => *known = location,
        None => setup.locations.push(location),
    }
    slug
}

/// Takes the counters that go out of a list; tells whether it still means something: one that named
/// only those is not to mean all.
fn names_another(counters: &mut Vec<String>, gone: impl Fn(&String) -> bool) -> bool {
    let named = !counters.is_empty();
    counters.retain(|own| !gone(own));
    !named || !counters.is_empty()
}

fn read_counters(reader: &mut Reader<'_>, old: &Location) -> Vec<Counter> {
    let mut counters: Vec<Counter> = Vec::new();
    for start in reader.rows("counter", &["name"]) {
        let name = reader.line(&format!("{start}name"));
        let key = reader.line(&format!("{start}key"));
        let known = old.counters.iter().find(|own| own.slug == key);
        let slug = known.map_or_else(
            || {
                slug_of(&name, |slug| {
                    old.counters.iter().chain(&counters).any(|own| own.slug == slug)
                })
            },
            |known| known.slug.clone(),
        );
        let id = known.map(|known| known.id).unwrap_or_default();
        let services = reader.given.all(&format!("{start}services"));
        counters.push(Counter { id, slug, name, services });
    }
    counters
}
