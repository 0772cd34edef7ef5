//! Bad input, in numbers: whatever stands in an address, a form, a document or a town file, the
//! answer is a refusal and never a fault.

#![allow(clippy::unwrap_used)] // an answer without the asked-for value fails the test

use std::time::Duration;

use catalog::townfile;
use notification::{
    notice::Kind,
    preview,
    texts::{self, Piece, Texts},
};
use proptest::{
    collection::vec,
    prelude::*,
    sample::select,
    test_runner::{Config, TestCaseError, TestRunner},
};
use serde_json::{Value, json};
use system_tests::office::{Office, Server, Storage, shipped};
use tokio::runtime::Runtime;

mod console;

const MORNING: &str = "2026-11-23T08:00:00Z";

/// Pages of a citizen, `GET` and `POST` alike.
const PATHS: &str = "/ /anliegen/reisepass /anliegen/%00 /termin /termin/halten /termin/daten
    /termin/pruefen /termin/buchen /termin/b/x /termin/b/x/termin.ics /termin/b/x/verschieben
    /termin/b/x/absagen /termin/b/x/daten.json /termin/b/%F0%9F%A6%80%2F.. /termin/verschieben
    /anfrage /anfrage/pruefen /anfrage/senden /anfrage/b/x /warteliste /warteliste/b/x
    /angaben/holen /angaben/antwort /theme.css";
/// Names that the pages know, and one that they do not.
const NAMES: &str = "anliegen anzahl standort monat tag start hold bisher lang leika q name email
    phone schluessel tag1 von1 bis1 tag3 von bis ab ende wahl tun formular state code
    unbekannt";
/// Values that are right somewhere, at an edge, or meant to do harm.
const VALUES: [&str; 44] = [
    "",
    "0",
    "1",
    "-1",
    "6",
    "7",
    "65535",
    "65536",
    "99999999999999999999",
    "reisepass",
    "eheschliessung",
    "buergerbuero",
    "standesamt",
    "de",
    "en",
    "xx",
    "2026-11",
    "2026-12",
    "2026-13",
    "0000-00",
    "9999-12",
    "+262142-12",
    "-262143-01",
    "2026-11-25",
    "2026-02-30",
    "+262142-12-31",
    "-262143-01-01",
    "2026-11-25T08:00:00Z",
    "2026-11-25T08:00:00.999999999+23:59",
    "+262142-12-31T23:59:59Z",
    "-262143-01-01T00:00:00Z",
    "2026-10-25T02:30:00+02:00",
    "24:00",
    "25:61",
    "erika@example.org",
    "a@b",
    "+49 5481 330",
    "'; DROP TABLE tenant; --",
    "<script>alert(1)</script>",
    "{{ 7 * 7 }}",
    "{% include \"/etc/passwd\" %}",
    "\u{202e}\u{0}",
    "a\r\nSet-Cookie: b=c",
    "../../../etc/passwd",
];

fn words(all: &'static str) -> impl Strategy<Value = String> {
    select(all.split_whitespace().collect::<Vec<_>>()).prop_map(str::to_owned)
}

fn value() -> impl Strategy<Value = String> {
    prop_oneof![
        6 => select(&VALUES[..]).prop_map(str::to_owned),
        1 => any::<String>(),
        1 => (1_usize..3000).prop_map(|length| "ä".repeat(length)),
    ]
}

fn pairs() -> impl Strategy<Value = Vec<(String, String)>> {
    vec((words(NAMES), value()), 0..9)
}

fn encoded(pairs: impl IntoIterator<Item = (impl AsRef<str>, impl AsRef<str>)>) -> String {
    let mut url = reqwest::Url::parse("http://localhost").unwrap();
    url.query_pairs_mut().extend_pairs(pairs);
    url.query().unwrap_or_default().to_owned()
}

/// Runs `cases` against one server.
fn try_all<S: Strategy>(
    cases: u32,
    strategy: &S,
    ask: impl AsyncFn(&Server, S::Value) -> Result<(), String>,
) {
    let runtime = Runtime::new().unwrap();
    let office =
        runtime.block_on(Office::at(Storage::Sqlite, &["steinfurt", "lengerich"], Some(MORNING)));
    office.employ("admin", "steinfurt");
    let server = runtime.block_on(office.serve());
    let config = Config { cases, failure_persistence: None, ..Config::default() };
    let result = TestRunner::new(config)
        .run(strategy, |value| runtime.block_on(ask(&server, value)).map_err(TestCaseError::fail));
    result.unwrap_or_else(|error| panic!("{error}\n{}", server.log()));
    assert!(!server.log().contains("panicked"), "{}", server.log());
}

#[test]
fn no_address_and_no_form_makes_a_page_fail() {
    let client = reqwest::Client::builder()
        .redirect(reqwest::redirect::Policy::none())
        .timeout(Duration::from_secs(20))
        .build()
        .unwrap();
    let strategy = (words(PATHS), pairs(), proptest::option::of(pairs()));
    try_all(400, &strategy, async |server, (path, query, form)| {
        let url = format!("{}/lengerich{path}?{}", server.url, encoded(query));
        let request = match form {
            None => client.get(url),
            Some(form) => client
                .post(url)
                .header("content-type", "application/x-www-form-urlencoded")
                .body(encoded(form)),
        };
        let status = request.send().await.map_err(|error| error.to_string())?.status();
        if status.is_server_error() { Err(format!("{path}: {status}")) } else { Ok(()) }
    });
}

/// Every value in every parameter of the console's pages.
#[test]
fn no_address_makes_a_page_of_the_console_fail() {
    const QUERIES: [(&str, &str); 7] = [
        ("tag", "datum standort ansicht q"),
        ("woche", "datum standort"),
        ("buchen", "start gewuenscht anliegen anzahl weg standort tag uhrzeit"),
        ("schliessen", "datum schalter standort"),
        ("protokoll", "von bis wer was termin adresse weg"),
        ("protokoll.csv", "von bis"),
        ("suche", "q"),
    ];
    try_all(1, &Just(()), async |server, ()| {
        let desk = console::Desk::of(server).await;
        for (page, names) in QUERIES {
            for name in names.split_whitespace() {
                for value in VALUES {
                    desk.try_query(page, name, value).await;
                }
            }
        }
        Ok(())
    });
}

/// A form of the console is found on its page and sent as it stands there, but for some fields.
#[test]
fn no_value_makes_a_form_of_the_console_fail() {
    let damage = (any::<usize>(), value());
    let strategy = (any::<usize>(), any::<usize>(), vec(damage, 1..4));
    let desk = tokio::sync::OnceCell::new();
    try_all(150, &strategy, async |server, (page, form, damages)| {
        let desk = desk.get_or_init(|| console::Desk::of(server)).await;
        desk.try_form(page, form, &damages).await
    });
}

#[test]
fn a_mail_text_is_refused_with_a_reason_or_makes_a_mail() {
    let part = prop_oneof![
        3 => words("{{ }} name code date if else endif {% %} place - | ( ) ~ . for in set"),
        1 => Just(" ".to_owned()),
        1 => value(),
    ];
    let text = vec(part, 0..12).prop_map(|parts| parts.concat());
    let config = Config { cases: 600, failure_persistence: None, ..Config::default() };
    let result = TestRunner::new(config).run(&(select(&Kind::ALL[..]), text), |(kind, text)| {
        if texts::check(kind, Piece::Intro, &text).is_ok() {
            let own = Texts { intro: text, ..Texts::default() };
            let (zone, now) = (chrono_tz::Europe::Berlin, MORNING.parse().unwrap());
            let notice = preview::sample(kind, "de", console::sender(), own, zone, now);
            let mail = preview::preview(&notice).map_err(|error| error.to_string());
            prop_assert!(mail.is_ok(), "{mail:?}");
        }
        Ok(())
    });
    result.unwrap_or_else(|error| panic!("{error}"));
}

#[test]
fn no_argument_makes_the_api_fail() {
    const DOCUMENTS: [&str; 4] = [
        "query($a: NaiveDate!, $b: NaiveDate!, $c: String!) { freeSlots(town: \"steinfurt\",
            basket: [{ service: $c }], from: $a, to: $b) { nextFreeDate days { starts } } }",
        "mutation($a: DateTime!, $b: UUID!, $c: String!) { holdSlot(town: \"steinfurt\",
            basket: [{ service: \"reisepass\" }], location: $b, startsAt: $a, replaces: $c) { token } }",
        "mutation($a: NaiveDate!, $b: String!, $c: String!) { requestAppointment(town: \"lengerich\",
            basket: [{ service: \"eheschliessung\" }], wishes: [{ date: $a, from: $b, to: $c }],
            contact: { name: $b, email: $c }, idempotencyKey: $c) { secret } }",
        "query($a: String!, $b: Int!, $c: String!) { appointment(town: \"steinfurt\", secret: $a) { id }
            towns { nodes(first: $b, after: $c) { slug } } }",
    ];
    let document =
        prop_oneof![4 => select(&DOCUMENTS[..]).prop_map(str::to_owned), 1 => any::<String>()];
    let number =
        prop_oneof![any::<i64>().prop_map(Value::from), any::<f64>().prop_map(Value::from)];
    let argument = || prop_oneof![4 => value().prop_map(Value::from), 1 => number.clone()];
    let strategy = (document, argument(), argument(), argument());
    try_all(300, &strategy, async |server, (document, a, b, c)| {
        let answer = server.graphql(&document, json!({ "a": a, "b": b, "c": c })).await;
        let codes = answer["errors"].as_array().into_iter().flatten();
        let fault =
            codes.map(|error| &error["extensions"]["code"]).find(|code| **code == "INTERNAL");
        if fault.is_some() { Err(answer.to_string()) } else { Ok(()) }
    });
}

#[test]
fn a_damaged_town_file_is_refused_or_read_and_what_is_read_is_written_again() {
    let lines: Vec<String> = shipped("luenen").lines().map(str::to_owned).collect();
    let damage = (0..lines.len(), 0..3_u8, value(), any::<u64>());
    let config = Config { cases: 300, failure_persistence: None, ..Config::default() };
    let result = TestRunner::new(config).run(&vec(damage, 1..4), |damages| {
        let mut lines = lines.clone();
        for (at, how, value, number) in damages {
            let at = at % lines.len();
            let key = lines[at].split('=').next().unwrap_or_default().trim().to_owned();
            match how {
                0 => drop(lines.remove(at)),
                1 => lines[at] = format!("{key} = {number}"),
                _ => lines[at] = format!("{key} = {}", json!(value)),
            }
        }
        if let Ok(setup) = townfile::parse(&lines.join("\n")) {
            let again = townfile::parse(&townfile::to_toml(&setup));
            prop_assert_eq!(again.ok(), Some(setup));
        }
        Ok(())
    });
    result.unwrap_or_else(|error| panic!("{error}"));
}
