//! Choosing a password by the link of a mail, and asking for one.

use axum::{
    Form,
    extract::Path,
    http::{HeaderMap, StatusCode},
    response::Response,
};
use serde::Deserialize;
use tenant::{
    Way,
    accounts::{
        password::{MIN_LENGTH, Weakness},
        tokens::{self, Purpose},
    },
};

use super::{
    field::Field,
    notice::Notice,
    plain::{Plain, fail, too_many},
    session,
    sign_in::proceed,
};
use crate::{
    account,
    layer::client::Client,
    staff,
    throttle::{self, Caller, Refused},
    web::{
        Answer,
        error::Failure,
        page::{later, render},
        town::Visitor,
    },
};

/// `GET /kennwort/vergessen`
pub(super) async fn forgotten_form(visitor: Visitor) -> Answer {
    Ok(forgotten_page(&visitor, StatusCode::OK, None))
}

fn forgotten_page(visitor: &Visitor, status: StatusCode, notice: Option<Notice>) -> Response {
    let page = Plain {
        page: &visitor.page,
        title: "Kennwort vergessen",
        notice,
        lead: "Wir schicken Ihnen einen Link, mit dem Sie ein neues Kennwort wählen.",
        way: None,
        action: "/kennwort/vergessen",
        hidden: Vec::new(),
        fields: vec![Field::email("")],
        button: "Link schicken",
        links: vec![("/anmelden".to_owned(), "Zur Anmeldung")],
        passkeys: None,
    };
    render(status, &page)
}

/// What the form of those who forgot their password sends.
#[derive(Deserialize)]
pub(super) struct Forgotten {
    email: String,
}

/// `POST /kennwort/vergessen`: answers alike whether there is such an account or not.
pub(super) async fn forgotten(
    visitor: Visitor,
    client: Client,
    headers: HeaderMap,
    Form(given): Form<Forgotten>,
) -> Answer {
    let state = &visitor.state;
    let email = given.email.trim();
    let from = Caller { client: &client, browser: session::browser(state, &headers) };
    match throttle::forgotten(state, &from, email).await {
        Ok(()) => {}
        Err(Refused::Wait(wait)) => {
            let status = StatusCode::TOO_MANY_REQUESTS;
            return Ok(later(wait, forgotten_page(&visitor, status, Some(too_many(wait)))));
        }
        Err(Refused::By(error)) => return Err(fail(&visitor, error)),
    }
    let sent = staff::forgotten(&state.office, email).await;
    sent.map_err(|error| Failure::new(visitor.page.clone(), error.into()))?;
    let notice = Notice::success(
        "Sehen Sie in Ihre E-Mails",
        "Wenn unter dieser Adresse jemand in einer Stadt arbeitet, ist jetzt ein Link dorthin unterwegs. Er gilt zwei Stunden. Wer nur einen Kreis oder die Plattform betreut, bekommt einen vom Betrieb.",
    );
    Ok(forgotten_page(&visitor, StatusCode::OK, Some(notice)))
}

/// `GET /kennwort/{link}`: only looks, so that programs which open links use none up.
pub(super) async fn password_form(visitor: Visitor, Path(token): Path<String>) -> Answer {
    let office = &visitor.state.office;
    let holder = tokens::holder(&office.db, &token, Purpose::Password, office.now()).await;
    match holder.map_err(|error| fail(&visitor, error))? {
        Some(_) => Ok(password_page(&visitor, StatusCode::OK, &token, None)),
        None => Ok(used_up(&visitor)),
    }
}

fn password_page(
    visitor: &Visitor,
    status: StatusCode,
    token: &str,
    problem: Option<String>,
) -> Response {
    let action = format!("/kennwort/{token}");
    let notice = problem.is_some().then(|| Notice::danger("Dieses Kennwort reicht nicht", ""));
    let page = Plain {
        page: &visitor.page,
        title: "Kennwort wählen",
        notice,
        lead: "",
        way: None,
        action: &action,
        hidden: Vec::new(),
        fields: vec![new_password().problem(problem)],
        button: "Speichern und anmelden",
        links: Vec::new(),
        passkeys: None,
    };
    render(status, &page)
}

/// The field for a new password.
pub(super) fn new_password() -> Field {
    Field::password("neu", "Neues Kennwort", "new-password").hint(format!(
        "Mindestens {MIN_LENGTH} Zeichen. Gut sind vier, fünf Wörter, die nichts miteinander zu tun haben."
    ))
}

/// The words for why a password is refused.
pub(super) fn why(weakness: Weakness) -> String {
    match weakness {
        Weakness::Short => format!("Nehmen Sie mindestens {MIN_LENGTH} Zeichen."),
        Weakness::Long => "Nehmen Sie höchstens 200 Zeichen.".to_owned(),
        Weakness::Guessable => {
            "Dieses Kennwort ist leicht zu erraten. Nehmen Sie Wörter, die nicht zusammengehören, und nichts aus Ihrer Adresse.".to_owned()
        }
    }
}

fn used_up(visitor: &Visitor) -> Response {
    let page = Plain {
        page: &visitor.page,
        title: "Dieser Link gilt nicht mehr",
        notice: None,
        lead: "Er wurde schon benutzt oder ist zu alt. Lassen Sie sich einen neuen schicken.",
        way: None,
        action: "",
        hidden: Vec::new(),
        fields: Vec::new(),
        button: "",
        links: vec![
            ("/kennwort/vergessen".to_owned(), "Neuen Link anfordern"),
            ("/anmelden".to_owned(), "Zur Anmeldung"),
        ],
        passkeys: None,
    };
    render(StatusCode::GONE, &page)
}

/// What the form with a new password sends.
#[derive(Deserialize)]
pub(super) struct NewPassword {
    neu: String,
}

/// `POST /kennwort/{link}`
pub(super) async fn choose_password(
    visitor: Visitor,
    headers: HeaderMap,
    client: Client,
    Path(token): Path<String>,
    Form(given): Form<NewPassword>,
) -> Answer {
    let from = client.by(Way::Page);
    let chosen = account::choose_password(&visitor.state, from, &token, &given.neu).await;
    match chosen {
        Ok(signed_in) => proceed(&visitor, &headers, signed_in, "").await,
        Err(tenant::Error::WeakPassword(weakness)) => {
            let status = StatusCode::UNPROCESSABLE_ENTITY;
            Ok(password_page(&visitor, status, &token, Some(why(weakness))))
        }
        Err(tenant::Error::WrongCredentials) => Ok(used_up(&visitor)),
        Err(error) => Err(fail(&visitor, error)),
    }
}
