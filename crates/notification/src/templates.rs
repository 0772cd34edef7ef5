//! Mail texts. The plain text is the source; the HTML shows the same paragraphs and lists in the
//! town's colour, so the two never differ and a town edits one text only.

use std::{fmt::Write as _, sync::LazyLock};

use minijinja::{AutoEscape, Environment, Value, context, syntax::SyntaxConfig, value::Serde};

use crate::{
    Error, dates,
    notice::{Kind, Notice, Service},
    texts::{self, Texts},
};

/// A finished mail.
#[derive(Debug)]
pub(crate) struct Mail {
    pub(crate) subject: String,
    pub(crate) text: String,
    pub(crate) html: String,
}

/// First line: subject. Second: introduction. Rest: text, in which `intro` stands for it. `details`
/// and `close` are pieces of the others; short messages are text alone.
const TEXTS: [(&str, &str); 45] = [
    ("details.de", include_str!("../templates/details.de.txt")),
    ("details.en", include_str!("../templates/details.en.txt")),
    ("close.de", include_str!("../templates/close.de.txt")),
    ("close.en", include_str!("../templates/close.en.txt")),
    ("confirmation.de", include_str!("../templates/confirmation.de.txt")),
    ("confirmation.en", include_str!("../templates/confirmation.en.txt")),
    ("confirm_address.de", include_str!("../templates/confirm_address.de.txt")),
    ("confirm_address.en", include_str!("../templates/confirm_address.en.txt")),
    ("overview.de", include_str!("../templates/overview.de.txt")),
    ("overview.en", include_str!("../templates/overview.en.txt")),
    ("changed.de", include_str!("../templates/changed.de.txt")),
    ("changed.en", include_str!("../templates/changed.en.txt")),
    ("cancelled.de", include_str!("../templates/cancelled.de.txt")),
    ("cancelled.en", include_str!("../templates/cancelled.en.txt")),
    ("cancelled_by_office.de", include_str!("../templates/cancelled_by_office.de.txt")),
    ("cancelled_by_office.en", include_str!("../templates/cancelled_by_office.en.txt")),
    ("reminder.de", include_str!("../templates/reminder.de.txt")),
    ("reminder.en", include_str!("../templates/reminder.en.txt")),
    ("missed.de", include_str!("../templates/missed.de.txt")),
    ("missed.en", include_str!("../templates/missed.en.txt")),
    ("request_received.de", include_str!("../templates/request_received.de.txt")),
    ("request_received.en", include_str!("../templates/request_received.en.txt")),
    ("request_accepted.de", include_str!("../templates/request_accepted.de.txt")),
    ("request_accepted.en", include_str!("../templates/request_accepted.en.txt")),
    ("request_declined.de", include_str!("../templates/request_declined.de.txt")),
    ("request_declined.en", include_str!("../templates/request_declined.en.txt")),
    ("alternative_proposed.de", include_str!("../templates/alternative_proposed.de.txt")),
    ("alternative_proposed.en", include_str!("../templates/alternative_proposed.en.txt")),
    ("waiting_listed.de", include_str!("../templates/waiting_listed.de.txt")),
    ("waiting_listed.en", include_str!("../templates/waiting_listed.en.txt")),
    ("slot_offered.de", include_str!("../templates/slot_offered.de.txt")),
    ("slot_offered.en", include_str!("../templates/slot_offered.en.txt")),
    ("sms_confirmation.de", include_str!("../templates/sms_confirmation.de.txt")),
    ("sms_confirmation.en", include_str!("../templates/sms_confirmation.en.txt")),
    ("sms_request_accepted.de", include_str!("../templates/sms_request_accepted.de.txt")),
    ("sms_request_accepted.en", include_str!("../templates/sms_request_accepted.en.txt")),
    ("sms_changed.de", include_str!("../templates/sms_changed.de.txt")),
    ("sms_changed.en", include_str!("../templates/sms_changed.en.txt")),
    ("sms_cancelled_by_office.de", include_str!("../templates/sms_cancelled_by_office.de.txt")),
    ("sms_cancelled_by_office.en", include_str!("../templates/sms_cancelled_by_office.en.txt")),
    ("sms_reminder.de", include_str!("../templates/sms_reminder.de.txt")),
    ("sms_reminder.en", include_str!("../templates/sms_reminder.en.txt")),
    ("staff_invited.de", include_str!("../templates/staff_invited.de.txt")),
    ("staff_added.de", include_str!("../templates/staff_added.de.txt")),
    ("password_forgotten.de", include_str!("../templates/password_forgotten.de.txt")),
];

/// The language of a mail to somebody who reads `locale`.
pub(crate) fn language(locale: &str) -> &'static str {
    if locale == "de" { "de" } else { "en" }
}

/// What the shipped file of a kind is called; staff read German only.
fn name(kind: Kind, locale: &str) -> String {
    let locale = if kind.speaks(locale) { language(locale) } else { "de" };
    format!("{}.{locale}", kind.as_str())
}

/// The shipped file of a kind.
pub(crate) fn source(kind: Kind, locale: &str) -> &'static str {
    let name = name(kind, locale);
    TEXTS.iter().find(|(own, _)| *own == name).map_or("", |(_, text)| text)
}

pub(crate) fn render(notice: &Notice) -> Result<Mail, Error> {
    let locale = language(&notice.locale);
    let Texts { subject, intro } = texts::render(notice).map_err(broken)?;
    let values = context! { intro, ..values(notice, locale) };
    let text = tidy(&fill(&name(notice.kind, locale), values)?);
    let html = html(notice, locale, &subject, &text);
    Ok(Mail { subject, text, html })
}

/// The same as a short message: one line.
pub(crate) fn render_sms(notice: &Notice) -> Result<String, Error> {
    let locale = language(&notice.locale);
    let name = format!("sms_{}.{locale}", notice.kind.as_str());
    Ok(fill(&name, values(notice, locale))?.trim().to_owned())
}

#[allow(clippy::needless_pass_by_value)] // as `map_err` asks for it
fn broken(error: minijinja::Error) -> Error {
    Error::Template(error.to_string())
}

/// A shipped text with values in it.
fn fill(name: &str, values: Value) -> Result<String, Error> {
    let shipped = SHIPPED.as_ref().map_err(|error| Error::Template(error.clone()))?;
    shipped.get_template(name).and_then(|text| text.render(values)).map_err(broken)
}

/// All shipped texts, read once; they may include each other.
static SHIPPED: LazyLock<Result<Environment<'static>, String>> =
    LazyLock::new(|| environment().map_err(|error| error.to_string()));

fn environment() -> Result<Environment<'static>, minijinja::Error> {
    let mut environment = Environment::new();
    environment.set_auto_escape_callback(|_| AutoEscape::None);
    let syntax = SyntaxConfig::builder()
        .trim_blocks(true)
        .lstrip_blocks(true)
        .keep_trailing_newline(true)
        .build();
    environment.set_syntax(syntax?);
    for (name, text) in TEXTS {
        let is_mail = Kind::ALL.iter().any(|kind| name.starts_with(&format!("{}.", kind.as_str())));
        // Below the subject and the introduction, which the town may have words of its own for.
        let body = if is_mail { text.splitn(3, '\n').nth(2) } else { None };
        environment.add_template(name, body.unwrap_or(text))?;
    }
    Ok(environment)
}

/// What somebody comes for, in a line.
pub(crate) fn services_line(notice: &Notice) -> String {
    let line = |own: &Service| match own.quantity {
        1 => own.name.clone(),
        many => format!("{many} × {}", own.name),
    };
    notice.services.iter().map(line).collect::<Vec<_>>().join(", ")
}

/// Until when an offered place is kept.
pub(crate) fn until(notice: &Notice, locale: &str) -> Option<String> {
    let zone = notice.appointment.as_ref()?.zone;
    let until = notice.until?;
    let day = until.with_timezone(&zone).date_naive();
    Some(format!("{}, {}", dates::date(day, locale), dates::time(until, zone, locale)))
}

fn values(notice: &Notice, locale: &str) -> Value {
    let when = notice.appointment.as_ref().map(|appointment| {
        let zone = appointment.zone;
        let day = appointment.starts_at.with_timezone(&zone).date_naive();
        context! {
            date => dates::date(day, locale),
            time => dates::time(appointment.starts_at, zone, locale),
        }
    });
    let services: Vec<Value> = notice
        .services
        .iter()
        .map(|service| {
            let fees: Vec<String> = service
                .fees
                .iter()
                .map(|(cents, label)| {
                    format!("{} {label}", dates::amount(*cents, locale)).trim().to_owned()
                })
                .collect();
            context! { fees, ..Value::from(Serde(service)) }
        })
        .collect();
    let wishes: Vec<String> = notice
        .wishes
        .iter()
        .map(|wish| format!("{}, {}–{}", dates::date(wish.date, locale), wish.from, wish.to))
        .collect();
    let until = until(notice, locale);
    context! { when, services, wishes, until, ..Value::from(Serde(notice)) }
}

/// Never more than one empty line in a row.
fn tidy(text: &str) -> String {
    let mut tidy = String::new();
    for line in text.trim().lines().map(str::trim_end) {
        if !(line.is_empty() && tidy.ends_with("\n\n")) {
            tidy.push_str(line);
            tidy.push('\n');
        }
    }
    tidy
}

fn html(notice: &Notice, locale: &str, subject: &str, text: &str) -> String {
    let color = &notice.town.color;
    let mut body = String::new();
    for block in text.split("\n\n") {
        let mut items = String::new();
        let mut lines = Vec::new();
        for line in block.lines() {
            match line.strip_prefix("- ") {
                Some(item) => _ = write!(items, "<li style=\"margin:4px 0\">{}</li>", linked(item)),
                None => lines.push(linked(line)),
            }
        }
        if !lines.is_empty() {
            let _ = write!(body, "<p style=\"margin:16px 0\">{}</p>", lines.join("<br>"));
        }
        if !items.is_empty() {
            let _ = write!(body, "<ul style=\"margin:8px 0;padding-left:24px\">{items}</ul>");
        }
    }
    format!(
        "<!doctype html><html lang=\"{locale}\"><head><meta charset=\"utf-8\"><title>{title}</title></head>\
         <body style=\"margin:0;background:#f4f5f7;font:16px/1.5 'Fira Sans',Arial,sans-serif;color:#171a2b\">\
         <div style=\"background:{color};color:#ffffff;padding:16px 24px;font-weight:600;font-size:20px\">{town}</div>\
         <div style=\"max-width:640px;background:#ffffff;padding:8px 24px 24px\">{body}</div></body></html>",
        title = escape(subject),
        town = escape(&notice.town.name),
    )
}

/// Escaped, with web addresses as links.
fn linked(line: &str) -> String {
    line.split(' ')
        .map(|word| {
            let escaped = escape(word);
            if word.starts_with("https://") || word.starts_with("http://") {
                format!("<a href=\"{escaped}\">{escaped}</a>")
            } else {
                escaped
            }
        })
        .collect::<Vec<_>>()
        .join(" ")
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use chrono::{DateTime, NaiveDate, TimeDelta};

    use super::*;
    use crate::notice::{Appointment, Place, Town, Wish};

    fn notice(kind: Kind, locale: &str) -> Notice {
        let starts_at =
            NaiveDate::from_ymd_opt(2026, 12, 3).unwrap().and_hms_opt(9, 15, 0).unwrap().and_utc();
        Notice {
            kind,
            locale: locale.into(),
            town: Town {
                name: "Stadt Steinfurt".into(),
                email: "b@steinfurt.example".into(),
                phone: Some("+49 2552 925-0".into()),
                from: None,
                color: "#8a1538".into(),
                link: "https://t.example/steinfurt".into(),
            },
            name: "<script>alert(1)</script>".into(),
            email: "e@example.org".into(),
            code: "K7M2-XQ4P".into(),
            link: "https://t.example/steinfurt/termin/b/geheim".into(),
            appointment: kind.has_time().then(|| Appointment {
                uid: "u".into(),
                sequence: 0,
                starts_at,
                ends_at: starts_at + TimeDelta::minutes(15),
                zone: chrono_tz::Europe::Berlin,
            }),
            place: Some(Place {
                name: "Rathaus".into(),
                street: "Emsdettener Straße 40".into(),
                postal_code: "48565".into(),
                city: "Steinfurt".into(),
                entrance: "Zugang B (Kantineneingang)".into(),
                visit_rules: "Maske".into(),
            }),
            services: vec![Service {
                name: "Reisepass".into(),
                quantity: 2,
                documents: vec!["Alter Pass".into(), "Lichtbild".into()],
                fees: vec![(7000, String::new()), (3750, "unter 24".into())],
                forms: vec![("Antrag".into(), Some("https://t.example/a.pdf".into()))],
            }],
            wishes: vec![Wish {
                date: starts_at.date_naive(),
                from: "08:00".into(),
                to: "10:00".into(),
            }],
            reason: "Die Kollegin ist erkrankt.".into(),
            until: kind.has_time().then(|| starts_at - TimeDelta::hours(12)),
            texts: Texts::default(),
        }
    }

    /// Every kind in both languages: subject, addressing, number, greeting; no gap where a value is
    /// missing and no trace of the template language.
    #[test]
    fn every_mail_is_whole() {
        let plain = |kind: &Kind| kind.is_for_staff() || *kind == Kind::Overview;
        for kind in Kind::ALL.into_iter().filter(|kind| !plain(kind)) {
            for (locale, time) in [("de", "10:15 Uhr"), ("en", "10:15")] {
                let mail = render(&notice(kind, locale)).unwrap();
                let all = format!("{}\n{}", mail.subject, mail.text);
                assert!(!all.contains(['{', '}', '%']), "{all}");
                assert!(!all.contains("\n\n\n"), "{all}");
                assert!(mail.text.contains("K7M2-XQ4P"), "{all}");
                assert!(mail.text.ends_with("Stadt Steinfurt\n"), "{all}");
                let phone = if locale == "de" { "\n\nTelefon: " } else { "\n\nPhone: " };
                assert!(mail.text.contains(phone), "{all}");
                assert_eq!(mail.subject.contains(time), kind.has_time(), "{all}");
                let explained =
                    matches!(kind, Kind::Changed | Kind::CancelledByOffice | Kind::RequestDeclined);
                assert_eq!(mail.text.contains("erkrankt"), explained, "{all}");
                // Only what still stands is worth bringing documents for.
                let documents = !kind.is_cancellation()
                    && !matches!(
                        kind,
                        Kind::ConfirmAddress
                            | Kind::Missed
                            | Kind::RequestDeclined
                            | Kind::WaitingListed
                    );
                assert_eq!(mail.text.contains("- Alter Pass"), documents, "{all}");
            }
        }
    }

    /// The whole of each mail and short message, to be looked at when it changes.
    #[test]
    fn every_mail_reads_as_it_was_written() {
        for kind in Kind::ALL {
            for locale in if kind.is_for_staff() { &["de"][..] } else { &["de", "en"] } {
                let notice = Notice { name: "Erika Mustermann".into(), ..notice(kind, locale) };
                let mail = render(&notice).unwrap();
                let short = if kind.is_for_phone() {
                    render_sms(&notice).unwrap()
                } else {
                    "none".to_owned()
                };
                let calendar = crate::calendar::of_notice(&notice, DateTime::UNIX_EPOCH);
                let whole = format!(
                    "Subject: {}\n\n{}\n--- HTML\n{}\n--- short message\n{short}\n--- calendar\n{}",
                    mail.subject,
                    mail.text,
                    mail.html.replace("><", ">\n<"),
                    calendar.unwrap_or_else(|| "none".to_owned()).replace('\r', ""),
                );
                insta::assert_snapshot!(format!("{}.{locale}", kind.as_str()), whole);
            }
        }
    }

    /// Four parts of a short message are what gateways take; a person reads no more either.
    #[test]
    fn every_short_message_is_one_line_that_fits() {
        for kind in Kind::ALL.into_iter().filter(|kind| kind.is_for_phone()) {
            for locale in ["de", "en"] {
                let text = render_sms(&notice(kind, locale)).unwrap();
                assert!(text.contains("Stadt Steinfurt") && text.contains("10:15"), "{text}");
                assert!(!text.contains(['\n', '{', '}']) && text.len() < 4 * 153, "{text}");
            }
        }
    }

    #[test]
    fn a_mail_to_staff_says_where_to_go_on() {
        let all = Kind::ALL.into_iter().filter(|kind| kind.is_for_staff());
        for (kind, locale) in all.flat_map(|kind| [(kind, "de"), (kind, "en")]) {
            let mail = render(&notice(kind, locale)).unwrap();
            assert!(
                mail.text.contains("https://t.example/steinfurt/termin/b/geheim\n"),
                "{kind:?}"
            );
            assert!(mail.text.contains("Stadt Steinfurt"), "{kind:?}");
        }
    }

    #[test]
    fn a_confirmation_says_when_where_how_to_get_in_what_to_bring_and_what_it_costs() {
        let mail = render(&notice(Kind::Confirmation, "de")).unwrap();
        assert_eq!(mail.subject, "Ihr Termin am Donnerstag, 3. Dezember 2026 um 10:15 Uhr");
        for part in [
            "K7M2-XQ4P",
            "Zugang B (Kantineneingang)",
            "Maske",
            "- Alter Pass",
            "- Lichtbild",
            "70,00 €",
            "37,50 € unter 24",
            "https://t.example/a.pdf",
            "2 × Reisepass",
            "Emsdettener Straße 40, 48565 Steinfurt",
            "https://t.example/steinfurt/termin/b/geheim",
        ] {
            assert!(mail.text.contains(part), "{part} in\n{}", mail.text);
        }
    }

    #[test]
    fn english_readers_get_english() {
        let mail = render(&notice(Kind::Confirmation, "en")).unwrap();
        assert_eq!(mail.subject, "Your appointment on Thursday, 3 December 2026 at 10:15");
        assert!(mail.text.contains("€37.50 unter 24"));
        assert!(mail.html.contains("lang=\"en\""));
    }

    #[test]
    fn a_request_repeats_the_wishes_and_promises_no_time() {
        for locale in ["de", "en"] {
            let mail = render(&notice(Kind::RequestReceived, locale)).unwrap();
            assert!(mail.text.contains("08:00–10:00"), "{}", mail.text);
            assert!(mail.text.contains("K7M2-XQ4P"));
        }
    }

    #[test]
    fn a_town_s_own_words_stand_in_the_mail_around_the_same_facts() {
        let own = Notice {
            texts: Texts {
                subject: "{{ town }}: {{ date }}".into(),
                intro:
                    "Schön, dass Sie kommen,\n{{ name }}!{% if place %} Ort: {{ place }}{% endif %}"
                        .into(),
            },
            name: "Erika {{ code }}".into(),
            ..notice(Kind::Confirmation, "de")
        };
        let mail = render(&own).unwrap();
        assert_eq!(mail.subject, "Stadt Steinfurt: Donnerstag, 3. Dezember 2026");
        assert!(mail.text.contains("\nSchön, dass Sie kommen,\nErika {{ code }}! Ort: Rathaus\n"));
        assert!(!mail.text.contains("steht fest"), "{}", mail.text);
        assert!(mail.text.contains("- Alter Pass"), "{}", mail.text);
    }

    #[test]
    fn a_broken_text_of_a_town_never_keeps_a_mail_from_its_reader() {
        let texts = Texts { subject: "{{ ".into(), intro: "{% if %}".into() };
        let mail = render(&Notice { texts, ..notice(Kind::Confirmation, "de") }).unwrap();
        assert_eq!(mail.subject, "Ihr Termin am Donnerstag, 3. Dezember 2026 um 10:15 Uhr");
        assert!(mail.text.contains("steht fest"));
    }

    #[test]
    fn a_name_cannot_bring_markup_into_the_mail() {
        let mail = render(&notice(Kind::Confirmation, "de")).unwrap();
        assert!(!mail.html.contains("<script"), "{}", mail.html);
        assert!(mail.html.contains("&lt;script&gt;"));
    }
}
