//! Passkeys: making one, removing one, signing in with one. The page's script asks the authenticator
//! and sends the page's own form with its answer.

use axum::{
    Form, Json,
    extract::State,
    http::{HeaderMap, StatusCode},
    response::{IntoResponse as _, Redirect, Response},
};
use serde::Deserialize;
use serde_json::{Value, json};
use tenant::{
    Way,
    accounts::passkeys::{Ceremony, Refusal},
};
use uuid::Uuid;

use super::{
    account::{self, REFUSED, Shown, unconfirmed},
    desk::SignedInAccount,
    form::Posted,
    notice::Notice,
    plain::{fail, too_many},
    session,
    sign_in::{opened, sign_in_page},
};
use crate::{
    layer::client::Client,
    passkeys,
    state::AppState,
    throttle::{self, Caller, Refused},
    web::{Answer, page::later, town::Visitor},
};

/// `POST /anmelden/passkey/beginn`
pub(super) async fn begin_sign_in(State(state): State<AppState>) -> Response {
    begun(passkeys::begin_sign_in(&state).await)
}

/// What the script sends of the form for a new passkey.
#[derive(Deserialize)]
pub(super) struct Begin {
    #[serde(rename = "neu-kennwort")]
    password: String,
}

/// `POST /konto/passkey/beginn`
pub(super) async fn begin(
    own: SignedInAccount,
    State(state): State<AppState>,
    client: Client,
    Posted(Begin { password }): Posted<Begin>,
) -> Response {
    match passkeys::begin(&state, &own.owner(&client), &password).await {
        Ok(ceremony) => begun(Ok(ceremony)),
        Err(Refused::By(error @ tenant::Error::Passkey(_))) => begun(Err(error)),
        Err(refused) => match unconfirmed(refused) {
            Ok((status, words)) => (status, words).into_response(),
            Err(error) => begun(Err(error)),
        },
    }
}

/// What the script needs.
fn begun(ceremony: Result<Ceremony, tenant::Error>) -> Response {
    match ceremony {
        Ok(Ceremony { token, options }) => {
            Json(json!({ "vorgang": token, "optionen": options })).into_response()
        }
        Err(tenant::Error::Passkey(refusal)) => (REFUSED, why(refusal)).into_response(),
        Err(error) => {
            tracing::error!(%error, "no ceremony");
            StatusCode::INTERNAL_SERVER_ERROR.into_response()
        }
    }
}

/// What the sign-in form sends.
#[derive(Deserialize)]
pub(super) struct SignIn {
    vorgang: String,
    antwort: String,
    weiter: String,
}

/// `POST /anmelden/passkey`: a new session, whatever the browser brought.
pub(super) async fn sign_in(
    visitor: Visitor,
    client: Client,
    headers: HeaderMap,
    Form(given): Form<SignIn>,
) -> Answer {
    let state = &visitor.state;
    let refused = async |status, notice| {
        sign_in_page(&visitor, status, &given.weiter, "", Some(notice)).await
    };
    let answer = read(&given.antwort);
    let from = Caller { client: &client, browser: session::browser(state, &headers) };
    match throttle::passkey(state, &from, Way::Page, &given.vorgang, &answer).await {
        Ok(token) => opened(&visitor, &headers, &token, &given.weiter).await,
        Err(Refused::Wait(wait)) => {
            Ok(later(wait, refused(StatusCode::TOO_MANY_REQUESTS, too_many(wait)).await))
        }
        Err(Refused::By(tenant::Error::Passkey(refusal))) => {
            let notice = Notice::danger("Die Anmeldung hat nicht geklappt", why(refusal));
            Ok(refused(REFUSED, notice).await)
        }
        Err(Refused::By(error)) => Err(fail(&visitor, error)),
    }
}

/// What the form for a new passkey sends.
#[derive(Deserialize)]
pub(super) struct New {
    vorgang: String,
    antwort: String,
    name: String,
}

/// `POST /konto/passkey`
pub(super) async fn add(
    own: SignedInAccount,
    visitor: Visitor,
    client: Client,
    Posted(given): Posted<New>,
) -> Answer {
    let answer = read(&given.antwort);
    let answer = (given.vorgang.as_str(), &answer);
    let owner = own.owner(&client);
    match passkeys::finish(&visitor.state, &owner, answer, &given.name).await {
        Ok(recovery) => {
            let text = "Ab jetzt melden Sie sich damit an, ohne Kennwort und Code.";
            let notice = Notice::success("Der Passkey ist eingerichtet", text);
            let shown = Shown { recovery, ..Shown::notice(notice) };
            account::page(&visitor, &own, StatusCode::OK, shown).await
        }
        Err(tenant::Error::Passkey(refusal)) => {
            let notice = Notice::danger("Der Passkey ist nicht eingerichtet", why(refusal));
            account::page(&visitor, &own, REFUSED, Shown::notice(notice)).await
        }
        Err(error) => Err(fail(&visitor, error)),
    }
}

/// What the form that removes a passkey sends.
#[derive(Deserialize)]
pub(super) struct Removal {
    passkey: Uuid,
    #[serde(rename = "passkey-kennwort")]
    password: String,
}

/// `POST /konto/passkey/entfernen`
pub(super) async fn remove(
    own: SignedInAccount,
    visitor: Visitor,
    client: Client,
    Posted(given): Posted<Removal>,
) -> Answer {
    let Removal { passkey, password } = given;
    let removed = passkeys::remove(&visitor.state, &own.owner(&client), passkey, &password).await;
    let Err(refused) = removed else {
        return Ok(Redirect::to("/konto?stand=ohne-passkey").into_response());
    };
    let (status, wrong) = unconfirmed(refused).map_err(|error| fail(&visitor, error))?;
    let notice = Notice::danger("Der Passkey ist noch eingerichtet", "");
    let shown = Shown { passkey_removal: Some(wrong), ..Shown::notice(notice) };
    account::page(&visitor, &own, status, shown).await
}

/// What is no JSON is no answer either.
fn read(answer: &str) -> Value {
    serde_json::from_str(answer).unwrap_or_default()
}

/// The words for why a passkey is not accepted.
fn why(refusal: Refusal) -> &'static str {
    match refusal {
        Refusal::Outdated => "Das hat zu lange gedauert. Versuchen Sie es noch einmal.",
        Refusal::Unsound => {
            "Dieser Passkey gehört zu keinem Konto, oder Ihr Gerät hat Sie nicht geprüft (Finger, Gesicht oder PIN)."
        }
        Refusal::Copied(_) => {
            "Dieser Passkey ist womöglich kopiert worden. Melden Sie sich mit dem Kennwort an und entfernen Sie ihn."
        }
        Refusal::TooMany => "Sie haben schon zehn Passkeys. Entfernen Sie zuerst einen.",
        Refusal::NoHost => {
            "Diese Plattform hat keinen Namen im Netz, an den ein Passkey gebunden werden kann."
        }
    }
}
