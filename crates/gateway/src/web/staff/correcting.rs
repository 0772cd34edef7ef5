//! Correcting where somebody is reached.

use askama::Template;
use axum::{
    extract::Path,
    response::{IntoResponse as _, Redirect},
};
use scheduling::{Appointment, Error};

use super::{appointment::Named, desk::Desk, form::Posted};
use crate::web::{
    Answer,
    contact::{Errors, Typed},
    page::{Page, render},
};

#[derive(Template)]
#[template(path = "staff/contact.html")]
struct ContactPage<'a> {
    page: &'a Page,
    room: &'static str,
    desk: &'a Desk,
    appointment: &'a Appointment,
    typed: &'a Typed,
    errors: &'a Errors,
    back: String,
}

/// `GET /{town}/verwaltung/termine/{id}/kontakt`
pub(super) async fn form(desk: Desk, Path(named): Path<Named>) -> Answer {
    page(&desk, &named, None, &Errors::default()).await
}

async fn page(desk: &Desk, named: &Named, typed: Option<Typed>, errors: &Errors) -> Answer {
    let found = scheduling::appointment_by_id(&desk.office, &desk.scope, named.id).await;
    let appointment = found.map_err(|error| desk.fail(error))?;
    let Some(contact) = &appointment.contact else { return Err(desk.fail(Error::WrongStatus)) };
    let typed = typed.unwrap_or_else(|| Typed {
        email: contact.email.clone().unwrap_or_default(),
        phone: contact.phone.clone().unwrap_or_default(),
        ..Typed::default()
    });
    let page = ContactPage {
        page: &desk.page,
        room: "termin",
        desk,
        typed: &typed,
        errors,
        back: desk.to(&named.path()),
        appointment: &appointment,
    };
    Ok(render(errors.status(), &page))
}

/// `POST /{town}/verwaltung/termine/{id}/kontakt`
pub(super) async fn correct(
    desk: Desk,
    Path(named): Path<Named>,
    Posted(typed): Posted<Typed>,
) -> Answer {
    let (email, phone) = (typed.email.as_str(), typed.phone.as_str());
    let corrected =
        scheduling::correct_contact(&desk.office, &desk.scope, named.id, email, phone).await;
    match corrected {
        Ok(_) => Ok(Redirect::to(&desk.to(&named.path())).into_response()),
        Err(Error::Contact(problems)) => {
            let errors = Errors::of(&desk.page, problems);
            page(&desk, &named, Some(typed), &errors).await
        }
        Err(error) => Err(desk.fail(error)),
    }
}
