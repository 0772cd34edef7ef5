//! Pages above the towns: the platform's own, where towns are founded and suspended, and a
//! county's, which compares figures. Neither shows a citizen's data.

use askama::Template;
use axum::{
    extract::Path,
    http::{StatusCode, header},
    response::{IntoResponse as _, Redirect, Response},
};
use catalog::{founding::NewTown, hours::day_start, townfile::Problem as FileProblem};
use chrono::{DateTime, Datelike as _, Months, NaiveDate, Utc};
use chrono_tz::Europe::Berlin;
use serde::Deserialize;
use tenant::{
    accounts::operators::{self, Count, County},
    directory::Entry,
};

use super::{
    account::REFUSED, csv, desk::SignedInAccount, field::Field, form::Posted, notice::Notice,
    plain::fail,
};
use crate::{
    layer::client::Client,
    town,
    web::{
        Answer,
        error::{Failure, Problem},
        given::Given,
        page::{Page, render},
        town::Visitor,
    },
};

#[derive(Template)]
#[template(path = "staff/platform.html")]
struct PlatformPage<'a> {
    page: &'a Page,
    form_token: &'a str,
    notice: Option<Notice>,
    towns: &'a [Entry],
    founding: Vec<Field>,
    invitation: [Field; 2],
}

/// `GET /betrieb`
pub(super) async fn platform(own: SignedInAccount, visitor: Visitor) -> Answer {
    let notice = match visitor.asked("stand") {
        Some("angelegt") => Some(Notice::success(
            "Die Stadt ist angelegt",
            "Die Einladung an ihre Verwaltung ist unterwegs.",
        )),
        Some("eingeladen") => Some(Notice::success("Die Einladung ist unterwegs", "")),
        Some("geaendert") => Some(Notice::success("Gespeichert", "")),
        _ => None,
    };
    let shown = Shown { notice, ..Shown::default() };
    platform_page(&own, &visitor, StatusCode::OK, shown).await
}

/// What was typed into which form, and what came of it.
#[derive(Default)]
struct Shown {
    notice: Option<Notice>,
    founding: Given,
    problems: Vec<FileProblem>,
    invitation: Given,
    /// What is wrong with the invitation's address.
    email: Option<String>,
}

async fn platform_page(
    own: &SignedInAccount,
    visitor: &Visitor,
    status: StatusCode,
    shown: Shown,
) -> Answer {
    let towns = town::all(&visitor.state, own.id).await;
    let towns = towns.map_err(|error| refused(visitor, error))?;
    let page = PlatformPage {
        page: &visitor.page,
        form_token: &own.form_token,
        notice: shown.notice,
        towns: &towns,
        founding: founding_fields(&shown.founding, &shown.problems),
        invitation: invitation_fields(&towns, &shown.invitation, shown.email),
    };
    Ok(render(status, &page))
}

fn refused(visitor: &Visitor, error: tenant::Error) -> Failure {
    Failure::new(visitor.page.clone(), Problem::from(scheduling::Error::from(error)))
}

fn founding_fields(given: &Given, problems: &[FileProblem]) -> Vec<Field> {
    let problem = |keys: &[&str]| {
        let own = problems.iter().find(|own| keys.iter().any(|key| own.key.ends_with(key)));
        own.map(|own| own.german.clone())
    };
    vec![
        Field::line("name", "Name", given.get("name"))
            .hint("Wie er auf den Seiten steht, etwa: Stadt Lengerich")
            .problem(problem(&[".name"])),
        Field::line("ags", "Amtlicher Gemeindeschlüssel", given.get("ags"))
            .hint("Acht Ziffern; die ersten beiden sagen, in welchem Land die Stadt liegt.")
            .problem(problem(&[".ags", ".ars"])),
        Field::line("kreis", "Kreis", given.get("kreis"))
            .hint("Etwa: Kreis Steinfurt. Bei kreisfreien Städten der Name der Stadt.")
            .problem(problem(&["county.name"])),
        Field::line("adresse", "Adresse der Seiten", given.get("adresse"))
            .hint("Nur wenn sie nicht wie der Name lauten soll, etwa: lengerich")
            .problem(problem(&[".slug"]))
            .optional(),
        Field::typed("email", "email", "E-Mail-Adresse der Verwaltung", given.get("email"))
            .hint("Wer die Stadt einrichtet, bekommt dorthin eine Einladung.")
            .problem(problem(&[".email"])),
    ]
}

fn invitation_fields(towns: &[Entry], given: &Given, problem: Option<String>) -> [Field; 2] {
    let options = towns.iter().map(|own| (own.slug.clone(), own.name.clone())).collect();
    [
        Field::choice("stadt", "Stadt", options, given.get("stadt")),
        Field::typed("email", "an", "E-Mail-Adresse", given.get("an")).problem(problem),
    ]
}

/// `POST /betrieb/verwaltung`: invites an admin to a town that has none who can sign in.
pub(super) async fn invite(
    own: SignedInAccount,
    visitor: Visitor,
    client: Client,
    Posted(given): Posted<Vec<(String, String)>>,
) -> Answer {
    let given = Given(given);
    let (town, email) = (given.get("stadt"), given.get("an"));
    let invited = town::invite_admin(&visitor.state, &own.owner(&client), town, email).await;
    let (status, text, problem) = match invited {
        Ok(()) => return Ok(Redirect::to("/betrieb?stand=eingeladen").into_response()),
        Err(scheduling::Error::Contact(_)) => (REFUSED, "", Some(NO_ADDRESS.to_owned())),
        Err(scheduling::Error::Tenant(tenant::Error::AlreadyMember)) => (
            StatusCode::CONFLICT,
            "Diese Stadt hat eine Verwaltung, und die lädt selbst ein.",
            None,
        ),
        Err(error) => return Err(Failure::new(visitor.page.clone(), error.into())),
    };
    let notice = Some(Notice::danger("Die Einladung wurde nicht verschickt", text));
    let shown = Shown { notice, invitation: given, email: problem, ..Shown::default() };
    platform_page(&own, &visitor, status, shown).await
}

const NO_ADDRESS: &str = "erwartet wird eine E-Mail-Adresse wie it@stadt.de";

/// `POST /betrieb`: founds a town and invites its admin.
pub(super) async fn found(
    own: SignedInAccount,
    visitor: Visitor,
    client: Client,
    Posted(given): Posted<Vec<(String, String)>>,
) -> Answer {
    let mut given = Given(given);
    let new = NewTown {
        name: given.get("name").to_owned(),
        slug: Some(given.get("adresse").to_owned()).filter(|own| !own.is_empty()),
        ags: given.get("ags").replace(' ', ""),
        county: given.get("kreis").to_owned(),
        email: given.get("email").to_owned(),
    };
    let problem = |key: &str, message: String, german: String| {
        vec![FileProblem { key: key.to_owned(), message, german }]
    };
    let problems = match town::found(&visitor.state, &own.owner(&client), &new).await {
        Ok(_) => return Ok(Redirect::to("/betrieb?stand=angelegt").into_response()),
        Err(scheduling::Error::Catalog(catalog::Error::Invalid(problems))) => problems,
        Err(scheduling::Error::Catalog(error @ catalog::Error::NameTaken)) => {
            let german = "Eine Stadt mit dieser Adresse gibt es schon.".to_owned();
            problem("town.slug", error.to_string(), german)
        }
        Err(scheduling::Error::Catalog(catalog::Error::SlugTaken { free })) => {
            let german = format!(
                "Die Adresse /{} gehört schon einer anderen Stadt; frei ist etwa {free}",
                new.slug()
            );
            let message = "another town has this slug".to_owned();
            given.set("adresse", &free);
            problem("town.slug", message, german)
        }
        Err(scheduling::Error::Contact(_)) => {
            let message = "expected an e-mail address".to_owned();
            problem("town.email", message, NO_ADDRESS.to_owned())
        }
        Err(error) => return Err(Failure::new(visitor.page.clone(), error.into())),
    };
    let notice = Some(Notice::danger("Die Stadt wurde nicht angelegt", ""));
    let shown = Shown { notice, founding: given, problems, ..Shown::default() };
    platform_page(&own, &visitor, REFUSED, shown).await
}

/// What the form at a town sends.
#[derive(Deserialize)]
pub(super) struct Suspension {
    gesperrt: bool,
}

/// `POST /betrieb/{slug}`: suspends a town, or lets citizens in again.
pub(super) async fn suspend(
    own: SignedInAccount,
    visitor: Visitor,
    client: Client,
    Path(slug): Path<String>,
    Posted(given): Posted<Suspension>,
) -> Answer {
    let done = town::suspend(&visitor.state, &own.owner(&client), &slug, given.gesperrt).await;
    done.map_err(|error| Failure::new(visitor.page.clone(), error.into()))?;
    Ok(Redirect::to("/betrieb?stand=geaendert").into_response())
}

/// What a county compares: a heading, and which events count.
const COLUMNS: [(&str, &str, Option<&str>); 8] = [
    ("Online gebucht", "booked", Some("online")),
    ("Am Telefon vergeben", "booked", Some("phone")),
    ("Am Schalter vergeben", "booked", Some("counter")),
    ("Anfragen", "requested", None),
    ("Verschoben", "moved", None),
    ("Abgesagt", "cancelled", None),
    ("Erledigt", "served", None),
    ("Nicht erschienen", "missed", None),
];

#[derive(Template)]
#[template(path = "staff/county.html")]
struct CountyPage<'a> {
    page: &'a Page,
    county: &'a County,
    month: String,
    columns: Vec<&'static str>,
    rows: Vec<(String, Vec<i64>)>,
    sums: Vec<i64>,
    file: String,
}

/// `GET /kreise/{key}?monat=2026-11`
pub(super) async fn county(
    own: SignedInAccount,
    visitor: Visitor,
    Path(key): Path<String>,
) -> Answer {
    let (county, month, rows) = figures(&own, &visitor, &key).await?;
    let sums = (0..COLUMNS.len()).map(|at| rows.iter().map(|(_, row)| row[at]).sum()).collect();
    let page = CountyPage {
        page: &visitor.page,
        county: &county,
        columns: COLUMNS.iter().map(|(heading, ..)| *heading).collect(),
        rows,
        sums,
        file: format!("/kreise/{key}/zahlen.csv?monat={month}"),
        month,
    };
    Ok(render(StatusCode::OK, &page))
}

/// `GET /kreise/{key}/zahlen.csv?monat=2026-11`
pub(super) async fn county_csv(
    own: SignedInAccount,
    visitor: Visitor,
    Path(key): Path<String>,
) -> Result<Response, Failure> {
    let (_, month, rows) = figures(&own, &visitor, &key).await?;
    let headings = COLUMNS.iter().map(|(heading, ..)| *heading);
    let mut text = csv::row(std::iter::once("Stadt").chain(headings));
    text.extend(
        rows.into_iter().map(|(town, row)| {
            csv::row(std::iter::once(town).chain(row.iter().map(i64::to_string)))
        }),
    );
    let name = format!("attachment; filename=\"{key}-{month}.csv\"");
    let headers = [
        (header::CONTENT_TYPE, "text/csv; charset=utf-8".to_owned()),
        (header::CONTENT_DISPOSITION, name),
    ];
    Ok((headers, text).into_response())
}

/// The county, the month, and a row of figures for each of its towns.
async fn figures(
    own: &SignedInAccount,
    visitor: &Visitor,
    key: &str,
) -> Result<(County, String, Vec<(String, Vec<i64>)>), Failure> {
    let state = &visitor.state;
    let db = &state.office.db;
    let month = first_of_month(visitor.asked("monat"), state.office.now());
    let next = month + Months::new(1);
    let find = async || {
        let counties = operators::counties_of(db, own.id).await?;
        let county = counties.into_iter().find(|county| county.key == key);
        let county = county.ok_or(tenant::Error::Forbidden)?;
        let (since, until) = (day_start(month, Berlin), day_start(next, Berlin));
        let counts = operators::usage(db, own.id, key, since, until).await?;
        let towns = state.directory.list(db).await?;
        Ok::<_, tenant::Error>((county, counts, towns))
    };
    let (county, counts, towns) = find().await.map_err(|error| match error {
        tenant::Error::Forbidden => refused(visitor, error),
        error => fail(visitor, error),
    })?;
    let of_county = towns.iter().filter(|town| town.county == county.name);
    let mut rows: Vec<_> = of_county.map(|town| (town.name.clone(), row(town, &counts))).collect();
    rows.sort();
    Ok((county, month.format("%Y-%m").to_string(), rows))
}

fn row(town: &Entry, counts: &[Count]) -> Vec<i64> {
    let sum = |kind: &str, channel: Option<&str>| {
        let own = counts.iter().filter(|count| {
            count.tenant_id == town.tenant.0
                && count.kind == kind
                && channel.is_none_or(|channel| count.channel == channel)
        });
        own.map(|count| count.events).sum()
    };
    COLUMNS.iter().map(|(_, kind, channel)| sum(kind, *channel)).collect()
}

/// The first day of the month that is asked for, such as `2026-11`; else of the present one.
fn first_of_month(asked: Option<&str>, now: DateTime<Utc>) -> NaiveDate {
    let today = now.with_timezone(&Berlin).date_naive();
    let asked = asked.and_then(|month| format!("{month}-01").parse().ok());
    asked.unwrap_or_else(|| today.with_day(1).unwrap_or(today))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_month_begins_by_german_clocks_and_nonsense_is_the_present_month() {
        let late = "2026-11-30T23:30:00Z".parse().unwrap();
        assert_eq!(first_of_month(None, late).to_string(), "2026-12-01");
        assert_eq!(first_of_month(Some("2026-02"), late).to_string(), "2026-02-01");
        assert_eq!(first_of_month(Some("2026-13"), late).to_string(), "2026-12-01");
    }
}
