//! Many bookers, few places, two servers.

use std::collections::HashMap;

use serde_json::json;
use system_tests::office::{Office, Storage};

/// On a Tuesday Altena's three counters are open from 8:30 to 12:00, which is six families of 35
/// minutes each, and two of them at 14:00: 6 × 3 + 2 places.
#[tokio::test]
async fn two_hundred_bookers_for_twenty_places_on_two_servers_get_exactly_twenty() {
    let office = Office::at(Storage::Postgres, &["altena"], Some("2026-11-23T06:00:00Z")).await;
    let servers = [office.serve().await, office.serve().await];
    let query = "{ town(town: \"altena\") { locations { id } } }";
    let answer = servers[0].graphql(query, json!({})).await;
    let location = answer["data"]["town"]["locations"][0]["id"].clone();
    let starts: Vec<String> = (0..6)
        .map(|index| {
            format!(
                "2026-11-24T{:02}:{:02}:00Z",
                7 + (30 + index * 35) / 60,
                (30 + index * 35) % 60
            )
        })
        .chain(["2026-11-24T13:00:00Z".to_owned()])
        .collect();
    let book = "mutation($location: UUID!, $start: DateTime!, $key: String!) {
        bookAppointment(town: \"altena\", basket: [{ service: \"ausweise-familie\" }], location: $location, startsAt: $start,
            idempotencyKey: $key, contact: { name: \"B\", email: \"b@example.org\" }) { appointment { id } } }";
    let bookers = (0..200_usize).map(|booker| {
        let server = &servers[booker % 2];
        let asked = json!({
            "location": location,
            "start": starts[booker % starts.len()],
            "key": format!("booker-number-{booker:04}"),
        });
        server.graphql(book, asked)
    });
    let answers = futures::future::join_all(bookers).await;
    let mut outcomes: HashMap<String, usize> = HashMap::new();
    for answer in answers {
        let outcome = answer["errors"][0]["extensions"]["code"].as_str().unwrap_or("BOOKED");
        *outcomes.entry(outcome.to_owned()).or_default() += 1;
    }
    let expected = HashMap::from([("BOOKED".to_owned(), 20), ("SLOT_TAKEN".to_owned(), 180)]);
    assert_eq!(outcomes, expected);
}
