//! A part of the set-up as a form: groups of fields. `reader.rs` takes them back.
//!
//! Fields are named as the rules name what they are about: the problem of
//! `location "rathaus".opening[2].to` belongs to the field `opening[2].to` of that location's form.

use catalog::model::{BookingWindow, Text};
use chrono::NaiveDate;

use super::calendar;
use crate::web::{
    given::Given,
    staff::field::{Field, Kind},
};

/// How the fields of a group stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Layout {
    /// One below the other.
    Column,
    /// Small ones beside each other.
    Row,
    /// Two beside each other, such as two languages.
    Pairs,
    /// As many for each day of the week, the days below each other.
    Week,
}

impl Layout {
    /// Its class.
    pub(super) fn class(self) -> &'static str {
        match self {
            Self::Column => "group__column",
            Self::Row => "group__row",
            Self::Pairs => "group__pairs",
            Self::Week => "group__week",
        }
    }
}

/// Fields that belong together.
#[derive(Clone, Debug)]
pub(super) struct Group {
    /// Heading.
    pub title: String,
    /// What it is about; may be empty.
    pub lead: &'static str,
    /// How they stand.
    pub layout: Layout,
    /// The fields.
    pub fields: Vec<Field>,
}

impl Group {
    /// Fields one below the other.
    pub(super) fn new(title: impl Into<String>, lead: &'static str, fields: Vec<Field>) -> Self {
        Self { title: title.into(), lead, layout: Layout::Column, fields }
    }

    /// Two fields beside each other.
    pub(super) fn pairs(title: impl Into<String>, lead: &'static str, fields: Vec<Field>) -> Self {
        Self { title: title.into(), lead, layout: Layout::Pairs, fields }
    }

    /// The same fields for each day of the week, Monday's first.
    pub(super) fn week(title: impl Into<String>, lead: &'static str, fields: Vec<Field>) -> Self {
        Self { title: title.into(), lead, layout: Layout::Week, fields }
    }

    /// The days of a week with their fields.
    pub(super) fn days(&self) -> Vec<(&'static str, &[Field])> {
        let names = calendar::DAYS.iter().map(|(_, _, name)| *name);
        names.zip(self.fields.chunks(self.fields.len().div_ceil(7).max(1))).collect()
    }

    /// Fields beside each other.
    pub(super) fn row(title: impl Into<String>, lead: &'static str, fields: Vec<Field>) -> Self {
        Self { title: title.into(), lead, layout: Layout::Row, fields }
    }
}

/// What can be done with a form besides saving.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Extra {
    /// Takes the whole out of the set-up.
    Remove,
    /// The same where something shipped takes its place.
    Reset,
    /// Shows what would come of it; nothing is saved.
    Preview,
    /// Puts in what was suggested; nothing is saved.
    Suggestion,
    /// Sends it to whoever is signed in; nothing is saved.
    Test,
    /// Asks those who are named whether they are there; nothing is saved.
    Check,
}

impl Extra {
    /// What the button sends as `tun`.
    pub(super) fn value(self) -> &'static str {
        match self {
            Self::Remove | Self::Reset => "entfernen",
            Self::Preview => "vorschau",
            Self::Suggestion => "vorschlag",
            Self::Test => "probe",
            Self::Check => "pruefen",
        }
    }

    /// What stands on the button.
    pub(super) fn label(self) -> &'static str {
        match self {
            Self::Remove => "Ganz entfernen",
            Self::Reset => "Auf den mitgelieferten Text zurücksetzen",
            Self::Preview => "Vorschau",
            Self::Suggestion => "Vorgeschlagene Farbe nehmen",
            Self::Test => "Probe an mich senden",
            Self::Check => "Anbieter prüfen",
        }
    }

    /// Name of the icon on it.
    pub(super) fn icon(self) -> &'static str {
        match self {
            Self::Remove | Self::Reset => "delete",
            Self::Preview => "visibility",
            Self::Suggestion => "check",
            Self::Test => "mail",
            Self::Check => "autorenew",
        }
    }
}

/// A whole form.
#[derive(Clone, Debug)]
pub(super) struct Section {
    /// Heading of the page.
    pub title: String,
    /// What it is about.
    pub lead: &'static str,
    /// The fields.
    pub groups: Vec<Group>,
    /// What can be done with it besides saving.
    pub extras: Vec<Extra>,
}

impl Section {
    /// Whether it may bring a file.
    pub(super) fn uploads(&self) -> bool {
        let mut fields = self.groups.iter().flat_map(|group| &group.fields);
        fields.any(|field| matches!(field.kind, Kind::File(_)))
    }

    /// The same form with what was typed instead of what is stored.
    pub(super) fn with(mut self, given: &Given) -> Self {
        for field in self.groups.iter_mut().flat_map(|group| &mut group.fields) {
            match field.kind {
                Kind::Several(_) => field.value = given.all(&field.name).join(" "),
                _ => field.value = given.lines(&field.name),
            }
        }
        self
    }

    /// Puts values into the blank row of a list.
    pub(super) fn fill_blank(&mut self, list: &str, values: &[(&str, &str)]) {
        let fields = self.groups.iter_mut().flat_map(|group| &mut group.fields);
        let mut rows: Vec<_> =
            fields.filter(|own| row_of(&own.name).is_some_and(|(own, ..)| own == list)).collect();
        let number = |own: &Field| row_of(&own.name).map(|(_, number, _)| number);
        let last = rows.last().and_then(|own| number(own));
        for field in rows.iter_mut().filter(|own| number(own) == last) {
            let rest = row_of(&field.name).map(|(_, _, rest)| rest);
            let value = values.iter().find(|(name, _)| Some(*name) == rest);
            if let Some((_, value)) = value {
                field.value = (*value).to_owned();
            }
        }
    }

    /// What a browser sends of it when nobody has typed anything.
    #[cfg(test)]
    pub(super) fn sent(&self) -> Given {
        let mut pairs = Vec::new();
        for field in self.groups.iter().flat_map(|group| &group.fields) {
            match field.kind {
                Kind::Several(_) => {
                    let chosen = field.value.split(' ').filter(|own| !own.is_empty());
                    pairs.extend(chosen.map(|own| (field.name.clone(), own.to_owned())));
                }
                Kind::Flag if field.value.is_empty() => {}
                _ => pairs.push((field.name.clone(), field.value.replace('\n', "\r\n"))),
            }
        }
        Given(pairs)
    }

    /// The field called `name`.
    pub(super) fn field(&self, name: &str) -> Option<&Field> {
        self.groups.iter().flat_map(|group| &group.fields).find(|field| field.name == name)
    }

    /// Whether a message stands at the field.
    pub(super) fn is_blamed(&self, name: &str) -> bool {
        self.field(name).is_some_and(|field| field.problem.is_some())
    }

    /// Puts a message at a field; tells whether there is such a field.
    pub(super) fn blame(&mut self, name: &str, message: &str) -> bool {
        let fields = self.groups.iter_mut().flat_map(|group| &mut group.fields);
        // What is wrong with a text is wrong with its German.
        let mut own =
            fields.filter(|field| field.name == name || field.name == format!("{name}.de"));
        let found = own.next();
        if let Some(field) = found {
            field.problem.get_or_insert_with(|| message.to_owned());
            return true;
        }
        false
    }
}

/// The list, the number and the rest of a field's name in a row: `opening[2].to`.
pub(super) fn row_of(name: &str) -> Option<(&str, usize, &str)> {
    let (list, rest) = name.split_once('[')?;
    let (number, rest) = rest.split_once("].")?;
    Some((list, number.parse().ok()?, rest))
}

/// A row of a list that is blank gets added to, so many at once.
pub(super) const BLANK_ROWS: usize = 1;

/// The texts of a field in the town's languages.
pub(super) fn texts(name: &str, label: &str, text: &Text, locales: &[String]) -> Vec<Field> {
    let field = |locale: &String| line_of(name, label, text, locale);
    locales.iter().map(field).collect()
}

fn line_of(name: &str, label: &str, text: &Text, locale: &String) -> Field {
    let value = text.0.get(locale).cloned().unwrap_or_default();
    let field = Field::line(format!("{name}.{locale}"), in_language(label, locale), value);
    if locale == "de" { field } else { field.optional() }
}

/// The same for texts of several lines, which may stay empty.
pub(super) fn long_texts(name: &str, label: &str, text: &Text, locales: &[String]) -> Vec<Field> {
    let field = |locale: &String| {
        let value = text.0.get(locale).cloned().unwrap_or_default();
        Field::area(format!("{name}.{locale}"), in_language(label, locale), 3, value).optional()
    };
    locales.iter().map(field).collect()
}

fn in_language(label: &str, locale: &str) -> String {
    match locale {
        "de" => label.to_owned(),
        "en" => format!("{label} (englisch)"),
        other => format!("{label} ({other})"),
    }
}

/// The fields of a booking window; an empty one takes what holds above it.
pub(super) fn window(window: &BookingWindow) -> Vec<Field> {
    let number = |value: Option<u32>| value.map(|own| own.to_string()).unwrap_or_default();
    let date = |value: Option<NaiveDate>| value.map(|own| own.to_string()).unwrap_or_default();
    let time = window.release_time.map(|own| own.to_string()).unwrap_or_default();
    vec![
        Field::typed(
            "number",
            "booking.min_notice",
            "Vorlauf in Minuten",
            number(window.min_notice),
        )
        .hint("So spät vor dem Termin kann noch gebucht werden.")
        .optional(),
        Field::typed(
            "number",
            "booking.max_days_ahead",
            "Tage im Voraus",
            number(window.max_days_ahead.map(u32::from)),
        )
        .hint("So weit reicht der Kalender; 0 ist nur heute.")
        .optional(),
        Field::line("booking.release_time", "Freigabe um", time)
            .hint("Uhrzeit, zu der der letzte Tag dazukommt, etwa 07:00; sonst um Mitternacht.")
            .optional(),
        Field::typed("date", "booking.bookable_from", "Buchbar ab Tag", date(window.bookable_from))
            .optional(),
        Field::typed(
            "date",
            "booking.bookable_until",
            "Buchbar bis Tag",
            date(window.bookable_until),
        )
        .optional(),
    ]
}
