//! Takes a form of the set-up back.

use std::{collections::BTreeMap, str::FromStr};

use catalog::{
    model::{BookingWindow, Text},
    time::WallTime,
};
use chrono::NaiveDate;

use super::section::{Section, row_of};
use crate::web::{given::Given, staff::field::Kind};

/// Takes a form's fields back, and notes what cannot be read.
#[derive(Debug)]
pub(super) struct Reader<'a> {
    pub given: &'a Given,
    /// The form as it was shown.
    form: &'a Section,
    /// The town's languages.
    pub locales: Vec<String>,
    /// Name of a field, and what is expected there.
    pub wrong: Vec<(String, String)>,
    /// For each list, how the fields begin that its elements came from, such as `opening[2].`.
    rows: BTreeMap<String, Vec<String>>,
}

impl<'a> Reader<'a> {
    pub(super) fn new(given: &'a Given, form: &'a Section, locales: &[String]) -> Self {
        Self { given, form, locales: locales.to_vec(), wrong: Vec::new(), rows: BTreeMap::new() }
    }

    /// One line.
    pub(super) fn line(&self, name: &str) -> String {
        self.given.get(name).to_owned()
    }

    /// One line, unless it is empty.
    pub(super) fn optional_line(&self, name: &str) -> Option<String> {
        Some(self.line(name)).filter(|own| !own.is_empty())
    }

    /// A text in all languages; those that are empty are left out. What the `old` one says in languages
    /// that the town does not offer at present is kept for when it does again.
    pub(super) fn text(&self, name: &str, old: &Text) -> Text {
        let texts = self.locales.iter().map(|locale| {
            let text = self.given.lines(&format!("{name}.{locale}"));
            (locale.clone(), text)
        });
        let typed: BTreeMap<String, String> = texts.filter(|(_, text)| !text.is_empty()).collect();
        if typed.is_empty() {
            return Text::default();
        }
        let kept = old.0.iter().filter(|(locale, _)| !self.locales.contains(locale));
        let kept = kept.map(|(locale, text)| (locale.clone(), text.clone()));
        Text(kept.chain(typed).collect())
    }

    /// Lines that are not empty.
    pub(super) fn list(&self, name: &str) -> Vec<String> {
        let lines = self.given.lines(name);
        let lines = lines.lines().map(str::trim).filter(|line| !line.is_empty());
        lines.map(str::to_owned).collect()
    }

    /// A value that must be there.
    pub(super) fn value<T: FromStr>(&mut self, name: &str, old: T, expected: &str) -> T {
        match self.given.get(name).parse() {
            Ok(value) => value,
            Err(_) => {
                self.wrong.push((name.to_owned(), expected.to_owned()));
                old
            }
        }
    }

    /// A value that may be missing.
    pub(super) fn optional<T: FromStr>(&mut self, name: &str, expected: &str) -> Option<T> {
        let text = self.given.get(name);
        if text.is_empty() {
            return None;
        }
        let value = text.parse().ok();
        if value.is_none() {
            self.wrong.push((name.to_owned(), expected.to_owned()));
        }
        value
    }

    /// A whole number.
    pub(super) fn number<T: FromStr>(&mut self, name: &str, old: T) -> T {
        self.value(name, old, NUMBER)
    }

    /// A time of day.
    pub(super) fn time(&mut self, name: &str) -> WallTime {
        self.value(name, WallTime::MIDNIGHT, TIME)
    }

    /// A day.
    pub(super) fn date(&mut self, name: &str) -> NaiveDate {
        self.value(name, NaiveDate::default(), DATE)
    }

    /// A booking window.
    pub(super) fn window(&mut self) -> BookingWindow {
        BookingWindow {
            min_notice: self.optional("booking.min_notice", NUMBER),
            max_days_ahead: self.optional("booking.max_days_ahead", NUMBER),
            bookable_from: self.optional("booking.bookable_from", DATE),
            bookable_until: self.optional("booking.bookable_until", DATE),
            release_time: self.optional("booking.release_time", TIME),
        }
    }

    /// The rows of a list that stay: neither marked as removed, nor left empty in all of `fields`, the
    /// ones without which a row is nothing. Returns how the names of their fields begin, such as
    /// `opening[2].`. A row of which only other fields are filled in is no mistake to be passed over:
    /// it is told at the first of `fields`.
    pub(super) fn rows(&mut self, list: &str, fields: &[&str]) -> Vec<String> {
        let mut kept = Vec::new();
        for number in 1.. {
            let start = format!("{list}[{number}].");
            if !self.given.0.iter().any(|(name, _)| name.starts_with(&start)) {
                break;
            }
            if !self.given.get(&format!("{start}remove")).is_empty() {
                continue;
            }
            let is_filled = |field: &&str| !self.given.get(&format!("{start}{field}")).is_empty();
            let is_filled = fields.iter().any(is_filled);
            if !is_filled && self.is_touched(&start) {
                self.wrong.push((format!("{start}{}", fields[0]), MISSING.to_owned()));
            } else if !is_filled {
                continue;
            }
            kept.push(start);
        }
        self.came_from(list, kept.clone());
        kept
    }

    /// Whether somebody has put something else into a row than was shown there, or has emptied one that
    /// goes by its box.
    fn is_touched(&self, start: &str) -> bool {
        let fields = self.form.groups.iter().flat_map(|group| &group.fields);
        let mut own = fields.filter(|field| field.name.starts_with(start));
        own.any(|field| {
            let typed = match field.kind {
                Kind::Several(_) => self.given.all(&field.name).join(" "),
                _ => self.given.lines(&field.name),
            };
            let goes_by_its_box = field.name == format!("{start}remove");
            goes_by_its_box || (!typed.is_empty() && typed != field.value.trim())
        })
    }

    /// Tells how the fields begin that the elements of a list came from.
    pub(super) fn came_from(&mut self, list: &str, starts: Vec<String>) {
        self.rows.insert(list.to_owned(), starts);
    }

    /// The field that a problem's key is about: elements are counted without the rows that went.
    pub(super) fn field_of(&self, key: &str) -> String {
        let parts = key.split_once('[').and_then(|(list, rest)| {
            let (number, rest) = rest.split_once(']')?;
            let number: usize = number.parse().ok()?;
            let start = self.rows.get(list)?.get(number.checked_sub(1)?)?;
            Some(format!("{start}{}", rest.trim_start_matches('.')))
        });
        parts.unwrap_or_else(|| key.to_owned())
    }
}

pub(super) const NUMBER: &str = "erwartet wird eine Zahl";
pub(super) const TIME: &str = "erwartet wird eine Uhrzeit wie 08:00";
pub(super) const DATE: &str = "erwartet wird ein Tag";
const MISSING: &str = "fehlt noch; soll es den Eintrag nicht geben, leeren Sie auch seine übrigen Felder, oder kreuzen Sie „Entfernen“ an";

/// The element of a list that a row's fields were shown of, such as the third of `documents[3].`.
pub(super) fn shown_in<'a, T>(list: &'a [T], start: &str) -> Option<&'a T> {
    let (_, number, _) = row_of(start)?;
    list.get(number.checked_sub(1)?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::web::staff::{field::Field, setup::section::Group};

    fn given(pairs: &[(&str, &str)]) -> Given {
        Given(pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect())
    }

    fn form(fields: Vec<Field>) -> Section {
        let groups = vec![Group::new("", "", fields)];
        Section { title: String::new(), lead: "", groups, extras: Vec::new() }
    }

    #[test]
    fn a_row_of_which_only_the_rest_is_filled_in_is_told_and_a_blank_one_is_not() {
        let services = vec![("umzug".to_owned(), "Umzug".to_owned())];
        let form = form(vec![
            Field::line("counter[1].name", "Name", "Platz 1"),
            Field::flag("counter[1].remove", "Entfernen", false),
            Field::line("counter[2].name", "Name", ""),
            Field::line("counter[2].floor", "Etage", ""),
            Field::several("counter[2].services", "Anliegen", services, &["umzug".to_owned()]),
        ]);
        let wrong = |pairs: &[(&str, &str)]| {
            let given = given(pairs);
            let mut reader = Reader::new(&given, &form, &["de".to_owned()]);
            let rows = reader.rows("counter", &["name"]);
            (rows, reader.wrong.into_iter().map(|(name, _)| name).collect::<Vec<_>>())
        };
        let known = ("counter[1].name", "Platz 1");
        let (rows, told) = wrong(&[known, ("counter[2].services", "umzug")]);
        assert_eq!((rows.as_slice(), told), (["counter[1].".to_owned()].as_slice(), vec![]));
        let (_, told) = wrong(&[known, ("counter[2].floor", "1")]);
        assert_eq!(told, ["counter[2].name"]);
        // What is there goes by its box, not by an empty name.
        assert_eq!(wrong(&[("counter[1].name", "")]).1, ["counter[1].name"]);
        let removed = wrong(&[("counter[1].name", ""), ("counter[1].remove", "1")]);
        assert_eq!(removed, (vec![], vec![]));
    }

    #[test]
    fn texts_in_languages_that_are_switched_off_are_kept_for_later() {
        let mut old = Text::german("Alt");
        old.0.insert("en".to_owned(), "Old".to_owned());
        let form = form(Vec::new());
        let text = |typed: &str| {
            let given = given(&[("name.de", typed)]);
            Reader::new(&given, &form, &["de".to_owned()]).text("name", &old)
        };
        assert_eq!((text("Neu").get("de"), text("Neu").get("en")), ("Neu", "Old"));
        assert_eq!(text(""), Text::default(), "who takes it away takes all of it");
    }

    #[test]
    fn rows_that_are_empty_or_removed_go_and_problems_find_the_rows_that_stay() {
        let given = given(&[
            ("opening[1].from", "08:00"),
            ("opening[1].remove", "1"),
            ("opening[2].from", ""),
            ("opening[3].from", "nine"),
        ]);
        let form = form(Vec::new());
        let mut reader = Reader::new(&given, &form, &["de".to_owned()]);
        assert_eq!(reader.rows("opening", &["from", "to"]), ["opening[3]."]);
        assert_eq!(reader.field_of("opening[1].to"), "opening[3].to");
        assert_eq!(reader.field_of("name"), "name");
        reader.time("opening[3].from");
        assert_eq!(reader.wrong, [("opening[3].from".to_owned(), TIME.to_owned())]);
    }

    #[test]
    fn what_was_typed_stays_in_the_form_even_if_it_cannot_be_read() {
        let group = Group::new("", "", vec![Field::line("duration", "Dauer", 15)]);
        let section =
            Section { title: String::new(), lead: "", groups: vec![group], extras: Vec::new() };
        let mut section = section.with(&given(&[("duration", "viel")]));
        assert!(section.blame("duration", NUMBER));
        assert!(!section.blame("somewhere else", NUMBER));
        let field = &section.groups[0].fields[0];
        assert_eq!((field.value.as_str(), field.problem.as_deref()), ("viel", Some(NUMBER)));
    }
}
