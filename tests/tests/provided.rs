//! A citizen's form is filled in by a provider such as BundID (OpenID Connect), on both databases.

#![allow(clippy::unwrap_used)] // an answer without the asked-for value fails the test

use serde_json::json;
use system_tests::{
    citizen::{code, free},
    identity::{CLIENT, Identity, Person, SECRET, Wrong},
    office::{Office, Server, Storage, shipped},
    on_both,
    visitor::{Answered, Visitor, path_of},
};

const MORNING: &str = "2026-11-23T08:00:00Z";
const PASSWORD: &str = "kupfer-wolke-7-zaun";

on_both!(
    a_form_comes_back_filled_in_with_its_slot_and_nothing_is_stored,
    a_request_comes_back_with_its_wishes,
    whatever_goes_wrong_leaves_a_form_to_fill_in_oneself,
    a_town_s_own_host_name_is_where_people_come_back_to,
    the_api_reads_what_the_pages_do,
);

async fn town(storage: Storage) -> (Office, Server, Identity) {
    let identity = Identity::start(MORNING).await;
    identity.signs_in(Person { apart: true, ..Person::with("citizen-1", "erika@example.org") });
    let mut office = Office::at(storage, &["altena"], Some(MORNING)).await;
    office.configure("ALLOW_PRIVATE_TARGETS", "true");
    let issuer = &identity.issuer;
    let provider = format!(
        "hold_minutes = 10\ncitizen_provider = {{ name = \"BundID\", issuer = \"{issuer}\", client_id = \"{CLIENT}\" }}"
    );
    let file = shipped("lengerich").replacen("hold_minutes = 10", &provider, 1);
    office.import(&file.replacen(
        "status = \"live\"",
        "status = \"live\"\nhosts = [\"termine.lengerich.example\"]",
        1,
    ));
    office
        .succeed_with_input(&["staff", "admin@lengerich.example", "lengerich", "admin"], PASSWORD);
    let server = office.serve().await;
    let sign_in = format!(
        "mutation {{ signIn(email: \"admin@lengerich.example\", password: \"{PASSWORD}\") }}"
    );
    let admin = server.graphql(&sign_in, json!({})).await["data"]["signIn"].clone();
    let keep = "mutation($secret: String!) { keepProviderSecret(town: \"lengerich\", side: CITIZENS, secret: $secret) }";
    let kept = server.graphql_as(admin.as_str(), keep, json!({ "secret": SECRET })).await;
    assert_eq!(code(&kept), "none", "{kept}");
    (office, server, identity)
}

/// Holds the first free slot and opens its form; returns the form's address and its page.
async fn held(visitor: &mut Visitor, server: &Server, prefix: &str) -> (String, String) {
    let basket = json!([{ "service": "umzug" }]);
    let found = free(server, "lengerich", basket, "2026-11-26", "2026-11-26").await;
    let slot = format!("rathaus/{}", found["days"][0]["starts"][0].as_str().unwrap());
    let hold = format!("{prefix}/termin/halten?anliegen=umzug&lang=en");
    let held = visitor.post(server, &hold, &[("wahl", &slot)]).await;
    assert_eq!(held.status, 303, "{}", held.body);
    let page = visitor.get(server, &held.location).await;
    (held.location, page.body)
}

/// Where the form's second button sends it.
fn button(page: &str) -> String {
    let from = page.find("formaction=\"").unwrap_or_else(|| panic!("{page}")) + 12;
    page[from..].split('"').next().unwrap().replace("&#38;", "&").replace("&amp;", "&")
}

/// From the page that leads to the provider to the address that it sends the browser back to.
async fn away(visitor: &mut Visitor, server: &Server, page: &Answered) -> String {
    assert_eq!(page.status, 200, "{}", page.body);
    let from = page.body.find("content=\"0; url=").unwrap_or_else(|| panic!("{}", page.body)) + 16;
    let address = page.body[from..].split('"').next().unwrap();
    let address = address.replace("&#38;", "&").replace("&amp;", "&");
    visitor.get(server, &address).await.location
}

async fn a_form_comes_back_filled_in_with_its_slot_and_nothing_is_stored(storage: Storage) {
    let (office, server, _identity) = town(storage).await;
    let mut visitor = Visitor::default();
    let (_, page) = held(&mut visitor, &server, "/lengerich").await;
    assert!(page.contains("Take over data from BundID"), "{page}");
    assert!(visitor.cookies.is_empty(), "no cookie before one is needed: {visitor:?}");
    let typed = [("name", "E"), ("email", ""), ("phone", "05481 33123"), ("sms", "1")];
    let left = visitor.post(&server, &button(&page), &typed).await;
    assert!(left.body.contains("Continue to BundID"), "{}", left.body);
    assert_eq!(visitor.cookies.keys().collect::<Vec<_>>(), ["provider"]);
    let sealed = &visitor.cookies["provider"];
    assert!(sealed.len() < 3000 && !sealed.contains("05481"), "{sealed}");
    let back = away(&mut visitor, &server, &left).await;
    let before = visitor.clone();
    let form = visitor.get(&server, path_of(&back)).await;
    assert_eq!(form.status, 200, "{}", form.body);
    for expected in [
        "value=\"Erika Mustermann\"",
        "value=\"erika@example.org\"",
        "value=\"05481 33123\"",
        "Name and e-mail address are filled in",
        "The appointment is reserved for you until",
    ] {
        assert!(form.body.contains(expected), "{expected}: {}", form.body);
    }
    assert!(visitor.cookies.is_empty(), "{visitor:?}");
    assert_eq!(office.count("contact").await, 0);
    let written = office.everything_written().await;
    for part in ["Mustermann", "erika@example.org", "05481 33123"] {
        assert!(!written.windows(part.len()).any(|own| own == part.as_bytes()), "{part}");
    }
    // It goes on as if everything had been typed; and the answer works once.
    let from = form.body.find("action=\"/lengerich/termin/pruefen").unwrap() + 8;
    let action = form.body[from..].split('"').next().unwrap().replace("&#38;", "&");
    let fields =
        [("name", "Erika Mustermann"), ("email", "erika@example.org"), ("phone", "05481 33123")];
    let check = visitor.post(&server, &action.replace("&amp;", "&"), &fields).await;
    assert!(
        check.body.contains("Erika Mustermann") && check.body.contains("schluessel"),
        "{}",
        check.body
    );
    let again = before.clone().get(&server, path_of(&back)).await;
    assert_eq!(again.status, 422);
    assert!(again.body.contains("no longer valid") || again.body.contains("gilt nicht mehr"));
    assert!(!again.body.contains("Mustermann"));
}

async fn a_request_comes_back_with_its_wishes(storage: Storage) {
    let (_office, server, _identity) = town(storage).await;
    let mut visitor = Visitor::default();
    let page = visitor.get(&server, "/lengerich/anfrage?anliegen=eheschliessung").await;
    assert!(page.body.contains("Angaben aus BundID übernehmen"), "{}", page.body);
    let names: Vec<&str> = page
        .body
        .split("type=\"date\" id=\"")
        .skip(1)
        .map(|part| part.split('"').next().unwrap())
        .collect();
    let typed = [(names[0], "2026-12-01"), ("name", ""), ("phone", "05481 33123")];
    let left = visitor.post(&server, &button(&page.body), &typed).await;
    let back = away(&mut visitor, &server, &left).await;
    let form = visitor.get(&server, path_of(&back)).await;
    for expected in [
        "value=\"Erika Mustermann\"",
        "value=\"2026-12-01\"",
        "value=\"05481 33123\"",
        "sind übernommen",
    ] {
        assert!(form.body.contains(expected), "{expected}: {}", form.body);
    }
}

async fn whatever_goes_wrong_leaves_a_form_to_fill_in_oneself(storage: Storage) {
    let (_office, server, identity) = town(storage).await;
    for (wrong, words) in [
        (Wrong::Refusal, "Nothing was taken over"),
        (Wrong::Signature, "That does not work at the moment"),
        (Wrong::Nonce, "That does not work at the moment"),
    ] {
        let mut visitor = Visitor::default();
        identity.does_wrong(wrong);
        let (_, page) = held(&mut visitor, &server, "/lengerich").await;
        let left = visitor.post(&server, &button(&page), &[("name", "Was ich tippte")]).await;
        let back = away(&mut visitor, &server, &left).await;
        // Nobody else's browser goes on with it.
        let refused = Visitor::default().get(&server, path_of(&back)).await;
        assert_eq!(refused.status, 422, "{}", refused.body);
        let form = visitor.get(&server, path_of(&back)).await;
        assert!(form.body.contains(words), "{wrong:?}: {}", form.body);
        assert!(form.body.contains("value=\"Was ich tippte\""), "{wrong:?}: {}", form.body);
        assert!(!form.body.contains("Mustermann"), "{wrong:?}");
    }
    // A town that offers none has no button and no address for it.
    let none = Visitor::default().post(&server, "/altena/angaben/holen?formular=termin", &[]).await;
    assert_eq!(none.status, 404, "{}", none.body);
    let page = Visitor::default().get(&server, "/altena/anfrage?anliegen=umzug").await;
    assert!(!page.body.contains("formaction"), "{}", page.body);
}

async fn a_town_s_own_host_name_is_where_people_come_back_to(storage: Storage) {
    let (_office, server, _identity) = town(storage).await;
    let host = "termine.lengerich.example";
    let mut visitor = Visitor::default();
    visitor.host = Some(host.to_owned());
    let (_, page) = held(&mut visitor, &server, "").await;
    let left = visitor.post(&server, &button(&page), &[]).await;
    let back = away(&mut visitor, &server, &left).await;
    assert!(back.starts_with(&format!("http://{host}/angaben/antwort?")), "{back}");
    let form = visitor.get(&server, path_of(&back)).await;
    assert!(form.body.contains("value=\"Erika Mustermann\""), "{}", form.body);
}

async fn the_api_reads_what_the_pages_do(storage: Storage) {
    let (_office, server, _identity) = town(storage).await;
    let leave =
        "mutation { leaveForProvider(town: \"lengerich\", side: CITIZENS) { address handshake } }";
    let left = server.graphql(leave, json!({})).await["data"]["leaveForProvider"].clone();
    let back = Visitor::default().get(&server, left["address"].as_str().unwrap()).await.location;
    let part = |name: &str| {
        let query = back.split_once('?').unwrap().1;
        query.split('&').find_map(|pair| pair.strip_prefix(&format!("{name}="))).unwrap().to_owned()
    };
    let asked =
        json!({ "handshake": left["handshake"], "state": part("state"), "code": part("code") });
    // It opens no session, whoever asks for one.
    let session = "mutation($handshake: String!, $state: String!, $code: String!) { signInByProvider(town: \"lengerich\", handshake: $handshake, state: $state, code: $code) }";
    assert_eq!(code(&server.graphql(session, asked.clone()).await), "FOREIGN_ANSWER");
    let read = "mutation($handshake: String!, $state: String!, $code: String!) { readProvidedContact(town: \"lengerich\", handshake: $handshake, state: $state, code: $code) { name email } }";
    let contact = server.graphql(read, asked).await;
    let expected = json!({ "name": "Erika Mustermann", "email": "erika@example.org" });
    assert_eq!(contact["data"]["readProvidedContact"], expected, "{contact}");
}
