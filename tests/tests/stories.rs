//! The five towns' stories, through the real binary on both databases.

#![allow(clippy::unwrap_used)] // an answer without the asked-for value fails the story

use serde_json::{Value, json};
use system_tests::{
    citizen::{BOOK, book, code, free},
    office::{Office, Storage, shipped},
    on_both,
};

const REQUEST: &str = "mutation($wishes: [WishInput!]!) {
    requestAppointment(town: \"lengerich\", basket: [{ service: \"eheschliessung\" }], wishes: $wishes, idempotencyKey: \"wedding-of-the-year\",
        contact: { name: \"Erika Mustermann\", email: \"erika@example.org\" }) { code wishes } }";

on_both!(
    lengerich_turns_a_request_into_direct_booking_by_a_changed_file,
    steinfurt_confirms_at_once_with_documents_and_entrance,
    steinfurt_names_the_next_free_date_when_four_weeks_are_full,
    luenen_releases_the_last_day_at_eight,
    altena_takes_more_time_for_a_family_and_opens_on_its_date,
    twistringen_asks_for_a_phone_number_and_explains_every_concern,
    a_repeated_submit_books_once,
    a_slot_that_was_never_offered_is_refused,
    importing_twice_changes_nothing,
    no_secret_of_one_town_opens_anything_in_another,
);

async fn lengerich_turns_a_request_into_direct_booking_by_a_changed_file(storage: Storage) {
    let office = Office::at(storage, &["lengerich"], Some("2026-11-23T08:00:00Z")).await;
    let server = office.serve().await;
    let wish = |date: &str| json!({ "date": date, "from": "09:00", "to": "12:00" });
    let wishes = json!({ "wishes": [wish("2026-12-01"), wish("2026-12-02"), wish("2026-12-03")] });
    let answer = server.graphql(REQUEST, wishes.clone()).await;
    assert_eq!(answer["data"]["requestAppointment"]["wishes"], 3, "{answer}");
    let mails = office.mails(1).await;
    assert!(mails[0]["text"].as_str().unwrap().contains("Dienstag, 1. Dezember 2026, 09:00–12:00"));

    office.import(&shipped("lengerich").replace("mode = \"request\"\n", ""));
    assert_eq!(code(&server.graphql(REQUEST, wishes).await), "WRONG_MODE");
    let basket = json!([{ "service": "eheschliessung" }]);
    let found = free(&server, "lengerich", basket.clone(), "2026-11-30", "2026-12-02").await;
    let day = &found["days"][0];
    let answer = book(
        &server,
        "lengerich",
        &basket,
        (&day["location"], &day["starts"][0]),
        "key-of-sixteen-chars",
    )
    .await;
    assert!(answer["data"]["bookAppointment"]["secret"].is_string(), "{answer}");

    // Encrypted at rest, and nowhere in the log.
    let written = office.everything_written().await;
    for personal in ["Mustermann", "erika@example.org"] {
        // PostgreSQL shows binary columns as hexadecimal digits.
        let digits: String = personal.bytes().map(|byte| format!("{byte:02x}")).collect();
        for needle in [personal, &digits] {
            let found = written.windows(needle.len()).any(|part| part == needle.as_bytes());
            assert!(!found, "{personal} stands in the database or a log");
        }
    }
}

async fn steinfurt_confirms_at_once_with_documents_and_entrance(storage: Storage) {
    let office = Office::at(storage, &["steinfurt"], Some("2026-11-23T08:00:00Z")).await;
    let server = office.serve().await;
    let basket = json!([{ "service": "reisepass" }]);
    let found = free(&server, "steinfurt", basket.clone(), "2026-11-24", "2026-11-24").await;
    let day = &found["days"][0];
    book(
        &server,
        "steinfurt",
        &basket,
        (&day["location"], &day["starts"][0]),
        "key-of-sixteen-chars",
    )
    .await;
    let mails = office.mails(1).await;
    let text = mails[0]["text"].as_str().unwrap();
    for part in [
        "Zugang B (Kantineneingang)",
        "Maske",
        "Digitales Lichtbild",
        "Dienstag, 24. November 2026, 08:00 Uhr",
    ] {
        assert!(text.contains(part), "{part} in {text}");
    }
    let calendar = mails[0]["calendar"].as_str().unwrap();
    assert!(calendar.contains("DTSTART;TZID=Europe/Berlin:20261124T080000"), "{calendar}");
    assert!(!calendar.contains("Reisepass"), "others may look at a calendar");
}

async fn steinfurt_names_the_next_free_date_when_four_weeks_are_full(storage: Storage) {
    let office = Office::at(storage, &[], Some("2026-11-23T08:00:00Z")).await;
    let closed = "\n[[closure]]\nfrom = \"2026-11-23\"\nto = \"2026-12-20\"\n";
    office.import(&(shipped("steinfurt") + closed));
    let server = office.serve().await;
    let basket = json!([{ "service": "umzug" }]);
    let found = free(&server, "steinfurt", basket, "2026-11-23", "2026-12-20").await;
    assert_eq!(found["days"], json!([]));
    assert_eq!(found["nextFreeDate"], "2026-12-21");
}

async fn luenen_releases_the_last_day_at_eight(storage: Storage) {
    let basket = json!([{ "service": "fischereischein" }]);
    // 28 days after Monday 23 November is Monday 21 December.
    for (clock, days) in [("2026-11-23T06:59:00Z", 0), ("2026-11-23T07:00:30Z", 1)] {
        let office = Office::at(storage, &["luenen"], Some(clock)).await;
        let server = office.serve().await;
        let found = free(&server, "luenen", basket.clone(), "2026-12-21", "2026-12-21").await;
        assert_eq!(found["days"].as_array().unwrap().len(), days, "at {clock}");
    }
}

async fn altena_takes_more_time_for_a_family_and_opens_on_its_date(storage: Storage) {
    let office = Office::at(storage, &["altena"], Some("2021-06-10T08:00:00Z")).await;
    let server = office.serve().await;
    let one = json!([{ "service": "personalausweis" }]);
    let found = free(&server, "altena", one.clone(), "2021-06-10", "2021-06-25").await;
    assert_eq!(found["days"][0]["date"], "2021-06-21");
    let start = |found: &Value, at: usize| found["days"][0]["starts"][at].clone();
    let location = found["days"][0]["location"].clone();
    let minutes = |answer: &Value| {
        let booked = &answer["data"]["bookAppointment"]["appointment"];
        let at = |key: &str| {
            chrono::DateTime::parse_from_rfc3339(booked[key].as_str().unwrap()).unwrap()
        };
        (at("endsAt") - at("startsAt")).num_minutes()
    };
    let answer =
        book(&server, "altena", &one, (&location, &start(&found, 0)), "one-identity-card").await;
    assert_eq!(minutes(&answer), 15);
    let four = json!([{ "service": "personalausweis", "quantity": 4 }]);
    let found = free(&server, "altena", four.clone(), "2021-06-21", "2021-06-21").await;
    let answer =
        book(&server, "altena", &four, (&location, &start(&found, 0)), "a-family-of-four").await;
    assert_eq!(minutes(&answer), 45);
}

async fn twistringen_asks_for_a_phone_number_and_explains_every_concern(storage: Storage) {
    let office = Office::at(storage, &["twistringen"], Some("2026-11-23T08:00:00Z")).await;
    let server = office.serve().await;
    let query = "{ town(town: \"twistringen\") { services(first: 50) { nodes { slug explanation documents } } } }";
    let answer = server.graphql(query, json!({})).await;
    for service in answer["data"]["town"]["services"]["nodes"].as_array().unwrap() {
        assert!(!service["explanation"].as_str().unwrap().is_empty(), "{service}");
        assert!(!service["documents"].as_array().unwrap().is_empty(), "{service}");
    }
    let without_phone = BOOK.replace(", phone: \"+49 5481 330\"", "");
    let asked = json!({ "town": "twistringen", "basket": [{ "service": "personalausweis" }],
        "location": uuid::Uuid::nil(), "startsAt": "2026-11-25T08:00:00Z", "key": "key-of-sixteen-chars" });
    let answer = server.graphql(&without_phone, asked).await;
    assert_eq!(code(&answer), "CONTACT");
    let fields = &answer["errors"][0]["extensions"]["fields"];
    assert_eq!(fields, &json!([{ "field": "phone", "problem": "MISSING" }]));
}

async fn a_repeated_submit_books_once(storage: Storage) {
    let office = Office::at(storage, &["steinfurt"], Some("2026-11-23T08:00:00Z")).await;
    let server = office.serve().await;
    let basket = json!([{ "service": "umzug" }]);
    let found = free(&server, "steinfurt", basket.clone(), "2026-11-24", "2026-11-24").await;
    let day = &found["days"][0];
    let slot = (&day["location"], &day["starts"][0]);
    let (first, second) = tokio::join!(
        book(&server, "steinfurt", &basket, slot, "the-same-submit-twice"),
        book(&server, "steinfurt", &basket, slot, "the-same-submit-twice"),
    );
    assert_eq!(first["data"], second["data"], "{first} {second}");
    assert!(first["data"]["bookAppointment"]["secret"].is_string());
    let other = json!([{ "service": "reisepass" }]);
    let answer = book(&server, "steinfurt", &other, slot, "the-same-submit-twice").await;
    assert_eq!(code(&answer), "IDEMPOTENCY_KEY");
    assert_eq!(office.mails(1).await.len(), 1);
}

async fn a_slot_that_was_never_offered_is_refused(storage: Storage) {
    let office = Office::at(storage, &["steinfurt"], Some("2026-11-23T08:00:00Z")).await;
    let server = office.serve().await;
    let basket = json!([{ "service": "umzug" }]);
    let found = free(&server, "steinfurt", basket.clone(), "2026-11-24", "2026-11-24").await;
    let location = &found["days"][0]["location"];
    for (start, why) in [
        ("2026-11-23T07:00:00Z", "past"),
        ("2026-11-23T08:30:00Z", "inside the notice"),
        ("2026-11-24T07:01:00Z", "off the grid"),
        ("2026-11-24T02:00:00Z", "closed"),
        ("2027-11-24T07:00:00Z", "beyond the window"),
        ("2026-11-23T15:00:00Z", "the reserve"),
    ] {
        let answer =
            book(&server, "steinfurt", &basket, (location, &json!(start)), "key-of-sixteen-chars")
                .await;
        assert_eq!(code(&answer), "SLOT_NOT_OFFERED", "{why}");
    }
}

async fn importing_twice_changes_nothing(storage: Storage) {
    let office = Office::with_towns(storage, &["altena"]).await;
    assert!(office.import(&shipped("altena")).contains("unchanged"));
    assert!(
        office
            .import(&shipped("altena").replace("Eingang an der Lenne", "Eingang am Markt"))
            .contains("changed")
    );
    assert_eq!(
        office.succeed(&["town", "export", "altena"]),
        shipped("altena").replace("Eingang an der Lenne", "Eingang am Markt")
    );
}

async fn no_secret_of_one_town_opens_anything_in_another(storage: Storage) {
    let office = Office::at(storage, &["steinfurt", "luenen"], Some("2026-11-23T08:00:00Z")).await;
    let server = office.serve().await;
    let basket = json!([{ "service": "umzug" }]);
    let found = free(&server, "steinfurt", basket.clone(), "2026-11-24", "2026-11-24").await;
    let day = &found["days"][0];
    let answer = book(
        &server,
        "steinfurt",
        &basket,
        (&day["location"], &day["starts"][0]),
        "key-of-sixteen-chars",
    )
    .await;
    let secret = &answer["data"]["bookAppointment"]["secret"];
    for (town, expected) in [("steinfurt", "none"), ("luenen", "UNKNOWN_APPOINTMENT")] {
        let query = format!("{{ appointment(town: \"{town}\", secret: {secret}) {{ code }} }}");
        assert_eq!(code(&server.graphql(&query, json!({})).await), expected);
    }
    let query = "mutation($l: UUID!) { holdSlot(town: \"luenen\", basket: [{ service: \"umzug\" }], location: $l, startsAt: \"2026-11-24T07:00:00Z\") { token } }";
    let answer = server.graphql(query, json!({ "l": day["location"] })).await;
    assert_eq!(code(&answer), "UNKNOWN_LOCATION");
}
