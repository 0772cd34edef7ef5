//! Preferred times as they are typed.

use catalog::{model::Service, time::WallTime, window::Bookable};
use chrono::NaiveDate;
use notification::dates;
use scheduling::Wish;

use super::Fields;
use crate::web::{
    citizen::{prepare, selection::Selection},
    contact::{Errors, FieldError},
    page::Page,
    town::Town,
};

/// How many wishes a form asks for.
const WISHES: usize = 3;

/// An input of a wish.
pub(super) struct Part<'a> {
    /// Its id and name.
    pub id: String,
    /// Key of its label.
    pub label: &'static str,
    /// Type of the input.
    pub kind: &'static str,
    /// What was typed.
    pub value: &'a str,
    /// Least value.
    pub min: String,
    /// Greatest value.
    pub max: String,
}

/// Between which dates and times wishes lie.
#[derive(Clone, Copy, Debug)]
pub(super) struct Bounds {
    /// First day.
    pub first: NaiveDate,
    /// Last day.
    pub last: NaiveDate,
    /// Earliest opening.
    pub from: WallTime,
    /// Latest closing.
    pub to: WallTime,
}

/// One wish as it was typed.
#[derive(Clone, Debug)]
pub(super) struct TypedWish {
    /// 1 to 3.
    pub number: usize,
    /// Date, as `2026-12-03`.
    pub date: String,
    /// Time, as `08:00`.
    pub from: String,
    /// Time, as `12:00`.
    pub to: String,
}

impl Bounds {
    /// The booking window of the places that serve the selection, and their hours.
    pub(super) fn of(town: &Town, selection: &Selection) -> Self {
        let places = prepare::places_for(&town.setup, selection);
        let lines = prepare::lines(&town.setup, &selection.basket);
        let services: Vec<&Service> = lines.iter().map(|line| line.service).collect();
        let windows: Vec<Bookable> = places
            .iter()
            .map(|place| {
                let services = services.iter().copied();
                Bookable::for_citizens(&town.setup.town, place, services, town.now())
            })
            .collect();
        let today = town.today();
        let openings = || places.iter().flat_map(|place| &place.openings);
        Self {
            first: windows.iter().map(|own| own.first).min().unwrap_or(today),
            last: windows.iter().map(|own| own.last).max().unwrap_or(today),
            from: openings().map(|own| own.from).min().unwrap_or(WallTime::MIDNIGHT),
            to: openings().map(|own| own.to).max().unwrap_or(WallTime::END),
        }
    }
}

impl TypedWish {
    /// Fields that wait to be filled in.
    pub(super) fn empty(bounds: &Bounds) -> Vec<Self> {
        let (from, to) = (bounds.from.to_string(), bounds.to.to_string());
        (1..=WISHES)
            .map(|number| Self { number, date: String::new(), from: from.clone(), to: to.clone() })
            .collect()
    }

    /// The fields of a submitted form.
    pub(super) fn all(fields: &Fields) -> Vec<Self> {
        let field = |name: &str, number: usize| {
            fields.get(&format!("{name}{number}")).map(|value| value.trim().to_owned())
        };
        (1..=WISHES)
            .map(|number| Self {
                number,
                date: field("tag", number).unwrap_or_default(),
                from: field("von", number).unwrap_or_default(),
                to: field("bis", number).unwrap_or_default(),
            })
            .collect()
    }

    /// Its inputs.
    pub(super) fn parts(&self, bounds: &Bounds) -> [Part<'_>; 3] {
        let part = |name, label, kind, value, min, max| Part {
            id: format!("{name}{}", self.number),
            label,
            kind,
            value,
            min,
            max,
        };
        let (first, last) = (bounds.first.to_string(), bounds.last.to_string());
        let hours = || (bounds.from.to_string(), bounds.to.to_string());
        let (from, to) = hours();
        let (earliest, latest) = hours();
        [
            part("tag", "request-date", "date", self.date.as_str(), first, last),
            part("von", "request-from", "time", self.from.as_str(), from, to),
            part("bis", "request-to", "time", self.to.as_str(), earliest, latest),
        ]
    }

    /// As form fields.
    pub(super) fn fields(&self) -> [(String, String); 3] {
        let Self { number, date, from, to } = self;
        [("tag", date), ("von", from), ("bis", to)]
            .map(|(name, value)| (format!("{name}{number}"), value.clone()))
    }

    fn error(&self, field: &str, message: String) -> FieldError {
        FieldError { field: format!("{field}{}", self.number), message }
    }

    /// The wish; an empty time means as early or late as there is.
    fn parse(&self, bounds: &Bounds, page: &Page) -> Result<Wish, FieldError> {
        let date = self.date.parse::<NaiveDate>().ok();
        let date = date.filter(|date| (bounds.first..=bounds.last).contains(date));
        let date = date.ok_or_else(|| {
            let last = dates::date(bounds.last, page.language.code);
            self.error("tag", page.with("request-date-range", "last", last))
        })?;
        let time = |field, typed: &str, otherwise| {
            if typed.is_empty() {
                return Ok(otherwise);
            }
            typed.parse().map_err(|_| self.error(field, page.text("request-time-malformed")))
        };
        let from = time("von", &self.from, bounds.from)?;
        let to = time("bis", &self.to, bounds.to)?;
        if from < to {
            Ok(Wish { date, from, to })
        } else {
            Err(self.error("bis", page.text("request-time-order")))
        }
    }
}

/// Reads the wishes; all but the first may stay empty.
pub(super) fn parse(
    typed: &[TypedWish],
    bounds: &Bounds,
    page: &Page,
    errors: &mut Errors,
) -> Vec<Wish> {
    let mut wishes = Vec::new();
    for wish in typed {
        if wish.date.is_empty() {
            if wish.number == 1 {
                errors.0.push(wish.error("tag", page.text("request-date-missing")));
            }
            continue;
        }
        match wish.parse(bounds, page) {
            Ok(wish) => wishes.push(wish),
            Err(error) => errors.0.push(error),
        }
    }
    wishes
}
