//! The town's set-up as its file: read, changed, checked and saved on a page.

use askama::Template;
use axum::{
    http::{StatusCode, header},
    response::IntoResponse as _,
};
use catalog::townfile;
use scheduling::Error;

use super::outside;
use crate::{
    town,
    web::{
        Answer,
        error::Failure,
        given::Given,
        page::{Page, render},
        staff::{desk::Desk, form::PostedWithFile},
    },
};

/// Where the form is, below the console.
const PATH: &str = "/einrichtung/datei";
/// Longest file that the page takes, in bytes; far more than any town has set up.
const LONGEST: usize = 256 * 1024;
/// Its heading.
const TITLE: &str = "Alles in einer Datei";

#[derive(Template)]
#[template(path = "staff/setup/file.html")]
struct SetupPage<'a> {
    page: &'a Page,
    room: &'static str,
    desk: &'a Desk,
    version: i64,
    text: &'a str,
    problems: Vec<String>,
    /// Whether the file is longer than the page takes.
    is_too_long: bool,
    saved: bool,
}

/// `GET /{town}/verwaltung/einrichtung/datei`
pub(super) async fn form(desk: Desk) -> Answer {
    let (version, text) = load(&desk).await?;
    let saved = desk.asked("gespeichert").is_some();
    Ok(page(&desk, version, &text, Vec::new(), saved))
}

/// `GET /{town}/verwaltung/einrichtung/stadt.toml`
pub(super) async fn download(desk: Desk) -> Answer {
    let (_, text) = load(&desk).await?;
    let name = format!("attachment; filename=\"{}.toml\"", desk.setup.town.slug);
    let headers = [
        (header::CONTENT_TYPE, "application/toml".to_owned()),
        (header::CONTENT_DISPOSITION, name),
    ];
    Ok((headers, text).into_response())
}

/// `POST /{town}/verwaltung/einrichtung/datei`
pub(super) async fn save(desk: Desk, posted: PostedWithFile) -> Answer {
    let PostedWithFile { given, is_shortened, .. } = posted;
    // Browsers send lines as Windows ends them.
    let text = given.lines("datei");
    if is_shortened || text.len() > LONGEST {
        return too_long(&desk, &given, text, is_shortened).await;
    }
    let version = given.get("version").parse().unwrap_or_default();
    let problems = match parse(&desk, &text) {
        Ok(setup) => {
            let decision = outside::decision(&desk, &given)?;
            let changed =
                town::change(&desk.state, &desk.scope, version, &setup, decision.as_ref()).await;
            match changed {
                Ok(changed) => {
                    let saved = desk.with("/einrichtung/datei", &[("gespeichert", "1")]);
                    return Ok(outside::after(&desk, &changed, &saved));
                }
                Err(Error::Outside(outside)) => {
                    return Ok(outside::ask(&desk, TITLE, PATH, &outside, given));
                }
                Err(Error::Catalog(refused)) => refusal(&desk, refused)?,
                Err(error) => return Err(desk.fail(error)),
            }
        }
        Err(problems) => problems,
    };
    Ok(page(&desk, version, &text, problems, false))
}

/// The page again for a file that is longer than it takes; with what was sent, where that has arrived
/// as a whole.
async fn too_long(desk: &Desk, given: &Given, sent: String, is_shortened: bool) -> Answer {
    let (version, stored) = load(desk).await?;
    let text = if is_shortened { stored } else { sent };
    let page = SetupPage {
        page: &desk.page,
        room: "einrichtung",
        desk,
        version: given.get("version").parse().unwrap_or(version),
        text: &text,
        problems: Vec::new(),
        is_too_long: true,
        saved: false,
    };
    Ok(render(StatusCode::UNPROCESSABLE_ENTITY, &page))
}

/// Why the catalogue did not take the file, in words.
fn refusal(desk: &Desk, refused: catalog::Error) -> Result<Vec<String>, Failure> {
    Ok(match refused {
        catalog::Error::Outdated => vec![
            "Jemand anders hat die Einrichtung inzwischen geändert. Ihre Fassung steht noch unten: Kopieren Sie Ihre Änderung, laden Sie die Seite neu und fügen Sie sie dort ein.".to_owned(),
        ],
        catalog::Error::NameTaken => {
            vec!["Die Adresse oder ein Rechnername gehört schon einer anderen Stadt.".to_owned()]
        }
        catalog::Error::Invalid(problems) => lines(&problems),
        other => return Err(desk.fail(Error::from(other))),
    })
}

async fn load(desk: &Desk) -> Result<(i64, String), Failure> {
    let (version, setup) = super::load(desk).await?;
    Ok((version, townfile::to_toml(&setup)))
}

fn lines(problems: &[townfile::Problem]) -> Vec<String> {
    problems.iter().map(|own| format!("{}: {}", own.key, own.german)).collect()
}

/// Reads the file; the platform alone gives a town another address.
fn parse(desk: &Desk, text: &str) -> Result<catalog::model::TownSetup, Vec<String>> {
    let setup = townfile::parse(text).map_err(|problems| lines(&problems))?;
    if setup.town.slug == desk.setup.town.slug {
        Ok(setup)
    } else {
        Err(vec![format!(
            "town.slug: bleibt {:?}; eine neue Adresse vergibt der Betrieb",
            desk.setup.town.slug
        )])
    }
}

fn page(
    desk: &Desk,
    version: i64,
    text: &str,
    problems: Vec<String>,
    saved: bool,
) -> axum::response::Response {
    let status =
        if problems.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    let page = SetupPage {
        page: &desk.page,
        room: "einrichtung",
        desk,
        version,
        text,
        problems,
        is_too_long: false,
        saved,
    };
    render(status, &page)
}
