//! What a server bears: slow clients, huge bodies, deep and aliased documents, idle connections. It
//! refuses with the right status and goes on answering others.

#![allow(clippy::unwrap_used)] // an answer without the asked-for value fails the test

use std::{
    fmt::Write as _,
    fs::Permissions,
    os::unix::fs::PermissionsExt as _,
    time::{Duration, Instant},
};

use sea_orm::{ConnectionTrait as _, Database, TransactionTrait as _};
use serde_json::json;
use system_tests::{
    citizen::code,
    office::{Office, Server, Storage, binary},
};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
};

const MORNING: &str = "2026-11-23T08:00:00Z";

/// On a connection of its own.
const HEALTH: &str = "GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";

/// A server with limits that a test can wait for.
async fn limited(limits: &[(&str, &str)]) -> (Office, Server) {
    let mut office = Office::at(Storage::Sqlite, &["steinfurt"], Some(MORNING)).await;
    for (key, value) in limits {
        office.configure(key, value);
    }
    let server = office.serve().await;
    (office, server)
}

async fn connect(server: &Server) -> TcpStream {
    TcpStream::connect(server.url.trim_start_matches("http://")).await.unwrap()
}

/// Sends what may be sent and reads until the server closes.
async fn converse(server: &Server, text: &str) -> String {
    let mut stream = connect(server).await;
    // The server may have heard enough before the end.
    let _ = stream.write_all(text.as_bytes()).await;
    rest(&mut stream).await
}

async fn rest(stream: &mut TcpStream) -> String {
    let mut answer = Vec::new();
    // A connection that is reset has said what it had to say.
    let _ = tokio::time::timeout(Duration::from_secs(20), stream.read_to_end(&mut answer))
        .await
        .expect("the server closes");
    String::from_utf8_lossy(&answer).into_owned()
}

fn post(path: &str, headers: &str, body: &str) -> String {
    format!("POST {path} HTTP/1.1\r\nHost: localhost\r\n{headers}\r\n{body}")
}

async fn is_well(server: &Server) {
    let answer = server.graphql("{ town(town: \"steinfurt\") { name } }", json!({})).await;
    assert_eq!(answer["data"]["town"]["name"], "Stadt Steinfurt", "{answer}");
}

#[tokio::test]
async fn a_body_that_is_too_long_is_refused_as_such_announced_or_not() {
    let (_office, server) = limited(&[("MAX_BODY_BYTES", "10000")]).await;
    let body = "x".repeat(20_000);
    for path in ["/graphql", "/steinfurt/termin/buchen", "/steinfurt/anmelden", "/nowhere"] {
        let kind = "Content-Type: application/x-www-form-urlencoded\r\nConnection: close\r\n";
        let announced = post(path, &format!("{kind}Content-Length: 20000\r\n"), &body);
        let chunked = format!("{:x}\r\n{body}\r\n0\r\n\r\n", body.len());
        let chunked = post(path, &format!("{kind}Transfer-Encoding: chunked\r\n"), &chunked);
        for request in [announced, chunked] {
            let answer = converse(&server, &request).await;
            assert!(answer.starts_with("HTTP/1.1 413 "), "{path}: {answer}");
        }
    }
    // Nothing needs to arrive of what is announced to be too long.
    let announced = post("/graphql", "Content-Length: 99999999999\r\n", "");
    assert!(converse(&server, &announced).await.starts_with("HTTP/1.1 413 "));
    // Nor of a file, of which far more is read than is kept.
    let kind = "Content-Type: multipart/form-data; boundary=b\r\nContent-Length: 99999999999\r\n";
    let (page, cookie) =
        ("/steinfurt/verwaltung/einrichtung/teil/aussehen", "Cookie: session=unknown\r\n");
    let announced = post(page, &format!("{cookie}{kind}"), "");
    assert!(converse(&server, &announced).await.starts_with("HTTP/1.1 413 "));
    // One is read that is longer than other bodies, but not from somebody who does not seem signed in.
    let kind = "Content-Type: multipart/form-data; boundary=b\r\nContent-Length: 20000\r\nConnection: close\r\n";
    let brought = converse(&server, &post(page, &format!("{cookie}{kind}"), &body)).await;
    assert!(!brought.starts_with("HTTP/1.1 413 "), "{brought}");
    for cookie in ["", "Cookie: browser=unknown\r\n"] {
        let anonymous = converse(&server, &post(page, &format!("{cookie}{kind}"), &body)).await;
        assert!(anonymous.starts_with("HTTP/1.1 413 "), "{anonymous}");
    }
    is_well(&server).await;
}

#[tokio::test]
async fn forms_that_bring_a_file_wait_for_one_another_and_not_for_ever() {
    let limits = [("MAX_UPLOADS", "1"), ("MAX_UPLOAD_BYTES", "5242880"), ("REQUEST_SECONDS", "2")];
    let (_office, server) = limited(&limits).await;
    let form = async |length: usize| {
        let head = "Cookie: session=unknown\r\nContent-Type: multipart/form-data; boundary=b\r\n";
        let head = format!("{head}Content-Length: {length}\r\n");
        let page = "/steinfurt/verwaltung/einrichtung/teil/aussehen";
        converse(&server, &post(page, &head, "x")).await
    };
    let too_long = form(8 * 5_242_880 + 1).await;
    assert!(too_long.starts_with("HTTP/1.1 413 "), "{too_long}");
    // One that does not come to its end keeps the only place; of two behind it one follows.
    let endless = form(1000);
    let behind = async {
        tokio::time::sleep(Duration::from_millis(500)).await;
        tokio::join!(form(1000), form(1000), is_well(&server))
    };
    let (first, (second, third, ())) = tokio::join!(endless, behind);
    let mut statuses = [&second, &third].map(|answer| answer.get(9..12).unwrap_or_default());
    statuses.sort_unstable();
    assert!(first.starts_with("HTTP/1.1 408 "), "{first}");
    assert_eq!(statuses, ["408", "503"], "{second} {third}");
}

#[tokio::test]
async fn a_head_that_is_too_long_is_refused_with_431() {
    let (_office, server) = limited(&[("MAX_HEAD_BYTES", "10000")]).await;
    let long = |length| format!("X-Long: {}\r\n", "x".repeat(length));
    let heads = [
        (String::new(), 200),
        (long(9_000), 200),
        (long(30_000), 431),
        (long(1 << 20), 431),
        ("X-One-Of-Many: 1\r\n".repeat(101), 431),
    ];
    for (more, status) in heads {
        let request = HEALTH.replace("\r\n\r\n", &format!("\r\n{more}\r\n"));
        let answer = converse(&server, &request).await;
        assert!(answer.starts_with(&format!("HTTP/1.1 {status} ")), "{}: {answer}", more.len());
    }
    is_well(&server).await;
}

#[tokio::test]
async fn a_head_that_does_not_come_to_its_end_ends_the_connection() {
    let (_office, server) = limited(&[("HEADER_SECONDS", "1")]).await;
    let silent = async { rest(&mut connect(&server).await).await };
    let half = converse(&server, "GET /healthz HTTP/1.1\r\nHost: local");
    let dripping = async {
        let mut stream = connect(&server).await;
        for byte in b"GET /healthz HTTP/1.1\r\nX-Slow: aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
        {
            if stream.write_all(&[*byte]).await.is_err() {
                break;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        rest(&mut stream).await
    };
    // After an answer the connection may rest for as long.
    let kept = converse(&server, "GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n");
    let (_, _, _, kept) = tokio::join!(silent, half, dripping, kept);
    assert!(kept.starts_with("HTTP/1.1 200 "), "{kept}");
    is_well(&server).await;
}

#[tokio::test]
async fn a_body_that_comes_too_slowly_is_refused_with_408() {
    let (_office, server) = limited(&[("REQUEST_SECONDS", "1")]).await;
    let mut stream = connect(&server).await;
    let head = post("/graphql", "Content-Type: application/json\r\nContent-Length: 1000\r\n", "{");
    stream.write_all(head.as_bytes()).await.unwrap();
    let answer = rest(&mut stream).await;
    assert!(answer.starts_with("HTTP/1.1 408 "), "{answer}");
    is_well(&server).await;
}

#[tokio::test]
async fn an_answer_that_takes_too_long_is_refused_with_503_and_when_to_try_again() {
    let mut office = Office::at(Storage::Postgres, &["steinfurt"], Some(MORNING)).await;
    office.configure("REQUEST_SECONDS", "1");
    let server = office.serve().await;
    is_well(&server).await;
    let db = Database::connect(office.owner_url()).await.unwrap();
    let rival = db.begin().await.unwrap();
    // What a link opens is asked of the database each time; set-ups are kept for a while.
    rival.execute_unprepared("LOCK TABLE appointment").await.unwrap();
    let link = format!("{}/steinfurt/termin/b/{}", server.url, "A".repeat(43));
    let page = reqwest::get(link).await.unwrap();
    assert_eq!(page.status(), 503);
    assert_eq!(page.headers()["retry-after"], "5");
    rival.rollback().await.unwrap();
    is_well(&server).await;
}

#[tokio::test]
async fn while_one_looks_for_the_towns_anew_others_are_shown_those_that_were() {
    let office = Office::at(Storage::Postgres, &["steinfurt"], Some(MORNING)).await;
    let server = office.serve().await;
    assert_eq!(server.get("/").await.0, 200);
    let db = Database::connect(office.owner_url()).await.unwrap();
    let rival = db.begin().await.unwrap();
    rival.execute_unprepared("LOCK TABLE tenant").await.unwrap();
    // What is kept of the towns is old by now.
    tokio::time::sleep(Duration::from_millis(1200)).await;
    let (mut looks, mut answered) = (tokio::task::JoinSet::new(), 0);
    for _ in 0..3 {
        looks.spawn(reqwest::get(format!("{}/", server.url)));
    }
    // One at most waits for the look; a job may have been faster.
    while answered < 2 {
        let page = tokio::time::timeout(Duration::from_secs(5), looks.join_next()).await;
        assert_eq!(page.expect("an answer").unwrap().unwrap().unwrap().status(), 200);
        answered += 1;
    }
    rival.rollback().await.unwrap();
    is_well(&server).await;
}

#[tokio::test]
async fn deep_aliased_and_endless_documents_are_refused() {
    let (_office, server) = limited(&[]).await;
    let deep = format!(
        "{{ __schema {{ types {}name{} }} }}",
        "{ fields { type ".repeat(9),
        " } }".repeat(9)
    );
    let mut aliased = "{".to_owned();
    for number in 0..2001 {
        write!(aliased, " a{number}: town(town: \"steinfurt\") {{ name }}").unwrap();
    }
    aliased.push('}');
    let sign_ins = "mutation { a: signIn(email: \"a\", password: \"a\") b: signIn(email: \"a\", password: \"b\")
        c: signIn(email: \"a\", password: \"c\") }";
    let circle = "{ ...A } fragment A on Query { ...B } fragment B on Query { ...A }";
    let directives =
        format!("{{ town(town: \"steinfurt\") {{ name {} }} }}", "@skip(if: false) ".repeat(50));
    for document in [&deep, &aliased, sign_ins, circle, &directives] {
        let answer = server.graphql(document, json!({})).await;
        assert_eq!(code(&answer), "BAD_DOCUMENT", "{answer}");
    }
    // What cannot be run at all is a bad request, also among the questions whose answers are kept.
    let slots =
        "{ freeSlots(town: \"steinfurt\", basket: [], from: \"2026-11-24\") { days { date } } }";
    for document in [&deep, slots] {
        let asked = json!({ "query": document }).to_string();
        let kind = "Content-Type: application/json\r\nConnection: close\r\n";
        let headers = format!("{kind}Content-Length: {}\r\n", asked.len());
        let answer = converse(&server, &post("/graphql", &headers, &asked)).await;
        assert!(answer.starts_with("HTTP/1.1 400 "), "{answer}");
    }
    // So deep that a parser without bounds would run out of stack.
    for (open, close) in [("{ a ", "}"), ("{ a(b: [", "]) }"), ("{ a(b: {c: ", "}) }")] {
        let document = open.repeat(12_000) + &close.repeat(12_000);
        let answer = server.graphql(&document, json!({})).await;
        assert_eq!(code(&answer), "BAD_DOCUMENT", "{answer}");
    }
    let lists = format!("{{ a(b: {}{}) }}", "[".repeat(50_000), "]".repeat(50_000));
    assert_eq!(code(&server.graphql(&lists, json!({})).await), "BAD_DOCUMENT");
    let variables = format!("{{\"query\":\"{{ a }}\",\"variables\":{}", "{\"a\":".repeat(40_000));
    let kind = "Content-Type: application/json\r\nConnection: close\r\n";
    let headers = format!("{kind}Content-Length: {}\r\n", variables.len());
    let answer = converse(&server, &post("/graphql", &headers, &variables)).await;
    assert!(answer.starts_with("HTTP/1.1 400 "), "{answer}");
    is_well(&server).await;
}

#[tokio::test]
async fn how_much_a_document_may_ask_for_is_configured() {
    let document = "{ town(town: \"steinfurt\") { name @skip(if: false) locations { name } } }";
    for (key, least) in
        [("DOCUMENT_DEPTH", "2"), ("DOCUMENT_COMPLEXITY", "2"), ("DOCUMENT_DIRECTIVES", "0")]
    {
        let (_office, server) = limited(&[(key, least)]).await;
        assert_eq!(code(&server.graphql(document, json!({})).await), "BAD_DOCUMENT", "{key}");
        is_well(&server).await;
    }
}

#[tokio::test]
async fn thousands_of_idle_connections_keep_nobody_from_an_answer() {
    let mut office = Office::at(Storage::Sqlite, &["steinfurt"], Some(MORNING)).await;
    // As most systems do, this one lets it begin with few open files and have more.
    let folder = tempfile::tempdir().unwrap();
    let script = folder.path().join("with-few-files");
    let text = format!("#!/bin/sh\nulimit -S -n 256\nexec {} \"$@\"\n", binary().display());
    std::fs::write(&script, text).unwrap();
    std::fs::set_permissions(&script, Permissions::from_mode(0o755)).unwrap();
    office.set_binary(&script);
    let server = office.serve().await;
    let mut idle = Vec::new();
    for _ in 0..3000 {
        idle.push(connect(&server).await);
    }
    assert!(converse(&server, HEALTH).await.ends_with("ok\n"));
    assert!(server.memory() < 200 * 1024, "{} KiB", server.memory());
    drop(idle);
}

#[tokio::test]
async fn who_takes_nothing_of_an_answer_loses_the_place() {
    // One place is that of whoever has asked whether the server is up.
    let (_office, server) = limited(&[("MAX_CONNECTIONS", "2"), ("REQUEST_SECONDS", "1")]).await;
    let mut greedy = connect(&server).await;
    let asked = "GET /assets/vendor/kern.min.css HTTP/1.1\r\nHost: localhost\r\n\r\n".repeat(100);
    // Until nothing more fits between the two, or the server has had enough of it.
    while let Ok(Ok(())) =
        tokio::time::timeout(Duration::from_millis(300), greedy.write_all(asked.as_bytes())).await
    {
    }
    assert!(converse(&server, HEALTH).await.ends_with("ok\n"));
}

#[tokio::test]
async fn where_all_places_are_taken_the_next_waits_until_an_idle_one_is_closed() {
    let (_office, server) = limited(&[("MAX_CONNECTIONS", "20"), ("HEADER_SECONDS", "1")]).await;
    let mut idle = Vec::new();
    for _ in 0..60 {
        idle.push(connect(&server).await);
    }
    let before = Instant::now();
    assert!(converse(&server, HEALTH).await.ends_with("ok\n"));
    assert!(before.elapsed() > Duration::from_millis(500), "{:?}", before.elapsed());
    drop(idle);
}
