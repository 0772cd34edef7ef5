//! Appointments that lie outside the set-up: what happens with them is asked before a change leaves
//! them there, and can be decided later.

use askama::Template;
use axum::{
    http::StatusCode,
    response::{IntoResponse as _, Redirect, Response},
};
use scheduling::{Affected, Appointment, Decision};

use crate::{
    town::{self, Changed},
    web::{
        Answer,
        error::Failure,
        given::Given,
        page::{Page, render},
        staff::{desk::Desk, form::Posted, notice::Notice},
    },
};

#[derive(Template)]
#[template(path = "staff/setup/outside_now.html")]
struct OutsidePage<'a> {
    page: &'a Page,
    room: &'static str,
    desk: &'a Desk,
    notice: Option<Notice>,
    outside: Vec<Appointment>,
}

#[derive(Template)]
#[template(path = "staff/setup/outside_ask.html")]
struct AskPage<'a> {
    page: &'a Page,
    room: &'static str,
    desk: &'a Desk,
    title: &'static str,
    notice: Notice,
    action: String,
    outside: &'a [Appointment],
    given: &'a Given,
}

/// The field with the appointments that a decision is about.
const SHOWN: &str = "betroffen";
/// The fields of a decision.
const DECIDED: [&str; 3] = [SHOWN, "termine", "grund"];

/// The ids of the appointments that are listed.
pub(crate) fn ids(outside: &[Appointment]) -> String {
    outside.iter().map(|own| own.id.to_string()).collect::<Vec<_>>().join(" ")
}

/// The form that is asked about, without what was decided on others before.
pub(super) fn undecided(mut given: Given) -> Given {
    given.0.retain(|(name, _)| !DECIDED.contains(&name.as_str()));
    given
}

/// Asks what happens with the appointments that a form, sent to `path`, would leave outside.
pub(super) fn ask(
    desk: &Desk,
    title: &'static str,
    path: &str,
    outside: &[Appointment],
    given: Given,
) -> Response {
    let given = &undecided(given);
    let page = AskPage {
        page: &desk.page,
        room: "einrichtung",
        desk,
        title,
        notice: question(outside),
        action: desk.to(path),
        outside,
        given,
    };
    render(StatusCode::OK, &page)
}

/// What was decided, if anything.
pub(super) fn decision(desk: &Desk, given: &Given) -> Result<Option<Decision>, Failure> {
    let then = match given.get("termine") {
        "behalten" => Affected::Keep,
        "verschieben" => Affected::Move,
        "absagen" => Affected::Cancel,
        _ => return Ok(None),
    };
    let about = given.get(SHOWN).split(' ').filter_map(|id| id.parse().ok()).collect();
    let decision = Decision::new(about, then, given.get("grund"));
    decision.map(Some).map_err(|error| desk.fail(error))
}

/// What stands above the question.
pub(super) fn question(outside: &[Appointment]) -> Notice {
    Notice {
        kind: "warning",
        title: format!("Termine, die dann außerhalb liegen: {}", outside.len()),
        text: "Noch ist nichts gespeichert. Entscheiden Sie, was mit ihnen geschieht.".to_owned(),
    }
}

/// After a change: `back`, or to the appointments that found no other place.
pub(super) fn after(desk: &Desk, changed: &Changed, back: &str) -> Response {
    if changed.left.is_empty() {
        return Redirect::to(back).into_response();
    }
    let left = changed.left.len().to_string();
    Redirect::to(&desk.with("/einrichtung/ausserhalb", &[("geblieben", &left)])).into_response()
}

/// `GET /{town}/verwaltung/einrichtung/ausserhalb`
pub(super) async fn show(desk: Desk) -> Answer {
    let outside = scheduling::outside(&desk.office, &desk.scope).await;
    let outside = outside.map_err(|error| desk.fail(error))?;
    let left: Option<usize> = desk.asked("geblieben").and_then(|number| number.parse().ok());
    let notice = match left {
        Some(0) => Some(Notice::success("Gespeichert", "")),
        Some(left) => Some(Notice {
            kind: "warning",
            title: format!("Gespeichert. Termine ohne anderen Platz: {left}"),
            text: "Sie stehen, wo sie standen. Verschieben Sie sie einzeln, oder rufen Sie an."
                .to_owned(),
        }),
        None => None,
    };
    let page = OutsidePage { page: &desk.page, room: "einrichtung", desk: &desk, notice, outside };
    Ok(render(StatusCode::OK, &page))
}

/// `POST /{town}/verwaltung/einrichtung/ausserhalb`
pub(super) async fn settle(desk: Desk, Posted(given): Posted<Vec<(String, String)>>) -> Answer {
    let left = match decision(&desk, &Given(given))? {
        Some(decision) => town::settle_outside(&desk.state, &desk.scope, &decision).await,
        None => Ok(Vec::new()),
    };
    let left = left.map_err(|error| desk.fail(error))?.len().to_string();
    let back = desk.with("/einrichtung/ausserhalb", &[("geblieben", &left)]);
    Ok(Redirect::to(&back).into_response())
}
