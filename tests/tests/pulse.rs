//! An open page of the console hears of what has changed without asking again.

use std::time::Duration;

use reqwest::{Response, header};
use serde_json::{Value, json};
use system_tests::{
    citizen::{book, free},
    office::{Office, Server, Storage},
    on_both,
    staff::Member,
};

const MORNING: &str = "2026-11-23T08:00:00Z";
const DAY: &str = "2026-11-26";

on_both!(
    an_open_day_hears_of_holds_and_bookings_and_of_nothing_else,
    what_happens_between_a_page_and_its_stream_is_heard_of,
    the_api_tells_whether_anything_has_changed,
    what_happens_is_heard_of_though_something_else_is_long_past,
);

/// The stream of a page that stays open.
struct Pulse(Response);

impl Pulse {
    async fn of(server: &Server) -> Self {
        let clerk = Member::of(server, "clerk", "altena").await;
        Self::at(server, &clerk, "/altena/verwaltung/puls").await
    }

    async fn at(server: &Server, clerk: &Member, path: &str) -> Self {
        let request = reqwest::Client::new().get(format!("{}{path}", server.url));
        let cookie = format!("session={}", clerk.token());
        let answer = request.header(header::COOKIE, cookie).send().await.expect("an answer");
        assert_eq!(answer.headers()[header::CONTENT_TYPE], "text/event-stream");
        Self(answer)
    }

    /// The next word, if one comes within four seconds; what only keeps the stream open is none.
    async fn beat(&mut self) -> Option<String> {
        let next = async {
            loop {
                let part = self.0.chunk().await.expect("a stream").expect("no end");
                let part = String::from_utf8_lossy(&part).into_owned();
                if part.contains("event: puls") {
                    return part;
                }
            }
        };
        tokio::time::timeout(Duration::from_secs(4), next).await.ok()
    }
}

async fn an_open_day_hears_of_holds_and_bookings_and_of_nothing_else(storage: Storage) {
    let office = Office::at(storage, &["altena", "steinfurt"], Some(MORNING)).await;
    office.employ("clerk", "altena");
    let server = office.serve().await;
    let basket = json!([{ "service": "personalausweis" }]);
    let found = free(&server, "altena", basket.clone(), DAY, DAY).await;
    let (location, starts) = (&found["days"][0]["location"], &found["days"][0]["starts"]);
    let mut pulse = Pulse::of(&server).await;
    let empty = pulse.beat().await.expect("how it stands");
    let hold = "mutation($basket: [BasketLineInput!]!, $location: UUID!, $start: DateTime!) {
        holdSlot(town: \"altena\", basket: $basket, location: $location, startsAt: $start) { token } }";
    let asked = json!({ "basket": basket, "location": location, "start": starts[0] });
    let held = server.graphql(hold, asked).await;
    let token: &Value = &held["data"]["holdSlot"]["token"];
    let with_hold = pulse.beat().await.expect("that a place is held");
    assert_ne!(with_hold, empty);
    let release = format!("mutation {{ releaseHold(town: \"altena\", token: {token}) }}");
    server.graphql(&release, json!({})).await;
    assert_eq!(pulse.beat().await, Some(empty), "as before");
    book(&server, "altena", &basket, (location, &starts[0]), "booked-while-a-page-is-open").await;
    assert!(pulse.beat().await.is_some(), "that a place is booked");
    // Another town's bookings are none of its business.
    let found = free(&server, "steinfurt", basket.clone(), DAY, DAY).await;
    let (location, starts) = (&found["days"][0]["location"], &found["days"][0]["starts"]);
    book(&server, "steinfurt", &basket, (location, &starts[0]), "booked-in-another-town").await;
    assert_eq!(pulse.beat().await, None);
}

/// A clerk in Altena, and a place that is free there.
async fn altena(storage: Storage) -> (Office, Server, Member, Value, Value) {
    let office = Office::at(storage, &["altena"], Some(MORNING)).await;
    office.employ("clerk", "altena");
    let server = office.serve().await;
    let clerk = Member::of(&server, "clerk", "altena").await;
    let mut found = free(&server, "altena", basket(), DAY, DAY).await;
    let day = &mut found["days"][0];
    let (location, start) = (day["location"].take(), day["starts"][0].take());
    (office, server, clerk, location, start)
}

fn basket() -> Value {
    json!([{ "service": "personalausweis" }])
}

async fn what_happens_between_a_page_and_its_stream_is_heard_of(storage: Storage) {
    let (_office, server, clerk, location, start) = altena(storage).await;
    let mut visitor = clerk.at_a_browser();
    for view in ["tag", "woche"] {
        let page = visitor.get(&server, &format!("/altena/verwaltung/{view}?datum={DAY}")).await;
        let attribute = |name: &str| {
            let (_, rest) = page.body.split_once(&format!("{name}=\"")).expect(name);
            rest.split('"').next().unwrap_or_default().to_owned()
        };
        let (path, known) = (attribute("data-puls"), attribute("data-known"));
        assert!(path.ends_with(&format!("/puls?bekannt={known}")), "{path}");
        let mut pulse = Pulse::at(&server, &clerk, &path).await;
        assert_eq!(pulse.beat().await, None, "what the page shows is no news");
        let key = format!("booked-before-the-stream-of-{view}");
        book(&server, "altena", &basket(), (&location, &start), &key).await;
        let mut late = Pulse::at(&server, &clerk, &path).await;
        assert!(late.beat().await.is_some_and(|beat| !beat.contains(&known)), "{view}");
    }
}

async fn the_api_tells_whether_anything_has_changed(storage: Storage) {
    let (_office, server, clerk, location, start) = altena(storage).await;
    let pulse = async |known: &Value| {
        let document = "query($known: String) { pulse(town: \"altena\", known: $known) }";
        clerk.get(&server, document, json!({ "known": known })).await
    };
    let before = pulse(&Value::Null).await;
    tokio::time::sleep(Duration::from_millis(1100)).await;
    assert_eq!(pulse(&before).await, before);
    book(&server, "altena", &basket(), (&location, &start), "booked-while-somebody-asks").await;
    let after = pulse(&before).await;
    assert_ne!(after, before);
    assert_eq!(pulse(&after).await, after);
}

async fn what_happens_is_heard_of_though_something_else_is_long_past(storage: Storage) {
    let office = Office::at(storage, &["altena"], Some(MORNING)).await;
    office.employ("clerk", "altena");
    let server = office.serve().await;
    let basket = json!([{ "service": "personalausweis" }]);
    let found = free(&server, "altena", basket.clone(), DAY, DAY).await;
    let (location, starts) = (&found["days"][0]["location"], &found["days"][0]["starts"]);
    book(&server, "altena", &basket, (location, &starts[0]), "booked-the-day-before").await;
    let mut pulse = Pulse::of(&server).await;
    pulse.beat().await.expect("how it stands");
    // As many events lie within any length of time as before, and another one is the newest.
    let id = match storage {
        Storage::Sqlite => "X'01990000000070008000000000000001'",
        Storage::Postgres => "'01990000-0000-7000-8000-000000000001'",
    };
    let sql = format!(
        "INSERT INTO usage_event (tenant_id, id, at, kind, channel, basket) \
         SELECT tenant_id, {id}, at, kind, channel, basket FROM usage_event; \
         UPDATE usage_event SET at = '2026-11-21 08:00:00+00:00' WHERE id <> {id}"
    );
    office.execute(&sql).await;
    assert!(pulse.beat().await.is_some(), "that something has happened");
}
