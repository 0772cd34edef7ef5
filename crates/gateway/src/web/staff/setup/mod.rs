//! The town's set-up: an overview, a form for each part, the file with everything, going live.

mod calendar;
mod embed;
mod file;
mod history;
mod holidays;
mod hours;
mod keys;
mod location;
mod logo;
mod mails;
mod merging;
mod notices;
pub(super) mod outside;
mod overview;
mod part;
mod preview;
mod providers;
mod reader;
mod section;
mod sender;
mod service;
mod take;
mod template;
mod town;
mod trial;
mod week;

use askama::Template;
use axum::{extract::Path, http::StatusCode, response::Response};
use catalog::{model::TownSetup, townfile};
use notification::preview::Preview;
use scheduling::{Appointment, Error};
use serde::Deserialize;

use self::{
    holidays::Holidays,
    part::Part,
    reader::Reader,
    section::{Extra, Section},
    sender::Sender,
};
use super::{ADMIN, desk::Desk, form::PostedWithFile, guard::Pages, notice::Notice};
use crate::{
    town as towns,
    web::{
        Answer,
        error::{Failure, Problem},
        given::Given,
        headers,
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
        .get(ADMIN, "/verwaltung/einrichtung/ausserhalb", outside::show)
        .post(ADMIN, "/verwaltung/einrichtung/ausserhalb", outside::settle)
        .get(ADMIN, "/verwaltung/einrichtung/probe", trial::show)
        .post(ADMIN, "/verwaltung/einrichtung/probe", trial::act)
        .get(ADMIN, "/verwaltung/einrichtung/vorschau", preview::show)
        .get(ADMIN, "/verwaltung/einrichtung/vorschau.css", preview::theme)
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
    /// What would come of it, by language.
    previews: Vec<(&'static str, Preview)>,
    /// Address of the town's first page as it would look.
    look: Option<String>,
    /// The page itself, where it shows what is too long for an address.
    drawn: Option<String>,
    /// Where mails come from, and what the town's domain needs for it.
    sender: Option<Sender>,
    /// The week as it is, or as it would be.
    week: Option<week::Picture>,
    /// The days on which the Land's offices are shut.
    holidays: Option<Holidays>,
    /// What is to be copied to elsewhere.
    addresses: Vec<(&'static str, String)>,
}

impl<'a> PartPage<'a> {
    fn new(desk: &'a Desk, part: &Part, section: Section, version: i64) -> Self {
        Self {
            page: &desk.page,
            room: "einrichtung",
            desk,
            look: (*part == Part::Look).then(|| preview::address(desk, &section)),
            drawn: None,
            section,
            action: address(desk, part),
            home: part.home(),
            version,
            notice: None,
            others: Vec::new(),
            outside: None,
            previews: Vec::new(),
            sender: None,
            week: None,
            holidays: None,
            addresses: addresses(desk, part),
        }
    }

    fn answer(&self, status: StatusCode) -> Response {
        let mut response = render(status, self);
        if self.look.is_some() {
            headers::framing(&mut response);
        }
        response
    }

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
    let mut section = part.section(&setup).ok_or_else(|| desk.fail(Problem::UnknownPage))?;
    holidays::propose(&desk, &part, &mut section);
    let mut page = PartPage::new(&desk, &part, section, version);
    page.holidays = holidays::beside(&desk, &part, &setup);
    page.week = part.week(&setup);
    page.sender = sender::beside(&desk, &part).await?;
    page.notice = (desk.asked("stand") == Some("gespeichert")).then(saved);
    Ok(page.answer(StatusCode::OK))
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
    PostedWithFile { mut given, file, is_shortened }: PostedWithFile,
) -> Answer {
    let part = part_of(&desk, &part)?;
    let unfit = match file {
        Some(_) if is_shortened => Some(logo::too_large()),
        Some(file) => logo::keep(&desk, &mut given, &file).await?,
        None => None,
    };
    if part == Part::Look && given.get("tun") == Extra::Suggestion.value() {
        town::take_suggestion(&mut given);
    }
    let (version, stored) = load(&desk).await?;
    if given.get("version") != version.to_string() {
        return conflict(&desk, &part, &given).await;
    }
    let form = part.section(&stored).ok_or_else(|| desk.fail(Problem::UnknownPage))?;
    let mut page = PartPage::new(&desk, &part, form.clone().with(&given), version);
    page.holidays = holidays::beside(&desk, &part, &stored);
    page.sender = sender::beside(&desk, &part).await?;
    let mut changed = stored.clone();
    let mut reader = Reader::new(&given, &form, &stored.town.locales);
    if given.get("tun") == "entfernen" {
        part.remove(&mut changed);
        refuse_gaps(&mut page, &changed);
    } else {
        let key = part.read(&mut reader, &mut changed);
        reader.wrong.extend(unfit);
        page.week = part.week(&changed);
        blame(&mut page, &reader, &key, &changed);
    }
    if part == Part::Look && page.section.is_blamed("branding.color") {
        page.section.extras.push(Extra::Suggestion);
    }
    if page.notice.is_some() {
        return Ok(page.answer(StatusCode::UNPROCESSABLE_ENTITY));
    }
    if let (Part::Mail(kind), "vorschau" | "probe") = (&part, given.get("tun")) {
        page.notice =
            Some(mails::try_out(&desk, *kind, &changed, given.get("tun") == "probe").await?);
        page.previews = mails::previews(&desk, *kind, &changed).await?;
        return Ok(page.answer(StatusCode::OK));
    }
    if matches!(part, Part::Look | Part::Hours(_)) && !given.get("tun").is_empty() {
        page.notice = Some(preview::notice());
        page.drawn = preview::with_markup(&desk, &stored, &changed).await?;
        return Ok(page.answer(StatusCode::OK));
    }
    if part == Part::Providers && given.get("tun") == "pruefen" {
        page.notice = Some(providers::check(&desk, &mut page.section, &changed).await?);
        return Ok(page.answer(StatusCode::OK));
    }
    let decision = outside::decision(&desk, &given)?;
    let saved = towns::change(&desk.state, &desk.scope, version, &changed, decision.as_ref()).await;
    let saved = match saved {
        Ok(saved) => saved,
        Err(Error::Outside(outside)) => {
            page.notice = Some(outside::question(&outside));
            page.outside = Some((outside, outside::undecided(given)));
            return Ok(page.answer(StatusCode::OK));
        }
        Err(Error::Catalog(catalog::Error::NameTaken)) => {
            page.notice = Some(Notice::danger("Noch nicht gespeichert", ""));
            page.others.push("Ein Rechnername gehört schon einer anderen Stadt.".to_owned());
            return Ok(page.answer(StatusCode::UNPROCESSABLE_ENTITY));
        }
        Err(Error::Catalog(catalog::Error::Invalid(problems))) => {
            page.notice = Some(Notice::danger("Noch nicht gespeichert", ""));
            page.others.extend(problems.iter().map(townfile::Problem::in_german));
            return Ok(page.answer(StatusCode::UNPROCESSABLE_ENTITY));
        }
        Err(Error::Catalog(catalog::Error::Outdated)) => {
            return conflict(&desk, &part, &given).await;
        }
        Err(error) => return Err(desk.fail(error)),
    };
    if part == Part::Providers {
        providers::keep_secrets(&desk, &given).await?;
    }
    let back = desk.with(&part.next(), &[("stand", "gespeichert")]);
    Ok(outside::after(&desk, &saved, &format!("{back}#{}", overview::anchor(&part))))
}

/// What is shown to whoever sends a form that was made from an older set-up: nothing is saved, and what
/// was typed stands in the form as it is now.
async fn conflict(desk: &Desk, part: &Part, given: &Given) -> Answer {
    let (version, stored) = load(desk).await?;
    let read = given.get("version").parse().unwrap_or_default();
    let base = towns::read_at(&desk.state, &desk.scope, read).await;
    let base = base.map_err(|error| desk.fail(Error::from(error)))?;
    let base = base.and_then(|base| part.section(&base));
    let (section, lost, version) = match (part.section(&stored), base) {
        (Some(now), base) => {
            let base = base.unwrap_or_else(|| now.clone());
            let merged = merging::merged(now, &base, given);
            (merged.section, merged.lost, version)
        }
        // Sent again, it finds nothing to be saved to again.
        (None, Some(base)) => {
            let gone = "Was Sie hier geändert haben, gibt es nicht mehr: Es lässt sich nicht speichern. Ihre Eingabe steht noch unten.";
            (base.with(given), vec![gone.to_owned()], read)
        }
        (None, None) => return Err(desk.fail(Problem::UnknownPage)),
    };
    let mut page = PartPage::new(desk, part, section, version);
    page.holidays = holidays::beside(desk, part, &stored);
    page.sender = sender::beside(desk, part).await?;
    page.notice = Some(Notice::danger(
        "Jemand anders hat die Einrichtung inzwischen geändert",
        "Gespeichert ist noch nichts. Unten steht, was jetzt gilt, und darin Ihre Eingabe. Sehen Sie beides durch und speichern Sie dann noch einmal.",
    ));
    page.others = lost;
    Ok(page.answer(StatusCode::CONFLICT))
}

/// Notes what would be missing without the part.
fn refuse_gaps(page: &mut PartPage<'_>, changed: &TownSetup) {
    let problems = townfile::check(changed).err().unwrap_or_default();
    page.others.extend(problems.iter().map(townfile::Problem::in_german));
    if !problems.is_empty() {
        page.notice = Some(Notice::danger("Noch nicht entfernt", ""));
    }
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
            page.others.push(problem.in_german());
        }
    }
    if !problems.is_empty() || !reader.wrong.is_empty() {
        page.notice = Some(Notice::danger("Noch nicht gespeichert", ""));
    }
}
