//! A booking's whole life in mails over SMTP: asked to confirm, confirmed, reminded, moved, reminded
//! again, cancelled. Each mail is read by a mail parser, each calendar file by a calendar parser; on
//! both databases.

#![allow(clippy::unwrap_used)] // an answer without the asked-for value fails the test

use std::{collections::HashSet, time::Duration};

use icalendar::{Calendar, CalendarComponent, Component as _, EventLike as _};
use mail_parser::{Address, Message, MessageParser, MimeHeaders as _};
use serde_json::{Value, json};
use system_tests::{
    citizen::{book, code, free},
    office::{Office, Server, Storage, shipped},
    on_both,
    smtp::MailServer,
};

const MORNING: &str = "2026-11-23T08:00:00Z";
const EMAIL: &str = "erika@example.org";

on_both!(
    every_mail_and_calendar_file_of_a_life_is_right,
    a_reminder_says_what_holds_when_it_leaves,
);

/// Altena with these rules, whose mails go to the sink.
async fn altena(storage: Storage, sink: &MailServer, rules: &str) -> Office {
    let mut office = Office::at(storage, &[], Some(MORNING)).await;
    office.import(&file(rules));
    office.configure("SMTP_URL", &sink.url);
    office
}

fn file(rules: &str) -> String {
    shipped("altena").replace("hold_minutes =", &format!("{rules}\nhold_minutes ="))
}

fn basket() -> Value {
    json!([{ "service": "personalausweis" }])
}

async fn starts(server: &Server, day: &str) -> (Value, Vec<Value>) {
    let found = free(server, "altena", basket(), day, day).await;
    let first = &found["days"][0];
    (first["location"].clone(), first["starts"].as_array().unwrap().clone())
}

async fn ask(server: &Server, document: &str) {
    let answer = server.graphql(document, json!({})).await;
    assert_eq!(code(&answer), "none", "{answer}");
}

/// Ends the server and starts it again at another time.
async fn later(office: &mut Office, server: Server, clock: &str) -> Server {
    server.end().await;
    office.set_clock(clock);
    office.serve().await
}

/// So many reminders wait; what has left is marked a moment later.
async fn planned(office: &Office, count: i64) {
    for _ in 0..100 {
        if office.count("outbox WHERE kind = 'reminder' AND state = 'waiting'").await == count {
            return;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("not {count} reminders wait");
}

/// What a mail has for the calendar.
#[derive(Debug, PartialEq, Eq)]
struct Entry {
    method: String,
    uid: String,
    sequence: u32,
    status: String,
    start: String,
}

/// A mail as its reader's program takes it apart.
struct Mail {
    id: String,
    subject: String,
    text: String,
    entry: Option<Entry>,
}

/// The newest of `count` mails, held to what all mails of a town are held to.
async fn newest(sink: &MailServer, count: usize) -> Mail {
    let raw = sink.mails(count).await;
    assert_eq!(raw.len(), count, "no mail too many");
    let raw = raw.last().unwrap();
    let mail = MessageParser::default().parse(raw.as_bytes()).unwrap();
    let header = |name: &str| mail.header_raw(name).map(str::trim).map(str::to_owned);
    assert_eq!(header("Auto-Submitted").as_deref(), Some("auto-generated"), "{raw}");
    assert_eq!(header("Content-Language").as_deref(), Some("de"));
    assert!(header("List-Unsubscribe").is_none(), "a mail about an appointment is no newsletter");
    assert!(header("Date").is_some());
    let of = |address: Option<&Address<'_>>| {
        address.and_then(|all| all.first()?.address.as_deref().map(str::to_owned))
    };
    assert_eq!(of(mail.to()).as_deref(), Some(EMAIL));
    let town = of(mail.reply_to()).unwrap();
    assert!(shipped("altena").contains(&town), "answers go to the town: {town}");
    assert!(of(mail.from()).is_some());
    let text = mail.body_text(0).unwrap().into_owned();
    let html = mail.body_html(0).unwrap();
    assert!(mail.text_body_count() == 1 && mail.html_body_count() == 1, "one body, twice");
    assert!(html.trim_start().to_lowercase().starts_with("<!doctype html"), "{html}");
    assert!(text.contains("Erika Mustermann") && html.contains("Erika Mustermann"));
    assert!(!text.contains('<'), "{text}");
    Mail {
        id: mail.message_id().unwrap().to_owned(),
        subject: mail.subject().unwrap().to_owned(),
        entry: entry(&mail),
        text,
    }
}

/// The calendar file of a mail, read by a calendar parser.
fn entry(mail: &Message<'_>) -> Option<Entry> {
    let file = mail.attachments().find(|part| part.attachment_name() == Some("termin.ics"))?;
    let kind = file.content_type().unwrap();
    assert_eq!((kind.c_type.as_ref(), kind.subtype()), ("text", Some("calendar")));
    let calendar: Calendar = file.text_contents().unwrap().parse().unwrap();
    let method = calendar.property_value("METHOD").unwrap().to_owned();
    assert_eq!(kind.attribute("method"), Some(method.as_str()), "the mail says the same");
    let events: Vec<_> =
        calendar.components.iter().filter_map(CalendarComponent::as_event).collect();
    let [event] = events[..] else { panic!("one event, not {}", events.len()) };
    assert!(event.get_end().is_some() && event.get_location().is_some());
    let property = |name: &str| event.property_value(name).unwrap_or_default().to_owned();
    Some(Entry {
        method,
        uid: event.get_uid().unwrap().to_owned(),
        sequence: property("SEQUENCE").parse().unwrap(),
        status: property("STATUS"),
        start: property("DTSTART"),
    })
}

async fn every_mail_and_calendar_file_of_a_life_is_right(storage: Storage) {
    let sink = MailServer::start().await;
    let mut office = altena(storage, &sink, "confirm_minutes = 20").await;
    let server = office.serve().await;
    let (location, times) = starts(&server, "2026-11-26").await;
    let booked =
        book(&server, "altena", &basket(), (&location, &times[0]), "a-whole-life-in-mails").await;
    let secret = booked["data"]["bookAppointment"]["secret"].as_str().unwrap().to_owned();

    let asked = newest(&sink, 1).await;
    assert!(asked.subject.starts_with("Bitte bestätigen") && asked.entry.is_none());
    planned(&office, 0).await;
    let link = asked.text.lines().find(|line| line.contains("/termin/bestaetigen/")).unwrap();
    let confirm = link.trim().rsplit('/').next().unwrap();
    ask(
        &server,
        &format!(
            "mutation {{ confirmAppointment(town: \"altena\", secret: \"{confirm}\") {{ code }} }}"
        ),
    )
    .await;

    let confirmation = newest(&sink, 2).await;
    let first = confirmation.entry.unwrap();
    assert!(confirmation.subject.starts_with("Ihr Termin"), "{}", confirmation.subject);
    assert_eq!((first.method.as_str(), first.sequence), ("PUBLISH", 0));
    assert!(first.start.starts_with("20261126T"), "{first:?}");
    planned(&office, 1).await;

    // The day before, the reminder leaves.
    let server = later(&mut office, server, "2026-11-25T12:00:00Z").await;
    let reminder = newest(&sink, 3).await;
    assert!(reminder.subject.starts_with("Erinnerung"), "{}", reminder.subject);
    assert_eq!(reminder.entry.as_ref(), Some(&first), "what is in the calendar still holds");
    planned(&office, 0).await;

    // Moved to the week after, the appointment is reminded of there.
    let (location, times) = starts(&server, "2026-12-03").await;
    ask(&server, &format!(
        "mutation {{ rescheduleAppointment(town: \"altena\", appointment: {{ secret: \"{secret}\" }}, location: {location}, startsAt: {}) {{ code }} }}",
        times[0]
    )).await;
    let changed = newest(&sink, 4).await;
    let moved = changed.entry.unwrap();
    assert!(changed.subject.starts_with("Geändert"), "{}", changed.subject);
    assert_eq!((&moved.uid, moved.method.as_str(), moved.sequence), (&first.uid, "PUBLISH", 1));
    assert!(moved.start.starts_with("20261203T"), "{moved:?}");
    planned(&office, 1).await;
    let server = later(&mut office, server, "2026-12-02T12:00:00Z").await;
    let reminder = newest(&sink, 5).await;
    assert_eq!(reminder.entry.as_ref(), Some(&moved));

    ask(&server, &format!(
        "mutation {{ cancelAppointment(town: \"altena\", appointment: {{ secret: \"{secret}\" }}) {{ status }} }}"
    )).await;
    let cancelled = newest(&sink, 6).await;
    let last = cancelled.entry.unwrap();
    assert!(cancelled.subject.starts_with("Abgesagt"), "{}", cancelled.subject);
    assert_eq!((&last.uid, last.method.as_str(), last.sequence), (&first.uid, "CANCEL", 2));
    assert_eq!(last.status, "CANCELLED");
    planned(&office, 0).await;
    let ids = [asked.id, confirmation.id, reminder.id, changed.id, cancelled.id];
    assert_eq!(ids.iter().collect::<HashSet<_>>().len(), 5, "each mail has its own Message-ID");
    assert!(ids.iter().all(|id| id.ends_with("@amtstermin")), "{ids:?}");
}

async fn a_reminder_says_what_holds_when_it_leaves(storage: Storage) {
    let sink = MailServer::start().await;
    let mut office = altena(storage, &sink, "").await;
    let server = office.serve().await;
    let (location, times) = starts(&server, "2026-11-26").await;
    book(&server, "altena", &basket(), (&location, &times[0]), "reminded-of-what-holds").await;
    assert!(!newest(&sink, 1).await.text.contains("Hintereingang"));
    server.end().await;
    office.import(&file("").replace("Eingang an der Lenne", "Nur durch den Hintereingang."));
    office.set_clock("2026-11-25T12:00:00Z");
    let _server = office.serve().await;
    let reminder = newest(&sink, 2).await;
    assert!(reminder.text.contains("Nur durch den Hintereingang."), "{}", reminder.text);
}
