//! What the fuzz targets share: a service in this process, and what its answers may never be.

use std::sync::{
    LazyLock,
    atomic::{AtomicU32, Ordering},
};

use axum::{
    Router,
    body::{self, Body},
    http::{Method, Request, header},
};
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::runtime::Runtime;
use tower::ServiceExt as _;

/// A Monday morning on which the shipped towns are open.
pub const MORNING: &str = "2026-11-23T08:00:00Z";

/// What the service was asked.
#[derive(Clone, Copy, Debug)]
pub enum Question<'a> {
    /// A page.
    Page,
    /// A form, as it is sent.
    Form(&'a [u8]),
    /// A document for the API, and its variables as JSON.
    Document(&'a str, &'a str),
}

/// What it answered.
#[derive(Clone, Debug)]
pub struct Answer {
    /// Where it leads, for a redirect.
    pub location: String,
    /// The page.
    pub text: String,
}

/// Asks at `address`, in which words like `<termin>` stand for what the service has (see [`fill_in`]).
///
/// # Panics
/// When the answer is a fault of the service.
pub fn ask(address: &str, question: Question<'_>) -> Answer {
    send(&fill_in(address), question)
}

/// Puts in what is another in every run: for `<termin>`, `<anfrage>` and `<warteliste>` the secret
/// that opens an appointment, a request and a place on the waiting list in Lengerich, for
/// `<rathaus>` the identity of a location there.
#[must_use]
pub fn fill_in(text: &str) -> String {
    OWN.iter().fold(text.to_owned(), |text, (word, own)| text.replace(word, own))
}

struct Service {
    runtime: Runtime,
    router: Router,
    _folder: TempDir,
}

static SERVICE: LazyLock<Service> = LazyLock::new(|| {
    let runtime = Runtime::new().expect("a runtime");
    let folder = tempfile::tempdir().expect("a temporary folder");
    let now = MORNING.parse().expect("an instant");
    let router = runtime.block_on(gateway::in_process::router(folder.path(), now));
    Service { runtime, router: router.expect("a service"), _folder: folder }
});

static OWN: LazyLock<[(&str, String); 4]> = LazyLock::new(|| {
    const WHO: &str = "name=Erika+Mustermann&email=erika%40example.org&phone=%2B49+5481+330";
    let secret = |address: &str, rest: &str| {
        let form = format!("{WHO}&schluessel=00000000-0000-4000-8000-000000000000&{rest}");
        let answer = send(&format!("/lengerich{address}"), Question::Form(form.as_bytes()));
        let secret = answer.location.rsplit_once("/b/").map(|(_, secret)| secret.to_owned());
        secret.unwrap_or_else(|| panic!("{address}: {answer:?}"))
    };
    let start = "start=2026-11-25T08:00:00Z";
    let town = "{ town(town: \"lengerich\") { locations { id } } }";
    let town = send("/graphql", Question::Document(town, "{}")).text;
    [
        (
            "<termin>",
            secret(&format!("/termin/buchen?anliegen=reisepass&standort=rathaus&{start}"), ""),
        ),
        (
            "<anfrage>",
            secret(
                "/anfrage/senden?anliegen=eheschliessung",
                "tag1=2026-12-02&von1=09:00&bis1=12:00",
            ),
        ),
        ("<warteliste>", secret("/warteliste?anliegen=reisepass", "von=2026-11-24&bis=2026-12-18")),
        ("<rathaus>", town.split('"').nth(9).unwrap_or_else(|| panic!("{town}")).to_owned()),
    ]
});

/// Asks, each time as another client.
fn send(address: &str, question: Question<'_>) -> Answer {
    static CLIENTS: AtomicU32 = AtomicU32::new(0);
    let [_, a, b, c] = CLIENTS.fetch_add(1, Ordering::Relaxed).to_be_bytes();
    let (method, kind, content) = match question {
        Question::Page => (Method::GET, "text/plain", Vec::new()),
        Question::Form(form) => (Method::POST, "application/x-www-form-urlencoded", form.to_vec()),
        Question::Document(document, variables) => {
            let variables = serde_json::from_str(variables).unwrap_or(Value::Null);
            let asked = json!({ "query": document, "variables": variables });
            (Method::POST, "application/json", asked.to_string().into_bytes())
        }
    };
    let request = Request::builder()
        .method(method)
        .uri(address)
        .header(header::CONTENT_TYPE, kind)
        .header(gateway::in_process::CLIENT, format!("10.{a}.{b}.{c}"))
        .body(Body::from(content));
    // What is no address never reaches a server's handlers.
    let Ok(request) = request else {
        return Answer { location: String::new(), text: String::new() };
    };
    let Service { runtime, router, .. } = &*SERVICE;
    runtime.block_on(async {
        let answer = router.clone().oneshot(request).await.unwrap_or_else(|never| match never {});
        let status = answer.status();
        let location = answer.headers().get(header::LOCATION);
        let location = location.and_then(|value| value.to_str().ok()).unwrap_or_default();
        let location = location.to_owned();
        let text = body::to_bytes(answer.into_body(), usize::MAX).await.unwrap_or_default();
        let text = String::from_utf8_lossy(&text).into_owned();
        assert!(!status.is_server_error(), "{address}: {status} {text}");
        Answer { location, text }
    })
}
