//! The town's own words in its mails: the kinds, a form for each, a look before saving.

use askama::Template;
use axum::http::StatusCode;
use catalog::model::{MailTexts, Text, TownSetup};
use notification::{
    notice::Kind,
    preview::Preview,
    texts::{self, Texts},
};

use super::{
    load,
    reader::Reader,
    saved,
    section::{Extra, Group, Section},
};
use crate::{
    mail_texts,
    web::{
        Answer,
        error::Failure,
        page::{Page, render},
        staff::{desk::Desk, field::Field, mails::words, notice::Notice},
    },
};

#[derive(Template)]
#[template(path = "staff/setup/mails.html")]
struct MailsPage<'a> {
    page: &'a Page,
    room: &'static str,
    desk: &'a Desk,
    notice: Option<Notice>,
    kinds: Vec<Entry>,
    /// Where mails come from, and where answers go.
    from: String,
    answers: String,
}

/// A kind of mail in a line.
struct Entry {
    name: &'static str,
    when: &'static str,
    href: String,
    /// Whether the town has words of its own.
    own: bool,
}

/// `GET /{town}/verwaltung/einrichtung/mails`
pub(super) async fn list(desk: Desk) -> Answer {
    let (_, setup) = load(&desk).await?;
    let entry = |kind: Kind| {
        let (name, when) = words(kind);
        let own = setup.mails.iter().any(|own| own.kind == kind.as_str());
        let href = desk.to(&format!("/einrichtung/teil/mails/{}", kind.as_str()));
        Entry { name, when, href, own }
    };
    let page = MailsPage {
        page: &desk.page,
        room: "einrichtung",
        desk: &desk,
        notice: desk.asked("stand").map(|_| saved()),
        from: setup.town.mail_from.clone().unwrap_or_else(|| desk.state.mail_from.clone()),
        answers: setup.town.email.clone(),
        kinds: Kind::ALL.into_iter().map(entry).collect(),
    };
    Ok(render(StatusCode::OK, &page))
}

/// The languages of a kind: tag and German word.
fn languages(setup: &TownSetup, kind: Kind) -> Vec<(&str, &'static str)> {
    let spoken = setup.town.locales.iter().map(String::as_str).filter(|own| kind.speaks(own));
    spoken.map(|own| (own, if own == "de" { "Deutsch" } else { "Englisch" })).collect()
}

/// Subject and introduction in the town's languages.
pub(super) fn texts(setup: &TownSetup, kind: Kind) -> Section {
    let known: Vec<String> =
        texts::variables(kind).iter().map(|name| format!("{{{{ {name} }}}}")).collect();
    let hint = format!("Platzhalter: {}", known.join(", "));
    let group = |(locale, language): (&str, &'static str)| {
        let shipped = texts::shipped(kind, locale);
        let own = setup.mail_texts(kind, locale);
        let or = |own: String, shipped: String| if own.is_empty() { shipped } else { own };
        let fields = vec![
            Field::line(format!("subject.{locale}"), "Betreff", or(own.subject, shipped.subject))
                .hint(hint.clone())
                .optional(),
            Field::area(format!("intro.{locale}"), "Einleitung", 4, or(own.intro, shipped.intro))
                .hint("Steht unter der Anrede; darunter folgen die Angaben zum Termin.")
                .optional(),
        ];
        Group::new(language, "", fields)
    };
    let mut extras = vec![Extra::Preview, Extra::Test];
    if setup.mails.iter().any(|own| own.kind == kind.as_str()) {
        extras.push(Extra::Reset);
    }
    Section {
        title: format!("E-Mail: {}", words(kind).0),
        lead: "Was leer bleibt, steht da wie mitgeliefert. Was Sie speichern, gilt für E-Mails, die danach entstehen; auch eine Erinnerung entsteht schon beim Buchen.",
        groups: languages(setup, kind).into_iter().map(group).collect(),
        extras,
    }
}

/// Words that are the shipped ones are not kept, so that they stay the shipped ones.
pub(super) fn read_texts(reader: &mut Reader<'_>, setup: &mut TownSetup, kind: Kind) {
    let known = setup.mails.iter().position(|own| own.kind == kind.as_str());
    let old = known.map(|index| setup.mails[index].clone());
    let mut new = old.unwrap_or_else(|| MailTexts {
        kind: kind.as_str().to_owned(),
        subject: Text::default(),
        intro: Text::default(),
    });
    for (locale, _) in languages(setup, kind) {
        let shipped = texts::shipped(kind, locale);
        for (text, field, shipped) in [
            (&mut new.subject, "subject", shipped.subject),
            (&mut new.intro, "intro", shipped.intro),
        ] {
            let given = reader.given.lines(&format!("{field}.{locale}"));
            text.0.remove(locale);
            if !given.is_empty() && given != shipped {
                text.0.insert(locale.to_owned(), given);
            }
        }
    }
    let is_own = !(new.subject.is_empty() && new.intro.is_empty());
    match known {
        Some(index) if is_own => setup.mails[index] = new,
        Some(index) => drop(setup.mails.remove(index)),
        None if is_own => setup.mails.push(new),
        None => {}
    }
}

/// What stands above a look at unsaved words; a test is sent first where it is asked for.
pub(super) async fn try_out(
    desk: &Desk,
    kind: Kind,
    changed: &TownSetup,
    send: bool,
) -> Result<Notice, Failure> {
    if send {
        for (locale, texts) in all(changed, kind) {
            let sent = mail_texts::send_test(&desk.office, &desk.scope, kind, locale, texts).await;
            sent.map_err(|error| desk.fail(error))?;
        }
        return Ok(Notice::success(
            "Die Probe ist unterwegs zu Ihnen",
            "Gespeichert ist noch nichts.",
        ));
    }
    Ok(Notice::success("Vorschau", "Sie steht unter dem Formular. Gespeichert ist noch nichts."))
}

/// The mail as it would arrive, by language.
pub(super) async fn previews(
    desk: &Desk,
    kind: Kind,
    changed: &TownSetup,
) -> Result<Vec<(&'static str, Preview)>, Failure> {
    let mut previews = Vec::new();
    for (locale, texts) in all(changed, kind) {
        let language = if locale == "de" { "Deutsch" } else { "Englisch" };
        let preview = mail_texts::preview(&desk.office, &desk.scope, kind, locale, texts).await;
        previews.push((language, preview.map_err(|error| desk.fail(error))?));
    }
    Ok(previews)
}

fn all(setup: &TownSetup, kind: Kind) -> Vec<(&str, Texts)> {
    let languages = languages(setup, kind).into_iter();
    languages.map(|(locale, _)| (locale, setup.mail_texts(kind, locale))).collect()
}
