//! The town's set-up: an overview, a form for each part, the file with everything, going live.

mod calendar;
mod embed;
mod file;
mod history;
mod keys;
mod location;
mod logo;
mod mails;
mod notices;
mod overview;
mod part;
mod providers;
mod section;
mod service;
mod take;
mod template;
mod town;

use askama::Template;
use axum::{
    extract::Path,
    http::StatusCode,
    response::{IntoResponse as _, Redirect},
};
use catalog::{model::TownSetup, townfile};
use notification::preview::Preview;
use scheduling::{Affected, Appointment, Error};
use serde::Deserialize;

use self::{
    part::Part,
    section::{Reader, Section},
};
use super::{ADMIN, desk::Desk, form::PostedWithFile, guard::Pages, notice::Notice};
use crate::{
    town as towns,
    web::{
        Answer,
        error::{Failure, Problem},
        given::Given,
        page::{Page, render},
    },
};

/// The pages below `/verwaltung/einrichtung`.
pub(super) fn pages() -> Pages {
    Pages::default()
        .get(ADMIN, "/verwaltung/einrichtung", overview::show)
        .post(ADMIN, "/verwaltung/einrichtung/online", overview::go_live)
        .get(ADMIN, "/verwaltung/einrichtung/datei", file::form)
        .post(ADMIN, "/verwaltung/einrichtung/datei", file::save)
        .get(ADMIN, "/verwaltung/einrichtung/stadt.toml", file::download)
        .get(ADMIN, "/verwaltung/einrichtung/uebernehmen", take::form)
        .post(ADMIN, "/verwaltung/einrichtung/uebernehmen", take::take)
        .get(ADMIN, "/verwaltung/einrichtung/vorlage", template::show)
        .post(ADMIN, "/verwaltung/einrichtung/vorlage", template::take)
        .get(ADMIN, "/verwaltung/einrichtung/einbinden", embed::show)
        .get(ADMIN, "/verwaltung/einrichtung/schluessel", keys::show)
        .post(ADMIN, "/verwaltung/einrichtung/schluessel", keys::save)
        .get(ADMIN, "/verwaltung/einrichtung/verlauf", history::list)
        .get(ADMIN, "/verwaltung/einrichtung/verlauf/{version}", history::show)
        .get(ADMIN, "/verwaltung/einrichtung/mails", mails::list)
        .get(ADMIN, "/verwaltung/einrichtung/qr.svg", embed::svg)
        .get(ADMIN, "/verwaltung/einrichtung/qr.png", embed::png)
        .get(ADMIN, "/verwaltung/einrichtung/teil/{*part}", show)
        .post(ADMIN, "/verwaltung/einrichtung/teil/{*part}", save)
}

#[derive(Template)]
#[template(path = "staff/setup/part.html")]
struct PartPage<'a> {
    page: &'a Page,
    room: &'static str,
    desk: &'a Desk,
    section: Section,
    action: String,
    /// The page that leads here, below the console.
    home: &'static str,
    version: i64,
    notice: Option<Notice>,
    /// Problems that belong to no field of this form.
    others: Vec<String>,
    /// What the change would leave outside, to be decided on.
    outside: Option<(Vec<Appointment>, Given)>,
    /// What is saved and found no other place.
    left: Vec<Appointment>,
    /// What would come of it, by language.
    previews: Vec<(&'static str, Preview)>,
    /// What is to be copied to elsewhere.
    addresses: Vec<(&'static str, String)>,
}

impl PartPage<'_> {
    /// Problems at fields: name and message.
    fn problems(&self) -> Vec<(&str, &str, &str)> {
        let fields = self.section.groups.iter().flat_map(|group| &group.fields);
        let wrong = fields.filter_map(|field| Some((field, field.problem.as_deref()?)));
        wrong.map(|(field, problem)| (field.name.as_str(), field.label.as_str(), problem)).collect()
    }
}

/// The parts of an address.
#[derive(Deserialize)]
struct Named {
    part: String,
}

/// The set-up as it stands in the database, with its version.
async fn load(desk: &Desk) -> Result<(i64, TownSetup), Failure> {
    let read = towns::read(&desk.state, &desk.scope).await;
    read.map_err(|error| desk.fail(Error::from(error)))
}

fn part_of(desk: &Desk, path: &str) -> Result<Part, Failure> {
    Part::at(path).ok_or_else(|| desk.fail(Problem::UnknownPage))
}

/// `GET /{town}/verwaltung/einrichtung/teil/{part}`
async fn show(desk: Desk, Path(Named { part }): Path<Named>) -> Answer {
    let part = part_of(&desk, &part)?;
    let (version, setup) = load(&desk).await?;
    let section = part.section(&setup).ok_or_else(|| desk.fail(Problem::UnknownPage))?;
    let notice = (desk.asked("stand") == Some("gespeichert")).then(saved);
    let page = PartPage {
        page: &desk.page,
        room: "einrichtung",
        desk: &desk,
        section,
        action: address(&desk, &part),
        home: part.home(),
        version,
        notice,
        others: Vec::new(),
        outside: None,
        left: Vec::new(),
        previews: Vec::new(),
        addresses: addresses(&desk, &part),
    };
    Ok(render(StatusCode::OK, &page))
}

/// What a part needs to have copied to elsewhere.
fn addresses(desk: &Desk, part: &Part) -> Vec<(&'static str, String)> {
    if *part == Part::Providers { providers::addresses(desk) } else { Vec::new() }
}

fn saved() -> Notice {
    Notice::success("Gespeichert", "Die Änderung gilt sofort.")
}

fn address(desk: &Desk, part: &Part) -> String {
    desk.to(&format!("/einrichtung/teil/{}", part.path()))
}

/// `POST /{town}/verwaltung/einrichtung/teil/{part}`
async fn save(
    desk: Desk,
    Path(Named { part }): Path<Named>,
    PostedWithFile { mut given, file }: PostedWithFile,
) -> Answer {
    let part = part_of(&desk, &part)?;
    let unfit = match file {
        Some(file) => logo::keep(&desk, &mut given, &file).await?,
        None => None,
    };
    let (version, stored) = load(&desk).await?;
    let form = part.section(&stored).ok_or_else(|| desk.fail(Problem::UnknownPage))?;
    let mut page = PartPage {
        page: &desk.page,
        room: "einrichtung",
        desk: &desk,
        section: form.with(&given),
        action: address(&desk, &part),
        home: part.home(),
        version,
        notice: None,
        others: Vec::new(),
        outside: None,
        left: Vec::new(),
        previews: Vec::new(),
        addresses: addresses(&desk, &part),
    };
    if given.get("version") != version.to_string() {
        page.notice = Some(Notice::danger(
            "Jemand anders hat die Einrichtung inzwischen geändert",
            "Unten steht, was Sie eingegeben haben. Sehen Sie nach, was gilt, und speichern Sie dann noch einmal.",
        ));
        return Ok(render(StatusCode::CONFLICT, &page));
    }
    let mut changed = stored.clone();
    let mut reader = Reader::new(&given, &stored.town.locales);
    if given.get("tun") == "entfernen" {
        part.remove(&mut changed);
    } else {
        let key = part.read(&mut reader, &mut changed);
        reader.wrong.extend(unfit);
        blame(&mut page, &reader, &key, &changed);
    }
    if page.notice.is_some() {
        return Ok(render(StatusCode::UNPROCESSABLE_ENTITY, &page));
    }
    if let (Part::Mail(kind), "vorschau" | "probe") = (&part, given.get("tun")) {
        page.notice =
            Some(mails::try_out(&desk, *kind, &changed, given.get("tun") == "probe").await?);
        page.previews = mails::previews(&desk, *kind, &changed).await?;
        return Ok(render(StatusCode::OK, &page));
    }
    if part == Part::Providers && given.get("tun") == "pruefen" {
        page.notice = Some(providers::check(&desk, &mut page.section, &changed).await?);
        return Ok(render(StatusCode::OK, &page));
    }
    match decide(&desk, &given, &changed).await? {
        Decision::Ask(outside) => {
            page.notice = Some(Notice {
                kind: "warning",
                title: format!("Termine, die dann außerhalb liegen: {}", outside.len()),
                text: "Noch ist nichts gespeichert. Entscheiden Sie, was mit ihnen geschieht."
                    .to_owned(),
            });
            page.outside = Some((outside, given));
            return Ok(render(StatusCode::OK, &page));
        }
        Decision::Save(outside, then) => {
            let saved = towns::change(&desk.state, &desk.scope, version, &changed).await;
            match saved {
                Ok(_) => {}
                Err(catalog::Error::NameTaken) => {
                    page.notice = Some(Notice::danger("Noch nicht gespeichert", ""));
                    page.others
                        .push("Ein Rechnername gehört schon einer anderen Stadt.".to_owned());
                    return Ok(render(StatusCode::UNPROCESSABLE_ENTITY, &page));
                }
                Err(error) => return Err(desk.fail(Error::from(error))),
            }
            if part == Part::Providers {
                providers::keep_secrets(&desk, &given).await?;
            }
            let left = settle(&desk, &outside, then, given.get("grund")).await?;
            if !left.is_empty() {
                page.notice = Some(still_outside(&left));
                page.left = left;
                return Ok(render(StatusCode::OK, &page));
            }
        }
    }
    let back = desk.with(part.home(), &[("stand", "gespeichert")]);
    Ok(Redirect::to(&format!("{back}#{}", overview::anchor(&part))).into_response())
}

/// Notes at the form what cannot be read and what breaks a rule.
fn blame(page: &mut PartPage<'_>, reader: &Reader<'_>, key: &str, changed: &TownSetup) {
    for (name, message) in &reader.wrong {
        page.section.blame(name, message);
    }
    let problems = townfile::check(changed).err().unwrap_or_default();
    for problem in &problems {
        let own = problem.key.strip_prefix(key).map(|field| reader.field_of(field));
        let blamed = own.is_some_and(|field| page.section.blame(&field, &problem.german));
        if !blamed && reader.wrong.is_empty() {
            page.others.push(format!("{}: {}", problem.key, problem.german));
        }
    }
    if !problems.is_empty() || !reader.wrong.is_empty() {
        page.notice = Some(Notice::danger("Noch nicht gespeichert", ""));
    }
}

/// What happens with appointments that a change leaves outside.
enum Decision {
    /// There are some, and nobody has said.
    Ask(Vec<Appointment>),
    /// The change is saved, and this is done with those.
    Save(Vec<Appointment>, Affected),
}

async fn decide(desk: &Desk, given: &Given, changed: &TownSetup) -> Result<Decision, Failure> {
    let outside = scheduling::outside(&desk.office, &desk.scope, changed).await;
    let outside = outside.map_err(|error| desk.fail(error))?;
    Ok(match given.get("termine") {
        _ if outside.is_empty() => Decision::Save(outside, Affected::Keep),
        "behalten" => Decision::Save(outside, Affected::Keep),
        "verschieben" => Decision::Save(outside, Affected::Move),
        "absagen" => Decision::Save(outside, Affected::Cancel),
        _ => Decision::Ask(outside),
    })
}

/// Does with the appointments outside what was decided; returns those that found no other place.
async fn settle(
    desk: &Desk,
    outside: &[Appointment],
    then: Affected,
    reason: &str,
) -> Result<Vec<Appointment>, Failure> {
    let mut left = Vec::new();
    for own in outside {
        let (office, scope) = (&desk.office, &desk.scope);
        match then {
            Affected::Keep => {}
            Affected::Redistribute | Affected::Move => {
                let moved = scheduling::move_on(office, scope, own, reason).await;
                if moved.map_err(|error| desk.fail(error))?.is_none() {
                    left.push(own.clone());
                }
            }
            Affected::Cancel => {
                let which = scheduling::AppointmentRef::Id(own.id);
                let cancelled = scheduling::cancel_appointment(office, scope, &which, reason).await;
                cancelled.map_err(|error| desk.fail(error))?;
            }
        }
    }
    Ok(left)
}

fn still_outside(left: &[Appointment]) -> Notice {
    Notice {
        kind: "warning",
        title: format!("Gespeichert. Termine ohne anderen Platz: {}", left.len()),
        text: "Sie stehen, wo sie standen. Verschieben Sie sie einzeln, oder rufen Sie an."
            .to_owned(),
    }
}
