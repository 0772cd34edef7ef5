//! The audit log: who looked at what, who changed what, day by day.

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
    accounts,
    audit::{self, Line},
};
use uuid::Uuid;

use super::desk::Desk;
use crate::web::{
    Answer,
    error::Failure,
    page::{Page, render},
};

/// Most lines of a day that the page shows; the file has more.
const SHOWN: u64 = 500;
/// Most lines of a file.
const EXPORTED: u64 = 50_000;

#[derive(Template)]
#[template(path = "staff/log.html")]
struct LogPage<'a> {
    page: &'a Page,
    room: &'static str,
    desk: &'a Desk,
    date: NaiveDate,
    lines: Vec<Entry>,
}

/// A line with words for it.
struct Entry {
    clock: String,
    who: String,
    what: &'static str,
    /// Page of the appointment it is about.
    href: Option<String>,
}

/// `GET /{town}/verwaltung/protokoll?datum=…`
pub(super) async fn show(desk: Desk) -> Answer {
    let date = date(&desk);
    let (lines, names) = read(&desk, date, SHOWN).await?;
    let entry = |line: &Line| Entry {
        clock: desk.local(line.at).format("%H:%M:%S").to_string(),
        who: who(line, &names),
        what: what(&line.action),
        href: line
            .subject
            .filter(|_| line.action.starts_with("appointment."))
            .map(|id| desk.to(&format!("/termine/{id}"))),
    };
    let lines = lines.iter().map(entry).collect();
    let page = LogPage { page: &desk.page, room: "protokoll", desk: &desk, date, lines };
    Ok(render(StatusCode::OK, &page))
}

/// `GET /{town}/verwaltung/protokoll.csv?datum=…`
pub(super) async fn csv(desk: Desk) -> Answer {
    let date = date(&desk);
    let (lines, names) = read(&desk, date, EXPORTED).await?;
    let mut text = String::from("at,who,action,subject\r\n");
    for line in &lines {
        let subject = line.subject.map(|id| id.to_string()).unwrap_or_default();
        // Addresses of accounts hold no comma, the other fields are ours.
        let fields = [line.at.to_rfc3339(), who(line, &names), line.action.clone(), subject];
        text.push_str(&fields.join(","));
        text.push_str("\r\n");
    }
    let name = format!("attachment; filename=\"protokoll-{date}.csv\"");
    let headers = [
        (header::CONTENT_TYPE, "text/csv; charset=utf-8".to_owned()),
        (header::CONTENT_DISPOSITION, name),
    ];
    Ok((headers, text).into_response())
}

fn date(desk: &Desk) -> NaiveDate {
    let asked = desk.asked("datum").and_then(|date| date.parse().ok());
    asked.unwrap_or_else(|| desk.today())
}

/// The lines of a day, and the addresses of the accounts in them.
async fn read(
    desk: &Desk,
    date: NaiveDate,
    limit: u64,
) -> Result<(Vec<Line>, HashMap<Uuid, String>), Failure> {
    let read = async || {
        let zone = desk.setup.town.time_zone;
        let (from, to) = (day_start(date, zone), day_start(date + Days::new(1), zone));
        let tx = desk.office.db.read(&desk.scope).await?;
        let lines = audit::read(&tx, from, to, limit).await?;
        let actors: BTreeSet<Uuid> = lines.iter().filter_map(Line::account).collect();
        let actors: Vec<Uuid> = actors.into_iter().collect();
        let names = accounts::all(&desk.office.db, &actors).await?;
        let names = names.into_iter().map(|(id, account)| (id, account.email)).collect();
        Ok::<_, tenant::Error>((lines, names))
    };
    read().await.map_err(|error| desk.fail(Error::from(error)))
}

fn who(line: &Line, names: &HashMap<Uuid, String>) -> String {
    match line.account() {
        Some(account) => names.get(&account).cloned().unwrap_or_else(|| line.actor.clone()),
        None if line.actor == "citizen" => "Bürger".to_owned(),
        None => "System".to_owned(),
    }
}

/// The words for an action; one that has none yet is shown as what it is for all: a change.
fn what(action: &str) -> &'static str {
    match action {
        "appointment.booked" => "Termin gebucht",
        "appointment.cancelled" => "Termin abgesagt",
        "appointment.moved" => "Termin verschoben",
        "appointment.arrived" => "Als da vermerkt",
        "appointment.called" => "Aufgerufen",
        "appointment.served" => "Als erledigt vermerkt",
        "appointment.missed" => "Als nicht erschienen vermerkt",
        "closure.added" => "Schließung eingetragen",
        "contact.deleted" => "Kontaktdaten gelöscht",
        "contact.viewed" => "Kontaktdaten angesehen",
        "note.deleted" => "Notiz gelöscht",
        "note.viewed" => "Notiz angesehen",
        "note.written" => "Notiz geschrieben",
        "mail.resent" => "E-Mail noch einmal gesendet",
        "request.accepted" => "Anfrage angenommen",
        "request.declined" => "Anfrage abgelehnt",
        "request.passed" => "Vorschlag abgelehnt",
        "request.proposed" => "Andere Zeit vorgeschlagen",
        "request.received" => "Anfrage erhalten",
        "staff.invited" => "Zugang gegeben",
        "staff.removed" => "Zugang entzogen",
        "staff.role-changed" => "Rolle geändert",
        "waiting.joined" => "Auf die Warteliste gesetzt",
        "waiting.offered" => "Freien Platz angeboten",
        "waiting.taken" => "Angebotenen Platz genommen",
        "waiting.left" | "waiting.ended" => "Von der Warteliste gestrichen",
        "setup.imported" => "Einrichtung geändert",
        _ => "Geändert",
    }
}
