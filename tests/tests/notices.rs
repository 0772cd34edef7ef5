//! The ways by which a town tells something: mails signed for its own domain, short messages, events
//! for other programs. On both databases, with receivers that check what they get.

#![allow(clippy::unwrap_used)] // an answer without the asked-for value fails the test

use std::{io::Write as _, process::Stdio, time::Duration};

use axum::http::StatusCode;
use base64::{Engine as _, engine::general_purpose::STANDARD};
use chrono::{DateTime, TimeDelta, Utc};
use hmac::{Hmac, KeyInit as _, Mac as _};
use serde_json::{Value, json};
use sha2::Sha256;
use system_tests::{
    citizen::{book, code, free},
    office::{Office, Server, Storage, shipped},
    on_both,
    smtp::MailServer,
    web_sink::{Taken, WebSink},
};

const MORNING: &str = "2026-11-23T08:00:00Z";
const DAY: &str = "2026-11-26";
const PASSWORD: &str = "a-long-password-for-an-admin";

on_both!(
    a_mail_from_the_towns_own_address_is_signed_as_its_dns_record_says,
    short_messages_go_to_those_who_have_agreed,
    webhooks_are_signed_and_tried_again,
    a_webhook_that_never_answers_keeps_no_mail_waiting,
    what_waits_goes_where_the_town_wants_it_now,
    whoever_books_later_than_the_reminder_is_not_reminded,
    no_webhook_reaches_into_our_own_network,
    the_events_of_a_closing_wait_and_are_withdrawn_by_its_undoing,
    a_webhook_that_was_removed_leaves_no_secret_and_is_told_nothing,
);

/// Altena with these rules besides, and an admin.
async fn altena(storage: Storage, rules: &str) -> Office {
    let mut office = Office::at(storage, &[], Some(MORNING)).await;
    office.configure("RUST_LOG", "warn");
    office
        .import(&shipped("altena").replace("hold_minutes =", &format!("{rules}\nhold_minutes =")));
    office.succeed_with_input(&["staff", "admin@altena.example", "altena", "admin"], PASSWORD);
    office
}

async fn admin(server: &Server) -> String {
    let sign_in =
        format!("mutation {{ signIn(email: \"admin@altena.example\", password: \"{PASSWORD}\") }}");
    server.graphql(&sign_in, json!({})).await["data"]["signIn"].as_str().unwrap().to_owned()
}

fn basket() -> Value {
    json!([{ "service": "personalausweis" }])
}

async fn slots(server: &Server) -> (Value, Vec<Value>) {
    let found = free(server, "altena", basket(), DAY, DAY).await;
    let starts = found["days"][0]["starts"].as_array().unwrap().clone();
    (found["days"][0]["location"].clone(), starts)
}

async fn keys(server: &Server) -> Value {
    let token = admin(server).await;
    let document = "{ townKeys(town: \"altena\") { records { purpose name value } webhooks { webhook secret } hasSmsSecret } }";
    server.graphql_as(Some(&token), document, json!({})).await["data"]["townKeys"].take()
}

async fn a_mail_from_the_towns_own_address_is_signed_as_its_dns_record_says(storage: Storage) {
    let sink = MailServer::start().await;
    let mut office = altena(storage, "mail_from = \"termine@altena.example\"").await;
    office.configure("SMTP_URL", &sink.url);
    let server = office.serve().await;
    let (location, starts) = slots(&server).await;
    book(&server, "altena", &basket(), (&location, &starts[0]), "a-mail-to-be-signed").await;
    let mail = sink.mails(1).await.remove(0);
    assert!(mail.contains("<termine@altena.example>"), "{mail}");
    let keys = keys(&server).await;
    // SPF comes first, DMARC last.
    let record = &keys["records"][1];
    assert_eq!(record["name"], "amtstermin._domainkey.altena.example");
    let record = record["value"].as_str().unwrap();
    assert!(is_signed(&mail, record), "{mail}");
    // A changed subject is found out.
    assert!(!is_signed(&mail.replacen("Subject: ", "Subject: x", 1), record));
    // Another start of the server signs with the same key.
    server.end().await;
    let server = office.serve().await;
    assert_eq!(self::keys(&server).await["records"][1]["value"], record);
}

/// Whether a verifier that is not ours finds the signature right.
fn is_signed(mail: &str, record: &str) -> bool {
    const VERIFY: &str = "import sys, dkim\n\
        record = sys.argv[1].encode()\n\
        asked = b'amtstermin._domainkey.altena.example.'\n\
        look_up = lambda name, timeout=5: record if name == asked else None\n\
        sys.exit(0 if dkim.verify(sys.stdin.buffer.read(), dnsfunc=look_up) else 1)";
    let mut python = std::process::Command::new("/usr/bin/python3")
        .args(["-c", VERIFY, record])
        .stdin(Stdio::piped())
        .stderr(Stdio::inherit())
        .spawn()
        .unwrap();
    let wire = mail.replace('\n', "\r\n");
    python.stdin.take().unwrap().write_all(wire.as_bytes()).unwrap();
    python.wait().unwrap().success()
}

async fn short_messages_go_to_those_who_have_agreed(storage: Storage) {
    let sink = WebSink::start().await;
    let gateway = format!(
        "sms = {{ url = \"{}/send?key={{{{ secret }}}}\", headers = {{ Authorization = \"Bearer {{{{ secret }}}}\" }}, body = '{{\"to\": \"{{{{ phone }}}}\", \"text\": \"{{{{ text }}}}\"}}' }}",
        sink.url
    );
    let mut office = altena(storage, &gateway).await;
    office.configure("ALLOW_PRIVATE_TARGETS", "true");
    let server = office.serve().await;
    let keep = "mutation { keepSmsSecret(town: \"altena\", secret: \"a b&c\") }";
    let answer = server.graphql_as(Some(&admin(&server).await), keep, json!({})).await;
    assert_eq!(answer["data"]["keepSmsSecret"], true, "{answer}");
    assert_eq!(keys(&server).await["hasSmsSecret"], true);
    let (location, starts) = slots(&server).await;
    let document = "mutation($location: UUID!, $start: DateTime!, $key: String!, $sms: Boolean!) {
        bookAppointment(town: \"altena\", basket: [{ service: \"personalausweis\" }], location: $location, startsAt: $start, idempotencyKey: $key,
        contact: { name: \"Erika\", email: \"erika@example.org\", phone: \"+49 5481 330\", sms: $sms }) { appointment { code contact { sms } } } }";
    // Whoever has not agreed gets a mail alone.
    for (start, key, sms) in [
        (&starts[0], "no-short-messages-please", false),
        (&starts[30], "short-messages-please", true),
    ] {
        let asked = json!({ "location": location, "start": start, "key": key, "sms": sms });
        let answer = server.graphql(document, asked).await;
        assert_eq!(
            answer["data"]["bookAppointment"]["appointment"]["contact"]["sms"], sms,
            "{answer}"
        );
    }
    let taken = sink.taken(1).await;
    assert_eq!(taken[0].path, "/send?key=a+b%26c");
    assert_eq!(taken[0].headers["authorization"], "Bearer a b&c");
    let said: Value = serde_json::from_str(&taken[0].body).unwrap();
    assert_eq!(said["to"], "+49 5481 330");
    let text = said["text"].as_str().unwrap();
    assert!(text.contains("Ihr Termin steht fest") && text.contains("/termin/b/"), "{text}");
    assert_eq!(office.mails(2).await.len(), 2);
    // What has left is marked a moment later.
    for _ in 0..100 {
        if office.count("outbox WHERE state = 'waiting'").await == 3 {
            break;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    // Both have a reminder by mail, the second one more to the phone.
    assert_eq!(office.count("outbox WHERE state = 'waiting' AND medium = 'sms'").await, 1);
    assert_eq!(office.count("outbox WHERE state = 'waiting'").await, 3);
    assert_eq!(sink.taken(1).await.len(), 1);
}

async fn webhooks_are_signed_and_tried_again(storage: Storage) {
    let sink = WebSink::start().await;
    let webhooks = format!(
        "webhooks = [{{ slug = \"alles\", url = \"{0}/all\" }}, {{ slug = \"halle\", url = \"{0}/hall\", events = [\"arrived\"] }}]",
        sink.url
    );
    let mut office = altena(storage, &webhooks).await;
    office.configure("ALLOW_PRIVATE_TARGETS", "true");
    let server = office.serve().await;
    let secrets = keys(&server).await["webhooks"].take();
    let (location, starts) = slots(&server).await;
    sink.answer(StatusCode::SERVICE_UNAVAILABLE);
    let answer =
        book(&server, "altena", &basket(), (&location, &starts[0]), "told-to-other-programs").await;
    let booked = &answer["data"]["bookAppointment"]["appointment"];
    sink.taken(1).await;
    sink.answer(StatusCode::OK);
    // The same event again, under the same identity.
    let taken = sink.taken(2).await;
    assert_eq!(taken[0].headers["webhook-id"], taken[1].headers["webhook-id"]);
    for one in &taken {
        assert!(is_right(one, secrets[0]["secret"].as_str().unwrap()), "{one:?}");
        assert!(!is_right(one, secrets[1]["secret"].as_str().unwrap()));
    }
    let said: Value = serde_json::from_str(&taken[1].body).unwrap();
    assert_eq!(said["type"], "appointment.booked");
    assert_eq!(said["data"]["code"], booked["code"]);
    assert_eq!(said["data"]["services"][0]["service"], "personalausweis");
    assert!(!taken[1].body.contains("Erika") && !taken[1].body.contains("example.org"));
    // Moved, arrived (which the hall is told too), taken back, missed.
    let token = admin(&server).await;
    let id = &booked["id"];
    let moved = format!(
        "mutation {{ rescheduleAppointment(town: \"altena\", appointment: {{ id: {id} }}, location: {location}, startsAt: {}) {{ code }} }}",
        starts[30]
    );
    assert_eq!(code(&server.graphql_as(Some(&token), &moved, json!({})).await), "none");
    sink.taken(3).await;
    server.end().await;
    let begun: DateTime<Utc> = starts[30].as_str().unwrap().parse().unwrap();
    office.set_clock(&(begun + TimeDelta::minutes(1)).to_rfc3339());
    let server = office.serve().await;
    let token = admin(&server).await;
    for status in ["ARRIVED", "BOOKED", "MISSED"] {
        let mark = format!(
            "mutation {{ markAppointment(town: \"altena\", appointment: {id}, status: {status}) {{ code }} }}"
        );
        assert_eq!(code(&server.graphql_as(Some(&token), &mark, json!({})).await), "none");
    }
    let taken = sink.taken(6).await;
    let told = |taken: &Taken| {
        let said: Value = serde_json::from_str(&taken.body).unwrap();
        format!("{} {}", taken.path, said["type"].as_str().unwrap())
    };
    let mut told: Vec<String> = taken[2..].iter().map(told).collect();
    told.sort();
    assert_eq!(
        told,
        [
            "/all appointment.arrived",
            "/all appointment.changed",
            "/all appointment.missed",
            "/hall appointment.arrived",
        ]
    );
}

/// Whether a request is signed with `secret` (Standard Webhooks).
fn is_right(taken: &Taken, secret: &str) -> bool {
    let header = |name: &str| taken.headers[name].to_str().unwrap();
    let key = STANDARD.decode(secret.strip_prefix("whsec_").unwrap()).unwrap();
    let mut mac = Hmac::<Sha256>::new_from_slice(&key).unwrap();
    let signed = format!("{}.{}.{}", header("webhook-id"), header("webhook-timestamp"), taken.body);
    mac.update(signed.as_bytes());
    header("webhook-signature") == format!("v1,{}", STANDARD.encode(mac.finalize().into_bytes()))
}

async fn no_webhook_reaches_into_our_own_network(storage: Storage) {
    let sink = WebSink::start().await;
    let webhooks = format!("webhooks = [{{ slug = \"innen\", url = \"{}/\" }}]", sink.url);
    let office = altena(storage, &webhooks).await;
    let server = office.serve().await;
    let (location, starts) = slots(&server).await;
    book(&server, "altena", &basket(), (&location, &starts[0]), "to-be-told-to-nobody").await;
    let token = admin(&server).await;
    let dead = "{ deadLetters(town: \"altena\") { kind medium reason attempts } }";
    for _ in 0..100 {
        let answer = server.graphql_as(Some(&token), dead, json!({})).await;
        let found = &answer["data"]["deadLetters"];
        if found.as_array().is_some_and(|found| !found.is_empty()) {
            let expected = json!([{ "kind": "appointment.booked", "medium": "webhook",
                "reason": "refused for good (an address that may not be asked)", "attempts": 1 }]);
            assert_eq!(*found, expected);
            assert!(sink.taken(0).await.is_empty());
            return;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("nothing was given up: {}", server.log());
}

/// Closes the day, and cancels whom that falls on; returns the closing's id.
async fn close(server: &Server, token: &str, location: &Value) -> Value {
    let document = format!(
        "mutation {{ closeLocation(town: \"altena\", location: {location}, affected: CANCEL,
            closure: {{ from: \"{DAY}\", to: \"{DAY}\", reason: \"Wasserschaden\" }}) {{ id }} }}"
    );
    let closed = server.graphql_as(Some(token), &document, json!({})).await;
    assert_eq!(code(&closed), "none", "{closed}");
    closed["data"]["closeLocation"]["id"].clone()
}

async fn the_events_of_a_closing_wait_and_are_withdrawn_by_its_undoing(storage: Storage) {
    let sink = WebSink::start().await;
    let webhooks = format!("webhooks = [{{ slug = \"alles\", url = \"{}/\" }}]", sink.url);
    let mut office = altena(storage, &webhooks).await;
    office.configure("ALLOW_PRIVATE_TARGETS", "true");
    let server = office.serve().await;
    let (location, starts) = slots(&server).await;
    book(&server, "altena", &basket(), (&location, &starts[0]), "who-stays-after-all").await;
    sink.taken(1).await;
    let token = admin(&server).await;
    let waits = "outbox WHERE kind = 'appointment.cancelled' AND state = 'waiting'";
    let closing = close(&server, &token, &location).await;
    assert_eq!(office.count(waits).await, 1);
    let undo = format!(
        "mutation {{ undoClosing(town: \"altena\", closing: {closing}) {{ restored {{ code }} }} }}"
    );
    assert_eq!(code(&server.graphql_as(Some(&token), &undo, json!({})).await), "none");
    assert_eq!(office.count(waits).await, 0, "nobody hears of what was undone");
    // What is not undone is told when it can no longer be.
    close(&server, &token, &location).await;
    server.end().await;
    assert_eq!(sink.taken(1).await.len(), 1);
    office.set_clock("2026-11-23T08:06:00Z");
    let _server = office.serve().await;
    let taken = sink.taken(2).await;
    let said: Vec<Value> =
        taken.iter().map(|taken| serde_json::from_str(&taken.body).unwrap()).collect();
    assert_eq!(said[1]["type"], "appointment.cancelled");
    // Booked, cancelled, restored, cancelled.
    assert_eq!(said[1]["data"]["sequence"], 3, "{said:?}");
}

async fn a_webhook_that_was_removed_leaves_no_secret_and_is_told_nothing(storage: Storage) {
    let sink = WebSink::start().await;
    let webhook = |slug: &str| format!("{{ slug = \"{slug}\", url = \"{}/{slug}\" }}", sink.url);
    let rules = |list: &str| {
        shipped("altena").replace("hold_minutes =", &format!("webhooks = [{list}]\nhold_minutes ="))
    };
    let two = format!("{}, {}", webhook("bleibt"), webhook("geht"));
    let mut office = altena(storage, &format!("webhooks = [{two}]")).await;
    office.configure("ALLOW_PRIVATE_TARGETS", "true");
    let secrets = "town_secret WHERE name LIKE 'webhook:%'";
    assert_eq!(office.count(secrets).await, 2);
    sink.answer(StatusCode::SERVICE_UNAVAILABLE);
    let server = office.serve().await;
    let (location, starts) = slots(&server).await;
    book(&server, "altena", &basket(), (&location, &starts[0]), "told-to-one-of-two").await;
    sink.taken(2).await;
    let kept = keys(&server).await["webhooks"][0].take();
    office.change(&rules(&webhook("bleibt"))).await;
    assert_eq!(office.count(secrets).await, 1);
    assert_eq!(keys(&server).await["webhooks"], json!([kept]), "the other's stays as it was");
    // What waits for the removed one goes, instead of being given up.
    for _ in 0..400 {
        if office.count("outbox WHERE medium = 'webhook'").await == 1 {
            sink.answer(StatusCode::OK);
            return;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("an event still waits for a webhook that was removed: {}", server.log());
}

async fn what_waits_goes_where_the_town_wants_it_now(storage: Storage) {
    let sink = WebSink::start().await;
    let rules = |way: &str| {
        let sms = format!(
            "sms = {{ url = \"{}/{way}-sms\", body = \"{{{{ phone }}}} {{{{ text }}}}\" }}",
            sink.url
        );
        let hook = format!("{{ slug = \"andere\", url = \"{}/{way}-hook\" }}", sink.url);
        format!("{sms}\nwebhooks = [{hook}]")
    };
    let mut office = altena(storage, &rules("old")).await;
    office.configure("ALLOW_PRIVATE_TARGETS", "true");
    sink.answer(StatusCode::SERVICE_UNAVAILABLE);
    let server = office.serve().await;
    let (location, starts) = slots(&server).await;
    let book = "mutation($location: UUID!, $start: DateTime!) {
        bookAppointment(town: \"altena\", basket: [{ service: \"personalausweis\" }], location: $location, startsAt: $start,
        idempotencyKey: \"told-on-two-ways-at-once\",
        contact: { name: \"Erika\", email: \"erika@example.org\", phone: \"+49 5481 330\", sms: true }) { secret } }";
    let asked = json!({ "location": location, "start": starts[0] });
    assert_eq!(code(&server.graphql(book, asked).await), "none");
    let before = sink.taken(2).await.len();
    let changed =
        shipped("altena").replace("hold_minutes =", &format!("{}\nhold_minutes =", rules("new")));
    office.change(&changed).await;
    sink.answer(StatusCode::OK);
    let mut paths: Vec<String> = Vec::new();
    for taken in sink.taken(before + 2).await.split_off(before) {
        paths.push(taken.path);
    }
    // One more may have been on its way.
    paths.retain(|path| !path.starts_with("/old"));
    paths.sort();
    assert_eq!(paths, ["/new-hook", "/new-sms"]);
}

async fn a_webhook_that_never_answers_keeps_no_mail_waiting(storage: Storage) {
    // Connections are taken by the system, and nobody reads what comes.
    let silent = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", silent.local_addr().unwrap());
    let mut office =
        altena(storage, &format!("webhooks = [{{ slug = \"stumm\", url = \"{url}/\" }}]")).await;
    office.configure("ALLOW_PRIVATE_TARGETS", "true");
    let server = office.serve().await;
    let (location, free) = slots(&server).await;
    let basket = json!([{ "service": "umzug" }]);
    for (number, start) in free.iter().take(3).enumerate() {
        let key = format!("a-booking-for-slot-{number}");
        let answer = book(&server, "altena", &basket, (&location, start), &key).await;
        assert_eq!(code(&answer), "none", "{answer}");
    }
    assert_eq!(office.mails(3).await.len(), 3);
    // All three are still tried for the first time.
    assert_eq!(office.count("outbox WHERE medium = 'webhook' AND attempts = 0").await, 3);
}

async fn whoever_books_later_than_the_reminder_is_not_reminded(storage: Storage) {
    let office = altena(storage, "reminder_hours = 24\nsecond_reminder_hours = 2").await;
    let server = office.serve().await;
    let basket = json!([{ "service": "umzug" }]);
    let mut reminders = 0;
    // Today at 10:30, tomorrow at 8:30, the day after.
    for (day, more) in [("2026-11-23", 0), ("2026-11-24", 1), ("2026-11-26", 2)] {
        let found = free(&server, "altena", basket.clone(), day, day).await;
        let starts = found["days"][0]["starts"].as_array().unwrap();
        // The clock stands at nine in the morning there.
        let start = starts
            .iter()
            .find(|start| day > "2026-11-23" || start.as_str() < Some("2026-11-23T10:00"));
        let slot = (&found["days"][0]["location"], start.unwrap());
        let answer = book(&server, "altena", &basket, slot, &format!("a-booking-on-{day}")).await;
        assert_eq!(code(&answer), "none", "{answer}");
        reminders += more;
        assert_eq!(
            office.count("outbox WHERE kind = 'reminder'").await,
            reminders,
            "{day} {}",
            slot.1
        );
    }
}
