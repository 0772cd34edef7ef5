//! What stands above a day and above a week: where one is, and the ways on.

use catalog::model::Location;
use chrono::{Datelike as _, Days, NaiveDate};
use notification::dates;

use super::super::desk::{self, Desk};

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
    /// To the same day as a list, or back to the plan; a week has one view only.
    pub view: Option<Way>,
    /// Whether the day is shown as a list.
    pub is_list: bool,
}

const DAY: &str = "/tag";
const WEEK: &str = "/woche";
/// The view of a day that is a list.
const LIST: &str = "liste";

/// Whether a day is asked for as a list.
fn is_list(desk: &Desk) -> bool {
    desk.asked("ansicht") == Some(LIST)
}

/// The date that the address names, else today.
pub(super) fn date(desk: &Desk) -> NaiveDate {
    desk.asked("datum").and_then(desk::date).unwrap_or_else(|| desk.today())
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
            view: Some(other_view(desk, location, date)),
            is_list: is_list(desk),
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
            view: None,
            is_list: false,
        }
    }
}

/// The same day as a list, or as a plan where it is one.
fn other_view(desk: &Desk, location: &Location, date: NaiveDate) -> Way {
    let date = date.to_string();
    let mut pairs = vec![("datum", date.as_str()), ("standort", location.slug.as_str())];
    let text = if is_list(desk) { "Tagesplan" } else { "Liste" };
    if !is_list(desk) {
        pairs.push(("ansicht", LIST));
    }
    Way { href: desk.with(DAY, &pairs), text }
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
    let view = (path == DAY && is_list(desk)).then_some(LIST);
    let pairs =
        [("datum", date.as_deref()), ("standort", Some(location.slug.as_str())), ("ansicht", view)];
    let pairs: Vec<_> =
        pairs.into_iter().filter_map(|(name, value)| Some((name, value?))).collect();
    Way { href: desk.with(path, &pairs), text }
}
