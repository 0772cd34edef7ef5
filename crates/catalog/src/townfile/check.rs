//! The rules of a set-up that its types do not tell.

mod notices;
mod providers;

use std::{collections::HashSet, str::FromStr};

use chrono::NaiveDate;
use email_address::EmailAddress;

use super::{Problems, mails};
use crate::{
    color::{self, hex, shade_for_white},
    model::{
        BookingWindow, Closure, Land, Location, Named, OpeningRule, Service, Slug, SpecialOpening,
        Town, TownSetup, TownStatus,
    },
    reach::is_anything_offered,
    svg,
    window::MAX_DAYS_AHEAD,
};

/// Languages that pages and mails have texts for.
pub const LOCALES: [&str; 2] = ["de", "en"];

/// First parts of addresses that are no town's.
const RESERVED: [&str; 25] = [
    "abmelden",
    "anfrage",
    "angaben",
    "anliegen",
    "anmelden",
    "assets",
    "barrierefreiheit",
    "betrieb",
    "datenschutz",
    "einladung",
    "graphql",
    "healthz",
    "impressum",
    "kennwort",
    "konto",
    "kreise",
    "livez",
    "mailbox",
    "meine-termine",
    "metrics",
    "readyz",
    "suche",
    "termin",
    "verwaltung",
    "warteliste",
];

/// Longest appointment, in minutes.
const MAX_MINUTES: u32 = 24 * 60;

/// Adds every broken rule of `setup`.
pub(super) fn check(setup: &TownSetup, problems: &mut Problems) {
    town(&setup.town, problems);
    offers(&setup.departments, &setup.categories, &setup.services, problems);
    let services: Vec<Slug> = setup.services.iter().map(|service| service.slug.clone()).collect();
    let locations: Vec<Slug> = setup.locations.iter().map(|place| place.slug.clone()).collect();
    slugs("location", &locations, problems);
    for own in &setup.locations {
        location(own, &services, problems);
    }
    for (index, own) in setup.closures.iter().enumerate() {
        let name = format!("closure[{}]", index + 1);
        problems.expect(
            own.counters.is_empty(),
            || format!("{name}.counters"),
            ("a closure of the whole town names no counters; put it under its location", "eine Schließung der ganzen Stadt nennt keine Schalter; sie gehört unter ihren Standort"),
        );
        closure(&name, own, &[], problems);
    }
    mails::check(&setup.mails, problems);
    if setup.town.status == TownStatus::Live {
        unsaid(setup, problems);
    }
}

/// Adds every broken rule of what is offered, wherever that may be.
pub(super) fn offers(
    departments: &[Named],
    categories: &[Named],
    services: &[Service],
    problems: &mut Problems,
) {
    let named = |list: &[Named]| list.iter().map(|named| named.slug.clone()).collect();
    let departments: Vec<Slug> = named(departments);
    let categories: Vec<Slug> = named(categories);
    let all: Vec<Slug> = services.iter().map(|service| service.slug.clone()).collect();
    slugs("department", &departments, problems);
    slugs("category", &categories, problems);
    slugs("service", &all, problems);
    for own in services {
        service(own, &departments, &categories, problems);
    }
}

fn town(town: &Town, problems: &mut Problems) {
    slugs("town", std::slice::from_ref(&town.slug), problems);
    let at = |key: &'static str| move || format!("town.{key}");
    problems.expect(
        !RESERVED.contains(&town.slug.as_str()),
        at("slug"),
        ("is an address of the platform's own", "ist eine Adresse der Plattform selbst"),
    );
    problems.expect(
        !town.name.trim().is_empty(),
        at("name"),
        ("expected the town's name", "erwartet wird der Name der Stadt"),
    );
    problems.expect(
        !town.county.name.trim().is_empty(),
        at("county.name"),
        ("expected the county's name", "erwartet wird der Name des Kreises"),
    );
    problems.expect(
        digits(&town.ags, 8),
        at("ags"),
        ("expected eight digits such as \"05566040\"", "erwartet werden acht Ziffern wie 05566040"),
    );
    // What is no key at all has been told already.
    problems.expect(
        !digits(&town.ags, 8) || Land::of_ags(&town.ags) == Some(town.land),
        at("ags"),
        (
            &format!("expected the key of a town in this Land, which begins with {}, or the Land that it is in", town.land.key()),
            &format!("erwartet wird der Schlüssel einer Stadt in diesem Land; er beginnt dort mit {}. Alle Länder haben die Ziffern 01 bis 16", town.land.key()),
        ),
    );
    problems.expect(
        digits(&town.ars, 12),
        at("ars"),
        (
            "expected twelve digits such as \"055660040040\"",
            "erwartet werden zwölf Ziffern wie 055660040040",
        ),
    );
    problems.expect(
        digits(&town.county.key, 5) && town.ags.starts_with(&town.county.key),
        at("county.key"),
        (
            "expected the first five digits of the AGS",
            "erwartet werden die ersten fünf Ziffern des Gemeindeschlüssels",
        ),
    );
    let known = town.locales.iter().all(|locale| LOCALES.contains(&locale.as_str()));
    problems.expect(
        known && town.locales.first().is_some_and(|first| first == "de"),
        at("locales"),
        (
            "expected \"de\" first and then others of \"de\", \"en\"",
            "erwartet wird zuerst Deutsch (de), dann weitere Sprachen, die es gibt (en)",
        ),
    );
    let chosen = color::parse(&town.branding.color);
    let fitting = chosen.map_or("#004f9f".to_owned(), |own| hex(shade_for_white(own)));
    problems.expect(
        chosen.is_some_and(color::carries_white),
        at("branding.color"),
        (
            &format!("expected a colour on which white text has a contrast of at least 4.5:1, such as {fitting:?}"),
            &format!("erwartet wird eine Farbe, auf der weiße Schrift einen Kontrast von mindestens 4,5:1 hat, etwa {fitting}"),
        ),
    );
    if let Some(Err(unfit)) = town.branding.logo_svg.as_deref().map(svg::redrawn) {
        let words = (&*unfit.to_string(), unfit.german());
        problems.expect(false, at("branding.logo_svg"), words);
    }
    problems.expect(
        town.branding.logo.is_none() || town.branding.logo_svg.is_none(),
        at("branding.logo_svg"),
        (
            "expected a picture or SVG markup, not both",
            "erwartet wird ein Bild oder der Inhalt einer SVG-Datei, nicht beides",
        ),
    );
    problems.expect(
        EmailAddress::from_str(&town.email).is_ok(),
        at("email"),
        (
            "expected an e-mail address such as \"buergerbuero@example.org\"",
            "erwartet wird eine E-Mail-Adresse wie buergerbuero@stadt.de",
        ),
    );
    for host in &town.hosts {
        problems.expect(
            is_host(host),
            at("hosts"),
            (
                "expected lower-case host names such as \"termine.example.org\"",
                "erwartet werden Rechnernamen in Kleinbuchstaben wie termine.stadt.de",
            ),
        );
    }
    for site in &town.embed {
        problems.expect(
            site.strip_prefix("https://").is_some_and(is_host),
            at("embed"),
            (
                "expected addresses without a path such as \"https://www.example.org\"",
                "erwartet werden Adressen ohne Pfad wie https://www.stadt.de",
            ),
        );
    }
    problems.expect(
        (1..=60).contains(&town.hold_minutes),
        at("hold_minutes"),
        ("expected 1 to 60 minutes", "erwartet werden 1 bis 60 Minuten"),
    );
    problems.expect(
        town.retention_days <= 30,
        at("retention_days"),
        ("expected 0 to 30 days", "erwartet werden 0 bis 30 Tage"),
    );
    booking("town", &town.booking, problems);
    notices::notices(town, problems);
    providers::providers(town, problems);
}

/// Adds what a town says of itself before citizens may see it, and is missing.
pub(super) fn unsaid(setup: &TownSetup, problems: &mut Problems) {
    let legal = &setup.town.legal;
    for (key, text) in [
        ("imprint", &legal.imprint),
        ("privacy", &legal.privacy),
        ("accessibility", &legal.accessibility),
    ] {
        problems.expect(
            !text.trim().is_empty(),
            || format!("town.legal.{key}"),
            ("a live town has this text", "ohne diesen Text geht keine Stadt online"),
        );
    }
    for own in &setup.locations {
        let name = own.name.get("de");
        problems.expect(
            !own.postal_code.is_empty(),
            || format!("location {:?}.postal_code", own.slug),
            (
                "a live town says where its locations are",
                &format!("es fehlt die Adresse des Standorts {name}"),
            ),
        );
    }
}

/// Adds a problem where nothing can be booked from a day on.
pub(super) fn unoffered(setup: &TownSetup, today: NaiveDate, problems: &mut Problems) {
    problems.expect(
        is_anything_offered(setup, today),
        || "service".to_owned(),
        (
            "a live town has at least one service that can be booked at a counter with hours",
            "es fehlt ein Anliegen, das an einem Schalter mit Öffnungszeiten gebucht werden kann",
        ),
    );
}

fn service(service: &Service, departments: &[Slug], categories: &[Slug], problems: &mut Problems) {
    let name = format!("service {:?}", service.slug);
    let at = |key: &'static str| {
        let name = name.clone();
        move || format!("{name}.{key}")
    };
    problems.expect(
        !service.name.get("de").is_empty(),
        at("name"),
        ("expected a German name", "erwartet wird ein deutscher Name"),
    );
    problems.expect(
        departments.contains(&service.department),
        at("department"),
        ("expected the slug of a [[department]]", "erwartet wird ein Amt, das es gibt"),
    );
    problems.expect(
        categories.contains(&service.category),
        at("category"),
        ("expected the slug of a [[category]]", "erwartet wird eine Gruppe, die es gibt"),
    );
    problems.expect(
        (1..=480).contains(&service.duration),
        at("duration"),
        ("expected 1 to 480 minutes", "erwartet werden 1 bis 480 Minuten"),
    );
    problems.expect(
        (1..=50).contains(&service.max_quantity),
        at("max_quantity"),
        ("expected 1 to 50", "erwartet wird eine Zahl von 1 bis 50"),
    );
    let longest = u32::from(service.duration)
        + u32::from(service.extra) * u32::from(service.max_quantity.saturating_sub(1))
        + u32::from(service.buffer);
    problems.expect(
        longest <= MAX_MINUTES,
        at("extra"),
        ("duration, extra minutes for the greatest quantity and buffer exceed one day", "Dauer, Zuschlag bei der größten Anzahl und Nachlauf ergeben zusammen mehr als einen Tag"),
    );
    for key in &service.leika {
        problems.expect(
            digits(key, 14),
            at("leika"),
            (
                "expected 14 digits such as \"99008001012000\"",
                "erwartet werden 14 Ziffern wie 99008001012000",
            ),
        );
    }
    for form in &service.forms {
        problems.expect(
            form.url.as_ref().is_none_or(|url| url.starts_with("https://")),
            at("forms"),
            (
                "expected a url that starts with https://",
                "erwartet wird eine Adresse, die mit https:// beginnt",
            ),
        );
    }
    booking(&name, &service.booking, problems);
}

fn location(location: &Location, services: &[Slug], problems: &mut Problems) {
    let name = format!("location {:?}", location.slug);
    problems.expect(
        location.postal_code.is_empty() || digits(&location.postal_code, 5),
        || format!("{name}.postal_code"),
        ("expected five digits", "erwartet werden fünf Ziffern"),
    );
    problems.expect(
        (1..=120).contains(&location.start_step),
        || format!("{name}.start_step"),
        ("expected 1 to 120 minutes", "erwartet werden 1 bis 120 Minuten"),
    );
    let counters: Vec<Slug> = location.counters.iter().map(|own| own.slug.clone()).collect();
    slugs(&format!("{name}.counter"), &counters, problems);
    for counter in &location.counters {
        for service in &counter.services {
            problems.expect(
                services.contains(service),
                || format!("{name}.counter {:?}.services", counter.slug),
                (
                    &format!("there is no service {service:?}"),
                    &format!("das Anliegen {service} gibt es nicht"),
                ),
            );
        }
    }
    for (index, rule) in location.openings.iter().enumerate() {
        opening(&format!("{name}.opening[{}]", index + 1), rule, &counters, problems);
    }
    for (index, special) in location.specials.iter().enumerate() {
        let SpecialOpening { from, to, counters: named, .. } = special;
        let name = format!("{name}.special[{}]", index + 1);
        problems.expect(from < to, || format!("{name}.to"), AFTER_FROM);
        known_counters(&name, named, &counters, problems);
    }
    for (index, own) in location.closures.iter().enumerate() {
        closure(&format!("{name}.closure[{}]", index + 1), own, &counters, problems);
    }
    booking(&name, &location.booking, problems);
}

const AFTER_FROM: (&str, &str) = (
    "expected a time after from; a window never crosses midnight: write two, up to \"24:00\" and from \"00:00\"",
    "erwartet wird eine Uhrzeit nach dem Beginn; ein Fenster geht nie über Mitternacht: tragen Sie zwei ein, bis 24:00 und ab 00:00",
);

fn opening(name: &str, rule: &OpeningRule, counters: &[Slug], problems: &mut Problems) {
    let at = |key: &'static str| move || format!("{name}.{key}");
    problems.expect(rule.from < rule.to, at("to"), AFTER_FROM);
    problems.expect(
        !rule.weekdays.is_empty(),
        at("weekdays"),
        ("expected days such as [\"mon\"]", "erwartet wird mindestens ein Wochentag"),
    );
    problems.expect(
        (1..=52).contains(&rule.every_weeks),
        at("every_weeks"),
        ("expected 1 to 52", "erwartet wird eine Zahl von 1 bis 52"),
    );
    problems.expect(
        rule.every_weeks == 1 || rule.valid_from.is_some(),
        at("valid_from"),
        (
            "every n-th week needs the date from which weeks are counted",
            "für jede n-te Woche muss feststehen, ab welchem Tag die Wochen gezählt werden",
        ),
    );
    problems.expect(
        rule.weeks_of_month.iter().all(|week| *week == -1 || (1..=5).contains(week)),
        at("weeks_of_month"),
        (
            "expected 1 to 5, or -1 for the last",
            "erwartet wird 1 bis 5, oder -1 für die letzte Woche",
        ),
    );
    problems.expect(
        rule.valid_until.is_none_or(|until| rule.valid_from.is_none_or(|from| from <= until)),
        at("valid_until"),
        (
            "expected a date not before valid_from",
            "erwartet wird ein Tag nicht vor dem ersten Tag der Gültigkeit",
        ),
    );
    known_counters(name, &rule.counters, counters, problems);
}

/// Adds every broken rule of a closure; `counters` are those that it may name, any where there are none.
pub(super) fn closure(name: &str, closure: &Closure, counters: &[Slug], problems: &mut Problems) {
    problems.expect(
        closure.from <= closure.to,
        || format!("{name}.to"),
        ("expected a date not before from", "erwartet wird ein Tag nicht vor dem ersten"),
    );
    let (from, to) = (closure.from_time, closure.to_time);
    problems.expect(
        to.is_none_or(|to| from.is_none_or(|from| from < to)),
        || format!("{name}.to_time"),
        ("expected a time after from_time", "erwartet wird eine Uhrzeit nach dem Beginn"),
    );
    if !counters.is_empty() {
        known_counters(name, &closure.counters, counters, problems);
    }
}

fn known_counters(name: &str, named: &[Slug], counters: &[Slug], problems: &mut Problems) {
    for counter in named {
        problems.expect(
            counters.contains(counter),
            || format!("{name}.counters"),
            (
                &format!("there is no counter {counter:?} at this location"),
                &format!("den Schalter {counter} gibt es an diesem Standort nicht"),
            ),
        );
    }
}

fn booking(name: &str, window: &BookingWindow, problems: &mut Problems) {
    problems.expect(
        window.max_days_ahead.is_none_or(|days| days <= MAX_DAYS_AHEAD),
        || format!("{name}.booking.max_days_ahead"),
        ("expected 0 to 730 days", "erwartet werden 0 bis 730 Tage"),
    );
    let ordered = window
        .bookable_until
        .is_none_or(|until| window.bookable_from.is_none_or(|from| from <= until));
    problems.expect(
        ordered,
        || format!("{name}.booking.bookable_until"),
        (
            "expected a date not before bookable_from",
            "erwartet wird ein Tag nicht vor dem ersten buchbaren",
        ),
    );
}

fn slugs(list: &str, slugs: &[Slug], problems: &mut Problems) {
    let mut seen = HashSet::new();
    for slug in slugs {
        let well_formed = (1..=60).contains(&slug.len())
            && slug
                .bytes()
                .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-');
        let key = || format!("{list} {slug:?}.slug");
        problems.expect(
            well_formed,
            key,
            (
                "expected 1 to 60 of a-z, 0-9 and -",
                "erwartet werden 1 bis 60 Zeichen aus a-z, 0-9 und -",
            ),
        );
        problems.expect(seen.insert(slug), key, ("is there twice", "gibt es zweimal"));
    }
}

fn digits(text: &str, count: usize) -> bool {
    text.len() == count && text.bytes().all(|byte| byte.is_ascii_digit())
}

fn is_host(host: &str) -> bool {
    host.contains('.')
        && host.split('.').all(|label| {
            !label.is_empty()
                && label.len() <= 63
                && !label.starts_with('-')
                && !label.ends_with('-')
                && label.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
        })
}
