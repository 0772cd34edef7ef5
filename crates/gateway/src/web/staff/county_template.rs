//! The template that a county publishes for its towns.

use askama::Template;
use axum::{
    extract::Path,
    http::StatusCode,
    response::{IntoResponse as _, Redirect},
};
use catalog::{template::Template as Offers, townfile};
use scheduling::Error;
use serde::Deserialize;
use tenant::{Scope, accounts::operators, directory::Entry};

use super::{desk::SignedInAccount, field::Field, form::Posted, notice::Notice};
use crate::{
    template,
    web::{
        Answer,
        error::Failure,
        page::{Page, render},
        town::Visitor,
    },
};

#[derive(Template)]
#[template(path = "staff/county_template.html")]
struct TemplatePage<'a> {
    page: &'a Page,
    form_token: &'a str,
    key: &'a str,
    name: String,
    notice: Option<Notice>,
    problems: Vec<String>,
    /// The version that is published, 0 for none yet.
    version: i64,
    since: Option<String>,
    towns: Field,
    text: String,
}

/// `GET /kreise/{key}/vorlage?von=…`: what is published, or what a town offers instead.
pub(super) async fn show(
    own: SignedInAccount,
    visitor: Visitor,
    Path(key): Path<String>,
) -> Answer {
    let notice = visitor.asked("stand").map(|_| {
        Notice::success(
            "Die Vorlage ist veröffentlicht",
            "Die Städte des Kreises sehen, was neu ist.",
        )
    });
    page(&own, &visitor, &key, StatusCode::OK, notice, None, Vec::new()).await
}

async fn page(
    own: &SignedInAccount,
    visitor: &Visitor,
    key: &str,
    status: StatusCode,
    notice: Option<Notice>,
    typed: Option<String>,
    problems: Vec<String>,
) -> Answer {
    let state = &visitor.state;
    let fail = |error: Error| Failure::new(visitor.page.clone(), error.into());
    let published = template::published(state, own.id, key).await.map_err(fail)?;
    let counties = operators::counties_of(&state.office.db, own.id).await;
    let counties = counties.map_err(|error| fail(error.into()))?;
    let name = counties.into_iter().find(|county| county.key == key);
    let name = name.map(|county| county.name).unwrap_or_default();
    let towns: Vec<Entry> = visitor.towns().await?;
    let towns: Vec<Entry> = towns.into_iter().filter(|town| town.county == name).collect();
    let asked = visitor.asked("von").and_then(|slug| towns.iter().find(|town| town.slug == slug));
    let text = match (typed, asked, &published) {
        (Some(typed), ..) => typed,
        (None, Some(town), _) => {
            let setup = state.office.setup(&Scope::citizen(town.tenant)).await.map_err(fail)?;
            townfile::template_to_toml(&Offers::from((*setup).clone()))
        }
        (None, None, Some(published)) => published.file.clone(),
        (None, None, None) => String::new(),
    };
    let options = towns.iter().map(|town| (town.slug.clone(), town.name.clone())).collect();
    let chosen = asked.map(|town| town.slug.clone()).unwrap_or_default();
    let page = TemplatePage {
        page: &visitor.page,
        form_token: &own.form_token,
        key,
        name,
        notice,
        problems,
        version: published.as_ref().map_or(0, |published| published.version),
        since: published.map(|published| {
            let at = published.at.with_timezone(&chrono_tz::Europe::Berlin);
            format!("{} Uhr", at.format("%d.%m.%Y, %H:%M"))
        }),
        towns: Field::choice("von", "Aus der Einrichtung von", options, chosen),
        text,
    };
    Ok(render(status, &page))
}

/// What the form sends.
#[derive(Deserialize)]
pub(super) struct Edited {
    version: i64,
    datei: String,
}

/// `POST /kreise/{key}/vorlage`
pub(super) async fn publish(
    own: SignedInAccount,
    visitor: Visitor,
    Path(key): Path<String>,
    Posted(edited): Posted<Edited>,
) -> Answer {
    // Browsers send lines as Windows ends them.
    let text = edited.datei.replace("\r\n", "\n");
    let done = template::publish(&visitor.state, own.id, &key, edited.version, &text).await;
    let (status, problems) = match done {
        Ok(_) => {
            let back = format!("/kreise/{key}/vorlage?stand=veroeffentlicht");
            return Ok(Redirect::to(&back).into_response());
        }
        Err(Error::Catalog(catalog::Error::Invalid(problems))) => {
            let lines = problems.iter().map(townfile::Problem::in_german).collect();
            (StatusCode::UNPROCESSABLE_ENTITY, lines)
        }
        Err(Error::Catalog(catalog::Error::Outdated)) => (
            StatusCode::CONFLICT,
            vec!["Jemand anders hat die Vorlage inzwischen veröffentlicht. Ihre Fassung steht noch unten; veröffentlichen Sie sie noch einmal, wenn sie gelten soll.".to_owned()],
        ),
        Err(error) => return Err(Failure::new(visitor.page.clone(), error.into())),
    };
    page(&own, &visitor, &key, status, None, Some(text), problems).await
}
