//! What keeps others out of the console: forged forms, the session's cookie, the log, the wait after
//! wrong passwords. Which page opens for whom is tried in `matrix.rs`.

#![allow(clippy::unwrap_used)] // an answer without the asked-for value fails the test

use reqwest::{StatusCode, header};
use system_tests::office::{Office, Server, Storage};

const MORNING: &str = "2026-11-23T08:00:00Z";
const PASSWORD: &str = "a-long-password-for-staff";

async fn office() -> (Office, Server) {
    let office = Office::at(Storage::Sqlite, &["steinfurt", "altena"], Some(MORNING)).await;
    for role in ["reader", "clerk", "admin"] {
        let email = format!("{role}@steinfurt.example");
        office.succeed_with_input(&["staff", &email, "steinfurt", role], PASSWORD);
    }
    let server = office.serve().await;
    (office, server)
}

fn client() -> reqwest::Client {
    reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).build().unwrap()
}

async fn post(
    server: &Server,
    path: &str,
    cookie: &str,
    form: &[(&str, &str)],
) -> reqwest::Response {
    let body: String = reqwest::Url::parse_with_params("http://form", form)
        .unwrap()
        .query()
        .unwrap_or_default()
        .to_owned();
    client()
        .post(format!("{}{path}", server.url))
        .header(header::COOKIE, cookie)
        .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
        .body(body)
        .send()
        .await
        .unwrap()
}

async fn get(server: &Server, path: &str, cookie: &str) -> reqwest::Response {
    let request = client().get(format!("{}{path}", server.url));
    request.header(header::COOKIE, cookie).send().await.unwrap()
}

/// Signs in; returns the `Set-Cookie` header.
async fn set_cookie(server: &Server, email: &str) -> String {
    let form = [("email", email), ("kennwort", PASSWORD), ("weiter", "")];
    let answer = post(server, "/anmelden", "", &form).await;
    assert_eq!(answer.status(), StatusCode::SEE_OTHER);
    answer.headers()[header::SET_COOKIE].to_str().unwrap().to_owned()
}

async fn session(server: &Server, role: &str) -> String {
    let cookie = set_cookie(server, &format!("{role}@steinfurt.example")).await;
    cookie.split(';').next().unwrap().to_owned()
}

/// The token that the forms of a session carry.
async fn form_token(server: &Server, cookie: &str) -> String {
    let page = get(server, "/steinfurt/verwaltung/tag", cookie).await.text().await.unwrap();
    let (_, rest) = page.split_once("name=\"formular\" value=\"").unwrap();
    rest.split('"').next().unwrap().to_owned()
}

#[tokio::test]
async fn a_form_without_its_own_session_s_token_is_refused() {
    let (_office, server) = office().await;
    let (clerk, admin) = (session(&server, "clerk").await, session(&server, "admin").await);
    let (own, foreign) = (form_token(&server, &clerk).await, form_token(&server, &admin).await);
    let closing = |token: &str| {
        let fields = [("von", "2026-12-01"), ("bis", "2026-12-01"), ("tun", "behalten")];
        let token = ("formular".to_owned(), token.to_owned());
        let fields = fields.map(|(name, value)| (name.to_owned(), value.to_owned()));
        std::iter::once(token).chain(fields).collect::<Vec<_>>()
    };
    for (token, expected) in
        [("", StatusCode::FORBIDDEN), (&foreign, StatusCode::FORBIDDEN), (&own, StatusCode::OK)]
    {
        let form = closing(token);
        let form: Vec<_> =
            form.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        let answer = post(&server, "/steinfurt/verwaltung/schliessen", &clerk, &form).await;
        assert_eq!(answer.status(), expected, "{token}");
    }
    // A reader's own token opens nothing that is a clerk's.
    let reader = session(&server, "reader").await;
    let token = form_token(&server, &reader).await;
    let form = closing(&token);
    let form: Vec<_> = form.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    let answer = post(&server, "/steinfurt/verwaltung/schliessen", &reader, &form).await;
    assert_eq!(answer.status(), StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn what_another_site_sends_is_refused_at_every_form() {
    let (_office, server) = office().await;
    let sent = async |path: &str, headers: &[(&str, &str)]| {
        let kind = (header::CONTENT_TYPE.as_str(), "application/x-www-form-urlencoded");
        let request = client().post(format!("{}{path}", server.url));
        let request = headers
            .iter()
            .chain([&kind])
            .fold(request, |request, (name, value)| request.header(*name, *value));
        let body = format!("email=clerk@steinfurt.example&kennwort={PASSWORD}&weiter=&link=");
        request.body(body).send().await.unwrap()
    };
    let own = server.url.as_str();
    for path in [
        "/anmelden",
        "/anmelden/code",
        "/anmelden/passkey",
        "/anmelden/passkey/beginn",
        "/abmelden",
        "/kennwort/vergessen",
        "/kennwort/a-link-of-a-mail",
        "/steinfurt/verwaltung/buchen",
    ] {
        for foreign in [
            [("sec-fetch-site", "cross-site"), ("origin", own)],
            [("sec-fetch-site", "same-site"), ("origin", own)],
            [("origin", "https://evil.example"), ("accept", "text/html")],
            [("origin", "null"), ("accept", "text/html")],
        ] {
            let answer = sent(path, &foreign).await;
            assert_eq!(answer.status(), StatusCode::FORBIDDEN, "{path} with {foreign:?}");
            assert!(!answer.headers().contains_key(header::SET_COOKIE), "{path}");
            assert!(answer.text().await.unwrap().contains("nicht von unserer Seite"), "{path}");
        }
    }
    // Our own pages, in a frame on a town's site too, are of our own origin.
    for own in [("sec-fetch-site", "same-origin"), ("origin", own)] {
        let answer = sent("/anmelden", &[own]).await;
        assert_eq!(answer.status(), StatusCode::SEE_OTHER, "{own:?}");
        let citizens = sent("/steinfurt/meine-termine", &[own]).await;
        assert_ne!(citizens.status(), StatusCode::FORBIDDEN, "{own:?}");
    }
}

#[tokio::test]
async fn behind_tls_the_cookie_is_the_host_s_alone_and_each_sign_in_is_a_new_session() {
    let (mut office, server) = office().await;
    let plain = set_cookie(&server, "clerk@steinfurt.example").await;
    assert!(plain.starts_with("session=") && plain.contains("; HttpOnly; SameSite=Lax"));
    server.end().await;
    office.configure("PUBLIC_URL", "https://termine.example.org");
    let server = office.serve().await;
    let cookie = set_cookie(&server, "clerk@steinfurt.example").await;
    for part in ["__Host-session=", "; Path=/", "; HttpOnly", "; SameSite=Lax", "; Secure"] {
        assert!(cookie.contains(part), "{part} in {cookie}");
    }
    // Signing in again ends what was open in the same browser before.
    let old = cookie.split(';').next().unwrap();
    let form = [("email", "clerk@steinfurt.example"), ("kennwort", PASSWORD), ("weiter", "")];
    post(&server, "/anmelden", old, &form).await;
    let answer = get(&server, "/steinfurt/verwaltung/tag", old).await;
    assert_eq!(answer.status(), StatusCode::SEE_OTHER);
}

#[tokio::test]
async fn the_log_tells_who_looked_and_what_changed_and_no_names_of_citizens() {
    let (_office, server) = office().await;
    let cookie = session(&server, "clerk").await;
    let token = form_token(&server, &cookie).await;
    let form = [
        ("formular", token.as_str()),
        ("anliegen", "umzug"),
        ("anzahl", "1"),
        ("start", "2026-11-24T08:00:00Z"),
        ("weg", "telefon"),
        ("schluessel", "booked-by-phone-for-the-log"),
        ("name", "Jörg Anrufer"),
        ("email", ""),
        ("phone", ""),
    ];
    let booked = post(&server, "/steinfurt/verwaltung/buchen", &cookie, &form).await;
    let shown = booked.headers()[header::LOCATION].to_str().unwrap().to_owned();
    get(&server, &shown, &cookie).await;
    let admin = session(&server, "admin").await;
    let log = get(&server, "/steinfurt/verwaltung/protokoll", &admin).await.text().await.unwrap();
    for part in ["clerk@steinfurt.example", "Termin gebucht", "Kontaktdaten angesehen"] {
        assert!(log.contains(part), "{part} in {log}");
    }
    assert!(!log.contains("Anrufer"), "{log}");
    let csv = get(&server, "/steinfurt/verwaltung/protokoll.csv", &admin).await;
    assert_eq!(csv.headers()[header::CONTENT_TYPE], "text/csv; charset=utf-8");
    assert!(csv.text().await.unwrap().contains("appointment.booked"));
    // The file holds what the page has found.
    let csv = "/steinfurt/verwaltung/protokoll.csv?was=contact.viewed";
    let csv = get(&server, csv, &admin).await.text().await.unwrap();
    assert!(csv.contains("contact.viewed") && !csv.contains("appointment.booked"), "{csv}");
    for (asked, found) in [
        ("von=2026-11-24", false),
        ("termin=XXXX-XXXX", false),
        ("wer=system", false),
        ("bis=2026-11-30", true),
    ] {
        let page = format!("/steinfurt/verwaltung/protokoll?{asked}");
        let page = get(&server, &page, &admin).await.text().await.unwrap();
        assert_eq!(page.contains("<td>clerk@steinfurt.example</td>"), found, "{asked}");
    }
}

/// Signs in from an address, as a proxy tells it.
async fn attempt(
    server: &Server,
    client_address: &str,
    name: &str,
    password: &str,
) -> reqwest::Response {
    let request = client()
        .post(format!("{}/anmelden", server.url))
        .header("X-Forwarded-For", format!("6.6.6.6, {client_address}"))
        .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
        .body(format!("email={name}@steinfurt.example&kennwort={password}&weiter="));
    request.send().await.unwrap()
}

#[tokio::test]
async fn who_tries_a_password_with_many_accounts_waits_and_their_owners_do_not() {
    let (mut office, server) = office().await;
    server.end().await;
    office.configure("CLIENT_HEADER", "X-Forwarded-For");
    let server = office.serve().await;
    let (stranger, elsewhere) = ("192.0.2.1", "192.0.2.2");
    // What is right counts for nothing, however often: a town hall shares an address.
    for at in 0..30 {
        let wrong = attempt(&server, stranger, &format!("somebody-{at}"), "wrong").await;
        assert_eq!(wrong.status(), StatusCode::UNPROCESSABLE_ENTITY, "{at}");
        if at % 10 == 0 {
            let right = attempt(&server, stranger, "clerk", PASSWORD).await;
            assert_eq!(right.status(), StatusCode::SEE_OTHER, "{at}");
        }
    }
    for name in ["clerk", "nobody-else"] {
        let answer = attempt(&server, stranger, name, PASSWORD).await;
        assert_eq!(answer.status(), StatusCode::TOO_MANY_REQUESTS, "{name}");
    }
    for name in ["reader", "clerk", "admin"] {
        let answer = attempt(&server, elsewhere, name, PASSWORD).await;
        assert_eq!(answer.status(), StatusCode::SEE_OTHER, "{name} from another address");
    }
}

#[tokio::test]
async fn five_wrong_passwords_make_this_client_wait_and_no_other() {
    let (mut office, server) = office().await;
    server.end().await;
    office.configure("CLIENT_HEADER", "X-Forwarded-For");
    let server = office.serve().await;
    let attempt =
        async |address: &str, password: &str| attempt(&server, address, "clerk", password).await;
    for _ in 0..5 {
        let answer = attempt("192.0.2.1", "wrong").await;
        assert_eq!(answer.status(), StatusCode::UNPROCESSABLE_ENTITY);
    }
    let answer = attempt("192.0.2.1", PASSWORD).await;
    assert_eq!(answer.status(), StatusCode::TOO_MANY_REQUESTS);
    assert!(answer.headers().contains_key(header::RETRY_AFTER));
    assert!(answer.text().await.unwrap().contains("Zu viele Versuche"));
    assert_eq!(attempt("192.0.2.2", PASSWORD).await.status(), StatusCode::SEE_OTHER);
}
