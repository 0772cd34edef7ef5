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
    staff::{self, Limits},
    web::{
        Answer,
        error::Failure,
        given::Given,
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
    fields: Vec<Field>,
}

impl MembersPage<'_> {
    /// The locations to choose from at a member.
    fn places(&self, member: &Member) -> Vec<Limit> {
        let all = self.desk.setup.locations.iter();
        let all = all.map(|own| (own.id.to_string(), own.name.get("de").to_owned()));
        let chosen = member.assignment.reach.places.all();
        limits(all.collect(), chosen.iter().map(Uuid::to_string).collect())
    }

    /// The departments to choose from at a member.
    fn departments(&self, member: &Member) -> Vec<Limit> {
        let all = self.desk.setup.departments.iter();
        let all = all.map(|own| (own.slug.clone(), own.name.get("de").to_owned()));
        let chosen = member.assignment.reach.departments;
        limits(all.collect(), chosen.slugs().map(str::to_owned).collect())
    }

    fn roles(&self, member: &Member) -> Vec<(String, String, bool)> {
        let chosen = |role: &Role| *role == member.assignment.role;
        ROLES.iter().map(|role| (role.to_string(), name(*role).to_owned(), chosen(role))).collect()
    }
}

/// What a role can be limited to: value, name, whether it is.
type Limit = (String, String, bool);

/// What a role can be limited to. A town that has one of a kind offers no choice, but shows a limit
/// that there is, also to what is there no more: not sent back, it would turn into none.
fn limits(all: Vec<(String, String)>, chosen: Vec<String>) -> Vec<Limit> {
    if all.len() <= 1 && chosen.is_empty() {
        return Vec::new();
    }
    let gone = chosen.iter().filter(|own| all.iter().all(|(value, _)| value != *own));
    let gone = gone.map(|own| (own.clone(), "Gibt es nicht mehr".to_owned()));
    let gone: Vec<_> = gone.collect();
    let is_chosen = |(value, name): (String, String)| (chosen.contains(&value), value, name);
    let both = all.into_iter().chain(gone).map(is_chosen);
    both.map(|(on, value, name)| (value, name, on)).collect()
}

const ROLES: [Role; 3] = [Role::Reader, Role::Clerk, Role::Admin];

/// The locations that a role can be limited to.
fn locations(desk: &Desk) -> Vec<(Uuid, String)> {
    let all = &desk.setup.locations;
    let own = all.iter().map(|own| (own.id, own.name.get("de").to_owned()));
    own.filter(|_| all.len() > 1).collect()
}

/// The departments that a role can be limited to.
fn departments(desk: &Desk) -> Vec<(String, String)> {
    let all = &desk.setup.departments;
    let own = all.iter().map(|own| (own.slug.clone(), own.name.get("de").to_owned()));
    own.filter(|_| all.len() > 1).collect()
}

/// What a role is called, and what it may do.
fn name(role: Role) -> &'static str {
    match role {
        Role::Reader => "Lesen: sieht alles, ändert nichts",
        Role::Clerk => "Schalter: führt den Tag, vergibt Termine",
        Role::Admin => "Verwaltung: richtet die Stadt ein",
    }
}

/// What a role is called.
pub(super) fn short(role: Role) -> &'static str {
    name(role).split(':').next().unwrap_or_default()
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
    let email = Field::email("");
    page(&desk, StatusCode::OK, notice, email, &Given(Vec::new())).await
}

/// The page; the form for an invitation with what was typed and chosen.
async fn page(
    desk: &Desk,
    status: StatusCode,
    notice: Option<Notice>,
    email: Field,
    given: &Given,
) -> Answer {
    let members = staff::list(&desk.office, &desk.scope).await;
    let members = members.map_err(|error| desk.fail(error))?;
    let options = ROLES.iter().map(|role| (role.to_string(), name(*role).to_owned())).collect();
    let chosen = given.get("rolle").parse().unwrap_or(Role::Clerk);
    let role = Field::choice("rolle", "Rolle", options, chosen);
    let mut fields = vec![email, role];
    let places: Vec<_> =
        locations(desk).into_iter().map(|(id, name)| (id.to_string(), name)).collect();
    if !places.is_empty() {
        let hint = "Ohne Auswahl gilt die Rolle überall; die Verwaltung gilt immer überall.";
        fields.push(
            Field::several("standort", "Nur an diesen Standorten", places, &given.all("standort"))
                .hint(hint),
        );
    }
    let offices = departments(desk);
    if !offices.is_empty() {
        let hint = "Wer hier beschränkt ist, sieht nur Termine, von deren Anliegen mindestens eines zu diesen Ämtern gehört.";
        fields.push(
            Field::several("amt", "Nur für diese Ämter", offices, &given.all("amt")).hint(hint),
        );
    }
    let page = MembersPage { page: &desk.page, room: "personal", desk, notice, members, fields };
    Ok(render(status, &page))
}

/// The role that a form names, and the locations and departments to which it is limited.
fn chosen(desk: &Desk, given: &Given) -> Result<(Role, Vec<Uuid>, Vec<String>), Failure> {
    let role = given.get("rolle").parse();
    let role = role.map_err(|_| desk.fail(Error::from(tenant::Error::Forbidden)))?;
    let locations = given.all("standort").iter().filter_map(|id| id.parse().ok()).collect();
    let departments = given.all("amt");
    Ok((role, locations, departments))
}

/// `POST /{town}/verwaltung/personal`
pub(super) async fn invite(desk: Desk, Posted(given): Posted<Vec<(String, String)>>) -> Answer {
    let given = Given(given);
    let (role, locations, departments) = chosen(&desk, &given)?;
    let limits = Limits { locations: Some(&locations), departments: Some(&departments) };
    let email = given.get("email");
    match staff::invite(&desk.office, &desk.scope, email, role, limits).await {
        Ok(_) => Ok(back(&desk, "eingeladen")),
        Err(Error::Contact(_)) => {
            let problem = "Das ist keine E-Mail-Adresse. Gemeint ist so etwas wie name@stadt.de.";
            let email = Field::email(email).problem(Some(problem.to_owned()));
            let notice = Notice::danger("Die Einladung wurde nicht verschickt", "");
            page(&desk, StatusCode::UNPROCESSABLE_ENTITY, Some(notice), email, &given).await
        }
        Err(error) => refused(&desk, error, Field::email(email), &given).await,
    }
}

/// `POST /{town}/verwaltung/personal/{account}`
pub(super) async fn change(
    desk: Desk,
    Path(Named { account, .. }): Path<Named>,
    Posted(given): Posted<Vec<(String, String)>>,
) -> Answer {
    let given = Given(given);
    let (role, locations, departments) = chosen(&desk, &given)?;
    let limits = Limits { locations: Some(&locations), departments: Some(&departments) };
    let role = (given.get("tun") != "entfernen").then_some(role);
    let shown = Some(given.get("stand"));
    match staff::change(&desk.office, &desk.scope, account, role, limits, shown).await {
        Ok(()) if account == desk.account && role < Some(Role::Admin) => {
            Ok(Redirect::to("/verwaltung").into_response())
        }
        Ok(()) => Ok(back(&desk, if role.is_some() { "geaendert" } else { "entfernt" })),
        Err(error) => refused(&desk, error, Field::email(""), &Given(Vec::new())).await,
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

async fn refused(desk: &Desk, error: Error, email: Field, given: &Given) -> Answer {
    let notice = match error {
        Error::Tenant(tenant::Error::LastAdmin) => Notice::danger(
            "Das geht nicht: die Stadt bliebe ohne Verwaltung",
            "Geben Sie zuerst jemand anderem die Rolle Verwaltung. Sie zählt, sobald die Einladung angenommen ist.",
        ),
        Error::Tenant(tenant::Error::MemberChanged) => Notice::danger(
            "Diese Rolle hat inzwischen jemand anderes geändert",
            "Hier steht, was jetzt gilt. Ändern Sie sie noch einmal, wenn das nicht stimmt.",
        ),
        Error::Tenant(tenant::Error::AlreadyMember) => Notice::danger(
            "Diese Person gehört schon zum Personal",
            "Sie hat eine andere Rolle oder andere Grenzen. Ändern Sie die in der Liste; eine Einladung ersetzt sie nicht.",
        ),
        Error::UnknownLocation => {
            Notice::danger("Das geht nicht: einen gewählten Standort gibt es nicht mehr", "")
        }
        Error::Tenant(tenant::Error::TooManyPlaces) => Notice::danger(
            "Das geht nicht: zu viele Standorte",
            "Eine Rolle gilt an höchstens sechs Standorten, oder ohne Auswahl an allen.",
        ),
        Error::UnknownDepartment => {
            Notice::danger("Das geht nicht: ein gewähltes Amt gibt es nicht mehr", "")
        }
        Error::Tenant(tenant::Error::TooManyDepartments) => Notice::danger(
            "Das geht nicht: zu viele Ämter",
            "Eine Rolle gilt für höchstens sechs Ämter, oder ohne Auswahl für alle.",
        ),
        error => return Err(desk.fail(error)),
    };
    page(desk, StatusCode::CONFLICT, Some(notice), email, given).await
}
