//! What citizens do with what is theirs: confirm an address, find appointments again, erase; and what
//! becomes of the places that they give back. On both databases.

#![allow(clippy::unwrap_used)] // an answer without the asked-for value fails the test

use std::time::Duration;

use serde_json::{Value, json};
use system_tests::{
    citizen::{book, code, free, mailed_secret},
    office::{Office, Server, Storage, shipped},
    on_both,
};

const MORNING: &str = "2026-11-23T08:00:00Z";
const DAY: &str = "2026-11-26";

on_both!(
    an_appointment_stands_once_its_address_is_confirmed,
    what_was_never_confirmed_is_cancelled_in_silence,
    a_place_that_nobody_confirms_is_free_for_others,
    a_place_that_nobody_confirms_is_shown_again_after_a_while,
    a_place_that_was_given_back_is_shown_again_after_a_while,
    on_the_same_day_a_place_comes_back_at_once,
    a_mailed_link_shows_all_appointments_of_an_address,
    whoever_erases_an_appointment_leaves_no_trace_of_themselves,
    the_secret_of_a_link_is_kept_and_logged_nowhere,
    a_town_that_wants_it_reminds_twice,
);

/// Altena with one counter and these rules besides.
async fn altena(storage: Storage, rules: &str) -> (Office, Server) {
    let mut office = Office::at(storage, &[], Some(MORNING)).await;
    let closed = "\n[[location.closure]]\nfrom = \"2026-11-01\"\nto = \"2026-12-31\"\ncounters = [\"platz-2\", \"platz-3\"]\n";
    let file = shipped("altena").replace("hold_minutes =", &format!("{rules}\nhold_minutes ="));
    office.import(&(file + closed));
    office.configure("RUST_LOG", "warn");
    let server = office.serve().await;
    (office, server)
}

fn basket() -> Value {
    json!([{ "service": "personalausweis" }])
}

/// Location and free starts of a day.
async fn starts(server: &Server, day: &str) -> (Value, Vec<Value>) {
    let found = free(server, "altena", basket(), day, day).await;
    let starts = found["days"][0]["starts"].as_array().cloned().unwrap_or_default();
    (found["days"][0]["location"].clone(), starts)
}

async fn ask(server: &Server, document: &str) -> Value {
    server.graphql(document, json!({})).await
}

async fn mail(office: &Office, count: usize, subject: &str) -> Value {
    let mails = office.mails(count).await;
    let found = mails.iter().find(|mail| mail["subject"].as_str().unwrap().starts_with(subject));
    found.unwrap_or_else(|| panic!("no mail {subject} in {mails:?}")).clone()
}

/// The one of so many mails that names an appointment's code.
async fn mail_about(office: &Office, count: usize, code: &str) -> Value {
    let mails = office.mails(count).await;
    let names = |mail: &&Value| mail["text"].as_str().unwrap().contains(code);
    mails.iter().find(names).unwrap_or_else(|| panic!("no mail of {code} in {mails:?}")).clone()
}

async fn an_appointment_stands_once_its_address_is_confirmed(storage: Storage) {
    let (office, server) = altena(storage, "confirm_minutes = 20").await;
    let (location, free) = starts(&server, DAY).await;
    let answer =
        book(&server, "altena", &basket(), (&location, &free[0]), "an-address-to-be-confirmed")
            .await;
    let own = answer["data"]["bookAppointment"]["secret"].as_str().unwrap().to_owned();
    let asked = mail(&office, 1, "Bitte bestätigen").await;
    assert!(asked["calendar"].is_null(), "nothing for the calendar yet");
    assert!(!starts(&server, DAY).await.1.contains(&free[0]), "the place is kept");
    let status =
        format!("{{ appointment(town: \"altena\", secret: \"{own}\") {{ status confirmUntil }} }}");
    let until = &ask(&server, &status).await["data"]["appointment"]["confirmUntil"];
    assert!(until.as_str().unwrap().starts_with("2026-11-23T08:20"), "{until}");
    // The secret that whoever books gets at once does not confirm.
    let confirm = |secret: &str| {
        format!(
            "mutation {{ confirmAppointment(town: \"altena\", secret: \"{secret}\") {{ confirmUntil }} }}"
        )
    };
    assert_eq!(code(&ask(&server, &confirm(&own)).await), "UNKNOWN_APPOINTMENT");
    // Neither does opening the mailed link: mail scanners do that too.
    let secret = mailed_secret(&asked);
    let (found, page) = server.get(&format!("/altena/termin/bestaetigen/{secret}")).await;
    assert!(found == 200 && page.contains("Termin bestätigen"), "{page}");
    assert!(!ask(&server, &status).await["data"]["appointment"]["confirmUntil"].is_null());
    for _ in 0..2 {
        let answer = ask(&server, &confirm(&secret)).await;
        assert!(answer["data"]["confirmAppointment"]["confirmUntil"].is_null(), "{answer}");
        assert_eq!(code(&answer), "none");
    }
    let confirmation = mail(&office, 2, "Ihr Termin").await;
    assert!(confirmation["calendar"].as_str().unwrap().contains("METHOD:PUBLISH"));
    // One reminder waits, and nothing was sent twice.
    assert_eq!(office.mails(2).await.len(), 2);
    assert_eq!(office.count("outbox").await, 3);
}

async fn what_was_never_confirmed_is_cancelled_in_silence(storage: Storage) {
    let rules =
        "confirm_minutes = 20\nwebhooks = [{ slug = \"andere\", url = \"https://example.org/\" }]";
    let (office, server) = altena(storage, rules).await;
    let (location, free) = starts(&server, DAY).await;
    let answer =
        book(&server, "altena", &basket(), (&location, &free[0]), "never-to-be-confirmed").await;
    let secret = &answer["data"]["bookAppointment"]["secret"];
    cancel(&server, secret).await;
    assert_eq!(office.count("appointment WHERE status = 'cancelled'").await, 1);
    assert_eq!(office.count("outbox WHERE kind <> 'confirm_address'").await, 0);
}

async fn a_place_that_nobody_confirms_is_free_for_others(storage: Storage) {
    let rules = "confirm_minutes = 20\nreturn_minutes = { from = 0, to = 0 }";
    let (mut office, server) = altena(storage, rules).await;
    let (location, free) = starts(&server, DAY).await;
    let slot = (&location, &free[0]);
    book(&server, "altena", &basket(), slot, "never-to-be-confirmed").await;
    let secret = mailed_secret(&mail(&office, 1, "Bitte bestätigen").await);
    server.end().await;
    office.set_clock("2026-11-23T08:20:01Z");
    let server = office.serve().await;
    assert!(starts(&server, DAY).await.1.contains(&free[0]));
    let answer = book(&server, "altena", &basket(), slot, "somebody-else-comes").await;
    assert_eq!(code(&answer), "none", "{answer}");
    let late = format!(
        "mutation {{ confirmAppointment(town: \"altena\", secret: \"{secret}\") {{ code }} }}"
    );
    assert_eq!(code(&ask(&server, &late).await), "WRONG_STATUS");
    let (status, page) = server.get(&format!("/altena/termin/bestaetigen/{secret}")).await;
    assert!(status == 410 && page.contains("nicht mehr vorgemerkt"), "{status}");
    // Who did not confirm is forgotten at once.
    assert_eq!(office.count("contact").await, 1);
}

/// Letting a place lapse is no way to hand it to a buyer.
async fn a_place_that_nobody_confirms_is_shown_again_after_a_while(storage: Storage) {
    let rules = "confirm_minutes = 20\nreturn_minutes = { from = 5, to = 10 }";
    let (mut office, server) = altena(storage, rules).await;
    let (location, free) = starts(&server, DAY).await;
    let [lapses, confirmed] = [(&location, &free[0]), (&location, &free[30])];
    book(&server, "altena", &basket(), lapses, "never-to-be-confirmed").await;
    let answer = book(&server, "altena", &basket(), confirmed, "confirmed-and-cancelled").await;
    let own = &answer["data"]["bookAppointment"]["secret"];
    let asked = mail_about(
        &office,
        2,
        answer["data"]["bookAppointment"]["appointment"]["code"].as_str().unwrap(),
    )
    .await;
    let document = format!(
        "mutation {{ confirmAppointment(town: \"altena\", secret: \"{}\") {{ code }} }}",
        mailed_secret(&asked)
    );
    assert_eq!(code(&ask(&server, &document).await), "none");
    cancel(&server, own).await;
    let shown = async |office: &mut Office, server: Server, clock: &str| {
        server.end().await;
        office.set_clock(clock);
        let server = office.serve().await;
        let shown = starts(&server, DAY).await.1;
        ([&free[0], &free[30]].map(|start| shown.contains(start)), server)
    };
    // What was confirmed counts from when it was given back.
    let (seen, server) = shown(&mut office, server, "2026-11-23T08:10:01Z").await;
    assert_eq!(seen, [false, true]);
    let (seen, server) = shown(&mut office, server, "2026-11-23T08:24:59Z").await;
    assert_eq!(seen, [false, true]);
    let early = book(&server, "altena", &basket(), lapses, "the-buyer-is-at-hand").await;
    assert_eq!(code(&early), "SLOT_TAKEN", "{early}");
    let (seen, server) = shown(&mut office, server, "2026-11-23T08:30:01Z").await;
    assert_eq!(seen, [true, true]);
    let late = book(&server, "altena", &basket(), lapses, "somebody-else-comes").await;
    assert_eq!(code(&late), "none", "{late}");
}

async fn cancel(server: &Server, secret: &Value) {
    let document = format!(
        "mutation {{ cancelAppointment(town: \"altena\", appointment: {{ secret: {secret} }}) {{ status }} }}"
    );
    assert_eq!(code(&ask(server, &document).await), "none");
}

async fn a_place_that_was_given_back_is_shown_again_after_a_while(storage: Storage) {
    let (mut office, server) = altena(storage, "return_minutes = { from = 5, to = 30 }").await;
    let (location, free) = starts(&server, DAY).await;
    let slot = (&location, &free[0]);
    let answer = book(&server, "altena", &basket(), slot, "to-be-sold-to-a-buyer").await;
    cancel(&server, &answer["data"]["bookAppointment"]["secret"]).await;
    assert!(!starts(&server, DAY).await.1.contains(&free[0]));
    let answer = book(&server, "altena", &basket(), slot, "the-buyer-is-at-hand").await;
    assert_eq!(code(&answer), "SLOT_TAKEN", "{answer}");
    // A moved appointment leaves its old place in the same way.
    let answer =
        book(&server, "altena", &basket(), (&location, &free[30]), "to-be-moved-away").await;
    let secret = &answer["data"]["bookAppointment"]["secret"];
    let moved = format!(
        "mutation {{ rescheduleAppointment(town: \"altena\", appointment: {{ secret: {secret} }}, location: {location}, startsAt: {}) {{ code }} }}",
        free[60]
    );
    assert_eq!(code(&ask(&server, &moved).await), "none");
    assert!(!starts(&server, DAY).await.1.contains(&free[30]));
    server.end().await;
    office.set_clock("2026-11-23T08:04:00Z");
    let server = office.serve().await;
    assert!(!starts(&server, DAY).await.1.contains(&free[0]), "five minutes at least");
    server.end().await;
    office.set_clock("2026-11-23T08:31:00Z");
    let server = office.serve().await;
    let shown = starts(&server, DAY).await.1;
    assert!(shown.contains(&free[0]) && shown.contains(&free[30]), "half an hour at most");
}

async fn on_the_same_day_a_place_comes_back_at_once(storage: Storage) {
    let (_office, server) = altena(storage, "").await;
    let (location, free) = starts(&server, "2026-11-23").await;
    let last = free.last().unwrap();
    let answer =
        book(&server, "altena", &basket(), (&location, last), "today-and-not-tomorrow").await;
    cancel(&server, &answer["data"]["bookAppointment"]["secret"]).await;
    assert!(starts(&server, "2026-11-23").await.1.contains(last));
}

async fn a_mailed_link_shows_all_appointments_of_an_address(storage: Storage) {
    let (mut office, server) = altena(storage, "").await;
    let (location, free) = starts(&server, DAY).await;
    for (start, key) in
        [(&free[0], "the-first-of-two-appointments"), (&free[30], "the-second-of-two")]
    {
        book(&server, "altena", &basket(), (&location, start), key).await;
    }
    let request = |email: &str| {
        format!("mutation {{ requestMyAppointments(town: \"altena\", email: \"{email}\") }}")
    };
    // Whoever asks learns nothing.
    for email in ["Erika+rathaus@Example.org", "nobody@example.org"] {
        let answer = ask(&server, &request(email)).await;
        assert_eq!(answer["data"]["requestMyAppointments"], true, "{answer}");
    }
    assert_eq!(code(&ask(&server, &request("erika")).await), "CONTACT");
    // The mail goes to whom the appointments belong: others may have the address that was typed.
    let told = mail(&office, 3, "Ihre Termine").await;
    assert_eq!(told["to"], "erika@example.org");
    let secret = mailed_secret(&told);
    let own = format!(
        "{{ myAppointments(town: \"altena\", secret: \"{secret}\") {{ secret appointment {{ startsAt }} }} }}"
    );
    let answer = ask(&server, &own).await;
    let found = answer["data"]["myAppointments"].as_array().unwrap();
    let when: Vec<&Value> = found.iter().map(|own| &own["appointment"]["startsAt"]).collect();
    assert_eq!(when, [&free[0], &free[30]], "{answer}");
    let opened = format!(
        "{{ appointment(town: \"altena\", secret: {}) {{ startsAt }} }}",
        found[1]["secret"]
    );
    assert_eq!(ask(&server, &opened).await["data"]["appointment"]["startsAt"], free[30]);
    // What somebody else has booked, whose address differs by what follows a +, stays theirs.
    let other = format!("mutation {{ bookAppointment(town: \"altena\", basket: [{{ service: \"personalausweis\" }}], location: {location},
        startsAt: {}, idempotencyKey: \"somebody-else-s-own\",
        contact: {{ name: \"Erika\", email: \"erika+x@example.org\", phone: \"+49 2352 1\" }}) {{ secret }} }}", free[60]);
    assert_eq!(code(&ask(&server, &other).await), "none");
    assert_eq!(ask(&server, &own).await["data"]["myAppointments"].as_array().unwrap().len(), 2);
    // Opening the link shows a button and no appointment.
    let (status, page) = server.get(&format!("/altena/meine-termine/{secret}")).await;
    assert!(status == 200 && page.contains("Termine anzeigen") && !page.contains("09:"), "{page}");
    // After five tries somebody has to wait; after half an hour the link is worth nothing.
    for _ in 0..4 {
        ask(&server, &request("erika@example.org")).await;
    }
    ask(&server, &request("erika@example.org")).await;
    assert_eq!(code(&ask(&server, &request("erika@example.org")).await), "TOO_MANY_ATTEMPTS");
    server.end().await;
    office.set_clock("2026-11-23T08:31:00Z");
    let server = office.serve().await;
    assert_eq!(code(&ask(&server, &own).await), "UNKNOWN_APPOINTMENT");
}

async fn whoever_erases_an_appointment_leaves_no_trace_of_themselves(storage: Storage) {
    let (office, server) = altena(storage, "return_minutes = { from = 0, to = 0 }").await;
    let (location, free) = starts(&server, DAY).await;
    let answer =
        book(&server, "altena", &basket(), (&location, &free[0]), "somebody-to-be-forgotten").await;
    let secret = &answer["data"]["bookAppointment"]["secret"];
    office.mails(1).await;
    // The mail is marked as sent a moment after it is there.
    tokio::time::sleep(Duration::from_millis(300)).await;
    // Also in a wish for something earlier.
    let wish = format!(
        "mutation {{ joinWaitingList(town: \"altena\", basket: [{{ service: \"personalausweis\" }}],
            wish: {{ first: \"2026-11-24\", last: \"2026-11-24\", from: \"05:00\", to: \"05:01\" }},
            insteadOf: {secret}, idempotencyKey: \"something-earlier\") {{ code }} }}"
    );
    let wish = ask(&server, &wish).await["data"]["joinWaitingList"]["code"].take();
    office.mails(2).await;
    tokio::time::sleep(Duration::from_millis(300)).await;
    // Until then they are told all of it.
    let page = format!("/altena/termin/b/{}/daten.json", secret.as_str().unwrap());
    assert_eq!(server.get(&page).await.0, 405, "a link alone tells nothing");
    let data = server.post(&page, &[], "de").await;
    let kind = "attachment; filename=\"amtstermin.json\"";
    assert_eq!(data.headers()["content-disposition"], kind);
    let data: Value = data.json().await.unwrap();
    let stored = format!("{{ storedData(town: \"altena\", secret: {secret}) }}");
    assert_eq!(ask(&server, &stored).await["data"]["storedData"], data);
    assert_eq!(data["contact"]["name"], "Erika Mustermann");
    assert_eq!(data["waiting_list"][0]["code"], wish);
    let messages = data["messages"].as_array().unwrap();
    let states: Vec<(&str, &str)> = messages
        .iter()
        .map(|own| (own["kind"].as_str().unwrap(), own["state"].as_str().unwrap()))
        .collect();
    let expected = [("confirmation", "sent"), ("reminder", "waiting"), ("waiting_listed", "sent")];
    assert_eq!(states, expected, "{data}");
    let erase = format!("mutation {{ eraseAppointment(town: \"altena\", secret: {secret}) }}");
    assert_eq!(ask(&server, &erase).await["data"]["eraseAppointment"], true);
    let look = format!(
        "{{ appointment(town: \"altena\", secret: {secret}) {{ status contact {{ name }} }} }}"
    );
    let answer = ask(&server, &look).await;
    assert_eq!(answer["data"]["appointment"], json!({ "status": "CANCELLED", "contact": null }));
    assert!(starts(&server, DAY).await.1.contains(&free[0]), "the place is free");
    for table in ["contact", "outbox"] {
        assert_eq!(office.count(table).await, 0, "{table}");
    }
    assert_eq!(std::fs::read_dir(office.mail_folder()).unwrap().count(), 0);
    server.end().await;
    let written = office.everything_written().await;
    for personal in ["Mustermann", "erika@example.org", "5481 330"] {
        assert!(!written.windows(personal.len()).any(|part| part == personal.as_bytes()));
    }
}

async fn the_secret_of_a_link_is_kept_and_logged_nowhere(storage: Storage) {
    let (mut office, server) = altena(storage, "").await;
    server.end().await;
    office.configure("RUST_LOG", "debug");
    let server = office.serve().await;
    let (location, free) = starts(&server, DAY).await;
    let answer =
        book(&server, "altena", &basket(), (&location, &free[0]), "a-secret-to-keep").await;
    let secret = answer["data"]["bookAppointment"]["secret"].as_str().unwrap();
    let own = format!("{}/altena/termin/b/{secret}", server.url);
    for address in [own.clone(), format!("{own}/termin.ics")] {
        let page = reqwest::get(&address).await.unwrap();
        assert_eq!(page.status(), 200);
        assert_eq!(page.headers()["referrer-policy"], "no-referrer");
    }
    let look = format!("{{ appointment(town: \"altena\", secret: \"{secret}\") {{ status }} }}");
    assert_eq!(code(&ask(&server, &look).await), "none");
    // Opening the page for cancelling cancels nothing; pressing its button does.
    reqwest::get(&format!("{own}/absagen")).await.unwrap();
    assert_eq!(ask(&server, &look).await["data"]["appointment"]["status"], "BOOKED");
    let cancel = format!(
        "mutation {{ cancelAppointment(town: \"altena\", appointment: {{ secret: \"{secret}\" }}) {{ status }} }}"
    );
    assert_eq!(code(&ask(&server, &cancel).await), "none");
    server.end().await;
    let written = office.everything_written().await;
    let holds = |text: &str| written.windows(text.len()).any(|part| part == text.as_bytes());
    assert!(holds("booked"), "something is logged");
    assert!(!holds(secret));
}

async fn a_town_that_wants_it_reminds_twice(storage: Storage) {
    let (mut office, server) = altena(storage, "second_reminder_hours = 2").await;
    let (location, free) = starts(&server, DAY).await;
    book(&server, "altena", &basket(), (&location, &free[0]), "to-be-reminded-twice").await;
    assert_eq!(office.mails(1).await.len(), 1);
    for (clock, mails) in [("2026-11-25T12:00:00Z", 2), ("2026-11-26T06:59:00Z", 3)] {
        office.set_clock(clock);
        let server = office.serve().await;
        assert_eq!(office.mails(mails).await.len(), mails, "{clock}");
        server.end().await;
    }
    server.end().await;
}
