//! Mails that did not arrive: why, about whom, and once more.

use askama::Template;
use axum::{
    extract::Path,
    http::StatusCode,
    response::{IntoResponse as _, Redirect},
};
use notification::{notice::Kind, outbox::DeadLetter};

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
    /// How many can be sent again; what came back is kept no more.
    fn resendable(&self) -> usize {
        self.mails.iter().filter(|mail| mail.resendable).count()
    }

    /// The page of the appointment that a mail is about.
    fn about(&self, mail: &DeadLetter) -> Option<String> {
        let of_appointment = Kind::named(&mail.kind).is_some_and(Kind::is_of_appointment);
        of_appointment.then(|| self.desk.to(&format!("/termine/{}", mail.subject)))
    }
}

/// What a kind is called, and when it is sent.
pub(super) fn words(kind: Kind) -> (&'static str, &'static str) {
    match kind {
        Kind::ConfirmAddress => ("Adresse bestätigen", "bevor ein Termin feststeht"),
        Kind::Overview => ("Alle Termine", "mit dem Link zur Übersicht"),
        Kind::Confirmation => ("Bestätigung", "nach dem Buchen"),
        Kind::Changed => ("Änderung", "wenn ein Termin verschoben oder geändert ist"),
        Kind::Cancelled => ("Absage durch die Bürgerin oder den Bürger", "bestätigt die Absage"),
        Kind::CancelledByOffice => ("Absage durch das Amt", "wenn Sie absagen müssen"),
        Kind::Reminder => ("Erinnerung", "vor dem Termin"),
        Kind::Missed => ("Verpasst", "wenn niemand gekommen ist"),
        Kind::RequestReceived => ("Terminwunsch eingegangen", "nach dem Absenden"),
        Kind::RequestAccepted => {
            ("Terminwunsch angenommen", "wenn Sie einen Termin dafür vergeben")
        }
        Kind::AlternativeProposed => ("Anderer Vorschlag", "wenn Sie eine andere Zeit vorschlagen"),
        Kind::RequestDeclined => ("Terminwunsch abgelehnt", "wenn kein Wunsch geht"),
        Kind::WaitingListed => ("Auf der Warteliste", "nach dem Eintragen"),
        Kind::SlotOffered => ("Platz frei geworden", "mit dem Angebot, ihn zu nehmen"),
        Kind::StaffInvited => ("Einladung ins Personal", "mit dem Link zum Kennwort"),
        Kind::StaffAdded => ("Weitere Rolle", "für Personal, das sich schon anmeldet"),
        Kind::PasswordForgotten => ("Kennwort vergessen", "mit dem Link zu einem neuen"),
    }
}

/// What the kind of a mail is called; the name of an event as it is.
pub(super) fn word(kind: &str) -> &str {
    Kind::named(kind).map_or(kind, |kind| words(kind).0)
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
    let is_code = |code: &&str| code.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
    let code = reason.split(['(', ')']).nth(1).filter(is_code).unwrap_or_default();
    if reason.starts_with("refused for good") {
        format!("Die Gegenseite hat es endgültig abgelehnt ({code}).").replace(" ()", "")
    } else if reason.starts_with("not accepted for now") {
        "Die Gegenseite war mehr als einen Tag lang nicht erreichbar.".to_owned()
    } else if reason.starts_with("an address") {
        "Die E-Mail-Adresse ist ungültig.".to_owned()
    } else if reason.starts_with("a key") {
        "Ein Schlüssel oder Kennwort der Stadt fehlt; es steht unter „Schlüssel“.".to_owned()
    } else {
        "Der Text konnte nicht erzeugt werden. Bitte prüfen Sie ihn unter „E-Mails“.".to_owned()
    }
}

/// `GET /{town}/verwaltung/mails`
pub(super) async fn list(desk: Desk) -> Answer {
    let mails = scheduling::undelivered(&desk.office, &desk.scope, None).await;
    let mails = mails.map_err(|error| desk.fail(error))?;
    let notice = desk.asked("stand").map(|stand| match stand {
        "alle" => Notice::success("Alle gehen noch einmal hinaus", ""),
        _ => Notice::success("Geht noch einmal hinaus", ""),
    });
    let page = MailsPage { page: &desk.page, room: "protokoll", desk: &desk, notice, mails };
    Ok(render(StatusCode::OK, &page))
}

/// `POST /{town}/verwaltung/mails/{id}`
pub(super) async fn resend(
    desk: Desk,
    Path(named): Path<Named>,
    Posted(Nothing {}): Posted<Nothing>,
) -> Answer {
    let sent = scheduling::send_again(&desk.office, &desk.scope, Some(named.id)).await;
    sent.map_err(|error| desk.fail(error))?;
    Ok(Redirect::to(&desk.with("/mails", &[("stand", "gesendet")])).into_response())
}

/// `POST /{town}/verwaltung/mails`: all of them.
pub(super) async fn resend_all(desk: Desk, Posted(Nothing {}): Posted<Nothing>) -> Answer {
    let sent = scheduling::send_again(&desk.office, &desk.scope, None).await;
    sent.map_err(|error| desk.fail(error))?;
    Ok(Redirect::to(&desk.with("/mails", &[("stand", "alle")])).into_response())
}

#[cfg(test)]
mod tests {
    use notification::Error;

    use super::*;

    #[test]
    fn every_reason_for_giving_up_has_its_words() {
        for (error, words) in [
            (Error::Refused("550".to_owned()), "endgültig abgelehnt (550)."),
            (Error::Refused("5.1.1".to_owned()), "endgültig abgelehnt (5.1.1)."),
            (Error::Refused("no answer".to_owned()), "endgültig abgelehnt."),
            (Error::Later("timeout".to_owned()), "nicht erreichbar"),
            (Error::Address, "E-Mail-Adresse ist ungültig"),
            (Error::Key, "Schlüssel oder Kennwort"),
            (Error::Template("line 3".to_owned()), "„E-Mails“"),
        ] {
            assert!(why(&error.to_string()).contains(words), "{error}");
        }
    }
}
