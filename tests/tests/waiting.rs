//! The waiting list on both databases: order, expiry, no offer twice, no place lost.

#![allow(clippy::unwrap_used)] // an answer without the asked-for value fails the test

use chrono::{DateTime, Utc};
use serde_json::{Value, json};
use system_tests::{
    citizen::{book, code, free},
    office::{Office, Server, Storage, shipped},
    on_both,
    staff::Member,
};

const MORNING: &str = "2026-11-23T08:00:00Z";
const DAY: &str = "2026-11-26";

on_both!(
    a_freed_place_goes_to_three_who_wait_one_after_the_other,
    nobody_else_gets_a_place_while_it_is_kept,
    nobody_else_gets_what_was_not_answered_before_the_next_is_asked,
    a_place_is_passed_on_and_not_its_time,
    taking_an_earlier_place_gives_the_later_one_to_the_next,
    whom_the_office_cancels_stays_on_the_list,
    whom_a_closing_cancels_is_offered_nothing_until_it_stands,
    whoever_cannot_get_what_was_offered_is_offered_another,
    whoever_passes_an_offer_on_cannot_say_when_it_comes_back,
    a_wish_outlives_its_service_being_taken_out_for_a_while,
    whoever_leaves_is_forgotten,
    only_the_offer_that_was_shown_is_answered,
    whoever_erases_what_came_of_a_wish_erases_the_wish,
    whom_no_mail_reaches_is_passed_over_and_told_so_on_the_page,
    an_offer_is_no_way_around_the_confirmation_of_the_address,
    an_offer_that_is_taken_twice_at_once_is_one_appointment,
    a_place_that_was_given_back_is_offered_a_moment_before_others_see_it,
    only_the_named_locations_are_offered_and_as_long_as_the_town_wants,
    a_wish_of_which_nothing_came_is_forgotten_even_in_a_town_that_is_suspended,
);

/// Altena with one counter, of which every place of a day is booked.
struct Full {
    office: Office,
    server: Server,
    location: Value,
    starts: Vec<Value>,
    secrets: Vec<Value>,
}

fn basket() -> Value {
    json!([{ "service": "umzug" }])
}

async fn full(storage: Storage) -> Full {
    full_with(storage, "return_minutes = { from = 0, to = 0 }").await
}

/// The same with these rules for what is given back.
async fn full_with(storage: Storage, rules: &str) -> Full {
    let office = Office::at(storage, &[], Some(MORNING)).await;
    let closed = "\n[[location.closure]]\nfrom = \"2026-11-01\"\nto = \"2026-12-31\"\ncounters = [\"platz-2\", \"platz-3\"]\n";
    // Only the morning of one day is open, in steps as long as the service takes.
    let day = format!("bookable_from = \"{DAY}\", bookable_until = \"{DAY}\"");
    let file = shipped("altena")
        .replace("bookable_from = \"2021-06-21\"", &day)
        .replace("start_step = 5", "start_step = 15")
        .replace("hold_minutes =", &format!("{rules}\nhold_minutes ="));
    office.import(&(file + closed));
    let server = office.serve().await;
    let found = free(&server, "altena", basket(), DAY, DAY).await;
    let location = found["days"][0]["location"].clone();
    let starts = found["days"][0]["starts"].as_array().unwrap().clone();
    let mut secrets = Vec::new();
    for (number, start) in starts.iter().enumerate() {
        let key = format!("a-booking-for-slot-{number}");
        let answer = book(&server, "altena", &basket(), (&location, start), &key).await;
        secrets.push(answer["data"]["bookAppointment"]["secret"].clone());
    }
    assert_eq!(free(&server, "altena", basket(), DAY, DAY).await["days"], json!([]));
    office.mails(starts.len()).await;
    Full { office, server, location, starts, secrets }
}

impl Full {
    async fn join(&self, name: &str, instead_of: Option<&Value>) -> Value {
        let document = "mutation($contact: ContactInput, $insteadOf: String, $key: String!) { joinWaitingList(town: \"altena\",
            basket: [{ service: \"umzug\" }], wish: { first: \"2026-11-24\", last: \"2026-12-24\" },
            contact: $contact, insteadOf: $insteadOf, idempotencyKey: $key) { secret status } }";
        let contact = json!({ "name": name, "email": format!("{name}@example.org") });
        let contact = if instead_of.is_some() { Value::Null } else { contact };
        let key = format!("the-wish-of-{name}");
        let asked = json!({ "contact": contact, "insteadOf": instead_of, "key": key });
        let answer = self.server.graphql(document, asked).await;
        let joined = &answer["data"]["joinWaitingList"];
        assert_eq!(joined["status"], "WAITING", "{answer}");
        joined["secret"].clone()
    }

    async fn cancel(&self, slot: usize) {
        let secret = &self.secrets[slot];
        let document = format!(
            "mutation {{ cancelAppointment(town: \"altena\", appointment: {{ secret: {secret} }}) {{ code }} }}"
        );
        assert_eq!(code(&self.server.graphql(&document, json!({})).await), "none");
    }
}

impl Full {
    /// The office cancels, so the place comes back at once.
    async fn cancel_by_the_office(&self, slot: usize) {
        self.office.employ("clerk", "altena");
        let clerk = Member::of(&self.server, "clerk", "altena").await;
        let look =
            format!("{{ appointment(town: \"altena\", secret: {}) {{ id }} }}", self.secrets[slot]);
        let id = self.server.graphql(&look, json!({})).await["data"]["appointment"]["id"].take();
        let cancel = "mutation($id: UUID!) { cancelAppointment(town: \"altena\", appointment: { id: $id }, reason: \"\") { status } }";
        let answer = clerk.get(&self.server, cancel, json!({ "id": id })).await;
        assert_eq!(answer["status"], "CANCELLED");
    }
}

async fn act(server: &Server, what: &str, secret: &Value) -> Value {
    let fields = if what == "takeOffer" { "{ startsAt status }" } else { "" };
    let document = format!("mutation {{ {what}(town: \"altena\", secret: {secret}) {fields} }}");
    server.graphql(&document, json!({})).await
}

/// What a place on the list shows, once it has `status`.
async fn shows(server: &Server, secret: &Value, status: &str) -> Value {
    let document = format!(
        "{{ waiting(town: \"altena\", secret: {secret}) {{ status offer {{ startsAt until }} }} }}"
    );
    for _ in 0..100 {
        let answer = server.graphql(&document, json!({})).await;
        if answer["data"]["waiting"]["status"] == status {
            return answer["data"]["waiting"].clone();
        }
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    let answer = server.graphql(&document, json!({})).await;
    panic!("not {status}: {answer}\n{}", server.log());
}

async fn a_freed_place_goes_to_three_who_wait_one_after_the_other(storage: Storage) {
    let mut own = full(storage).await;
    let [first, second, third] = [
        own.join("first", None).await,
        own.join("second", None).await,
        own.join("third", None).await,
    ];
    own.cancel(3).await;
    let offer = shows(&own.server, &first, "OFFERED").await["offer"].clone();
    assert_eq!(offer["startsAt"], own.starts[3]);
    assert_eq!(offer["until"].as_str().unwrap().get(..13), Some("2026-11-23T20"), "{offer}");
    for waits in [&second, &third] {
        shows(&own.server, waits, "WAITING").await;
    }
    // The first says no: it goes to the second, and never to the first again.
    assert_eq!(code(&act(&own.server, "passOffer", &first).await), "none");
    assert_eq!(shows(&own.server, &second, "OFFERED").await["offer"]["startsAt"], own.starts[3]);
    assert_eq!(code(&act(&own.server, "takeOffer", &first).await), "WRONG_STATUS");

    // The second says nothing: after its time the third gets it.
    own.server.end().await;
    own.office.set_clock("2026-11-24T08:00:00Z");
    let server = own.office.serve().await;
    assert_eq!(shows(&server, &third, "OFFERED").await["offer"]["startsAt"], own.starts[3]);
    shows(&server, &first, "WAITING").await;
    shows(&server, &second, "WAITING").await;
    let taken = act(&server, "takeOffer", &third).await;
    assert_eq!(taken["data"]["takeOffer"]["startsAt"], own.starts[3], "{taken}");
    shows(&server, &third, "TAKEN").await;
    assert_eq!(code(&act(&server, "takeOffer", &third).await), "WRONG_STATUS");
    assert_eq!(
        own.office.count("appointment WHERE status = 'booked'").await,
        i64::try_from(own.starts.len()).unwrap()
    );

    // Everybody was told once of being on the list, and of each offer.
    let mails = own.office.mails(own.starts.len() + 8).await;
    let told = |to: &str, start: &str| {
        let ours = |mail: &&Value| {
            mail["to"] == format!("{to}@example.org").as_str()
                && mail["subject"].as_str().unwrap().starts_with(start)
        };
        mails.iter().filter(ours).count()
    };
    for name in ["first", "second", "third"] {
        assert_eq!((told(name, "Sie stehen auf"), told(name, "Frei geworden")), (1, 1), "{name}");
    }
    assert_eq!(told("third", "Ihr Termin am"), 1);
}

async fn nobody_else_gets_a_place_while_it_is_kept(storage: Storage) {
    let own = full(storage).await;
    let first = own.join("first", None).await;
    own.cancel(0).await;
    shows(&own.server, &first, "OFFERED").await;
    assert_eq!(free(&own.server, "altena", basket(), DAY, DAY).await["days"], json!([]));
    let slot = (&own.location, &own.starts[0]);
    let other = book(&own.server, "altena", &basket(), slot, "somebody-else-is-fast").await;
    assert_eq!(code(&other), "SLOT_TAKEN");
    // Whoever leaves gives it back to all.
    assert_eq!(code(&act(&own.server, "leaveWaitingList", &first).await), "none");
    let other = book(&own.server, "altena", &basket(), slot, "somebody-else-is-fast").await;
    assert_eq!(code(&other), "none", "{other}");
}

async fn nobody_else_gets_what_was_not_answered_before_the_next_is_asked(storage: Storage) {
    let mut own = full(storage).await;
    let first = own.join("first", None).await;
    own.cancel(0).await;
    let offer = shows(&own.server, &first, "OFFERED").await["offer"].take();
    let until: chrono::DateTime<chrono::Utc> = offer["until"].as_str().unwrap().parse().unwrap();
    own.server.end().await;
    // The job that asks the next looks now, and in a minute.
    own.office.set_clock(&(until - chrono::TimeDelta::seconds(2)).to_rfc3339());
    own.server = own.office.serve().await;
    let is_over = async |own: &Full| {
        let taken = act(&own.server, "takeOffer", &first).await;
        code(&taken) == "WRONG_STATUS"
    };
    let slot = (&own.location, &own.starts[0]);
    tokio::time::sleep(std::time::Duration::from_secs(3)).await;
    assert!(is_over(&own).await);
    assert_eq!(free(&own.server, "altena", basket(), DAY, DAY).await["days"], json!([]));
    let other = book(&own.server, "altena", &basket(), slot, "somebody-else-is-fast").await;
    assert_eq!(code(&other), "SLOT_TAKEN");
}

async fn a_place_is_passed_on_and_not_its_time(storage: Storage) {
    let office = Office::at(storage, &[], Some(MORNING)).await;
    office.import(
        &shipped("lengerich")
            .replace("\"eheschliessung\"]", "\"eheschliessung\", \"personalausweis\"]"),
    );
    let server = office.serve().await;
    let basket = json!([{ "service": "personalausweis" }]);
    let found = free(&server, "lengerich", basket.clone(), "2026-11-25", "2026-12-04").await;
    let days = found["days"].as_array().unwrap();
    // A start that two locations have.
    let (date, start) = days
        .iter()
        .flat_map(|day| {
            day["starts"].as_array().unwrap().iter().map(move |start| (&day["date"], start))
        })
        .find(|(_, start)| {
            let has = |day: &&Value| day["starts"].as_array().unwrap().contains(start);
            days.iter().filter(has).count() == 2
        })
        .unwrap();
    let start: chrono::DateTime<chrono::Utc> = start.as_str().unwrap().parse().unwrap();
    let local = start.with_timezone(&chrono_tz::Europe::Berlin);
    let until = local + chrono::TimeDelta::minutes(1);
    let document = "mutation($basket: [BasketLineInput!]!, $wish: WaitingWishInput!) {
        joinWaitingList(town: \"lengerich\", basket: $basket, wish: $wish,
            contact: { name: \"Erika\", email: \"erika@example.org\", phone: \"+49 2552 1\" }, idempotencyKey: \"at-this-time-or-never\") { secret } }";
    let wish = json!({ "first": date, "last": date, "from": local.format("%H:%M").to_string(),
        "to": until.format("%H:%M").to_string() });
    let joined = server.graphql(document, json!({ "basket": basket, "wish": wish })).await;
    let secret = &joined["data"]["joinWaitingList"]["secret"];
    let look = format!(
        "{{ waiting(town: \"lengerich\", secret: {secret}) {{ status offer {{ location }} }} }}"
    );
    let pass = format!("mutation {{ passOffer(town: \"lengerich\", secret: {secret}) }}");
    let mut offered = Vec::new();
    for _ in 0..2 {
        let mut found = Value::Null;
        for _ in 0..100 {
            found = server.graphql(&look, json!({})).await["data"]["waiting"].take();
            if found["status"] == "OFFERED" {
                break;
            }
            tokio::time::sleep(std::time::Duration::from_millis(50)).await;
        }
        assert_eq!(found["status"], "OFFERED", "{joined} {offered:?}");
        offered.push(found["offer"]["location"].take());
        assert_eq!(code(&server.graphql(&pass, json!({})).await), "none");
    }
    assert_ne!(offered[0], offered[1]);
    // There is no third.
    tokio::time::sleep(std::time::Duration::from_millis(300)).await;
    assert_eq!(server.graphql(&look, json!({})).await["data"]["waiting"]["status"], "WAITING");
}

async fn taking_an_earlier_place_gives_the_later_one_to_the_next(storage: Storage) {
    let own = full(storage).await;
    let last = own.secrets.len() - 1;
    let mover = own.join("mover", Some(&own.secrets[last])).await;
    let next = own.join("next", None).await;
    own.cancel(1).await;
    assert_eq!(shows(&own.server, &mover, "OFFERED").await["offer"]["startsAt"], own.starts[1]);
    let moved = act(&own.server, "takeOffer", &mover).await;
    assert_eq!(moved["data"]["takeOffer"]["startsAt"], own.starts[1], "{moved}");
    assert_eq!(shows(&own.server, &next, "OFFERED").await["offer"]["startsAt"], own.starts[last]);
    let look = format!(
        "{{ appointment(town: \"altena\", secret: {}) {{ startsAt }} }}",
        own.secrets[last]
    );
    let appointment = own.server.graphql(&look, json!({})).await;
    assert_eq!(appointment["data"]["appointment"]["startsAt"], own.starts[1]);
}

async fn whom_the_office_cancels_stays_on_the_list(storage: Storage) {
    let own = full(storage).await;
    let last = own.secrets.len() - 1;
    let mover = own.join("mover", Some(&own.secrets[last])).await;
    own.cancel_by_the_office(last).await;
    // The very place is free again, and nothing is left to move.
    let offer = shows(&own.server, &mover, "OFFERED").await["offer"].take();
    assert_eq!(offer["startsAt"], own.starts[last]);
    let taken = act(&own.server, "takeOffer", &mover).await;
    assert_eq!(taken["data"]["takeOffer"]["status"], "BOOKED", "{taken}");
    shows(&own.server, &mover, "TAKEN").await;
    assert_eq!(own.office.count("appointment WHERE status = 'cancelled'").await, 1);
}

async fn whom_a_closing_cancels_is_offered_nothing_until_it_stands(storage: Storage) {
    let mut own = full(storage).await;
    let last = own.starts.last().unwrap().clone();
    let first = own.join("first", own.secrets.last()).await;
    let second = own.join("second", None).await;
    let start: DateTime<Utc> = last.as_str().unwrap().parse().unwrap();
    let clock = start.with_timezone(&chrono_tz::Europe::Berlin).format("%H:%M").to_string();
    own.office.employ("clerk", "altena");
    let clerk = Member::of(&own.server, "clerk", "altena").await;
    let close = format!(
        "mutation($location: UUID!) {{ closeLocation(town: \"altena\", location: $location, affected: CANCEL,
            closure: {{ from: \"{DAY}\", to: \"{DAY}\", fromTime: \"{clock}\", reason: \"Fortbildung\" }}) {{ cancelled {{ code }} }} }}"
    );
    let closed = clerk.get(&own.server, &close, json!({ "location": own.location })).await;
    assert_eq!(closed["cancelled"].as_array().map(Vec::len), Some(1), "{closed}");
    // As long as it may be undone, the first would have two appointments then.
    own.cancel(0).await;
    assert_eq!(shows(&own.server, &second, "OFFERED").await["offer"]["startsAt"], own.starts[0]);
    shows(&own.server, &first, "WAITING").await;
    own.server.end().await;

    own.office.set_clock("2026-11-23T08:10:00Z");
    own.server = own.office.serve().await;
    own.cancel(1).await;
    assert_eq!(shows(&own.server, &first, "OFFERED").await["offer"]["startsAt"], own.starts[1]);
}

async fn whoever_cannot_get_what_was_offered_is_offered_another(storage: Storage) {
    let own = full(storage).await;
    let first = own.join("first", None).await;
    own.cancel(0).await;
    shows(&own.server, &first, "OFFERED").await;
    // Somebody whose booking had begun before the offer was made has the place after all.
    let span = |column| format!("(SELECT {column} FROM appointment WHERE status = 'cancelled')");
    let moved = format!(
        "UPDATE appointment SET starts_at = {}, ends_at = {} WHERE starts_at = \
         (SELECT min(starts_at) FROM appointment WHERE status = 'booked')",
        span("starts_at"),
        span("ends_at")
    );
    own.office.execute(&moved).await;
    let taken = act(&own.server, "takeOffer", &first).await;
    assert_eq!(code(&taken), "SLOT_TAKEN", "{taken}");
    for _ in 0..100 {
        if shows(&own.server, &first, "OFFERED").await["offer"]["startsAt"] == own.starts[1] {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    let taken = act(&own.server, "takeOffer", &first).await;
    assert_eq!(taken["data"]["takeOffer"]["startsAt"], own.starts[1], "{taken}");
}

async fn whoever_passes_an_offer_on_cannot_say_when_it_comes_back(storage: Storage) {
    let own = full_with(storage, "return_minutes = { from = 5, to = 30 }").await;
    let seller = own.join("seller", None).await;
    own.cancel_by_the_office(2).await;
    shows(&own.server, &seller, "OFFERED").await;
    assert_eq!(code(&act(&own.server, "passOffer", &seller).await), "none");
    assert_eq!(free(&own.server, "altena", basket(), DAY, DAY).await["days"], json!([]));
    assert_eq!(own.office.count("returned_place").await, 1);
}

async fn a_wish_outlives_its_service_being_taken_out_for_a_while(storage: Storage) {
    let own = full(storage).await;
    let first = own.join("first", None).await;
    let file = own.office.succeed(&["town", "export", "altena"]);
    let (before, after) = file.split_once("slug = \"umzug\"").unwrap();
    own.office.change(&format!("{before}slug = \"umzug\"\nmode = \"request\"{after}")).await;
    own.cancel(0).await;
    tokio::time::sleep(std::time::Duration::from_millis(300)).await;
    shows(&own.server, &first, "WAITING").await;
    own.office.change(&file).await;
    own.cancel(1).await;
    shows(&own.server, &first, "OFFERED").await;
}

async fn whoever_leaves_is_forgotten(storage: Storage) {
    let own = full(storage).await;
    let contacts = own.office.count("contact").await;
    let first = own.join("first", None).await;
    assert_eq!(own.office.count("contact").await, contacts + 1);
    // A mail that no server has taken goes with them.
    let of_wish = "outbox WHERE subject_id IN (SELECT id FROM waiting_wish)";
    while own.office.count(&format!("{of_wish} AND state = 'sent'")).await == 0 {
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    let waits = "UPDATE outbox SET state = 'waiting', due_at = '2027-01-01T00:00:00Z'
        WHERE subject_id IN (SELECT id FROM waiting_wish)";
    own.office.execute(waits).await;
    assert_eq!(code(&act(&own.server, "leaveWaitingList", &first).await), "none");
    assert_eq!(own.office.count(of_wish).await, 0);
    assert_eq!(code(&act(&own.server, "leaveWaitingList", &first).await), "none");
    assert_eq!(own.office.count("contact").await, contacts);
    own.cancel(2).await;
    let found = free(&own.server, "altena", basket(), DAY, DAY).await;
    assert_eq!(found["days"][0]["starts"], json!([own.starts[2]]));
    shows(&own.server, &first, "LEFT").await;
    // A wish that is over is ended by itself, and forgotten too.
    let document = "mutation { joinWaitingList(town: \"altena\", basket: [{ service: \"umzug\" }], wish: { first: \"2026-11-20\", last: \"2026-11-22\" },
        contact: { name: \"Late\", email: \"late@example.org\" }, idempotencyKey: \"too-late-for-anything\") { code } }";
    assert_eq!(code(&own.server.graphql(document, json!({})).await), "WISHES");
}

/// The secret of a place on the list is answered to whoever asks; it proves no address.
async fn only_the_offer_that_was_shown_is_answered(storage: Storage) {
    let own = full(storage).await;
    let first = own.join("first", None).await;
    own.cancel(3).await;
    shows(&own.server, &first, "OFFERED").await;
    let answers = async |what: &str, start: &Value| {
        let fields = if what == "takeOffer" { "{ startsAt }" } else { "" };
        let document = format!(
            "mutation {{ {what}(town: \"altena\", secret: {first}, shown: {{ location: {}, startsAt: {start} }}) {fields} }}",
            own.location
        );
        code(&own.server.graphql(&document, json!({})).await).to_owned()
    };
    // A page that is still open shows what was offered before.
    for what in ["takeOffer", "passOffer"] {
        assert_eq!(answers(what, &own.starts[0]).await, "WRONG_STATUS", "{what}");
    }
    let page = format!("/altena/warteliste/b/{}", first.as_str().unwrap());
    let (location, start) = (own.location.as_str().unwrap(), own.starts[0].as_str().unwrap());
    for what in ["nehmen", "weiter"] {
        let form = [("tun", what), ("ort", location), ("start", start)];
        assert_eq!(own.server.post(&page, &form, "de").await.status(), 409, "{what}");
    }
    shows(&own.server, &first, "OFFERED").await;
    assert_eq!(answers("takeOffer", &own.starts[3]).await, "none");
}

async fn whoever_erases_what_came_of_a_wish_erases_the_wish(storage: Storage) {
    let own = full(storage).await;
    let first = own.join("first", None).await;
    own.cancel(0).await;
    shows(&own.server, &first, "OFFERED").await;
    own.office.mails(own.starts.len() + 3).await;
    let take = format!("mutation {{ takeOffer(town: \"altena\", secret: {first}) {{ code }} }}");
    assert_eq!(code(&own.server.graphql(&take, json!({})).await), "none");
    let mails = own.office.mails(own.starts.len() + 4).await;
    let mine = mails.iter().filter(|mail| mail["to"] == "first@example.org");
    let texts: Vec<&str> = mine.filter_map(|mail| mail["text"].as_str()).collect();
    let link = texts.iter().find_map(|text| text.split_once("/altena/termin/b/"));
    let secret = link.unwrap().1.split_whitespace().next().unwrap();
    let data = format!("{{ storedData(town: \"altena\", secret: \"{secret}\") }}");
    let data = own.server.graphql(&data, json!({})).await["data"]["storedData"].take();
    assert_eq!(data["waiting_list"].as_array().map(Vec::len), Some(1), "{data}");
    // Sent mails are marked a moment later.
    tokio::time::sleep(std::time::Duration::from_millis(300)).await;
    let of_wish = "outbox WHERE subject_id IN (SELECT id FROM waiting_wish)";
    assert_eq!(own.office.count(of_wish).await, 2);
    let erase = format!("mutation {{ eraseAppointment(town: \"altena\", secret: \"{secret}\") }}");
    assert_eq!(code(&own.server.graphql(&erase, json!({})).await), "none");
    assert_eq!(own.office.count(of_wish).await, 0);
    let left = own.office.mails(own.starts.len()).await;
    assert!(left.iter().all(|mail| mail["to"] != "first@example.org"), "{left:?}");
}

async fn whom_no_mail_reaches_is_passed_over_and_told_so_on_the_page(storage: Storage) {
    let own = full(storage).await;
    let first = own.join("first", None).await;
    own.office.mails(own.starts.len() + 1).await;
    let of_wish = "outbox WHERE state = 'sent' AND subject_id IN (SELECT id FROM waiting_wish)";
    while own.office.count(of_wish).await == 0 {
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    let came_back = "UPDATE outbox SET state = 'dead', last_error = 'refused for good (5.1.1)'
        WHERE subject_id IN (SELECT id FROM waiting_wish)";
    own.office.execute(came_back).await;
    let second = own.join("second", None).await;
    own.cancel(0).await;
    assert_eq!(shows(&own.server, &second, "OFFERED").await["offer"]["startsAt"], own.starts[0]);
    shows(&own.server, &first, "WAITING").await;
    for (secret, is_told) in [(&first, true), (&second, false)] {
        let look = format!("{{ waiting(town: \"altena\", secret: {secret}) {{ unreachable }} }}");
        let found = own.server.graphql(&look, json!({})).await;
        assert_eq!(found["data"]["waiting"]["unreachable"], is_told, "{found}");
        let page = format!("/altena/warteliste/b/{}", secret.as_str().unwrap());
        let (_, page) = own.server.get(&page).await;
        assert_eq!(page.contains("Unsere E-Mails kommen bei Ihnen nicht an"), is_told, "{page}");
    }
}

async fn an_offer_is_no_way_around_the_confirmation_of_the_address(storage: Storage) {
    let office = Office::at(storage, &[], Some(MORNING)).await;
    let file = shipped("altena").replace("hold_minutes =", "confirm_minutes = 20\nhold_minutes =");
    office.import(&file);
    let server = office.serve().await;
    let (location, starts, secrets) = (Value::Null, Vec::new(), Vec::new());
    let own = Full { office, server, location, starts, secrets };
    let secret = own.join("hasty", None).await;
    shows(&own.server, &secret, "OFFERED").await;
    let document =
        format!("mutation {{ takeOffer(town: \"altena\", secret: {secret}) {{ confirmUntil }} }}");
    let taken = own.server.graphql(&document, json!({})).await;
    assert!(taken["data"]["takeOffer"]["confirmUntil"].is_string(), "{taken}");
}

async fn an_offer_that_is_taken_twice_at_once_is_one_appointment(storage: Storage) {
    let own = full(storage).await;
    let first = own.join("first", None).await;
    own.cancel(0).await;
    shows(&own.server, &first, "OFFERED").await;
    let take = || act(&own.server, "takeOffer", &first);
    let (one, other) = tokio::join!(take(), take());
    let codes = [code(&one), code(&other)];
    assert!(codes.contains(&"none"), "{one} {other}");
    assert!(codes.iter().all(|code| ["none", "WRONG_STATUS"].contains(code)), "{one} {other}");
    let booked = own.office.count("appointment WHERE status = 'booked'").await;
    assert_eq!(booked, i64::try_from(own.starts.len()).unwrap());
    shows(&own.server, &first, "TAKEN").await;
}

/// With nobody else on the list, joining it is no way to buy a place from whoever gives it back.
async fn a_place_that_was_given_back_is_offered_a_moment_before_others_see_it(storage: Storage) {
    let mut own = full_with(storage, "return_minutes = { from = 5, to = 5 }").await;
    let buyer = own.join("buyer", None).await;
    own.cancel(2).await;
    for (clock, status) in
        [("2026-11-23T08:02:50Z", "WAITING"), ("2026-11-23T08:03:30Z", "OFFERED")]
    {
        own.server.end().await;
        own.office.set_clock(clock);
        own.server = own.office.serve().await;
        // Whoever joins now rings: once it is listed, what there was to offer has been.
        shows(&own.server, &buyer, status).await;
        let found = free(&own.server, "altena", basket(), DAY, DAY).await;
        assert_eq!(found["days"], json!([]), "at {clock}");
    }
    let taken = act(&own.server, "takeOffer", &buyer).await;
    assert_eq!(taken["data"]["takeOffer"]["startsAt"], own.starts[2], "{taken}");
}

async fn only_the_named_locations_are_offered_and_as_long_as_the_town_wants(storage: Storage) {
    let office = Office::at(storage, &[], Some(MORNING)).await;
    let file = shipped("lengerich")
        .replace("\"eheschliessung\"]", "\"eheschliessung\", \"personalausweis\"]")
        .replace("hold_minutes =", "offer_hours = 3\nhold_minutes =");
    office.import(&file);
    let server = office.serve().await;
    let basket = json!([{ "service": "personalausweis" }]);
    let found = free(&server, "lengerich", basket.clone(), "2026-11-25", "2026-12-04").await;
    let mut places: Vec<&Value> =
        found["days"].as_array().unwrap().iter().map(|day| &day["location"]).collect();
    let anywhere = places[0];
    places.retain(|place| *place != anywhere);
    let wanted = places[0];
    let document = "mutation($basket: [BasketLineInput!]!, $locations: [UUID!]!) {
        joinWaitingList(town: \"lengerich\", basket: $basket, wish: { locations: $locations, first: \"2026-11-25\", last: \"2026-12-04\" },
            contact: { name: \"Erika\", email: \"erika@example.org\", phone: \"+49 2552 1\" }, idempotencyKey: \"only-where-it-suits\") { secret } }";
    let asked = json!({ "basket": basket, "locations": [wanted] });
    let joined = server.graphql(document, asked).await;
    let secret = &joined["data"]["joinWaitingList"]["secret"];
    let look = format!(
        "{{ waiting(town: \"lengerich\", secret: {secret}) {{ offer {{ location until }} }} }}"
    );
    let mut offer = Value::Null;
    for _ in 0..100 {
        offer = server.graphql(&look, json!({})).await["data"]["waiting"]["offer"].take();
        if offer.is_object() {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    assert_eq!(&offer["location"], wanted, "{joined}");
    assert_eq!(offer["until"].as_str().unwrap().get(..16), Some("2026-11-23T11:00"), "{offer}");
}

async fn a_wish_of_which_nothing_came_is_forgotten_even_in_a_town_that_is_suspended(
    storage: Storage,
) {
    let mut own = full(storage).await;
    let contacts = own.office.count("contact").await;
    let waits = own.join("patient", None).await;
    assert_eq!(own.office.count("contact").await, contacts + 1);
    own.server.end().await;
    own.office.import(&shipped("altena").replace("status = \"live\"", "status = \"suspended\""));
    own.office.set_clock("2026-12-27T08:00:00Z");
    own.server = own.office.serve().await;
    for _ in 0..100 {
        if own.office.count("contact").await == 0 {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    assert_eq!(own.office.count("contact").await, 0, "{waits}");
    assert_eq!(own.office.count("waiting_wish WHERE status = 'ended'").await, 1);
}
