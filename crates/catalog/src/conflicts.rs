//! What is allowed but probably not meant: windows that overlap, that nothing fits into, services
//! and counters that nobody can get to.

use crate::model::{BookingMode, Counter, Location, OpeningRule, Service, Slug, TownSetup};

/// Something that contradicts something else.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Conflict {
    /// No counter with hours serves a service that is booked directly.
    Unserved {
        /// The service.
        service: Slug,
    },
    /// Two windows of the same kind open a counter at the same time.
    Overlap {
        /// Where.
        location: Slug,
        /// Which counter.
        counter: Slug,
        /// The numbers of the windows, from 1.
        windows: (usize, usize),
    },
    /// A window is too short for every service of its counters.
    TooShort {
        /// Where.
        location: Slug,
        /// The number of the window, from 1.
        window: usize,
    },
    /// A counter has no hours at all.
    NeverOpen {
        /// Where.
        location: Slug,
        /// Which counter.
        counter: Slug,
    },
}

impl std::fmt::Display for Conflict {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Unserved { service } => {
                write!(f, "service {service:?} is served at no counter with hours")
            }
            Self::Overlap { location, counter, windows: (one, other) } => write!(
                f,
                "location {location:?}: opening[{one}] and opening[{other}] overlap at counter {counter:?}"
            ),
            Self::TooShort { location, window } => {
                write!(f, "location {location:?}: no service fits into opening[{window}]")
            }
            Self::NeverOpen { location, counter } => {
                write!(f, "location {location:?}: counter {counter:?} is never open")
            }
        }
    }
}

/// All conflicts of a set-up, in the order of services and locations.
#[must_use]
pub fn conflicts(setup: &TownSetup) -> Vec<Conflict> {
    let direct = setup.services.iter().filter(|own| own.mode == BookingMode::Direct);
    let unserved = direct.filter(|service| !is_served(setup, service));
    let mut found: Vec<Conflict> =
        unserved.map(|service| Conflict::Unserved { service: service.slug.clone() }).collect();
    for location in &setup.locations {
        found.extend(overlaps(location));
        found.extend(too_short(setup, location));
        let shut = location.counters.iter().filter(|counter| !is_ever_open(location, counter));
        found.extend(shut.map(|counter| Conflict::NeverOpen {
            location: location.slug.clone(),
            counter: counter.slug.clone(),
        }));
    }
    found
}

fn is_served(setup: &TownSetup, service: &Service) -> bool {
    setup.locations.iter().any(|location| {
        let mut serving = location.counters.iter();
        serving.any(|own| own.services.contains(&service.slug) && is_ever_open(location, own))
    })
}

fn is_ever_open(location: &Location, counter: &Counter) -> bool {
    location.openings.iter().any(|rule| opens(&rule.counters, counter))
        || location.specials.iter().any(|own| opens(&own.counters, counter))
}

/// None named means all.
fn opens(named: &[Slug], counter: &Counter) -> bool {
    named.is_empty() || named.contains(&counter.slug)
}

fn overlaps(location: &Location) -> Vec<Conflict> {
    let mut found = Vec::new();
    for (index, one) in location.openings.iter().enumerate() {
        for (later, other) in location.openings.iter().enumerate().skip(index + 1) {
            let both = |own: &&Counter| opens(&one.counters, own) && opens(&other.counters, own);
            if overlap(one, other)
                && let Some(counter) = location.counters.iter().find(both)
            {
                found.push(Conflict::Overlap {
                    location: location.slug.clone(),
                    counter: counter.slug.clone(),
                    windows: (index + 1, later + 1),
                });
            }
        }
    }
    found
}

/// Whether two rules of the same kind ever hold at the same time. Rules with a rhythm of weeks may
/// alternate; of those only the ones that are alike are sure to meet.
fn overlap(one: &OpeningRule, other: &OpeningRule) -> bool {
    let same_day = one.weekdays.iter().any(|day| other.weekdays.contains(day));
    let same_time = one.from < other.to && other.from < one.to;
    let same_season = one
        .valid_from
        .is_none_or(|from| other.valid_until.is_none_or(|until| from <= until))
        && other.valid_from.is_none_or(|from| one.valid_until.is_none_or(|until| from <= until));
    let rhythm = |rule: &OpeningRule| rule.every_weeks > 1 || !rule.weeks_of_month.is_empty();
    let alternate = rhythm(one)
        && rhythm(other)
        && (one.every_weeks, &one.weeks_of_month, one.valid_from)
            != (other.every_weeks, &other.weeks_of_month, other.valid_from);
    one.release == other.release && same_day && same_time && same_season && !alternate
}

fn too_short(setup: &TownSetup, location: &Location) -> Vec<Conflict> {
    let fits = |rule: &OpeningRule| {
        let minutes = rule.to.minutes().saturating_sub(rule.from.minutes());
        let here = location.counters.iter().filter(|own| opens(&rule.counters, own));
        let mut served = here.flat_map(|own| &own.services).filter_map(|slug| setup.service(slug));
        served.any(|service| service.least_minutes() <= minutes)
    };
    let short = location.openings.iter().enumerate().filter(|(_, rule)| !fits(rule));
    short
        .map(|(index, _)| Conflict::TooShort { location: location.slug.clone(), window: index + 1 })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::townfile;

    fn altena() -> TownSetup {
        townfile::parse(townfile::SHIPPED[3].1).unwrap()
    }

    #[test]
    fn no_shipped_town_contradicts_itself() {
        for (slug, text) in townfile::SHIPPED {
            assert_eq!(conflicts(&townfile::parse(text).unwrap()), [], "{slug}");
        }
    }

    #[test]
    fn each_conflict_is_found() {
        let mut setup = altena();
        let location = &mut setup.locations[0];
        for counter in &mut location.counters {
            counter.services.retain(|own| own != "umzug");
        }
        location.openings[0].counters = vec!["platz-1".to_owned(), "platz-2".to_owned()];
        location.openings[1].from = "11:00".parse().unwrap();
        location.openings[2].to = "14:04".parse().unwrap();
        let rathaus = || "rathaus".to_owned();
        assert_eq!(
            conflicts(&setup),
            [
                Conflict::Unserved { service: "umzug".to_owned() },
                Conflict::Overlap {
                    location: rathaus(),
                    counter: "platz-1".to_owned(),
                    windows: (1, 2)
                },
                Conflict::TooShort { location: rathaus(), window: 3 },
                Conflict::NeverOpen { location: rathaus(), counter: "platz-3".to_owned() },
            ]
        );
    }

    #[test]
    fn a_window_that_only_has_room_without_what_stays_occupied_is_too_short() {
        let mut setup = altena();
        let minutes = |rule: &OpeningRule| rule.to.minutes() - rule.from.minutes();
        let shortest = setup.locations[0].openings.iter().map(minutes).min().unwrap();
        for service in &mut setup.services {
            (service.duration, service.buffer) = (shortest - 10, 10);
        }
        assert_eq!(conflicts(&setup), [], "it just fits");
        for service in &mut setup.services {
            service.buffer = 11;
        }
        let found = conflicts(&setup);
        assert!(found.iter().any(|own| matches!(own, Conflict::TooShort { .. })), "{found:?}");
    }

    #[test]
    fn windows_of_other_seasons_kinds_and_weeks_do_not_overlap() {
        let mut setup = altena();
        let openings = &mut setup.locations[0].openings;
        let mut twin = openings[0].clone();
        openings.push(twin.clone());
        assert_eq!(conflicts(&setup).len(), 1, "a twin overlaps");
        twin.release = crate::model::Release::Reserve;
        setup.locations[0].openings[3] = twin.clone();
        assert_eq!(conflicts(&setup), [], "the reserve is another kind");
        twin.release = crate::model::Release::Public;
        twin.valid_from = "2026-07-01".parse().ok();
        setup.locations[0].openings[0].valid_until = "2026-06-30".parse().ok();
        setup.locations[0].openings[3] = twin;
        assert_eq!(conflicts(&setup), [], "another season");
    }
}
