//! One's own account: password and second factor.

use askama::Template;
use axum::{
    http::{StatusCode, header},
    response::{IntoResponse as _, Redirect, Response},
};
use serde::Deserialize;
use tenant::accounts::{
    self, Account, password,
    second_factor::{self, Enrolment},
};

use super::{
    desk::SignedInAccount,
    field::Field,
    form::Posted,
    notice::Notice,
    password::{new_password, why},
    plain::fail,
    session,
};
use crate::web::{
    Answer,
    page::{Page, render},
    qr,
    town::Visitor,
};

#[derive(Template)]
#[template(path = "staff/account.html")]
struct AccountPage<'a> {
    page: &'a Page,
    form_token: &'a str,
    email: &'a str,
    notice: Option<Notice>,
    password: [Field; 2],
    /// What the app needs, while there is no second factor yet.
    enrolment: Option<(Enrolment, String, Field)>,
    removal: Field,
    /// Shown once, right after the second factor was set up.
    recovery: Vec<String>,
}

/// What went wrong with which form.
#[derive(Default)]
struct Shown {
    notice: Option<Notice>,
    /// Of the password in use and of the new one.
    password: [Option<String>; 2],
    code: Option<String>,
    removal: Option<String>,
    recovery: Vec<String>,
}

impl Shown {
    fn notice(notice: Notice) -> Self {
        Self { notice: Some(notice), ..Self::default() }
    }
}

/// `GET /konto`
pub(super) async fn show(own: SignedInAccount, visitor: Visitor) -> Answer {
    let notice = match visitor.asked("stand") {
        Some("pflicht") => Some(Notice {
            kind: "warning",
            title: "Ihre Stadt verlangt einen zweiten Faktor".to_owned(),
            text: "Richten Sie ihn hier ein, dann geht es weiter.".to_owned(),
        }),
        Some("ohne") => Some(Notice::success("Der zweite Faktor ist entfernt", "")),
        _ => None,
    };
    page(&visitor, &own, StatusCode::OK, Shown { notice, ..Shown::default() }).await
}

async fn page(
    visitor: &Visitor,
    own: &SignedInAccount,
    status: StatusCode,
    shown: Shown,
) -> Answer {
    let office = &visitor.state.office;
    let find = async || {
        let account = accounts::get(&office.db, own.id).await?;
        let Account { email, has_second_factor, .. } =
            account.ok_or(tenant::Error::WrongCredentials)?;
        let enrolment = if has_second_factor {
            None
        } else {
            Some(second_factor::enrol(&office.db, &office.vault, own.id).await?)
        };
        Ok::<_, tenant::Error>((email, enrolment))
    };
    let (email, enrolment) = find().await.map_err(|error| fail(visitor, error))?;
    let Shown { notice, password: [old, new], code, removal, recovery } = shown;
    let page = AccountPage {
        page: &visitor.page,
        form_token: &own.form_token,
        email: &email,
        notice,
        password: [
            Field::password("alt", "Bisheriges Kennwort", "current-password").problem(old),
            new_password().problem(new),
        ],
        enrolment: enrolment.map(|enrolment| {
            let picture = qr::svg_address(&enrolment.address);
            let field = Field::line("code", "Code aus der App", "").problem(code);
            (enrolment, picture, field)
        }),
        removal: Field::password("kennwort", "Kennwort", "current-password").problem(removal),
        recovery,
    };
    Ok(render(status, &page))
}

/// What the form with a new password sends.
#[derive(Deserialize)]
pub(super) struct Change {
    alt: String,
    neu: String,
}

const REFUSED: StatusCode = StatusCode::UNPROCESSABLE_ENTITY;

/// `POST /konto/kennwort`: all sessions of the account end, this one too.
pub(super) async fn change_password(
    own: SignedInAccount,
    visitor: Visitor,
    Posted(given): Posted<Change>,
) -> Answer {
    let db = &visitor.state.office.db;
    let change = async || {
        password::confirm(db, own.id, &given.alt).await?;
        password::set(db, own.id, &given.neu).await
    };
    let wrong = match change().await {
        Ok(()) => return Ok(signed_out(&visitor)),
        Err(tenant::Error::WrongCredentials) => {
            [Some("Das ist nicht Ihr bisheriges Kennwort.".to_owned()), None]
        }
        Err(tenant::Error::WeakPassword(weakness)) => [None, Some(why(weakness))],
        Err(error) => return Err(fail(&visitor, error)),
    };
    let notice = Notice::danger("Das Kennwort ist noch das alte", "");
    let shown = Shown { password: wrong, ..Shown::notice(notice) };
    page(&visitor, &own, REFUSED, shown).await
}

fn signed_out(visitor: &Visitor) -> Response {
    let cookie = session::closed(&visitor.state).map(|cookie| [(header::SET_COOKIE, cookie)]);
    (cookie, Redirect::to("/anmelden")).into_response()
}

/// What the form with the app's first code sends.
#[derive(Deserialize)]
pub(super) struct FirstCode {
    code: String,
}

/// `POST /konto/zweiter-faktor`
pub(super) async fn activate(
    own: SignedInAccount,
    visitor: Visitor,
    Posted(given): Posted<FirstCode>,
) -> Answer {
    let office = &visitor.state.office;
    let codes =
        second_factor::activate(&office.db, &office.vault, own.id, &given.code, office.now()).await;
    match codes {
        Ok(recovery) => {
            let notice = Notice::success(
                "Der zweite Faktor ist eingerichtet",
                "Ab jetzt fragt die Anmeldung nach einem Code.",
            );
            let shown = Shown { recovery, ..Shown::notice(notice) };
            page(&visitor, &own, StatusCode::OK, shown).await
        }
        Err(tenant::Error::WrongCode) => {
            let notice = Notice::danger("Der zweite Faktor ist noch nicht eingerichtet", "");
            let wrong = "Dieser Code stimmt nicht. Nehmen Sie den, der jetzt in der App steht, und prüfen Sie die Uhr des Telefons.";
            let shown = Shown { code: Some(wrong.to_owned()), ..Shown::notice(notice) };
            page(&visitor, &own, REFUSED, shown).await
        }
        // Set up meanwhile, in another window.
        Err(tenant::Error::Forbidden) => Ok(Redirect::to("/konto").into_response()),
        Err(error) => Err(fail(&visitor, error)),
    }
}

/// What the form that removes the second factor sends.
#[derive(Deserialize)]
pub(super) struct Removal {
    kennwort: String,
}

/// `POST /konto/zweiter-faktor/entfernen`
pub(super) async fn remove(
    own: SignedInAccount,
    visitor: Visitor,
    Posted(given): Posted<Removal>,
) -> Answer {
    let db = &visitor.state.office.db;
    let removed = async || {
        password::confirm(db, own.id, &given.kennwort).await?;
        second_factor::remove(db, own.id).await
    };
    match removed().await {
        Ok(()) => Ok(Redirect::to("/konto?stand=ohne").into_response()),
        Err(tenant::Error::WrongCredentials) => {
            let wrong = "Das ist nicht Ihr Kennwort.".to_owned();
            let notice = Notice::danger("Der zweite Faktor ist noch eingerichtet", "");
            let shown = Shown { removal: Some(wrong), ..Shown::notice(notice) };
            page(&visitor, &own, REFUSED, shown).await
        }
        Err(error) => Err(fail(&visitor, error)),
    }
}
