//! A clerk's day beyond booking, on both databases.

#![allow(clippy::unwrap_used)] // an answer without the asked-for value fails the test

use serde_json::{Value, json};
use system_tests::{
    citizen::{book, code, free},
    office::{Office, Server, Storage},
    on_both,
    staff::Member,
};

const MORNING: &str = "2026-11-23T08:00:00Z";
const DAY: &str = "2026-11-26";

on_both!(a_note_is_for_colleagues_and_for_the_person_it_is_about,);

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
}

async fn a_note_is_for_colleagues_and_for_the_person_it_is_about(storage: Storage) {
    let own = altena(storage).await;
    let (id, secret) = own.book(0, "somebody-with-a-note").await;
    let write = "mutation($id: UUID!, $text: String!) { noteAppointment(town: \"altena\", appointment: $id, text: $text) }";
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
    let page = format!("/altena/termin/b/{}/daten.json", secret.as_str().unwrap());
    let (status, data) = own.server.get(&page).await;
    assert_eq!(status, 200);
    assert!(data.contains(text), "{data}");
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
    own.clerk.get(&own.server, write, json!({ "id": id, "text": " " })).await;
    assert_eq!(reader.get(&own.server, look, by_id).await, Value::Null);
    assert_eq!(own.office.count("appointment_note").await, 0);
}
