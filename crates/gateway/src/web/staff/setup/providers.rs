//! Where people sign in: the town's own providers for its staff and for citizens.

use catalog::model::{Provider, TownSetup};

use super::{
    reader::Reader,
    section::{Extra, Group, Section},
};
use crate::{
    openid::{self, Error, Side},
    web::{
        error::Failure,
        given::Given,
        staff::{desk::Desk, field::Field, notice::Notice, provider::words},
    },
};

/// How the fields of a side begin.
fn start(side: Side) -> &'static str {
    match side {
        Side::Staff => "staff_provider",
        Side::Citizens => "citizen_provider",
    }
}

/// The form.
pub(super) fn providers(setup: &TownSetup) -> Section {
    let town = &setup.town;
    let mut staff = fields(Side::Staff, town.staff_provider.as_ref());
    staff.push(
        Field::flag(
            "staff_provider_only",
            "Das Personal meldet sich nur noch dort an",
            town.staff_provider_only,
        )
        .hint("Kennwörter gelten dann in dieser Stadt nicht mehr. Melden Sie sich vorher selbst einmal über den Anbieter an."),
    );
    let citizens = fields(Side::Citizens, town.citizen_provider.as_ref());
    Section {
        title: "Anmeldung über Anbieter".to_owned(),
        lead: "OpenID Connect: Ihr Personal meldet sich mit dem Konto an, das es in Ihrem Haus schon hat (etwa Keycloak oder Entra). Bürgerinnen und Bürger können Name und E-Mail-Adresse aus einem Konto wie der BundID übernehmen. Was leer bleibt, wird nicht angeboten.",
        groups: vec![
            Group::new(
                "Für das Personal",
                "Der Anbieter bürgt nur für Ihre Stadt: Wer darüber kommt, hat hier seine Rolle und nirgends sonst. Für den zweiten Faktor sorgt der Anbieter.",
                staff,
            ),
            Group::new(
                "Für Bürgerinnen und Bürger",
                "Gespeichert wird davon nur, was jemand danach selbst abschickt.",
                citizens,
            ),
        ],
        extras: vec![Extra::Check],
    }
}

fn fields(side: Side, provider: Option<&Provider>) -> Vec<Field> {
    let at = |name: &str| format!("{}.{name}", start(side));
    let text = |part: fn(&Provider) -> &String| provider.map(part).cloned().unwrap_or_default();
    let example = match side {
        Side::Staff => "Wie ihn Ihr Personal kennt, etwa Stadt-Konto. Steht auf dem Knopf.",
        Side::Citizens => "Etwa BundID. Steht auf dem Knopf.",
    };
    vec![
        Field::line(at("name"), "Name des Anbieters", text(|own| &own.name))
            .hint(example)
            .optional(),
        Field::typed("url", at("issuer"), "Adresse (Issuer)", text(|own| &own.issuer))
            .hint("Genau wie der Anbieter sich nennt, etwa https://login.stadt.de/realms/stadt (Keycloak) oder https://login.microsoftonline.com/…/v2.0 (Entra).")
            .optional(),
        Field::line(at("client_id"), "Client-ID", text(|own| &own.client_id)).optional(),
        Field::secret(at("secret"), "Client-Geheimnis")
            .hint("Wird verschlüsselt gespeichert und nicht wieder angezeigt. Leer: Es bleibt, wie es ist. Eine neue Adresse braucht ein neues Geheimnis.")
            .optional(),
    ]
}

/// Takes the form back; the secrets are kept apart, by [`keep_secrets`].
pub(super) fn read_providers(reader: &mut Reader<'_>, setup: &mut TownSetup) {
    let town = &mut setup.town;
    town.staff_provider = read(reader, Side::Staff);
    town.staff_provider_only = !reader.given.get("staff_provider_only").is_empty();
    town.citizen_provider = read(reader, Side::Citizens);
}

fn read(reader: &Reader<'_>, side: Side) -> Option<Provider> {
    let line = |name: &str| reader.line(&format!("{}.{name}", start(side)));
    let own = Provider { name: line("name"), issuer: line("issuer"), client_id: line("client_id") };
    let nothing = own.name.is_empty() && own.issuer.is_empty() && own.client_id.is_empty();
    (!nothing).then_some(own)
}

/// Keeps the secrets that were typed, once the rest is saved.
pub(super) async fn keep_secrets(desk: &Desk, given: &Given) -> Result<(), Failure> {
    for side in Side::ALL {
        let typed = given.get(&format!("{}.secret", start(side)));
        if typed.is_empty() {
            continue;
        }
        match openid::keep_secret(&desk.office, &desk.scope, side, typed).await {
            Ok(()) | Err(Error::NotOffered) => {}
            Err(error) => return Err(desk.fail(error)),
        }
    }
    Ok(())
}

/// Asks the providers that were typed to describe themselves, and puts what is wrong at their address.
pub(super) async fn check(
    desk: &Desk,
    section: &mut Section,
    changed: &TownSetup,
) -> Result<Notice, Failure> {
    let mut good = Vec::new();
    let mut is_wrong = false;
    for side in Side::ALL {
        let Some(provider) = side.of(&changed.town) else { continue };
        match openid::check(&desk.state, &desk.scope, &provider.issuer).await {
            Ok(()) => good.push(provider.name.as_str()),
            Err(Error::Provider(fault)) => {
                is_wrong = true;
                section.blame(&format!("{}.issuer", start(side)), &words(fault));
            }
            Err(error) => return Err(desk.fail(error)),
        }
    }
    Ok(match (is_wrong, good.as_slice()) {
        (true, _) => Notice::danger("Mit einem Anbieter stimmt etwas nicht", ""),
        (false, []) => Notice::danger(
            "Es ist kein Anbieter eingetragen",
            "Tragen Sie einen ein und prüfen Sie dann.",
        ),
        (false, good) => Notice::success(
            format!("Beschreibung und Schlüssel sind da: {}", good.join(", ")),
            "Gespeichert ist noch nichts. Client-ID und Geheimnis zeigen sich erst bei der ersten Anmeldung.",
        ),
    })
}

/// What is to be copied into the providers: label and address.
pub(super) fn addresses(desk: &Desk) -> Vec<(&'static str, String)> {
    let label = |side| match side {
        Side::Staff => "Rückkehradresse für das Personal",
        Side::Citizens => "Rückkehradresse für Bürgerinnen und Bürger",
    };
    let of = |side| {
        let all = openid::redirects(&desk.state, side, &desk.setup.town);
        all.into_iter().map(move |address| (label(side), address))
    };
    Side::ALL.into_iter().flat_map(of).collect()
}
