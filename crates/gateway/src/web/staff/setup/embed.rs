//! How citizens find the pages: link, QR code, frame, deep links.

use askama::Template;
use axum::{
    http::{StatusCode, header},
    response::{IntoResponse as _, Response},
};
use scheduling::Error;

use crate::{
    embedding::{self, Ways},
    qr,
    web::{
        Answer,
        error::{Failure, Problem},
        page::{Page, render},
        staff::{desk::Desk, notice::Notice},
    },
};

#[derive(Template)]
#[template(path = "staff/setup/embed.html")]
struct EmbedPage<'a> {
    page: &'a Page,
    room: &'static str,
    desk: &'a Desk,
    notice: Option<Notice>,
    ways: Ways,
}

async fn read(desk: &Desk) -> Result<Ways, Failure> {
    let ways = embedding::ways(&desk.state, &desk.scope).await;
    ways.map_err(|error| desk.fail(Error::from(error)))
}

/// `GET /{town}/verwaltung/einrichtung/einbinden`
pub(super) async fn show(desk: Desk) -> Answer {
    let notice = (desk.asked("stand") == Some("online")).then(|| {
        Notice::success(
            "Ihre Stadt ist online",
            "Bürgerinnen und Bürger können jetzt Termine buchen.",
        )
    });
    let ways = read(&desk).await?;
    let page = EmbedPage { page: &desk.page, room: "einrichtung", desk: &desk, notice, ways };
    Ok(render(StatusCode::OK, &page))
}

/// `GET /{town}/verwaltung/einrichtung/qr.svg`
pub(super) async fn svg(desk: Desk) -> Answer {
    let picture = qr::svg(&read(&desk).await?.link);
    let picture = picture.ok_or_else(|| desk.fail(Problem::UnknownPage))?;
    Ok(download(&desk, "svg", "image/svg+xml", picture.into_bytes()))
}

/// `GET /{town}/verwaltung/einrichtung/qr.png`
pub(super) async fn png(desk: Desk) -> Result<Response, Failure> {
    let picture = qr::png(&read(&desk).await?.link);
    let picture = picture.ok_or_else(|| desk.fail(Problem::UnknownPage))?;
    Ok(download(&desk, "png", "image/png", picture))
}

fn download(desk: &Desk, ending: &str, kind: &str, file: Vec<u8>) -> Response {
    let name = format!("attachment; filename=\"{}-termine.{ending}\"", desk.setup.town.slug);
    let headers = [(header::CONTENT_TYPE, kind.to_owned()), (header::CONTENT_DISPOSITION, name)];
    (headers, file).into_response()
}
