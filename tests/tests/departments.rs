//! A role that is limited to a department: appointments and requests of which no service belongs to it
//! are neither seen nor changed, by any field and on any page. A basket of two departments belongs to
//! both.

#![allow(clippy::unwrap_used)] // an answer without the asked-for value fails the test

use serde_json::{Value, json};
use system_tests::{
    citizen::code,
    office::{Office, Server, Storage, shipped},
    on_both,
    staff::Member,
    visitor::field,
};

/// Before the office opens, when somebody may have come already.
const MORNING: &str = "2026-11-26T05:00:00Z";
const DAY: &str = "2026-11-26";

on_both!(a_clerk_of_one_department_finds_nothing_of_another,);

/// Altena, of whose services `umzug` belongs to a second department, and the passport is requested.
fn altena() -> String {
    let second = "[[department]]\nslug = \"meldestelle\"\nname = \"Meldestelle\"\n\n[[department]]";
    let umzug = "slug = \"umzug\"\ndepartment = \"buergerbuero\"";
    let reisepass = "slug = \"reisepass\"\ndepartment = \"buergerbuero\"";
    let text = shipped("altena");
    for part in [umzug, reisepass] {
        assert!(text.contains(part), "{part}");
    }
    text.replacen("[[department]]", second, 1)
        .replace(umzug, &umzug.replace("buergerbuero", "meldestelle"))
        .replace(reisepass, &format!("{reisepass}\nmode = \"request\""))
}

struct World {
    _office: Office,
    server: Server,
    admin: Member,
    clerk: Member,
    location: Value,
    /// Starts that are free for anything.
    starts: Vec<Value>,
}

impl World {
    /// Books for somebody at one of the starts; returns the appointment.
    async fn book(&self, who: &Member, basket: Value, start: usize) -> Value {
        let document = "mutation($basket: [BasketLineInput!]!, $at: UUID!, $start: DateTime!, $key: String!) {
            bookAppointment(town: \"altena\", channel: PHONE, basket: $basket, location: $at, startsAt: $start,
                idempotencyKey: $key, contact: { name: \"Erika Mustermann\" }) { appointment { id code } } }";
        let asked = json!({ "basket": basket, "at": self.location, "start": self.starts[start],
            "key": uuid::Uuid::new_v4().to_string() });
        who.ask(&self.server, document, asked).await
    }

    async fn limit(&self, arguments: &str) -> String {
        let staff = "{ staff(town: \"altena\") { account email departments } }";
        let staff = self.admin.get(&self.server, staff, json!({})).await;
        let members = staff.as_array().unwrap();
        let clerk = members.iter().find(|own| own["email"] == "clerk@altena.example").unwrap();
        let change = format!(
            "mutation {{ changeStaff(town: \"altena\", account: {}, role: CLERK{arguments}) }}",
            clerk["account"]
        );
        code(&self.admin.ask(&self.server, &change, json!({})).await).to_owned()
    }
}

fn services(slugs: &[&str]) -> Value {
    slugs.iter().map(|slug| json!({ "service": slug })).collect()
}

async fn world(storage: Storage) -> World {
    let office = Office::at(storage, &[], Some(MORNING)).await;
    office.import(&altena());
    for role in ["admin", "clerk"] {
        office.employ(role, "altena");
    }
    let server = office.serve().await;
    let admin = Member::of(&server, "admin", "altena").await;
    let clerk = Member::of(&server, "clerk", "altena").await;
    let free = format!(
        "{{ freeSlots(town: \"altena\", channel: PHONE, basket: [{{ service: \"umzug\" }}, {{ service: \"personalausweis\" }}], from: \"{DAY}\", to: \"{DAY}\") {{ days {{ location starts }} }} }}"
    );
    let found = admin.get(&server, &free, json!({})).await;
    let location = found["days"][0]["location"].clone();
    let starts = found["days"][0]["starts"].as_array().unwrap().clone();
    World { _office: office, server, admin, clerk, location, starts }
}

async fn a_clerk_of_one_department_finds_nothing_of_another(storage: Storage) {
    let world = world(storage).await;
    let server = &world.server;
    let mut booked = Vec::new();
    for (basket, start) in [
        (services(&["personalausweis"]), 0),
        (services(&["umzug"]), 0),
        (services(&["umzug", "personalausweis"]), 6),
    ] {
        let answer = world.book(&world.admin, basket, start).await;
        assert_eq!(code(&answer), "none", "{answer}");
        booked.push(answer["data"]["bookAppointment"]["appointment"].clone());
    }
    let [own, other, both] = booked.as_slice() else { panic!("three appointments") };
    let request = "mutation { requestAppointment(town: \"altena\", basket: [{ service: \"reisepass\" }], wishes: [{ date: \"2026-12-01\", from: \"08:00\", to: \"10:00\" }], idempotencyKey: \"a-passport-some-day\", contact: { name: \"E\", email: \"e@example.org\" }) { code } }";
    let asked = server.graphql(request, json!({})).await;
    assert_eq!(code(&asked), "none", "{asked}");

    assert_eq!(world.limit(", departments: [\"standesamt\"]").await, "UNKNOWN_DEPARTMENT");
    assert_eq!(world.limit(", departments: [\"buergerbuero\"]").await, "none");
    // Another role without a word about departments leaves them as they are.
    assert_eq!(world.limit("").await, "none");

    let seen = async |who: &Member| {
        let list = format!(
            "{{ appointments(town: \"altena\", from: \"{DAY}\", to: \"{DAY}\") {{ nodes {{ code }} }} findAppointments(town: \"altena\", words: \"mustermann\") {{ appointments {{ code }} }} openRequests(town: \"altena\") {{ code }} daySheet(town: \"altena\", location: {0}, date: \"{DAY}\") {{ appointments {{ code }} held {{ startsAt }} }} weekSheet(town: \"altena\", location: {0}, date: \"{DAY}\") {{ counters {{ appointments {{ code }} }} }} }}",
            world.location
        );
        let answer = who.ask(server, &list, json!({})).await;
        assert_eq!(code(&answer), "none", "{answer}");
        let count = |path: &str| {
            let list = answer["data"].pointer(path).and_then(Value::as_array);
            list.unwrap_or_else(|| panic!("{path}: {answer}")).len()
        };
        let over = |list: &Value, part: &str| -> usize {
            list.as_array().unwrap().iter().map(|own| own[part].as_array().unwrap().len()).sum()
        };
        let day = &answer["data"]["daySheet"];
        let week = answer["data"]["weekSheet"].as_array().unwrap();
        let week: usize = week.iter().map(|day| over(&day["counters"], "appointments")).sum();
        [
            count("/appointments/nodes"),
            count("/findAppointments/appointments"),
            over(day, "appointments"),
            week,
            over(day, "held"),
            count("/openRequests"),
        ]
    };
    assert_eq!(seen(&world.admin).await, [3, 3, 3, 3, 0, 1]);
    // What another department has taken is taken, and nothing else is told of it.
    assert_eq!(seen(&world.clerk).await, [2, 2, 2, 2, 1, 1]);

    for (appointment, expected) in [(own, "none"), (both, "none"), (other, "UNKNOWN_APPOINTMENT")] {
        for (field, arguments) in [
            ("markAppointment", "appointment: ID, status: ARRIVED"),
            ("markAppointment", "appointment: ID, status: BOOKED"),
            ("noteAppointment", "appointment: ID, text: \"n\""),
            ("correctContact", "appointment: ID, email: \"right@example.org\""),
        ] {
            let arguments = arguments.replace("ID", &appointment["id"].to_string());
            let selection = if field == "noteAppointment" { "" } else { "{ code }" };
            let document =
                format!("mutation {{ {field}(town: \"altena\", {arguments}) {selection} }}");
            let answer = world.clerk.ask(server, &document, json!({})).await;
            assert_eq!(code(&answer), expected, "{document}: {answer}");
        }
    }
    pages(&world, own, other).await;

    // Of two departments one is enough to book; of the other alone there is nothing to book.
    let answer = world.book(&world.clerk, services(&["umzug"]), 12).await;
    assert_eq!(code(&answer), "UNKNOWN_SERVICE", "{answer}");
    let answer = world.book(&world.clerk, services(&["umzug", "personalausweis"]), 12).await;
    assert_eq!(code(&answer), "none", "{answer}");
    // A closure would fall on the other department's appointments, too.
    let close = format!(
        "mutation {{ closeLocation(town: \"altena\", location: {}, affected: CANCEL, closure: {{ from: \"{DAY}\", to: \"{DAY}\" }}) {{ left {{ code }} }} }}",
        world.location
    );
    assert_eq!(code(&world.clerk.ask(server, &close, json!({})).await), "FORBIDDEN");
    let hours = "to: \"2026-12-03\", fromTime: \"08:00\", reason: \"Umzug\"";
    let close = close.replace(DAY, "2026-12-03").replace("to: \"2026-12-03\"", hours);
    let close = close.replace("{ left { code } }", "{ id }");
    let closed = world.admin.get(server, &close, json!({})).await;
    let undo = format!(
        "mutation {{ undoClosing(town: \"altena\", closing: {}) {{ left {{ id }} }} }}",
        closed["id"]
    );
    assert_eq!(code(&world.clerk.ask(server, &undo, json!({})).await), "FORBIDDEN");
    let undoable = "{ undoableClosings(town: \"altena\") { mayUndo fromTime toTime reason } }";
    for (who, may) in [(&world.clerk, false), (&world.admin, true)] {
        let undoable = who.get(server, undoable, json!({})).await;
        let expected =
            json!([{ "mayUndo": may, "fromTime": "08:00", "toTime": null, "reason": "Umzug" }]);
        assert_eq!(undoable, expected);
        let page = who.at_a_browser().get(server, "/altena/verwaltung/schliessen").await.body;
        assert!(page.contains("Eben geschlossen"), "{page}");
        assert_eq!(page.contains("/zurueck\""), may, "{page}");
    }
    let standing = "{ standingClosures(town: \"altena\") { id mayLift } }";
    let standing = world.clerk.get(server, standing, json!({})).await;
    assert_eq!(standing[0]["mayLift"], false, "{standing}");
    let lift =
        format!("mutation {{ liftClosure(town: \"altena\", closure: {}) }}", standing[0]["id"]);
    assert_eq!(code(&world.clerk.ask(server, &lift, json!({})).await), "FORBIDDEN");
    assert_eq!(code(&world.admin.ask(server, &undo, json!({})).await), "none");

    assert_eq!(world.limit(", departments: [\"meldestelle\"]").await, "none");
    let [list, ..] = seen(&world.clerk).await;
    assert_eq!(
        (list, seen(&world.clerk).await[5]),
        (3, 0),
        "the request is the other department's"
    );
    assert_eq!(world.limit(", departments: []").await, "none");
    assert_eq!(seen(&world.clerk).await[0], 4);
}

async fn pages(world: &World, own: &Value, other: &Value) {
    let get = async |path: &str| {
        let url = format!("{}/altena/verwaltung{path}", world.server.url);
        let cookie = format!("session={}", world.clerk.token());
        let answer = reqwest::Client::new().get(url).header("cookie", cookie).send().await.unwrap();
        (answer.status().as_u16(), answer.text().await.unwrap())
    };
    for (appointment, status) in [(own, 200), (other, 404)] {
        let path = format!("/termine/{}", appointment["id"].as_str().unwrap());
        assert_eq!(get(&path).await.0, status, "{path}");
    }
    let mut visitor = world.clerk.at_a_browser();
    let room = "/altena/verwaltung";
    let form = visitor.get(&world.server, &format!("{room}/suche")).await.body;
    let sought = [("formular", field(&form, "formular")), ("q", "muster")];
    for path in [format!("/tag?datum={DAY}"), format!("/woche?datum={DAY}"), "/suche".into()] {
        let (status, page) = if path == "/suche" {
            let found = visitor.post(&world.server, &format!("{room}{path}"), &sought).await;
            (found.status, found.body)
        } else {
            get(&path).await
        };
        assert_eq!(status, 200, "{path}");
        assert!(page.contains(own["id"].as_str().unwrap()), "{path}: {page}");
        assert!(!page.contains(other["id"].as_str().unwrap()), "{path}");
    }
    let (_, form) = get("/buchen").await;
    let (own, together) = form.split_once("Weitere Anliegen").unwrap();
    assert!(own.contains("value=\"personalausweis\"") && !own.contains("value=\"umzug\""));
    // One of their own is enough for another department's in the same sitting.
    assert!(together.contains("value=\"umzug\""), "{together}");
}
