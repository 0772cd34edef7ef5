//! A citizen at the API: looks for free slots and books.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use crate::office::Server;

/// A picture of one pixel, in base64.
pub const PNG: &str =
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAIAAACQd1PeAAAADElEQVR4nGNoUHAAAAIEAOGl338NAAAAAElFTkSuQmCC";

/// Free slots of a basket in a range of dates.
pub const FREE: &str = "query($town: String!, $basket: [BasketLineInput!]!, $from: NaiveDate!, $to: NaiveDate!) {
    freeSlots(town: $town, basket: $basket, from: $from, to: $to) { days { date location starts } nextFreeDate } }";
/// Books for Erika Mustermann.
pub const BOOK: &str = "mutation($town: String!, $basket: [BasketLineInput!]!, $location: UUID!, $startsAt: DateTime!, $key: String!) {
    bookAppointment(town: $town, basket: $basket, location: $location, startsAt: $startsAt, idempotencyKey: $key,
        contact: { name: \"Erika Mustermann\", email: \"erika@example.org\", phone: \"+49 5481 330\" }) {
        secret appointment { id code startsAt endsAt } } }";
/// Holds a slot.
pub const HOLD: &str = "mutation($town: String!, $basket: [BasketLineInput!]!, $location: UUID!, $startsAt: DateTime!) {
    holdSlot(town: $town, basket: $basket, location: $location, startsAt: $startsAt) { token } }";
/// Books for Erika Mustermann at `$email`, with a hold where there is one.
pub const BOOK_BY_HOLD: &str = "mutation($town: String!, $basket: [BasketLineInput!]!, $location: UUID!, $startsAt: DateTime!,
    $key: String!, $hold: String, $email: String!) {
    bookAppointment(town: $town, basket: $basket, location: $location, startsAt: $startsAt, idempotencyKey: $key,
        hold: $hold, contact: { name: \"Erika Mustermann\", email: $email }) { secret } }";

/// Asks for the free slots of a basket; there must be an answer.
pub async fn free(server: &Server, town: &str, basket: Value, from: &str, to: &str) -> Value {
    let asked = json!({ "town": town, "basket": basket, "from": from, "to": to });
    let mut answer = server.graphql(FREE, asked).await;
    assert!(answer["errors"].is_null(), "{answer}");
    answer["data"]["freeSlots"].take()
}

/// Books at `slot`, which is location and start; returns the whole answer.
pub async fn book(
    server: &Server,
    town: &str,
    basket: &Value,
    slot: (&Value, &Value),
    key: &str,
) -> Value {
    let asked = json!({ "town": town, "basket": basket, "location": slot.0, "startsAt": slot.1, "key": key });
    server.graphql(BOOK, asked).await
}

/// Solves a challenge of the town, which must ask for one; returns what goes back.
pub async fn solve(server: &Server, town: &str) -> String {
    let (status, asked) = server.get(&format!("/{town}/termin/aufgabe.json")).await;
    assert_eq!(status, 200, "no challenge in {town}");
    let asked: Value = serde_json::from_str(&asked).expect("JSON");
    let salt = asked["salt"].as_str().expect("a salt");
    let most = asked["maxnumber"].as_u64().expect("a number");
    let number = (0..=most).find(|number| {
        let hash = Sha256::digest(format!("{salt}{number}"));
        let hash: String = hash.iter().map(|byte| format!("{byte:02x}")).collect();
        asked["challenge"] == hash
    });
    let solution = json!({ "algorithm": "SHA-256", "challenge": asked["challenge"], "salt": salt,
        "number": number.expect("a solution"), "signature": asked["signature"] });
    STANDARD.encode(solution.to_string())
}

/// The secret at the end of the link that stands on a line of its own in a mail's text.
#[must_use]
pub fn mailed_secret(mail: &Value) -> String {
    let text = mail["text"].as_str().expect("a text");
    let link = text.lines().find(|line| line.starts_with("http")).expect("a link");
    link.rsplit('/').next().expect("a last part").to_owned()
}

/// The code of an answer's first error, `none` where there is none.
#[must_use]
pub fn code(answer: &Value) -> &str {
    answer["errors"][0]["extensions"]["code"].as_str().unwrap_or("none")
}
