//! The parts of the set-up that have a form of their own.

use catalog::model::TownSetup;
use notification::notice::Kind;

use super::{
    calendar, hours, location, mails, notices, providers, reader::Reader, section::Section, sender,
    service, town, week,
};

/// One part.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Part {
    /// Name, contact, languages, rules.
    Town,
    /// Colour and logo.
    Look,
    /// Imprint, privacy, accessibility.
    Legal,
    /// Where mails come from.
    Sender,
    /// Reminders, short messages, webhooks.
    Notices,
    /// Where staff sign in, and where citizens fetch their data from.
    Providers,
    /// The town's booking window.
    Booking,
    /// Categories and departments.
    Groups,
    /// Closures of the whole town.
    Closures,
    /// The town's words in one kind of mail.
    Mail(Kind),
    /// One service, or a new one.
    Service(Option<String>),
    /// One location with its counters, or a new one.
    Location(Option<String>),
    /// Recurring windows of a location.
    Hours(String),
    /// Special openings and closures of a location.
    Days(String),
}

impl Part {
    /// The part that an address below the set-up names.
    pub(super) fn at(path: &str) -> Option<Self> {
        let parts: Vec<&str> = path.split('/').collect();
        Some(match parts.as_slice() {
            ["stadt"] => Self::Town,
            ["aussehen"] => Self::Look,
            ["rechtstexte"] => Self::Legal,
            ["absender"] => Self::Sender,
            ["benachrichtigungen"] => Self::Notices,
            ["anmeldung"] => Self::Providers,
            ["zeitraum"] => Self::Booking,
            ["gruppen"] => Self::Groups,
            ["schliessungen"] => Self::Closures,
            ["mails", kind] => Self::Mail(Kind::named(kind)?),
            ["neues-anliegen"] => Self::Service(None),
            ["anliegen", slug] => Self::Service(Some((*slug).to_owned())),
            ["neuer-standort"] => Self::Location(None),
            ["standorte", slug] => Self::Location(Some((*slug).to_owned())),
            ["standorte", slug, "zeiten"] => Self::Hours((*slug).to_owned()),
            ["standorte", slug, "tage"] => Self::Days((*slug).to_owned()),
            _ => return None,
        })
    }

    /// Its address below the set-up.
    pub(super) fn path(&self) -> String {
        match self {
            Self::Town => "stadt".to_owned(),
            Self::Look => "aussehen".to_owned(),
            Self::Legal => "rechtstexte".to_owned(),
            Self::Sender => "absender".to_owned(),
            Self::Notices => "benachrichtigungen".to_owned(),
            Self::Providers => "anmeldung".to_owned(),
            Self::Booking => "zeitraum".to_owned(),
            Self::Groups => "gruppen".to_owned(),
            Self::Closures => "schliessungen".to_owned(),
            Self::Mail(kind) => format!("mails/{}", kind.as_str()),
            Self::Service(None) => "neues-anliegen".to_owned(),
            Self::Service(Some(slug)) => format!("anliegen/{slug}"),
            Self::Location(None) => "neuer-standort".to_owned(),
            Self::Location(Some(slug)) => format!("standorte/{slug}"),
            Self::Hours(slug) => format!("standorte/{slug}/zeiten"),
            Self::Days(slug) => format!("standorte/{slug}/tage"),
        }
    }

    /// The page that leads to it, below the console.
    pub(super) fn home(&self) -> &'static str {
        match self {
            Self::Mail(_) => "/einrichtung/mails",
            _ => "/einrichtung",
        }
    }

    /// The page that follows when it is saved, below the console: with what is to be done next.
    pub(super) fn next(&self) -> String {
        match self {
            Self::Sender => format!("/einrichtung/teil/{}", self.path()),
            _ => self.home().to_owned(),
        }
    }

    /// Its form; none for a service or location that the town does not have.
    pub(super) fn section(&self, setup: &TownSetup) -> Option<Section> {
        Some(match self {
            Self::Town => town::town(setup),
            Self::Look => town::look(setup),
            Self::Legal => town::legal(setup),
            Self::Sender => sender::sender(setup),
            Self::Notices => notices::notices(setup),
            Self::Providers => providers::providers(setup),
            Self::Booking => town::booking(setup),
            Self::Groups => town::groups(setup),
            Self::Closures => town::closures(setup),
            Self::Mail(kind) => mails::texts(setup, *kind),
            Self::Service(None) => service::service(setup, None),
            Self::Service(Some(slug)) => service::service(setup, Some(setup.service(slug)?)),
            Self::Location(None) => location::location(setup, None),
            Self::Location(Some(slug)) => location::location(setup, Some(setup.location(slug)?)),
            Self::Hours(slug) => hours::hours(setup.location(slug)?),
            Self::Days(slug) => calendar::days(setup.location(slug)?, &setup.town.locales),
        })
    }

    /// Takes its form back into the set-up. Returns how the keys of its problems begin now.
    pub(super) fn read(&self, reader: &mut Reader<'_>, setup: &mut TownSetup) -> String {
        match self {
            Self::Town => town::read_town(reader, setup),
            Self::Look => town::read_look(reader, setup),
            Self::Legal => town::read_legal(reader, setup),
            Self::Sender => sender::read_sender(reader, setup),
            Self::Notices => notices::read_notices(reader, setup),
            Self::Providers => providers::read_providers(reader, setup),
            Self::Booking => town::read_booking(reader, setup),
            Self::Groups => town::read_groups(reader, setup),
            Self::Closures => town::read_closures(reader, setup),
            Self::Mail(kind) => {
                mails::read_texts(reader, setup, *kind);
                return format!("mail {:?}.", kind.as_str());
            }
            Self::Service(slug) => {
                let slug = service::read_service(reader, setup, slug.as_deref());
                return format!("service {slug:?}.");
            }
            Self::Location(slug) => {
                let slug = location::read_location(reader, setup, slug.as_deref());
                return format!("location {slug:?}.");
            }
            Self::Hours(slug) | Self::Days(slug) => {
                if let Some(own) = setup.locations.iter_mut().find(|own| own.slug == *slug) {
                    match self {
                        Self::Hours(_) => hours::read_hours(reader, own),
                        _ => calendar::read_days(reader, own),
                    }
                }
                return format!("location {slug:?}.");
            }
        }
        match self {
            Self::Groups | Self::Closures => String::new(),
            _ => "town.".to_owned(),
        }
    }

    /// The picture that its form goes with.
    pub(super) fn week(&self, setup: &TownSetup) -> Option<week::Picture> {
        match self {
            Self::Hours(slug) => setup.location(slug).map(week::picture),
            _ => None,
        }
    }

    /// Takes it out of the set-up, where that is possible.
    pub(super) fn remove(&self, setup: &mut TownSetup) {
        match self {
            Self::Mail(kind) => setup.mails.retain(|own| own.kind != kind.as_str()),
            Self::Service(Some(slug)) => service::remove_service(setup, slug),
            Self::Location(Some(slug)) => setup.locations.retain(|own| own.slug != *slug),
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use catalog::townfile;

    use super::*;

    fn parts(setup: &TownSetup) -> Vec<Part> {
        let mut parts = vec![
            Part::Town,
            Part::Look,
            Part::Legal,
            Part::Sender,
            Part::Notices,
            Part::Providers,
            Part::Booking,
            Part::Groups,
            Part::Closures,
        ];
        parts.extend(Kind::ALL.map(Part::Mail));
        parts.extend(setup.services.iter().map(|own| Part::Service(Some(own.slug.clone()))));
        for location in &setup.locations {
            parts.push(Part::Location(Some(location.slug.clone())));
            parts.push(Part::Hours(location.slug.clone()));
            parts.push(Part::Days(location.slug.clone()));
        }
        parts
    }

    #[test]
    fn every_form_of_every_shipped_town_gives_back_exactly_what_it_shows() {
        for (slug, text) in townfile::SHIPPED {
            let setup = townfile::parse(text).unwrap();
            for part in parts(&setup) {
                let section = part.section(&setup).unwrap();
                let given = section.sent();
                let mut reader = Reader::new(&given, &section, &setup.town.locales);
                let mut read = setup.clone();
                part.read(&mut reader, &mut read);
                assert_eq!(reader.wrong, [], "{slug}: {part:?}");
                // The text of a file may end in blanks that a form does not keep.
                let trimmed = |setup: &TownSetup| townfile::to_toml(setup).replace(" \n", "\n");
                assert_eq!(trimmed(&read), trimmed(&setup), "{slug}: {part:?}");
            }
        }
    }

    #[test]
    fn what_a_town_tells_others_comes_back_from_its_form() {
        let text = townfile::SHIPPED[0].1;
        let more = "mail_from = \"termine@lengerich.example\"\nsms = { url = \"https://sms.example/\", headers = { Authorization = \"Bearer {{ secret }}\" }, body = \"{{ phone }}: {{ text }}\" }\nwebhooks = [{ slug = \"halle\", url = \"https://halle.example/\", events = [\"arrived\"] }, { slug = \"alles\", url = \"https://alles.example/\" }]\nhold_minutes =";
        let setup = townfile::parse(&text.replacen("hold_minutes =", more, 1)).unwrap();
        let form = Part::Notices.section(&setup).unwrap();
        let given = form.sent();
        let mut reader = Reader::new(&given, &form, &setup.town.locales);
        let mut read = setup.clone();
        Part::Notices.read(&mut reader, &mut read);
        assert_eq!((reader.wrong, &read), (vec![], &setup));
    }

    #[test]
    fn where_people_sign_in_comes_back_from_its_form() {
        let more = "staff_provider = { name = \"Stadt-Konto\", issuer = \"https://login.lengerich.example/\", client_id = \"termine\" }\nstaff_provider_only = true\ncitizen_provider = { name = \"BundID\", issuer = \"https://id.example\", client_id = \"l\" }\nhold_minutes =";
        let text = townfile::SHIPPED[0].1.replacen("hold_minutes =", more, 1);
        let setup = townfile::parse(&text).unwrap();
        let form = Part::Providers.section(&setup).unwrap();
        let given = form.sent();
        let mut read = setup.clone();
        Part::Providers.read(&mut Reader::new(&given, &form, &setup.town.locales), &mut read);
        assert_eq!(read, setup);
    }

    #[test]
    fn an_address_leads_to_its_part_and_back() {
        let setup = townfile::parse(townfile::SHIPPED[0].1).unwrap();
        let new = [Part::Service(None), Part::Location(None)];
        for part in parts(&setup).into_iter().chain(new) {
            assert_eq!(Part::at(&part.path()), Some(part.clone()));
            assert!(part.section(&setup).is_some());
        }
        assert_eq!(Part::at("anliegen"), None);
        assert_eq!(
            Part::Service(Some("gibt-es-nicht".to_owned())).section(&setup).map(|_| ()),
            None
        );
    }

    #[test]
    fn a_counter_that_goes_takes_the_windows_that_only_it_had() {
        let setup = townfile::parse(townfile::SHIPPED[3].1).unwrap();
        let part = Part::Location(Some("rathaus".to_owned()));
        let form = part.section(&setup).unwrap();
        let mut given = form.sent();
        for number in [1, 2] {
            given.0.push((format!("counter[{number}].remove"), "1".to_owned()));
        }
        let mut read = setup.clone();
        part.read(&mut Reader::new(&given, &form, &setup.town.locales), &mut read);
        let location = &read.locations[0];
        assert_eq!(location.counters.len(), 1);
        // The afternoons were those of the first two: they are not the third's now.
        assert_eq!(location.openings.len(), 1);
        assert_eq!(townfile::check(&read), Ok(()));
    }

    #[test]
    fn a_service_that_goes_is_served_nowhere() {
        let mut setup = townfile::parse(townfile::SHIPPED[0].1).unwrap();
        let slug = setup.services[0].slug.clone();
        Part::Service(Some(slug.clone())).remove(&mut setup);
        assert!(setup.service(&slug).is_none());
        assert_eq!(townfile::check(&setup), Ok(()));
    }
}
