//! What happens while a day is being closed is neither lost nor undone by the closing. Another change
//! at exactly that moment is made by a trigger of the database.

#![allow(clippy::unwrap_used)] // an answer without the asked-for value fails the test

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Value, json};
use system_tests::{
    citizen::{book, code, free, mailed_secret},
    office::{Office, Server, Storage, shipped},
    on_both,
    staff::Member,
};

const MORNING: &str = "2026-11-23T08:00:00Z";
const AHEAD: &str = "2026-11-23T08:05:00Z";
const DAY: &str = "2026-11-26";
const NEXT_DAY: &str = "2026-11-27";
const CLOSE: &str = "mutation($location: UUID!, $affected: Affected!, $shown: [UUID!]) { closeLocation(town: \"altena\", location: $location,
    affected: $affected, appointments: $shown, closure: { from: \"2026-11-26\", to: \"2026-11-26\", reason: \"Wasserschaden\" }) {
    id moved { code } cancelled { code } left { code } changed { code status } } }";

on_both!(
    who_is_changed_while_a_day_is_closed_stays_so_and_is_named,
    who_is_moved_into_a_day_while_it_is_closed_is_not_forgotten,
    nobody_is_cancelled_who_was_not_shown,
    what_is_undone_while_it_is_carried_out_changes_nobody_any_more,
    the_time_to_undo_begins_when_all_are_done,
    whoever_is_told_a_time_that_a_closing_gave_keeps_it,
);

/// Altena with appointments, named by their codes.
struct Altena {
    office: Office,
    server: Server,
    location: Value,
}

impl Altena {
    async fn on(storage: Storage) -> Self {
        Self::with(storage, "").await
    }

    /// Its town with these rules besides.
    async fn with(storage: Storage, rules: &str) -> Self {
        let office = Office::at(storage, &[], Some(MORNING)).await;
        office.import(
            &shipped("altena").replace("hold_minutes =", &format!("{rules}\nhold_minutes =")),
        );
        office.employ("clerk", "altena");
        let server = office.serve().await;
        let found = free(&server, "altena", basket(), DAY, DAY).await;
        let location = found["days"][0]["location"].clone();
        Self { office, server, location }
    }

    /// Books at one of a day's free starts; returns code and secret.
    async fn book(&self, day: &str, start: usize) -> (String, Value) {
        let found = free(&self.server, "altena", basket(), day, day).await;
        let slot = (&self.location, &found["days"][0]["starts"][start]);
        let key = format!("booked-for-{day}-at-{start}");
        let answer = book(&self.server, "altena", &basket(), slot, &key).await;
        assert_eq!(code(&answer), "none", "{answer}");
        let booked = &answer["data"]["bookAppointment"];
        let own = booked["appointment"]["code"].as_str().unwrap().to_owned();
        (own, booked["secret"].clone())
    }

    /// Lets the database do something in the moment in which an appointment is changed.
    async fn meanwhile(&self, storage: Storage, changed: &str, then: &str) {
        let when = format!(
            "CREATE TRIGGER meanwhile AFTER UPDATE ON appointment FOR EACH ROW WHEN (NEW.code = '{changed}')"
        );
        let sql = match storage {
            Storage::Sqlite => format!("{when} BEGIN {then} END"),
            Storage::Postgres => format!(
                "CREATE FUNCTION meanwhile() RETURNS trigger LANGUAGE plpgsql AS
                 $$ BEGIN {then} RETURN NULL; END $$; {when} EXECUTE FUNCTION meanwhile()"
            ),
        };
        self.office.execute(&sql).await;
    }

    async fn close(&self, affected: &str) -> Value {
        self.close_shown(affected, Value::Null).await["data"]["closeLocation"].take()
    }

    /// Closes what was shown; returns the whole answer.
    async fn close_shown(&self, affected: &str, shown: Value) -> Value {
        let clerk = Member::of(&self.server, "clerk", "altena").await;
        let asked = json!({ "location": self.location, "affected": affected, "shown": shown });
        clerk.ask(&self.server, CLOSE, asked).await
    }

    /// The ids of those whom the closure would fall on.
    async fn shown(&self) -> Value {
        let clerk = Member::of(&self.server, "clerk", "altena").await;
        let document =
            "query($location: UUID!) { affectedByClosure(town: \"altena\", location: $location,
            closure: { from: \"2026-11-26\", to: \"2026-11-26\" }) { id } }";
        let asked = json!({ "location": self.location });
        let found = clerk.get(&self.server, document, asked).await;
        found.as_array().unwrap().iter().map(|own| own["id"].clone()).collect()
    }

    /// Makes a third appointment fall on the closed day while the first of two is cancelled.
    async fn moved_in(&self, storage: Storage) -> (String, String) {
        let (first, _) = self.book(DAY, 0).await;
        let (place, secret) = self.book(DAY, 18).await;
        let (late, _) = self.book(NEXT_DAY, 0).await;
        let cancel = "mutation($secret: String!) { cancelAppointment(town: \"altena\", appointment: { secret: $secret }) { status } }";
        let cancelled = self.server.graphql(cancel, json!({ "secret": secret })).await;
        assert_eq!(code(&cancelled), "none");
        let then = format!(
            "UPDATE appointment SET (counter_id, starts_at, ends_at) =
             (SELECT counter_id, starts_at, ends_at FROM appointment WHERE code = '{place}') WHERE code = '{late}';"
        );
        self.meanwhile(storage, &first, &then).await;
        (first, late)
    }
}

fn basket() -> Value {
    json!([{ "service": "personalausweis" }])
}

/// The codes of a list, in their order.
fn codes(list: &Value) -> Vec<&str> {
    list.as_array().unwrap().iter().map(|own| own["code"].as_str().unwrap()).collect()
}

async fn who_is_changed_while_a_day_is_closed_stays_so_and_is_named(storage: Storage) {
    for affected in ["CANCEL", "MOVE"] {
        let own = Altena::on(storage).await;
        let (first, _) = own.book(DAY, 0).await;
        let (arrives, _) = own.book(DAY, 6).await;
        let (cancels, _) = own.book(DAY, 12).await;
        let (last, _) = own.book(DAY, 18).await;
        let then = format!(
            "UPDATE appointment SET status = 'arrived' WHERE code = '{arrives}';
             UPDATE appointment SET status = 'cancelled', sequence = sequence + 1 WHERE code = '{cancels}';"
        );
        own.meanwhile(storage, &first, &then).await;
        let closed = own.close(affected).await;
        let done = if affected == "MOVE" { &closed["moved"] } else { &closed["cancelled"] };
        assert_eq!(codes(done), [first.as_str(), &last], "{closed}");
        let changed = json!([
            { "code": arrives, "status": "ARRIVED" },
            { "code": cancels, "status": "CANCELLED" },
        ]);
        assert_eq!(closed["changed"], changed, "{closed}");
        assert_eq!(closed["left"], json!([]), "{closed}");
    }
}

async fn who_is_moved_into_a_day_while_it_is_closed_is_not_forgotten(storage: Storage) {
    let own = Altena::on(storage).await;
    let (first, late) = own.moved_in(storage).await;
    let closed = own.close("CANCEL").await;
    assert_eq!(codes(&closed["cancelled"]), [first.as_str(), &late], "{closed}");
}

/// The undoing comes between the list of whom the closing falls on and the first of them.
async fn what_is_undone_while_it_is_carried_out_changes_nobody_any_more(storage: Storage) {
    for affected in ["CANCEL", "MOVE"] {
        let own = Altena::on(storage).await;
        for start in [0, 6] {
            own.book(DAY, start).await;
        }
        let undone = "UPDATE closing SET undone_at = mails_at;";
        let when = "CREATE TRIGGER undone AFTER INSERT ON audit_entry FOR EACH ROW WHEN (NEW.action = 'closure.viewed')";
        let sql = match storage {
            Storage::Sqlite => format!("{when} BEGIN {undone} END"),
            Storage::Postgres => format!(
                "CREATE FUNCTION undone() RETURNS trigger LANGUAGE plpgsql AS
                 $$ BEGIN {undone} RETURN NULL; END $$; {when} EXECUTE FUNCTION undone()"
            ),
        };
        own.office.execute(&sql).await;
        let answer = own.close_shown(affected, Value::Null).await;
        assert_eq!(code(&answer), "UNDONE", "{answer}");
        let untouched = "appointment WHERE status = 'booked' AND sequence = 0";
        assert_eq!(own.office.count(untouched).await, 2, "{affected}");
        assert_eq!(own.office.count("closing_item").await, 0, "{affected}");
    }
}

async fn the_time_to_undo_begins_when_all_are_done(storage: Storage) {
    let own = Altena::on(storage).await;
    own.office.employ("admin", "altena");
    for start in [0, 6] {
        own.book(DAY, start).await;
    }
    let close = CLOSE.replace("moved { code }", "undoUntil");
    let clerk = Member::of(&own.server, "clerk", "altena").await;
    let asked = json!({ "location": own.location, "affected": "CANCEL" });
    let closed = clerk.get(&own.server, &close, asked).await;
    let instant = |text: &Value| -> DateTime<Utc> { text.as_str().unwrap().parse().unwrap() };
    let admin = Member::of(&own.server, "admin", "altena").await;
    let log =
        "{ auditLog(town: \"altena\", from: \"2026-11-23T00:00:00Z\", to: \"2026-11-24T00:00:00Z\",
        action: \"appointment.cancelled\") { at } }";
    let log = admin.get(&own.server, log, json!({})).await;
    let last = instant(&log[0]["at"]);
    assert!(instant(&closed["undoUntil"]) >= last + TimeDelta::minutes(5), "{closed} {log}");
    // What tells of it leaves just then.
    let told = "outbox WHERE kind = 'cancelled_by_office'";
    assert_eq!(own.office.count(told).await, 2);
    let together = format!("{told} AND due_at = (SELECT mails_at FROM closing)");
    assert_eq!(own.office.count(&together).await, 2);
}

async fn nobody_is_cancelled_who_was_not_shown(storage: Storage) {
    let own = Altena::on(storage).await;
    let (first, late) = own.moved_in(storage).await;
    let shown = own.shown().await;
    let refused = own.close_shown("CANCEL", json!([])).await;
    assert_eq!(code(&refused), "APPOINTMENTS_OUTSIDE", "{refused}");
    let listed = &refused["errors"][0]["extensions"]["appointments"];
    assert_eq!(listed[0]["id"], shown[0], "{refused}");
    assert_eq!(own.office.count("closing").await, 0, "nothing is closed");
    // Who comes in between stays, to be decided on.
    let closed = own.close_shown("CANCEL", shown).await["data"]["closeLocation"].take();
    assert_eq!(codes(&closed["cancelled"]), [first.as_str()], "{closed}");
    assert_eq!(codes(&closed["left"]), [late.as_str()], "{closed}");
}

async fn whoever_is_told_a_time_that_a_closing_gave_keeps_it(storage: Storage) {
    let mut own = Altena::with(storage, "confirm_minutes = 20").await;
    // The closing is made on a server whose clock is ahead.
    own.office.set_clock(AHEAD);
    let ahead = own.office.serve().await;
    let confirm = async |own: &Altena, number: usize, code_of: &str| {
        let mails = own.office.mails(number).await;
        let mail = mails.iter().find(|mail| mail["text"].as_str().unwrap().contains(code_of));
        let document = format!(
            "mutation {{ confirmAppointment(town: \"altena\", secret: \"{}\") {{ id }} }}",
            mailed_secret(mail.unwrap())
        );
        let answer = own.server.graphql(&document, json!({})).await;
        assert_eq!(code(&answer), "none", "{answer}");
        answer["data"]["confirmAppointment"]["id"].clone()
    };
    let (corrected, _) = own.book(DAY, 0).await;
    let id = confirm(&own, 1, &corrected).await;
    let (confirmed, _) = own.book(DAY, 9).await;
    let (waiting, _) = own.book(DAY, 18).await;
    let here = std::mem::replace(&mut own.server, ahead);
    let closed = own.close("MOVE").await;
    assert_eq!(closed["moved"].as_array().unwrap().len(), 3, "{closed}");
    let _ahead = std::mem::replace(&mut own.server, here);
    // One mail asks for each address, one confirms.
    confirm(&own, 4, &confirmed).await;
    let clerk = Member::of(&own.server, "clerk", "altena").await;
    let correct = "mutation($id: UUID!) { correctContact(town: \"altena\", appointment: $id,
        email: \"right@example.org\", phone: \"\") { code } }";
    clerk.get(&own.server, correct, json!({ "id": id })).await;
    let undo = "mutation($id: UUID!) { undoClosing(town: \"altena\", closing: $id) { restored { code } left { code } } }";
    let undone = clerk.get(&own.server, undo, json!({ "id": closed["id"] })).await;
    let mut left = codes(&undone["left"]);
    left.sort_unstable();
    let mut told = [&*confirmed, &*corrected];
    told.sort_unstable();
    assert_eq!((codes(&undone["restored"]), left), (vec![&*waiting], told.to_vec()));
}
