//! What stands above a day and above a week: where one is, and the ways on.

use catalog::model::Location;
use chrono::{Datelike as _, Days, NaiveDate};
use notification::dates;

use super::super::desk::Desk;

/// A way on.
pub(super) struct Way {
    pub href: String,
    pub text: &'static str,
}

/// The head of a page.
pub(super) struct Head {
    pub title: String,
    pub date: NaiveDate,
    /// Where its form leads.
    pub action: String,
    pub before: Way,
    pub after: Way,
    /// To the present, unless that is shown.
    pub now: Option<Way>,
    /// To the same date on the other page.
    pub other: Way,
}

const DAY: &str = "/tag";
const WEEK: &str = "/woche";

/// The date that the address names, else today; years of another number than four digits are none.
pub(super) fn date(desk: &Desk) -> NaiveDate {
    let named = desk.asked("datum").and_then(|date| date.parse::<NaiveDate>().ok());
    named.filter(|date| (1000..=9999).contains(&date.year())).unwrap_or_else(|| desk.today())
}

impl Head {
    /// Above a day.
    pub(super) fn of_day(desk: &Desk, location: &Location, date: NaiveDate) -> Self {
        let to = |path: &str, date: NaiveDate, text| way(desk, location, path, Some(date), text);
        let is_today = date == desk.today();
        Self {
            title: dates::date(date, "de"),
            date,
            action: desk.to(DAY),
            before: to(DAY, date - Days::new(1), "Tag davor"),
            after: to(DAY, date + Days::new(1), "Tag danach"),
            now: (!is_today).then(|| way(desk, location, DAY, None, "Heute")),
            other: to(WEEK, date, "Woche"),
        }
    }

    /// Above a week.
    pub(super) fn of_week(desk: &Desk, location: &Location, date: NaiveDate) -> Self {
        let to = |path: &str, date: NaiveDate, text| way(desk, location, path, Some(date), text);
        let is_present = date.iso_week() == desk.today().iso_week();
        Self {
            title: format!("Woche {}", date.iso_week().week()),
            date,
            action: desk.to(WEEK),
            before: to(WEEK, date - Days::new(7), "Woche davor"),
            after: to(WEEK, date + Days::new(7), "Woche danach"),
            now: (!is_present).then(|| way(desk, location, WEEK, None, "Diese Woche")),
            other: to(DAY, date, "Tag"),
        }
    }
}

/// Address of a day.
pub(super) fn day(desk: &Desk, location: &Location, date: NaiveDate) -> String {
    way(desk, location, DAY, Some(date), "").href
}

fn way(
    desk: &Desk,
    location: &Location,
    path: &str,
    date: Option<NaiveDate>,
    text: &'static str,
) -> Way {
    let date = date.map(|date| date.to_string());
    let pairs = [("datum", date.as_deref()), ("standort", Some(location.slug.as_str()))];
    let pairs: Vec<_> =
        pairs.into_iter().filter_map(|(name, value)| Some((name, value?))).collect();
    Way { href: desk.with(path, &pairs), text }
}
