//! Closing a counter or the whole office: first who is affected, then the closure and the mails.

use std::collections::BTreeSet;

use askama::Template;
use axum::extract::Path;
use catalog::{
    model::{Closure, Counter, Location, Slug, Text},
    time::WallTime,
};
use notification::dates;
use scheduling::{Affected, Appointment, Close, Closed, Error, Standing, Undoable, Undone};
use serde::Deserialize;
use uuid::Uuid;

use super::{
    appointment::Named,
    changing::too_long,
    desk::{self, Desk},
    form::{Nothing, Posted},
};
use crate::web::{
    Answer,
    contact::{Errors, FieldError},
    error::Problem,
    page::{Page, render},
};

#[derive(Template)]
#[template(path = "staff/closing.html")]
struct ClosingPage<'a> {
    page: &'a Page,
    room: &'static str,
    desk: &'a Desk,
    location: &'a Location,
    filled: &'a Filled,
    errors: &'a Errors,
    /// Who would be affected, once that was asked.
    affected: Option<Vec<Appointment>>,
    /// Whether a decision was about others than those.
    is_outdated: bool,
    /// Whether somebody has undone the closing while it was carried out.
    is_stopped: bool,
    /// What became of them, once it is done.
    done: Option<Closed>,
    /// What came of undoing one.
    undone: Option<Undone>,
    /// Closings that can still be undone.
    undoable: Vec<Undoable>,
    /// Whether a closure was there that somebody has just lifted.
    lifted: Option<bool>,
    /// Closures that are not over.
    standing: Vec<Standing>,
}

impl ClosingPage<'_> {
    /// Where a closing is undone.
    fn undo(&self, id: &Uuid) -> String {
        self.desk.here(&format!("/schliessen/{id}/zurueck"))
    }

    /// Where a closure is lifted.
    fn lift(&self, id: &Uuid) -> String {
        self.desk.here(&format!("/schliessen/{id}/aufheben"))
    }

    /// `Platz 1, Dienstag, 24. November 2026, ab 12:00 Uhr`
    fn words(&self, location: &Uuid, closure: &Closure) -> String {
        let locations = &self.desk.setup.locations;
        let location = locations.iter().find(|place| place.id == *location);
        let place = location.map(|place| place.name.get("de")).unwrap_or_default();
        let counters = location.map(|place| place.counters.as_slice()).unwrap_or_default();
        let is_named = |counter: &&Counter| closure.counters.contains(&counter.slug);
        let names = counters.iter().filter(is_named).map(|counter| counter.name.as_str());
        let mut parts: Vec<&str> = names.collect();
        if parts.is_empty() || locations.len() > 1 {
            parts.insert(0, place);
        }
        let (from, to) = (dates::date(closure.from, "de"), dates::date(closure.to, "de"));
        let days = if from == to { from } else { format!("{from} bis {to}") };
        format!("{}, {days}{}", parts.join(", "), hours(closure))
    }
}

/// `, 12:00 bis 14:00 Uhr`; nothing for whole days.
fn hours(closure: &Closure) -> String {
    match (closure.from_time, closure.to_time) {
        (Some(from), Some(to)) => format!(", {from} bis {to} Uhr"),
        (Some(from), None) => format!(", ab {from} Uhr"),
        (None, Some(to)) => format!(", bis {to} Uhr"),
        (None, None) => String::new(),
    }
}

/// What there is to show besides the form.
#[derive(Default)]
struct Shown {
    affected: Option<Vec<Appointment>>,
    is_outdated: bool,
    is_stopped: bool,
    done: Option<Closed>,
    undone: Option<Undone>,
    lifted: Option<bool>,
}

/// What the form sends.
#[derive(Clone, Debug, Default, Deserialize)]
pub(super) struct Filled {
    /// Slug of a location; empty where there is one only.
    #[serde(default)]
    standort: String,
    #[serde(default)]
    von: String,
    #[serde(default)]
    bis: String,
    #[serde(default)]
    ab: String,
    #[serde(default)]
    ende: String,
    /// Slug of a counter; empty for all.
    #[serde(default)]
    schalter: String,
    #[serde(default)]
    grund: String,
    /// `pruefen`, `verteilen`, `verschieben`, `absagen` or `behalten`.
    #[serde(default)]
    tun: String,
    /// Ids of those that were shown as affected.
    #[serde(default)]
    betroffen: String,
}

impl Filled {
    /// What was decided on those that were shown, if anything.
    fn decision(&self) -> Option<(Affected, BTreeSet<Uuid>)> {
        let then = match self.tun.as_str() {
            "absagen" => Affected::Cancel,
            "verteilen" => Affected::Redistribute,
            "verschieben" => Affected::Move,
            "behalten" => Affected::Keep,
            _ => return None,
        };
        Some((then, self.betroffen.split(' ').filter_map(|id| id.parse().ok()).collect()))
    }

    /// What describes the closure, to be sent again with another decision.
    fn pairs(&self) -> [(&'static str, &str); 7] {
        [
            ("standort", &self.standort),
            ("von", &self.von),
            ("bis", &self.bis),
            ("ab", &self.ab),
            ("ende", &self.ende),
            ("schalter", &self.schalter),
            ("grund", &self.grund),
        ]
    }
}

/// `GET /{town}/verwaltung/schliessen?datum=…&standort=…`
pub(super) async fn form(desk: Desk) -> Answer {
    let date = desk.asked("datum").map_or_else(|| desk.today().to_string(), str::to_owned);
    let schalter = desk.asked("schalter").unwrap_or_default().to_owned();
    let filled = Filled { von: date.clone(), bis: date, schalter, ..Filled::default() };
    page(&desk, &filled, &Errors::default(), Shown::default()).await
}

/// `POST /{town}/verwaltung/schliessen`
pub(super) async fn act(mut desk: Desk, Posted(filled): Posted<Filled>) -> Answer {
    desk.go_to(&filled.standort)?;
    let location = desk.location().ok_or_else(|| desk.fail(Problem::UnknownLocation))?;
    let closure = match read(&filled).and_then(|closure| check_counters(location, closure)) {
        Ok(closure) => closure,
        Err(errors) => return page(&desk, &filled, &errors, Shown::default()).await,
    };
    let close = Close { location: location.id, closure };
    match work(&desk, &close, &filled).await {
        Ok(shown) => page(&desk, &filled, &Errors::default(), shown).await,
        Err(Error::TooLong { .. }) => page(&desk, &filled, &too_long(), Shown::default()).await,
        Err(error) => Err(desk.fail(error)),
    }
}

/// Closes where somebody has decided, else looks who is affected.
async fn work(desk: &Desk, close: &Close, filled: &Filled) -> Result<Shown, Error> {
    let (office, scope) = (&desk.office, &desk.scope);
    let Some((then, shown)) = filled.decision() else {
        let affected = scheduling::affected_by_closure(office, scope, close).await?;
        return Ok(Shown { affected: Some(affected), ..Shown::default() });
    };
    match scheduling::close(office, scope, close, then, Some(&shown)).await {
        Ok(closed) => Ok(Shown { done: Some(closed), ..Shown::default() }),
        Err(Error::Outside(affected)) => {
            Ok(Shown { affected: Some(affected), is_outdated: true, ..Shown::default() })
        }
        Err(Error::Undone) => Ok(Shown { is_stopped: true, ..Shown::default() }),
        Err(error) => Err(error),
    }
}

/// `POST /{town}/verwaltung/schliessen/{id}/zurueck`
pub(super) async fn undo(
    desk: Desk,
    Path(named): Path<Named>,
    Posted(Nothing {}): Posted<Nothing>,
) -> Answer {
    let undone = scheduling::undo_closing(&desk.office, &desk.scope, named.id).await;
    let undone = undone.map_err(|error| desk.fail(error))?;
    anew(&desk, Shown { undone: Some(undone), ..Shown::default() }).await
}

/// `POST /{town}/verwaltung/schliessen/{id}/aufheben`
pub(super) async fn lift(
    desk: Desk,
    Path(named): Path<Named>,
    Posted(Nothing {}): Posted<Nothing>,
) -> Answer {
    let lifted = scheduling::lift_closure(&desk.office, &desk.scope, named.id).await;
    let lifted = lifted.map_err(|error| desk.fail(error))?;
    anew(&desk, Shown { lifted: Some(lifted), ..Shown::default() }).await
}

/// What came of a press, above the form as it is at the beginning.
async fn anew(desk: &Desk, shown: Shown) -> Answer {
    let date = desk.today().to_string();
    let filled = Filled { von: date.clone(), bis: date, ..Filled::default() };
    page(desk, &filled, &Errors::default(), shown).await
}

async fn page(desk: &Desk, filled: &Filled, errors: &Errors, shown: Shown) -> Answer {
    let location = desk.location().ok_or_else(|| desk.fail(Problem::UnknownLocation))?;
    let undoable = scheduling::undoable_closings(&desk.office, &desk.scope).await;
    let standing = scheduling::standing_closures(&desk.office, &desk.scope).await;
    let page = ClosingPage {
        page: &desk.page,
        room: "schliessen",
        desk,
        location,
        filled,
        errors,
        affected: shown.affected,
        is_outdated: shown.is_outdated,
        is_stopped: shown.is_stopped,
        done: shown.done,
        undone: shown.undone,
        undoable: undoable.map_err(|error| desk.fail(error))?,
        lifted: shown.lifted,
        standing: standing.map_err(|error| desk.fail(error))?,
    };
    Ok(render(errors.status(), &page))
}

/// The closure that the form describes.
fn read(filled: &Filled) -> Result<Closure, Errors> {
    let mut errors = Errors::default();
    let mut expect = |field: &str, fine: bool, message: &str| {
        if !fine {
            errors.0.push(FieldError { field: field.to_owned(), message: message.to_owned() });
        }
    };
    let (from, to) = (desk::date(&filled.von), desk::date(&filled.bis));
    expect("von", from.is_some(), "Geben Sie den ersten Tag an.");
    expect("bis", to.is_some(), "Geben Sie den letzten Tag an.");
    expect("bis", to.is_none() || from <= to, "Der letzte Tag liegt vor dem ersten.");
    let clock = |text: &str| -> Option<Option<WallTime>> {
        if text.is_empty() { Some(None) } else { text.parse().ok().map(Some) }
    };
    let (start, end) = (clock(&filled.ab), clock(&filled.ende));
    expect(
        "ab",
        start.is_some(),
        "Geben Sie die Zeit als Stunde und Minute an, zum Beispiel 12:00.",
    );
    expect(
        "ende",
        end.is_some(),
        "Geben Sie die Zeit als Stunde und Minute an, zum Beispiel 16:30.",
    );
    let ordered = match (start.flatten(), end.flatten()) {
        (Some(start), Some(end)) => start < end,
        _ => true,
    };
    expect("ende", ordered, "Das Ende liegt vor dem Anfang.");
    match (from, to, start, end) {
        (Some(from), Some(to), Some(from_time), Some(to_time)) if errors.is_empty() => {
            Ok(Closure {
                from,
                to,
                from_time,
                to_time,
                counters: Some(filled.schalter.clone())
                    .filter(|own| !own.is_empty())
                    .into_iter()
                    .collect(),
                reason: match filled.grund.trim() {
                    "" => Text::default(),
                    reason => Text::german(reason),
                },
            })
        }
        _ => Err(errors),
    }
}

/// Passes a closure whose counters are the location's: another location may just have been chosen.
fn check_counters(location: &Location, closure: Closure) -> Result<Closure, Errors> {
    let is_here = |slug: &Slug| location.counters.iter().any(|own| own.slug == *slug);
    if closure.counters.iter().all(is_here) {
        return Ok(closure);
    }
    let message = "Wählen Sie einen Schalter dieses Standorts.".to_owned();
    Err(Errors::one("schalter", message))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn filled(von: &str, bis: &str, ab: &str, ende: &str) -> Filled {
        let own = |text: &str| text.to_owned();
        Filled { von: own(von), bis: own(bis), ab: own(ab), ende: own(ende), ..Filled::default() }
    }

    #[test]
    fn a_whole_day_and_an_afternoon_are_closures() {
        let day = read(&filled("2026-11-24", "2026-11-24", "", "")).unwrap();
        assert_eq!((day.from_time, day.to_time, day.counters.len()), (None, None, 0));
        let afternoon = read(&filled("2026-11-24", "2026-11-25", "12:00", "")).unwrap();
        assert_eq!(afternoon.from_time.unwrap().to_string(), "12:00");
    }

    #[test]
    fn every_mistake_is_named_at_its_field() {
        let fields = |form: &Filled| -> Vec<String> {
            read(form).unwrap_err().0.into_iter().map(|error| error.field).collect()
        };
        assert_eq!(fields(&filled("", "", "", "")), ["von", "bis"]);
        assert_eq!(fields(&filled("2026-11-24", "2026-11-23", "", "")), ["bis"]);
        assert_eq!(fields(&filled("2026-11-24", "2026-11-24", "12", "x")), ["ab", "ende"]);
        assert_eq!(fields(&filled("2026-11-24", "2026-11-24", "14:00", "12:00")), ["ende"]);
    }
}
