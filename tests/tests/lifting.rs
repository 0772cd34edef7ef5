//! A closure that is not over is lifted: what is free can be booked again, and whoever was cancelled
//! for it stays so.

#![allow(clippy::unwrap_used)] // an answer without the asked-for value fails the test

use serde_json::{Value, json};
use system_tests::{
    citizen::{book, code, free},
    office::{Office, Server, Storage},
    on_both,
    staff::Member,
    visitor::{Visitor, field},
};

const MORNING: &str = "2026-11-23T08:00:00Z";
const DAY: &str = "2026-11-26";
const CLOSING: &str = "/altena/verwaltung/schliessen";
const STANDING: &str = "{ standingClosures(town: \"altena\") { id location from to fromTime toTime counters reason mayLift } }";
const LIFT: &str = "mutation($id: UUID!) { liftClosure(town: \"altena\", closure: $id) }";
const CLOSE: &str = "mutation($location: UUID!, $closure: ClosureInput!, $then: Affected!) { closeLocation(town: \"altena\", location: $location,
    affected: $then, closure: $closure) { id cancelled { code } } }";

on_both!(
    a_closure_is_lifted_for_good_and_who_was_cancelled_stays_so,
    what_is_over_is_not_listed_and_what_lasts_is,
    a_closure_is_lifted_on_the_page_and_only_once,
);

struct Altena {
    office: Office,
    server: Server,
    clerk: Member,
    location: Value,
}

impl Altena {
    async fn on(storage: Storage) -> Self {
        let office = Office::at(storage, &["altena"], Some(MORNING)).await;
        for role in ["clerk", "admin"] {
            office.employ(role, "altena");
        }
        let server = office.serve().await;
        let clerk = Member::of(&server, "clerk", "altena").await;
        let found = free(&server, "altena", basket(), DAY, DAY).await;
        let location = found["days"][0]["location"].clone();
        Self { office, server, clerk, location }
    }

    async fn close(&self, closure: Value, then: &str) -> Value {
        let asked = json!({ "location": self.location, "closure": closure, "then": then });
        self.clerk.get(&self.server, CLOSE, asked).await
    }

    async fn standing(&self) -> Vec<Value> {
        let standing = self.clerk.get(&self.server, STANDING, json!({})).await;
        standing.as_array().unwrap().clone()
    }

    async fn is_open(&self) -> bool {
        let found = free(&self.server, "altena", basket(), DAY, DAY).await;
        !found["days"].as_array().unwrap().is_empty()
    }
}

fn basket() -> Value {
    json!([{ "service": "personalausweis" }])
}

async fn a_closure_is_lifted_for_good_and_who_was_cancelled_stays_so(storage: Storage) {
    let own = Altena::on(storage).await;
    let found = free(&own.server, "altena", basket(), DAY, DAY).await;
    let slot = (&own.location, &found["days"][0]["starts"][0]);
    let booked = book(&own.server, "altena", &basket(), slot, "who-is-cancelled").await;
    assert_eq!(code(&booked), "none", "{booked}");
    let closure = json!({ "from": DAY, "to": DAY, "reason": "Wasserschaden" });
    let closed = own.close(closure, "CANCEL").await;
    assert_eq!(closed["cancelled"].as_array().unwrap().len(), 1, "{closed}");
    assert!(!own.is_open().await);

    let standing = own.standing().await;
    let [one] = standing.as_slice() else { panic!("{standing:?}") };
    let expected = json!({ "id": one["id"], "location": own.location, "from": DAY, "to": DAY,
        "fromTime": null, "toTime": null, "counters": [], "reason": "Wasserschaden", "mayLift": true });
    assert_eq!(*one, expected);
    let lift = async || own.clerk.get(&own.server, LIFT, json!({ "id": one["id"] })).await;
    assert_eq!(lift().await, true);
    assert!(own.is_open().await);
    assert!(own.standing().await.is_empty());
    assert_eq!(lift().await, false, "somebody else was quicker");

    assert_eq!(own.office.count("appointment WHERE status = 'cancelled'").await, 1);
    let lines = "audit_entry WHERE action = 'closure.removed'";
    assert_eq!(own.office.count(lines).await, 1);
    // The closing itself can still be undone: the appointment stands again, and a closure that somebody
    // has made anew stays.
    own.close(json!({ "from": DAY, "to": DAY, "reason": "Wasserschaden" }), "KEEP").await;
    let undo = "mutation($id: UUID!) { undoClosing(town: \"altena\", closing: $id) { restored { status } } }";
    let undone = own.clerk.get(&own.server, undo, json!({ "id": closed["id"] })).await;
    assert_eq!(undone["restored"], json!([{ "status": "BOOKED" }]));
    assert!(!own.is_open().await);
}

async fn what_is_over_is_not_listed_and_what_lasts_is(storage: Storage) {
    let own = Altena::on(storage).await;
    for (from, to) in
        [("2026-11-20", "2026-11-22"), ("2026-12-01", "2026-12-01"), ("2026-11-22", "2026-11-23")]
    {
        own.close(json!({ "from": from, "to": to, "fromTime": "12:00" }), "KEEP").await;
    }
    let standing = own.standing().await;
    let days: Vec<_> = standing.iter().map(|own| own["from"].as_str().unwrap()).collect();
    assert_eq!(days, ["2026-11-22", "2026-12-01"], "{standing:?}");
    assert_eq!(standing[0]["fromTime"], "12:00");
}

/// The path to which the page's first button for lifting leads.
fn lift(page: &str) -> &str {
    let end = page.find("/aufheben\"").unwrap_or_else(|| panic!("nothing to lift: {page}"));
    let start = page[..end].rfind('"').unwrap() + 1;
    &page[start..end + "/aufheben".len()]
}

async fn a_closure_is_lifted_on_the_page_and_only_once(storage: Storage) {
    let own = Altena::on(storage).await;
    own.close(json!({ "from": DAY, "to": DAY, "reason": "Umzug" }), "KEEP").await;
    let mut visitor: Visitor = own.clerk.at_a_browser();
    let page = visitor.get(&own.server, CLOSING).await.body;
    assert!(page.contains("Donnerstag, 26. November 2026 (Umzug)"), "{page}");
    let (path, token) = (lift(&page).to_owned(), field(&page, "formular").to_owned());
    for title in ["Die Schließung ist aufgehoben", "Diese Schließung gibt es nicht mehr"] {
        let lifted = visitor.post(&own.server, &path, &[("formular", &token)]).await;
        assert_eq!(lifted.status, 200, "{}", lifted.body);
        assert!(lifted.body.contains(title), "{}", lifted.body);
        assert!(!lifted.body.contains("/aufheben\""), "{}", lifted.body);
    }
    assert!(own.is_open().await);
}
