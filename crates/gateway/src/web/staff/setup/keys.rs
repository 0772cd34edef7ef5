//! The secrets that a town shares with other services.

use askama::Template;
use axum::{
    http::StatusCode,
    response::{IntoResponse as _, Redirect},
};
use serde::Deserialize;

use super::super::{desk::Desk, form::Posted, notice::Notice};
use crate::{
    keys::{self, TownKeys},
    web::{
        Answer,
        page::{Page, render},
    },
};

#[derive(Template)]
#[template(path = "staff/setup/keys.html")]
struct KeysPage<'a> {
    page: &'a Page,
    room: &'static str,
    desk: &'a Desk,
    notice: Option<Notice>,
    keys: TownKeys,
    /// Whether the town sends short messages.
    sms: bool,
}

/// `GET /{town}/verwaltung/einrichtung/schluessel`
pub(in crate::web::staff) async fn show(desk: Desk) -> Answer {
    let keys = keys::read(&desk.state, &desk.scope).await.map_err(|error| desk.fail(error))?;
    let notice = desk.asked("stand").map(|_| Notice::success("Das Kennwort ist gespeichert", ""));
    let sms = desk.setup.town.sms.is_some();
    let page = KeysPage { page: &desk.page, room: "einrichtung", desk: &desk, notice, keys, sms };
    Ok(render(StatusCode::OK, &page))
}

/// The password of the gateway for short messages.
#[derive(Deserialize)]
pub(in crate::web::staff) struct Typed {
    kennwort: String,
}

/// `POST /{town}/verwaltung/einrichtung/schluessel`
pub(in crate::web::staff) async fn save(desk: Desk, Posted(typed): Posted<Typed>) -> Answer {
    let kept = keys::keep_sms_secret(&desk.office, &desk.scope, typed.kennwort.trim()).await;
    kept.map_err(|error| desk.fail(error))?;
    let back = desk.with("/einrichtung/schluessel", &[("stand", "gespeichert")]);
    Ok(Redirect::to(&back).into_response())
}
