//! Signing in and out, choosing a password by a link, and the choice among one's towns.

use askama::Template;
use axum::{
    Form,
    extract::{Path, State},
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse as _, Redirect, Response},
};
use chrono::TimeDelta;
use serde::Deserialize;
use tenant::{
    accounts::{
        operators::{self, County},
        password::{MIN_LENGTH, Weakness},
        sessions::{self, SignedIn},
        tokens::{self, Purpose},
    },
    directory::Entry,
};

use super::{
    desk::{SignedInAccount, towns_of},
    field::Field,
    form::{Nothing, Posted},
    notice::Notice,
    session,
};
use crate::{
    layer::client::Client,
    staff,
    state::AppState,
    throttle::{self, Refused},
    web::{
        Answer,
        error::Failure,
        page::{Page, render},
        town::Visitor,
    },
};

/// A page of one form.
#[derive(Template)]
#[template(path = "staff/plain.html")]
struct Plain<'a> {
    page: &'a Page,
    title: &'static str,
    notice: Option<Notice>,
    lead: &'static str,
    action: &'a str,
    hidden: Vec<(&'static str, &'a str)>,
    fields: Vec<Field>,
    button: &'static str,
    links: Vec<(&'static str, &'static str)>,
}

#[derive(Template)]
#[template(path = "staff/towns.html")]
struct Towns<'a> {
    page: &'a Page,
    towns: &'a [Entry],
    counties: &'a [County],
    runs_platform: bool,
    form_token: &'a str,
}

/// `GET /anmelden`
pub(super) async fn form(visitor: Visitor) -> Answer {
    let onward = visitor.asked("weiter").unwrap_or_default();
    Ok(sign_in_page(&visitor, StatusCode::OK, onward, "", None))
}

fn sign_in_page(
    visitor: &Visitor,
    status: StatusCode,
    onward: &str,
    email: &str,
    notice: Option<Notice>,
) -> Response {
    let page = Plain {
        page: &visitor.page,
        title: "Anmelden",
        notice,
        lead: "",
        action: "/anmelden",
        hidden: vec![("weiter", onward)],
        fields: vec![
            Field::email(email),
            Field::password("kennwort", "Kennwort", "current-password"),
        ],
        button: "Anmelden",
        links: vec![("/kennwort/vergessen", "Kennwort vergessen?")],
    };
    render(status, &page)
}

/// What the form sends.
#[derive(Deserialize)]
pub(super) struct Credentials {
    email: String,
    kennwort: String,
    weiter: String,
}

/// `POST /anmelden`: a new session, whatever the browser brought.
pub(super) async fn sign_in(
    visitor: Visitor,
    client: Client,
    headers: HeaderMap,
    Form(given): Form<Credentials>,
) -> Answer {
    let state = &visitor.state;
    let email = given.email.trim();
    let refused =
        |status, notice| sign_in_page(&visitor, status, &given.weiter, email, Some(notice));
    match throttle::sign_in(state, &client.0, email, &given.kennwort).await {
        Ok(signed_in) => proceed(&visitor, &headers, signed_in, &given.weiter).await,
        Err(Refused::Wait(wait)) => {
            Ok(later(wait, refused(StatusCode::TOO_MANY_REQUESTS, too_many(wait))))
        }
        Err(Refused::By(tenant::Error::WrongCredentials)) => {
            let notice = Notice::danger(
                "E-Mail-Adresse oder Kennwort stimmen nicht",
                "Prüfen Sie beides und versuchen Sie es noch einmal.",
            );
            Ok(refused(StatusCode::UNPROCESSABLE_ENTITY, notice))
        }
        Err(Refused::By(error)) => Err(fail(&visitor, error)),
    }
}

/// To the wanted page with a session, or on to the second step.
async fn proceed(
    visitor: &Visitor,
    headers: &HeaderMap,
    signed_in: SignedIn,
    onward: &str,
) -> Answer {
    match signed_in {
        SignedIn::Session(token) => opened(visitor, headers, &token, onward).await,
        SignedIn::HalfWay(token) => Ok(code_page(visitor, StatusCode::OK, &token, onward, None)),
    }
}

async fn opened(visitor: &Visitor, headers: &HeaderMap, token: &str, wanted: &str) -> Answer {
    let state = &visitor.state;
    // What was open in this browser before ends.
    if let Some(old) = session::token(state, headers) {
        let ended = sessions::sign_out(&state.office.db, &old).await;
        ended.map_err(|error| fail(visitor, error))?;
    }
    let cookie = session::opened(state, token).map(|cookie| [(header::SET_COOKIE, cookie)]);
    Ok((cookie, Redirect::to(onward(wanted))).into_response())
}

fn code_page(
    visitor: &Visitor,
    status: StatusCode,
    token: &str,
    onward: &str,
    notice: Option<Notice>,
) -> Response {
    let code = Field::line("code", "Code", "")
        .hint("Sechs Ziffern aus der App auf Ihrem Telefon, oder einer Ihrer Ersatzcodes.");
    let page = Plain {
        page: &visitor.page,
        title: "Zweiter Schritt",
        notice,
        lead: "",
        action: "/anmelden/code",
        hidden: vec![("schritt", token), ("weiter", onward)],
        fields: vec![code],
        button: "Anmelden",
        links: Vec::new(),
    };
    render(status, &page)
}

/// What the form of the second step sends.
#[derive(Deserialize)]
pub(super) struct Code {
    schritt: String,
    code: String,
    weiter: String,
}

/// `POST /anmelden/code`
pub(super) async fn second_step(
    visitor: Visitor,
    client: Client,
    headers: HeaderMap,
    Form(given): Form<Code>,
) -> Answer {
    let again =
        |status, notice| code_page(&visitor, status, &given.schritt, &given.weiter, Some(notice));
    match throttle::second_step(&visitor.state, &client.0, &given.schritt, &given.code).await {
        Ok(token) => opened(&visitor, &headers, &token, &given.weiter).await,
        Err(Refused::Wait(wait)) => {
            Ok(later(wait, again(StatusCode::TOO_MANY_REQUESTS, too_many(wait))))
        }
        Err(Refused::By(tenant::Error::WrongCode)) => {
            let notice = Notice::danger(
                "Dieser Code stimmt nicht",
                "Jeder Code gilt einmal und eine halbe Minute lang. Nehmen Sie den, der jetzt in der App steht.",
            );
            Ok(again(StatusCode::UNPROCESSABLE_ENTITY, notice))
        }
        Err(Refused::By(tenant::Error::WrongCredentials)) => {
            let notice = Notice::danger(
                "Das hat zu lange gedauert",
                "Bitte melden Sie sich noch einmal an.",
            );
            let status = StatusCode::UNPROCESSABLE_ENTITY;
            Ok(sign_in_page(&visitor, status, &given.weiter, "", Some(notice)))
        }
        Err(Refused::By(error)) => Err(fail(&visitor, error)),
    }
}

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
        action: "/kennwort/vergessen",
        hidden: Vec::new(),
        fields: vec![Field::email("")],
        button: "Link schicken",
        links: vec![("/anmelden", "Zur Anmeldung")],
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
    Form(given): Form<Forgotten>,
) -> Answer {
    let state = &visitor.state;
    let email = given.email.trim();
    if let Err(Refused::Wait(wait)) =
        throttle::rarely(state, &client.0, &format!("forgotten:{email}"))
    {
        let status = StatusCode::TOO_MANY_REQUESTS;
        return Ok(later(wait, forgotten_page(&visitor, status, Some(too_many(wait)))));
    }
    let sent = staff::forgotten(&state.office, email).await;
    sent.map_err(|error| Failure::new(visitor.page.clone(), error.into()))?;
    let notice = Notice::success(
        "Sehen Sie in Ihre E-Mails",
        "Wenn es zu dieser Adresse ein Konto gibt, ist jetzt ein Link dorthin unterwegs. Er gilt zwei Stunden.",
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
        action: &action,
        hidden: Vec::new(),
        fields: vec![new_password().problem(problem)],
        button: "Speichern und anmelden",
        links: Vec::new(),
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
        action: "",
        hidden: Vec::new(),
        fields: Vec::new(),
        button: "",
        links: vec![
            ("/kennwort/vergessen", "Neuen Link anfordern"),
            ("/anmelden", "Zur Anmeldung"),
        ],
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
    Path(token): Path<String>,
    Form(given): Form<NewPassword>,
) -> Answer {
    let office = &visitor.state.office;
    let chosen = sessions::choose_password(&office.db, &token, &given.neu, office.now()).await;
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

fn too_many(wait: TimeDelta) -> Notice {
    let minutes = wait.num_minutes() + 1;
    let unit = if minutes == 1 { "Minute" } else { "Minuten" };
    Notice::danger("Zu viele Versuche", format!("Versuchen Sie es in {minutes} {unit} wieder."))
}

fn later(wait: TimeDelta, page: Response) -> Response {
    ([(header::RETRY_AFTER, wait.num_seconds().to_string())], page).into_response()
}

/// Where to go after signing in: a page of this site, never another.
fn onward(wanted: &str) -> &str {
    let own = wanted.starts_with('/') && !wanted.starts_with("//") && !wanted.contains('\\');
    if own { wanted } else { "/verwaltung" }
}

/// `POST /abmelden`
pub(super) async fn sign_out(
    State(state): State<AppState>,
    headers: HeaderMap,
    Posted(Nothing {}): Posted<Nothing>,
) -> Response {
    if let Some(token) = session::token(&state, &headers)
        && let Err(error) = sessions::sign_out(&state.office.db, &token).await
    {
        tracing::error!(%error, "a session stays open");
        return StatusCode::INTERNAL_SERVER_ERROR.into_response();
    }
    let cookie = session::closed(&state).map(|cookie| [(header::SET_COOKIE, cookie)]);
    (cookie, Redirect::to("/anmelden")).into_response()
}

/// `GET /verwaltung` of the platform: the choice among one's towns, or the only one at once.
pub(super) async fn towns(account: SignedInAccount, visitor: Visitor) -> Answer {
    let find = async || {
        let db = &visitor.state.office.db;
        let towns = towns_of(&visitor.state, account.id).await?;
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

/// The answer for a fault.
pub(super) fn fail(visitor: &Visitor, error: tenant::Error) -> Failure {
    Failure::new(visitor.page.clone(), error.into())
}

#[cfg(test)]
mod tests {
    use super::onward;

    #[test]
    fn signing_in_never_leads_to_another_site() {
        assert_eq!(
            onward("/lengerich/verwaltung?datum=2026-11-24"),
            "/lengerich/verwaltung?datum=2026-11-24"
        );
        for elsewhere in
            ["", "https://example.org", "//example.org", "/\\example.org", "javascript:1"]
        {
            assert_eq!(onward(elsewhere), "/verwaltung", "{elsewhere}");
        }
    }
}
