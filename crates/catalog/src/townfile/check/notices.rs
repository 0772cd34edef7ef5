//! The rules of what a town tells citizens and others, and of what it asks of those who book.

use std::{collections::HashSet, str::FromStr as _};

use email_address::EmailAddress;

use super::super::Problems;
use crate::model::Town;

/// Adds every broken rule.
pub(super) fn notices(town: &Town, problems: &mut Problems) {
    let at = |key: &'static str| move || format!("town.{key}");
    for (key, hours) in [
        ("reminder_hours", town.reminder_hours),
        ("second_reminder_hours", town.second_reminder_hours),
    ] {
        problems.expect(
            hours <= 336,
            at(key),
            ("expected 0 (never) to 336 hours", "erwartet werden 0 (nie) bis 336 Stunden"),
        );
    }
    problems.expect(
        town.confirm_minutes <= 1440,
        at("confirm_minutes"),
        (
            "expected 0 (not asked for) to 1440 minutes",
            "erwartet werden 0 (nicht verlangt) bis 1440 Minuten",
        ),
    );
    problems.expect(
        (1..=72).contains(&town.offer_hours),
        at("offer_hours"),
        ("expected 1 to 72 hours", "erwartet werden 1 bis 72 Stunden"),
    );
    let returns = town.return_minutes;
    problems.expect(
        returns.from <= returns.to && returns.to <= 1440,
        at("return_minutes.to"),
        (
            "expected two numbers of minutes up to 1440, the smaller first",
            "erwartet werden zwei Zahlen bis 1440 Minuten, die kleinere zuerst",
        ),
    );
    problems.expect(
        town.challenge_surge > 0,
        at("challenge_surge"),
        ("expected at least 1", "erwartet wird mindestens 1"),
    );
    problems.expect(
        (1_000..=1_000_000).contains(&town.challenge_numbers),
        at("challenge_numbers"),
        ("expected 1000 to 1000000", "erwartet werden 1000 bis 1000000"),
    );
    if let Some(from) = &town.mail_from {
        problems.expect(
            EmailAddress::from_str(from).is_ok() && from.is_ascii(),
            at("mail_from"),
            (
                "expected an e-mail address such as \"termine@example.org\"",
                "erwartet wird eine E-Mail-Adresse wie termine@stadt.de",
            ),
        );
    }
    if let Some(sms) = &town.sms {
        problems.expect(is_address(&sms.url), at("sms.url"), ADDRESS);
        let whole = [&sms.url, &sms.body].map(String::as_str).join(" ");
        problems.expect(
            whole.contains("{{ phone }}") && whole.contains("{{ text }}"),
            at("sms.body"),
            (
                "expected {{ phone }} and {{ text }} in the address or the body",
                "erwartet werden {{ phone }} und {{ text }} in Adresse oder Inhalt",
            ),
        );
        let fits = |text: &String| !text.contains(['\r', '\n']);
        problems.expect(
            sms.headers.iter().all(|(name, value)| is_header(name) && fits(value)),
            at("sms.headers"),
            (
                "expected headers such as Authorization = \"Bearer {{ secret }}\"",
                "erwartet wird je Zeile eine Kopfzeile wie Authorization: Bearer {{ secret }}",
            ),
        );
    }
    webhooks(town, problems);
}

fn webhooks(town: &Town, problems: &mut Problems) {
    let mut known = HashSet::new();
    for (index, webhook) in town.webhooks.iter().enumerate() {
        let at = |key: &'static str| move || format!("town.webhooks[{}].{key}", index + 1);
        problems.expect(is_address(&webhook.url), at("url"), ADDRESS);
        let fits = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-';
        let is_slug = !webhook.slug.is_empty() && webhook.slug.bytes().all(fits);
        problems.expect(
            is_slug && known.insert(&webhook.slug),
            at("slug"),
            (
                "expected a name of its own from a-z, 0-9 and -",
                "erwartet wird ein eigener Name aus a–z, 0–9 und -",
            ),
        );
    }
}

const ADDRESS: (&str, &str) = (
    "expected an address such as \"https://www.example.org/path\"",
    "erwartet wird eine Adresse wie https://www.beispiel.de/pfad",
);

/// `http:` is left to those who run the platform: they allow it for addresses in their own network.
fn is_address(url: &str) -> bool {
    let rest = url.strip_prefix("https://").or_else(|| url.strip_prefix("http://"));
    rest.is_some_and(|rest| {
        !rest.is_empty()
            && !rest.starts_with('/')
            && !url.contains(['\r', '\n', '\t', '"', '<', '>'])
            && !url.split("{{").next().unwrap_or_default().contains(' ')
    })
}

/// A token of RFC 9110.
fn is_header(name: &str) -> bool {
    !name.is_empty()
        && name.bytes().all(|b| b.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&b))
}
