//! A small OpenID Connect provider: discovery, keys, sign-in, tokens signed with RSA. It asks nobody
//! for a password: whoever comes is the person that the test has named.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

use axum::{
    Form, Json, Router,
    extract::{Query, State},
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse as _, Redirect, Response},
    routing::{get, post},
};
use base64::{
    Engine as _,
    engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD},
};
use openidconnect::{
    JsonWebKeyId, PrivateSigningKey as _,
    core::{CoreJwsSigningAlgorithm, CoreRsaPrivateSigningKey},
};
use rsa::{RsaPrivateKey, pkcs1::EncodeRsaPrivateKey as _, rand_core::OsRng};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use tokio::net::TcpListener;

/// What the town is to the provider.
pub const CLIENT: &str = "amtstermin";
/// The secret that the provider has given the town; it needs escaping on its way.
pub const SECRET: &str = "geheim & lang/+%";

/// What a provider does wrong.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Wrong {
    /// Nothing.
    #[default]
    Nothing,
    /// The ID token has another nonce.
    Nonce,
    /// The ID token is for another client.
    Audience,
    /// The ID token is by another issuer.
    Issuer,
    /// The ID token is signed with another key than the published one.
    Signature,
    /// The ID token is signed with the shared secret, as anybody could who knows it.
    SharedSecret,
    /// The ID token is not signed at all.
    Unsigned,
    /// The ID token has expired.
    Expired,
    /// The discovery document names another issuer.
    Discovery,
    /// The discovery document sends people to a script.
    Script,
    /// The person refuses.
    Refusal,
    /// Requests are answered with an error.
    Down,
}

/// Whom the provider signs in.
#[derive(Clone, Debug)]
pub struct Person {
    /// Subject.
    pub subject: String,
    /// Address, unless it names none.
    pub email: Option<String>,
    /// Whether it has verified the address.
    pub verified: bool,
    /// Name.
    pub name: String,
    /// Whether name and address are told at the user info endpoint only.
    pub apart: bool,
}

impl Person {
    /// Somebody with a verified address.
    #[must_use]
    pub fn with(subject: &str, email: &str) -> Self {
        Self {
            subject: subject.to_owned(),
            email: Some(email.to_owned()),
            verified: true,
            name: "Erika Mustermann".to_owned(),
            apart: false,
        }
    }
}

/// What was asked of the provider with a code.
#[derive(Clone, Debug)]
struct Asked {
    nonce: String,
    challenge: String,
    redirect: String,
    person: Person,
}

#[derive(Debug)]
struct Inside {
    wrong: Wrong,
    person: Person,
    codes: HashMap<String, Asked>,
    tokens: HashMap<String, Person>,
    count: u64,
}

/// A running provider on a free port of 127.0.0.1.
#[derive(Clone)]
pub struct Identity {
    /// Its address, which is its issuer.
    pub issuer: String,
    now: i64,
    key: Arc<CoreRsaPrivateSigningKey>,
    other: Arc<CoreRsaPrivateSigningKey>,
    inside: Arc<Mutex<Inside>>,
}

impl std::fmt::Debug for Identity {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Identity").field("issuer", &self.issuer).finish_non_exhaustive()
    }
}

fn key() -> Arc<CoreRsaPrivateSigningKey> {
    let made = RsaPrivateKey::new(&mut OsRng, 2048).expect("a key");
    let pem = made.to_pkcs1_pem(rsa::pkcs1::LineEnding::LF).expect("PEM");
    let id = Some(JsonWebKeyId::new("key-1".to_owned()));
    Arc::new(CoreRsaPrivateSigningKey::from_pem(&pem, id).expect("a key"))
}

impl Identity {
    /// Starts one whose clock stands at an instant (RFC 3339); it may be asked as soon as this
    /// returns.
    pub async fn start(now: &str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let issuer = format!("http://{}/realms/stadt", listener.local_addr().expect("an address"));
        let now = chrono::DateTime::parse_from_rfc3339(now).expect("an instant").timestamp();
        let person = Person::with("subject-1", "admin@altena.example");
        let (wrong, codes, tokens) = (Wrong::Nothing, HashMap::new(), HashMap::new());
        let inside = Arc::new(Mutex::new(Inside { wrong, person, codes, tokens, count: 0 }));
        let own = Self { issuer, now, key: key(), other: key(), inside };
        let realm = Router::new()
            .route("/.well-known/openid-configuration", get(discovery))
            .route("/keys", get(keys))
            .route("/sign-in", get(sign_in))
            .route("/token", post(token))
            .route("/me", get(me));
        let app = Router::new().nest("/realms/stadt", realm).with_state(own.clone());
        tokio::spawn(async move { axum::serve(listener, app).await });
        own
    }

    /// Changes what it does wrong.
    pub fn does_wrong(&self, wrong: Wrong) {
        self.lock().wrong = wrong;
    }

    /// Changes whom it signs in.
    pub fn signs_in(&self, person: Person) {
        self.lock().person = person;
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Inside> {
        self.inside.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn wrong(&self) -> Wrong {
        self.lock().wrong
    }

    fn id_token(&self, asked: &Asked) -> String {
        let wrong = self.wrong();
        let or = |kind, good: &str, bad: &str| if wrong == kind { bad } else { good }.to_owned();
        let lifetime = if wrong == Wrong::Expired { -60 } else { 3600 };
        let mut claims = json!({
            "iss": or(Wrong::Issuer, &self.issuer, "https://elsewhere.example"),
            "aud": or(Wrong::Audience, CLIENT, "another-client"),
            "sub": asked.person.subject,
            "nonce": or(Wrong::Nonce, &asked.nonce, "another-nonce"),
            "iat": self.now - 120,
            "exp": self.now + lifetime,
        });
        if !asked.person.apart {
            tell(&mut claims, &asked.person);
        }
        let algorithm = match wrong {
            Wrong::SharedSecret => "HS256",
            Wrong::Unsigned => "none",
            _ => "RS256",
        };
        let header = json!({ "alg": algorithm, "typ": "JWT", "kid": "key-1" });
        let encode = |part: &Value| URL_SAFE_NO_PAD.encode(part.to_string());
        let signed = format!("{}.{}", encode(&header), encode(&claims));
        let signature = self.signature(wrong, signed.as_bytes());
        format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature))
    }

    fn signature(&self, wrong: Wrong, text: &[u8]) -> Vec<u8> {
        use hmac::{Hmac, KeyInit as _, Mac as _};
        let key = match wrong {
            Wrong::Unsigned => return Vec::new(),
            Wrong::SharedSecret => {
                let mut mac = Hmac::<Sha256>::new_from_slice(SECRET.as_bytes()).expect("a key");
                mac.update(text);
                return mac.finalize().into_bytes().to_vec();
            }
            Wrong::Signature => &self.other,
            _ => &self.key,
        };
        key.sign(&CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha256, text).expect("a signature")
    }
}

fn tell(claims: &mut Value, person: &Person) {
    claims["name"] = json!(person.name);
    if let Some(email) = &person.email {
        claims["email"] = json!(email);
        claims["email_verified"] = json!(person.verified);
    }
}

async fn discovery(State(own): State<Identity>) -> Response {
    if own.wrong() == Wrong::Down {
        return StatusCode::INTERNAL_SERVER_ERROR.into_response();
    }
    let issuer = &own.issuer;
    let named = if own.wrong() == Wrong::Discovery { "https://elsewhere.example" } else { issuer };
    let way = if own.wrong() == Wrong::Script {
        "javascript:alert(1)".to_owned()
    } else {
        format!("{issuer}/sign-in")
    };
    Json(json!({
        "issuer": named,
        "authorization_endpoint": way,
        "token_endpoint": format!("{issuer}/token"),
        "userinfo_endpoint": format!("{issuer}/me"),
        "jwks_uri": format!("{issuer}/keys"),
        "response_types_supported": ["code"],
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": ["RS256", "HS256", "none"],
        "code_challenge_methods_supported": ["S256"],
    }))
    .into_response()
}

async fn keys(State(own): State<Identity>) -> Json<Value> {
    Json(json!({ "keys": [own.key.as_verification_key()] }))
}

async fn sign_in(
    State(own): State<Identity>,
    Query(asked): Query<HashMap<String, String>>,
) -> Response {
    let of = |name: &str| asked.get(name).cloned().unwrap_or_default();
    let scopes = of("scope");
    let is_sound = of("response_type") == "code"
        && of("client_id") == CLIENT
        && of("code_challenge_method") == "S256"
        && scopes.split(' ').any(|scope| scope == "openid");
    if !is_sound {
        return (StatusCode::BAD_REQUEST, format!("{asked:?}")).into_response();
    }
    let (redirect, state) = (of("redirect_uri"), of("state"));
    let back = |name: &str, value: &str| {
        Redirect::to(&format!("{redirect}?{name}={value}&state={state}")).into_response()
    };
    if own.wrong() == Wrong::Refusal {
        return back("error", "access_denied");
    }
    let mut inside = own.lock();
    inside.count += 1;
    let code = format!("code-{}", inside.count);
    let (nonce, challenge) = (of("nonce"), of("code_challenge"));
    let person = inside.person.clone();
    let kept = Asked { nonce, challenge, redirect: redirect.clone(), person };
    inside.codes.insert(code.clone(), kept);
    back("code", &code)
}

async fn token(
    State(own): State<Identity>,
    headers: HeaderMap,
    Form(given): Form<HashMap<String, String>>,
) -> Response {
    let refused =
        |status: StatusCode, error: &str| (status, Json(json!({ "error": error }))).into_response();
    // RFC 6749, 2.3.1: both are form-encoded before they are joined.
    let expected = format!("{CLIENT}:geheim+%26+lang%2F%2B%25");
    let expected = format!("Basic {}", STANDARD.encode(expected));
    let known = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    if known != Some(expected.as_str()) {
        return refused(StatusCode::UNAUTHORIZED, "invalid_client");
    }
    let of = |name: &str| given.get(name).cloned().unwrap_or_default();
    // A code works once.
    let Some(asked) = own.lock().codes.remove(&of("code")) else {
        return refused(StatusCode::BAD_REQUEST, "invalid_grant");
    };
    let proof = URL_SAFE_NO_PAD.encode(Sha256::digest(of("code_verifier")));
    if proof != asked.challenge || of("redirect_uri") != asked.redirect {
        return refused(StatusCode::BAD_REQUEST, "invalid_grant");
    }
    let id_token = own.id_token(&asked);
    let access = format!("access-{}", of("code"));
    own.lock().tokens.insert(access.clone(), asked.person);
    Json(json!({ "access_token": access, "token_type": "Bearer", "id_token": id_token }))
        .into_response()
}

async fn me(State(own): State<Identity>, headers: HeaderMap) -> Response {
    let bearer = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    let token = bearer.and_then(|value| value.strip_prefix("Bearer ")).unwrap_or_default();
    let Some(person) = own.lock().tokens.get(token).cloned() else {
        return StatusCode::UNAUTHORIZED.into_response();
    };
    let mut claims = json!({ "sub": person.subject });
    tell(&mut claims, &person);
    Json(claims).into_response()
}
