//! The audit log: who looked at what, who changed what, and from where.

use std::collections::{BTreeSet, HashMap};

use askama::Template;
use axum::{
    http::{StatusCode, header},
    response::IntoResponse as _,
};
use catalog::hours::day_start;
use chrono::{Days, NaiveDate};
use scheduling::Error;
use tenant::{
    Way, accounts,
    audit::{self, Filter, Line},
};
use uuid::Uuid;

use super::desk::{self, Desk};
use crate::{
    staff,
    web::{
        Answer,
        error::Failure,
        page::{Page, render},
    },
};

/// Most lines that the page shows; the file has more.
const SHOWN: u64 = 500;
/// Most lines of a file.
const EXPORTED: u64 = 50_000;

#[derive(Template)]
#[template(path = "staff/log.html")]
struct LogPage<'a> {
    page: &'a Page,
    room: &'static str,
    desk: &'a Desk,
    asked: Asked,
    /// Who may have done something: value and words.
    actors: Vec<(String, String)>,
    actions: Vec<(&'static str, &'static str)>,
    /// By which ways staff ask: value and words.
    ways: [(&'static str, &'static str); 2],
    lines: Vec<Entry>,
    /// Whether there are more lines than are shown.
    more: bool,
    /// The same lines as a file.
    file: String,
}

/// What is looked for, as it stands in the address.
struct Asked {
    from: NaiveDate,
    to: NaiveDate,
    actor: String,
    action: String,
    /// Number or identity of an appointment or request.
    subject: String,
    /// Address of a client.
    address: String,
    /// `page` or `api`.
    way: String,
}

/// A line with words for it.
struct Entry {
    when: String,
    who: String,
    /// From where; empty for those who are no staff.
    from: String,
    what: &'static str,
    /// Which list was looked at, and how many it showed.
    detail: String,
    /// Page of the appointment it is about.
    href: Option<String>,
}

impl Asked {
    fn of(desk: &Desk) -> Self {
        let date = |name: &str| desk.asked(name).and_then(desk::date);
        let text = |name: &str| desk.asked(name).unwrap_or_default().trim().to_owned();
        let from = date("von").unwrap_or_else(|| desk.today());
        Self {
            from,
            to: date("bis").unwrap_or(from).max(from),
            actor: text("wer"),
            action: text("was"),
            subject: text("termin"),
            address: text("adresse"),
            way: text("weg"),
        }
    }

    fn pairs(&self) -> Vec<(&'static str, String)> {
        vec![
            ("von", self.from.to_string()),
            ("bis", self.to.to_string()),
            ("wer", self.actor.clone()),
            ("was", self.action.clone()),
            ("termin", self.subject.clone()),
            ("adresse", self.address.clone()),
            ("weg", self.way.clone()),
        ]
    }
}

/// `GET /{town}/verwaltung/protokoll?von=…&bis=…&wer=…&was=…&termin=…&adresse=…&weg=…`
pub(super) async fn show(desk: Desk) -> Answer {
    let asked = Asked::of(&desk);
    let (lines, names) = read(&desk, &asked, SHOWN + 1).await?;
    let more = lines.len() as u64 > SHOWN;
    let shown = lines.iter().take(usize::try_from(SHOWN).unwrap_or(usize::MAX));
    let pairs = asked.pairs();
    let pairs: Vec<(&str, &str)> = pairs.iter().map(|(name, own)| (*name, own.as_str())).collect();
    let page = LogPage {
        page: &desk.page,
        room: "protokoll",
        desk: &desk,
        actors: actors(&desk).await?,
        actions: actions(),
        ways: WAYS,
        lines: shown.map(|line| Entry::of(&desk, line, &names)).collect(),
        more,
        file: desk.with("/protokoll.csv", &pairs),
        asked,
    };
    Ok(render(StatusCode::OK, &page))
}

impl Entry {
    fn of(desk: &Desk, line: &Line, names: &HashMap<Uuid, String>) -> Self {
        let is_appointment =
            ["appointment.", "contact.", "note."].iter().any(|own| line.action.starts_with(own));
        let detail = match (line.detail.as_deref().unwrap_or_default(), line.shown.len()) {
            (_, 0) => String::new(),
            ("", shown) => format!("{shown} Personen"),
            (detail, shown) => format!("{detail}, {shown} Personen"),
        };
        Self {
            when: desk.local(line.at).format("%d.%m.%Y %H:%M:%S").to_string(),
            who: who(line, names),
            from: from(line),
            what: what(&line.action),
            detail: detail.replace(", 1 Personen", ", 1 Person"),
            href: line.subject.filter(|_| is_appointment).map(|id| desk.appointment(&id)),
        }
    }
}

/// `GET /{town}/verwaltung/protokoll.csv`, with what is looked for as on the page.
pub(super) async fn csv(desk: Desk) -> Answer {
    let asked = Asked::of(&desk);
    let (lines, names) = read(&desk, &asked, EXPORTED).await?;
    let mut text = String::from("at,who,action,subject,detail,shown,address,way\r\n");
    for line in &lines {
        let subject = line.subject.map(|id| id.to_string()).unwrap_or_default();
        let shown: Vec<String> = line.shown.iter().map(Uuid::to_string).collect();
        // Addresses of accounts hold no comma, the other fields are ours.
        let fields = [
            line.at.to_rfc3339(),
            who(line, &names),
            line.action.clone(),
            subject,
            line.detail.clone().unwrap_or_default(),
            shown.join(" "),
            address(line).unwrap_or_default(),
            line.from.map(|from| from.way.as_str()).unwrap_or_default().to_owned(),
        ];
        text.push_str(&fields.join(","));
        text.push_str("\r\n");
    }
    let name = format!("attachment; filename=\"protokoll-{}-{}.csv\"", asked.from, asked.to);
    let headers = [
        (header::CONTENT_TYPE, "text/csv; charset=utf-8".to_owned()),
        (header::CONTENT_DISPOSITION, name),
    ];
    Ok((headers, text).into_response())
}

/// The lines that are looked for, and the addresses of the accounts in them.
async fn read(
    desk: &Desk,
    asked: &Asked,
    limit: u64,
) -> Result<(Vec<Line>, HashMap<Uuid, String>), Failure> {
    let read = async || {
        let zone = desk.setup.town.time_zone;
        let given = |text: &str| Some(text.to_owned()).filter(|text| !text.is_empty());
        let subject = match asked.subject.as_str() {
            "" => None,
            number => match scheduling::subject_of(&desk.office, &desk.scope, number).await? {
                Some(id) => Some(id),
                None => return Ok((Vec::new(), HashMap::new())),
            },
        };
        let Ok(address) = given(&asked.address).map(|text| text.parse()).transpose() else {
            return Ok((Vec::new(), HashMap::new()));
        };
        let filter = Filter {
            from: day_start(asked.from, zone),
            // Nothing is written yet about days to come.
            to: day_start(asked.to.min(desk.today()) + Days::new(1), zone),
            actor: given(&asked.actor),
            action: given(&asked.action),
            subject,
            address,
            way: asked.way.parse().ok(),
            limit,
        };
        let tx = desk.office.db.read(&desk.scope).await?;
        let lines = audit::read(&tx, &filter).await?;
        let actors: BTreeSet<Uuid> = lines.iter().filter_map(Line::account).collect();
        let actors: Vec<Uuid> = actors.into_iter().collect();
        let names = accounts::all(&desk.office.db, &actors).await?;
        let names = names.into_iter().map(|(id, account)| (id, account.email)).collect();
        Ok::<_, Error>((lines, names))
    };
    read().await.map_err(|error| desk.fail(error))
}

/// Everybody who works here, and those who do not sign in.
async fn actors(desk: &Desk) -> Result<Vec<(String, String)>, Failure> {
    let members = staff::list(&desk.office, &desk.scope).await;
    let members = members.map_err(|error| desk.fail(error))?;
    let staff = members
        .into_iter()
        .map(|member| (format!("staff:{}", member.account.id), member.account.email));
    let others = [("citizen", "Bürger"), ("system", "System")];
    let others = others.map(|(value, words)| (value.to_owned(), words.to_owned()));
    Ok(staff.chain(others).collect())
}

/// The actions by their words.
fn actions() -> Vec<(&'static str, &'static str)> {
    let mut actions = WORDS.to_vec();
    actions.sort_by_key(|(_, words)| *words);
    actions
}

fn who(line: &Line, names: &HashMap<Uuid, String>) -> String {
    match line.account() {
        Some(account) => names.get(&account).cloned().unwrap_or_else(|| line.actor.clone()),
        None if line.actor == "citizen" => "Bürger".to_owned(),
        None if line.actor.starts_with("operator:") => "Betrieb".to_owned(),
        None => "System".to_owned(),
    }
}

fn address(line: &Line) -> Option<String> {
    line.from.and_then(|from| from.address).map(|address| address.to_string())
}

/// Such as `192.0.2.7`, and by which way where that is not the pages.
fn from(line: &Line) -> String {
    let by_api = line.from.is_some_and(|from| from.way == Way::Api);
    let way = by_api.then(|| "API".to_owned());
    address(line).into_iter().chain(way).collect::<Vec<_>>().join(", ")
}

/// The words for each way.
const WAYS: [(&str, &str); 2] = [("page", "Seiten"), ("api", "API")];

/// The words for each action.
const WORDS: &[(&str, &str)] = &[
    ("appointment.beyond-hours", "Außerhalb der Öffnungszeiten gebucht"),
    ("appointment.booked", "Termin gebucht"),
    ("appointment.cancelled", "Termin abgesagt"),
    ("appointment.moved", "Termin verschoben"),
    ("appointment.restored", "Termin zurückgestellt"),
    ("closure.removed", "Schließung entfernt"),
    ("closure.undone", "Schließung zurückgenommen"),
    ("appointment.arrived", "Als da vermerkt"),
    ("appointment.called", "Aufgerufen"),
    ("appointment.served", "Als erledigt vermerkt"),
    ("appointment.missed", "Als nicht erschienen vermerkt"),
    ("closure.added", "Schließung eingetragen"),
    ("contact.deleted", "Kontaktdaten gelöscht"),
    ("contact.viewed", "Kontaktdaten angesehen"),
    ("day.viewed", "Tag angesehen"),
    ("inbox.viewed", "Anfragen angesehen"),
    ("list.viewed", "Terminliste angesehen"),
    ("search.viewed", "Suchergebnis angesehen"),
    ("closure.viewed", "Betroffene einer Schließung angesehen"),
    ("note.deleted", "Notiz gelöscht"),
    ("note.viewed", "Notiz angesehen"),
    ("note.written", "Notiz geschrieben"),
    ("mail.bounced", "E-Mail kam zurück"),
    ("mail.resent", "E-Mail noch einmal gesendet"),
    ("password.changed", "Kennwort geändert"),
    ("second-factor.added", "Zweiten Faktor eingerichtet"),
    ("second-factor.removed", "Zweiten Faktor entfernt"),
    ("passkey.added", "Passkey eingerichtet"),
    ("passkey.copied", "Womöglich kopierter Passkey abgewiesen"),
    ("passkey.removed", "Passkey entfernt"),
    ("passkey.used", "Mit Passkey angemeldet"),
    ("request.accepted", "Anfrage angenommen"),
    ("request.declined", "Anfrage abgelehnt"),
    ("request.passed", "Vorschlag abgelehnt"),
    ("request.withdrawn", "Anfrage zurückgezogen"),
    ("contact.corrected", "Kontaktdaten berichtigt"),
    ("contact.sms-stopped", "SMS abbestellt"),
    ("request.proposed", "Andere Zeit vorgeschlagen"),
    ("request.received", "Anfrage erhalten"),
    ("staff.invited", "Zugang gegeben"),
    ("staff.linked", "Mit dem Anbieter der Stadt verbunden"),
    ("staff.removed", "Zugang entzogen"),
    ("staff.role-changed", "Rolle geändert"),
    ("staff.sign-in-refused", "Anmeldung beim Anbieter abgewiesen"),
    ("staff.signed-in", "Beim Anbieter der Stadt angemeldet"),
    ("waiting.joined", "Auf die Warteliste gesetzt"),
    ("waiting.offered", "Freien Platz angeboten"),
    ("waiting.taken", "Angebotenen Platz genommen"),
    ("waiting.left", "Warteliste verlassen"),
    ("waiting.ended", "Warten beendet"),
    ("setup.imported", "Einrichtung geändert"),
    ("log.shortened", "Protokoll gekürzt"),
];

/// The words for an action; one that has none yet is shown as what it is for all: a change.
fn what(action: &str) -> &'static str {
    WORDS.iter().find(|(own, _)| *own == action).map_or("Geändert", |(_, words)| words)
}
