//! A role that is limited to a location: what is done at another is neither seen nor changed, by any
//! field and on any page.

#![allow(clippy::unwrap_used)] // an answer without the asked-for value fails the test

use sea_orm::{ConnectionTrait as _, Database};
use serde_json::{Value, json};
use system_tests::{
    citizen::code,
    office::{Office, Server, Storage, shipped},
    on_both,
    staff::Member,
    visitor::field,
};

const MORNING: &str = "2026-11-23T08:00:00Z";
const PASSWORD: &str = "kupfer-wolke-7-zaun";

on_both!(
    a_clerk_of_one_location_finds_nothing_of_another,
    a_closing_of_another_location_is_neither_seen_nor_undone,
    undoing_leaves_an_appointment_that_was_moved_out_of_sight,
    no_time_at_another_location_is_proposed,
    a_limit_to_a_location_that_is_given_up_opens_no_other,
);

struct Place {
    id: Value,
    slug: String,
    /// Starts that are free for a service served here.
    starts: Vec<Value>,
    service: String,
    /// Id of an appointment.
    appointment: Value,
    code: String,
}

async fn session(server: &Server, email: &str) -> String {
    let document = "mutation($email: String!, $password: String!) { signIn(email: $email, password: $password) }";
    let answer = server.graphql(document, json!({ "email": email, "password": PASSWORD })).await;
    answer["data"]["signIn"].as_str().unwrap_or_else(|| panic!("{answer}")).to_owned()
}

/// The locations of Lengerich with a booking at each.
async fn places(server: &Server, admin: &str) -> Vec<Place> {
    let all = "{ town(town: \"lengerich\") { locations { id slug } } }";
    let town = server.graphql(all, json!({})).await;
    let mut places = Vec::new();
    for location in town["data"]["town"]["locations"].as_array().unwrap() {
        let slug = location["slug"].as_str().unwrap().to_owned();
        let service = if slug == "rathaus" { "umzug" } else { "eheschliessung" };
        let id = location["id"].clone();
        let free = format!(
            "{{ freeSlots(town: \"lengerich\", channel: PHONE, basket: [{{ service: \"{service}\" }}], location: {id}, from: \"2026-11-24\", to: \"2026-12-15\") {{ days {{ starts }} }} }}"
        );
        let found = server.graphql_as(Some(admin), &free, json!({})).await;
        let starts = found["data"]["freeSlots"]["days"][0]["starts"].as_array();
        let starts = starts.unwrap_or_else(|| panic!("{found}")).clone();
        let booked = book(server, admin, &id, service, &starts[0]).await;
        let appointment = &booked["data"]["bookAppointment"]["appointment"];
        places.push(Place {
            appointment: appointment["id"].clone(),
            code: appointment["code"].as_str().unwrap_or_else(|| panic!("{booked}")).to_owned(),
            service: service.to_owned(),
            id,
            slug,
            starts,
        });
    }
    places
}

async fn book(server: &Server, token: &str, at: &Value, service: &str, start: &Value) -> Value {
    let document = format!(
        "mutation {{ bookAppointment(town: \"lengerich\", channel: PHONE, basket: [{{ service: \"{service}\" }}], location: {at}, startsAt: {start}, idempotencyKey: \"{}\", contact: {{ name: \"Erika Mustermann\" }}) {{ appointment {{ id code }} }} }}",
        uuid::Uuid::new_v4()
    );
    server.graphql_as(Some(token), &document, json!({})).await
}

/// What a clerk may ask about a place: the document, and the code where it is not theirs.
fn matrix(own: &Place, place: &Place) -> Vec<(String, &'static str)> {
    let Place { id, starts, service, appointment, .. } = place;
    let town = "town: \"lengerich\"";
    let (start, later) = (&starts[1], &starts[2]);
    let date = &start.as_str().unwrap()[..10];
    let moved = &own.appointment;
    vec![
        (
            format!("{{ daySheet({town}, location: {id}, date: \"{date}\") {{ name }} }}"),
            "UNKNOWN_LOCATION",
        ),
        (
            format!("{{ weekSheet({town}, location: {id}, date: \"{date}\") {{ date }} }}"),
            "UNKNOWN_LOCATION",
        ),
        (
            format!(
                "{{ freeSlots({town}, channel: PHONE, basket: [{{ service: \"{service}\" }}], location: {id}, from: \"{date}\", to: \"{date}\") {{ nextFreeDate }} }}"
            ),
            "UNKNOWN_LOCATION",
        ),
        (
            format!(
                "mutation {{ bookAppointment({town}, channel: PHONE, basket: [{{ service: \"{service}\" }}], location: {id}, startsAt: {start}, idempotencyKey: \"{}\", contact: {{ name: \"E\" }}) {{ secret }} }}",
                uuid::Uuid::new_v4()
            ),
            "UNKNOWN_LOCATION",
        ),
        (
            format!(
                "mutation {{ rescheduleAppointment({town}, appointment: {{ id: {moved} }}, basket: [{{ service: \"{service}\" }}], location: {id}, startsAt: {later}) {{ code }} }}"
            ),
            "UNKNOWN_LOCATION",
        ),
        (
            format!(
                "mutation {{ markAppointment({town}, appointment: {appointment}, status: BOOKED) {{ code }} }}"
            ),
            "UNKNOWN_APPOINTMENT",
        ),
        (
            format!(
                "mutation {{ cancelAppointment({town}, appointment: {{ id: {appointment} }}) {{ code }} }}"
            ),
            "UNKNOWN_APPOINTMENT",
        ),
        (
            format!(
                "mutation {{ closeLocation({town}, location: {id}, affected: KEEP, closure: {{ from: \"2027-03-01\", to: \"2027-03-01\" }}) {{ left {{ code }} }} }}"
            ),
            "UNKNOWN_LOCATION",
        ),
    ]
}

async fn a_clerk_of_one_location_finds_nothing_of_another(storage: Storage) {
    let office = Office::at(storage, &["lengerich"], Some(MORNING)).await;
    for role in ["admin", "clerk"] {
        let email = format!("{role}@lengerich.example");
        office.succeed_with_input(&["staff", &email, "lengerich", role], PASSWORD);
    }
    let server = office.serve().await;
    let admin = session(&server, "admin@lengerich.example").await;
    let clerk = session(&server, "clerk@lengerich.example").await;
    let places = places(&server, &admin).await;
    let [own, other] = places.as_slice() else { panic!("two locations with free slots") };
    let request = |at: Option<&Place>, key: &str| {
        let at = at.map(|at| format!("location: {}, ", at.id)).unwrap_or_default();
        format!(
            "mutation {{ requestAppointment(town: \"lengerich\", {at}basket: [{{ service: \"eheschliessung\" }}], wishes: [{{ date: \"2026-12-01\", from: \"08:00\", to: \"10:00\" }}], idempotencyKey: \"{key}-of-somebody\", contact: {{ name: \"E\", email: \"e@example.org\" }}) {{ code }} }}"
        )
    };
    for (at, key) in [(None, "anywhere"), (Some(own), "here"), (Some(other), "elsewhere")] {
        let asked = server.graphql(&request(at, key), json!({})).await;
        assert_eq!(code(&asked), "none", "{asked}");
    }

    let limit = async |locations: &str| {
        let staff = "{ staff(town: \"lengerich\") { account email locations } }";
        let staff = server.graphql_as(Some(&admin), staff, json!({})).await;
        let members = staff["data"]["staff"].as_array().unwrap();
        let member = members.iter().find(|own| own["email"] == "clerk@lengerich.example").unwrap();
        let change = format!(
            "mutation {{ changeStaff(town: \"lengerich\", account: {}, role: CLERK{locations}) }}",
            member["account"]
        );
        code(&server.graphql_as(Some(&admin), &change, json!({})).await).to_owned()
    };
    let unknown = format!(", locations: [\"{}\"]", uuid::Uuid::new_v4());
    assert_eq!(limit(&unknown).await, "UNKNOWN_LOCATION");
    assert_eq!(limit(&format!(", locations: [{}]", own.id)).await, "none");
    // Another role without a word about locations leaves them as they are.
    assert_eq!(limit("").await, "none");

    for (document, expected) in matrix(own, other) {
        let answer = server.graphql_as(Some(&clerk), &document, json!({})).await;
        assert_eq!(code(&answer), expected, "{document}: {answer}");
    }
    let seen = async |token: &str| {
        let list = "{ appointments(town: \"lengerich\", from: \"2026-11-24\", to: \"2026-12-20\") { nodes { code } } findAppointments(town: \"lengerich\", words: \"mustermann\") { appointments { code } } openRequests(town: \"lengerich\") { code } }";
        let answer = server.graphql_as(Some(token), list, json!({})).await;
        let data = &answer["data"];
        let count = |list: &Value| list.as_array().unwrap_or_else(|| panic!("{answer}")).len();
        (
            count(&data["appointments"]["nodes"]),
            count(&data["findAppointments"]["appointments"]),
            count(&data["openRequests"]),
        )
    };
    assert_eq!(seen(&clerk).await, (1, 1, 2));
    assert_eq!(seen(&admin).await, (2, 2, 3));
    pages(&server, &clerk, own, other).await;
    undelivered(&office, &server, &admin, &clerk, own).await;

    // At the own location everything works, in the order of the day.
    for (document, _) in matrix(own, own) {
        let answer = server.graphql_as(Some(&clerk), &document, json!({})).await;
        assert_eq!(code(&answer), "none", "{document}: {answer}");
    }
    assert_eq!(limit(", locations: []").await, "none");
    let answer = server.graphql_as(Some(&clerk), &matrix(own, other)[0].0, json!({})).await;
    assert_eq!(code(&answer), "none", "{answer}");
}

/// What did not arrive is seen by those who see whom it was for.
async fn undelivered(office: &Office, server: &Server, admin: &str, clerk: &str, own: &Place) {
    office.mails(3).await;
    // A mail is marked as sent a moment after it is there.
    tokio::time::sleep(std::time::Duration::from_millis(300)).await;
    let db = Database::connect(office.owner_url()).await.unwrap();
    let given_up = "UPDATE outbox SET state = 'dead', last_error = 'refused for good (550)'";
    db.execute_unprepared(given_up).await.unwrap();
    let requests = "{ openRequests(town: \"lengerich\") { id location } }";
    let requests = server.graphql_as(Some(admin), requests, json!({})).await;
    let requests = requests["data"]["openRequests"].as_array().unwrap().clone();
    assert_eq!(requests.len(), 3);
    for request in requests {
        let is_own = request["location"].is_null() || request["location"] == own.id;
        for (token, sees) in [(admin, true), (clerk, is_own)] {
            let about = format!(
                "{{ deadLetters(town: \"lengerich\", about: {}) {{ id }} }}",
                request["id"]
            );
            let found = server.graphql_as(Some(token), &about, json!({})).await;
            let count = found["data"]["deadLetters"].as_array().unwrap().len();
            assert_eq!(count, usize::from(sees), "{request}: {found}");
        }
    }
}

async fn pages(server: &Server, clerk: &str, own: &Place, other: &Place) {
    let get = async |path: &str| {
        let url = format!("{}/lengerich/verwaltung{path}", server.url);
        let request = reqwest::Client::new().get(url).header("cookie", format!("session={clerk}"));
        let answer = request.send().await.unwrap();
        (answer.status().as_u16(), answer.text().await.unwrap())
    };
    for (place, status) in [(own, 200), (other, 404)] {
        let path = format!("/termine/{}", place.appointment.as_str().unwrap());
        assert_eq!(get(&path).await.0, status, "{path}");
    }
    let date = &other.starts[0].as_str().unwrap()[..10];
    let day = get(&format!("/tag?datum={date}&standort={}", other.slug)).await;
    assert_eq!(day.0, 200);
    assert!(!day.1.contains(&other.code) && !day.1.contains(&format!("\"{}\"", other.slug)));
}

/// Lengerich with a booking at each location, its admin, and a clerk of the first location.
async fn limited(storage: Storage) -> (Office, Server, String, String, [Place; 2]) {
    let office = Office::at(storage, &["lengerich"], Some(MORNING)).await;
    for role in ["admin", "clerk"] {
        let email = format!("{role}@lengerich.example");
        office.succeed_with_input(&["staff", &email, "lengerich", role], PASSWORD);
    }
    let server = office.serve().await;
    let admin = session(&server, "admin@lengerich.example").await;
    let clerk = session(&server, "clerk@lengerich.example").await;
    let places: [Place; 2] = places(&server, &admin).await.try_into().ok().unwrap();
    let staff = "{ staff(town: \"lengerich\") { account email } }";
    let staff = server.graphql_as(Some(&admin), staff, json!({})).await;
    let members = staff["data"]["staff"].as_array().unwrap();
    let member = members.iter().find(|own| own["email"] == "clerk@lengerich.example").unwrap();
    let change = format!(
        "mutation {{ changeStaff(town: \"lengerich\", account: {}, role: CLERK, locations: [{}]) }}",
        member["account"], places[0].id
    );
    assert_eq!(code(&server.graphql_as(Some(&admin), &change, json!({})).await), "none");
    (office, server, admin, clerk, places)
}

/// Closes a place on the day of its booking; returns the closing's id.
async fn close(server: &Server, token: &str, place: &Place, then: &str) -> Value {
    let date = &place.starts[0].as_str().unwrap()[..10];
    let close = format!(
        "mutation {{ closeLocation(town: \"lengerich\", location: {}, affected: {then}, closure: {{ from: \"{date}\", to: \"{date}\" }}) {{ id }} }}",
        place.id
    );
    let closed = server.graphql_as(Some(token), &close, json!({})).await;
    assert_eq!(code(&closed), "none", "{closed}");
    closed["data"]["closeLocation"]["id"].clone()
}

fn undo(closing: &Value) -> String {
    format!(
        "mutation {{ undoClosing(town: \"lengerich\", closing: {closing}) {{ restored {{ code }} left {{ code }} }} }}"
    )
}

async fn a_closing_of_another_location_is_neither_seen_nor_undone(storage: Storage) {
    let (_office, server, admin, clerk, [own, other]) = limited(storage).await;
    let mine = close(&server, &clerk, &own, "KEEP").await;
    let foreign = close(&server, &admin, &other, "KEEP").await;
    let list = "{ undoableClosings(town: \"lengerich\") { id } }";
    let seen = server.graphql_as(Some(&clerk), list, json!({})).await;
    assert_eq!(seen["data"]["undoableClosings"], json!([{ "id": mine }]), "{seen}");
    let refused = server.graphql_as(Some(&clerk), &undo(&foreign), json!({})).await;
    assert_eq!(code(&refused), "UNKNOWN_APPOINTMENT", "{refused}");
    let seen = server.graphql_as(Some(&admin), list, json!({})).await;
    assert_eq!(seen["data"]["undoableClosings"].as_array().unwrap().len(), 2, "{seen}");
    // Nor is what it has closed seen or lifted.
    let standing = "{ standingClosures(town: \"lengerich\") { id location } }";
    let seen = server.graphql_as(Some(&clerk), standing, json!({})).await;
    let seen = seen["data"]["standingClosures"].as_array().unwrap().clone();
    assert!(seen.len() == 1 && seen[0]["location"] == own.id, "{seen:?}");
    let all = server.graphql_as(Some(&admin), standing, json!({})).await;
    let all = all["data"]["standingClosures"].as_array().unwrap();
    let theirs = all.iter().find(|one| one["location"] == other.id).unwrap();
    let lift =
        format!("mutation {{ liftClosure(town: \"lengerich\", closure: {}) }}", theirs["id"]);
    let lifted = server.graphql_as(Some(&clerk), &lift, json!({})).await;
    assert_eq!(lifted["data"]["liftClosure"], false, "{lifted}");
    assert_eq!(code(&server.graphql_as(Some(&clerk), &undo(&mine), json!({})).await), "none");
    assert_eq!(code(&server.graphql_as(Some(&admin), &undo(&foreign), json!({})).await), "none");
}

async fn undoing_leaves_an_appointment_that_was_moved_out_of_sight(storage: Storage) {
    let (office, server, admin, clerk, [own, other]) = limited(storage).await;
    let closing = close(&server, &clerk, &own, "CANCEL").await;
    // Meanwhile the admin has found this person a place at the other location.
    let moved = format!(
        "UPDATE appointment SET location_id = (SELECT location_id FROM appointment WHERE code = '{}') WHERE code = '{}'",
        other.code, own.code
    );
    office.execute(&moved).await;
    let undone = server.graphql_as(Some(&clerk), &undo(&closing), json!({})).await;
    let expected = json!({ "restored": [], "left": [] });
    assert_eq!(undone["data"]["undoClosing"], expected, "{undone}");
    let find = format!(
        "{{ findAppointments(town: \"lengerich\", words: \"{}\") {{ appointments {{ status }} }} }}",
        own.code
    );
    let found = server.graphql_as(Some(&admin), &find, json!({})).await;
    assert_eq!(
        found["data"]["findAppointments"]["appointments"][0]["status"], "CANCELLED",
        "{found}"
    );
}

async fn no_time_at_another_location_is_proposed(storage: Storage) {
    let (_office, server, admin, clerk, [own, other]) = limited(storage).await;
    let ask = async |at: &str, key: &str| {
        let document = format!(
            "mutation {{ requestAppointment(town: \"lengerich\", {at}basket: [{{ service: \"eheschliessung\" }}], wishes: [{{ date: \"2026-12-01\", from: \"08:00\", to: \"10:00\" }}], idempotencyKey: \"{key}-of-somebody\", contact: {{ name: \"E\", email: \"e@example.org\" }}) {{ code }} }}"
        );
        assert_eq!(code(&server.graphql(&document, json!({})).await), "none");
    };
    ask("", "anywhere").await;
    ask(&format!("location: {}, ", other.id), "elsewhere").await;
    let list = "{ openRequests(town: \"lengerich\") { id location } }";
    let all = server.graphql_as(Some(&admin), list, json!({})).await;
    let requests =
        all["data"]["openRequests"].as_array().unwrap_or_else(|| panic!("{all}")).clone();
    for request in requests {
        let is_theirs = request["location"].is_null();
        for (field, place) in
            [("proposeTime", &own), ("proposeTime", &other), ("acceptRequest", &other)]
        {
            let document = format!(
                "mutation {{ {field}(town: \"lengerich\", request: {}, location: {}, startsAt: {}) {{ code }} }}",
                request["id"], place.id, other.starts[1]
            );
            let answer = server.graphql_as(Some(&clerk), &document, json!({})).await;
            let expected = match (is_theirs, place.slug == own.slug) {
                (false, _) => "UNKNOWN_APPOINTMENT",
                (true, false) => "UNKNOWN_LOCATION",
                // A wedding is registered at the other location alone.
                (true, true) => "SLOT_NOT_OFFERED",
            };
            assert_eq!(code(&answer), expected, "{document}: {answer}");
        }
    }
}

async fn a_limit_to_a_location_that_is_given_up_opens_no_other(storage: Storage) {
    let office = Office::at(storage, &["lengerich"], Some(MORNING)).await;
    for role in ["admin", "clerk"] {
        office.employ(role, "lengerich");
    }
    let server = office.serve().await;
    let admin = Member::of(&server, "admin", "lengerich").await;
    let all = "{ town(town: \"lengerich\") { locations { id slug } } }";
    let town = server.graphql(all, json!({})).await;
    let locations = town["data"]["town"]["locations"].as_array().unwrap();
    let id = locations.iter().find(|own| own["slug"] == "standesamt").unwrap()["id"].clone();
    let members = async || {
        let staff = "{ staff(town: \"lengerich\") { account email role locations assignment } }";
        admin.get(&server, staff, json!({})).await.as_array().unwrap().clone()
    };
    let clerk = async || {
        let own = |own: &Value| own["email"] == "clerk@lengerich.example";
        members().await.into_iter().find(own).unwrap()
    };
    let account = clerk().await["account"].as_str().unwrap().to_owned();
    let limit = format!(
        "mutation {{ changeStaff(town: \"lengerich\", account: \"{account}\", role: CLERK, locations: [{id}])
            inviteStaff(town: \"lengerich\", email: \"neu@lengerich.example\", role: CLERK, locations: [{id}]) {{ role }} }}"
    );
    assert_eq!(code(&admin.ask(&server, &limit, json!({})).await), "none");
    let given_up = "[[location]]\nslug = \"standesamt\"";
    office
        .change(&shipped("lengerich").replace(given_up, "[[location]]\nslug = \"trauzimmer\""))
        .await;

    // The form shows the limit, and sends it back with another role.
    let mut browser = admin.at_a_browser();
    let page = browser.get(&server, "/lengerich/verwaltung/personal").await.body;
    assert!(page.contains("Gibt es nicht mehr"), "{page}");
    let (token, id) = (field(&page, "formular"), id.as_str().unwrap());
    let shown = clerk().await["assignment"].as_str().unwrap().to_owned();
    let path = format!("/lengerich/verwaltung/personal/{account}");
    let form = [
        ("formular", token),
        ("stand", &shown),
        ("rolle", "reader"),
        ("standort", id),
        ("tun", "aendern"),
    ];
    assert_eq!(browser.post(&server, &path, &form).await.status, 303);
    let changed = clerk().await;
    assert_eq!((&changed["role"], &changed["locations"]), (&json!("READER"), &json!([id])));
    // Sent once more from the page as it was, it says that somebody was quicker.
    let late = browser.post(&server, &path, &form).await;
    assert_eq!(late.status, 409);
    assert!(late.body.contains("inzwischen jemand anderes geändert"), "{}", late.body);

    // Who was invited with that limit is invited again, and nobody anew.
    let form =
        |email| [("formular", token), ("email", email), ("rolle", "clerk"), ("standort", id)];
    let path = "/lengerich/verwaltung/personal";
    assert_eq!(browser.post(&server, path, &form("neu@lengerich.example")).await.status, 303);
    let refused = browser.post(&server, path, &form("noch@lengerich.example")).await;
    assert_eq!(refused.status, 409);
    assert!(refused.body.contains("value=\"noch@lengerich.example\""), "{}", refused.body);
}
