//! Mails that did not arrive: why, about whom, and once more.

use askama::Template;
use axum::{
    extract::Path,
    http::StatusCode,
    response::{IntoResponse as _, Redirect},
};
use notification::outbox::DeadLetter;

use super::{
    appointment::Named,
    desk::Desk,
    form::{Nothing, Posted},
    notice::Notice,
};
use crate::web::{
    Answer,
    page::{Page, render},
};

#[derive(Template)]
#[template(path = "staff/mails.html")]
struct MailsPage<'a> {
    page: &'a Page,
    room: &'static str,
    desk: &'a Desk,
    notice: Option<Notice>,
    mails: Vec<DeadLetter>,
}

impl MailsPage<'_> {
    /// The page of the appointment that a mail is about.
    fn about(&self, mail: &DeadLetter) -> Option<String> {
        let of_appointment = matches!(
            mail.kind.as_str(),
            "confirmation"
                | "confirm_address"
                | "changed"
                | "cancelled"
                | "cancelled_by_office"
                | "reminder"
                | "missed"
        );
        of_appointment.then(|| self.desk.to(&format!("/termine/{}", mail.subject)))
    }
}

/// The German word for why a mail was written.
pub(super) fn word(kind: &str) -> &str {
    match kind {
        "confirm_address" => "Bitte um Bestätigung",
        "confirmation" => "Bestätigung",
        "changed" => "Änderung",
        "cancelled" | "cancelled_by_office" => "Absage",
        "reminder" => "Erinnerung",
        "missed" => "Nachricht über einen verpassten Termin",
        "request_received" => "Eingang einer Anfrage",
        "request_declined" => "Ablehnung einer Anfrage",
        "alternative_proposed" => "Vorschlag zu einer Anfrage",
        "waiting_listed" | "slot_offered" => "Warteliste",
        "overview" => "Link zu den eigenen Terminen",
        "staff_invited" | "staff_added" => "Einladung",
        "password_forgotten" => "Neues Kennwort",
        other => other,
    }
}

/// What it was: a mail, a short message, an event for another program.
pub(super) fn medium(medium: &str) -> &'static str {
    match medium {
        "sms" => "SMS",
        "webhook" => "Webhook",
        _ => "E-Mail",
    }
}

/// The German words for why it did not arrive; the code of the answer stands behind.
pub(super) fn why(reason: &str) -> String {
    let code: String = reason.chars().filter(char::is_ascii_digit).take(3).collect();
    if reason.starts_with("refused for good") {
        format!("Die Gegenseite hat es endgültig abgelehnt ({code}).").replace(" ()", "")
    } else if reason.starts_with("not accepted for now") {
        "Die Gegenseite war über viele Stunden nicht erreichbar.".to_owned()
    } else {
        "Die E-Mail-Adresse ist ungültig.".to_owned()
    }
}

/// `GET /{town}/verwaltung/mails`
pub(super) async fn list(desk: Desk) -> Answer {
    let mails = scheduling::undelivered(&desk.office, &desk.scope, None).await;
    let mails = mails.map_err(|error| desk.fail(error))?;
    let notice = desk.asked("stand").map(|_| Notice::success("Geht noch einmal hinaus", ""));
    let page = MailsPage { page: &desk.page, room: "protokoll", desk: &desk, notice, mails };
    Ok(render(StatusCode::OK, &page))
}

/// `POST /{town}/verwaltung/mails/{id}`
pub(super) async fn resend(
    desk: Desk,
    Path(named): Path<Named>,
    Posted(Nothing {}): Posted<Nothing>,
) -> Answer {
    let sent = scheduling::send_again(&desk.office, &desk.scope, named.id).await;
    sent.map_err(|error| desk.fail(error))?;
    Ok(Redirect::to(&desk.with("/mails", &[("stand", "gesendet")])).into_response())
}
