//! The choice among one's towns.

use askama::Template;
use axum::{
    http::StatusCode,
    response::{IntoResponse as _, Redirect},
};
use tenant::{
    accounts::operators::{self, County},
    directory::Entry,
};

use super::{desk::SignedInAccount, plain::fail};
use crate::{
    staff,
    web::{
        Answer,
        page::{Page, render},
        town::Visitor,
    },
};

#[derive(Template)]
#[template(path = "staff/towns.html")]
struct Towns<'a> {
    page: &'a Page,
    towns: &'a [Entry],
    counties: &'a [County],
    runs_platform: bool,
    form_token: &'a str,
}

/// `GET /verwaltung` of the platform: the choice among one's towns, or the only one at once.
pub(super) async fn show(account: SignedInAccount, visitor: Visitor) -> Answer {
    let find = async || {
        let db = &visitor.state.office.db;
        let towns = staff::towns_of(&visitor.state, account.id).await?;
        let towns: Vec<Entry> = towns.into_iter().map(|(town, _)| town).collect();
        let counties = operators::counties_of(db, account.id).await?;
        Ok::<_, tenant::Error>((towns, counties, operators::runs_platform(db, account.id).await?))
    };
    let (towns, counties, runs_platform) = find().await.map_err(|error| fail(&visitor, error))?;
    if let ([only], []) = (towns.as_slice(), counties.as_slice()) {
        return Ok(Redirect::to(&format!("/{}/verwaltung", only.slug)).into_response());
    }
    let page = Towns {
        page: &visitor.page,
        towns: &towns,
        counties: &counties,
        runs_platform,
        form_token: &account.form_token,
    };
    Ok(render(StatusCode::OK, &page))
}
