//! Contact data that are wrong are corrected, and an agreement can be taken back.

#![allow(clippy::unwrap_used)] // an answer without the asked-for value fails the test

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
    whose_address_was_wrong_is_told_again_at_the_right_one,
    nobody_who_booked_online_is_left_without_an_address,
    short_messages_end_with_the_agreement,
);

/// Altena with an appointment, a clerk and nobody at the gateway for short messages.
struct Altena {
    office: Office,
    server: Server,
    clerk: Member,
    id: Value,
    secret: Value,
}

async fn altena(storage: Storage) -> Altena {
    let office = Office::at(storage, &[], Some(MORNING)).await;
    let sms = "sms = { url = \"https://sms.example/\", body = \"{{ phone }} {{ text }}\" }";
    office.import(&shipped("altena").replace("hold_minutes =", &format!("{sms}\nhold_minutes =")));
    office.employ("clerk", "altena");
    let server = office.serve().await;
    let clerk = Member::of(&server, "clerk", "altena").await;
    let basket = json!([{ "service": "umzug" }]);
    let found = free(&server, "altena", basket.clone(), DAY, DAY).await;
    let slot = (&found["days"][0]["location"], &found["days"][0]["starts"][0]);
    let answer = book(&server, "altena", &basket, slot, "booked-with-a-wrong-address").await;
    let secret = answer["data"]["bookAppointment"]["secret"].clone();
    let look = format!("{{ appointment(town: \"altena\", secret: {secret}) {{ id }} }}");
    let id = server.graphql(&look, json!({})).await["data"]["appointment"]["id"].take();
    office.mails(1).await;
    while office.count("outbox WHERE state = 'sent'").await == 0 {
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    Altena { office, server, clerk, id, secret }
}

impl Altena {
    async fn correct(&self, email: &str, phone: &str) -> Value {
        let document = "mutation($id: UUID!, $email: String!, $phone: String!) { correctContact(town: \"altena\",
            appointment: $id, email: $email, phone: $phone) { contact { name email phone } } }";
        let asked = json!({ "id": self.id, "email": email, "phone": phone });
        self.clerk.ask(&self.server, document, asked).await
    }
}

async fn whose_address_was_wrong_is_told_again_at_the_right_one(storage: Storage) {
    let own = altena(storage).await;
    let refused = "UPDATE outbox SET state = 'dead', last_error = 'refused for good (5.1.1)' WHERE state = 'sent'";
    own.office.execute(refused).await;
    let answer = own.correct("right@example.org", "+49 5481 331").await;
    let expected = json!({ "name": "Erika Mustermann", "email": "right@example.org", "phone": "+49 5481 331" });
    assert_eq!(answer["data"]["correctContact"]["contact"], expected, "{answer}");
    let mails = own.office.mails(2).await;
    let told = |to: &str| mails.iter().filter(|mail| mail["to"] == to).count();
    assert_eq!((told("erika@example.org"), told("right@example.org")), (1, 1), "{mails:?}");
    assert_eq!(own.office.count("outbox WHERE state = 'dead'").await, 0, "what did not arrive");
    assert_eq!(own.office.count("outbox WHERE kind = 'reminder'").await, 1);
    assert_eq!(own.office.count("contact").await, 1);
    assert_eq!(own.office.count("audit_entry WHERE action = 'contact.corrected'").await, 1);
    // Saving the same once more tells nobody.
    assert_eq!(code(&own.correct("right@example.org", "+49 5481 331").await), "none");
    assert_eq!(own.office.count("outbox WHERE kind = 'confirmation'").await, 1);

    let path = format!("/altena/verwaltung/termine/{}/kontakt", own.id.as_str().unwrap());
    let page = own.clerk.at_a_browser().get(&own.server, &path).await;
    assert_eq!(page.status, 200);
    assert!(page.body.contains("value=\"right@example.org\""), "{}", page.body);
}

async fn nobody_who_booked_online_is_left_without_an_address(storage: Storage) {
    let own = altena(storage).await;
    for email in ["", "right@"] {
        assert_eq!(code(&own.correct(email, "").await), "CONTACT", "{email}");
    }
    assert_eq!(own.office.mails(1).await.len(), 1);
    let erase =
        format!("mutation {{ eraseAppointment(town: \"altena\", secret: {}) }}", own.secret);
    assert_eq!(code(&own.server.graphql(&erase, json!({})).await), "none");
    assert_eq!(code(&own.correct("right@example.org", "").await), "WRONG_STATUS");
}

async fn short_messages_end_with_the_agreement(storage: Storage) {
    let own = altena(storage).await;
    let found = free(&own.server, "altena", json!([{ "service": "umzug" }]), DAY, DAY).await;
    let document = "mutation($location: UUID!, $start: DateTime!) { bookAppointment(town: \"altena\",
        basket: [{ service: \"umzug\" }], location: $location, startsAt: $start, idempotencyKey: \"told-by-short-message\",
        contact: { name: \"Erika\", email: \"erika@example.org\", phone: \"+49 5481 330\", sms: true }) { secret } }";
    let day = &found["days"][0];
    let asked = json!({ "location": day["location"], "start": day["starts"][0] });
    let answer = own.server.graphql(document, asked).await;
    let secret = answer["data"]["bookAppointment"]["secret"].as_str().unwrap();
    assert_eq!(own.office.count("outbox WHERE medium = 'sms'").await, 2);
    let page = format!("/altena/termin/b/{secret}");
    let offers = async || own.server.get(&page).await.1.contains("Keine SMS mehr schicken");
    assert!(offers().await);
    let stop = format!("mutation {{ stopSms(town: \"altena\", secret: \"{secret}\") }}");
    for _ in 0..2 {
        assert_eq!(code(&own.server.graphql(&stop, json!({})).await), "none");
    }
    assert!(!offers().await);
    assert_eq!(own.office.count("outbox WHERE medium = 'sms'").await, 0);
    // The mails are another matter.
    assert_eq!(own.office.count("outbox WHERE kind = 'reminder'").await, 2);
}
