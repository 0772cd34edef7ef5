//! What is allowed but probably not meant: windows that overlap, that nothing fits into, services
//! and counters that nobody can get to. What is over by a day contradicts nothing any more. Pure.

use chrono::NaiveDate;

use crate::{
    holidays::is_holiday,
    hours::{Opening, applies, names},
    model::{BookingMode, Counter, Land, Location, OpeningRule, Release, Service, Slug, TownSetup},
    reach::Reach,
    time::WallTime,
};

/// Something that contradicts something else.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Conflict {
    /// No counter with hours serves a service that is booked or asked for.
    Unserved {
        /// The service.
        service: Slug,
    },
    /// A service does not fit into any hours of the counters that serve it; of one that citizens book
    /// themselves, into the hours that are for everybody.
    TooLong {
        /// The service.
        service: Slug,
        /// How many minutes in one piece it needs.
        minutes: u16,
    },
    /// Two windows of the same kind open a counter at the same time.
    Overlap {
        /// Where.
        location: Slug,
        /// Which counter.
        counter: Slug,
        /// The windows.
        windows: (Opening, Opening),
    },
    /// A window is too short for every service of its counters, with what it adjoins.
    TooShort {
        /// Where.
        location: Slug,
        /// The window.
        window: Opening,
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
            Self::TooLong { service, minutes } => write!(
                f,
                "service {service:?} needs {minutes} minutes in one piece, which no counter that serves it has"
            ),
            Self::Overlap { location, counter, windows: (one, other) } => {
                write!(f, "location {location:?}: {one} and {other} overlap at counter {counter:?}")
            }
            Self::TooShort { location, window } => {
                write!(f, "location {location:?}: no service fits into {window}")
            }
            Self::NeverOpen { location, counter } => {
                write!(f, "location {location:?}: counter {counter:?} is never open")
            }
        }
    }
}

/// All conflicts of a set-up from the local day `today` on, in the order of services and locations.
#[must_use]
pub fn conflicts(setup: &TownSetup, today: NaiveDate) -> Vec<Conflict> {
    let reach = Reach::from(setup, today);
    let mut found: Vec<Conflict> =
        setup.services.iter().filter_map(|own| of_service(own, &reach)).collect();
    for location in &setup.locations {
        let windows = windows(location, today);
        found.extend(overlaps(setup.town.land, location, &windows));
        let is_short = |own: &&Window<'_>| {
            let window = (location.slug.as_str(), own.opening);
            reach.opening.contains(&window) && !reach.useful.contains(&window)
        };
        found.extend(windows.iter().filter(is_short).map(|own| Conflict::TooShort {
            location: location.slug.clone(),
            window: own.opening,
        }));
        let is_shut =
            |own: &&Counter| !reach.open.contains(&(location.slug.as_str(), own.slug.as_str()));
        let shut = location.counters.iter().filter(is_shut);
        found.extend(shut.map(|counter| Conflict::NeverOpen {
            location: location.slug.clone(),
            counter: counter.slug.clone(),
        }));
    }
    found
}

fn of_service(own: &Service, reach: &Reach<'_>) -> Option<Conflict> {
    let (slug, service) = (own.slug.as_str(), own.slug.clone());
    if own.mode == BookingMode::Information || reach.fitting.contains(slug) {
        None
    } else if reach.served.contains(slug) {
        Some(Conflict::TooLong { service, minutes: own.least_minutes() })
    } else {
        Some(Conflict::Unserved { service })
    }
}

/// A window that is not over yet.
struct Window<'a> {
    opening: Opening,
    counters: &'a [Slug],
    release: Release,
    from: WallTime,
    to: WallTime,
    days: Days<'a>,
}

/// The days of a window.
#[derive(Clone, Copy)]
enum Days<'a> {
    /// By a rule.
    Rule(&'a OpeningRule),
    /// This one.
    One(NaiveDate),
}

/// The windows of a location that are not over by `today`.
fn windows(location: &Location, today: NaiveDate) -> Vec<Window<'_>> {
    let rules = (1..).zip(&location.openings).map(|(number, own)| Window {
        opening: Opening::Rule(number),
        counters: &own.counters,
        release: own.release,
        from: own.from,
        to: own.to,
        days: Days::Rule(own),
    });
    let specials = (1..).zip(&location.specials).map(|(number, own)| Window {
        opening: Opening::Special(number),
        counters: &own.counters,
        release: own.release,
        from: own.from,
        to: own.to,
        days: Days::One(own.date),
    });
    let is_over = |own: &Window<'_>| match own.days {
        Days::Rule(rule) => rule.valid_until.is_some_and(|until| until < today),
        Days::One(date) => date < today,
    };
    rules.chain(specials).filter(|own| !is_over(own)).collect()
}

fn overlaps(land: Land, location: &Location, windows: &[Window<'_>]) -> Vec<Conflict> {
    let mut found = Vec::new();
    for (index, one) in windows.iter().enumerate() {
        for other in windows.iter().skip(index + 1) {
            let same_time = one.from < other.to && other.from < one.to;
            let both = |own: &&Counter| names(one.counters, own) && names(other.counters, own);
            if one.release == other.release
                && same_time
                && share_a_day(land, one.days, other.days)
                && let Some(counter) = location.counters.iter().find(both)
            {
                found.push(Conflict::Overlap {
                    location: location.slug.clone(),
                    counter: counter.slug.clone(),
                    windows: (one.opening, other.opening),
                });
            }
        }
    }
    found
}

/// Whether two windows ever hold on the same day.
fn share_a_day(land: Land, one: Days<'_>, other: Days<'_>) -> bool {
    match (one, other) {
        (Days::Rule(one), Days::Rule(other)) => meet(one, other),
        (Days::Rule(rule), Days::One(date)) | (Days::One(date), Days::Rule(rule)) => {
            applies(rule, date) && !is_holiday(land, date)
        }
        (Days::One(one), Days::One(other)) => one == other,
    }
}

/// Whether two rules ever hold on the same day. Rules with a rhythm of weeks may alternate; of those
/// only the ones that are alike are sure to meet.
fn meet(one: &OpeningRule, other: &OpeningRule) -> bool {
    let same_day = one.weekdays.iter().any(|day| other.weekdays.contains(day));
    let same_season = one
        .valid_from
        .is_none_or(|from| other.valid_until.is_none_or(|until| from <= until))
        && other.valid_from.is_none_or(|from| one.valid_until.is_none_or(|until| from <= until));
    let rhythm = |rule: &OpeningRule| rule.every_weeks > 1 || !rule.weeks_of_month.is_empty();
    let alternate = rhythm(one)
        && rhythm(other)
        && (one.every_weeks, &one.weeks_of_month, one.valid_from)
            != (other.every_weeks, &other.weeks_of_month, other.valid_from);
    same_day && same_season && !alternate
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::{model::SpecialOpening, townfile};

    fn altena() -> TownSetup {
        townfile::parse(townfile::SHIPPED[3].1).unwrap()
    }

    fn date(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    /// A Monday.
    fn today() -> NaiveDate {
        date("2026-11-23")
    }

    fn found(setup: &TownSetup) -> Vec<Conflict> {
        conflicts(setup, today())
    }

    /// Altena, open at its first counter alone by the given rule, for one service.
    fn one_window(from: &str, to: &str) -> TownSetup {
        let mut setup = altena();
        setup.services.truncate(1);
        let location = &mut setup.locations[0];
        location.counters.truncate(1);
        location.counters[0].services = vec![setup.services[0].slug.clone()];
        location.openings.truncate(1);
        location.openings[0].from = from.parse().unwrap();
        location.openings[0].to = to.parse().unwrap();
        setup
    }

    fn special(day: &str, from: &str, to: &str) -> SpecialOpening {
        SpecialOpening {
            date: date(day),
            from: from.parse().unwrap(),
            to: to.parse().unwrap(),
            counters: Vec::new(),
            release: Release::Public,
        }
    }

    #[test]
    fn no_shipped_town_contradicts_itself() {
        for (slug, text) in townfile::SHIPPED {
            assert_eq!(found(&townfile::parse(text).unwrap()), [], "{slug}");
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
            found(&setup),
            [
                Conflict::Unserved { service: "umzug".to_owned() },
                Conflict::Overlap {
                    location: rathaus(),
                    counter: "platz-1".to_owned(),
                    windows: (Opening::Rule(1), Opening::Rule(2))
                },
                Conflict::TooShort { location: rathaus(), window: Opening::Rule(3) },
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
        assert_eq!(found(&setup), [], "it just fits");
        for service in &mut setup.services {
            service.buffer = 11;
        }
        let found = found(&setup);
        assert!(found.iter().any(|own| matches!(own, Conflict::TooShort { .. })), "{found:?}");
    }

    #[test]
    fn windows_of_other_seasons_kinds_and_weeks_do_not_overlap() {
        let mut setup = altena();
        let openings = &mut setup.locations[0].openings;
        let mut twin = openings[0].clone();
        openings.push(twin.clone());
        assert_eq!(found(&setup).len(), 1, "a twin overlaps");
        twin.release = crate::model::Release::Reserve;
        setup.locations[0].openings[3] = twin.clone();
        assert_eq!(found(&setup), [], "the reserve is another kind");
        twin.release = crate::model::Release::Public;
        twin.valid_from = "2026-07-01".parse().ok();
        setup.locations[0].openings[0].valid_until = "2026-06-30".parse().ok();
        setup.locations[0].openings[3] = twin;
        assert_eq!(found(&setup), [], "another season");
    }
    #[test]
    fn what_is_asked_for_has_to_be_served_somewhere_too() {
        let mut setup = one_window("08:00", "12:00");
        let service = setup.services[0].slug.clone();
        setup.services[0].mode = BookingMode::Request;
        assert_eq!(found(&setup), []);
        setup.locations[0].openings[0].release = Release::Reserve;
        assert_eq!(found(&setup), [], "staff may answer with a time in the reserve");
        setup.locations[0].counters[0].services.clear();
        assert!(found(&setup).contains(&Conflict::Unserved { service }));
        setup.services[0].mode = BookingMode::Information;
        let unserved = |own: &Conflict| matches!(own, Conflict::Unserved { .. });
        assert!(!found(&setup).iter().any(unserved), "what is only explained needs no counter");
    }

    #[test]
    fn a_service_that_is_longer_than_all_hours_of_its_counters_is_named() {
        let mut setup = altena();
        let slug = setup.services[0].slug.clone();
        setup.services[0].duration = 211;
        let too_long = |minutes| Conflict::TooLong { service: slug.clone(), minutes };
        assert_eq!(found(&setup), [too_long(211)], "mornings have 210 minutes");
        let mut after = setup.locations[0].openings[0].clone();
        (after.from, after.to) = (after.to, "12:01".parse().unwrap());
        setup.locations[0].openings.push(after);
        assert_eq!(found(&setup), [], "windows that adjoin are one");
        setup.locations[0].openings[3].release = Release::Reserve;
        assert_eq!(found(&setup), [too_long(211)], "citizens cannot book into the reserve");
        setup.services[0].mode = BookingMode::Request;
        assert_eq!(found(&setup), [], "staff can");
    }

    #[test]
    fn special_openings_overlap_and_are_too_short_like_others() {
        let mut setup = altena();
        let rathaus = || "rathaus".to_owned();
        let overlap = |one, other| Conflict::Overlap {
            location: rathaus(),
            counter: "platz-1".to_owned(),
            windows: (one, other),
        };
        // A Wednesday in the morning, a Saturday twice, and a holiday, on which no rule holds.
        setup.locations[0].specials = vec![
            special("2026-12-02", "11:00", "13:00"),
            special("2026-12-05", "09:00", "11:00"),
            special("2026-12-05", "10:00", "12:00"),
            special("2026-12-25", "09:00", "11:00"),
            special("2026-12-12", "09:00", "09:04"),
        ];
        assert_eq!(
            found(&setup),
            [
                overlap(Opening::Rule(1), Opening::Special(1)),
                overlap(Opening::Special(2), Opening::Special(3)),
                Conflict::TooShort { location: rathaus(), window: Opening::Special(5) },
            ]
        );
        assert_eq!(conflicts(&setup, date("2026-12-13")), [], "what is over is nobody's concern");
    }

    #[test]
    fn what_is_over_opens_nothing() {
        let mut setup = altena();
        for rule in &mut setup.locations[0].openings {
            rule.valid_until = Some(date("2026-11-22"));
        }
        setup.locations[0].specials = vec![special("2026-11-20", "12:30", "16:00")];
        let never = |own: &&Conflict| matches!(own, Conflict::NeverOpen { .. });
        let unserved = |own: &&Conflict| matches!(own, Conflict::Unserved { .. });
        let all = found(&setup);
        assert_eq!(all.iter().filter(never).count(), setup.locations[0].counters.len());
        assert_eq!(all.iter().filter(unserved).count(), setup.services.len());
        assert_eq!(conflicts(&setup, date("2026-11-20")), [], "two days before it is not over");
    }

    #[test]
    fn a_twin_that_is_over_overlaps_nothing() {
        let mut setup = altena();
        let mut twin = setup.locations[0].openings[0].clone();
        twin.valid_until = Some(date("2026-11-22"));
        setup.locations[0].openings.push(twin);
        assert_eq!(found(&setup), []);
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(24))]

        /// A service fits when its minutes do, however its hours are cut into windows.
        #[test]
        fn a_service_is_too_long_exactly_when_its_hours_are_too_short(
            minutes in 2_u16..300,
            cut in 1_u16..300,
            duration in 1_u16..300,
            buffer in 0_u16..20,
        ) {
            let wall = |minutes: u16| WallTime::new(minutes / 60, minutes % 60).unwrap();
            let mut setup = one_window("00:00", "24:00");
            (setup.services[0].duration, setup.services[0].buffer) = (duration, buffer);
            let fits = duration + buffer <= minutes;
            let openings = &mut setup.locations[0].openings;
            (openings[0].from, openings[0].to) = (wall(480), wall(480 + minutes));
            let whole = found(&setup);
            prop_assert_eq!(whole.is_empty(), fits, "{:?}", whole);
            let openings = &mut setup.locations[0].openings;
            let cut = 1 + cut % (minutes - 1);
            openings.push(openings[0].clone());
            openings[0].to = wall(480 + cut);
            openings[1].from = wall(480 + cut);
            prop_assert_eq!(found(&setup).is_empty(), fits);
        }
    }
}
