//! Staff look for somebody: what is to come first, requests too, and no name in an address.

#![allow(clippy::unwrap_used)] // an answer without the asked-for value fails the test

use serde_json::{Value, json};
use system_tests::{
    citizen::{book, code, free},
    office::{Office, Server, Storage},
    on_both,
    staff::Member,
    visitor::field,
};

const MORNING: &str = "2026-11-23T08:00:00Z";
const FIND: &str = "query($words: String!) { findAppointments(town: \"lengerich\", words: $words) {
    appointments { code startsAt } requests { code contact { name } } more } }";
const SEARCH: &str = "/lengerich/verwaltung/suche";

on_both!(
    what_is_to_come_is_found_before_what_is_over_and_what_is_left_out_is_counted,
    an_open_request_is_found_by_name_and_number_and_the_look_is_in_the_log,
    no_name_stands_in_an_address,
);

struct Lengerich {
    office: Office,
    server: Server,
    reader: Member,
}

impl Lengerich {
    async fn on(storage: Storage) -> Self {
        let office = Office::at(storage, &["lengerich"], Some(MORNING)).await;
        office.employ("reader", "lengerich");
        let server = office.serve().await;
        let reader = Member::of(&server, "reader", "lengerich").await;
        Self { office, server, reader }
    }

    async fn find(&self, words: &str) -> Value {
        self.reader.get(&self.server, FIND, json!({ "words": words })).await
    }

    /// Books for Erika Mustermann; returns the start.
    async fn book(&self, key: &str) -> String {
        let basket = json!([{ "service": "umzug" }]);
        let found = free(&self.server, "lengerich", basket.clone(), "2026-11-24", "2026-12-15");
        let found = found.await;
        let slot = (&found["days"][0]["location"], &found["days"][0]["starts"][0]);
        let booked = book(&self.server, "lengerich", &basket, slot, key).await;
        assert_eq!(code(&booked), "none", "{booked}");
        slot.1.as_str().unwrap().to_owned()
    }

    async fn request(&self) -> String {
        let request = "mutation { requestAppointment(town: \"lengerich\", basket: [{ service: \"eheschliessung\" }],
            wishes: [{ date: \"2026-12-01\", from: \"08:00\", to: \"10:00\" }], idempotencyKey: \"wedding-of-the-year\",
            contact: { name: \"Anna Mustermann-Verlobt\", email: \"anna@example.org\" }) { code } }";
        let asked = self.server.graphql(request, json!({})).await;
        asked["data"]["requestAppointment"]["code"].as_str().unwrap().to_owned()
    }
}

async fn what_is_to_come_is_found_before_what_is_over_and_what_is_left_out_is_counted(
    storage: Storage,
) {
    let own = Lengerich::on(storage).await;
    let soon = own.book("an-appointment-soon").await;
    let (old, older) = ("an-appointment-of-last-week", "an-appointment-of-the-week-before");
    for (key, days) in [(old, 7), (older, 14)] {
        own.book(key).await;
        let back = match storage {
            Storage::Postgres => {
                format!(
                    "starts_at = starts_at - interval '{days} days', ends_at = ends_at - interval '{days} days'"
                )
            }
            Storage::Sqlite => {
                let moved = |column: &str| {
                    format!(
                        "{column} = replace({column}, '2026-11-24', '2026-11-{:02}')",
                        24 - days
                    )
                };
                format!("{}, {}", moved("starts_at"), moved("ends_at"))
            }
        };
        let moved = format!("UPDATE appointment SET {back} WHERE idempotency_key = '{key}'");
        own.office.execute(&moved).await;
    }
    let found = own.find("mustermann").await;
    let starts: Vec<_> = found["appointments"].as_array().unwrap().iter().collect();
    assert_eq!(starts.len(), 3, "{found}");
    assert_eq!(starts[0]["startsAt"], soon.as_str(), "{found}");
    let day = |at: usize| starts[at]["startsAt"].as_str().unwrap()[..10].to_owned();
    assert_eq!([day(1), day(2)], ["2026-11-17", "2026-11-10"], "{found}");
    assert_eq!(found["more"], 0);

    // As many as are answered are to come: those that are over are counted only.
    for at in 1..50 {
        own.book(&format!("one-of-fifty-appointments-{at}")).await;
    }
    let found = own.find("mustermann").await;
    let shown = found["appointments"].as_array().unwrap();
    assert!(shown.iter().all(|own| own["startsAt"].as_str().unwrap() >= soon.as_str()), "{found}");
    assert_eq!((shown.len(), &found["more"]), (50, &json!(2)), "{found}");
}

async fn an_open_request_is_found_by_name_and_number_and_the_look_is_in_the_log(storage: Storage) {
    let own = Lengerich::on(storage).await;
    own.book("somebody-with-an-appointment").await;
    let number = own.request().await;
    for words in [number.as_str(), "mustermann-ver", "ANNA@"] {
        let found = own.find(words).await;
        assert_eq!(found["requests"][0]["code"], number.as_str(), "{words}: {found}");
        assert_eq!(found["appointments"], json!([]), "{words}");
    }
    let both = own.find("mustermann").await;
    let counted = ["appointments", "requests"].map(|list| both[list].as_array().unwrap().len());
    assert_eq!(counted, [1, 1], "{both}");
    let mut visitor = own.reader.at_a_browser();
    let form = visitor.get(&own.server, SEARCH).await.body;
    let sought = [("formular", field(&form, "formular")), ("q", "Verlobt")];
    let page = visitor.post(&own.server, SEARCH, &sought).await;
    assert_eq!(page.status, 200, "{}", page.body);
    for part in ["1 gefunden", "Offene Anfragen", "Anna Mustermann-Verlobt"] {
        assert!(page.body.contains(part), "{part} in {}", page.body);
    }
    // By the API one line for the request, one for the appointment; by the page one for the request.
    assert_eq!(own.office.count("audit_entry WHERE action = 'search.viewed'").await, 3);
}

async fn no_name_stands_in_an_address(storage: Storage) {
    let own = Lengerich::on(storage).await;
    own.book("somebody-who-is-looked-for").await;
    let mut visitor = own.reader.at_a_browser();
    let by_address = visitor.get(&own.server, &format!("{SEARCH}?q=Mustermann")).await;
    assert!(!by_address.body.contains("gefunden"), "{}", by_address.body);
    let list = "/lengerich/verwaltung/tag?datum=2026-11-24&standort=rathaus&ansicht=liste";
    let day = visitor.get(&own.server, list).await;
    for page in [&by_address, &day] {
        let (_, rest) = page.body.split_once("class=\"seek\"").unwrap();
        let form = rest.split('>').next().unwrap();
        assert!(form.contains("method=\"post\""), "{form}");
    }
    let token = field(&day.body, "formular").to_owned();
    for (words, line) in [("erika", "1 von 1 Termin"), ("niemand", "0 von 1 Termin")] {
        let form = [("formular", token.as_str()), ("q", words)];
        let found = visitor.post(&own.server, list, &form).await;
        assert_eq!(found.status, 200, "{}", found.body);
        assert!(found.body.contains(line), "{line} in {}", found.body);
    }
}
