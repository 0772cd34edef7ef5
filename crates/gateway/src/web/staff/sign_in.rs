//! Signing in and out.

use axum::{
    Form,
    extract::State,
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{AppendHeaders, IntoResponse as _, Redirect, Response},
};
use serde::Deserialize;
use tenant::accounts::{
    browsers,
    sessions::{self, SignedIn},
};

use super::{
    field::Field,
    form::{Nothing, Posted},
    notice::Notice,
    plain::{Plain, fail, too_many},
    provider, session,
};
use crate::{
    layer::client::Client,
    state::AppState,
    throttle::{self, Caller, Refused},
    web::{
        Answer,
        page::{later, render},
        town::Visitor,
    },
};

/// `GET /anmelden`
pub(super) async fn form(visitor: Visitor) -> Answer {
    let onward = visitor.asked("weiter").unwrap_or_default();
    let notice = match visitor.asked("stand") {
        Some("stadt") => Some(Notice {
            kind: "info",
            title: "Bitte melden Sie sich hierfür noch einmal an".to_owned(),
            text: "Der Anbieter einer Stadt bürgt nur für diese Stadt. Für andere Städte, für Ihr Konto und für den Betrieb gilt Ihre Anmeldung dort nicht.".to_owned(),
        }),
        Some("anbieter") => Some(Notice {
            kind: "info",
            title: "Diese Stadt meldet ihr Personal selbst an".to_owned(),
            text: "Mit dem Kennwort kommen Sie hier nicht weiter.".to_owned(),
        }),
        _ => None,
    };
    Ok(sign_in_page(&visitor, StatusCode::OK, onward, "", notice).await)
}

pub(super) async fn sign_in_page(
    visitor: &Visitor,
    status: StatusCode,
    onward: &str,
    email: &str,
    notice: Option<Notice>,
) -> Response {
    let entrance = provider::entrance(visitor, onward).await;
    let only = entrance.as_ref().is_some_and(|own| own.is_only);
    let (fields, links) = if only {
        (Vec::new(), vec![("/anmelden".to_owned(), "Für eine andere Stadt anmelden")])
    } else {
        let password = Field::password("kennwort", "Kennwort", "current-password");
        let forgotten = ("/kennwort/vergessen".to_owned(), "Kennwort vergessen?");
        (vec![Field::email(email), password], vec![forgotten])
    };
    let site = visitor.state.passkeys.as_ref().filter(|_| !only);
    let page = Plain {
        page: &visitor.page,
        title: "Anmelden",
        notice,
        lead: "",
        way: entrance.map(|own| own.way),
        action: "/anmelden",
        hidden: vec![("weiter", onward)],
        fields,
        button: "Anmelden",
        links,
        passkeys: site.map(|site| (site.host(), onward)),
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
    let refused = async |status, notice| {
        sign_in_page(&visitor, status, &given.weiter, email, Some(notice)).await
    };
    let from = Caller { client: &client, browser: session::browser(state, &headers) };
    match throttle::sign_in(state, &from, email, &given.kennwort).await {
        Ok(signed_in) => proceed(&visitor, &headers, signed_in, &given.weiter).await,
        Err(Refused::Wait(wait)) => {
            Ok(later(wait, refused(StatusCode::TOO_MANY_REQUESTS, too_many(wait)).await))
        }
        Err(Refused::By(tenant::Error::WrongCredentials)) => {
            let notice = Notice::danger(
                "E-Mail-Adresse oder Kennwort stimmen nicht",
                "Prüfen Sie beides und versuchen Sie es noch einmal.",
            );
            Ok(refused(StatusCode::UNPROCESSABLE_ENTITY, notice).await)
        }
        Err(Refused::By(error)) => Err(fail(&visitor, error)),
    }
}

/// To the wanted page with a session, or on to the second step.
pub(super) async fn proceed(
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

/// To the wanted page, with a new session.
pub(super) async fn opened(
    visitor: &Visitor,
    headers: &HeaderMap,
    token: &str,
    wanted: &str,
) -> Answer {
    let state = &visitor.state;
    // What was open in this browser before ends.
    if let Some(old) = session::token(state, headers) {
        let ended = sessions::sign_out(&state.office.db, &old).await;
        ended.map_err(|error| fail(visitor, error))?;
    }
    let known = remember(state, headers, token).await.map_err(|error| fail(visitor, error))?;
    let cookies = session::opened(state, token).into_iter().chain(known);
    let cookies = cookies.map(|cookie| (header::SET_COOKIE, cookie));
    Ok((AppendHeaders(cookies), Redirect::to(onward(wanted))).into_response())
}

/// Notes that somebody has signed in in this browser; returns the cookie by which it is known. Whom
/// a town's provider has signed in needs none: no password is asked there.
async fn remember(
    state: &AppState,
    headers: &HeaderMap,
    token: &str,
) -> Result<Option<HeaderValue>, tenant::Error> {
    let (db, now) = (&state.office.db, state.office.now());
    let session = sessions::find(db, token, now).await?;
    let Some(Ok(account)) = session.map(|session| session.whole()) else { return Ok(None) };
    let known = browsers::remember(db, session::browser(state, headers), account, now).await?;
    Ok(session::known(state, &known))
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
        way: None,
        action: "/anmelden/code",
        hidden: vec![("schritt", token), ("weiter", onward)],
        fields: vec![code],
        button: "Anmelden",
        links: vec![("/anmelden".to_owned(), "Mit Passkey oder anderem Konto anmelden")],
        passkeys: None,
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
    let state = &visitor.state;
    let from = Caller { client: &client, browser: session::browser(state, &headers) };
    match throttle::second_step(state, &from, &given.schritt, &given.code).await {
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
            Ok(sign_in_page(&visitor, status, &given.weiter, "", Some(notice)).await)
        }
        Err(Refused::By(error)) => Err(fail(&visitor, error)),
    }
}

/// Where to go after signing in: a page of this site, never another.
pub(super) fn onward(wanted: &str) -> &str {
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
