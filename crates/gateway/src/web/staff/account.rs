//! One's own account: password, second factor and passkeys.

use askama::Template;
use axum::{
    http::{StatusCode, header},
    response::{IntoResponse as _, Redirect, Response},
};
use chrono::{DateTime, Utc};
use chrono_tz::Europe::Berlin;
use serde::Deserialize;
use tenant::accounts::{
    self, Account,
    passkeys::Passkey,
    second_factor::{self, Enrolment},
};

use super::{
    desk::SignedInAccount,
    field::Field,
    form::Posted,
    notice::Notice,
    password::{new_password, why},
    plain::{fail, too_many},
    session,
};
use crate::{
    account,
    layer::client::Client,
    passkeys, qr,
    throttle::Refused,
    web::{
        Answer,
        page::{Page, render},
        town::Visitor,
    },
};

#[derive(Template)]
#[template(path = "staff/account.html")]
struct AccountPage<'a> {
    page: &'a Page,
    form_token: &'a str,
    email: &'a str,
    notice: Option<Notice>,
    password: [Field; 2],
    /// What the app needs, its picture, and the fields, while it gives no codes yet.
    enrolment: Option<(Enrolment, String, [Field; 2])>,
    removal: Field,
    /// Host to which passkeys are bound; none where there are none.
    host: Option<&'a str>,
    passkeys: Vec<Key>,
    passkey_fields: [Field; 2],
    passkey_removal: [Field; 2],
    /// Shown once, right after the second factor was set up.
    recovery: Vec<String>,
}

/// A passkey in words.
struct Key {
    name: String,
    made: String,
    used: String,
}

impl Key {
    fn of(passkey: &Passkey) -> Self {
        // The platform belongs to no town; all of them keep the same time.
        let date = |at: DateTime<Utc>| at.with_timezone(&Berlin).format("%d.%m.%Y").to_string();
        Self {
            name: passkey.name.clone(),
            made: date(passkey.created_at),
            used: passkey.last_used_at.map_or_else(|| "noch nie".to_owned(), date),
        }
    }
}

/// What went wrong with which form.
#[derive(Default)]
pub(super) struct Shown {
    pub notice: Option<Notice>,
    /// Of the password in use and of the new one.
    pub password: [Option<String>; 2],
    /// Of the app's first code, and of the password beside it.
    pub code: [Option<String>; 2],
    pub removal: Option<String>,
    pub passkey_removal: Option<String>,
    pub recovery: Vec<String>,
}

impl Shown {
    pub(super) fn notice(notice: Notice) -> Self {
        Self { notice: Some(notice), ..Self::default() }
    }
}

/// `GET /konto`
pub(super) async fn show(own: SignedInAccount, visitor: Visitor) -> Answer {
    let notice = match visitor.asked("stand") {
        Some("pflicht") => Some(Notice {
            kind: "warning",
            title: "Ihre Stadt verlangt einen zweiten Faktor".to_owned(),
            text:
                "Richten Sie hier Codes aus einer App oder einen Passkey ein, dann geht es weiter."
                    .to_owned(),
        }),
        Some("ohne-passkey") => Some(Notice::success("Der Passkey ist entfernt", "")),
        Some("ohne") => Some(Notice::success("Der zweite Faktor ist entfernt", "")),
        _ => None,
    };
    page(&visitor, &own, StatusCode::OK, Shown { notice, ..Shown::default() }).await
}

pub(super) async fn page(
    visitor: &Visitor,
    own: &SignedInAccount,
    status: StatusCode,
    shown: Shown,
) -> Answer {
    let office = &visitor.state.office;
    let find = async || {
        let account = accounts::get(&office.db, own.id).await?;
        let Account { email, has_code_app, .. } = account.ok_or(tenant::Error::WrongCredentials)?;
        let passkeys = passkeys::list(&visitor.state, own.id).await?;
        let enrolment = if has_code_app {
            None
        } else {
            Some(second_factor::enrol(&office.db, &office.vault, own.id).await?)
        };
        Ok::<_, tenant::Error>((email, enrolment, passkeys))
    };
    let (email, enrolment, passkeys) = find().await.map_err(|error| fail(visitor, error))?;
    let Shown { notice, password: [old, new], code, removal, passkey_removal, recovery } = shown;
    let [code, code_password] = code;
    let names = passkeys.iter().map(|own| (own.id.to_string(), own.name.clone())).collect();
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
            let fields = [
                Field::line("code", "Code aus der App", "").problem(code),
                own_password("code-kennwort").problem(code_password),
            ];
            (enrolment, picture, fields)
        }),
        removal: own_password("kennwort").problem(removal),
        host: visitor.state.passkeys.as_ref().map(|site| site.host()),
        passkeys: passkeys.iter().map(Key::of).collect(),
        passkey_fields: [
            Field::line("name", "Name des Passkeys", "")
                .hint("Etwa das Gerät: „Diensttelefon“.")
                .optional(),
            own_password("neu-kennwort"),
        ],
        passkey_removal: [
            Field::choice("passkey", "Welcher", names, ""),
            own_password("passkey-kennwort").problem(passkey_removal),
        ],
        recovery,
    };
    Ok(render(status, &page))
}

/// The account's password, once more.
fn own_password(name: &'static str) -> Field {
    Field::password(name, "Kennwort", "current-password")
}

/// What the form with a new password sends.
#[derive(Deserialize)]
pub(super) struct Change {
    alt: String,
    neu: String,
}

pub(super) const REFUSED: StatusCode = StatusCode::UNPROCESSABLE_ENTITY;

/// Why a password that was asked for once more does not open.
pub(super) fn unconfirmed(error: Refused) -> Result<(StatusCode, String), tenant::Error> {
    match error {
        Refused::Wait(wait) => Ok((StatusCode::TOO_MANY_REQUESTS, too_many(wait).text)),
        Refused::By(tenant::Error::WrongCredentials) => {
            Ok((REFUSED, "Das ist nicht Ihr Kennwort.".to_owned()))
        }
        Refused::By(error) => Err(error),
    }
}

/// `POST /konto/kennwort`: all sessions of the account end, this one too.
pub(super) async fn change_password(
    own: SignedInAccount,
    visitor: Visitor,
    client: Client,
    Posted(given): Posted<Change>,
) -> Answer {
    let owner = own.owner(&client);
    let changed = account::change_password(&visitor.state, &owner, &given.alt, &given.neu).await;
    let (status, wrong) = match changed {
        Ok(()) => return Ok(signed_out(&visitor)),
        Err(Refused::By(tenant::Error::WeakPassword(weakness))) => {
            (REFUSED, [None, Some(why(weakness))])
        }
        Err(refused) => {
            let (status, words) = unconfirmed(refused).map_err(|error| fail(&visitor, error))?;
            (status, [Some(words), None])
        }
    };
    let notice = Notice::danger("Das Kennwort ist noch das alte", "");
    let shown = Shown { password: wrong, ..Shown::notice(notice) };
    page(&visitor, &own, status, shown).await
}

fn signed_out(visitor: &Visitor) -> Response {
    let cookie = session::closed(&visitor.state).map(|cookie| [(header::SET_COOKIE, cookie)]);
    (cookie, Redirect::to("/anmelden")).into_response()
}

/// What the form with the app's first code sends.
#[derive(Deserialize)]
pub(super) struct FirstCode {
    code: String,
    #[serde(rename = "code-kennwort")]
    password: String,
}

/// `POST /konto/zweiter-faktor`
pub(super) async fn activate(
    own: SignedInAccount,
    visitor: Visitor,
    client: Client,
    Posted(given): Posted<FirstCode>,
) -> Answer {
    let FirstCode { code, password } = given;
    let owner = own.owner(&client);
    let codes = account::activate_second_factor(&visitor.state, &owner, &code, &password).await;
    let (status, wrong) = match codes {
        Ok(recovery) => {
            let notice = Notice::success(
                "Der zweite Faktor ist eingerichtet",
                "Ab jetzt fragt die Anmeldung nach einem Code.",
            );
            let shown = Shown { recovery, ..Shown::notice(notice) };
            return page(&visitor, &own, StatusCode::OK, shown).await;
        }
        // Set up meanwhile, in another window.
        Err(Refused::By(tenant::Error::Forbidden)) => {
            return Ok(Redirect::to("/konto").into_response());
        }
        Err(Refused::By(tenant::Error::WrongCode)) => {
            let wrong = "Dieser Code stimmt nicht. Nehmen Sie den, der jetzt in der App steht, und prüfen Sie die Uhr des Telefons.";
            (REFUSED, [Some(wrong.to_owned()), None])
        }
        Err(refused) => {
            let (status, words) = unconfirmed(refused).map_err(|error| fail(&visitor, error))?;
            (status, [None, Some(words)])
        }
    };
    let notice = Notice::danger("Der zweite Faktor ist noch nicht eingerichtet", "");
    page(&visitor, &own, status, Shown { code: wrong, ..Shown::notice(notice) }).await
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
    client: Client,
    Posted(given): Posted<Removal>,
) -> Answer {
    let owner = own.owner(&client);
    let removed = account::remove_second_factor(&visitor.state, &owner, &given.kennwort).await;
    let Err(refused) = removed else {
        return Ok(Redirect::to("/konto?stand=ohne").into_response());
    };
    let (status, wrong) = unconfirmed(refused).map_err(|error| fail(&visitor, error))?;
    let notice = Notice::danger("Der zweite Faktor ist noch eingerichtet", "");
    let shown = Shown { removal: Some(wrong), ..Shown::notice(notice) };
    page(&visitor, &own, status, shown).await
}
