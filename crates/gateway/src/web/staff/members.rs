//! The town's staff: who has which role; inviting, changing, taking away.

use askama::Template;
use axum::{
    extract::Path,
    http::StatusCode,
    response::{IntoResponse as _, Redirect, Response},
};
use scheduling::Error;
use serde::Deserialize;
use tenant::{Role, accounts::members::Member};
use uuid::Uuid;

use super::{desk::Desk, field::Field, form::Posted, notice::Notice};
use crate::{
    staff,
    web::{
        Answer,
        page::{Page, render},
    },
};

#[derive(Template)]
#[template(path = "staff/members.html")]
struct MembersPage<'a> {
    page: &'a Page,
    room: &'static str,
    desk: &'a Desk,
    notice: Option<Notice>,
    members: Vec<Member>,
    fields: [Field; 2],
}

impl MembersPage<'_> {
    fn roles(&self, member: &Member) -> Vec<(String, String, bool)> {
        let chosen = |role: &Role| *role == member.role;
        ROLES.iter().map(|role| (role.to_string(), name(*role).to_owned(), chosen(role))).collect()
    }
}

const ROLES: [Role; 3] = [Role::Reader, Role::Clerk, Role::Admin];

/// What a role is called, and what it may do.
fn name(role: Role) -> &'static str {
    match role {
        Role::Reader => "Lesen: sieht alles, ändert nichts",
        Role::Clerk => "Schalter: führt den Tag, vergibt Termine",
        Role::Admin => "Verwaltung: richtet die Stadt ein",
    }
}

/// `GET /{town}/verwaltung/personal`
pub(super) async fn show(desk: Desk) -> Answer {
    let notice = match desk.asked("stand") {
        Some("eingeladen") => Some(Notice::success("Die Einladung ist unterwegs", "")),
        Some("geaendert") => Some(Notice::success("Gespeichert", "Die Rolle gilt sofort.")),
        Some("entfernt") => {
            Some(Notice::success("Entfernt", "Der Zugang zu dieser Stadt ist zu Ende."))
        }
        _ => None,
    };
    page(&desk, StatusCode::OK, notice, Field::email("")).await
}

async fn page(desk: &Desk, status: StatusCode, notice: Option<Notice>, email: Field) -> Answer {
    let members = staff::list(&desk.office, &desk.scope).await;
    let members = members.map_err(|error| desk.fail(error))?;
    let options = ROLES.iter().map(|role| (role.to_string(), name(*role).to_owned())).collect();
    let role = Field::choice("rolle", "Rolle", options, Role::Clerk);
    let fields = [email, role];
    let page = MembersPage { page: &desk.page, room: "personal", desk, notice, members, fields };
    Ok(render(status, &page))
}

/// What the form of an invitation sends.
#[derive(Deserialize)]
pub(super) struct Invitation {
    email: String,
    rolle: Role,
}

/// `POST /{town}/verwaltung/personal`
pub(super) async fn invite(desk: Desk, Posted(given): Posted<Invitation>) -> Answer {
    match staff::invite(&desk.office, &desk.scope, &given.email, given.rolle).await {
        Ok(_) => Ok(back(&desk, "eingeladen")),
        Err(Error::Contact(_)) => {
            let problem = "Das ist keine E-Mail-Adresse. Gemeint ist so etwas wie name@stadt.de.";
            let email = Field::email(&given.email).problem(Some(problem.to_owned()));
            let notice = Notice::danger("Die Einladung wurde nicht verschickt", "");
            page(&desk, StatusCode::UNPROCESSABLE_ENTITY, Some(notice), email).await
        }
        Err(error) => refused(&desk, error).await,
    }
}

/// What the form at a member sends.
#[derive(Deserialize)]
pub(super) struct Change {
    rolle: Role,
    tun: String,
}

/// `POST /{town}/verwaltung/personal/{account}`
pub(super) async fn change(
    desk: Desk,
    Path(Named { account, .. }): Path<Named>,
    Posted(given): Posted<Change>,
) -> Answer {
    let role = (given.tun != "entfernen").then_some(given.rolle);
    match staff::change(&desk.office, &desk.scope, account, role).await {
        Ok(()) if account == desk.account && role < Some(Role::Admin) => {
            Ok(Redirect::to("/verwaltung").into_response())
        }
        Ok(()) => Ok(back(&desk, if role.is_some() { "geaendert" } else { "entfernt" })),
        Err(error) => refused(&desk, error).await,
    }
}

/// The parts of the address.
#[derive(Deserialize)]
pub(super) struct Named {
    account: Uuid,
}

fn back(desk: &Desk, how: &str) -> Response {
    Redirect::to(&desk.with("/personal", &[("stand", how)])).into_response()
}

async fn refused(desk: &Desk, error: Error) -> Answer {
    if !matches!(error, Error::Tenant(tenant::Error::LastAdmin)) {
        return Err(desk.fail(error));
    }
    let notice = Notice::danger(
        "Das geht nicht: die Stadt bliebe ohne Verwaltung",
        "Geben Sie zuerst jemand anderem die Rolle Verwaltung.",
    );
    page(desk, StatusCode::CONFLICT, Some(notice), Field::email("")).await
}
