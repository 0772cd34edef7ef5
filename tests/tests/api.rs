//! What the API promises to clients: words for everything, codes for every refusal, limits, pages
//! with cursors, and the same towns as the web pages.

#![allow(clippy::unwrap_used)] // an answer without the asked-for value fails the test

use serde_json::{Value, json};
use system_tests::{
    citizen::code,
    office::{Office, Storage, shipped},
};

const MORNING: &str = "2026-11-23T08:00:00Z";

#[tokio::test]
async fn every_type_field_argument_and_value_is_described() {
    let office = Office::with_towns(Storage::Sqlite, &[]).await;
    let server = office.serve().await;
    let query = "{ __schema { types { name description
        fields { name description args { name description } }
        inputFields { name description } enumValues { name description } } } }";
    let answer = server.graphql(query, json!({})).await;
    let mut silent = Vec::new();
    let mut look = |path: String, item: &Value| {
        if item["description"].as_str().is_none_or(str::is_empty) {
            silent.push(path);
        }
    };
    let items = |value: &Value| value.as_array().cloned().unwrap_or_default();
    for kind in items(&answer["data"]["__schema"]["types"]) {
        let name = kind["name"].as_str().unwrap();
        if name.starts_with("__") || name == "ID" {
            continue;
        }
        look(name.to_owned(), &kind);
        for list in ["fields", "inputFields", "enumValues"] {
            for item in items(&kind[list]) {
                let path = format!("{name}.{}", item["name"].as_str().unwrap());
                look(path.clone(), &item);
                for argument in items(&item["args"]) {
                    look(format!("{path}({})", argument["name"].as_str().unwrap()), &argument);
                }
            }
        }
    }
    assert_eq!(silent, Vec::<String>::new());
}

#[tokio::test]
async fn every_refusal_has_a_code_and_a_bad_argument_its_path() {
    let office = Office::at(Storage::Sqlite, &["steinfurt"], Some(MORNING)).await;
    let server = office.serve().await;
    let slots = |basket: &str, to: &str| {
        format!(
            "{{ freeSlots(town: \"steinfurt\", basket: [{basket}], from: \"2026-11-24\", to: \"{to}\") {{ nextFreeDate }} }}"
        )
    };
    let umzug = "{ service: \"umzug\" }";
    let types = "ofType { ".repeat(20) + "name" + &" }".repeat(20);
    let deep = format!("{{ __type(name: \"Town\") {{ {types} }} }}");
    let wide = (0..60)
        .map(|n| format!("t{n}: towns(first: 100) {{ nodes {{ slug name }} }} "))
        .collect::<String>();
    let guesses = (0..9)
        .map(|n| format!("g{n}: signIn(email: \"a\", password: \"{n}\") "))
        .collect::<String>();
    for (document, expected, path) in [
        (
            slots("{ service: \"umzug\", quantity: 0 }", "2026-11-24"),
            "BAD_INPUT",
            json!(["freeSlots"]),
        ),
        (
            slots("{ service: \"umzug\", quantity: -1 }", "2026-11-24"),
            "BAD_INPUT",
            json!(["freeSlots"]),
        ),
        (
            slots("{ service: \"umzug\", quantity: 9 }", "2026-11-24"),
            "QUANTITY",
            json!(["freeSlots"]),
        ),
        (slots("{ service: \"zauberei\" }", "2026-11-24"), "UNKNOWN_SERVICE", json!(["freeSlots"])),
        (slots("", "2026-11-24"), "BAD_INPUT", json!(["freeSlots"])),
        (slots(umzug, "2026-11-23"), "RANGE", json!(["freeSlots"])),
        (slots(umzug, "2027-11-23"), "RANGE", json!(["freeSlots"])),
        (slots(umzug, "24.11.2026"), "BAD_INPUT", json!(["freeSlots"])),
        ("{ towns(first: 0) { endCursor } }".into(), "BAD_INPUT", json!(["towns"])),
        ("{ towns(first: 1000) { endCursor } }".into(), "BAD_INPUT", json!(["towns"])),
        ("{ town(town: \"atlantis\") { name } }".into(), "UNKNOWN_TOWN", json!(["town"])),
        ("{ nothing }".into(), "BAD_DOCUMENT", Value::Null),
        ("{ towns {".into(), "BAD_DOCUMENT", Value::Null),
        (deep, "BAD_DOCUMENT", Value::Null),
        (format!("{{ {wide} }}"), "BAD_DOCUMENT", Value::Null),
        (format!("mutation {{ {guesses} }}"), "BAD_DOCUMENT", Value::Null),
    ] {
        let answer = server.graphql(&document, json!({})).await;
        assert_eq!(code(&answer), expected, "{document} {answer}");
        assert_eq!(answer["errors"][0]["path"], path, "{document} {answer}");
    }
}

#[tokio::test]
async fn lists_are_read_page_by_page() {
    let towns = ["altena", "lengerich", "luenen"];
    let office = Office::with_towns(Storage::Sqlite, &towns).await;
    let server = office.serve().await;
    let mut seen = Vec::new();
    let mut after = Value::Null;
    loop {
        let query = "query($after: String) { towns(first: 2, after: $after) { nodes { slug } endCursor hasNextPage } }";
        let answer = server.graphql(query, json!({ "after": after })).await;
        let page = &answer["data"]["towns"];
        seen.extend(page["nodes"].as_array().unwrap().iter().map(|town| town["slug"].clone()));
        after = page["endCursor"].clone();
        if page["hasNextPage"] == false {
            break;
        }
    }
    assert_eq!(seen, towns);
}

#[tokio::test]
async fn a_town_is_found_by_its_host_name_and_only_while_it_is_live() {
    let office = Office::with_towns(Storage::Sqlite, &[]).await;
    let with = |status: &str| {
        let head = format!("status = \"{status}\"\nhosts = [\"termine.altena.example\"]");
        shipped("altena").replace("status = \"live\"", &head)
    };
    let by_host = async |url: &str| {
        let client = reqwest::Client::new();
        let request = client.get(url).header("Host", "termine.altena.example");
        let answer = request.send().await.unwrap();
        (answer.status().as_u16(), answer.text().await.unwrap())
    };
    for (status, town_found) in [("onboarding", false), ("live", true), ("suspended", false)] {
        office.import(&with(status));
        let server = office.serve().await;
        let expected = if town_found { 200 } else { 404 };
        assert_eq!(server.get("/altena").await.0, expected, "{status}");
        let query = "{ town(town: \"altena\") { slug } }";
        let answer = server.graphql(query, json!({})).await;
        assert_eq!(code(&answer), if town_found { "none" } else { "UNKNOWN_TOWN" }, "{status}");
        let (_, page) = by_host(&server.url).await;
        assert_eq!(page.contains("Stadt Altena"), town_found, "{status}");
        if town_found {
            // At its own name there is no prefix.
            let (found, page) = by_host(&format!("{}/impressum", server.url)).await;
            assert_eq!(found, 200);
            assert!(page.contains("href=\"/datenschutz\""), "{page}");
        }
    }
}
