//! What a town takes over from another besides services. Nothing that names the other town comes
//! along: neither its address nor its legal pages, its colours or a text with its name in it.

use std::collections::BTreeSet;

use crate::{
    founding,
    model::{BookingWindow, Counter, Location, OpeningRule, Slug, Text, TownSetup},
};

/// What is taken over.
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
    /// Takes over from `source`; services are taken before, so that counters can serve them.
    pub fn borrow(self, setup: &mut TownSetup, source: &TownSetup) {
        let names = Names::of(source);
        if self.locations && setup.locations.is_empty() {
            let known: BTreeSet<Slug> = setup.services.iter().map(|own| own.slug.clone()).collect();
            let place = |own: &Location| place(own, &known, &names);
            setup.locations = source.locations.iter().map(place).collect();
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
                setup.town.welcome = names.without(&source.town.welcome);
            }
            for theirs in &source.mails {
                let is_clean = names.spare(&theirs.subject) && names.spare(&theirs.intro);
                if is_clean && !setup.mails.iter().any(|own| own.kind == theirs.kind) {
                    setup.mails.push(theirs.clone());
                }
            }
        }
    }
}

/// A location as any town could have it.
fn place(theirs: &Location, known: &BTreeSet<Slug>, names: &Names) -> Location {
    let counter = |own: &Counter| Counter {
        id: uuid::Uuid::nil(),
        services: own.services.iter().filter(|slug| known.contains(*slug)).cloned().collect(),
        ..own.clone()
    };
    let name = names.without(&theirs.name);
    let name = if name.get("de").is_empty() { Text::german("Standort") } else { name };
    Location {
        id: uuid::Uuid::nil(),
        name,
        street: String::new(),
        postal_code: String::new(),
        city: String::new(),
        entrance: Text::default(),
        visit_rules: names.without(&theirs.visit_rules),
        booking: BookingWindow {
            bookable_from: None,
            bookable_until: None,
            ..theirs.booking.clone()
        },
        counters: theirs.counters.iter().map(counter).collect(),
        openings: Vec::new(),
        specials: Vec::new(),
        closures: Vec::new(),
        ..theirs.clone()
    }
}

/// A window at counters that are there; none where it was only at others, or only for a time.
fn window(rule: &OpeningRule, own: &[Counter]) -> Option<OpeningRule> {
    let is_here = |slug: &&Slug| own.iter().any(|counter| counter.slug == **slug);
    let counters: Vec<Slug> = rule.counters.iter().filter(is_here).cloned().collect();
    let stands = rule.counters.is_empty() || !counters.is_empty();
    (stands && rule.valid_until.is_none()).then(|| OpeningRule { counters, ..rule.clone() })
}

/// How a town is called.
struct Names(Vec<String>);

impl Names {
    fn of(setup: &TownSetup) -> Self {
        let whole = setup.town.name.to_lowercase();
        // Without what stands before and behind it: `Stadt Altena (Westf.)` is also `altena`.
        let bare = whole.split(['(', ',', '/']).next().unwrap_or_default();
        let words = bare.split_whitespace().filter(|word| !founding::is_kind(word));
        let bare = words.collect::<Vec<_>>().join(" ");
        Self([whole, bare].into_iter().filter(|own| !own.is_empty()).collect())
    }

    /// Whether no language of the text has such a name in it.
    fn spare(&self, text: &Text) -> bool {
        let is_clean = |own: &String| {
            let own = own.to_lowercase();
            !self.0.iter().any(|name| own.contains(name.as_str()))
        };
        text.0.values().all(is_clean)
    }

    /// The text, or none if it has such a name in it.
    fn without(&self, text: &Text) -> Text {
        if self.spare(text) { text.clone() } else { Text::default() }
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
        for theirs in [&source.town.branding.color, &source.locations[0].street] {
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
        let (source, mut setup) = (altena(), townfile::parse(townfile::SHIPPED[0].1).unwrap());
        let before = setup.clone();
        Also { window: false, ..ALL }.borrow(&mut setup, &source);
        assert_eq!(setup.locations, before.locations);
        let mut setup = new();
        Also::default().borrow(&mut setup, &source);
        assert_eq!(setup, new());
    }
}
