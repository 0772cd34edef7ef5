//! An appointment's life after the booking: moved, changed, cancelled, reminded of, on both
//! databases.

#![allow(clippy::unwrap_used)] // an answer without the asked-for value fails the test

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Value, json};
use system_tests::{
    citizen::{book, code, free},
    office::{Office, Server, Storage, shipped},
    on_both,
};

const MORNING: &str = "2026-11-23T08:00:00Z";
const DAY: &str = "2026-11-26";
/// Start in a calendar file, by the office's clock.
const START: &str = "DTSTART;TZID=Europe/Berlin:";

on_both!(
    moving_frees_the_old_slot_and_takes_the_new_one,
    two_who_move_to_one_slot_get_one_place,
    the_same_move_at_the_same_moment_happens_once,
    a_move_keeps_the_number_that_was_changed_at_the_same_moment,
    a_citizen_brings_in_no_service_that_is_only_requested,
    more_people_stay_at_the_same_start_where_they_fit,
    cancelling_frees_the_slot_and_tells_the_calendar,
    a_reminder_moves_with_its_appointment_and_ends_with_it,
    a_server_that_was_down_reminds_nobody_of_what_is_over,
    the_office_cancels_with_a_reason_and_moves_by_identity,
    a_declined_request_says_why,
    whoever_was_missed_is_told_unless_it_was_a_slip,
    a_missed_appointment_does_not_come_back_to_a_place_that_was_given_away,
    a_sick_colleague_s_appointments_go_to_others_or_to_the_next_free_time,
    a_closed_day_cancels_who_it_falls_on_and_outdates_other_changes,
);

/// A booked appointment at Altena with a single counter open.
struct Booked {
    office: Office,
    server: Server,
    location: Value,
    starts: Vec<Value>,
    secret: Value,
    id: Value,
}

async fn booked(storage: Storage) -> Booked {
    let mut office = Office::at(storage, &[], Some(MORNING)).await;
    let closed = "\n[[location.closure]]\nfrom = \"2026-11-01\"\nto = \"2026-12-31\"\ncounters = [\"platz-2\", \"platz-3\"]\n";
    let at_once = "return_minutes = { from = 0, to = 0 }\nhold_minutes =";
    office.import(&(shipped("altena").replace("hold_minutes =", at_once) + closed));
    office.succeed_with_input(
        &["staff", "clerk@altena.example", "altena", "clerk"],
        "a-long-password-for-a-clerk",
    );
    office.configure("RUST_LOG", "warn");
    let server = office.serve().await;
    let found = free(&server, "altena", basket(1), DAY, DAY).await;
    let location = found["days"][0]["location"].clone();
    let starts = found["days"][0]["starts"].as_array().unwrap().clone();
    let slot = (&location, &starts[0]);
    let answer = book(&server, "altena", &basket(1), slot, "the-first-booking-of-all").await;
    let booked = &answer["data"]["bookAppointment"];
    let (secret, id) = (booked["secret"].clone(), booked["appointment"]["id"].clone());
    Booked { office, server, location, starts, secret, id }
}

fn basket(quantity: u16) -> Value {
    json!([{ "service": "personalausweis", "quantity": quantity }])
}

impl Booked {
    async fn free(&self) -> Vec<Value> {
        let found = free(&self.server, "altena", basket(1), DAY, DAY).await;
        found["days"][0]["starts"].as_array().cloned().unwrap_or_default()
    }

    async fn reschedule(&self, which: Value, start: &Value, basket: Option<Value>) -> Value {
        self.reschedule_as(None, which, start, basket).await
    }

    async fn reschedule_as(
        &self,
        token: Option<&str>,
        which: Value,
        start: &Value,
        basket: Option<Value>,
    ) -> Value {
        let document = "mutation($which: AppointmentRefInput!, $location: UUID!, $start: DateTime!, $basket: [BasketLineInput!]) {
            rescheduleAppointment(town: \"altena\", appointment: $which, location: $location, startsAt: $start, basket: $basket) {
                id code startsAt endsAt basket { quantity } } }";
        let asked =
            json!({ "which": which, "location": self.location, "start": start, "basket": basket });
        self.server.graphql_as(token, document, asked).await
    }

    async fn cancel_as(&self, token: Option<&str>, which: Value, reason: &str) -> Value {
        let document = "mutation($which: AppointmentRefInput!, $reason: String!) {
            cancelAppointment(town: \"altena\", appointment: $which, reason: $reason) { status } }";
        self.server.graphql_as(token, document, json!({ "which": which, "reason": reason })).await
    }

    async fn clerk(&self) -> String {
        clerk_of(&self.server).await
    }

    /// The same when the appointment has just begun.
    async fn begun(self) -> Self {
        self.office.mails(1).await;
        self.later(1).await
    }

    /// The same so many minutes after the appointment's start.
    async fn later(self, minutes: i64) -> Self {
        let start: DateTime<Utc> = self.starts[0].as_str().unwrap().parse().unwrap();
        let Self { mut office, server, .. } = self;
        server.end().await;
        office.set_clock(&(start + TimeDelta::minutes(minutes)).to_rfc3339());
        Self { server: office.serve().await, office, ..self }
    }

    /// The mail whose subject starts so, once there are `count` mails.
    async fn mail(&self, count: usize, subject: &str) -> Value {
        let mails = self.office.mails(count).await;
        let found =
            mails.iter().find(|mail| mail["subject"].as_str().unwrap().starts_with(subject));
        found.unwrap_or_else(|| panic!("no mail {subject} in {mails:?}")).clone()
    }
}

/// The value of a line of a calendar file.
fn line<'a>(mail: &'a Value, name: &str) -> &'a str {
    let calendar = mail["calendar"].as_str().unwrap();
    let found = calendar.split("\r\n").find_map(|line| line.strip_prefix(name));
    found.unwrap_or_else(|| panic!("{name} in {calendar}"))
}

async fn moving_frees_the_old_slot_and_takes_the_new_one(storage: Storage) {
    let own = booked(storage).await;
    let confirmation = own.mail(1, "Ihr Termin").await;
    let answer = own.reschedule(json!({ "secret": own.secret }), &own.starts[30], None).await;
    let moved = &answer["data"]["rescheduleAppointment"];
    assert_eq!(moved["id"], own.id, "{answer}");
    let free = own.free().await;
    assert!(free.contains(&own.starts[0]) && !free.contains(&own.starts[30]));
    let changed = own.mail(2, "Geändert").await;
    assert_eq!(line(&changed, "UID:"), line(&confirmation, "UID:"));
    assert_eq!((line(&confirmation, "SEQUENCE:"), line(&changed, "SEQUENCE:")), ("0", "1"));
    assert_ne!(line(&changed, START), line(&confirmation, START));
    // Asking again for what it already is changes nothing and sends nothing.
    own.reschedule(json!({ "secret": own.secret }), &own.starts[30], None).await;
    // A little later on the same counter: its own span does not stand in the way.
    let answer = own.reschedule(json!({ "secret": own.secret }), &own.starts[31], None).await;
    assert_eq!(code(&answer), "none", "{answer}");
    assert_eq!(own.office.mails(3).await.len(), 3);
    // What was never offered is refused, and the appointment stays where it is.
    let past = json!("2026-11-20T09:00:00Z");
    let answer = own.reschedule(json!({ "secret": own.secret }), &past, None).await;
    assert_eq!(code(&answer), "SLOT_NOT_OFFERED");
    assert!(!own.free().await.contains(&own.starts[31]));
}

async fn two_who_move_to_one_slot_get_one_place(storage: Storage) {
    let own = booked(storage).await;
    let slot = (&own.location, &own.starts[20]);
    let other = book(&own.server, "altena", &basket(1), slot, "the-second-booking-of-all").await;
    let other = &other["data"]["bookAppointment"]["secret"];
    // PostgreSQL may end a deadlock between the two; neither ever hears of it.
    for round in 0..8 {
        let target = &own.starts[4 + round];
        let (one, two) = tokio::join!(
            own.reschedule(json!({ "secret": own.secret }), target, None),
            own.reschedule(json!({ "secret": other }), target, None),
        );
        let mut codes = [code(&one), code(&two)];
        codes.sort_unstable();
        assert_eq!(codes, ["SLOT_TAKEN", "none"], "{one} {two}");
        // Whoever lost still has a place: two appointments, two spans.
        let back = [&own.starts[0], &own.starts[20]];
        let (one, two) = tokio::join!(
            own.reschedule(json!({ "secret": own.secret }), back[0], None),
            own.reschedule(json!({ "secret": other }), back[1], None),
        );
        assert_eq!([code(&one), code(&two)], ["none", "none"], "{one} {two}");
    }
}

async fn the_same_move_at_the_same_moment_happens_once(storage: Storage) {
    let own = booked(storage).await;
    let which = || json!({ "secret": own.secret });
    let calls = (0..12).map(|_| own.reschedule(which(), &own.starts[30], None));
    let answers = futures::future::join_all(calls).await;
    assert!(answers.iter().all(|answer| code(answer) == "none"), "{answers:?}");
    // Another mail tells when all of the moves' mails are out.
    own.cancel_as(None, which(), "").await;
    let mail = own.mail(3, "Abgesagt").await;
    assert_eq!(line(&mail, "SEQUENCE:"), "2");
    assert_eq!(own.office.mails(3).await.len(), 3);
}

async fn a_move_keeps_the_number_that_was_changed_at_the_same_moment(storage: Storage) {
    let own = booked(storage).await;
    for round in 0..6 {
        let (from, to) = (&own.starts[round * 4], &own.starts[round * 4 + 4]);
        let quantity = if round % 2 == 0 { 2 } else { 1 };
        let which = || json!({ "secret": own.secret });
        let (changed, moved) = tokio::join!(
            own.reschedule(which(), from, Some(basket(quantity))),
            own.reschedule(which(), to, None),
        );
        assert_eq!([code(&changed), code(&moved)], ["none", "none"], "{changed} {moved}");
        let look = format!(
            "{{ appointment(town: \"altena\", secret: {}) {{ basket {{ quantity }} }} }}",
            own.secret
        );
        let found = own.server.graphql(&look, json!({})).await;
        let kept = &found["data"]["appointment"]["basket"][0]["quantity"];
        assert_eq!(*kept, quantity, "round {round}: {changed} {moved}");
        own.reschedule(which(), to, None).await;
    }
}

async fn a_citizen_brings_in_no_service_that_is_only_requested(storage: Storage) {
    let office = Office::at(storage, &["lengerich"], Some(MORNING)).await;
    let server = office.serve().await;
    let umzug = json!([{ "service": "umzug" }]);
    let found = free(&server, "lengerich", umzug.clone(), DAY, DAY).await;
    let day = &found["days"][0];
    let slot = (&day["location"], &day["starts"][0]);
    let answer = book(&server, "lengerich", &umzug, slot, "only-to-register-a-move").await;
    let secret = &answer["data"]["bookAppointment"]["secret"];
    let locations = "{ town(town: \"lengerich\") { locations { id } } }";
    let answer = server.graphql(locations, json!({})).await;
    for location in answer["data"]["town"]["locations"].as_array().unwrap() {
        let document = format!(
            "mutation {{ rescheduleAppointment(town: \"lengerich\", appointment: {{ secret: {secret} }}, location: {},
             startsAt: \"2026-12-01T08:00:00Z\", basket: [{{ service: \"eheschliessung\" }}]) {{ code }} }}",
            location["id"]
        );
        assert_eq!(code(&server.graphql(&document, json!({})).await), "WRONG_MODE");
    }
}

async fn more_people_stay_at_the_same_start_where_they_fit(storage: Storage) {
    let own = booked(storage).await;
    let which = json!({ "secret": own.secret });
    let answer = own.reschedule(which.clone(), &own.starts[0], Some(basket(3))).await;
    let changed = &answer["data"]["rescheduleAppointment"];
    assert_eq!(changed["startsAt"], own.starts[0], "{answer}");
    assert_eq!(changed["basket"][0]["quantity"], 3);
    let next = (&own.location, &own.starts[7]);
    book(&own.server, "altena", &basket(1), next, "the-neighbour-s-own-booking").await;
    let answer = own.reschedule(which, &own.starts[0], Some(basket(6))).await;
    assert_eq!(code(&answer), "SLOT_TAKEN", "{answer}");
}

async fn cancelling_frees_the_slot_and_tells_the_calendar(storage: Storage) {
    let own = booked(storage).await;
    let which = json!({ "secret": own.secret });
    let answer = own.cancel_as(None, which.clone(), "").await;
    assert_eq!(answer["data"]["cancelAppointment"]["status"], "CANCELLED", "{answer}");
    assert!(own.free().await.contains(&own.starts[0]));
    let mail = own.mail(2, "Abgesagt").await;
    assert_eq!(line(&mail, "METHOD:"), "CANCEL");
    assert_eq!((line(&mail, "STATUS:"), line(&mail, "SEQUENCE:")), ("CANCELLED", "1"));
    // Twice is once, and what is cancelled is not moved.
    own.cancel_as(None, which.clone(), "").await;
    assert_eq!(own.office.mails(2).await.len(), 2);
    let answer = own.reschedule(which, &own.starts[5], None).await;
    assert_eq!(code(&answer), "WRONG_STATUS");
}

async fn a_reminder_moves_with_its_appointment_and_ends_with_it(storage: Storage) {
    let own = booked(storage).await;
    let slot = (&own.location, &own.starts[20]);
    let other =
        book(&own.server, "altena", &basket(1), slot, "cancelled-before-its-reminder").await;
    let other = &other["data"]["bookAppointment"]["secret"];
    own.reschedule(json!({ "secret": own.secret }), &own.starts[30], None).await;
    own.cancel_as(None, json!({ "secret": other }), "").await;
    let count = own.office.mails(4).await.len();
    assert_eq!(count, 4, "two confirmations, one change, one cancellation");
    let Booked { mut office, server, .. } = own;
    server.end().await;
    // A day before the old time nothing is due; a day before the new one a reminder is.
    for (clock, mails) in [("2026-11-25T08:00:00Z", 4), ("2026-11-25T14:00:00Z", 5)] {
        office.set_clock(clock);
        let server = office.serve().await;
        let found = office.mails(mails).await;
        assert_eq!(found.len(), mails, "at {clock}");
        server.end().await;
    }
    let mails = office.mails(5).await;
    let is_reminder = |mail: &&Value| mail["subject"].as_str().unwrap().starts_with("Erinnerung");
    let reminders: Vec<_> = mails.iter().filter(is_reminder).collect();
    assert_eq!(reminders.len(), 1);
    assert_eq!(line(reminders[0], "SEQUENCE:"), "1");
}

async fn a_server_that_was_down_reminds_nobody_of_what_is_over(storage: Storage) {
    let own = booked(storage).await;
    own.office.mails(1).await;
    let Booked { mut office, server, .. } = own;
    server.end().await;
    // The day after the appointment, before its data are deleted.
    office.set_clock("2026-11-27T08:00:00Z");
    let server = office.serve().await;
    for _ in 0..100 {
        if office.count("outbox WHERE state = 'waiting'").await == 0 {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    assert_eq!(office.count("outbox WHERE state = 'waiting'").await, 0);
    assert_eq!(office.mails(1).await.len(), 1, "the confirmation alone");
    drop(server);
}

async fn the_office_cancels_with_a_reason_and_moves_by_identity(storage: Storage) {
    let own = booked(storage).await;
    let by_id = json!({ "id": own.id });
    let answer = own.reschedule(by_id.clone(), &own.starts[9], None).await;
    assert_eq!(code(&answer), "FORBIDDEN", "a citizen only has the secret");
    let clerk = own.clerk().await;
    let answer = own.reschedule_as(Some(&clerk), by_id.clone(), &own.starts[9], None).await;
    assert_eq!(answer["data"]["rescheduleAppointment"]["startsAt"], own.starts[9], "{answer}");
    let reason = "Die Kollegin ist erkrankt.";
    let answer = own.cancel_as(Some(&clerk), by_id, reason).await;
    assert_eq!(answer["data"]["cancelAppointment"]["status"], "CANCELLED", "{answer}");
    let mail = own.mail(3, "Abgesagt").await;
    assert!(mail["text"].as_str().unwrap().contains(reason), "{mail}");
}

async fn a_declined_request_says_why(storage: Storage) {
    let office = Office::at(storage, &["lengerich"], Some(MORNING)).await;
    office.succeed_with_input(
        &["staff", "clerk@lengerich.example", "lengerich", "clerk"],
        "a-long-password-for-a-clerk",
    );
    let server = office.serve().await;
    let request = "mutation { requestAppointment(town: \"lengerich\", basket: [{ service: \"eheschliessung\" }],
        wishes: [{ date: \"2026-12-01\", from: \"09:00\", to: \"12:00\" }], idempotencyKey: \"wedding-of-the-year\",
        contact: { name: \"Anna\", email: \"anna@example.org\" }) { code } }";
    server.graphql(request, json!({})).await;
    let sign_in = "mutation { signIn(email: \"clerk@lengerich.example\", password: \"a-long-password-for-a-clerk\") }";
    let answer = server.graphql(sign_in, json!({})).await;
    let clerk = answer["data"]["signIn"].as_str().unwrap();
    let open = "{ openRequests(town: \"lengerich\") { id contact { name } wishes { from } } }";
    let answer = server.graphql_as(Some(clerk), open, json!({})).await;
    let request = &answer["data"]["openRequests"][0];
    assert_eq!(request["contact"]["name"], "Anna", "{answer}");
    let decline = format!(
        "mutation {{ declineRequest(town: \"lengerich\", request: {}, reason: \"Der Trausaal wird renoviert.\") }}",
        request["id"]
    );
    server.graphql_as(Some(clerk), &decline, json!({})).await;
    let mails = office.mails(2).await;
    assert!(mails.iter().any(|mail| mail["text"].as_str().unwrap().contains("renoviert")));
    let again = server.graphql_as(Some(clerk), &decline, json!({})).await;
    assert_eq!(code(&again), "WRONG_STATUS");
    let answer = server.graphql_as(Some(clerk), open, json!({})).await;
    assert_eq!(answer["data"]["openRequests"], json!([]));
}

async fn a_sick_colleague_s_appointments_go_to_others_or_to_the_next_free_time(storage: Storage) {
    // Two counters; at 08:30 both are booked, at 09:00 one is.
    let mut office = Office::at(storage, &[], Some(MORNING)).await;
    let closed = "\n[[location.closure]]\nfrom = \"2026-11-01\"\nto = \"2026-12-31\"\ncounters = [\"platz-3\"]\n";
    let at_once = "return_minutes = { from = 0, to = 0 }\nhold_minutes =";
    office.import(&(shipped("altena").replace("hold_minutes =", at_once) + closed));
    office.succeed_with_input(
        &["staff", "clerk@altena.example", "altena", "clerk"],
        "a-long-password-for-a-clerk",
    );
    let server = office.serve().await;
    let found = free(&server, "altena", basket(1), DAY, DAY).await;
    let location = found["days"][0]["location"].clone();
    let starts = found["days"][0]["starts"].as_array().unwrap().clone();
    for (start, key) in
        [(0, "the-first-at-half-past"), (0, "second-at-half-past"), (6, "alone-at-nine-sharp")]
    {
        let slot = (&location, &starts[start]);
        let answer = book(&server, "altena", &basket(1), slot, key).await;
        assert_eq!(code(&answer), "none", "{answer}");
    }
    assert_eq!(office.mails(3).await.len(), 3);
    let clerk = clerk_of(&server).await;
    let sheet = "query($location: UUID!, $day: NaiveDate!) { daySheet(town: \"altena\", location: $location, date: $day) { name appointments { code startsAt } } }";
    let day = json!({ "location": location, "day": DAY });
    let counters = server.graphql_as(Some(&clerk), sheet, day.clone()).await;
    let nine = |own: &Value| own["startsAt"] == starts[6];
    let sick = counters["data"]["daySheet"]
        .as_array()
        .unwrap()
        .iter()
        .position(|counter| counter["appointments"].as_array().unwrap().iter().any(nine));
    let slug = ["platz-1", "platz-2"][sick.unwrap()];

    let close = "mutation($location: UUID!, $day: NaiveDate!, $slug: String!) { closeLocation(town: \"altena\", location: $location,
        affected: MOVE, closure: { from: $day, to: $day, counters: [$slug], reason: \"Eine Kollegin ist erkrankt.\" }) { moved { startsAt } cancelled { code } left { code } } }";
    let asked = json!({ "location": location, "day": DAY, "slug": slug });
    let answer = server.graphql_as(Some(&clerk), close, asked).await;
    let closed = &answer["data"]["closeLocation"];
    let moved = closed["moved"].as_array().unwrap();
    // The one at half past waits for the other to be served; the one at nine changes counters.
    assert_eq!(moved.len(), 2, "{answer}");
    assert_eq!(
        (&moved[0]["startsAt"], &moved[1]["startsAt"]),
        (&starts[3], &starts[6]),
        "{answer}"
    );
    assert_eq!((&closed["cancelled"], &closed["left"]), (&json!([]), &json!([])));
    let counters = server.graphql_as(Some(&clerk), sheet, day).await;
    let at_sick = &counters["data"]["daySheet"][sick.unwrap()]["appointments"];
    assert_eq!(at_sick, &json!([]), "{counters}");
    // Only who comes at another time is told, and why, once it can no longer be undone.
    server.end().await;
    office.set_clock("2026-11-23T08:10:00Z");
    let _server = office.serve().await;
    let mails = office.mails(4).await;
    let changed = |mail: &&Value| mail["subject"].as_str().unwrap().starts_with("Geändert");
    let changed: Vec<_> = mails.iter().filter(changed).collect();
    assert_eq!((mails.len(), changed.len()), (4, 1));
    assert!(changed[0]["text"].as_str().unwrap().contains("Eine Kollegin ist erkrankt."));
}

async fn clerk_of(server: &Server) -> String {
    let sign_in = "mutation { signIn(email: \"clerk@altena.example\", password: \"a-long-password-for-a-clerk\") }";
    let answer = server.graphql(sign_in, json!({})).await;
    answer["data"]["signIn"].as_str().unwrap().to_owned()
}

async fn a_closed_day_cancels_who_it_falls_on_and_outdates_other_changes(storage: Storage) {
    let own = booked(storage).await;
    own.office.succeed_with_input(
        &["staff", "admin@altena.example", "altena", "admin"],
        "a-long-password-for-an-admin",
    );
    let sign_in = "mutation { signIn(email: \"admin@altena.example\", password: \"a-long-password-for-an-admin\") }";
    let answer = own.server.graphql(sign_in, json!({})).await;
    let admin = answer["data"]["signIn"].as_str().unwrap();
    let file = "{ townFile(town: \"altena\") { version text } }";
    let before =
        own.server.graphql_as(Some(admin), file, json!({})).await["data"]["townFile"].take();

    let close = "mutation($location: UUID!, $day: NaiveDate!) { closeLocation(town: \"altena\", location: $location,
        affected: CANCEL, closure: { from: $day, to: $day, fromTime: \"08:00\", toTime: \"24:00\", reason: \"Stromausfall\" }) { cancelled { code status } } }";
    let clerk = own.clerk().await;
    let asked = json!({ "location": own.location, "day": DAY });
    let answer = own.server.graphql_as(Some(&clerk), close, asked).await;
    let cancelled = answer["data"]["closeLocation"]["cancelled"].as_array().unwrap();
    assert_eq!((cancelled.len(), &cancelled[0]["status"]), (1, &json!("CANCELLED")), "{answer}");
    assert_eq!(own.free().await, Vec::<Value>::new());

    // Whoever began to edit before is told; the closure is not overwritten.
    let change = "mutation($version: Int!, $file: String!) { changeSetUp(town: \"altena\", version: $version, file: $file) }";
    let asked = json!({ "version": before["version"], "file": before["text"] });
    let answer = own.server.graphql_as(Some(admin), change, asked).await;
    assert_eq!(code(&answer), "OUTDATED", "{answer}");
    let after =
        own.server.graphql_as(Some(admin), file, json!({})).await["data"]["townFile"].take();
    assert!(after["text"].as_str().unwrap().contains("Stromausfall"), "{after}");
    let text = after["text"].as_str().unwrap().replace("hold_minutes = 10", "hold_minutes = 15");
    let asked = json!({ "version": after["version"], "file": text });
    let answer = own.server.graphql_as(Some(admin), change, asked).await;
    assert_eq!(answer["data"]["changeSetUp"], after["version"].as_i64().unwrap() + 1, "{answer}");

    // Every version is kept with who made it.
    let history = "{ setUpHistory(town: \"altena\") { version actor text } }";
    let history = own.server.graphql_as(Some(admin), history, json!({})).await;
    let versions = history["data"]["setUpHistory"].as_array().unwrap();
    let numbers: Vec<i64> = versions.iter().map(|own| own["version"].as_i64().unwrap()).collect();
    assert_eq!(numbers, [3, 2, 1], "{history}");
    assert!(versions[0]["actor"].as_str().unwrap().starts_with("staff:"));
    assert!(versions[0]["text"].as_str().unwrap().contains("hold_minutes = 15"));
    assert!(!versions[2]["text"].as_str().unwrap().contains("Stromausfall"));
}

async fn whoever_was_missed_is_told_unless_it_was_a_slip(storage: Storage) {
    let own = booked(storage).await.begun().await;
    let clerk = own.clerk().await;
    let mark = async |status: &str| {
        let document = format!(
            "mutation {{ markAppointment(town: \"altena\", appointment: {}, status: {status}) {{ status }} }}",
            own.id
        );
        let answer = own.server.graphql_as(Some(&clerk), &document, json!({})).await;
        assert_eq!(code(&answer), "none", "{answer}");
    };
    let planned = "outbox WHERE kind = 'missed' AND state = 'waiting'";
    mark("MISSED").await;
    assert_eq!(own.office.count(planned).await, 1);
    mark("ARRIVED").await;
    assert_eq!(own.office.count(planned).await, 0, "the mark was taken back");
    mark("MISSED").await;
    let own = own.later(40).await;
    let mails = own.office.mails(2).await;
    let missed = |mail: &&Value| mail["subject"].as_str().unwrap().contains("ist vorbei");
    let missed: Vec<_> = mails.iter().filter(missed).collect();
    assert_eq!(missed.len(), 1);
    assert_eq!(missed[0]["calendar"], Value::Null);
}

async fn a_missed_appointment_does_not_come_back_to_a_place_that_was_given_away(storage: Storage) {
    let own = booked(storage).await.begun().await;
    let clerk = own.clerk().await;
    let mark = async |status: &str| {
        let document = format!(
            "mutation {{ markAppointment(town: \"altena\", appointment: {}, status: {status}) {{ status }} }}",
            own.id
        );
        own.server.graphql_as(Some(&clerk), &document, json!({})).await
    };
    for status in ["MISSED", "BOOKED", "MISSED"] {
        assert_eq!(mark(status).await["data"]["markAppointment"]["status"], status);
    }
    // Taking a mark back is no booking.
    for (rows, count) in [
        ("usage_event WHERE kind = 'booked'", 1),
        ("usage_event WHERE kind = 'restored'", 1),
        ("audit_entry WHERE action = 'appointment.booked'", 1),
        ("audit_entry WHERE action = 'appointment.restored'", 1),
    ] {
        assert_eq!(own.office.count(rows).await, count, "{rows}");
    }
    let book = format!(
        "mutation {{ bookAppointment(town: \"altena\", channel: COUNTER, basket: [{{ service: \"personalausweis\" }}],
            location: {}, startsAt: {}, idempotencyKey: \"in-the-place-of-another\", contact: {{ name: \"E\" }}) {{ secret }} }}",
        own.location, own.starts[1]
    );
    let other = own.server.graphql_as(Some(&clerk), &book, json!({})).await;
    assert_eq!(code(&other), "none", "{other}");
    assert_eq!(code(&mark("BOOKED").await), "SLOT_TAKEN");
}
