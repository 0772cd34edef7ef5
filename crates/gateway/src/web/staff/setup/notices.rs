//! What a town tells whom: reminders, short messages, other programs.

use catalog::model::{SmsGateway, TownSetup, Webhook, WebhookEvent};

use super::{
    reader::Reader,
    section::{BLANK_ROWS, Group, Section},
};
use crate::web::staff::field::Field;

/// The form.
pub(super) fn notices(setup: &TownSetup) -> Section {
    let town = &setup.town;
    let number = |name: &str, label: &str, value: u16| Field::typed("number", name, label, value);
    let mut groups = vec![
        Group::row(
            "Erinnerungen",
            "",
            vec![
                number("reminder_hours", "Erinnerung, Stunden vorher", town.reminder_hours)
                    .hint("0 heißt nie."),
                number(
                    "second_reminder_hours",
                    "Zweite Erinnerung, Stunden vorher",
                    town.second_reminder_hours,
                )
                .hint("0 heißt nie."),
            ],
        ),
        Group::new(
            "Warteliste",
            "",
            vec![
                number("offer_hours", "Frei gewordenen Platz festhalten, Stunden", town.offer_hours)
                    .hint("So lange hat, wer wartet, höchstens Zeit; kurz vor dem Termin ein Viertel der Zeit, die noch bleibt."),
            ],
        ),
        Group::new(
            "SMS",
            "Bestätigung, Änderung, Absage durch das Amt und Erinnerung gehen auch als SMS an alle, die beim Buchen zugestimmt haben. {{ phone }}, {{ text }} und {{ secret }} werden eingesetzt; das Kennwort selbst steht unter „Schlüssel“.",
            sms(town.sms.as_ref()),
        ),
    ];
    let rows = town.webhooks.iter().map(Some).chain(std::iter::repeat_n(None, BLANK_ROWS));
    let row = |(index, webhook): (usize, Option<&Webhook>)| {
        let title = webhook.map_or_else(
            || "Neuer Webhook".to_owned(),
            |webhook| format!("Webhook {}", webhook.slug),
        );
        Group::new(title, "", webhook_row(index + 1, webhook))
    };
    groups.extend(rows.enumerate().map(row));
    Section {
        title: "Benachrichtigungen".to_owned(),
        lead: "Wer wann was erfährt: per E-Mail, per SMS, und andere Programme über Webhooks.",
        groups,
        extras: Vec::new(),
    }
}

fn sms(gateway: Option<&SmsGateway>) -> Vec<Field> {
    let lines = gateway.iter().flat_map(|gateway| &gateway.headers);
    let headers: Vec<String> = lines.map(|(name, value)| format!("{name}: {value}")).collect();
    let text = |part: fn(&SmsGateway) -> &String| gateway.map(part).cloned().unwrap_or_default();
    vec![
        Field::typed("url", "sms.url", "Adresse des Dienstes", text(|own| &own.url))
            .hint("Etwa https://sms.beispiel.de/senden. Leer: keine SMS.")
            .optional(),
        Field::area("sms.headers", "Kopfzeilen", 2, headers.join("\n"))
            .hint("Eine je Zeile, etwa Authorization: Bearer {{ secret }}")
            .optional(),
        Field::area("sms.body", "Inhalt", 3, text(|own| &own.body))
            .hint("Etwa {\"to\": \"{{ phone }}\", \"text\": \"{{ text }}\"}")
            .optional(),
    ]
}

fn webhook_row(number: usize, webhook: Option<&Webhook>) -> Vec<Field> {
    let at = |name: &str| format!("webhooks[{number}].{name}");
    let events = WebhookEvent::ALL.iter();
    let events = events.map(|event| (event.as_str().to_owned(), word(*event).to_owned()));
    let chosen: Vec<String> =
        webhook.iter().flat_map(|own| &own.events).map(|event| event.as_str().to_owned()).collect();
    let text = |part: fn(&Webhook) -> &String| webhook.map(part).cloned().unwrap_or_default();
    let mut fields = vec![
        Field::line(at("slug"), "Name", text(|own| &own.slug))
            .hint("Aus a–z, 0–9 und -, etwa aufrufanlage")
            .optional(),
        Field::typed("url", at("url"), "Adresse", text(|own| &own.url)).optional(),
        Field::several(
            at("events"),
            "Ereignisse (keines gewählt: alle)",
            events.collect(),
            &chosen,
        )
        .optional(),
    ];
    if let Some(webhook) = webhook {
        fields.push(Field::flag(at("remove"), "Diesen Webhook entfernen", false));
        fields.push(Field::key(at("key"), &webhook.slug));
    }
    fields
}

fn word(event: WebhookEvent) -> &'static str {
    match event {
        WebhookEvent::Booked => "gebucht",
        WebhookEvent::Changed => "geändert",
        WebhookEvent::Cancelled => "abgesagt",
        WebhookEvent::Arrived => "da",
        WebhookEvent::Missed => "verpasst",
    }
}

/// Takes the form back.
pub(super) fn read_notices(reader: &mut Reader<'_>, setup: &mut TownSetup) {
    let town = &mut setup.town;
    town.reminder_hours = reader.number("reminder_hours", town.reminder_hours);
    town.offer_hours = reader.number("offer_hours", town.offer_hours);
    town.second_reminder_hours = reader.number("second_reminder_hours", town.second_reminder_hours);
    town.sms = read_sms(reader);
    town.webhooks = reader
        .rows("webhooks", &["slug", "url"])
        .iter()
        .map(|start| {
            let chosen = reader.given.all(&format!("{start}events"));
            let events = WebhookEvent::ALL.into_iter();
            Webhook {
                slug: reader.line(&format!("{start}slug")),
                url: reader.line(&format!("{start}url")),
                events: events
                    .filter(|event| chosen.iter().any(|own| own == event.as_str()))
                    .collect(),
            }
        })
        .collect();
}

fn read_sms(reader: &mut Reader<'_>) -> Option<SmsGateway> {
    let (url, body) = (reader.line("sms.url"), reader.given.lines("sms.body"));
    let mut headers = std::collections::BTreeMap::new();
    for line in reader.list("sms.headers") {
        match line.split_once(':') {
            Some((name, value)) => {
                headers.insert(name.trim().to_owned(), value.trim().to_owned());
            }
            None => reader.wrong.push((
                "sms.headers".to_owned(),
                "erwartet wird je Zeile ein Name, ein Doppelpunkt und ein Wert".to_owned(),
            )),
        }
    }
    let nothing = url.is_empty() && body.is_empty() && headers.is_empty();
    (!nothing).then_some(SmsGateway { url, headers, body })
}
