//! One service.

use catalog::{
    founding::slug_of,
    model::{BookingMode, BookingWindow, Fee, Form, Named, Service, Text, TownSetup},
};

use super::{
    reader::{Reader, shown_in},
    section::{BLANK_ROWS, Extra, Group, Section, long_texts, texts, window},
};
use crate::web::staff::field::Field;

/// The form of a service; of a new one without.
pub(super) fn service(setup: &TownSetup, known: Option<&Service>) -> Section {
    let locales = &setup.town.locales;
    let new = blank();
    let own = known.unwrap_or(&new);
    let mut name = texts("name", "Name", &own.name, locales);
    name.extend(long_texts("explanation", "Erklärung", &own.explanation, locales));
    name.push(
        Field::area("keywords", "Suchwörter", 2, own.keywords.join("\n"))
            .hint("Wonach noch gesucht wird, eines je Zeile.")
            .optional(),
    );
    let mut place = vec![
        Field::choice("category", "Gruppe", named(&setup.categories), &own.category),
        Field::line("category.new", "Neue Gruppe", "")
            .hint("Nur ausfüllen, wenn keine der Gruppen passt.")
            .optional(),
    ];
    if setup.departments.len() > 1 {
        place.push(Field::choice("department", "Amt", named(&setup.departments), &own.department));
    }
    let counters = counters_of(setup);
    if !counters.is_empty() {
        let chosen: Vec<String> = if known.is_some() {
            serving(setup, &own.slug)
        } else {
            counters.iter().map(|(value, _)| value.clone()).collect()
        };
        place.push(Field::several("counters", "Wird erledigt an", counters, &chosen));
    }
    let mode = match own.mode {
        BookingMode::Direct => "direct",
        BookingMode::Request => "request",
        BookingMode::Information => "information",
    };
    let modes = [
        ("direct", "freien Termin sofort buchen"),
        ("request", "Wünsche nennen, das Amt antwortet"),
        ("information", "nur erklären, kein Termin"),
    ];
    let modes = modes.map(|(value, label)| (value.to_owned(), label.to_owned())).to_vec();
    let times = vec![
        Field::choice("mode", "Wie gebucht wird", modes, mode),
        Field::typed("number", "duration", "Dauer in Minuten", own.duration),
        Field::typed("number", "extra", "Minuten für jede weitere Person", own.extra),
        Field::typed("number", "max_quantity", "Höchstens Personen oder Stücke", own.max_quantity),
        Field::typed("number", "buffer", "Nachlauf in Minuten", own.buffer)
            .hint("So lange bleibt der Schalter danach belegt."),
    ];
    let leika = Field::area("leika", "Schlüssel im Leistungskatalog", 2, own.leika.join("\n"))
        .hint("14 Ziffern, einer je Zeile.")
        .optional();
    let mut groups = vec![
        Group::new("Anliegen", "", name),
        Group::new("Einordnung", "", place),
        Group::row("Termin", "", times),
    ];
    groups.push(Group::pairs(
        "Mitzubringen",
        "Ein Eintrag je Zeile. Wer einen leert, entfernt ihn.",
        documents(own, locales),
    ));
    groups.push(Group::row(
        "Gebühren",
        "In Euro; dazu, für wen oder was sie gelten.",
        fees(own, locales),
    ));
    groups.push(Group::pairs(
        "Formulare",
        "Ohne Adresse gibt es das Formular im Amt.",
        forms(own, locales),
    ));
    groups.push(Group::row(
        "Buchungszeitraum",
        "Was leer bleibt, gilt wie am Standort oder in der Stadt.",
        window(&own.booking),
    ));
    groups.push(Group::new("Verwaltung", "", vec![leika]));
    Section {
        title: if known.is_some() {
            own.name.get("de").to_owned()
        } else {
            "Neues Anliegen".to_owned()
        },
        lead: "",
        groups,
        extras: known.map(|_| Extra::Remove).into_iter().collect(),
    }
}

fn blank() -> Service {
    Service {
        id: uuid::Uuid::nil(),
        slug: String::new(),
        department: String::new(),
        category: String::new(),
        name: Text::default(),
        explanation: Text::default(),
        mode: BookingMode::Direct,
        duration: 15,
        extra: 0,
        max_quantity: 1,
        buffer: 0,
        documents: Vec::new(),
        fees: Vec::new(),
        forms: Vec::new(),
        leika: Vec::new(),
        keywords: Vec::new(),
        booking: BookingWindow::default(),
        template: None,
    }
}

fn named(list: &[Named]) -> Vec<(String, String)> {
    list.iter().map(|own| (own.slug.clone(), own.name.get("de").to_owned())).collect()
}

/// All counters of the town, as `location/counter`.
fn counters_of(setup: &TownSetup) -> Vec<(String, String)> {
    let of_location = setup.locations.iter().flat_map(|location| {
        location.counters.iter().map(move |counter| {
            let value = format!("{}/{}", location.slug, counter.slug);
            (value, format!("{}: {}", location.name.get("de"), counter.name))
        })
    });
    of_location.collect()
}

fn serving(setup: &TownSetup, service: &str) -> Vec<String> {
    let of_location = setup.locations.iter().flat_map(|location| {
        let serving = location.counters.iter();
        let serving = serving.filter(|counter| counter.services.iter().any(|own| own == service));
        serving.map(move |counter| format!("{}/{}", location.slug, counter.slug))
    });
    of_location.collect()
}

fn rows<T>(all: &[T]) -> impl Iterator<Item = (usize, Option<&T>)> {
    all.iter().map(Some).chain(std::iter::repeat_n(None, BLANK_ROWS)).enumerate()
}

fn documents(own: &Service, locales: &[String]) -> Vec<Field> {
    let row = |(index, text): (usize, Option<&Text>)| {
        let text = text.cloned().unwrap_or_default();
        let fields = texts(&format!("documents[{}].name", index + 1), "Unterlage", &text, locales);
        fields.into_iter().map(Field::optional)
    };
    rows(&own.documents).flat_map(row).collect()
}

fn fees(own: &Service, locales: &[String]) -> Vec<Field> {
    let row = |(index, fee): (usize, Option<&Fee>)| {
        let start = format!("fees[{}].", index + 1);
        let amount = fee.map(|fee| format!("{},{:02}", fee.cents / 100, fee.cents % 100));
        let label = fee.map(|fee| fee.label.clone()).unwrap_or_default();
        let mut fields =
            vec![Field::line(format!("{start}amount"), "Euro", amount.unwrap_or_default())];
        fields.extend(texts(&format!("{start}label"), "Für wen oder was", &label, locales));
        fields.into_iter().map(Field::optional)
    };
    rows(&own.fees).flat_map(row).collect()
}

fn forms(own: &Service, locales: &[String]) -> Vec<Field> {
    let row = |(index, form): (usize, Option<&Form>)| {
        let start = format!("forms[{}].", index + 1);
        let url = form.and_then(|form| form.url.clone()).unwrap_or_default();
        let label = form.map(|form| form.label.clone()).unwrap_or_default();
        let mut fields = texts(&format!("{start}label"), "Formular", &label, locales);
        fields.push(Field::typed("url", format!("{start}url"), "Adresse", url));
        fields.into_iter().map(Field::optional)
    };
    rows(&own.forms).flat_map(row).collect()
}

/// Takes the form back into the service called `slug`, or into a new one; returns its slug.
pub(super) fn read_service(
    reader: &mut Reader<'_>,
    setup: &mut TownSetup,
    slug: Option<&str>,
) -> String {
    let known = slug.and_then(|slug| setup.service(slug)).cloned();
    let old = known.clone().unwrap_or_else(blank);
    let name = reader.text("name", &old.name);
    let slug = match &known {
        Some(service) => service.slug.clone(),
        None => slug_of(name.get("de"), |slug| setup.service(slug).is_some()),
    };
    let department = department(reader, setup, &old);
    let category = category(reader, setup);
    let mode = match reader.given.get("mode") {
        "request" => BookingMode::Request,
        "information" => BookingMode::Information,
        _ => BookingMode::Direct,
    };
    let service = Service {
        id: old.id,
        slug: slug.clone(),
        department,
        category,
        name,
        explanation: reader.text("explanation", &old.explanation),
        mode,
        duration: reader.number("duration", old.duration),
        extra: reader.number("extra", old.extra),
        max_quantity: reader.number("max_quantity", old.max_quantity),
        buffer: reader.number("buffer", old.buffer),
        documents: read_documents(reader, &old.documents),
        fees: read_fees(reader, &old.fees),
        forms: read_forms(reader, &old.forms),
        leika: reader.list("leika"),
        keywords: reader.list("keywords"),
        booking: reader.window(),
        template: old.template,
    };
    match setup.services.iter_mut().find(|own| own.slug == slug) {
        Some(known) => *known = service,
        None => setup.services.push(service),
    }
    let counters = reader.given.all("counters");
    serve_at(setup, &slug, &counters);
    slug
}

/// The chosen department; where there is one, that one; where there is none, the usual one.
fn department(reader: &Reader<'_>, setup: &mut TownSetup, old: &Service) -> String {
    let chosen = reader.line("department");
    if !chosen.is_empty() {
        return chosen;
    }
    if setup.departments.is_empty() {
        let name = Text::german("Bürgerbüro");
        setup.departments.push(Named { slug: "buergerbuero".to_owned(), name });
    }
    let known = setup.departments.iter().any(|own| own.slug == old.department);
    if known { old.department.clone() } else { setup.departments[0].slug.clone() }
}

/// The chosen category, or the new one.
fn category(reader: &Reader<'_>, setup: &mut TownSetup) -> String {
    let new = reader.line("category.new");
    if new.is_empty() {
        return reader.line("category");
    }
    let slug = slug_of(&new, |slug| setup.categories.iter().any(|own| own.slug == slug));
    setup.categories.push(Named { slug: slug.clone(), name: Text::german(new) });
    slug
}

fn read_documents(reader: &mut Reader<'_>, old: &[Text]) -> Vec<Text> {
    let rows = reader.rows("documents", &["name.de"]);
    let read = |start: &String| {
        let old = shown_in(old, start).cloned().unwrap_or_default();
        reader.text(&format!("{start}name"), &old)
    };
    rows.iter().map(read).collect()
}

fn read_fees(reader: &mut Reader<'_>, old: &[Fee]) -> Vec<Fee> {
    let rows = reader.rows("fees", &["amount", "label.de"]);
    let read = |start: &String| {
        let name = format!("{start}amount");
        let cents = cents(reader.given.get(&name)).unwrap_or_else(|| {
            reader.wrong.push((name, "erwartet wird ein Betrag wie 37,50".to_owned()));
            0
        });
        let old = shown_in(old, start).map(|own| own.label.clone()).unwrap_or_default();
        Fee { cents, label: reader.text(&format!("{start}label"), &old) }
    };
    rows.iter().map(read).collect()
}

/// `37,50`, `37.5` or `37` in cents.
fn cents(amount: &str) -> Option<u32> {
    let amount = amount.trim_end_matches('€').trim();
    let (euros, rest) = amount.split_once([',', '.']).unwrap_or((amount, ""));
    let cents = match rest.len() {
        0 => 0,
        1 => rest.parse::<u32>().ok()? * 10,
        2 => rest.parse().ok()?,
        _ => return None,
    };
    euros.parse::<u32>().ok()?.checked_mul(100)?.checked_add(cents)
}

fn read_forms(reader: &mut Reader<'_>, old: &[Form]) -> Vec<Form> {
    let rows = reader.rows("forms", &["label.de", "url"]);
    let read = |start: &String| {
        let old = shown_in(old, start).map(|own| own.label.clone()).unwrap_or_default();
        let label = reader.text(&format!("{start}label"), &old);
        Form { label, url: reader.optional_line(&format!("{start}url")) }
    };
    rows.iter().map(read).collect()
}

/// Lets the service be served at these counters and nowhere else.
fn serve_at(setup: &mut TownSetup, service: &str, counters: &[String]) {
    for location in &mut setup.locations {
        for counter in &mut location.counters {
            let here = format!("{}/{}", location.slug, counter.slug);
            let serves = counter.services.iter().any(|own| own == service);
            match (counters.contains(&here), serves) {
                (true, false) => counter.services.push(service.to_owned()),
                (false, true) => counter.services.retain(|own| own != service),
                _ => {}
            }
        }
    }
}

/// Takes a service out.
pub(super) fn remove_service(setup: &mut TownSetup, slug: &str) {
    serve_at(setup, slug, &[]);
    setup.services.retain(|own| own.slug != slug);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_are_read_as_people_write_them() {
        for (typed, expected) in
            [("37,50", 3750), ("37.5", 3750), ("37", 3700), ("0", 0), ("12,05 €", 1205)]
        {
            assert_eq!(cents(typed), Some(expected), "{typed}");
        }
        for nonsense in ["", "frei", "1,234", "-5", "99999999999"] {
            assert_eq!(cents(nonsense), None, "{nonsense}");
        }
    }
}
