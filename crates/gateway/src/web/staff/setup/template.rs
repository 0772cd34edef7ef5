//! What the county's template has changed since, to be taken over one by one.

use askama::Template;
use axum::http::StatusCode;
use catalog::template::merge::{Change, Subject, WHOLE};
use scheduling::Error;
use serde_json::Value;

use super::{load, outside};
use crate::{
    template::{self, Changes, Read},
    web::{
        Answer,
        given::Given,
        page::{Page, render},
        staff::{desk::Desk, form::Posted, notice::Notice},
    },
};

/// Where the page is, below the console.
const PATH: &str = "/einrichtung/vorlage";

#[derive(Template)]
#[template(path = "staff/setup/template.html")]
struct TemplatePage<'a> {
    page: &'a Page,
    room: &'static str,
    desk: &'a Desk,
    version: i64,
    /// The template's version that is compared with.
    template: i64,
    county: String,
    notice: Option<Notice>,
    /// Services with what is new about them.
    services: Vec<(String, Vec<Line>)>,
}

/// A change in words.
struct Line {
    /// Names it in the form.
    value: String,
    field: &'static str,
    before: String,
    now: String,
    /// What the town has made of it.
    own: Option<String>,
    /// Whether it is ticked.
    is_taken: bool,
}

/// `GET /{town}/verwaltung/einrichtung/vorlage`
pub(super) async fn show(desk: Desk) -> Answer {
    let notice = desk.asked("stand").map(|_| Notice::success("Gespeichert", ""));
    page(&desk, StatusCode::OK, notice, None).await
}

/// The page, with what somebody has `ticked`, or else everything that the town has not adapted.
async fn page(
    desk: &Desk,
    status: StatusCode,
    notice: Option<Notice>,
    ticked: Option<&Given>,
) -> Answer {
    let changes = template::changes(&desk.state, &desk.scope).await;
    let Changes { version, template, all } = changes.map_err(|error| desk.fail(error))?;
    let (_, setup) = load(desk).await?;
    let mut services: Vec<(String, Vec<Line>)> = Vec::new();
    let mut last = String::new();
    for change in &all {
        let slug = &change.subject.service;
        if *slug != last {
            let known = setup.service(slug).map(|own| own.name.get("de").to_owned());
            services.push((known.unwrap_or_else(|| words(&change.now)), Vec::new()));
            last.clone_from(slug);
        }
        if let Some((_, lines)) = services.last_mut() {
            lines.push(line(change, ticked));
        }
    }
    let page = TemplatePage {
        page: &desk.page,
        room: "einrichtung",
        desk,
        version,
        template,
        county: setup.town.county.name,
        notice,
        services,
    };
    Ok(render(status, &page))
}

fn line(change: &Change, ticked: Option<&Given>) -> Line {
    let Subject { service, field } = &change.subject;
    let own = (change.is_adapted() && field != WHOLE).then(|| words(&change.own));
    let value = format!("{service}/{field}");
    Line {
        is_taken: match ticked {
            Some(given) => given.all("nehmen").contains(&value),
            None => own.is_none(),
        },
        value,
        field: label(field),
        before: words(&change.before),
        now: words(&change.now),
        own,
    }
}

/// What a field of a service is called.
fn label(field: &str) -> &'static str {
    match field {
        "department" => "Amt",
        "category" => "Gruppe",
        "name" => "Name",
        "explanation" => "Erklärung",
        "mode" => "Art der Buchung",
        "duration" => "Dauer in Minuten",
        "extra" => "Minuten je weitere Person",
        "max_quantity" => "Größte Anzahl",
        "buffer" => "Nachlauf in Minuten",
        "documents" => "Unterlagen",
        "fees" => "Gebühren",
        "forms" => "Formulare",
        "leika" => "Leistungsschlüssel",
        "keywords" => "Suchwörter",
        "booking" => "Buchungszeitraum",
        _ => "Neues Anliegen",
    }
}

/// A value of a town file as people read it.
fn words(value: &Value) -> String {
    match value {
        Value::Null => "wie üblich".to_owned(),
        Value::Bool(yes) => if *yes { "ja" } else { "nein" }.to_owned(),
        Value::Number(number) => number.to_string(),
        Value::String(text) => text.clone(),
        Value::Array(all) => all.iter().map(words).collect::<Vec<_>>().join("; "),
        Value::Object(fields) => match fields.get("cents").and_then(Value::as_u64) {
            Some(cents) => {
                let label = fields.get("label").map(words).unwrap_or_default();
                format!("{},{:02} Euro {label}", cents / 100, cents % 100).trim().to_owned()
            }
            None => fields.values().map(words).collect::<Vec<_>>().join(" / "),
        },
    }
}

/// `POST /{town}/verwaltung/einrichtung/vorlage`
pub(super) async fn take(desk: Desk, Posted(given): Posted<Vec<(String, String)>>) -> Answer {
    let given = Given(given);
    let number = |name: &str| given.get(name).parse().unwrap_or_default();
    let read = Read { version: number("version"), template: number("vorlage") };
    let all = given.all("nehmen");
    let subject = |own: &String| {
        let (service, field) = own.split_once('/')?;
        Some(Subject { service: service.to_owned(), field: field.to_owned() })
    };
    let taken: Vec<Subject> = all.iter().filter_map(subject).collect();
    let settle = given.get("tun") == "abschliessen";
    let decision = outside::decision(&desk, &given)?;
    let done =
        template::take_changes(&desk.state, &desk.scope, read, &taken, settle, decision.as_ref());
    let notice = match done.await {
        Ok(changed) => {
            let back = desk.with(PATH, &[("stand", "gespeichert")]);
            return Ok(outside::after(&desk, &changed, &back));
        }
        Err(Error::Outside(outside)) => {
            return Ok(outside::ask(&desk, "Vorlage des Kreises", PATH, &outside, given));
        }
        Err(Error::Catalog(catalog::Error::Outdated)) => Notice::danger(
            "Jemand anders hat die Vorlage oder die Einrichtung inzwischen geändert",
            "Übernommen ist noch nichts. Unten steht, was jetzt gilt, mit Ihrer Auswahl: Sehen Sie nach, ob sie noch passt.",
        ),
        Err(Error::Catalog(catalog::Error::Invalid(problems))) => {
            let german: Vec<_> = problems.iter().map(|own| own.german.as_str()).collect();
            Notice::danger("Zusammen geht das nicht", german.join("; "))
        }
        Err(error) => return Err(desk.fail(error)),
    };
    page(&desk, StatusCode::CONFLICT, Some(notice), Some(&given)).await
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn values_of_a_town_file_read_as_people_write_them() {
        assert_eq!(words(&json!(15)), "15");
        assert_eq!(
            words(&json!([{ "de": "Pass", "en": "Passport" }, { "de": "Bild" }])),
            "Pass / Passport; Bild"
        );
        assert_eq!(
            words(&json!([{ "cents": 2880 }, { "cents": 505, "label": { "de": "Kinder" } }])),
            "28,80 Euro; 5,05 Euro Kinder"
        );
        assert_eq!(words(&Value::Null), "wie üblich");
    }
}
