//! The town's set-up as its file: read, changed, checked and saved on a page.

use askama::Template;
use axum::{
    http::{StatusCode, header},
    response::{IntoResponse as _, Response},
};
use catalog::townfile;
use scheduling::Error;

use super::outside;
use crate::{
    town,
    web::{
        Answer,
        error::Failure,
        page::{Page, render},
        staff::{desk::Desk, field::Field, form::PostedWithFile},
    },
};

/// Where the form is, below the console.
const PATH: &str = "/einrichtung/datei";
/// Longest file that the page takes, in bytes; far more than any town has set up.
const LONGEST: usize = 256 * 1024;
/// What is told about a longer one.
const TOO_LONG: &str = "erwartet werden höchstens 256 KB; ein Logo gehört unter „Aussehen“";
/// Its heading.
const TITLE: &str = "Alles in einer Datei";

#[derive(Template)]
#[template(path = "staff/setup/file.html")]
struct SetupPage<'a> {
    page: &'a Page,
    room: &'static str,
    desk: &'a Desk,
    version: i64,
    /// Where a file is chosen.
    upload: Field,
    text: String,
    /// What is wrong with the text.
    problems: Vec<String>,
    saved: bool,
}

impl<'a> SetupPage<'a> {
    fn new(desk: &'a Desk, version: i64, text: String) -> Self {
        let upload = Field::file("vom-computer", "Datei vom Computer", ".toml,application/toml", "")
            .hint("Eine Stadtdatei, wie „Als Datei“ sie liefert. Sie tritt an die Stelle des Textes darunter.");
        Self {
            page: &desk.page,
            room: "einrichtung",
            desk,
            version,
            upload,
            text,
            problems: Vec::new(),
            saved: false,
        }
    }

    fn is_refused(&self) -> bool {
        self.upload.problem.is_some() || !self.problems.is_empty()
    }

    fn answer(&self) -> Response {
        let refused = StatusCode::UNPROCESSABLE_ENTITY;
        render(if self.is_refused() { refused } else { StatusCode::OK }, self)
    }
}

/// `GET /{town}/verwaltung/einrichtung/datei`
pub(super) async fn form(desk: Desk) -> Answer {
    let (version, text) = load(&desk).await?;
    let saved = desk.asked("gespeichert").is_some();
    Ok(SetupPage { saved, ..SetupPage::new(&desk, version, text) }.answer())
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

/// `POST /{town}/verwaltung/einrichtung/datei`: a chosen file counts, and not the text beside it.
pub(super) async fn save(desk: Desk, posted: PostedWithFile) -> Answer {
    let PostedWithFile { mut given, file, is_shortened } = posted;
    let version = given.get("version").parse().unwrap_or_default();
    let mut page = SetupPage::new(&desk, version, given.lines("datei"));
    if let Some(file) = file {
        match text_of(&file, is_shortened) {
            Ok(text) => given.set("datei", text),
            Err(expected) => {
                page.upload.problem = Some(expected.to_owned());
                return Ok(page.answer());
            }
        }
    } else if is_shortened {
        // What was typed has not arrived as a whole.
        (_, page.text) = load(&desk).await?;
        page.problems.push(format!("Stadtdatei: {TOO_LONG}"));
        return Ok(page.answer());
    }
    // Browsers send lines as Windows ends them.
    page.text = given.lines("datei");
    page.problems = match parse(&desk, &page.text) {
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
    Ok(page.answer())
}

/// The text of a chosen file, or what is expected instead.
fn text_of(file: &[u8], is_shortened: bool) -> Result<&str, &'static str> {
    if is_shortened || file.len() > LONGEST {
        return Err(TOO_LONG);
    }
    let text = std::str::from_utf8(file);
    let text = text.map_err(|_| "erwartet wird eine Stadtdatei: Text in UTF-8, als .toml")?;
    Ok(text.trim_start_matches('\u{feff}'))
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
    problems.iter().map(townfile::Problem::in_german).collect()
}

/// Reads the file; the platform alone gives a town another address.
fn parse(desk: &Desk, text: &str) -> Result<catalog::model::TownSetup, Vec<String>> {
    if text.len() > LONGEST {
        return Err(vec![format!("Stadtdatei: {TOO_LONG}")]);
    }
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
