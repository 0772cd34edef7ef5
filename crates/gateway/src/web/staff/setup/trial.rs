//! A booking to try out, before the town goes live: a real appointment with its real mails, to whoever
//! is signed in.

use askama::Template;
use axum::{
    http::StatusCode,
    response::{IntoResponse as _, Redirect},
};
use catalog::model::{BookingMode, TownSetup};
use scheduling::{Appointment, Error, Status};
use tenant::accounts;

use super::load;
use crate::{
    trial,
    web::{
        Answer,
        contact::Typed,
        given::Given,
        page::{Page, render},
        staff::{desk::Desk, field::Field, form::Posted, notice::Notice},
    },
};

/// Where the page is, below the console.
const PATH: &str = "/einrichtung/probe";
/// Who comes.
const NAME: &str = "Probetermin";

#[derive(Template)]
#[template(path = "staff/setup/trial.html")]
struct TrialPage<'a> {
    page: &'a Page,
    room: &'static str,
    desk: &'a Desk,
    notice: Option<Notice>,
    /// The form; nothing where there is nothing to book.
    fields: Vec<Field>,
    /// What was booked, and the key by which it is found.
    booked: Option<(Appointment, String)>,
}

impl TrialPage<'_> {
    fn mails(&self) -> String {
        self.desk.to("/mails")
    }
}

/// `GET /{town}/verwaltung/einrichtung/probe`
pub(super) async fn show(desk: Desk) -> Answer {
    let (_, setup) = load(&desk).await?;
    let own = accounts::get(&desk.office.db, desk.account).await;
    let own = own.map_err(|error| desk.fail(error))?.map(|own| own.email).unwrap_or_default();
    let notice = (desk.asked("stand") == Some("abgesagt"))
        .then(|| Notice::success("Der Probetermin ist abgesagt", "Auch davon kommt eine E-Mail."));
    let booked = match desk.asked("termin") {
        Some(key) => {
            let found = trial::find(&desk.office, &desk.scope, key).await;
            let found = found.map_err(|error| desk.fail(error))?;
            Some((found, key.to_owned())).filter(|(own, _)| own.status == Status::Booked)
        }
        None => None,
    };
    let page = TrialPage {
        page: &desk.page,
        room: "einrichtung",
        desk: &desk,
        notice,
        fields: fields(&setup, &own, None),
        booked,
    };
    Ok(render(StatusCode::OK, &page))
}

fn fields(setup: &TownSetup, email: &str, chosen: Option<&str>) -> Vec<Field> {
    let direct = setup.services.iter().filter(|own| own.mode == BookingMode::Direct);
    let services: Vec<_> =
        direct.map(|own| (own.slug.clone(), own.name.get("de").to_owned())).collect();
    let Some((first, _)) = services.first().cloned() else { return Vec::new() };
    vec![
        Field::choice("anliegen", "Anliegen", services, chosen.unwrap_or(&first)),
        Field::typed("email", "email", "E-Mail-Adresse", email)
            .hint("Dorthin geht die Bestätigung, wie Bürgerinnen und Bürger sie bekommen."),
    ]
}

/// `POST /{town}/verwaltung/einrichtung/probe`
pub(super) async fn act(desk: Desk, Posted(given): Posted<Vec<(String, String)>>) -> Answer {
    let (_, setup) = load(&desk).await?;
    let given = Given(given);
    if given.get("tun") == "absagen" {
        return cancel(&desk, given.get("termin")).await;
    }
    let (service, email) = (given.get("anliegen").to_owned(), given.get("email").to_owned());
    let mut form = fields(&setup, &email, Some(&service));
    let typed = Typed { name: NAME.to_owned(), email: email.clone(), ..Typed::default() };
    let contact = typed.parse_by_staff(&desk.page).ok().filter(|own| own.email.is_some());
    let Some(contact) = contact else {
        if let Some(field) = form.get_mut(1) {
            field.problem = Some("erwartet wird eine E-Mail-Adresse wie it@stadt.de".to_owned());
        }
        let notice = Notice::danger("Nichts gebucht", "Sehen Sie nach der E-Mail-Adresse.");
        return Ok(refusal(&desk, notice, form));
    };
    match trial::book(&desk.office, &desk.scope, &service, contact).await {
        Ok(Some(key)) => {
            let back = desk.with(PATH, &[("termin", &key)]);
            Ok(Redirect::to(&back).into_response())
        }
        Ok(None) | Err(Error::SlotTaken { .. } | Error::WrongMode(_)) => {
            let notice = Notice::danger(
                "Nichts frei",
                "Für dieses Anliegen finden Bürgerinnen und Bürger in den nächsten Wochen keine Zeit. Sehen Sie nach Schaltern, Öffnungszeiten und Buchungszeitraum.",
            );
            Ok(refusal(&desk, notice, form))
        }
        Err(error) => Err(desk.fail(error)),
    }
}

fn refusal(desk: &Desk, notice: Notice, fields: Vec<Field>) -> axum::response::Response {
    let page = TrialPage {
        page: &desk.page,
        room: "einrichtung",
        desk,
        notice: Some(notice),
        fields,
        booked: None,
    };
    render(StatusCode::UNPROCESSABLE_ENTITY, &page)
}

async fn cancel(desk: &Desk, key: &str) -> Answer {
    let done = trial::cancel(&desk.office, &desk.scope, key, NAME).await;
    done.map_err(|error| desk.fail(error))?;
    Ok(Redirect::to(&desk.with(PATH, &[("stand", "abgesagt")])).into_response())
}
