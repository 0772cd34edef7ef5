//! A citizen at the API: looks for free slots and books.

use serde_json::{Value, json};

use crate::office::Server;

/// A picture of one pixel, in base64.
pub const PNG: &str =
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAIAAACQd1PeAAAADElEQVR4nGNoUHAAAAIEAOGl338NAAAAAElFTkSuQmCC";

/// Free slots of a basket in a range of dates.
const FREE: &str = "query($town: String!, $basket: [BasketLineInput!]!, $from: NaiveDate!, $to: NaiveDate!) {
    freeSlots(town: $town, basket: $basket, from: $from, to: $to) { days { date location starts } nextFreeDate } }";
/// Books for Erika Mustermann.
pub const BOOK: &str = "mutation($town: String!, $basket: [BasketLineInput!]!, $location: UUID!, $startsAt: DateTime!, $key: String!) {
    bookAppointment(town: $town, basket: $basket, location: $location, startsAt: $startsAt, idempotencyKey: $key,
        contact: { name: \"Erika Mustermann\", email: \"erika@example.org\", phone: \"+49 5481 330\" }) {
        secret appointment { id code startsAt endsAt } } }";

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

/// The code of an answer's first error, `none` where there is none.
#[must_use]
pub fn code(answer: &Value) -> &str {
    answer["errors"][0]["extensions"]["code"].as_str().unwrap_or("none")
}
