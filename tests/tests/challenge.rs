//! The challenge before a place is taken: never, always, and while there is a surge; on both
//! databases.

#![allow(clippy::unwrap_used)] // an answer without the asked-for value fails the test

use serde_json::{Value, json};
use system_tests::{
    citizen::{code, free, mailed_secret, solve},
    office::{Office, Server, Storage, shipped},
    on_both,
    staff::Member,
};

const MORNING: &str = "2026-11-23T08:00:00Z";
const DAY: &str = "2026-11-26";

on_both!(
    a_town_that_asks_for_nothing_is_as_before,
    a_hold_costs_a_solution_and_pays_for_the_booking,
    a_solution_is_good_once_in_its_own_town_and_for_half_an_hour,
    a_booking_without_a_solution_is_confirmed_by_mail,
    whoever_leaves_the_solution_out_keeps_few_places_from_others,
    staff_book_without_a_solution,
    joining_the_waiting_list_costs_a_solution_too,
    a_surge_switches_the_challenge_on_and_it_ends,
);

/// Altena with these rules besides; Lünen with the same.
async fn towns(storage: Storage, rules: &str) -> (Office, Server) {
    let office = Office::at(storage, &[], Some(MORNING)).await;
    for town in ["altena", "luenen"] {
        let rules = format!("{rules}\nchallenge_numbers = 1000\nhold_minutes =");
        office.import(&shipped(town).replace("hold_minutes =", &rules));
    }
    office.employ("clerk", "altena");
    let server = office.serve().await;
    (office, server)
}

struct Altena {
    location: Value,
    starts: Vec<Value>,
}

impl Altena {
    async fn look(server: &Server) -> Self {
        let basket = json!([{ "service": "umzug" }]);
        let found = free(server, "altena", basket, DAY, DAY).await;
        let first = &found["days"][0];
        let starts = first["starts"].as_array().unwrap().clone();
        Self { location: first["location"].clone(), starts }
    }

    async fn hold(&self, server: &Server, start: usize, proof: Option<&str>) -> Value {
        let document = "mutation($location: UUID!, $start: DateTime!, $proof: String) {
            holdSlot(town: \"altena\", basket: [{ service: \"umzug\" }], location: $location,
                startsAt: $start, proof: $proof) { token } }";
        let asked =
            json!({ "location": self.location, "start": self.starts[start], "proof": proof });
        server.graphql(document, asked).await
    }

    async fn book(&self, server: &Server, start: usize, paid: Value) -> Value {
        let document = "mutation($location: UUID!, $start: DateTime!, $hold: String, $proof: String, $key: String!) {
            bookAppointment(town: \"altena\", basket: [{ service: \"umzug\" }], location: $location,
                startsAt: $start, hold: $hold, proof: $proof, idempotencyKey: $key,
                contact: { name: \"Erika Mustermann\", email: \"erika@example.org\" }) {
                secret appointment { confirmUntil } } }";
        let key = format!("a-booking-at-slot-{start}");
        let asked = json!({ "location": self.location, "start": self.starts[start],
            "hold": paid["hold"], "proof": paid["proof"], "key": key });
        server.graphql(document, asked).await
    }
}

async fn challenge(server: &Server, town: &str) -> Value {
    let document = format!("{{ challenge(town: \"{town}\") {{ challenge salt maxnumber }} }}");
    server.graphql(&document, json!({})).await["data"]["challenge"].take()
}

fn until(booked: &Value) -> &Value {
    assert_eq!(code(booked), "none", "{booked}");
    &booked["data"]["bookAppointment"]["appointment"]["confirmUntil"]
}

fn flaw(answer: &Value) -> &str {
    assert_eq!(code(answer), "CHALLENGE", "{answer}");
    answer["errors"][0]["extensions"]["flaw"].as_str().unwrap()
}

async fn a_town_that_asks_for_nothing_is_as_before(storage: Storage) {
    let (_office, server) = towns(storage, "challenge = \"off\"").await;
    assert!(challenge(&server, "altena").await.is_null());
    assert_eq!(server.get("/altena/termin/aufgabe.json").await, (204, String::new()));
    assert!(!server.get("/altena/termin?anliegen=umzug").await.1.contains("challenge.js"));
    let altena = Altena::look(&server).await;
    assert_eq!(code(&altena.hold(&server, 0, None).await), "none");
    assert!(until(&altena.book(&server, 10, json!({})).await).is_null());
}

async fn a_hold_costs_a_solution_and_pays_for_the_booking(storage: Storage) {
    let (_office, server) = towns(storage, "challenge = \"always\"").await;
    let altena = Altena::look(&server).await;
    let refused = altena.hold(&server, 0, None).await;
    assert_eq!(code(&refused), "CHALLENGE_NEEDED", "{refused}");
    let solution = solve(&server, "altena").await;
    let held = altena.hold(&server, 0, Some(&solution)).await;
    assert_eq!(code(&held), "none", "{held}");
    let hold = json!({ "hold": held["data"]["holdSlot"]["token"] });
    assert!(until(&altena.book(&server, 0, hold.clone()).await).is_null());
    // The hold has ended with the booking: it pays for no other.
    assert!(!until(&altena.book(&server, 10, hold).await).is_null());
    // A booking that was not held brings a solution of its own.
    let paid = json!({ "proof": solve(&server, "altena").await });
    assert!(until(&altena.book(&server, 20, paid.clone()).await).is_null());
    // The same again is the same booking, and costs nothing.
    assert!(until(&altena.book(&server, 20, paid).await).is_null());
}

async fn a_solution_is_good_once_in_its_own_town_and_for_half_an_hour(storage: Storage) {
    let (mut office, server) = towns(storage, "challenge = \"always\"").await;
    let altena = Altena::look(&server).await;
    let solution = solve(&server, "altena").await;
    assert_eq!(code(&altena.hold(&server, 0, Some(&solution)).await), "none");
    assert_eq!(flaw(&altena.hold(&server, 10, Some(&solution)).await), "USED");
    for _ in 0..2 {
        let booked = altena.book(&server, 10, json!({ "proof": solution })).await;
        assert_eq!(flaw(&booked), "USED", "also when it is sent again");
    }
    let elsewhere = solve(&server, "luenen").await;
    assert_eq!(flaw(&altena.hold(&server, 10, Some(&elsewhere)).await), "WRONG");
    assert_eq!(flaw(&altena.hold(&server, 10, Some("bm90aGluZw==")).await), "WRONG");
    let late = solve(&server, "altena").await;
    server.end().await;
    office.set_clock("2026-11-23T08:31:00Z");
    let server = office.serve().await;
    assert_eq!(flaw(&altena.hold(&server, 10, Some(&late)).await), "EXPIRED");
    // A refused solution takes no place.
    assert!(
        until(&altena.book(&server, 10, json!({ "proof": solve(&server, "altena").await })).await)
            .is_null()
    );
}

async fn a_booking_without_a_solution_is_confirmed_by_mail(storage: Storage) {
    let (office, server) = towns(storage, "challenge = \"always\"").await;
    let altena = Altena::look(&server).await;
    let booked = altena.book(&server, 0, json!({})).await;
    assert!(until(&booked).as_str().unwrap().starts_with("2026-11-23T08:30"), "{booked}");
    let mail = &office.mails(1).await[0];
    assert!(mail["subject"].as_str().unwrap().starts_with("Bitte bestätigen"), "{mail}");
    let secret = mailed_secret(mail);
    let confirm = format!(
        "mutation {{ confirmAppointment(town: \"altena\", secret: \"{secret}\") {{ confirmUntil }} }}"
    );
    let confirmed = server.graphql(&confirm, json!({})).await;
    assert!(confirmed["data"]["confirmAppointment"]["confirmUntil"].is_null(), "{confirmed}");
    assert_eq!(code(&confirmed), "none");
    // The pages go the same way: without a solution nothing is held, and nobody is turned away.
    let start = altena.starts[10].as_str().unwrap();
    let wanted = [("wahl", format!("rathaus/{start}"))];
    let wanted: Vec<(&str, &str)> =
        wanted.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let onward = server.post("/altena/termin/halten?anliegen=umzug", &wanted, "de").await;
    assert_eq!(onward.status(), 303);
    let details = onward.headers()["location"].to_str().unwrap().to_owned();
    assert!(details.contains("/termin/daten") && !details.contains("hold="), "{details}");
    assert!(server.get(&details).await.1.contains("gerade nicht für Sie reserviert"));
    let typed = [("name", "Erika Mustermann"), ("email", "erika@example.org")];
    let check = server.post(&details.replace("daten", "pruefen"), &typed, "de").await;
    let check = check.text().await.unwrap();
    assert!(check.contains("innerhalb von 30 Minuten mit einem Link"), "{check}");
}

async fn whoever_leaves_the_solution_out_keeps_few_places_from_others(storage: Storage) {
    let (_office, server) = towns(storage, "challenge = \"always\"").await;
    let altena = Altena::look(&server).await;
    for start in 0..20 {
        assert!(!until(&altena.book(&server, start * 3, json!({})).await).is_null());
    }
    for _ in 0..2 {
        let again = altena.book(&server, 61, json!({})).await;
        assert_eq!(code(&again), "CHALLENGE_NEEDED", "also when it is sent again");
    }
    let paid = json!({ "proof": solve(&server, "altena").await });
    assert!(until(&altena.book(&server, 61, paid).await).is_null(), "others book as before");
}

async fn staff_book_without_a_solution(storage: Storage) {
    let (_office, server) = towns(storage, "challenge = \"always\"").await;
    let altena = Altena::look(&server).await;
    let clerk = Member::of(&server, "clerk", "altena").await;
    let document = "mutation($location: UUID!, $start: DateTime!) {
        bookAppointment(town: \"altena\", basket: [{ service: \"umzug\" }], location: $location, startsAt: $start,
            channel: PHONE, idempotencyKey: \"a-booking-by-phone\", contact: { name: \"Erika Mustermann\" }) {
            appointment { confirmUntil } } }";
    let asked = json!({ "location": altena.location, "start": altena.starts[0] });
    let booked = clerk.get(&server, document, asked).await;
    assert!(booked["appointment"]["confirmUntil"].is_null());
}

async fn joining_the_waiting_list_costs_a_solution_too(storage: Storage) {
    let (_office, server) = towns(storage, "challenge = \"always\"").await;
    let join = async |name: &str, proof: Option<&str>| {
        let document = "mutation($proof: String, $email: String!, $key: String!) { joinWaitingList(town: \"altena\",
            basket: [{ service: \"umzug\" }], wish: { first: \"2026-11-26\", last: \"2026-11-27\" },
            contact: { name: \"Erika\", email: $email }, idempotencyKey: $key, proof: $proof) { secret } }";
        let email = format!("{name}@example.org");
        let asked =
            json!({ "proof": proof, "email": email, "key": format!("a-wish-by-{name:8>16}") });
        server.graphql(document, asked).await
    };
    // What is taken from the list stands at once for whoever paid, and is confirmed by whoever did not.
    let solution = solve(&server, "altena").await;
    for (name, proof) in [("paid", Some(solution.as_str())), ("hasty", None)] {
        let joined = join(name, proof).await;
        assert_eq!(code(&joined), "none", "{joined}");
        let secret = &joined["data"]["joinWaitingList"]["secret"];
        let take = format!(
            "mutation {{ takeOffer(town: \"altena\", secret: {secret}) {{ confirmUntil }} }}"
        );
        let mut taken = server.graphql(&take, json!({})).await;
        for _ in 0..100 {
            if code(&taken) == "none" {
                break;
            }
            tokio::time::sleep(std::time::Duration::from_millis(50)).await;
            taken = server.graphql(&take, json!({})).await;
        }
        let until = &taken["data"]["takeOffer"]["confirmUntil"];
        assert_eq!(until.is_null(), proof.is_some(), "{taken}");
    }
    assert_eq!(flaw(&join("again", Some(&solution)).await), "USED");
    // The same submit again is the same place on the list.
    assert_eq!(code(&join("paid", Some(&solution)).await), "none");
    for number in 1..20 {
        assert_eq!(code(&join(&format!("number-{number}"), None).await), "none");
    }
    assert_eq!(code(&join("one-too-many", None).await), "CHALLENGE_NEEDED");
    let (status, page) = server.get("/altena/warteliste?anliegen=umzug").await;
    assert!(status == 200 && page.contains("challenge.js") && page.contains("data-proof"));
}

async fn a_surge_switches_the_challenge_on_and_it_ends(storage: Storage) {
    let rules = "challenge = \"surge\"\nchallenge_surge = 4";
    let (mut office, server) = towns(storage, rules).await;
    let altena = Altena::look(&server).await;
    let other = office.serve().await;
    assert!(challenge(&server, "altena").await.is_null());
    // Holds and bookings without one are places; a booking of what is held is no further one.
    let held = altena.hold(&server, 0, None).await;
    let hold = json!({ "hold": held["data"]["holdSlot"]["token"] });
    assert!(until(&altena.book(&server, 0, hold).await).is_null());
    for start in [10, 20] {
        assert!(until(&altena.book(&server, start, json!({})).await).is_null());
        assert!(challenge(&server, "altena").await.is_null(), "three places are no surge");
    }
    assert_eq!(code(&altena.hold(&server, 30, None).await), "none");
    assert!(!challenge(&server, "altena").await.is_null(), "the fourth within a minute is");
    assert!(challenge(&server, "luenen").await.is_null(), "each town counts for itself");
    assert!(server.get("/altena/termin?anliegen=umzug").await.1.contains("challenge.js"));
    assert_eq!(code(&altena.hold(&server, 40, None).await), "CHALLENGE_NEEDED");
    if storage == Storage::Postgres {
        assert!(!challenge(&other, "altena").await.is_null(), "on every replica");
    }
    let solution = solve(&server, "altena").await;
    assert_eq!(code(&altena.hold(&server, 40, Some(&solution)).await), "none");
    server.end().await;
    other.end().await;
    office.set_clock("2026-11-23T08:09:00Z");
    let server = office.serve().await;
    if storage == Storage::Postgres {
        assert!(!challenge(&server, "altena").await.is_null(), "ten minutes long");
    }
    server.end().await;
    office.set_clock("2026-11-23T08:11:00Z");
    let server = office.serve().await;
    assert!(challenge(&server, "altena").await.is_null(), "then it is counted anew");
    assert_eq!(code(&altena.hold(&server, 50, None).await), "none");
}
