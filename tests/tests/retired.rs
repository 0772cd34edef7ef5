//! What a town no longer offers and somebody has booked.

#![allow(clippy::unwrap_used)] // an answer without the asked-for value fails the test

use serde_json::{Value, json};
use system_tests::{
    citizen::{book, code, free},
    drill::town::{FILE, MORNING, SLUG},
    office::{Office, Server, Storage},
    on_both,
    staff::Member,
    visitor::{Visitor, field},
};

on_both!(
    a_repeated_submit_gets_its_appointment_when_its_service_is_retired_meanwhile,
    a_closing_leaves_what_is_not_offered_any_more_where_it_stands,
    an_appointment_at_a_counter_that_is_gone_is_seen_moved_and_cancelled,
    an_appointment_at_a_location_that_is_gone_is_seen_moved_and_cancelled,
);

const DAY: &str = "2026-11-25";

/// Somebody has booked a move, which the town then offers no longer.
struct Retired {
    office: Office,
    server: Server,
    slot: Value,
    booked: Value,
}

impl Retired {
    async fn service(storage: Storage) -> Self {
        const MOVING: &str = "\n[[service]]\nslug = \"umzug\"\ndepartment = \"buergerbuero\"\n\
             category = \"ausweise\"\nname = \"Umzug\"\nduration = 10\n";
        let served = "services = [\"reisepass\", \"umzug\"]";
        let office = Office::at(storage, &[], Some(MORNING)).await;
        office.import(&(FILE.replace("services = [\"reisepass\"]", served) + MOVING));
        office.employ("clerk", SLUG);
        let server = office.serve().await;
        let days = free(&server, SLUG, moving(), DAY, DAY).await;
        let slot = days["days"][0].clone();
        let mut retired = Self { office, server, slot, booked: Value::Null };
        retired.booked = retired.book().await;
        retired.office.change(FILE).await;
        retired
    }

    async fn book(&self) -> Value {
        let slot = (&self.slot["location"], &self.slot["starts"][0]);
        let answer = book(&self.server, SLUG, &moving(), slot, "booked-while-it-was-offered").await;
        assert_eq!(code(&answer), "none", "{answer}");
        answer["data"]["bookAppointment"].clone()
    }
}

fn moving() -> Value {
    json!([{ "service": "umzug" }])
}

async fn a_repeated_submit_gets_its_appointment_when_its_service_is_retired_meanwhile(
    storage: Storage,
) {
    let retired = Retired::service(storage).await;
    assert_eq!(retired.book().await, retired.booked);
}

async fn a_closing_leaves_what_is_not_offered_any_more_where_it_stands(storage: Storage) {
    let Retired { office: _office, server, slot, booked } = Retired::service(storage).await;
    let clerk = Member::of(&server, "clerk", SLUG).await;
    let close = "mutation($location: UUID!, $day: NaiveDate!) { closeLocation(town: \"uebung\",
        location: $location, affected: MOVE, closure: { from: $day, to: $day, reason: \"Übung\" }) {
            moved { code } cancelled { code } left { code } } }";
    let asked = json!({ "location": slot["location"], "day": DAY });
    let closed = clerk.get(&server, close, asked).await;
    let left = [json!({ "code": booked["appointment"]["code"] })];
    assert_eq!(closed, json!({ "moved": [], "cancelled": [], "left": left }));
    // Whoever has it may still give it up.
    let cancel = format!(
        "mutation {{ cancelAppointment(town: \"uebung\", appointment: {{ secret: {} }}) {{ status }} }}",
        booked["secret"]
    );
    let answer = server.graphql(&cancel, json!({})).await;
    assert_eq!(answer["data"]["cancelAppointment"]["status"], "CANCELLED", "{answer}");
}

/// Two people have booked at a location, before the town's file changes.
struct Gone {
    office: Office,
    server: Server,
    clerk: Member,
    location: Value,
    booked: Vec<Value>,
}

impl Gone {
    async fn after(storage: Storage, change: impl Fn(&str) -> String) -> Self {
        let office = Office::at(storage, &[], Some(MORNING)).await;
        office.import(FILE);
        office.employ("clerk", SLUG);
        let server = office.serve().await;
        let basket = json!([{ "service": "reisepass" }]);
        let days = free(&server, SLUG, basket.clone(), DAY, DAY).await;
        let nord = days["days"][0].clone();
        let mut booked = Vec::new();
        for (index, key) in ["the-first-who-comes", "the-second-who-comes"].iter().enumerate() {
            // At the same time, so that each has a counter.
            let slot = (&nord["location"], &nord["starts"][0]);
            let answer = book(&server, SLUG, &basket, slot, key).await;
            assert_eq!(code(&answer), "none", "{index}: {answer}");
            booked.push(answer["data"]["bookAppointment"]["appointment"].clone());
        }
        office.change(&change(FILE)).await;
        let clerk = Member::of(&server, "clerk", SLUG).await;
        Self { office, server, clerk, location: nord["location"].clone(), booked }
    }

    /// Name of each counter of the day, whether it is gone, and how many come.
    async fn day(&self) -> Vec<(String, bool, usize)> {
        let ask = "query($location: UUID!, $day: NaiveDate!) { daySheet(town: \"uebung\",
            location: $location, date: $day) { name isRetired appointments { id } } }";
        let asked = json!({ "location": self.location, "day": DAY });
        let sheet = self.clerk.get(&self.server, ask, asked).await;
        let counter = |own: &Value| {
            let come = own["appointments"].as_array().unwrap().len();
            (own["name"].as_str().unwrap().to_owned(), own["isRetired"] == true, come)
        };
        sheet.as_array().unwrap().iter().map(counter).collect()
    }

    /// Moves the one appointment by its page and cancels the other.
    async fn move_and_cancel(&self, visitor: &mut Visitor) {
        let path = |own: &Value, step: &str| {
            format!("/{SLUG}/verwaltung/termine/{}{step}", own["id"].as_str().unwrap())
        };
        let [moved, cancelled] = [&self.booked[0], &self.booked[1]];
        for own in [moved, cancelled] {
            let page = visitor.get(&self.server, &path(own, "")).await;
            assert!(page.body.contains("(aufgegeben)"), "{}", page.body);
        }
        let page = visitor.get(&self.server, &path(moved, "/verschieben")).await.body;
        let token = field(&page, "formular").to_owned();
        let (_, options) = page.split_once("name=\"start\"").unwrap();
        let start = options.split("value=\"").nth(1).unwrap().split('"').next().unwrap();
        let place = page.split("name=\"standort\" value=\"").nth(1);
        let place = place.map(|rest| rest.split('"').next().unwrap()).unwrap_or_default();
        let form = [("formular", token.as_str()), ("start", start), ("standort", place)];
        let done = visitor.post(&self.server, &path(moved, "/verschieben"), &form).await;
        assert_eq!(done.status, 303, "{}", done.body);
        let form = [("formular", token.as_str()), ("grund", "Schalter aufgegeben")];
        let done = visitor.post(&self.server, &path(cancelled, "/absagen"), &form).await;
        assert_eq!(done.status, 303, "{}", done.body);
        assert_eq!(self.office.count("appointment WHERE status = 'booked'").await, 1);
    }
}

async fn an_appointment_at_a_counter_that_is_gone_is_seen_moved_and_cancelled(storage: Storage) {
    let without_both = |file: &str| {
        let (before, rest) = file.split_once("[[location.counter]]\nslug = \"nord-1\"").unwrap();
        let (_, after) = rest.split_once("[[location.opening]]").unwrap();
        let new = "[[location.counter]]\nslug = \"neu\"\nname = \"Neuer Schalter\"\nservices = [\"reisepass\"]\n\n[[location.opening]]";
        format!("{before}{new}{after}")
    };
    let gone = Gone::after(storage, without_both).await;
    let expected = [("Neuer Schalter", false, 0), ("Schalter 1", true, 1), ("Schalter 2", true, 1)]
        .map(|(name, retired, come)| (name.to_owned(), retired, come));
    assert_eq!(gone.day().await, expected);
    let mut visitor = gone.clerk.at_a_browser();
    let day = format!("/{SLUG}/verwaltung/tag?datum={DAY}&standort=nord");
    for view in ["", "&ansicht=liste"] {
        let page = visitor.get(&gone.server, &format!("{day}{view}")).await.body;
        for expected in ["Schalter 1 (aufgegeben)", "Schalter 2 (aufgegeben)", "2 Termine"] {
            assert!(page.contains(expected), "{view}: {expected}: {page}");
        }
    }
    gone.move_and_cancel(&mut visitor).await;
    assert_eq!(gone.day().await, [("Neuer Schalter".to_owned(), false, 0)]);
}

async fn an_appointment_at_a_location_that_is_gone_is_seen_moved_and_cancelled(storage: Storage) {
    let without_nord = |file: &str| {
        let (before, rest) = file.split_once("[[location]]\nslug = \"nord\"").unwrap();
        let (_, after) = rest.split_once("[[location]]").unwrap();
        format!("{before}[[location]]{after}")
    };
    let gone = Gone::after(storage, without_nord).await;
    let ask = "{ retiredLocations(town: \"uebung\") { id name next appointments } }";
    let found = gone.clerk.get(&gone.server, ask, json!({})).await;
    let expected = json!([{ "id": gone.location, "name": "Bürgerbüro Nord",
        "next": gone.booked[0]["startsAt"], "appointments": 2 }]);
    assert_eq!(found, expected);
    assert_eq!(gone.day().await.len(), 2);
    let mut visitor = gone.clerk.at_a_browser();
    // Whoever opens any day is told, and led there.
    let page = visitor.get(&gone.server, &format!("/{SLUG}/verwaltung/tag")).await.body;
    assert!(page.contains("Termine an aufgegebenen Standorten"), "{page}");
    assert!(page.contains("Bürgerbüro Nord: 2 Termine"), "{page}");
    let day = format!("/{SLUG}/verwaltung/tag?datum={DAY}&standort=nord&ansicht=liste");
    let page = visitor.get(&gone.server, &day).await.body;
    assert!(page.contains("Schalter 1 (aufgegeben)"), "{page}");
    gone.move_and_cancel(&mut visitor).await;
    assert_eq!(gone.clerk.get(&gone.server, ask, json!({})).await, json!([]));
}
