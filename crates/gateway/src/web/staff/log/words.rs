//! German for what the audit log tells of.

use catalog::model::TownSetup;
use tenant::{Role, audit::Action};

use crate::web::staff::members;

/// The words for an action; one that another release has written is shown as what it is for all: a
/// change.
pub(super) fn what(action: &str) -> &'static str {
    Action::of(action).map_or("Geändert", words)
}

/// All actions with their words, by these.
pub(super) fn actions() -> Vec<(&'static str, &'static str)> {
    let mut actions: Vec<_> = Action::ALL.iter().map(|own| (own.as_str(), words(*own))).collect();
    actions.sort_by_key(|(_, words)| *words);
    actions
}

fn words(action: Action) -> &'static str {
    use Action as A;
    match action {
        A::AppointmentArrived => "Als da vermerkt",
        A::AppointmentBeyondHours => "Außerhalb der Öffnungszeiten gebucht",
        A::AppointmentBooked => "Termin gebucht",
        A::AppointmentCalled => "Aufgerufen",
        A::AppointmentCancelled => "Termin abgesagt",
        A::AppointmentConfirmed => "Termin bestätigt",
        A::AppointmentLapsed => "Unbestätigter Termin verfallen",
        A::AppointmentMissed => "Als nicht erschienen vermerkt",
        A::AppointmentMoved => "Termin verschoben",
        A::AppointmentRestored => "Termin zurückgestellt",
        A::AppointmentServed => "Als erledigt vermerkt",
        A::ClosureAdded => "Schließung eingetragen",
        A::ClosureRemoved => "Schließung entfernt",
        A::ClosureUndone => "Schließung zurückgenommen",
        A::ClosureViewed => "Betroffene einer Schließung angesehen",
        A::ContactCorrected => "Kontaktdaten berichtigt",
        A::ContactDeleted => "Kontaktdaten gelöscht",
        A::ContactSmsStopped => "SMS abbestellt",
        A::ContactViewed => "Kontaktdaten angesehen",
        A::DayViewed => "Tag angesehen",
        A::InboxViewed => "Anfragen angesehen",
        A::KeyRotated => "Schlüssel gewechselt",
        A::ListViewed => "Terminliste angesehen",
        A::LogShortened => "Protokoll gekürzt",
        A::LogoUploaded => "Logo hochgeladen",
        A::MailBounced => "E-Mail kam zurück",
        A::MailResent => "E-Mail noch einmal gesendet",
        A::NoteDeleted => "Notiz gelöscht",
        A::NoteViewed => "Notiz angesehen",
        A::NoteWritten => "Notiz geschrieben",
        A::PasskeyAdded => "Passkey eingerichtet",
        A::PasskeyCopied => "Womöglich kopierter Passkey abgewiesen",
        A::PasskeyRemoved => "Passkey entfernt",
        A::PasskeyUsed => "Mit Passkey angemeldet",
        A::PasswordChanged => "Kennwort geändert",
        A::RequestAccepted => "Anfrage angenommen",
        A::RequestDeclined => "Anfrage abgelehnt",
        A::RequestPassed => "Vorschlag abgelehnt",
        A::RequestProposed => "Andere Zeit vorgeschlagen",
        A::RequestReceived => "Anfrage erhalten",
        A::RequestWithdrawn => "Anfrage zurückgezogen",
        A::SearchViewed => "Suchergebnis angesehen",
        A::SecondFactorAdded => "Zweiten Faktor eingerichtet",
        A::SecondFactorRemoved => "Zweiten Faktor entfernt",
        A::SecretChanged => "Geheimnis geändert",
        A::SetupImported => "Einrichtung geändert",
        A::StaffInvited => "Zugang gegeben",
        A::StaffLinked => "Mit dem Anbieter der Stadt verbunden",
        A::StaffRemoved => "Zugang entzogen",
        A::StaffRoleChanged => "Rolle geändert",
        A::StaffSignInRefused => "Anmeldung beim Anbieter abgewiesen",
        A::StaffSignedIn => "Beim Anbieter der Stadt angemeldet",
        A::WaitingEnded => "Warten beendet",
        A::WaitingJoined => "Auf die Warteliste gesetzt",
        A::WaitingLeft => "Warteliste verlassen",
        A::WaitingOffered => "Freien Platz angeboten",
        A::WaitingTaken => "Angebotenen Platz genommen",
    }
}

/// `1 Person`, `2 Personen`
pub(super) fn people(number: usize) -> String {
    if number == 1 { "1 Person".to_owned() } else { format!("{number} Personen") }
}

/// What a role became, from `reader > clerk at 0198c0de-… for standesamt`.
pub(super) fn roles(setup: &TownSetup, change: &str) -> String {
    if change.is_empty() {
        return String::new();
    }
    change.split(" > ").map(|own| role(setup, own)).collect::<Vec<_>>().join(" → ")
}

/// A role with its limits ([`tenant::accounts::members::Assignment`]).
fn role(setup: &TownSetup, assignment: &str) -> String {
    let (rest, departments) = assignment.split_once(" for ").unwrap_or((assignment, ""));
    let (role, places) = rest.split_once(" at ").unwrap_or((rest, ""));
    let role = role.parse().map_or("keine Rolle", |role: Role| members::short(role));
    let place = |id: &str| {
        let own = setup.locations.iter().find(|own| own.id.to_string() == id);
        own.map_or("aufgegebener Standort", |own| own.name.get("de"))
    };
    let department = |slug: &str| {
        let own = setup.departments.iter().find(|own| own.slug == slug);
        own.map_or("aufgegebenes Amt", |own| own.name.get("de")).to_owned()
    };
    let places = places.split_whitespace().map(|id| place(id).to_owned());
    let limits: Vec<String> =
        places.chain(departments.split_whitespace().map(department)).collect();
    if limits.is_empty() { role.to_owned() } else { format!("{role} (nur {})", limits.join(", ")) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_role_is_told_with_its_limits() {
        let setup =
            catalog::townfile::parse(include_str!("../../../../../catalog/towns/lengerich.toml"));
        let setup = setup.unwrap();
        let id = setup.locations[0].id;
        let told = |change: &str| roles(&setup, change);
        assert_eq!(told("none > admin"), "keine Rolle → Verwaltung");
        assert_eq!(
            told(&format!("reader > clerk at {id} for standesamt")),
            "Lesen → Schalter (nur Rathaus, Standesamt)"
        );
        assert_eq!(told(""), "");
        let gone = uuid::Uuid::max();
        assert_eq!(
            told(&format!("clerk at {gone} > none")),
            "Schalter (nur aufgegebener Standort) → keine Rolle"
        );
    }

    #[test]
    fn no_two_actions_share_their_words() {
        let all = actions();
        assert!(all.windows(2).all(|two| two[0].1 != two[1].1), "{all:?}");
        assert_eq!(what("appointment.of-tomorrow"), "Geändert");
    }
}
