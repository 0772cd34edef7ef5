//! A mail as it would arrive, with made-up values, for those who write its words.

use chrono::{DateTime, TimeDelta, Utc};

use crate::{
    Error,
    notice::{Appointment, Kind, Notice, Place, Service, Town, Wish},
    templates,
    texts::Texts,
};

/// A mail as it would arrive.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Preview {
    /// Subject.
    pub subject: String,
    /// Plain text.
    pub text: String,
}

/// The mail that `notice` becomes.
///
/// # Errors
/// [`Error::Template`].
pub fn preview(notice: &Notice) -> Result<Preview, Error> {
    let mail = templates::render(notice)?;
    Ok(Preview { subject: mail.subject, text: mail.text })
}

/// A notice of this kind to nobody in particular.
#[must_use]
pub fn sample(
    kind: Kind,
    locale: &str,
    town: Town,
    texts: Texts,
    zone: chrono_tz::Tz,
    now: DateTime<Utc>,
) -> Notice {
    let german = locale == "de" || !kind.speaks(locale);
    let word = |de: &str, en: &str| if german { de.to_owned() } else { en.to_owned() };
    let starts_at = now + TimeDelta::days(7);
    let appointment = Appointment {
        uid: format!("{}@amtstermin", kind.as_str()),
        sequence: 0,
        starts_at,
        ends_at: starts_at + TimeDelta::minutes(15),
        zone,
    };
    Notice {
        kind,
        locale: word("de", "en"),
        link: format!("{}/…", town.link),
        name: "Erika Mustermann".to_owned(),
        email: String::new(),
        code: "K7M2-XQ4P".to_owned(),
        appointment: kind.has_time().then_some(appointment),
        place: (!kind.is_for_staff()).then(|| Place {
            name: word("Bürgerbüro", "Citizens’ office"),
            street: "Rathausplatz 1".to_owned(),
            postal_code: "12345".to_owned(),
            city: town.name.clone(),
            entrance: String::new(),
            visit_rules: String::new(),
        }),
        services: vec![Service {
            name: word("Personalausweis", "Identity card"),
            quantity: 1,
            documents: vec![word("Alter Ausweis", "Old identity card")],
            fees: Vec::new(),
            forms: Vec::new(),
        }],
        wishes: vec![Wish {
            date: starts_at.date_naive(),
            from: "08:00".to_owned(),
            to: "10:00".to_owned(),
        }],
        reason: word("Die Gründe der Verwaltung stehen hier.", "The office’s reasons stand here."),
        until: kind.has_time().then(|| now + TimeDelta::hours(12)),
        town,
        texts,
    }
}
