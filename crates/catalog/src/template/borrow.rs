//! What a town takes over from another. Nothing that names the other town comes along, neither its
//! address nor its legal pages, its colours, its streets or a text with its name in it: a set-up is made
//! neutral first ([`neutral`]), and all that is taken is taken from there.

use std::collections::BTreeMap;

use crate::{
    founding::{self, slug_of},
    model::{
        BookingWindow, Counter, Form, Location, Named, OpeningRule, Service, Slug, Text, TownSetup,
    },
};

/// What is taken over besides services.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Also {
    /// Locations with their counters, without an address; for a town that has none yet.
    pub locations: bool,
    /// Weekly hours, for locations that have none yet.
    pub hours: bool,
    /// The town's booking window, without its dates.
    pub window: bool,
    /// Words of welcome and in mails, where the town has none of its own.
    pub texts: bool,
}

impl Also {
    /// Takes over from a set-up that is [`neutral`]; services are taken before, so that counters can
    /// serve them.
    pub fn borrow(self, setup: &mut TownSetup, source: &TownSetup) {
        if self.locations && setup.locations.is_empty() {
            let services = &setup.services;
            let is_known = |slug: &Slug| services.iter().any(|own| own.slug == *slug);
            setup.locations = source.locations.iter().map(|own| bare(own, is_known)).collect();
        }
        if self.hours {
            for own in setup.locations.iter_mut().filter(|own| own.openings.is_empty()) {
                let same = source.location(&own.slug).or(source.locations.first());
                let openings = same.map(|same| same.openings.as_slice()).unwrap_or_default();
                own.openings =
                    openings.iter().filter_map(|rule| window(rule, &own.counters)).collect();
            }
        }
        if self.window {
            let BookingWindow { min_notice, max_days_ahead, release_time, .. } =
                source.town.booking;
            let dates = setup.town.booking.clone();
            setup.town.booking =
                BookingWindow { min_notice, max_days_ahead, release_time, ..dates };
        }
        if self.texts {
            if setup.town.welcome.is_empty() {
                setup.town.welcome = source.town.welcome.clone();
            }
            for theirs in &source.mails {
                if !setup.mails.iter().any(|own| own.kind == theirs.kind) {
                    setup.mails.push(theirs.clone());
                }
            }
        }
    }
}

/// A location of a neutral set-up whose counters serve what the town has.
fn bare(theirs: &Location, is_known: impl Fn(&Slug) -> bool) -> Location {
    let mut own = Location { openings: Vec::new(), ..theirs.clone() };
    for counter in &mut own.counters {
        counter.services.retain(&is_known);
    }
    own
}

/// A window at counters that are there; none where it was only at others, or only for a time.
fn window(rule: &OpeningRule, own: &[Counter]) -> Option<OpeningRule> {
    let is_here = |slug: &&Slug| own.iter().any(|counter| counter.slug == **slug);
    let counters: Vec<Slug> = rule.counters.iter().filter(is_here).cloned().collect();
    let stands = rule.counters.is_empty() || !counters.is_empty();
    (stands && rule.valid_until.is_none()).then(|| OpeningRule { counters, ..rule.clone() })
}

/// A town's set-up as any other could have it: without its address and its dates, and without whatever
/// names the town or its places. What has no name left gets a common one, and a slug to it.
#[must_use]
pub fn neutral(source: &TownSetup) -> TownSetup {
    let names = Names::of(source);
    let mut own = source.clone();
    let departments = names.neutral_groups(&mut own.departments, "Amt");
    let categories = names.neutral_groups(&mut own.categories, "Anliegen");
    own.services.retain(|service| names.spare(&service.name));
    let services = names.renamed(own.services.iter().map(|own| (&own.slug, own.name.get("de"))));
    for service in &mut own.services {
        names.make_neutral(service);
        take_name(&mut service.slug, &services);
        take_name(&mut service.department, &departments);
        take_name(&mut service.category, &categories);
    }
    own.town.welcome = names.without(&own.town.welcome);
    own.mails.retain(|mail| names.spare(&mail.subject) && names.spare(&mail.intro));
    own.locations = names.places(&source.locations, &services);
    own.closures = Vec::new();
    own
}

/// Old slugs with the new ones.
type NewSlugs = BTreeMap<Slug, Slug>;

fn take_name(slug: &mut Slug, new: &NewSlugs) {
    if let Some(own) = new.get(slug) {
        slug.clone_from(own);
    }
}

/// A booking window without its dates.
fn dateless(window: &BookingWindow) -> BookingWindow {
    BookingWindow { bookable_from: None, bookable_until: None, ..window.clone() }
}

/// What a town and its places are called, in lower case.
struct Names {
    /// In a text.
    words: Vec<String>,
    /// In a slug or an address.
    slug: String,
}

/// Shorter names than that stand within other words.
const TELLING: usize = 5;

impl Names {
    fn of(setup: &TownSetup) -> Self {
        let town = &setup.town;
        let whole = town.name.to_lowercase();
        // Without what stands before and behind it: `Stadt Altena (Westf.)` is also `altena`.
        let bare = whole.split(['(', ',', '/']).next().unwrap_or_default();
        let bare = bare.split_whitespace().filter(|word| !founding::is_kind(word));
        let mut words =
            vec![bare.collect::<Vec<_>>().join(" "), whole, town.county.name.to_lowercase()];
        words.extend(town.hosts.iter().map(|own| own.to_lowercase()));
        words.extend(town.email.split_once('@').map(|(_, domain)| domain.to_lowercase()));
        words.extend(town.phone.iter().map(|own| own.to_lowercase()));
        for place in &setup.locations {
            let street = place.street.to_lowercase();
            let name = street.trim_end_matches(|own: char| own.is_ascii_digit() || own == ' ');
            // A street's name alone may be a common word, such as Markt.
            words.extend((name.chars().count() > TELLING).then(|| name.to_owned()));
            words.extend([street, place.city.to_lowercase()]);
        }
        words.retain(|own| !own.is_empty());
        Self { words, slug: founding::slug(&town.name) }
    }

    /// Whether a text has none of the names in it.
    fn spares(&self, text: &str) -> bool {
        let text = text.to_lowercase();
        let is_word = |name: &str| {
            let mut ends = text.match_indices(name).map(|(at, _)| (at, at + name.len()));
            let is_letter = |own: Option<char>| own.is_some_and(char::is_alphanumeric);
            ends.any(|(from, to)| {
                let within = is_letter(text[to..].chars().next()) && name.chars().count() < TELLING;
                !is_letter(text[..from].chars().next_back()) && !within
            })
        };
        !self.words.iter().any(|name| is_word(name))
    }

    /// Whether no language of the text has such a name in it.
    fn spare(&self, text: &Text) -> bool {
        text.0.values().all(|own| self.spares(own))
    }

    /// The text, or none if it has such a name in it.
    fn without(&self, text: &Text) -> Text {
        if self.spare(text) { text.clone() } else { Text::default() }
    }

    /// Whether a slug or an address has the town's name in it.
    fn is_in(&self, address: &str) -> bool {
        let mut parts = address.split(|own: char| !own.is_ascii_alphanumeric());
        let is_part = parts.any(|own| own == self.slug);
        is_part || (self.slug.len() >= TELLING && address.contains(&self.slug))
    }

    /// New slugs for what has the town's name in its own, made from shown names.
    fn renamed<'a>(&self, all: impl Iterator<Item = (&'a Slug, &'a str)> + Clone) -> NewSlugs {
        let mut new = NewSlugs::new();
        for (slug, name) in all.clone().filter(|(slug, _)| self.is_in(slug)) {
            let is_taken = |own: &str| {
                all.clone().any(|(slug, _)| slug == own) || new.values().any(|slug| slug == own)
            };
            let own = slug_of(name, is_taken);
            new.insert(slug.clone(), own);
        }
        new
    }

    /// Gives groups that bear the town's name a common one; returns their new slugs.
    fn neutral_groups(&self, groups: &mut [Named], common: &str) -> NewSlugs {
        for own in groups.iter_mut().filter(|own| !self.spare(&own.name)) {
            own.name = Text::german(common);
        }
        let new = self.renamed(groups.iter().map(|own| (&own.slug, own.name.get("de"))));
        for own in groups {
            take_name(&mut own.slug, &new);
        }
        new
    }

    fn make_neutral(&self, service: &mut Service) {
        service.explanation = self.without(&service.explanation);
        service.documents.retain(|own| self.spare(own));
        service.keywords.retain(|own| self.spares(own));
        service.forms.retain(|own| self.spare(&own.label));
        for Form { url, .. } in &mut service.forms {
            // Without an address the form is handed out.
            *url = url.take().filter(|own| self.spares(own) && !self.is_in(own));
        }
        for fee in &mut service.fees {
            fee.label = self.without(&fee.label);
        }
        service.booking = dateless(&service.booking);
    }

    /// Locations as any town could have them.
    fn places(&self, theirs: &[Location], services: &NewSlugs) -> Vec<Location> {
        let mut places: Vec<Location> =
            theirs.iter().map(|own| self.place(own, services)).collect();
        let names: Vec<String> = places.iter().map(|own| own.name.get("de").to_owned()).collect();
        let new =
            self.renamed(places.iter().map(|own| &own.slug).zip(names.iter().map(String::as_str)));
        for own in &mut places {
            take_name(&mut own.slug, &new);
        }
        places
    }

    fn place(&self, theirs: &Location, services: &NewSlugs) -> Location {
        let name = self.without(&theirs.name);
        let name = if name.get("de").is_empty() { Text::german("Standort") } else { name };
        let mut counters: Vec<Counter> =
            (1..).zip(&theirs.counters).map(|(number, own)| self.counter(number, own)).collect();
        let names: Vec<String> = counters.iter().map(|own| own.name.clone()).collect();
        let new = self
            .renamed(counters.iter().map(|own| &own.slug).zip(names.iter().map(String::as_str)));
        for own in &mut counters {
            take_name(&mut own.slug, &new);
            own.services.iter_mut().for_each(|slug| take_name(slug, services));
        }
        let mut openings = theirs.openings.clone();
        for slug in openings.iter_mut().flat_map(|own| &mut own.counters) {
            take_name(slug, &new);
        }
        Location {
            id: uuid::Uuid::nil(),
            name,
            street: String::new(),
            postal_code: String::new(),
            city: String::new(),
            entrance: Text::default(),
            visit_rules: self.without(&theirs.visit_rules),
            booking: dateless(&theirs.booking),
            counters,
            openings,
            specials: Vec::new(),
            closures: Vec::new(),
            ..theirs.clone()
        }
    }

    fn counter(&self, number: usize, theirs: &Counter) -> Counter {
        let is_neutral = self.spares(&theirs.name);
        let name = if is_neutral { theirs.name.clone() } else { format!("Schalter {number}") };
        Counter { id: uuid::Uuid::nil(), name, ..theirs.clone() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        founding::NewTown,
        model::{MailTexts, TownStatus},
        template::Template,
        townfile,
    };

    fn altena() -> TownSetup {
        townfile::parse(townfile::SHIPPED[3].1).unwrap()
    }

    fn new() -> TownSetup {
        let new = NewTown {
            name: "Stadt Neuenrade".into(),
            slug: None,
            ags: "05962048".into(),
            county: "Märkischer Kreis".into(),
            email: "it@neuenrade.example".into(),
        };
        new.setup()
    }

    const ALL: Also = Also { locations: true, hours: true, window: true, texts: true };

    #[test]
    fn a_new_town_gets_all_that_is_chosen_and_nothing_that_names_the_other() {
        let (mut source, mut setup) = (altena(), new());
        let texts = |kind: &str, subject: &str| MailTexts {
            kind: kind.to_owned(),
            subject: Text::german(subject),
            intro: Text::default(),
        };
        source.mails =
            vec![texts("confirmation", "Bis bald"), texts("reminder", "Bis morgen in Altena")];
        let source = neutral(&source);
        let template = Template::from(source.clone());
        let wanted: Vec<Slug> = template.services.iter().map(|own| own.slug.clone()).collect();
        template.give(&mut setup, &wanted[..3], None, None);
        ALL.borrow(&mut setup, &source);
        assert_eq!(townfile::check(&setup), Ok(()));
        let place = &setup.locations[0];
        assert_eq!(place.counters.len(), source.locations[0].counters.len());
        assert!(
            place.counters.iter().all(|own| own.services.iter().all(|s| wanted[..3].contains(s)))
        );
        assert_eq!(place.openings, source.locations[0].openings);
        assert_eq!(setup.town.booking.max_days_ahead, source.town.booking.max_days_ahead);
        assert_eq!(setup.town.booking.bookable_from, None);
        assert_eq!(setup.mails.len(), 1);
        let text = townfile::to_toml(&setup).to_lowercase();
        assert!(!text.contains("altena"), "{text}");
        for theirs in [&altena().town.branding.color, &altena().locations[0].street] {
            assert!(!text.contains(&theirs.to_lowercase()), "{theirs}");
        }
        // It cannot go live before it says where it is.
        setup.town.legal = source.town.legal.clone();
        setup.town.status = TownStatus::Live;
        let problems = townfile::check(&setup).unwrap_err();
        assert!(problems.iter().all(|own| own.key.ends_with("postal_code")), "{problems:?}");
    }

    #[test]
    fn what_a_town_has_already_stays_and_what_is_not_chosen_stays_away() {
        let (source, mut setup) =
            (neutral(&altena()), townfile::parse(townfile::SHIPPED[0].1).unwrap());
        let before = setup.clone();
        Also { window: false, ..ALL }.borrow(&mut setup, &source);
        assert_eq!(setup.locations, before.locations);
        let mut setup = new();
        Also::default().borrow(&mut setup, &source);
        assert_eq!(setup, new());
    }

    #[test]
    fn slugs_counters_and_texts_that_name_the_town_or_its_places_become_neutral() {
        let mut source = altena();
        let place = &mut source.locations[0];
        "rathaus-altena".clone_into(&mut place.slug);
        place.name = Text::german("Rathaus Altena");
        place.visit_rules = Text::german("Klingeln Sie in der Lüdenscheider Straße am Tor.");
        place.counters[0].slug = "altena-1".to_owned();
        place.counters[0].name = "Altenaer Platz".to_owned();
        for rule in &mut place.openings {
            rule.counters = vec!["altena-1".to_owned()];
        }
        let service = &mut source.services[0];
        "altena-ausweis".clone_into(&mut service.slug);
        service.documents.push(Text::german("Formblatt der Stadt Altena (Westf.)"));
        service.explanation = Text::german("Kommen Sie nach Altena.");
        service.keywords.push("Märkischer Kreis".to_owned());
        service.forms.push(Form {
            label: Text::german("Antrag"),
            url: Some("https://www.altena.de/antrag.pdf".to_owned()),
        });
        for counter in &mut source.locations[0].counters {
            "altena-ausweis".clone_into(&mut counter.services[0]);
        }
        let only_here = Service {
            slug: "burg".to_owned(),
            name: Text::german("Trauung auf der Burg Altena"),
            ..source.services[1].clone()
        };
        source.services.push(only_here);
        let source = neutral(&source);
        let mut setup = new();
        let template = Template::from(source.clone());
        let wanted: Vec<Slug> = template.services.iter().map(|own| own.slug.clone()).collect();
        template.give(&mut setup, &wanted, None, None);
        ALL.borrow(&mut setup, &source);
        assert_eq!(townfile::check(&setup), Ok(()));
        let text = townfile::to_toml(&setup).to_lowercase();
        for theirs in ["altena", "lüdenscheider", "burg"] {
            assert!(!text.contains(theirs), "{theirs}: {text}");
        }
        let place = &setup.locations[0];
        assert_eq!((place.slug.as_str(), place.name.get("de")), ("standort", "Standort"));
        assert_eq!(place.counters[0].slug, "schalter-1");
        assert!(place.openings.iter().all(|own| own.counters == ["schalter-1"]), "{text}");
        let service = setup.service("personalausweis-beantragen").unwrap();
        assert_eq!((service.forms.len(), &service.forms[0].url), (1, &None));
        assert!(place.counters.iter().all(|own| own.services.contains(&service.slug)), "{text}");
    }

    #[test]
    fn what_only_sounds_like_a_short_name_stays() {
        let mut source = altena();
        source.town.name = "Gemeinde Au".to_owned();
        let names = Names::of(&source);
        assert!(names.spares("Aufenthaltstitel und Ausweise"));
        assert!(!names.spares("Rathaus Au"));
    }
}
