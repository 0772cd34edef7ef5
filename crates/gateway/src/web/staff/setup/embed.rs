//! How citizens find the pages: link, QR code, frame, deep links.

use askama::Template;
use axum::{
    http::{StatusCode, header},
    response::{IntoResponse as _, Response},
};
use catalog::model::BookingMode;

use super::load;
use crate::web::{
    Answer,
    error::{Failure, Problem},
    page::{Page, render},
    qr,
    staff::{desk::Desk, notice::Notice},
};

#[derive(Template)]
#[template(path = "staff/setup/embed.html")]
struct EmbedPage<'a> {
    page: &'a Page,
    room: &'static str,
    desk: &'a Desk,
    notice: Option<Notice>,
    link: String,
    frame: Option<String>,
    /// Name and address of each service that can be booked.
    deep: Vec<(String, String)>,
}

/// Address of the town's pages: its own host name, else its part of the platform's.
fn link(desk: &Desk) -> String {
    match desk.setup.town.hosts.first() {
        Some(host) => format!("https://{host}/"),
        None => format!("{}/{}", desk.office.public_url, desk.setup.town.slug),
    }
}

/// `GET /{town}/verwaltung/einrichtung/einbinden`
pub(super) async fn show(desk: Desk) -> Answer {
    let (_, setup) = load(&desk).await?;
    let link = link(&desk);
    let bookable = setup.services.iter().filter(|own| own.mode != BookingMode::Information);
    let deep = bookable.map(|own| {
        let address = format!("{}/anliegen/{}", link.trim_end_matches('/'), own.slug);
        (own.name.get("de").to_owned(), address)
    });
    let frame = (!setup.town.embed.is_empty()).then(|| {
        format!(
            "<iframe src=\"{link}\" title=\"Terminbuchung {}\" width=\"100%\" height=\"900\" style=\"border:0\"></iframe>",
            setup.town.name
        )
    });
    let notice = (desk.asked("stand") == Some("online")).then(|| {
        Notice::success(
            "Ihre Stadt ist online",
            "Bürgerinnen und Bürger können jetzt Termine buchen.",
        )
    });
    let page = EmbedPage {
        page: &desk.page,
        room: "einrichtung",
        desk: &desk,
        notice,
        frame,
        deep: deep.collect(),
        link,
    };
    Ok(render(StatusCode::OK, &page))
}

/// `GET /{town}/verwaltung/einrichtung/qr.svg`
pub(super) async fn svg(desk: Desk) -> Answer {
    load(&desk).await?;
    let picture = qr::svg(&link(&desk)).ok_or_else(|| desk.fail(Problem::UnknownPage))?;
    Ok(download(&desk, "svg", "image/svg+xml", picture.into_bytes()))
}

/// `GET /{town}/verwaltung/einrichtung/qr.png`
pub(super) async fn png(desk: Desk) -> Result<Response, Failure> {
    load(&desk).await?;
    let picture = qr::png(&link(&desk)).ok_or_else(|| desk.fail(Problem::UnknownPage))?;
    Ok(download(&desk, "png", "image/png", picture))
}

fn download(desk: &Desk, ending: &str, kind: &str, file: Vec<u8>) -> Response {
    let name = format!("attachment; filename=\"{}-termine.{ending}\"", desk.setup.town.slug);
    let headers = [(header::CONTENT_TYPE, kind.to_owned()), (header::CONTENT_DISPOSITION, name)];
    (headers, file).into_response()
}
