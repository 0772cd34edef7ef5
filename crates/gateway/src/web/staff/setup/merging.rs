//! A form that was filled in on a set-up which a colleague has changed since. Each field gets what its
//! sender has changed, everything else what holds now: rows that the colleague added are there, rows
//! that the colleague removed are not, and what both have changed is told at its field.

use std::collections::{BTreeMap, BTreeSet};

use super::section::{BLANK_ROWS, Layout, Section, row_of};
use crate::web::{
    given::Given,
    staff::field::{Field, Kind},
};

/// Longest text of a colleague's that is told at a field.
const TOLD: usize = 200;

/// What comes of the two.
#[derive(Debug)]
pub(super) struct Merged {
    /// The form as it holds now, with what was changed in the one that was sent.
    pub section: Section,
    /// What was changed and has no place any more, in words.
    pub lost: Vec<String>,
}

/// Puts what `given` has changed of `base`, the form as its sender saw it, into the form as it is `now`.
pub(super) fn merged(now: Section, base: &Section, given: &Given) -> Merged {
    let origins = origins(&now, base);
    let lost = lost(base, given, &origins);
    let mut section = now;
    let changed_rows = changed_rows(&section, base, &origins);
    for field in section.groups.iter_mut().flat_map(|group| &mut group.fields) {
        let before = origins.get(&field.name).and_then(|name| base.field(name));
        let Some(before) = before else { continue };
        merge(field, before, given);
        let start = field.name.strip_suffix("remove");
        if field.value == "1" && start.is_some_and(|start| changed_rows.contains(start)) {
            field.problem =
                Some("Jemand anders hat diesen Eintrag inzwischen geändert.".to_owned());
        }
    }
    Merged { section, lost }
}

/// Puts into a field what was changed of it.
fn merge(field: &mut Field, before: &Field, given: &Given) {
    let Some(typed) = typed(before, given) else { return };
    if let Kind::Several(_) = field.kind {
        let (old, own): (Vec<_>, Vec<_>) =
            (before.value.split(' ').collect(), typed.split(' ').collect());
        // What is chosen now, without what was taken away and with what was added.
        let now = field.value.split(' ').filter(|it| own.contains(it) || !old.contains(it));
        let mut chosen: Vec<&str> = now.collect();
        let added: Vec<_> =
            own.into_iter().filter(|it| !old.contains(it) && !chosen.contains(it)).collect();
        chosen.extend(added);
        field.value = chosen.join(" ").trim().to_owned();
        return;
    }
    let is_ours = typed != plain(&before.value);
    if !is_ours || typed == plain(&field.value) {
        return;
    }
    if plain(&before.value) != plain(&field.value) {
        field.problem = Some(told(field));
    }
    field.value = typed;
}

/// What was sent of a field; nothing where it was not in the form at all.
fn typed(field: &Field, given: &Given) -> Option<String> {
    match field.kind {
        Kind::Several(_) => Some(given.all(&field.name).join(" ")),
        Kind::Flag => Some(given.get(&field.name).to_owned()),
        _ if given.has(&field.name) => Some(given.lines(&field.name)),
        _ => None,
    }
}

/// A value as a browser sends it back.
fn plain(value: &str) -> String {
    value.trim().replace("\r\n", "\n")
}

/// What a colleague has made of a field.
fn told(field: &Field) -> String {
    let value = match &field.kind {
        Kind::Choice(options) => {
            let chosen = options.iter().find(|(value, _)| *value == field.value);
            chosen.map_or(field.value.as_str(), |(_, label)| label)
        }
        Kind::File(_) => "",
        _ => field.value.trim(),
    };
    if value.is_empty() {
        "Jemand anders hat das inzwischen geändert.".to_owned()
    } else if value.chars().count() > TOLD {
        "Jemand anders hat diesen Text inzwischen geändert; seine Fassung steht im Verlauf."
            .to_owned()
    } else {
        format!("Jemand anders hat hier inzwischen eingetragen: {value}")
    }
}

/// What was changed in fields of `base` that none of the form's comes from.
fn lost(base: &Section, given: &Given, origins: &BTreeMap<String, String>) -> Vec<String> {
    let known: BTreeSet<&String> = origins.values().collect();
    let mut lost = Vec::new();
    for group in &base.groups {
        let changed = group.fields.iter().filter(|own| !known.contains(&own.name));
        let told = changed.filter_map(|own| {
            let typed = typed(own, given)?;
            let is_told = typed != plain(&own.value) && !matches!(own.kind, Kind::Flag | Kind::Key);
            is_told.then(|| format!("{}: {typed}", own.label))
        });
        let told: Vec<String> = told.collect();
        if !told.is_empty() {
            let title = if group.title.is_empty() { "Eintrag" } else { &group.title };
            lost.push(format!(
                "{title}: gibt es so nicht mehr. Ihre Eingabe war: {}",
                told.join("; ")
            ));
        }
    }
    lost
}

/// For each field of the form as it is now, its name in `base`.
fn origins(now: &Section, base: &Section) -> BTreeMap<String, String> {
    let (now_rows, base_rows) = (lists(now), lists(base));
    let fields = now.groups.iter().flat_map(|group| &group.fields);
    let single =
        fields.filter(|own| row_of(&own.name).is_none() && base.field(&own.name).is_some());
    let mut origins: BTreeMap<String, String> =
        single.map(|own| (own.name.clone(), own.name.clone())).collect();
    for (list, now) in &now_rows {
        let Some(base) = base_rows.get(list) else { continue };
        let blank = base.blank.iter().zip(&now.blank);
        for (before, row) in pairs(&base.known, &now.known).into_iter().chain(blank) {
            let of_row = row.fields.iter().filter_map(|own| {
                let (_, _, rest) = row_of(&own.name)?;
                Some((own.name.clone(), format!("{list}[{}].{rest}", before.number)))
            });
            origins.extend(of_row);
        }
    }
    origins
}

/// How the rows begin that a colleague has changed.
fn changed_rows(
    now: &Section,
    base: &Section,
    origins: &BTreeMap<String, String>,
) -> BTreeSet<String> {
    let fields = now.groups.iter().flat_map(|group| &group.fields);
    let changed = fields.filter(|own| {
        let before = origins.get(&own.name).and_then(|name| base.field(name));
        before.is_some_and(|before| plain(&before.value) != plain(&own.value))
    });
    let start = |own: &Field| {
        let (list, number, _) = row_of(&own.name)?;
        Some(format!("{list}[{number}]."))
    };
    changed.filter_map(start).collect()
}

/// A row of a list.
#[derive(Clone, Debug)]
struct Row<'a> {
    number: usize,
    fields: Vec<&'a Field>,
}

impl Row<'_> {
    /// What names it whatever becomes of the rest.
    fn key(&self) -> Option<&str> {
        let key = self.fields.iter().find(|own| own.kind == Kind::Key);
        key.map(|own| own.value.as_str())
    }

    fn content(&self) -> Vec<&str> {
        self.fields.iter().map(|own| own.value.as_str()).collect()
    }
}

/// The rows of a list: those that there are, and those to be filled in.
#[derive(Debug, Default)]
struct Rows<'a> {
    known: Vec<Row<'a>>,
    blank: Vec<Row<'a>>,
}

fn lists(section: &Section) -> BTreeMap<&str, Rows<'_>> {
    let mut lists: BTreeMap<&str, (bool, Vec<Row<'_>>)> = BTreeMap::new();
    for group in &section.groups {
        for field in &group.fields {
            let Some((list, number, _)) = row_of(&field.name) else { continue };
            let (is_week, rows) = lists.entry(list).or_default();
            *is_week = group.layout == Layout::Week;
            match rows.last_mut().filter(|own| own.number == number) {
                Some(row) => row.fields.push(field),
                None => rows.push(Row { number, fields: vec![field] }),
            }
        }
    }
    lists.into_iter().map(|(list, (is_week, rows))| (list, split(rows, is_week))).collect()
}

/// A day has as many cells as the fullest one, other lists a blank row at their end.
fn split(rows: Vec<Row<'_>>, is_week: bool) -> Rows<'_> {
    let first_blank = rows.len().saturating_sub(BLANK_ROWS);
    let mut split = Rows::default();
    for (index, row) in rows.into_iter().enumerate() {
        let is_filled = || row.content().iter().any(|own| !own.is_empty());
        let is_known = if is_week { is_filled() } else { index < first_blank };
        if is_known { split.known.push(row) } else { split.blank.push(row) }
    }
    split
}

/// The rows that are in both: by their key where they have one, else by what is in them. Rows that
/// stand between the same neighbours, as many before as now, are the same ones changed.
fn pairs<'a, 'b>(base: &'a [Row<'b>], now: &'a [Row<'b>]) -> Vec<(&'a Row<'b>, &'a Row<'b>)> {
    if base.iter().chain(now).all(|own| own.key().is_some()) {
        let same = |row: &'a Row<'b>| Some((base.iter().find(|own| own.key() == row.key())?, row));
        return now.iter().filter_map(same).collect();
    }
    let mut pairs = Vec::new();
    let (mut one, mut other) = (0, 0);
    let mut anchors = common(base, now);
    anchors.push((base.len(), now.len()));
    for (before, row) in anchors {
        let (old, new) = (&base[one..before], &now[other..row]);
        if old.len() == new.len() {
            pairs.extend(old.iter().zip(new));
        }
        pairs.extend(base.get(before).zip(now.get(row)));
        (one, other) = (before + 1, row + 1);
    }
    pairs
}

/// The longest run of equal rows in the order of both: their indices.
fn common(base: &[Row<'_>], now: &[Row<'_>]) -> Vec<(usize, usize)> {
    let mut longest = vec![vec![0_usize; now.len() + 1]; base.len() + 1];
    for one in (0..base.len()).rev() {
        for other in (0..now.len()).rev() {
            longest[one][other] = if base[one].content() == now[other].content() {
                longest[one + 1][other + 1] + 1
            } else {
                longest[one + 1][other].max(longest[one][other + 1])
            };
        }
    }
    let (mut one, mut other, mut found) = (0, 0, Vec::new());
    while one < base.len() && other < now.len() {
        if base[one].content() == now[other].content() {
            found.push((one, other));
            (one, other) = (one + 1, other + 1);
        } else if longest[one + 1][other] >= longest[one][other + 1] {
            one += 1;
        } else {
            other += 1;
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use catalog::{
        model::{Closure, Counter, Text, TownSetup},
        townfile,
    };

    use super::*;
    use crate::web::staff::setup::{part::Part, reader::Reader};

    /// Altena, whose town hall has three counters.
    fn altena() -> TownSetup {
        townfile::parse(townfile::SHIPPED[3].1).unwrap()
    }

    fn hall() -> Part {
        Part::Location(Some("rathaus".to_owned()))
    }

    /// Sends a part's form with some fields changed, after a colleague's change; what is shown then,
    /// and what the town has when it is sent again.
    fn after(
        part: &Part,
        mine: &[(&str, &str)],
        theirs: impl FnOnce(&mut TownSetup),
    ) -> (Merged, TownSetup) {
        let base = altena();
        let form = part.section(&base).unwrap();
        let mut given = form.sent();
        for (name, value) in mine {
            given.set(name, value);
        }
        let mut now = base;
        theirs(&mut now);
        let merged = merged(part.section(&now).unwrap(), &form, &given);
        let sent = merged.section.sent();
        let mut reader = Reader::new(&sent, &merged.section, &now.town.locales);
        let mut saved = now.clone();
        part.read(&mut reader, &mut saved);
        assert_eq!(reader.wrong, []);
        (merged, saved)
    }

    fn counter(slug: &str, name: &str) -> Counter {
        let (slug, name) = (slug.to_owned(), name.to_owned());
        Counter { id: uuid::Uuid::nil(), slug, name, services: vec!["umzug".to_owned()] }
    }

    fn names(setup: &TownSetup) -> Vec<(&str, &str)> {
        let counters = setup.locations[0].counters.iter();
        counters.map(|own| (own.slug.as_str(), own.name.as_str())).collect()
    }

    #[test]
    fn a_row_that_a_colleague_added_stays_and_a_new_one_comes_beside_it() {
        let mine = [("counter[2].name", "Platz am Fenster"), ("counter[4].name", "Platz 5")];
        let (merged, saved) = after(&hall(), &mine, |setup| {
            setup.locations[0].counters.insert(0, counter("platz-0", "Platz 0"));
        });
        let expected = [
            ("platz-0", "Platz 0"),
            ("platz-1", "Platz 1"),
            ("platz-2", "Platz am Fenster"),
            ("platz-3", "Platz 3 (halbtags)"),
            ("platz-5", "Platz 5"),
        ];
        assert_eq!(names(&saved), expected);
        assert_eq!(saved.locations[0].counters[0].services, ["umzug"]);
        assert_eq!(merged.lost, Vec::<String>::new());
    }

    #[test]
    fn a_row_that_a_colleague_removed_does_not_come_back_and_what_was_typed_there_is_told() {
        let mine = [("counter[2].name", "Platz am Fenster"), ("street", "Lüdenscheider Straße 23")];
        let (merged, saved) = after(&hall(), &mine, |setup| {
            setup.locations[0].counters.retain(|own| own.slug != "platz-2");
        });
        assert_eq!(names(&saved), [("platz-1", "Platz 1"), ("platz-3", "Platz 3 (halbtags)")]);
        assert_eq!(saved.locations[0].street, "Lüdenscheider Straße 23");
        assert_eq!(merged.lost.len(), 1);
        assert!(merged.lost[0].contains("Name: Platz am Fenster"), "{:?}", merged.lost);
    }

    #[test]
    fn what_both_have_changed_is_told_at_its_field_and_what_one_has_changed_is_not() {
        let mine = [("counter[1].name", "Empfang"), ("city", "Altena-Dahle")];
        let (merged, saved) = after(&hall(), &mine, |setup| {
            setup.locations[0].counters[0].name = "Schnellschalter".to_owned();
            setup.locations[0].street = "Bahnhofstraße 1".to_owned();
        });
        let problem = |name: &str| merged.section.field(name).unwrap().problem.clone();
        assert!(problem("counter[1].name").unwrap().ends_with("eingetragen: Schnellschalter"));
        for name in ["city", "street", "counter[2].name"] {
            assert_eq!(problem(name), None, "{name}");
        }
        let place = &saved.locations[0];
        assert_eq!(
            (place.counters[0].name.as_str(), place.city.as_str()),
            ("Empfang", "Altena-Dahle")
        );
        assert_eq!(place.street, "Bahnhofstraße 1");
    }

    #[test]
    fn rows_without_a_name_are_known_by_what_is_in_them() {
        let closure = |from: &str, reason: &str| Closure {
            from: from.parse().unwrap(),
            to: from.parse().unwrap(),
            from_time: None,
            to_time: None,
            counters: Vec::new(),
            reason: Text::german(reason),
        };
        let mut base = altena();
        base.closures = ["2027-02-08", "2027-05-14"].map(|day| closure(day, "frei")).to_vec();
        let form = Part::Closures.section(&base).unwrap();
        let mut given = form.sent();
        given.set("closure[2].reason.de", "Brückentag");
        let mut now = base;
        now.closures.insert(0, closure("2026-12-24", "Heiligabend"));
        let merged = merged(Part::Closures.section(&now).unwrap(), &form, &given);
        let sent = merged.section.sent();
        let locales = now.town.locales.clone();
        Part::Closures.read(&mut Reader::new(&sent, &merged.section, &locales), &mut now);
        let reasons: Vec<&str> = now.closures.iter().map(|own| own.reason.get("de")).collect();
        assert_eq!(reasons, ["Heiligabend", "frei", "Brückentag"]);
    }

    #[test]
    fn boxes_that_both_have_ticked_are_ticked_and_what_one_unticked_is_not() {
        let part = Part::Town;
        let (_, saved) = after(&hall(), &[("counter[1].services", "umzug")], |setup| {
            setup.locations[0].counters[0].services.retain(|own| own != "umzug");
        });
        // Unticked there by the one, and all others by the other.
        assert_eq!(saved.locations[0].counters[0].services, Vec::<String>::new());
        let (_, saved) = after(&part, &[("locales", "")], |setup| setup.town.locales.truncate(1));
        assert_eq!(saved.town.locales, ["de"]);
    }

    #[test]
    fn a_row_that_one_removes_and_the_other_changes_is_told() {
        let (merged, saved) = after(&hall(), &[("counter[3].remove", "1")], |setup| {
            setup.locations[0].counters[2].name = "Trauzimmer".to_owned();
        });
        assert!(merged.section.field("counter[3].remove").unwrap().problem.is_some());
        assert_eq!(saved.locations[0].counters.len(), 2);
    }

    #[test]
    fn windows_of_the_week_come_together() {
        let part = Part::Hours("rathaus".to_owned());
        let form = part.section(&altena()).unwrap();
        let first = form.field("mon[1].to").unwrap().value.clone();
        let (merged, saved) = after(
            &part,
            &[("mon[1].from", "07:30"), ("sat[1].from", "09:00"), ("sat[1].to", "11:00")],
            |setup| {
                let mut saturday = setup.locations[0].openings[0].clone();
                saturday.weekdays = vec![catalog::time::Weekday::Sat];
                (saturday.from, saturday.to) = ("13:00".parse().unwrap(), "15:00".parse().unwrap());
                setup.locations[0].openings.push(saturday);
            },
        );
        assert_eq!(merged.lost, Vec::<String>::new());
        let shown = part.section(&saved).unwrap();
        let value = |name: &str| shown.field(name).unwrap().value.clone();
        assert_eq!((value("mon[1].from"), value("mon[1].to")), ("07:30".to_owned(), first));
        assert_eq!(
            (value("sat[1].from"), value("sat[2].from")),
            ("09:00".to_owned(), "13:00".to_owned())
        );
    }

    #[test]
    fn nothing_but_the_other_s_change_comes_of_a_form_that_was_left_as_it_is() {
        for part in [hall(), Part::Town, Part::Groups, Part::Hours("rathaus".to_owned())] {
            let theirs = |setup: &mut TownSetup| {
                setup.town.name = "Stadt Altena an der Lenne".to_owned();
                setup.categories.remove(0);
                setup.locations[0].counters.push(counter("trauzimmer", "Trauzimmer"));
                setup.locations[0].openings.remove(0);
            };
            let mut expected = altena();
            theirs(&mut expected);
            let (merged, saved) = after(&part, &[], theirs);
            assert_eq!(saved, expected, "{part:?}");
            assert_eq!(merged.lost, Vec::<String>::new());
            let fields = merged.section.groups.iter().flat_map(|group| &group.fields);
            assert!(fields.clone().all(|own| own.problem.is_none()), "{part:?}");
        }
    }
}
