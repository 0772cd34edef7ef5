//! A clerk's day beyond booking, on both databases.

#![allow(clippy::unwrap_used)] // an answer without the asked-for value fails the test

use mail_parser::MessageParser;
use serde_json::{Value, json};
use system_tests::{
    citizen::{book, code, free},
    office::{Office, Server, Storage, shipped},
    on_both,
    smtp::{MailServer, Mood},
    staff::Member,
    visitor::{Visitor, field},
};

const MORNING: &str = "2026-11-23T08:00:00Z";
const DAY: &str = "2026-11-26";

on_both!(
    nobody_has_come_or_missed_an_appointment_before_its_time,
    a_note_is_for_colleagues_and_for_the_person_it_is_about,
    a_note_of_a_colleague_is_never_written_over_unread,
    the_inbox_goes_on_beyond_what_is_shown,
    a_proposed_time_is_kept_until_it_is_taken,
    a_proposal_that_is_declined_or_runs_out_gives_its_time_back,
    whoever_asked_takes_the_request_back,
    what_is_answered_is_not_taken_back,
    a_wish_months_ahead_stands_beside_what_is_free_then,
    a_request_for_what_is_offered_no_more_can_be_declined,
    whose_session_has_ended_is_led_to_a_page_that_opens,
    an_acceptance_that_leaves_late_says_the_time_that_holds,
    a_day_that_stays_open_is_one_line_that_names_everybody,
    the_log_is_searched_by_who_what_and_whom,
    the_log_goes_on_after_a_line,
    an_appointment_goes_to_the_counter_that_is_named,
    a_closing_is_undone_before_anybody_hears_of_it,
    undoing_a_closing_reminds_of_what_was_due_meanwhile,
    what_was_changed_or_taken_since_is_not_undone,
    mails_of_a_closing_leave_when_it_can_no_longer_be_undone,
    a_counter_that_is_out_gives_its_appointments_to_others_at_the_same_time,
    an_admin_books_beyond_the_opening_hours_and_no_counter_twice,
    a_date_at_the_end_of_all_calendars_is_no_fault,
);

/// Altena with three counters, a clerk and an admin.
struct Altena {
    office: Office,
    server: Server,
    clerk: Member,
    location: Value,
    starts: Vec<Value>,
}

fn basket() -> Value {
    json!([{ "service": "personalausweis" }])
}

async fn altena(storage: Storage) -> Altena {
    let office = Office::at(storage, &["altena"], Some(MORNING)).await;
    for role in ["reader", "clerk", "admin"] {
        office.employ(role, "altena");
    }
    let server = office.serve().await;
    let clerk = Member::of(&server, "clerk", "altena").await;
    let found = free(&server, "altena", basket(), DAY, DAY).await;
    let location = found["days"][0]["location"].clone();
    let starts = found["days"][0]["starts"].as_array().unwrap().clone();
    Altena { office, server, clerk, location, starts }
}

impl Altena {
    /// Books at one of the day's free starts; returns id and secret.
    async fn book(&self, start: usize, key: &str) -> (Value, Value) {
        let slot = (&self.location, &self.starts[start]);
        let answer = book(&self.server, "altena", &basket(), slot, key).await;
        assert_eq!(code(&answer), "none", "{answer}");
        let booked = &answer["data"]["bookAppointment"];
        (booked["appointment"]["id"].clone(), booked["secret"].clone())
    }

    async fn member(&self, role: &str) -> Member {
        Member::of(&self.server, role, "altena").await
    }

    /// The same office at another time.
    async fn at(self, clock: &str) -> Self {
        let Self { mut office, server, .. } = self;
        server.end().await;
        office.set_clock(clock);
        let server = office.serve().await;
        let clerk = Member::of(&server, "clerk", "altena").await;
        Self { office, server, clerk, ..self }
    }

    async fn mark(&self, id: &Value, status: &str) -> Value {
        let document = format!(
            "mutation {{ markAppointment(town: \"altena\", appointment: {id}, status: {status}) {{ status }} }}"
        );
        self.clerk.ask(&self.server, &document, json!({})).await
    }
}

const COME: [&str; 3] = ["ARRIVED", "CALLED", "SERVED"];

async fn nobody_has_come_or_missed_an_appointment_before_its_time(storage: Storage) {
    let own = altena(storage).await;
    let (id, _) = own.book(0, "somebody-who-comes-on-thursday").await;
    let start = own.starts[0].as_str().unwrap().to_owned();
    let start: chrono::DateTime<chrono::Utc> = start.parse().unwrap();
    let path = format!("/altena/verwaltung/termine/{}", id.as_str().unwrap());
    let steps = async |own: &Altena| {
        let page = own.clerk.at_a_browser().get(&own.server, &path).await.body;
        ["arrived", "called", "served", "missed"]
            .map(|status| page.contains(&format!("name=\"stand\" value=\"{status}\"")))
    };
    for status in COME.into_iter().chain(["MISSED"]) {
        let refused = own.mark(&id, status).await;
        assert_eq!(code(&refused), "TOO_EARLY", "{status}: {refused}");
        let from = if status == "MISSED" { start } else { "2026-11-25T23:00:00Z".parse().unwrap() };
        assert_eq!(refused["errors"][0]["extensions"]["from"], from.to_rfc3339(), "{status}");
    }
    assert_eq!(steps(&own).await, [false; 4]);
    let mut visitor = own.clerk.at_a_browser();
    let page = visitor.get(&own.server, &path).await.body;
    let form = [("formular", field(&page, "formular")), ("stand", "missed")];
    let refused = visitor.post(&own.server, &format!("{path}/stand"), &form).await;
    assert_eq!(refused.status, 409, "{}", refused.body);
    assert!(refused.body.contains("noch zu früh"), "{}", refused.body);
    assert_eq!(own.office.count("appointment WHERE status = 'booked'").await, 1);
    assert_eq!(own.office.count("outbox WHERE kind = 'missed'").await, 0);

    // People come early, on the day itself.
    let own = own.at("2026-11-26T05:00:00Z").await;
    assert_eq!(steps(&own).await, [true, true, true, false]);
    for status in COME {
        assert_eq!(code(&own.mark(&id, status).await), "none", "{status}");
    }
    assert_eq!(code(&own.mark(&id, "MISSED").await), "TOO_EARLY");
    assert_eq!(code(&own.mark(&id, "BOOKED").await), "none");
    let own = own.at(&start.to_rfc3339()).await;
    assert_eq!(steps(&own).await, [true; 4]);
    assert_eq!(code(&own.mark(&id, "MISSED").await), "none");
}

const NOTE: &str = "mutation($id: UUID!, $text: String!, $seen: DateTime) { noteAppointment(town: \"altena\", appointment: $id,
    text: $text, insteadOf: $seen) }";

async fn a_note_of_a_colleague_is_never_written_over_unread(storage: Storage) {
    let own = altena(storage).await;
    let (id, _) = own.book(0, "somebody-with-two-notes").await;
    let note = async |text: &str, seen: &Value| {
        let asked = json!({ "id": id, "text": text, "seen": seen });
        own.clerk.ask(&own.server, NOTE, asked).await
    };
    // Two clerks have opened the page before there was a note.
    assert_eq!(code(&note("Bringt Vollmacht mit", &Value::Null).await), "none");
    let refused = note("Kommt mit Kind", &Value::Null).await;
    assert_eq!(code(&refused), "NOTE_CHANGED", "{refused}");
    let present = &refused["errors"][0]["extensions"]["note"];
    assert_eq!(present["text"], "Bringt Vollmacht mit");
    let viewed = "audit_entry WHERE action = 'note.viewed'";
    assert_eq!(own.office.count(viewed).await, 1, "whoever is told has seen it");
    // The same words are no other note.
    assert_eq!(code(&note("Bringt Vollmacht mit", &Value::Null).await), "none");
    assert_eq!(code(&note("Vollmacht, Kind", &present["writtenAt"]).await), "none");
    let old = note("", &present["writtenAt"]).await;
    assert_eq!(code(&old), "NOTE_CHANGED", "{old}");

    // On the page both are seen, and what was typed is still there.
    let mut visitor = own.clerk.at_a_browser();
    let path = format!("/altena/verwaltung/termine/{}", id.as_str().unwrap());
    let page = visitor.get(&own.server, &path).await.body;
    let (token, seen) = (field(&page, "formular").to_owned(), field(&page, "gelesen").to_owned());
    let written = &old["errors"][0]["extensions"]["note"]["writtenAt"];
    assert_eq!(code(&note("Der Kollege war schneller", written).await), "none");
    let send = format!("{path}/notiz");
    let form = |seen: &str| {
        [("formular", token.clone()), ("gelesen", seen.to_owned()), ("notiz", "Rollstuhl".into())]
    };
    let mut post = async |seen: &str| {
        let form = form(seen);
        let form: Vec<_> = form.iter().map(|(name, value)| (*name, value.as_str())).collect();
        visitor.post(&own.server, &send, &form).await
    };
    let shown = post(&seen).await;
    assert_eq!(shown.status, 409, "{}", shown.body);
    for part in ["Der Kollege war schneller", ">Rollstuhl</textarea>", "inzwischen geändert"] {
        assert!(shown.body.contains(part), "{part} in {}", shown.body);
    }
    let saved = post(field(&shown.body, "gelesen")).await;
    assert_eq!(saved.status, 303, "{}", saved.body);
    assert!(visitor.get(&own.server, &path).await.body.contains(">Rollstuhl</textarea>"));
}

async fn a_note_is_for_colleagues_and_for_the_person_it_is_about(storage: Storage) {
    let own = altena(storage).await;
    let (id, secret) = own.book(0, "somebody-with-a-note").await;
    let write = NOTE;
    let text = "Bringt einen Dolmetscher mit";
    let asked = json!({ "id": id, "text": text });
    let reader = own.member("reader").await;
    assert_eq!(code(&reader.ask(&own.server, write, asked.clone()).await), "FORBIDDEN");
    let long = json!({ "id": id, "text": "n".repeat(1001) });
    assert_eq!(code(&own.clerk.ask(&own.server, write, long).await), "TOO_LONG");
    own.clerk.get(&own.server, write, asked).await;

    let look = "query($which: AppointmentRefInput!) { appointmentNote(town: \"altena\", appointment: $which) { text } }";
    let by_id = json!({ "which": { "id": id } });
    assert_eq!(reader.get(&own.server, look, by_id.clone()).await["text"], text);
    assert_eq!(code(&own.server.graphql(look, by_id.clone()).await), "FORBIDDEN");
    // It is about a person, who may know it; nobody reads it in the database.
    let stored = format!("{{ storedData(town: \"altena\", secret: {secret}) }}");
    let data = own.server.graphql(&stored, json!({})).await["data"]["storedData"].take();
    assert_eq!(data["note_by_staff"]["text"], text, "{data}");
    let written = own.office.everything_written().await;
    assert!(!written.windows(text.len()).any(|part| part == text.as_bytes()));

    let admin = own.member("admin").await;
    let log = "{ auditLog(town: \"altena\", from: \"2026-11-23T00:00:00Z\", to: \"2026-11-24T00:00:00Z\") { action subject } }";
    let log = admin.get(&own.server, log, json!({})).await;
    for action in ["note.written", "note.viewed"] {
        assert!(
            log.as_array().unwrap().contains(&json!({ "action": action, "subject": id })),
            "{log}"
        );
    }
    // An empty text takes it away.
    let seen = "query($which: AppointmentRefInput!) { appointmentNote(town: \"altena\", appointment: $which) { writtenAt } }";
    let seen = own.clerk.get(&own.server, seen, by_id.clone()).await["writtenAt"].take();
    let away = json!({ "id": id, "text": " ", "seen": seen });
    own.clerk.get(&own.server, write, away).await;
    assert_eq!(reader.get(&own.server, look, by_id).await, Value::Null);
    assert_eq!(own.office.count("appointment_note").await, 0);
}

const LOG: &str = "query($actor: String, $action: String, $subject: UUID) { auditLog(town: \"altena\", from: \"2026-11-23T00:00:00Z\",
    to: \"2026-11-24T00:00:00Z\", actor: $actor, action: $action, subject: $subject) { actor action subject detail shown } }";

async fn a_day_that_stays_open_is_one_line_that_names_everybody(storage: Storage) {
    let own = altena(storage).await;
    let (first, _) = own.book(0, "the-first-of-the-day").await;
    let (second, _) = own.book(6, "the-second-of-the-day").await;
    let reader = own.member("reader").await;
    let admin = own.member("admin").await;
    let day = "query($location: UUID!) { daySheet(town: \"altena\", location: $location, date: \"2026-11-26\") { name } }";
    let week = "query($location: UUID!) { weekSheet(town: \"altena\", location: $location, date: \"2026-11-27\") { date counters { appointments { id } } } }";
    let here = json!({ "location": own.location });
    let looks = async || {
        let asked = json!({ "action": "day.viewed" });
        admin.get(&own.server, LOG, asked).await.as_array().unwrap().clone()
    };
    for _ in 0..3 {
        reader.get(&own.server, day, here.clone()).await;
    }
    let lines = looks().await;
    assert_eq!(lines.len(), 1, "{lines:?}");
    assert_eq!((&lines[0]["subject"], &lines[0]["detail"]), (&own.location, &json!(DAY)));
    assert_eq!(lines[0]["shown"], json!([first, second]));
    // Somebody new is somebody whose data were not seen before; the week shows nobody else.
    let (third, _) = own.book(12, "the-third-of-the-day").await;
    reader.get(&own.server, day, here.clone()).await;
    let sheets = reader.get(&own.server, week, here.clone()).await;
    assert_eq!((sheets.as_array().unwrap().len(), &sheets[0]["date"]), (7, &json!("2026-11-23")));
    let lines = looks().await;
    assert_eq!(lines.len(), 2, "{lines:?}");
    assert_eq!(lines[0]["shown"], json!([third]));
    // Another person's look is another look.
    own.clerk.get(&own.server, day, here).await;
    assert_eq!(looks().await[0]["shown"].as_array().unwrap().len(), 3);
}

async fn the_log_is_searched_by_who_what_and_whom(storage: Storage) {
    let own = altena(storage).await;
    let (id, _) = own.book(0, "somebody-who-is-looked-for").await;
    let (other, _) = own.book(6, "somebody-else-entirely").await;
    let find = "{ findAppointments(town: \"altena\", words: \"Mustermann\") { more } }";
    own.clerk.get(&own.server, find, json!({})).await;
    assert_eq!(code(&own.clerk.ask(&own.server, LOG, json!({})).await), "FORBIDDEN");
    let admin = own.member("admin").await;
    let log = async |asked: Value| admin.get(&own.server, LOG, asked).await;
    let about = log(json!({ "subject": id })).await;
    let actions: Vec<_> =
        about.as_array().unwrap().iter().map(|line| line["action"].as_str().unwrap()).collect();
    assert_eq!(actions, ["search.viewed", "appointment.booked"], "{about}");
    assert_eq!(about[0]["shown"], json!([id, other]));
    let by_citizens = log(json!({ "actor": "citizen", "action": "appointment.booked" })).await;
    assert_eq!(by_citizens.as_array().unwrap().len(), 2);
    let clerk = about[0]["actor"].clone();
    let by_clerk = log(json!({ "actor": clerk })).await;
    assert!(by_clerk.as_array().unwrap().iter().all(|line| line["actor"] == clerk), "{by_clerk}");
    assert_eq!(log(json!({ "action": "appointment.moved" })).await, json!([]));
}

async fn the_log_goes_on_after_a_line(storage: Storage) {
    let own = altena(storage).await;
    for key in ["the-first-of-three", "the-second-of-three", "the-third-of-three"] {
        own.book(0, key).await;
    }
    let admin = own.member("admin").await;
    let document = "query($first: Int!, $after: String) { auditLog(town: \"altena\", from: \"2026-11-23T00:00:00Z\",
        to: \"2026-11-24T00:00:00Z\", action: \"appointment.booked\", first: $first, after: $after) { subject cursor } }";
    let log = async |first: u16, after: &Value| {
        let asked = json!({ "first": first, "after": after });
        admin.get(&own.server, document, asked).await.as_array().unwrap().clone()
    };
    let all = log(500, &Value::Null).await;
    assert_eq!(all.len(), 3);
    assert_eq!(log(2, &Value::Null).await, all[..2]);
    assert_eq!(log(2, &all[1]["cursor"]).await, all[2..]);
    assert_eq!(log(2, &all[2]["cursor"]).await, Vec::<Value>::new());
    let asked = json!({ "first": 2, "after": "nowhere" });
    assert_eq!(code(&admin.ask(&own.server, document, asked).await), "CURSOR");
}

async fn an_appointment_goes_to_the_counter_that_is_named(storage: Storage) {
    let own = altena(storage).await;
    let (id, _) = own.book(0, "somebody-who-is-dragged").await;
    let (other, _) = own.book(0, "somebody-beside-them").await;
    let day = "query($location: UUID!) { daySheet(town: \"altena\", location: $location, date: \"2026-11-26\") { counter appointments { id startsAt } } }";
    let counters = async || {
        let sheet = own.clerk.get(&own.server, day, json!({ "location": own.location })).await;
        let counter = |which: &Value| {
            let has = |counter: &&Value| {
                counter["appointments"].as_array().unwrap().iter().any(|own| own["id"] == *which)
            };
            sheet.as_array().unwrap().iter().find(has).unwrap()["counter"].clone()
        };
        let all: Vec<_> =
            sheet.as_array().unwrap().iter().map(|own| own["counter"].clone()).collect();
        (counter(&id), counter(&other), all)
    };
    let (mine, theirs, all) = counters().await;
    let free = all.iter().find(|own| **own != mine && **own != theirs).unwrap();
    let document = "mutation($id: UUID!, $location: UUID!, $start: DateTime!, $counter: UUID) { rescheduleAppointment(town: \"altena\",
        appointment: { id: $id }, location: $location, startsAt: $start, counter: $counter) { startsAt } }";
    let place = async |start: usize, counter: &Value| {
        let asked = json!({ "id": id, "location": own.location, "start": own.starts[start], "counter": counter });
        own.clerk.ask(&own.server, document, asked).await
    };
    assert_eq!(code(&place(0, &theirs).await), "SLOT_TAKEN");
    assert_eq!(code(&place(0, free).await), "none");
    assert_eq!(counters().await.0, *free);
    // Nobody has to know of another counter; another time is told.
    assert_eq!(own.office.count("outbox WHERE kind = 'changed'").await, 0);
    assert_eq!(code(&place(6, &theirs).await), "none");
    assert_eq!(counters().await.0, theirs);
    assert_eq!(own.office.count("outbox WHERE kind = 'changed'").await, 1);
}

/// Lengerich with a clerk and a request for a wedding.
struct Wedding {
    office: Office,
    server: Server,
    clerk: Member,
    secret: Value,
}

async fn wedding(storage: Storage) -> Wedding {
    wedding_in(Office::at(storage, &["lengerich"], Some(MORNING)).await).await
}

async fn wedding_in(office: Office) -> Wedding {
    office.employ("clerk", "lengerich");
    let server = office.serve().await;
    let request = "mutation { requestAppointment(town: \"lengerich\", basket: [{ service: \"eheschliessung\" }],
        wishes: [{ date: \"2026-11-27\", from: \"09:00\", to: \"12:00\" }], idempotencyKey: \"wedding-of-the-year\",
        contact: { name: \"Anna Verlobt\", email: \"anna@example.org\" }) { secret } }";
    let answer = server.graphql(request, json!({})).await;
    let secret = answer["data"]["requestAppointment"]["secret"].clone();
    assert!(secret.is_string(), "{answer}");
    let clerk = Member::of(&server, "clerk", "lengerich").await;
    Wedding { office, server, clerk, secret }
}

impl Wedding {
    async fn open(&self) -> Value {
        let document =
            "{ openRequests(town: \"lengerich\") { id passed proposal { startsAt until } } }";
        self.clerk.get(&self.server, document, json!({})).await
    }

    /// Free starts on the first Wednesday, as staff see them.
    async fn free(&self) -> (Value, Vec<Value>) {
        let document = "{ freeSlots(town: \"lengerich\", basket: [{ service: \"eheschliessung\" }], channel: PHONE,
            from: \"2026-12-02\", to: \"2026-12-02\") { days { location starts } } }";
        let found = self.clerk.get(&self.server, document, json!({})).await;
        let day = &found["days"][0];
        (day["location"].clone(), day["starts"].as_array().cloned().unwrap_or_default())
    }

    async fn propose(&self, request: &Value, location: &Value, start: &Value) -> Value {
        let document = "mutation($request: UUID!, $location: UUID!, $start: DateTime!) { proposeTime(town: \"lengerich\",
            request: $request, location: $location, startsAt: $start) { passed proposal { startsAt until } } }";
        let asked = json!({ "request": request, "location": location, "start": start });
        self.clerk.ask(&self.server, document, asked).await
    }

    async fn citizen(&self, field: &str) -> Value {
        let document =
            format!("mutation {{ {field} }}").replace("SECRET", &self.secret.to_string());
        self.server.graphql(&document, json!({})).await
    }
}

const TAKE: &str = "takeProposal(town: \"lengerich\", secret: SECRET) { startsAt status channel }";
const WITHDRAW: &str = "withdrawRequest(town: \"lengerich\", secret: SECRET)";
const PASS: &str = "passProposal(town: \"lengerich\", secret: SECRET)";

async fn the_inbox_goes_on_beyond_what_is_shown(storage: Storage) {
    let own = wedding(storage).await;
    for number in 2..=5 {
        let request = format!(
            "mutation {{ requestAppointment(town: \"lengerich\", basket: [{{ service: \"eheschliessung\" }}],
             wishes: [{{ date: \"2026-11-27\", from: \"09:00\", to: \"12:00\" }}], idempotencyKey: \"wedding-number-{number}-of-many\",
             contact: {{ name: \"Paar {number}\", email: \"paar-{number}@example.org\" }}) {{ code }} }}"
        );
        assert_eq!(code(&own.server.graphql(&request, json!({})).await), "none");
    }
    let document = "query($first: Int, $after: String) { openRequests(town: \"lengerich\", first: $first, after: $after)
        { id cursor contact { name } } }";
    let page = async |first: u8, after: &Value| {
        let asked = json!({ "first": first, "after": after });
        own.clerk.get(&own.server, document, asked).await.as_array().unwrap().clone()
    };
    let all = page(200, &Value::Null).await;
    let names: Vec<_> = all.iter().map(|own| own["contact"]["name"].as_str().unwrap()).collect();
    assert_eq!(names, ["Anna Verlobt", "Paar 2", "Paar 3", "Paar 4", "Paar 5"]);
    assert_eq!(page(2, &Value::Null).await, all[..2]);
    assert_eq!(page(2, &all[1]["cursor"]).await, all[2..4]);
    assert_eq!(page(2, &all[3]["cursor"]).await, all[4..]);
    let asked = json!({ "first": 2, "after": "nowhere" });
    assert_eq!(code(&own.clerk.ask(&own.server, document, asked).await), "CURSOR");

    let mut visitor = own.clerk.at_a_browser();
    let mut path = "/lengerich/verwaltung/anfragen?zahl=2".to_owned();
    for (shown, more) in [
        (&names[..2], "3 weitere Anfragen"),
        (&names[2..4], "Eine weitere Anfrage"),
        (&names[4..], ""),
    ] {
        let page = visitor.get(&own.server, &path).await.body;
        for name in &names {
            assert_eq!(page.contains(name), shown.contains(name), "{name} on {path}: {page}");
        }
        assert!(page.contains(more), "{page}");
        assert_eq!(page.contains(">Weiter</a>"), !more.is_empty(), "{page}");
        let next = page.split_once("\">Weiter</a>").map(|(before, _)| before.rsplit('"').next());
        path = next.flatten().unwrap_or_default().replace("&#38;", "&").replace("&amp;", "&");
    }
}

async fn a_proposed_time_is_kept_until_it_is_taken(storage: Storage) {
    let own = wedding(storage).await;
    assert_eq!(code(&own.citizen(TAKE).await), "WRONG_STATUS", "nothing is proposed");
    let request = own.open().await[0]["id"].clone();
    let (location, starts) = own.free().await;
    let answer = own.propose(&request, &location, &starts[2]).await;
    assert_eq!(answer["data"]["proposeTime"]["proposal"]["startsAt"], starts[2], "{answer}");
    let until = answer["data"]["proposeTime"]["proposal"]["until"].as_str().unwrap();
    assert!(until.starts_with("2026-11-25T"), "{until}");
    // The room is one: whatever overlaps is occupied for everybody else.
    assert!(!own.free().await.1.contains(&starts[2]));
    let day = "query($location: UUID!) { daySheet(town: \"lengerich\", location: $location, date: \"2026-12-02\") { held { startsAt } } }";
    let day = own.clerk.get(&own.server, day, json!({ "location": location })).await;
    assert_eq!(day[0]["held"], json!([{ "startsAt": starts[2] }]));
    // Another time gives the first one back, whose mail has left.
    own.office.mails(2).await;
    let answer = own.propose(&request, &location, &starts[0]).await;
    assert_eq!(answer["data"]["proposeTime"]["passed"], json!([starts[2]]), "{answer}");
    let mails = own.office.mails(3).await;
    let proposals: Vec<_> = mails
        .iter()
        .filter(|mail| mail["subject"].as_str().unwrap().starts_with("Unser Vorschlag"))
        .collect();
    assert_eq!(proposals.len(), 2);
    for mail in proposals {
        assert_eq!(mail["calendar"], Value::Null);
        let text = mail["text"].as_str().unwrap();
        assert!(text.contains("/lengerich/anfrage/b/"), "{text}");
    }
    // What a page that is still open shows is not the time that is kept now.
    for field in [TAKE, PASS] {
        let shown =
            format!("secret: SECRET, shown: {{ location: {location}, startsAt: {} }}", starts[2]);
        let answer = own.citizen(&field.replace("secret: SECRET", &shown)).await;
        assert_eq!(code(&answer), "WRONG_STATUS", "{answer}");
    }
    // Too near to be answered by mail.
    let soon = json!("2026-11-23T09:30:00Z");
    assert_eq!(code(&own.propose(&request, &location, &soon).await), "SLOT_NOT_OFFERED");

    let page = format!("/lengerich/anfrage/b/{}", own.secret.as_str().unwrap());
    assert!(own.server.get(&page).await.1.contains("Wir schlagen Ihnen einen Termin vor"));
    let taken = own.citizen(TAKE).await;
    let booked = json!({ "startsAt": starts[0], "status": "BOOKED", "channel": "PHONE" });
    assert_eq!(taken["data"]["takeProposal"], booked, "{taken}");
    assert_eq!(code(&own.citizen(TAKE).await), "WRONG_STATUS");
    assert_eq!(own.open().await, json!([]));
    assert!(own.server.get(&page).await.1.contains("Aus Ihrem Wunsch ist ein Termin geworden"));
    assert_eq!(code(&own.propose(&request, &location, &starts[5]).await), "WRONG_STATUS");
}

async fn a_proposal_that_is_declined_or_runs_out_gives_its_time_back(storage: Storage) {
    let own = wedding(storage).await;
    let request = own.open().await[0]["id"].clone();
    let (location, starts) = own.free().await;
    own.propose(&request, &location, &starts[0]).await;
    own.office.mails(2).await;
    assert_eq!(code(&own.citizen(PASS).await), "none");
    assert_eq!(code(&own.citizen(PASS).await), "WRONG_STATUS");
    assert_eq!(code(&own.citizen(TAKE).await), "WRONG_STATUS");
    assert_eq!(own.open().await[0]["passed"], json!([starts[0]]));
    assert_eq!(own.free().await.1, starts);

    own.propose(&request, &location, &starts[1]).await;
    own.office.mails(3).await;
    assert_ne!(own.free().await.1, starts);
    let Wedding { mut office, server, secret, .. } = own;
    server.end().await;
    office.set_clock("2026-11-27T08:00:00Z");
    let server = office.serve().await;
    // The clerk's session has ended by now.
    let clerk = Member::of(&server, "clerk", "lengerich").await;
    let own = Wedding { office, server, clerk, secret };
    assert_eq!(code(&own.citizen(TAKE).await), "WRONG_STATUS");
    assert_eq!(own.free().await.1, starts);
    // Staff may still give a firm time, also one that was proposed before.
    let accept = "mutation($request: UUID!, $location: UUID!, $start: DateTime!) {
        acceptRequest(town: \"lengerich\", request: $request, location: $location, startsAt: $start) { startsAt } }";
    let asked = json!({ "request": request, "location": location, "start": starts[1] });
    assert_eq!(own.clerk.get(&own.server, accept, asked).await["startsAt"], starts[1]);
    // Received, proposed twice, accepted.
    let mails = own.office.mails(4).await;
    let subject = |mail: &&Value| {
        mail["subject"].as_str().unwrap().starts_with("Ihr Terminwunsch ist angenommen: ")
    };
    let accepted = mails.iter().find(subject).expect("a mail of its own");
    assert!(accepted["calendar"].as_str().unwrap().contains("METHOD:PUBLISH"));
}

const CLOSE: &str = "mutation($location: UUID!, $affected: Affected!, $counters: [String!]!) { closeLocation(town: \"altena\", location: $location,
    affected: $affected, closure: { from: \"2026-11-26\", to: \"2026-11-26\", counters: $counters, reason: \"Personalversammlung\" }) {
    id undoUntil moved { id startsAt } cancelled { id } left { id } } }";
const UNDO: &str = "mutation($id: UUID!) { undoClosing(town: \"altena\", closing: $id) { restored { id startsAt status } left { id startsAt } } }";

impl Altena {
    async fn close(&self, affected: &str, counters: &[&str]) -> Value {
        let asked =
            json!({ "location": self.location, "affected": affected, "counters": counters });
        self.clerk.get(&self.server, CLOSE, asked).await
    }

    async fn undo(&self, closed: &Value) -> Value {
        self.clerk.ask(&self.server, UNDO, json!({ "id": closed["id"] })).await
    }

    /// What each counter has on the day: its name and the ids of its appointments.
    async fn day(&self) -> Vec<(String, Vec<Value>)> {
        let document = "query($location: UUID!) { daySheet(town: \"altena\", location: $location, date: \"2026-11-26\") { name appointments { id } } }";
        let sheet =
            self.clerk.get(&self.server, document, json!({ "location": self.location })).await;
        let counter = |own: &Value| {
            let ids = own["appointments"].as_array().unwrap().iter().map(|own| own["id"].clone());
            (own["name"].as_str().unwrap().to_owned(), ids.collect())
        };
        sheet.as_array().unwrap().iter().map(counter).collect()
    }

    async fn free(&self) -> Value {
        free(&self.server, "altena", basket(), DAY, DAY).await
    }
}

async fn whoever_asked_takes_the_request_back(storage: Storage) {
    let own = wedding(storage).await;
    let request = own.open().await[0]["id"].clone();
    let (location, starts) = own.free().await;
    own.propose(&request, &location, &starts[0]).await;
    assert_ne!(own.free().await.1, starts);
    let page = format!("/lengerich/anfrage/b/{}", own.secret.as_str().unwrap());
    assert!(own.server.get(&page).await.1.contains("Zurückziehen und Daten löschen"));

    assert_eq!(code(&own.citizen(WITHDRAW).await), "none");
    assert_eq!(code(&own.citizen(WITHDRAW).await), "none", "twice is no error");
    assert_eq!(own.free().await.1, starts, "what was proposed is free again");
    for table in ["contact", "outbox"] {
        assert_eq!(own.office.count(table).await, 0, "{table}");
    }
    assert_eq!(own.open().await, json!([]));
    assert_eq!(code(&own.citizen(TAKE).await), "WRONG_STATUS");
    assert_eq!(code(&own.propose(&request, &location, &starts[0]).await), "WRONG_STATUS");
    let (_, shown) = own.server.get(&page).await;
    assert!(shown.contains("Sie haben Ihren Terminwunsch zurückgezogen"), "{shown}");
    assert!(!shown.contains("Zurückziehen und Daten löschen"), "{shown}");
}

async fn what_is_answered_is_not_taken_back(storage: Storage) {
    let own = wedding(storage).await;
    let request = own.open().await[0]["id"].clone();
    let (location, starts) = own.free().await;
    own.propose(&request, &location, &starts[0]).await;
    assert_eq!(code(&own.citizen(TAKE).await), "none");
    assert_eq!(code(&own.citizen(WITHDRAW).await), "WRONG_STATUS");
    assert_eq!(own.office.count("appointment").await, 1);
}

async fn a_wish_months_ahead_stands_beside_what_is_free_then(storage: Storage) {
    let office = Office::at(storage, &[], Some(MORNING)).await;
    office.import(&shipped("lengerich").replace("max_days_ahead = 42", "max_days_ahead = 200"));
    let own = wedding_in(office).await;
    let request = "mutation { requestAppointment(town: \"lengerich\", basket: [{ service: \"eheschliessung\" }],
        wishes: [{ date: \"2027-03-03\", from: \"08:00\", to: \"12:00\" }], idempotencyKey: \"wedding-of-the-next-year\",
        contact: { name: \"Anna Verlobt\", email: \"anna@example.org\" }) { secret } }";
    assert_eq!(code(&own.server.graphql(request, json!({})).await), "none");
    let id = own.open().await[1]["id"].take();
    let path = format!("/lengerich/verwaltung/anfragen/{}", id.as_str().unwrap());
    let page = own.clerk.at_a_browser().get(&own.server, &path).await.body;
    assert!(!page.contains("In dieser Zeit ist nichts frei."), "{page}");
    assert!(page.contains("2027-03-03T"), "{page}");
}

async fn a_request_for_what_is_offered_no_more_can_be_declined(storage: Storage) {
    let own = wedding(storage).await;
    let id = own.open().await[0]["id"].take();
    let direct = shipped("lengerich").replace("mode = \"request\"", "mode = \"information\"");
    own.office.change(&direct).await;
    let path = format!("/lengerich/verwaltung/anfragen/{}", id.as_str().unwrap());
    let mut browser = own.clerk.at_a_browser();
    let page = browser.get(&own.server, &path).await;
    assert_eq!(page.status, 200, "{}", page.body);
    let form = [("formular", field(&page.body, "formular")), ("grund", "Nur noch vor Ort")];
    assert_eq!(browser.post(&own.server, &format!("{path}/ablehnen"), &form).await.status, 303);
    assert_eq!(own.open().await, json!([]));
}

async fn whose_session_has_ended_is_led_to_a_page_that_opens(storage: Storage) {
    let own = altena(storage).await;
    let (id, _) = own.book(0, "marked-after-the-session").await;
    let path = format!("/altena/verwaltung/termine/{}/stand", id.as_str().unwrap());
    let answer = Visitor::default().post(&own.server, &path, &[("stand", "arrived")]).await;
    assert_eq!(answer.location, "/anmelden?weiter=%2Fverwaltung");
}

async fn an_acceptance_that_leaves_late_says_the_time_that_holds(storage: Storage) {
    let sink = MailServer::start().await;
    sink.set_mood(Mood::Busy);
    let mut office = Office::at(storage, &["lengerich"], Some(MORNING)).await;
    office.configure("SMTP_URL", &sink.url);
    let own = wedding_in(office).await;
    let request = own.open().await[0]["id"].clone();
    let (location, starts) = own.free().await;
    let accept = "mutation($request: UUID!, $location: UUID!, $start: DateTime!) {
        acceptRequest(town: \"lengerich\", request: $request, location: $location, startsAt: $start) { id } }";
    let asked = json!({ "request": request, "location": location, "start": starts[0] });
    let id = own.clerk.get(&own.server, accept, asked).await["id"].take();
    let (_, rest) = own.free().await;
    let last = rest.last().unwrap();
    let reschedule = "mutation($id: UUID!, $location: UUID!, $start: DateTime!) {
        rescheduleAppointment(town: \"lengerich\", appointment: { id: $id }, location: $location, startsAt: $start) { startsAt } }";
    let asked = json!({ "id": id, "location": location, "start": last });
    assert_eq!(own.clerk.get(&own.server, reschedule, asked).await["startsAt"], *last);
    let Wedding { mut office, server, .. } = own;
    server.end().await;

    sink.set_mood(Mood::Kind);
    office.set_clock("2026-11-23T09:00:00Z");
    let _server = office.serve().await;
    let clock = |start: &Value| {
        let start: chrono::DateTime<chrono::Utc> = start.as_str().unwrap().parse().unwrap();
        start.with_timezone(&chrono_tz::Europe::Berlin).format("%H:%M").to_string()
    };
    for mail in sink.mails(3).await {
        let mail = MessageParser::new().parse(mail.as_bytes()).unwrap();
        let (subject, text) = (mail.subject().unwrap(), mail.body_text(0).unwrap());
        let is_of_request = subject.starts_with("Ihr Terminwunsch ist eingegangen");
        assert_eq!(text.contains(&clock(last)), !is_of_request, "{subject}: {text}");
    }
}

async fn a_closing_is_undone_before_anybody_hears_of_it(storage: Storage) {
    let own = altena(storage).await;
    for (start, key) in [
        (0, "one-of-several-a"),
        (0, "one-of-several-b"),
        (0, "one-of-several-c"),
        (4, "one-of-several-d"),
    ] {
        own.book(start, key).await;
    }
    assert_eq!(own.office.mails(4).await.len(), 4);
    let (before, was_free) = (own.day().await, own.free().await);
    let reminders = "outbox WHERE kind = 'reminder'";
    assert_eq!(own.office.count(reminders).await, 4);
    for (affected, done, kind) in
        [("CANCEL", "cancelled", "cancelled_by_office"), ("MOVE", "moved", "changed")]
    {
        let closed = own.close(affected, &[]).await;
        assert_eq!(closed[done].as_array().unwrap().len(), 4, "{closed}");
        assert!(own.free().await["days"].as_array().unwrap().is_empty());
        let waits = format!("outbox WHERE kind = '{kind}' AND state = 'waiting'");
        assert_eq!(own.office.count(&waits).await, 4);
        let list = "{ undoableClosings(town: \"altena\") { id changed } }";
        let listed = own.clerk.get(&own.server, list, json!({})).await;
        assert_eq!(listed, json!([{ "id": closed["id"], "changed": 4 }]));

        let undone = own.undo(&closed).await;
        let restored = undone["data"]["undoClosing"]["restored"].as_array().unwrap();
        assert_eq!(restored.len(), 4, "{undone}");
        assert!(restored.iter().all(|own| own["status"] == "BOOKED"), "{undone}");
        assert_eq!(own.day().await, before);
        assert_eq!(own.free().await, was_free);
        assert_eq!(own.office.count(&waits).await, 0);
        assert_eq!(own.office.count(reminders).await, 4);
        // Once is enough.
        assert_eq!(code(&own.undo(&closed).await), "WRONG_STATUS");
    }
    assert_eq!(own.office.mails(4).await.len(), 4, "nobody has heard of it");
    let admin = own.member("admin").await;
    for (action, count) in
        [("closure.undone", 2), ("appointment.restored", 8), ("closure.viewed", 1)]
    {
        let lines = admin.get(&own.server, LOG, json!({ "action": action })).await;
        assert_eq!(lines.as_array().unwrap().len(), count, "{action}: {lines}");
    }
}

async fn undoing_a_closing_reminds_of_what_was_due_meanwhile(storage: Storage) {
    // A day and a minute before the first start.
    let mut own = altena(storage).await;
    own.book(0, "reminded-in-the-meantime").await;
    own.office.mails(1).await;
    let first: chrono::DateTime<chrono::Utc> = own.starts[0].as_str().unwrap().parse().unwrap();
    let due = first - chrono::TimeDelta::days(1);
    own.server.end().await;
    own.office.set_clock(&(due - chrono::TimeDelta::minutes(1)).to_rfc3339());
    own.server = own.office.serve().await;
    own.clerk = own.member("clerk").await;
    let closed = own.close("CANCEL", &[]).await;
    own.server.end().await;
    own.office.set_clock(&(due + chrono::TimeDelta::minutes(1)).to_rfc3339());
    own.server = own.office.serve().await;
    own.clerk = own.member("clerk").await;
    let undone = own.undo(&closed).await;
    assert_eq!(undone["data"]["undoClosing"]["restored"].as_array().map(Vec::len), Some(1));
    let mails = own.office.mails(2).await;
    let is_reminder = |mail: &Value| mail["subject"].as_str().unwrap().starts_with("Erinnerung");
    assert_eq!(mails.iter().filter(|mail| is_reminder(mail)).count(), 1, "{mails:?}");
}

async fn what_was_changed_or_taken_since_is_not_undone(storage: Storage) {
    let own = altena(storage).await;
    let (first, secret) = own.book(0, "who-cancels-meanwhile").await;
    let (second, _) = own.book(12, "whose-place-is-taken").await;
    let closed = own.close("MOVE", &[]).await;
    assert_eq!(closed["moved"].as_array().unwrap().len(), 2, "{closed}");
    let cancel = "mutation($secret: String!) { cancelAppointment(town: \"altena\", appointment: { secret: $secret }) { status } }";
    let answer = own.server.graphql(cancel, json!({ "secret": secret })).await;
    assert_eq!(code(&answer), "none");
    // What the closing has not told is out of date: the citizen's own cancellation is told instead.
    let about_first = "outbox WHERE kind = 'changed' AND state = 'waiting'";
    assert_eq!(own.office.count(about_first).await, 1);
    // The place is open again by another change, and somebody takes it.
    let admin = own.member("admin").await;
    let file = "{ townFile(town: \"altena\") { version text } }";
    let file = admin.get(&own.server, file, json!({})).await;
    let closure = file["text"].as_str().unwrap().find("[[location.closure]]").unwrap();
    let change = "mutation($version: Int!, $file: String!) { changeSetUp(town: \"altena\", version: $version, file: $file) }";
    let opened = &file["text"].as_str().unwrap()[..closure];
    admin.get(&own.server, change, json!({ "version": file["version"], "file": opened })).await;
    for key in ["in-their-place-one", "in-their-place-two", "in-their-place-three"] {
        own.book(12, key).await;
    }
    let undone = own.undo(&closed).await;
    let undone = &undone["data"]["undoClosing"];
    assert_eq!(undone["restored"], json!([]), "{undone}");
    let left: Vec<_> = undone["left"].as_array().unwrap().iter().map(|own| &own["id"]).collect();
    assert!(left.contains(&&first) && left.contains(&&second), "{undone}");
    assert_eq!(own.office.count(about_first).await, 1, "who stays moved is told");
    let seen = json!({ "action": "closure.viewed" });
    let lines = admin.get(&own.server, LOG, seen).await;
    assert!(lines.as_array().unwrap().len() > 1, "whoever undoes sees who they are: {lines}");
}

async fn mails_of_a_closing_leave_when_it_can_no_longer_be_undone(storage: Storage) {
    let own = altena(storage).await;
    own.book(0, "who-is-told-in-the-end").await;
    assert_eq!(own.office.mails(1).await.len(), 1);
    let closed = own.close("CANCEL", &[]).await;
    let Altena { mut office, server, location, starts, .. } = own;
    server.end().await;
    office.set_clock("2026-11-23T08:10:00Z");
    let server = office.serve().await;
    let mails = office.mails(2).await;
    let told = mails.iter().find(|mail| mail["subject"].as_str().unwrap().starts_with("Abgesagt"));
    assert!(told.unwrap()["text"].as_str().unwrap().contains("Personalversammlung"));
    let clerk = Member::of(&server, "clerk", "altena").await;
    let own = Altena { office, server, clerk, location, starts };
    assert_eq!(code(&own.undo(&closed).await), "WRONG_STATUS");
    let list = "{ undoableClosings(town: \"altena\") { id } }";
    assert_eq!(own.clerk.get(&own.server, list, json!({})).await, json!([]));
}

async fn a_counter_that_is_out_gives_its_appointments_to_others_at_the_same_time(storage: Storage) {
    let own = altena(storage).await;
    // At half past all three are taken, at nine one is, and somebody has come already.
    for (start, key) in [
        (0, "three-at-once-one"),
        (0, "three-at-once-two"),
        (0, "three-at-once-three"),
        (6, "alone-at-nine-sharp"),
    ] {
        own.book(start, key).await;
    }
    let day = own.day().await;
    let busiest = day.iter().position(|(_, ids)| ids.len() == 2).unwrap();
    let (stays, moves) = (day[busiest].1[0].clone(), day[busiest].1[1].clone());
    let slugs = "query($location: UUID!) { daySheet(town: \"altena\", location: $location, date: \"2026-11-26\") { slug } }";
    let slugs = own.clerk.get(&own.server, slugs, json!({ "location": own.location })).await;
    let slug = slugs[busiest]["slug"].as_str().unwrap();
    let closed = own.close("REDISTRIBUTE", &[slug]).await;
    let ids = |list: &Value| -> Vec<Value> {
        list.as_array().unwrap().iter().map(|own| own["id"].clone()).collect()
    };
    assert_eq!((ids(&closed["moved"]), ids(&closed["left"])), (vec![moves], vec![stays.clone()]));
    assert_eq!(closed["moved"][0]["startsAt"], own.starts[6], "at the same time");
    assert_eq!(own.office.count("outbox WHERE kind = 'changed'").await, 0, "nobody needs to know");
    // The rest is decided on together; the closure stands once.
    let closed = own.close("MOVE", &[slug]).await;
    assert_eq!(ids(&closed["moved"]), [stays], "{closed}");
    assert!(own.day().await[busiest].1.is_empty());
    let admin = own.member("admin").await;
    let lines = admin.get(&own.server, LOG, json!({ "action": "closure.added" })).await;
    assert_eq!(lines.as_array().unwrap().len(), 1, "{lines}");
}

async fn an_admin_books_beyond_the_opening_hours_and_no_counter_twice(storage: Storage) {
    let own = altena(storage).await;
    let document = "mutation($location: UUID!, $start: DateTime!, $key: String!, $beyond: Boolean!) { bookAppointment(town: \"altena\",
        basket: [{ service: \"personalausweis\" }], location: $location, startsAt: $start, idempotencyKey: $key, channel: PHONE,
        contact: { name: \"E\" }, beyond: $beyond) { appointment { startsAt } } }";
    let asked = |start: &str, key: &str, beyond: bool| json!({ "location": own.location, "start": start, "key": key, "beyond": beyond });
    let evening = "2026-11-26T18:00:00Z";
    let admin = own.member("admin").await;
    let ask = async |who: &Member, asked: Value| {
        code(&who.ask(&own.server, document, asked).await).to_owned()
    };
    assert_eq!(ask(&own.clerk, asked(evening, "a-clerk-by-the-evening", true)).await, "FORBIDDEN");
    let refused = asked(evening, "without-saying-so-at-all", false);
    assert_eq!(ask(&admin, refused).await, "SLOT_NOT_OFFERED");
    // Three counters, so three at the same time; also on a Sunday, and never in the past.
    for key in ["one-in-the-evening", "two-in-the-evening", "three-in-the-evening"] {
        assert_eq!(ask(&admin, asked(evening, key, true)).await, "none");
    }
    assert_eq!(ask(&admin, asked(evening, "four-in-the-evening", true)).await, "SLOT_TAKEN");
    let sunday = asked("2026-11-29T09:00:00Z", "one-on-a-sunday-morning", true);
    assert_eq!(ask(&admin, sunday).await, "none");
    let past = asked("2026-11-22T09:00:00Z", "one-on-a-day-that-was", true);
    assert_eq!(ask(&admin, past).await, "SLOT_NOT_OFFERED");
    let beyond = json!({ "action": "appointment.beyond-hours" });
    let lines = admin.get(&own.server, LOG, beyond).await;
    assert_eq!(lines.as_array().unwrap().len(), 4, "{lines}");
}

async fn a_date_at_the_end_of_all_calendars_is_no_fault(storage: Storage) {
    let town = altena(storage).await;
    for date in ["+262142-12-31", "-262143-01-01", "9999-12-31"] {
        for field in ["daySheet", "weekSheet"] {
            let inside = if field == "daySheet" { "name" } else { "date" };
            let document = format!(
                "{{ {field}(town: \"altena\", location: {}, date: \"{date}\") {{ {inside} }} }}",
                town.location
            );
            let answer = town.clerk.ask(&town.server, &document, json!({})).await;
            assert!(answer["data"].is_object() || answer["errors"].is_array(), "{answer}");
            assert_ne!(code(&answer), "INTERNAL", "{document}: {answer}");
        }
        for page in ["tag", "woche"] {
            let mut visitor = town.clerk.at_a_browser();
            let path = format!("/altena/verwaltung/{page}?datum={}", date.replace('+', "%2B"));
            let shown = visitor.get(&town.server, &path).await;
            assert_eq!(shown.status, 200, "{path}: {}", shown.body);
        }
    }
}
