//! What is computed beside the closures of a town: the public holidays of its Land, and days on which
//! offices there are often shut.

use catalog::{
    holidays::{self, Holiday},
    model::{Location, TownSetup},
};
use chrono::{Datelike as _, NaiveDate};
use notification::dates;

use super::{part::Part, section::Section, town::name};
use crate::web::staff::desk::Desk;

/// What stands beside the form.
#[derive(Clone, Debug)]
pub(super) struct Holidays {
    /// Whose holidays they are.
    pub land: &'static str,
    /// This year and the next, each with its days.
    pub years: Vec<(i32, Vec<Line>)>,
}

/// A day.
#[derive(Clone, Debug)]
pub(super) struct Line {
    /// When, in words.
    pub date: String,
    /// What it is called.
    pub name: &'static str,
    /// Whether it is a holiday by law, on which everything is shut unless a location opens.
    pub is_public: bool,
    /// What holds that day, in words.
    pub state: String,
    /// What can be entered: label and address of the form.
    pub links: Vec<(String, String)>,
}

/// What goes with the form of a part, where that is the one for closures.
pub(super) fn beside(desk: &Desk, part: &Part, setup: &TownSetup) -> Option<Holidays> {
    if *part != Part::Closures {
        return None;
    }
    let land = setup.town.land;
    let present = desk.today().year();
    let of_year = |year: i32| {
        let public = holidays::of_year(land, year).into_iter().map(|own| (own, true));
        let local = holidays::customary(land, year).into_iter().map(|own| (own, false));
        let mut days: Vec<(Holiday, bool)> = public.chain(local).collect();
        days.sort_by_key(|(own, _)| own.date);
        let ahead = days.into_iter().filter(|(own, _)| own.date >= desk.today());
        (year, ahead.map(|(own, is_public)| line(desk, setup, own, is_public)).collect())
    };
    Some(Holidays { land: name(land), years: vec![of_year(present), of_year(present + 1)] })
}

fn line(desk: &Desk, setup: &TownSetup, day: Holiday, is_public: bool) -> Line {
    let Holiday { date, name } = day;
    let open: Vec<&Location> = holidays::open_on(setup, date).collect();
    let names: Vec<&str> = open.iter().map(|own| own.name.get("de")).collect();
    let (state, links) = match (is_public, holidays::is_closed(setup, date)) {
        (_, true) => ("geschlossen".to_owned(), Vec::new()),
        (false, false) => (
            "wie sonst".to_owned(),
            vec![(
                "Als Schließung eintragen".to_owned(),
                form(desk, "schliessungen", &[("tag", &date.to_string()), ("grund", name)]),
            )],
        ),
        (true, false) if open.is_empty() => ("geschlossen".to_owned(), opening(desk, setup, date)),
        (true, false) => (format!("geöffnet: {}", names.join(", ")), opening(desk, setup, date)),
    };
    Line { date: dates::date(date, "de"), name, is_public, state, links }
}

/// The forms in which each location opens on a day on which it is shut.
fn opening(desk: &Desk, setup: &TownSetup, date: NaiveDate) -> Vec<(String, String)> {
    let is_open = |own: &&Location| own.specials.iter().any(|own| own.date == date);
    let shut = setup.locations.iter().filter(|own| !is_open(own));
    let link = |own: &Location| {
        let label = match setup.locations.len() {
            1 => "Öffnen".to_owned(),
            _ => format!("{} öffnen", own.name.get("de")),
        };
        let path = format!("standorte/{}/tage", own.slug);
        (label, form(desk, &path, &[("tag", &date.to_string())]))
    };
    shut.map(link).collect()
}

fn form(desk: &Desk, part: &str, pairs: &[(&str, &str)]) -> String {
    desk.with(&format!("/einrichtung/teil/{part}"), pairs)
}

/// Puts the day that the address names into the blank row of a form for days.
pub(super) fn propose(desk: &Desk, part: &Part, section: &mut Section) {
    let day = desk.asked("tag").and_then(|day| day.parse::<NaiveDate>().ok());
    let Some(day) = day.map(|day| day.to_string()) else { return };
    match part {
        Part::Closures => {
            let reason = desk.asked("grund").unwrap_or_default();
            section.fill_blank("closure", &[("from", &day), ("to", &day), ("reason.de", reason)]);
        }
        Part::Days(_) => section.fill_blank("special", &[("date", &day)]),
        _ => {}
    }
}
