//! Passkeys: a key of one's device opens alone, once for each challenge, for its own account and
//! site, and counts as both factors.

#![allow(clippy::unwrap_used)] // an answer without the asked-for value fails the test

use serde_json::{Value, json};
use system_tests::{
    citizen::code,
    office::{Office, Server, Storage, shipped},
    on_both,
    passkey::{Authenticator, Flaw},
};

const MORNING: &str = "2026-11-23T08:00:00Z";
const PASSWORD: &str = "kupfer-wolke-7-zaun";
const ADMIN: &str = "admin@altena.example";
const ORIGIN: &str = "https://termine.example.org";

on_both!(
    a_passkey_opens_alone_and_satisfies_a_town_that_asks_for_a_second_factor,
    an_answer_works_once_for_its_own_challenge_site_and_account,
    a_copied_passkey_is_refused_and_stands_in_the_log,
    a_forgotten_password_leaves_passkeys_and_the_last_factor_takes_its_codes_with_it,
);

async fn altena(storage: Storage) -> (Office, Server) {
    let mut office = Office::at(storage, &["altena"], Some(MORNING)).await;
    office.configure("PUBLIC_URL", ORIGIN);
    office.succeed_with_input(&["staff", ADMIN, "altena", "admin"], PASSWORD);
    office.succeed_with_input(&["staff", "clerk@altena.example", "altena", "clerk"], PASSWORD);
    let server = office.serve().await;
    (office, server)
}

async fn sign_in(server: &Server, email: &str, given: Option<&str>) -> Value {
    let document = "mutation($email: String!, $password: String!, $code: String) { signIn(email: $email, password: $password, code: $code) }";
    let asked = json!({ "email": email, "password": PASSWORD, "code": given });
    server.graphql(document, asked).await
}

async fn session(server: &Server, email: &str) -> String {
    let answer = sign_in(server, email, None).await;
    answer["data"]["signIn"].as_str().unwrap_or_else(|| panic!("{answer}")).to_owned()
}

async fn begin(server: &Server, token: &str) -> Value {
    let answer = begin_with(server, token, PASSWORD).await;
    assert_eq!(code(&answer), "none", "{answer}");
    answer["data"]["beginPasskey"].clone()
}

async fn begin_with(server: &Server, token: &str, password: &str) -> Value {
    let document =
        "mutation($password: String!) { beginPasskey(password: $password) { token options } }";
    server.graphql_as(Some(token), document, json!({ "password": password })).await
}

async fn add(server: &Server, token: &str, ceremony: &Value, answer: &Value) -> Value {
    let document = "mutation($token: String!, $answer: JSON!) { addPasskey(token: $token, answer: $answer, name: \" Diensttelefon \") }";
    let asked = json!({ "token": ceremony["token"], "answer": answer });
    server.graphql_as(Some(token), document, asked).await
}

/// An authenticator with a passkey for the account of a session, and the account's recovery codes.
async fn enrol(server: &Server, token: &str) -> (Authenticator, Vec<String>) {
    let mut own = Authenticator::at(ORIGIN);
    let ceremony = begin(server, token).await;
    let answer = own.create(&ceremony["options"], Flaw::None);
    let added = add(server, token, &ceremony, &answer).await;
    assert_eq!(code(&added), "none", "{added}");
    let codes = added["data"]["addPasskey"].as_array().unwrap();
    (own, codes.iter().map(|code| code.as_str().unwrap().to_owned()).collect())
}

async fn begin_sign_in(server: &Server) -> Value {
    let answer =
        server.graphql("mutation { beginPasskeySignIn { token options } }", json!({})).await;
    answer["data"]["beginPasskeySignIn"].clone()
}

async fn finish(server: &Server, ceremony: &Value, answer: &Value) -> Value {
    let document = "mutation($token: String!, $answer: JSON!) { signInWithPasskey(token: $token, answer: $answer) }";
    let asked = json!({ "token": ceremony["token"], "answer": answer });
    server.graphql(document, asked).await
}

/// Signs in with a passkey; returns the whole answer.
async fn open(server: &Server, own: &mut Authenticator, flaw: Flaw) -> Value {
    let ceremony = begin_sign_in(server).await;
    let answer = own.get(&ceremony["options"], flaw);
    finish(server, &ceremony, &answer).await
}

async fn mine(server: &Server, token: &str) -> Value {
    let document = "{ myPasskeys { id name lastUsedAt } }";
    let answer = server.graphql_as(Some(token), document, json!({})).await;
    answer["data"]["myPasskeys"].clone()
}

async fn staff(server: &Server, token: &str) -> Value {
    let document = "{ staff(town: \"altena\") { email secondFactor } }";
    server.graphql_as(Some(token), document, json!({})).await
}

async fn a_passkey_opens_alone_and_satisfies_a_town_that_asks_for_a_second_factor(
    storage: Storage,
) {
    let (office, server) = altena(storage).await;
    let admin = session(&server, ADMIN).await;
    let required = "hold_minutes = 10\nsecond_factor = true";
    office.import(&shipped("altena").replace("hold_minutes = 10", required));
    assert_eq!(code(&staff(&server, &admin).await), "SECOND_FACTOR");

    let guess = begin_with(&server, &admin, "kupfer-wolke-8-zaun").await;
    assert_eq!(code(&guess), "WRONG_CREDENTIALS", "a session alone makes no passkey");
    let (mut own, recovery) = enrol(&server, &admin).await;
    assert_eq!(recovery.len(), 8, "the first factor brings recovery codes");
    let (_, none) = enrol(&server, &admin).await;
    assert_eq!(none.len(), 0, "the second one leaves them as they are");
    assert_eq!(code(&staff(&server, &admin).await), "none");
    assert_eq!(mine(&server, &admin).await[0]["name"], "Diensttelefon");
    assert_eq!(mine(&server, &admin).await[0]["lastUsedAt"], Value::Null);

    let opened = open(&server, &mut own, Flaw::None).await;
    let token = opened["data"]["signInWithPasskey"].as_str().unwrap_or_else(|| panic!("{opened}"));
    let members = staff(&server, token).await;
    assert_eq!(members["data"]["staff"][0]["secondFactor"], true, "{members}");
    assert!(mine(&server, token).await[0]["lastUsedAt"].is_string());

    // The password alone does not open beside it; a recovery code does once.
    assert_eq!(code(&sign_in(&server, ADMIN, None).await), "SECOND_FACTOR");
    assert_eq!(code(&sign_in(&server, ADMIN, Some(&recovery[0])).await), "none");
    assert_eq!(code(&sign_in(&server, ADMIN, Some(&recovery[0])).await), "WRONG_CODE");

    let log = "{ auditLog(town: \"altena\", from: \"2026-11-23T00:00:00Z\", to: \"2026-11-24T00:00:00Z\") { action address } }";
    let log = server.graphql_as(Some(token), log, json!({})).await;
    let lines = log["data"]["auditLog"].as_array().unwrap();
    let count = |action: &str| lines.iter().filter(|line| line["action"] == action).count();
    assert_eq!((count("passkey.added"), count("passkey.used")), (2, 1), "{log}");
    assert_eq!(lines[0]["address"], "127.0.0.1", "{log}");
}

async fn an_answer_works_once_for_its_own_challenge_site_and_account(storage: Storage) {
    let (_office, server) = altena(storage).await;
    let admin = session(&server, ADMIN).await;
    let clerk = session(&server, "clerk@altena.example").await;

    // Making one: another's ceremony, another site, an owner who was not verified, twice.
    let mut own = Authenticator::at(ORIGIN);
    let ceremony = begin(&server, &admin).await;
    let answer = own.create(&ceremony["options"], Flaw::None);
    assert_eq!(code(&add(&server, &clerk, &ceremony, &answer).await), "PASSKEY");
    for flaw in [Flaw::OtherOrigin, Flaw::Unverified] {
        let ceremony = begin(&server, &admin).await;
        let answer = own.create(&ceremony["options"], flaw);
        assert_eq!(code(&add(&server, &admin, &ceremony, &answer).await), "PASSKEY", "{flaw:?}");
    }
    assert_eq!(code(&add(&server, &admin, &ceremony, &answer).await), "none");
    assert_eq!(code(&add(&server, &admin, &ceremony, &answer).await), "PASSKEY");
    // The same key is not another account's as well.
    let theirs = begin(&server, &clerk).await;
    let answer = own.clone().create(&theirs["options"], Flaw::None);
    assert_eq!(code(&add(&server, &clerk, &theirs, &answer).await), "PASSKEY");

    // Signing in: an answer is used up with its challenge.
    let ceremony = begin_sign_in(&server).await;
    let answer = own.get(&ceremony["options"], Flaw::None);
    assert_eq!(code(&finish(&server, &ceremony, &answer).await), "none");
    assert_eq!(code(&finish(&server, &ceremony, &answer).await), "PASSKEY");
    let next = begin_sign_in(&server).await;
    assert_eq!(code(&finish(&server, &next, &answer).await), "PASSKEY", "another challenge");
    for flaw in [Flaw::OtherOrigin, Flaw::Unverified, Flaw::OtherKey] {
        assert_eq!(code(&open(&server, &mut own, flaw).await), "PASSKEY", "{flaw:?}");
    }
    // Five in a row, and the client has to wait.
    assert_eq!(code(&open(&server, &mut own, Flaw::None).await), "TOO_MANY_ATTEMPTS");
}

async fn a_copied_passkey_is_refused_and_stands_in_the_log(storage: Storage) {
    let (_office, server) = altena(storage).await;
    let admin = session(&server, ADMIN).await;
    let (mut own, _) = enrol(&server, &admin).await;
    let mut copy = own.clone();
    for _ in 0..2 {
        assert_eq!(code(&open(&server, &mut own, Flaw::None).await), "none");
    }
    assert_eq!(code(&open(&server, &mut copy, Flaw::None).await), "PASSKEY");
    let log = "{ auditLog(town: \"altena\", from: \"2026-11-23T00:00:00Z\", to: \"2026-11-24T00:00:00Z\", action: \"passkey.copied\") { actor } }";
    let log = server.graphql_as(Some(&admin), log, json!({})).await;
    assert_eq!(log["data"]["auditLog"].as_array().unwrap().len(), 1, "{log}");

    // Keys that do not count, as those kept in a cloud, are no copies.
    let (synced, _) = enrol(&server, &admin).await;
    let mut synced = synced.uncounted();
    for _ in 0..2 {
        assert_eq!(code(&open(&server, &mut synced, Flaw::None).await), "none");
    }
}

async fn a_forgotten_password_leaves_passkeys_and_the_last_factor_takes_its_codes_with_it(
    storage: Storage,
) {
    let (office, server) = altena(storage).await;
    let admin = session(&server, ADMIN).await;
    let (mut own, _) = enrol(&server, &admin).await;
    let forgot = format!("mutation {{ forgotPassword(email: \"{ADMIN}\") }}");
    server.graphql(&forgot, json!({})).await;
    let mails = office.mails(1).await;
    let (_, link) = mails[0]["text"].as_str().unwrap().split_once("/kennwort/").unwrap();
    let link = link.split_whitespace().next().unwrap();
    let choose = "mutation($token: String!, $password: String!) { choosePassword(token: $token, password: $password) }";
    let asked = json!({ "token": link, "password": PASSWORD });
    let chosen = server.graphql(choose, asked).await;
    assert_eq!((code(&chosen), &chosen["data"]["choosePassword"]), ("none", &Value::Null));

    // The mailbox alone does not open; the passkey does as before.
    assert_eq!(code(&sign_in(&server, ADMIN, None).await), "SECOND_FACTOR");
    let opened = open(&server, &mut own, Flaw::None).await;
    let token = opened["data"]["signInWithPasskey"].as_str().unwrap();
    let id = mine(&server, token).await[0]["id"].clone();
    let remove = async |password: &str| {
        let document = "mutation($id: UUID!, $password: String!) { removePasskey(id: $id, password: $password) }";
        let asked = json!({ "id": id, "password": password });
        code(&server.graphql_as(Some(token), document, asked).await).to_owned()
    };
    assert_eq!(remove("another password").await, "WRONG_CREDENTIALS");
    assert_eq!(remove(PASSWORD).await, "none");
    assert_eq!(mine(&server, token).await, json!([]));
    assert_eq!(code(&open(&server, &mut own, Flaw::None).await), "PASSKEY");
    assert_eq!(code(&sign_in(&server, ADMIN, None).await), "none");
    assert_eq!(
        office.count("account_token WHERE purpose = 'recovery'").await,
        0,
        "codes of nothing"
    );
}

#[tokio::test]
async fn a_ceremony_lasts_five_minutes() {
    let (mut office, server) = altena(Storage::Sqlite).await;
    let admin = session(&server, ADMIN).await;
    let (mut own, _) = enrol(&server, &admin).await;
    let ceremony = begin_sign_in(&server).await;
    let answer = own.get(&ceremony["options"], Flaw::None);
    server.end().await;
    office.set_clock("2026-11-23T08:06:00Z");
    let server = office.serve().await;
    assert_eq!(code(&finish(&server, &ceremony, &answer).await), "PASSKEY");
    begin_sign_in(&server).await;
    assert_eq!(office.count("passkey_ceremony").await, 1, "those that nobody ended go");
}
