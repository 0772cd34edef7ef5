//! A new town: what follows from its name and its key.

use crate::model::{
    BookingWindow, Branding, Challenge, ContactRules, County, Land, Legal, Limits, ReturnMinutes,
    Slug, Text, Town, TownSetup, TownStatus,
};

/// What is known of a town before it has set anything up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewTown {
    /// Such as `Stadt Lengerich`.
    pub name: String,
    /// First part of the address of its pages; made of the name where there is none.
    pub slug: Option<Slug>,
    /// Amtlicher Gemeindeschlüssel, eight digits.
    pub ags: String,
    /// Name of the county; of a town that belongs to none, its own.
    pub county: String,
    /// Address of whoever sets it up; the town's own until there is another.
    pub email: String,
}

impl NewTown {
    /// First part of the address of its pages.
    #[must_use]
    pub fn slug(&self) -> Slug {
        self.slug.clone().unwrap_or_else(|| slug(&self.name))
    }

    /// A slug that `taken` does not have yet: with the county in it, and with a number if need be.
    #[must_use]
    pub fn free_slug(&self, taken: impl Fn(&str) -> bool) -> Slug {
        let county = self.county.to_lowercase();
        let words = words(&county);
        let named = words.iter().filter(|word| !matches!(word.as_str(), "kreis" | "landkreis"));
        let county: Vec<&str> = named.map(String::as_str).collect();
        slug_of(&format!("{} {}", slug(&self.name), county.join(" ")), taken)
    }

    /// The set-up that a town begins with: nothing to book, seen by its staff only.
    #[must_use]
    pub fn setup(&self) -> TownSetup {
        let Self { name, ags, county, email, .. } = self;
        let town = Town {
            slug: self.slug(),
            name: name.clone(),
            ags: ags.clone(),
            ars: ars(ags),
            county: County { key: ags.chars().take(5).collect(), name: county.clone() },
            land: Land::of_ags(ags).unwrap_or(Land::Nw),
            status: TownStatus::Onboarding,
            time_zone: chrono_tz::Europe::Berlin,
            locales: vec!["de".to_owned()],
            hosts: Vec::new(),
            embed: Vec::new(),
            welcome: Text::default(),
            email: email.clone(),
            phone: None,
            branding: Branding::default(),
            legal: Legal {
                imprint: String::new(),
                privacy: String::new(),
                accessibility: String::new(),
            },
            contact: ContactRules::default(),
            booking: BookingWindow::default(),
            hold_minutes: 10,
            reminder_hours: 24,
            second_reminder_hours: 0,
            offer_hours: 12,
            confirm_minutes: 0,
            return_minutes: ReturnMinutes::default(),
            challenge: Challenge::Off,
            challenge_surge: Challenge::SURGE,
            challenge_numbers: Challenge::NUMBERS,
            mail_from: None,
            sms: None,
            webhooks: Vec::new(),
            retention_days: 2,
            limits: Limits::default(),
            second_factor: false,
            staff_provider: None,
            staff_provider_only: false,
            citizen_provider: None,
        };
        TownSetup {
            town,
            departments: Vec::new(),
            categories: Vec::new(),
            services: Vec::new(),
            locations: Vec::new(),
            closures: Vec::new(),
            mails: Vec::new(),
        }
    }
}

impl Land {
    /// All of them, in the order of their keys in the Gemeindeschlüssel.
    pub const ALL: [Self; 16] = [
        Self::Sh,
        Self::Hh,
        Self::Ni,
        Self::Hb,
        Self::Nw,
        Self::He,
        Self::Rp,
        Self::Bw,
        Self::By,
        Self::Sl,
        Self::Be,
        Self::Bb,
        Self::Mv,
        Self::Sn,
        Self::St,
        Self::Th,
    ];

    /// The first two digits of the Gemeindeschlüssel of its towns.
    #[must_use]
    pub fn key(self) -> String {
        let at = Self::ALL.iter().position(|own| *own == self).unwrap_or(0);
        format!("{:02}", at + 1)
    }

    /// The Land that the first two digits of a Gemeindeschlüssel name.
    #[must_use]
    pub fn of_ags(ags: &str) -> Option<Self> {
        let key: usize = ags.get(..2)?.parse().ok()?;
        Self::ALL.get(key.checked_sub(1)?).copied()
    }
}

/// The Regionalschlüssel of a town that belongs to no association of municipalities: its own number
/// stands for the association's.
fn ars(ags: &str) -> String {
    let (county, number) = ags.split_at_checked(5).unwrap_or((ags, ""));
    format!("{county}0{number}{number}")
}

/// What a municipality calls itself before its name.
const KINDS: [&str; 12] = [
    "stadt",
    "gemeinde",
    "markt",
    "flecken",
    "samtgemeinde",
    "verbandsgemeinde",
    "hansestadt",
    "kreisstadt",
    "universitaetsstadt",
    "landeshauptstadt",
    "einheitsgemeinde",
    "der",
];

/// Whether a word, in lower case, says what a municipality is rather than what it is called.
pub(crate) fn is_kind(word: &str) -> bool {
    KINDS.contains(&word)
}

/// The name as it stands in an address: `Stadt Lünen` is `luenen`.
#[must_use]
pub fn slug(name: &str) -> Slug {
    let name = name.split(['(', ',', '/']).next().unwrap_or_default();
    let words = words(name);
    let own = words.iter().position(|word| !KINDS.contains(&word.as_str())).unwrap_or(0);
    joined(words.get(own..).unwrap_or_default())
}

/// A slug for something called `name` that `taken` does not have yet: `Platz 2` is `platz-2`, a
/// second one `platz-2-2`.
#[must_use]
pub fn slug_of(name: &str, taken: impl Fn(&str) -> bool) -> Slug {
    let plain = joined(&words(name));
    let plain = if plain.is_empty() { "neu".to_owned() } else { plain };
    let mut slug = plain.clone();
    for number in 2.. {
        if !taken(&slug) {
            break;
        }
        slug = format!("{plain}-{number}");
    }
    slug
}

/// Words of ASCII letters and digits, in lower case.
fn words(name: &str) -> Vec<String> {
    let mut plain = String::new();
    for letter in name.to_lowercase().chars() {
        match letter {
            'ä' => plain.push_str("ae"),
            'ö' => plain.push_str("oe"),
            'ü' => plain.push_str("ue"),
            'ß' => plain.push_str("ss"),
            own if own.is_ascii_alphanumeric() => plain.push(own),
            _ => plain.push(' '),
        }
    }
    plain.split_whitespace().map(str::to_owned).collect()
}

/// Words as a slug, short enough for a number behind it.
fn joined(words: &[String]) -> Slug {
    let slug: String = words.join("-").chars().take(56).collect();
    slug.trim_end_matches('-').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::townfile;

    fn town(name: &str, ags: &str) -> TownSetup {
        let (county, email) = ("Kreis Unna".to_owned(), "it@example.org".to_owned());
        new_town(name, ags, county, email).setup()
    }

    fn new_town(name: &str, ags: &str, county: String, email: String) -> NewTown {
        NewTown { name: name.to_owned(), slug: None, ags: ags.to_owned(), county, email }
    }

    #[test]
    fn two_towns_of_one_name_have_addresses_of_their_own() {
        let new = new_town(
            "Stadt Münster",
            "06432015",
            "Landkreis Darmstadt-Dieburg".into(),
            String::new(),
        );
        let taken = ["muenster", "muenster-darmstadt-dieburg"];
        assert_eq!(new.free_slug(|own| own == "muenster"), "muenster-darmstadt-dieburg");
        assert_eq!(new.free_slug(|own| taken.contains(&own)), "muenster-darmstadt-dieburg-2");
        assert_eq!(new.slug(), "muenster");
        let chosen = NewTown { slug: Some("muenster-hessen".into()), ..new };
        assert_eq!(chosen.setup().town.slug, "muenster-hessen");
    }

    #[test]
    fn a_name_becomes_an_address() {
        for (name, expected) in [
            ("Stadt Lünen", "luenen"),
            ("Stadt Altena (Westf.)", "altena"),
            ("Gemeinde Groß Kreutz", "gross-kreutz"),
            ("Hansestadt Buxtehude", "buxtehude"),
            ("Stadt", "stadt"),
            ("Rotenburg an der Fulda", "rotenburg-an-der-fulda"),
        ] {
            assert_eq!(slug(name), expected, "{name}");
        }
    }

    #[test]
    fn things_with_one_name_have_slugs_of_their_own() {
        let taken = ["platz-2", "platz-2-2"];
        let is_taken = |slug: &str| taken.contains(&slug);
        assert_eq!(slug_of("Platz 2", is_taken), "platz-2-3");
        assert_eq!(slug_of("Führungszeugnis (einfach)", is_taken), "fuehrungszeugnis-einfach");
        assert_eq!(slug_of("…", is_taken), "neu");
        assert!(slug_of(&"Wort ".repeat(30), is_taken).len() <= 60);
    }

    #[test]
    fn the_key_tells_land_and_region_as_the_shipped_towns_have_them() {
        for (_, text) in townfile::SHIPPED {
            let known = townfile::parse(text).unwrap().town;
            let new = town(&known.name, &known.ags).town;
            assert_eq!((new.land, &new.slug), (known.land, &known.slug));
            assert_eq!(new.county.key, known.county.key);
            assert_eq!(new.ars, known.ars);
        }
        for land in Land::ALL {
            assert_eq!(Land::of_ags(&format!("{}000000", land.key())), Some(land));
        }
        assert_eq!(Land::of_ags("17000000"), None);
        assert_eq!(Land::of_ags("0"), None);
    }

    #[test]
    fn what_a_town_begins_with_keeps_the_rules() {
        assert_eq!(townfile::check(&town("Stadt Lünen", "05978024")), Ok(()));
        for wrong in ["0597", "99000000", "00978024"] {
            let problems = townfile::check(&town("Stadt Lünen", wrong)).unwrap_err();
            assert!(problems.iter().any(|problem| problem.key == "town.ags"), "{problems:?}");
        }
        // A key of another Land than the town says that it is in.
        let mut moved = town("Stadt Lünen", "05978024");
        moved.town.land = Land::By;
        let problems = townfile::check(&moved).unwrap_err();
        assert!(problems[0].key == "town.ags" && problems[0].german.contains("mit 09"));
    }
}
