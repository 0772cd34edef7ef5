//! The rules of the providers at which people sign in.

use super::super::Problems;
use crate::model::{Provider, Town};

/// Most characters of a provider's name, which stands on a button.
const MAX_NAME: usize = 60;

/// Adds every broken rule.
pub(super) fn providers(town: &Town, problems: &mut Problems) {
    provider("staff_provider", town.staff_provider.as_ref(), problems);
    provider("citizen_provider", town.citizen_provider.as_ref(), problems);
    problems.expect(
        town.staff_provider.is_some() || !town.staff_provider_only,
        || "town.staff_provider_only".to_owned(),
        (
            "expected a staff_provider beside it",
            "geht nur, wenn ein Anbieter für das Personal eingetragen ist",
        ),
    );
}

fn provider(key: &'static str, provider: Option<&Provider>, problems: &mut Problems) {
    let Some(provider) = provider else { return };
    let at = |field: &'static str| move || format!("town.{key}.{field}");
    let length = provider.name.trim().chars().count();
    problems.expect(
        (1..=MAX_NAME).contains(&length),
        at("name"),
        (
            "expected a name of at most 60 characters such as \"BundID\"",
            "erwartet wird ein Name mit höchstens 60 Zeichen, etwa BundID",
        ),
    );
    problems.expect(
        is_issuer(&provider.issuer),
        at("issuer"),
        (
            "expected an address such as \"https://login.example.org/realms/town\"",
            "erwartet wird eine Adresse wie https://login.stadt.de/realms/stadt",
        ),
    );
    problems.expect(
        !provider.client_id.trim().is_empty() && provider.client_id.len() <= 200,
        at("client_id"),
        (
            "expected the client id that the provider has given",
            "erwartet wird die Client-ID, die der Anbieter vergeben hat",
        ),
    );
}

/// An address without query and fragment (OpenID Connect Discovery 1.0, section 3).
fn is_issuer(issuer: &str) -> bool {
    let rest = issuer.strip_prefix("https://").or_else(|| issuer.strip_prefix("http://"));
    let fits = |c: char| c.is_ascii_graphic() && !"?#\"<>\\".contains(c);
    rest.is_some_and(|rest| !rest.is_empty() && !rest.starts_with('/') && rest.chars().all(fits))
}
