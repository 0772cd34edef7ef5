//! The overview: for a new town the way to its first citizen, for others all parts at a glance.

use askama::Template;
use axum::{
    http::StatusCode,
    response::{IntoResponse as _, Redirect},
};
use catalog::{
    conflicts::{Conflict, conflicts},
    hours::Opening,
    model::{BookingMode, Location, Service, TownSetup, TownStatus},
    townfile,
};
use scheduling::Error;
use serde::Deserialize;

use super::{calendar, load, part::Part, saved};
use crate::{
    template, town,
    web::{
        Answer,
        page::{Page, render},
        staff::{desk::Desk, form::Posted, notice::Notice},
    },
};

/// A step on the way to the first citizen.
struct Step {
    title: &'static str,
    note: String,
    href: String,
    done: bool,
    /// Whether the town can go live without it.
    optional: bool,
}

#[derive(Template)]
#[template(path = "staff/setup/overview.html")]
struct Overview<'a> {
    page: &'a Page,
    room: &'static str,
    desk: &'a Desk,
    version: i64,
    setup: &'a TownSetup,
    notice: Option<Notice>,
    steps: Vec<Step>,
    gaps: Vec<String>,
    conflicts: Vec<String>,
    /// How many appointments lie outside.
    outside: usize,
    /// How much is new in the county's template; none where nothing was taken from it.
    template: Option<usize>,
}

impl Overview<'_> {
    fn is_live(&self) -> bool {
        self.setup.town.status == TownStatus::Live
    }

    fn done(&self) -> usize {
        self.steps.iter().filter(|step| step.done).count()
    }

    fn part(&self, path: &str) -> String {
        self.desk.to(&format!("/einrichtung/teil/{path}"))
    }

    fn service(&self, service: &Service) -> String {
        self.part(&format!("anliegen/{}", service.slug))
    }

    fn template_title(&self) -> String {
        format!("Vorlage: {}", self.setup.town.county.name)
    }

    /// What stands at the link to the county's template.
    fn news(&self, changes: &usize) -> String {
        match changes {
            0 => "Nichts Neues".to_owned(),
            1 => "Eine Änderung seitdem".to_owned(),
            many => format!("{many} Änderungen seitdem"),
        }
    }

    fn week(&self, location: &Location) -> Vec<(&'static str, Vec<String>)> {
        calendar::week(location)
    }

    /// The pages as citizens see them; before a town is live its staff see them too.
    fn pages(&self) -> String {
        format!("/{}", self.setup.town.slug)
    }
}

/// Where on the overview a part stands.
pub(super) fn anchor(part: &Part) -> &'static str {
    match part {
        Part::Service(_) | Part::Groups => "anliegen",
        Part::Location(_) | Part::Hours(_) | Part::Days(_) | Part::Closures => "standorte",
        _ => "stadt",
    }
}

/// `GET /{town}/verwaltung/einrichtung`
pub(super) async fn show(desk: Desk) -> Answer {
    let notice = match desk.asked("stand") {
        Some("gespeichert") => Some(saved()),
        Some("online") => Some(Notice::success(
            "Ihre Stadt ist online",
            "Bürgerinnen und Bürger können jetzt Termine buchen.",
        )),
        Some("uebernommen") => {
            Some(Notice::success("Übernommen", "Passen Sie jetzt an, was bei Ihnen anders ist."))
        }
        _ => None,
    };
    page(&desk, StatusCode::OK, notice).await
}

async fn page(desk: &Desk, status: StatusCode, notice: Option<Notice>) -> Answer {
    let (version, setup) = load(desk).await?;
    let tried = scheduling::was_booked(&desk.office, &desk.scope).await;
    let tried = tried.map_err(|error| desk.fail(error))?;
    let steps = steps(desk, version, &setup, tried);
    let gaps = townfile::gaps(&setup, desk.today());
    let gaps = gaps.into_iter().map(|gap| gap_words(&gap.key, &gap.german)).collect();
    let follows = setup.services.iter().any(|own| own.template.is_some());
    let changes = template::changes(&desk.state, &desk.scope).await;
    let changes = changes.map_err(|error| desk.fail(error))?.all;
    let outside = scheduling::outside(&desk.office, &desk.scope).await;
    let outside = outside.map_err(|error| desk.fail(error))?;
    let conflicts = conflicts(&setup, desk.today());
    let page = Overview {
        page: &desk.page,
        room: "einrichtung",
        desk,
        version,
        setup: &setup,
        notice,
        steps,
        gaps,
        outside: outside.len(),
        template: follows.then_some(changes.len()),
        conflicts: conflicts.iter().map(|own| conflict_words(own, &setup)).collect(),
    };
    Ok(render(status, &page))
}

impl Step {
    /// A step without which no town goes live.
    fn new(desk: &Desk, title: &'static str, note: &str, path: &str, done: bool) -> Self {
        let href = desk.to(&format!("/einrichtung/{path}"));
        Self { title, note: note.to_owned(), href, done, optional: false }
    }

    fn optional(self) -> Self {
        Self { optional: true, ..self }
    }
}

/// All steps; `tried` tells whether anything was ever booked.
fn steps(desk: &Desk, version: i64, setup: &TownSetup, tried: bool) -> Vec<Step> {
    let step = |title, note: &str, path: &str, done| Step::new(desk, title, note, path, done);
    let look = setup.town.branding != catalog::model::Branding::default();
    let window = setup.town.booking != catalog::model::BookingWindow::default();
    let legal = &setup.town.legal;
    let legal = [&legal.imprint, &legal.privacy, &legal.accessibility];
    let has_legal = legal.iter().all(|text| !text.trim().is_empty());
    let services = format!(
        "Aus der Vorlage oder von Nachbarn übernehmen, dann anpassen. Jetzt: {}",
        setup.services.len()
    );
    let has_services = !setup.services.is_empty();
    let mut steps = vec![
        step("Stadt", "Name, Telefon, Sprachen, Regeln", "teil/stadt", version > 1).optional(),
        step("Aussehen", "Farbe und Wappen", "teil/aussehen", look).optional(),
        step("Anliegen", &services, "uebernehmen", has_services),
    ];
    steps.extend(place_steps(desk, setup));
    let days = "Wie früh und wie spät gebucht wird; ohne Angabe vier Wochen";
    let texts = "Impressum, Datenschutz, Barrierefreiheit";
    let address = "Eigene Adresse mit SPF, DKIM, DMARC; ohne Angabe die der Plattform";
    let trial = "Ein echter Termin mit der echten E-Mail an Sie";
    let own_sender = setup.town.mail_from.is_some();
    steps.extend([
        step("Buchungszeitraum", days, "teil/zeitraum", window).optional(),
        step("Rechtstexte", texts, "teil/rechtstexte", has_legal),
        step("Absender der E-Mails", address, "teil/absender", own_sender).optional(),
        step("Probetermin", trial, "probe", tried).optional(),
    ]);
    steps
}

/// Location and counters, and once there are some, hours.
fn place_steps(desk: &Desk, setup: &TownSetup) -> Vec<Step> {
    let counters: usize = setup.locations.iter().map(|own| own.counters.len()).sum();
    let place = match setup.locations.first() {
        Some(location) => format!("teil/standorte/{}", location.slug),
        None => "teil/neuer-standort".to_owned(),
    };
    let now = format!("Jetzt: {counters}");
    let mut steps = vec![Step::new(desk, "Standort und Schalter", &now, &place, counters > 0)];
    let shut = setup.locations.iter().find(|own| own.openings.is_empty());
    if let Some(own) = shut.or(setup.locations.first()) {
        let path = format!("teil/standorte/{}/zeiten", own.slug);
        let note = "Wann welcher Schalter offen ist";
        steps.push(Step::new(desk, "Öffnungszeiten", note, &path, shut.is_none()));
    }
    steps
}

fn gap_words(key: &str, german: &str) -> String {
    match key {
        "town.legal.imprint" => "Das Impressum fehlt.".to_owned(),
        "town.legal.privacy" => "Die Datenschutzerklärung fehlt.".to_owned(),
        "town.legal.accessibility" => "Die Erklärung zur Barrierefreiheit fehlt.".to_owned(),
        _ => format!("{}.", german.replacen("es fehlt", "Es fehlt", 1)),
    }
}

fn conflict_words(conflict: &Conflict, setup: &TownSetup) -> String {
    let place = |slug: &str| {
        setup.location(slug).map_or(slug.to_owned(), |own| own.name.get("de").to_owned())
    };
    let counter = |location: &str, slug: &str| {
        let own = setup.location(location);
        let own = own.and_then(|own| own.counters.iter().find(|own| own.slug == slug));
        own.map_or(slug.to_owned(), |own| own.name.clone())
    };
    let window = |slug: &str, opening: Opening| {
        let own = setup.location(slug);
        own.and_then(|own| calendar::named(opening, own)).unwrap_or_default()
    };
    match conflict {
        Conflict::Unserved { service } => {
            let name = setup.service(service).map_or(service.as_str(), |own| own.name.get("de"));
            format!("{name}: An keinem Schalter mit Öffnungszeiten gibt es das.")
        }
        Conflict::TooLong { service, minutes } => too_long(setup.service(service), *minutes),
        Conflict::Overlap { location, counter: slug, windows: (one, other) } => format!(
            "{}, {}: {} und {} überschneiden sich.",
            place(location),
            counter(location, slug),
            window(location, *one),
            window(location, *other)
        ),
        Conflict::TooShort { location, window: own } => format!(
            "{}: In die Zeit {} passt kein einziges Anliegen.",
            place(location),
            window(location, *own)
        ),
        Conflict::NeverOpen { location, counter: slug } => {
            format!("{}, {}: Der Schalter ist nie offen.", place(location), counter(location, slug))
        }
    }
}

fn too_long(service: Option<&Service>, minutes: u16) -> String {
    let name = service.map(|own| own.name.get("de")).unwrap_or_default();
    let asked = service.is_some_and(|own| own.mode == BookingMode::Request);
    let open = if asked { "geöffnet" } else { "für alle geöffnet" };
    format!(
        "{name}: Braucht {minutes} Minuten am Stück; so lange ist kein Schalter, an dem es das gibt, {open}."
    )
}

/// What the form sends.
#[derive(Deserialize)]
pub(super) struct Live {
    version: i64,
}

/// `POST /{town}/verwaltung/einrichtung/online`
pub(super) async fn go_live(desk: Desk, Posted(given): Posted<Live>) -> Answer {
    let (_, mut setup) = load(&desk).await?;
    setup.town.status = TownStatus::Live;
    match town::change(&desk.state, &desk.scope, given.version, &setup, None).await {
        Ok(_) => {
            let back = desk.with("/einrichtung/einbinden", &[("stand", "online")]);
            Ok(Redirect::to(&back).into_response())
        }
        Err(Error::Catalog(catalog::Error::Invalid(_))) => {
            let notice = Notice::danger("Noch nicht online", "Unten steht, was noch fehlt.");
            page(&desk, StatusCode::UNPROCESSABLE_ENTITY, Some(notice)).await
        }
        Err(Error::Catalog(catalog::Error::Outdated)) => {
            let notice = Notice::danger(
                "Jemand anders hat die Einrichtung inzwischen geändert",
                "Sehen Sie nach, was gilt, und gehen Sie dann online.",
            );
            page(&desk, StatusCode::CONFLICT, Some(notice)).await
        }
        Err(error) => Err(desk.fail(error)),
    }
}
