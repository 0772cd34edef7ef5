//! When a location is open: what its windows are called, special days, closures. Its recurring windows
//! have a form of their own (`hours.rs`).

use catalog::{
    hours::Opening,
    model::{Closure, Location, OpeningRule, Release, SpecialOpening},
    time::{WallTime, Weekday},
};

use super::{
    reader::{Reader, TIME, shown_in},
    section::{BLANK_ROWS, Group, Section, texts},
};
use crate::web::staff::field::Field;

pub(super) const DAYS: [(Weekday, &str, &str); 7] = [
    (Weekday::Mon, "mon", "Mo"),
    (Weekday::Tue, "tue", "Di"),
    (Weekday::Wed, "wed", "Mi"),
    (Weekday::Thu, "thu", "Do"),
    (Weekday::Fri, "fri", "Fr"),
    (Weekday::Sat, "sat", "Sa"),
    (Weekday::Sun, "sun", "So"),
];

/// Value and label of an option.
pub(super) type Labelled = (String, String);

pub(super) fn counters_of(location: &Location) -> Vec<Labelled> {
    location.counters.iter().map(|own| (own.slug.clone(), own.name.clone())).collect()
}

pub(super) fn releases() -> Vec<Labelled> {
    vec![
        ("public".to_owned(), "für alle".to_owned()),
        ("reserve".to_owned(), "Notfall-Reserve".to_owned()),
    ]
}

pub(super) fn release_word(release: Release) -> &'static str {
    if release == Release::Reserve { "reserve" } else { "public" }
}

pub(super) fn read_release(reader: &Reader<'_>, name: &str) -> Release {
    if reader.given.get(name) == "reserve" { Release::Reserve } else { Release::Public }
}

/// Whether a window is open to everybody, at all counters, every week: it has its place in the table
/// of days.
pub(super) fn is_regular(rule: &OpeningRule) -> bool {
    rule.counters.is_empty()
        && rule.release == Release::Public
        && rule.valid_from.is_none()
        && rule.valid_until.is_none()
        && rule.every_weeks == 1
        && rule.weeks_of_month.is_empty()
}

/// A window by its days and times.
pub(super) fn name(rule: &OpeningRule, location: &Location) -> String {
    let days = DAYS.iter().filter(|(day, ..)| rule.weekdays.contains(day));
    let days: Vec<&str> = days.map(|(_, _, name)| *name).collect();
    format!("{} {}", days.join(", "), words(rule, location))
}

/// A window by its days and times; none where the location has no such window.
pub(super) fn named(opening: Opening, location: &Location) -> Option<String> {
    let at = |number: usize| number.checked_sub(1);
    match opening {
        Opening::Rule(number) => {
            let rule = location.openings.get(at(number)?)?;
            Some(name(rule, location))
        }
        Opening::Special(number) => {
            let own = location.specials.get(at(number)?)?;
            Some(format!("{}, {}–{}", own.date.format("%d.%m.%Y"), own.from, own.to))
        }
    }
}

pub(super) fn shown<T: ToString>(value: Option<T>) -> String {
    value.map(|own| own.to_string()).unwrap_or_default()
}

pub(super) fn counters(start: &str, location: &[Labelled], chosen: &[String]) -> Field {
    Field::several(format!("{start}counters"), "Schalter", location.to_vec(), chosen)
        .hint("Keiner angekreuzt: alle.")
        .optional()
}

pub(super) fn remove(start: &str) -> Field {
    Field::flag(format!("{start}remove"), "Entfernen", false)
}

/// The windows of a week, by day, as words: what the form's rows come to.
pub(super) fn week(location: &Location) -> Vec<(&'static str, Vec<String>)> {
    let of_day = |(day, _, name): &(Weekday, &'static str, &'static str)| {
        let mut rules: Vec<&OpeningRule> =
            location.openings.iter().filter(|rule| rule.weekdays.contains(day)).collect();
        rules.sort_by_key(|rule| (rule.from, rule.to));
        (*name, rules.into_iter().map(|rule| words(rule, location)).collect())
    };
    DAYS.iter().map(of_day).collect()
}

pub(super) fn words(rule: &OpeningRule, location: &Location) -> String {
    let mut words = format!("{}–{}", rule.from, rule.to);
    let mut more = Vec::new();
    if rule.release == Release::Reserve {
        more.push("Reserve".to_owned());
    }
    let named = location.counters.iter().filter(|own| rule.counters.contains(&own.slug));
    more.extend(named.map(|own| own.name.clone()));
    if rule.every_weeks > 1 {
        more.push(format!("jede {}. Woche", rule.every_weeks));
    }
    if !rule.weeks_of_month.is_empty() {
        let weeks = rule.weeks_of_month.iter();
        let week = |week: &i8| if *week == -1 { "letzte".to_owned() } else { format!("{week}.") };
        more.push(format!("{} Woche im Monat", weeks.map(week).collect::<Vec<_>>().join(", ")));
    }
    more.extend(rule.valid_from.map(|from| format!("ab {}", from.format("%d.%m.%Y"))));
    more.extend(rule.valid_until.map(|until| format!("bis {}", until.format("%d.%m.%Y"))));
    if !more.is_empty() {
        words = format!("{words} ({})", more.join(", "));
    }
    words
}

/// Special days and closures of a location.
pub(super) fn days(location: &Location, locales: &[String]) -> Section {
    let options = counters_of(location);
    let known = location.specials.iter().map(Some).chain(std::iter::repeat_n(None, BLANK_ROWS));
    let special = |(index, own): (usize, Option<&SpecialOpening>)| {
        let start = format!("special[{}].", index + 1);
        let chosen = own.map(|own| own.counters.clone()).unwrap_or_default();
        let release = own.map(|own| own.release).unwrap_or_default();
        let mut fields = vec![
            Field::typed("date", format!("{start}date"), "Tag", shown(own.map(|own| own.date))),
            Field::line(format!("{start}from"), "Von", shown(own.map(|own| own.from))),
            Field::line(format!("{start}to"), "Bis", shown(own.map(|own| own.to))),
            Field::choice(
                format!("{start}release"),
                "Wer bucht",
                releases(),
                release_word(release),
            ),
            counters(&start, &options, &chosen),
        ];
        match own {
            Some(_) => fields.push(remove(&start)),
            None => fields.iter_mut().for_each(|field| field.optional = true),
        }
        let title = match own {
            Some(own) => format!("Zusätzlich offen am {}", own.date.format("%d.%m.%Y")),
            None => "Zusätzlich öffnen".to_owned(),
        };
        Group::row(title, "", fields)
    };
    let mut groups: Vec<Group> = known.enumerate().map(special).collect();
    groups.extend(closure_rows(&location.closures, &options, locales));
    Section {
        title: format!("Besondere Tage: {}", location.name.get("de")),
        lead: "Zusätzliche Öffnungen gelten auch an Feiertagen. Schließungen nehmen einzelne Tage oder Stunden heraus.",
        groups,
        extras: Vec::new(),
    }
}

pub(super) fn read_days(reader: &mut Reader<'_>, location: &mut Location) {
    let rows = reader.rows("special", &["date", "from", "to"]);
    let read = |start: &String| SpecialOpening {
        date: reader.date(&format!("{start}date")),
        from: reader.time(&format!("{start}from")),
        to: reader.time(&format!("{start}to")),
        counters: reader.given.all(&format!("{start}counters")),
        release: read_release(reader, &format!("{start}release")),
    };
    location.specials = rows.iter().map(read).collect();
    location.closures = read_closures(reader, &location.closures);
}

/// A row for each closure, and a blank one; without counters to choose from for the whole town.
pub(super) fn closure_rows(
    closures: &[Closure],
    options: &[Labelled],
    locales: &[String],
) -> Vec<Group> {
    let all = closures.iter().map(Some).chain(std::iter::repeat_n(None, BLANK_ROWS));
    let row = |(index, own): (usize, Option<&Closure>)| {
        let start = format!("closure[{}].", index + 1);
        let chosen = own.map(|own| own.counters.clone()).unwrap_or_default();
        let reason = own.map(|own| own.reason.clone()).unwrap_or_default();
        let time = |time: Option<WallTime>| shown(time);
        let mut fields = vec![
            Field::typed(
                "date",
                format!("{start}from"),
                "Erster Tag",
                shown(own.map(|own| own.from)),
            ),
            Field::typed("date", format!("{start}to"), "Letzter Tag", shown(own.map(|own| own.to))),
            Field::line(
                format!("{start}from_time"),
                "Ab Uhrzeit",
                time(own.and_then(|own| own.from_time)),
            )
            .optional(),
            Field::line(
                format!("{start}to_time"),
                "Bis Uhrzeit",
                time(own.and_then(|own| own.to_time)),
            )
            .optional(),
        ];
        let reasons = texts(&format!("{start}reason"), "Grund", &reason, locales);
        fields.extend(reasons.into_iter().map(Field::optional));
        if !options.is_empty() {
            fields.push(counters(&start, options, &chosen));
        }
        match own {
            Some(_) => fields.push(remove(&start)),
            None => fields.iter_mut().for_each(|field| field.optional = true),
        }
        let title = match own {
            Some(own) => format!("Geschlossen ab {}", own.from.format("%d.%m.%Y")),
            None => "Schließung eintragen".to_owned(),
        };
        Group::row(title, "", fields)
    };
    all.enumerate().map(row).collect()
}

pub(super) fn read_closures(reader: &mut Reader<'_>, old: &[Closure]) -> Vec<Closure> {
    let rows = reader.rows("closure", &["from", "to"]);
    let read = |start: &String| Closure {
        from: reader.date(&format!("{start}from")),
        to: reader.date(&format!("{start}to")),
        from_time: reader.optional(&format!("{start}from_time"), TIME),
        to_time: reader.optional(&format!("{start}to_time"), TIME),
        counters: reader.given.all(&format!("{start}counters")),
        reason: {
            let old = shown_in(old, start).map(|own| own.reason.clone()).unwrap_or_default();
            reader.text(&format!("{start}reason"), &old)
        },
    };
    rows.iter().map(read).collect()
}
