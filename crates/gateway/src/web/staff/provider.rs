//! Signing in at the town's own provider.

use axum::{
    RequestPartsExt as _,
    extract::{FromRequestParts, RawPathParams},
    http::{HeaderMap, StatusCode, request::Parts},
    response::{IntoResponse as _, Redirect, Response},
};
use tenant::{Origin, Scope, Way};

use super::{
    notice::Notice,
    plain::Plain,
    session,
    sign_in::{self, onward},
};
use crate::{
    layer::client::Client,
    openid::{self, Error, Fault, Handshake, Kept, Side},
    state::AppState,
    web::{
        Answer,
        links::address,
        page::render,
        returning::{answered, forgetting, remembering},
        town::{self, Door, Town, Visitor},
    },
};

/// How the sign-in page leads to a town's provider.
pub(super) struct Entrance {
    /// Text and address of the button.
    pub way: (String, String),
    /// Whether the town lets nobody in by another way.
    pub is_only: bool,
}

/// The provider of the town to which a page belongs.
pub(super) async fn entrance(visitor: &Visitor, wanted: &str) -> Option<Entrance> {
    let state = &visitor.state;
    let slug = onward(wanted).split(['/', '?']).nth(1)?;
    let entry = state.directory.by_slug(&state.office.db, slug).await.ok()??;
    let setup = state.office.setup(&Scope::citizen(entry.tenant)).await.ok()?;
    let provider = setup.town.staff_provider.as_ref()?;
    let text = format!("Mit {} anmelden", provider.name);
    let href = address(&format!("/{slug}/anmelden/anbieter"), [("weiter", wanted)]);
    Some(Entrance { way: (text, href), is_only: setup.town.staff_provider_only })
}

/// A town's door for its staff, before anybody is signed in.
pub(super) struct AtTheDoor {
    town: Town,
    visitor: Visitor,
    headers: HeaderMap,
    from: Origin,
}

impl FromRequestParts<AppState> for AtTheDoor {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, Response> {
        let params = parts.extract::<RawPathParams>().await.ok();
        let slug = params.iter().flatten().find(|(name, _)| *name == "town");
        let slug = slug.map(|(_, slug)| slug.to_owned());
        let town = town::visit(parts, state, slug.as_deref(), Door::Staff).await;
        let visitor = Visitor::from_request_parts(parts, state).await;
        Ok(Self {
            town: town.map_err(|failure| failure.into_response())?,
            visitor: visitor.map_err(|failure| failure.into_response())?,
            headers: parts.headers.clone(),
            from: Client::of(parts, state).by(Way::Page),
        })
    }
}

impl AtTheDoor {
    fn state(&self) -> &AppState {
        &self.visitor.state
    }

    fn at(&self, path: &str) -> String {
        format!("{}{path}", self.town.page.links.prefix)
    }

    /// A page of this console, never another.
    fn wanted(&self, page: &str) -> String {
        let own = self.at("/verwaltung");
        if page.starts_with(&own) { onward(page).to_owned() } else { own }
    }

    /// The page that says why nobody is signed in.
    fn refuse(&self, error: Error, wanted: &str) -> Answer {
        let setup = &self.town.setup.town;
        let name = setup.staff_provider.as_ref().map_or("der Anbieter", |own| &own.name);
        let (status, notice) = match error {
            Error::Other(scheduling::Error::Tenant(error)) => match person(&error, name) {
                Some(notice) => (StatusCode::FORBIDDEN, notice),
                None => return Err(self.town.fail(error)),
            },
            Error::Other(error) => return Err(self.town.fail(error)),
            Error::Provider(fault) => {
                let title = format!("Die Anmeldung über {name} geht gerade nicht");
                (StatusCode::BAD_GATEWAY, Notice::danger(title, words(fault)))
            }
            Error::NotOffered => {
                let text = "Melden Sie sich mit E-Mail-Adresse und Kennwort an.";
                let notice = Notice::danger("Diese Stadt hat keinen Anbieter", text);
                (StatusCode::NOT_FOUND, notice)
            }
            Error::Foreign | Error::Late | Error::Used | Error::Refused => {
                (StatusCode::UNPROCESSABLE_ENTITY, again(&error))
            }
        };
        let again = address(&self.at("/anmelden/anbieter"), [("weiter", wanted)]);
        let way =
            setup.staff_provider.as_ref().map(|_| ("Noch einmal versuchen".to_owned(), again));
        let page = Plain {
            page: &self.town.page,
            title: "Nicht angemeldet",
            notice: Some(notice),
            lead: "",
            way,
            action: "",
            hidden: Vec::new(),
            fields: Vec::new(),
            button: "",
            links: vec![(address("/anmelden", [("weiter", wanted)]), "Zur Anmeldung")],
            passkeys: None,
        };
        Ok(render(status, &page))
    }
}

/// `GET /{town}/anmelden`: the page for signing in, as this town's.
pub(super) async fn show(door: AtTheDoor) -> Redirect {
    let wanted = door.at("/verwaltung");
    Redirect::to(&address("/anmelden", [("weiter", wanted.as_str())]))
}

/// `GET /{town}/anmelden/anbieter`: on to the provider.
pub(super) async fn leave(door: AtTheDoor) -> Answer {
    let asked = door.visitor.asked("weiter").unwrap_or_default();
    let wanted = door.wanted(asked);
    let state = door.state();
    let redirect = openid::redirect(state, Side::Staff, &door.town.page.links.prefix, None);
    let kept = Kept::new(wanted.clone(), String::new());
    match openid::leave(state, &door.town.scope, Side::Staff, redirect, kept).await {
        Ok(left) => Ok(remembering(state, &left, Redirect::to(&left.address).into_response())),
        Err(error) => door.refuse(error, &wanted),
    }
}

/// `GET /{town}/anmelden/antwort`: back from the provider.
pub(super) async fn come_back(door: AtTheDoor) -> Answer {
    let state = door.state();
    let scope = &door.town.scope;
    let answer = answered(&door.visitor.query);
    let held = session::handshake(state, &door.headers).unwrap_or_default();
    let mut wanted = door.wanted("");
    let sign_in = async {
        let handshake = Handshake::open(&state.office, scope, Side::Staff, &held).await?;
        wanted = door.wanted(&handshake.kept.page);
        openid::sign_in(state, scope, &handshake, &answer, door.from).await
    };
    let signed_in = sign_in.await;
    let response = match signed_in {
        Ok(token) => sign_in::opened(&door.visitor, &door.headers, &token, &wanted).await?,
        Err(error) => door.refuse(error, &wanted)?,
    };
    Ok(forgetting(state, response))
}

/// Why somebody whom the provider has signed in is nobody here.
fn person(error: &tenant::Error, provider: &str) -> Option<Notice> {
    match error {
        tenant::Error::UnknownPerson => Some(Notice::danger(
            "Sie haben in dieser Stadt keine Rolle",
            format!(
                "{provider} hat Sie angemeldet, aber keine bestätigte E-Mail-Adresse genannt, zu der es hier eine Rolle gibt. Wer die Stadt einrichtet, kann Sie unter „Personal“ einladen."
            ),
        )),
        tenant::Error::AnotherPerson => Some(Notice::danger(
            "Diese Rolle gehört einer anderen Person",
            format!(
                "Zu Ihrer Adresse gibt es hier eine Rolle, aber {provider} hat unter ihr schon jemand anderen angemeldet. Wer die Stadt einrichtet, kann den Zugang entziehen und neu vergeben."
            ),
        )),
        _ => None,
    }
}

/// Why it has to begin anew.
fn again(error: &Error) -> Notice {
    let (title, text) = match error {
        Error::Late => (
            "Das hat zu lange gedauert",
            "Für eine Anmeldung sind zehn Minuten Zeit. Bitte fangen Sie noch einmal an.",
        ),
        Error::Used => (
            "Diese Anmeldung ist schon verbraucht",
            "Jede Antwort des Anbieters gilt nur einmal. Bitte fangen Sie noch einmal an.",
        ),
        Error::Refused => (
            "Der Anbieter hat Sie nicht angemeldet",
            "Entweder haben Sie abgebrochen, oder der Anbieter lässt Sie nicht zu.",
        ),
        _ => (
            "Diese Antwort gehört nicht zu Ihrer Anmeldung",
            "Sie wurde in einem anderen Browser oder in einem anderen Fenster begonnen. Bitte fangen Sie noch einmal an.",
        ),
    };
    Notice::danger(title, text)
}

/// What is wrong with a provider, and who can mend it.
pub(super) fn words(fault: Fault) -> String {
    let text = match fault {
        Fault::Address => {
            "Die Adresse des Anbieters ist keine Adresse. Erwartet wird etwas wie https://login.stadt.de/realms/stadt."
        }
        Fault::Forbidden => {
            "Die Adresse liegt in einem privaten Netz oder hat kein TLS (https). Der Betrieb dieser Plattform lässt das nicht zu."
        }
        Fault::Silent => {
            "Unter der Adresse des Anbieters antwortet niemand. Ist sie richtig, und ist der Anbieter aus dem Internet zu erreichen?"
        }
        Fault::NoDocument(status) => {
            return format!(
                "Unter der Adresse des Anbieters steht keine Beschreibung: /.well-known/openid-configuration antwortet mit {status}. Bei Keycloak gehört der Realm zur Adresse, bei Entra die Kennung des Mandanten und /v2.0."
            );
        }
        Fault::Malformed => {
            "Was der Anbieter über sich schreibt, lässt sich nicht lesen. Ist das die Adresse eines OpenID-Connect-Anbieters?"
        }
        Fault::Issuer => {
            "Der Anbieter nennt sich selbst anders. Übernehmen Sie die Adresse genau so, wie sie in seiner Beschreibung als „issuer“ steht, auch den Schrägstrich am Ende."
        }
        Fault::NoTokens => {
            "Der Anbieter hat keinen Endpunkt für Token (token_endpoint); der Ablauf mit Code geht dort nicht."
        }
        Fault::Client => {
            "Der Anbieter kennt die Client-ID nicht, oder das Geheimnis ist ein anderes."
        }
        Fault::Code => {
            "Der Anbieter nimmt seinen eigenen Code nicht zurück. Ist die Rückkehradresse dort genau so eingetragen, wie sie in der Einrichtung steht?"
        }
        Fault::NoIdToken => {
            "Der Anbieter hat kein ID-Token geschickt. Ist der Client dort für OpenID Connect eingerichtet?"
        }
        Fault::Nonce => {
            "Das ID-Token gehört zu einer anderen Anmeldung (nonce). Bitte fangen Sie noch einmal an."
        }
        Fault::Audience => "Das ID-Token ist für jemand anderen ausgestellt (aud).",
        Fault::TokenIssuer => "Das ID-Token kommt von einem anderen Anbieter (iss).",
        Fault::Signature => "Die Unterschrift des ID-Tokens stimmt nicht.",
        Fault::Expired => {
            "Das ID-Token ist abgelaufen oder kommt aus der Zukunft. Gehen die Uhren richtig?"
        }
        Fault::Token => "Das ID-Token ist nicht zu gebrauchen.",
    };
    text.to_owned()
}
