//! The forms of the console as clerks send them: nothing that was typed is lost, and nothing is done
//! that was not shown.

#![allow(clippy::unwrap_used)] // an answer without the asked-for value fails the test

use sea_orm::{ConnectionTrait as _, Database, TransactionTrait as _};
use serde_json::json;
use system_tests::{
    citizen::{book, code, free},
    office::{Office, Server, Storage, shipped},
    on_both,
    staff::Member,
    visitor::{Answered, Visitor, field},
};

const MORNING: &str = "2026-11-23T08:00:00Z";
const BOOKING: &str = "/altena/verwaltung/buchen";
const CLOSING: &str = "/altena/verwaltung/schliessen";

on_both!(
    a_booking_that_cannot_be_read_keeps_what_was_typed,
    a_booking_of_what_is_offered_no_more_keeps_what_was_typed,
    a_booking_that_finds_the_database_busy_is_sent_once_more,
    several_services_are_booked_in_one_sitting,
    half_a_time_is_no_time,
    a_closing_is_about_those_that_were_shown,
    a_reason_that_is_too_long_stands_at_its_field_and_in_no_mail,
    a_reason_that_comes_too_late_stands_beside_what_has_happened,
    a_form_that_is_not_ours_or_not_whole_is_refused_in_words_and_leads_on,
    of_several_locations_the_one_that_is_shown_is_booked_at,
    of_several_locations_the_one_that_is_shown_is_closed,
);

/// A town with somebody at a browser.
struct Town {
    office: Office,
    server: Server,
    member: Member,
    visitor: Visitor,
}

impl Town {
    async fn on(storage: Storage, town: &str, role: &str) -> Self {
        let office = Office::at(storage, &[town], Some(MORNING)).await;
        office.employ(role, town);
        let server = office.serve().await;
        let member = Member::of(&server, role, town).await;
        let visitor = member.at_a_browser();
        Self { office, server, member, visitor }
    }

    async fn get(&mut self, path: &str) -> String {
        let shown = self.visitor.get(&self.server, path).await;
        assert_eq!(shown.status, 200, "{path}: {}", shown.body);
        shown.body
    }

    /// Sends a form of a page, with the fields that matter.
    async fn post(&mut self, path: &str, token: &str, fields: &[(&str, &str)]) -> Answered {
        let form: Vec<_> = [("formular", token)].iter().chain(fields).copied().collect();
        self.visitor.post(&self.server, path, &form).await
    }
}

/// Every start that a page offers.
fn starts(page: &str) -> Vec<&str> {
    let list = page.split_once("name=\"start\"").map_or("", |(_, rest)| rest);
    let list = list.split("</select>").next().unwrap_or_default();
    list.split("<option value=\"").skip(1).filter_map(|own| own.split('"').next()).collect()
}

/// A booking of an appointment by a name, an address and a time.
fn booking<'a>(
    service: &'a str,
    quantity: &'a str,
    start: &'a str,
    key: &'a str,
) -> Vec<(&'a str, &'a str)> {
    vec![
        ("anliegen", service),
        ("anzahl", quantity),
        ("start", start),
        ("weg", "schalter"),
        ("schluessel", key),
        ("name", "Nora Notiert"),
        ("email", "nora@example.org"),
        ("phone", ""),
    ]
}

/// The answer is the same form with what was typed and a word at a field.
fn is_asked_again(answer: &Answered, field: &str, message: &str) {
    assert_eq!(answer.status, 422, "{}", answer.body);
    for part in ["Nora Notiert", "nora@example.org", message, &format!("id=\"{field}-error\"")] {
        assert!(answer.body.contains(part), "{part} in {}", answer.body);
    }
    let way = "value=\"schalter\" checked";
    assert!(answer.body.contains(way), "{}", answer.body);
}

async fn a_booking_that_cannot_be_read_keeps_what_was_typed(storage: Storage) {
    let mut own = Town::on(storage, "altena", "clerk").await;
    let page = own.get(BOOKING).await;
    let token = field(&page, "formular").to_owned();
    let start = starts(&page)[0].to_owned();
    for (service, quantity, message) in [
        ("ausweise-familie", "5", "nur einmal je Termin"),
        ("personalausweis", "7", "Geben Sie eine Anzahl von 1 bis 6 an."),
        ("personalausweis", "", "Geben Sie eine Anzahl von 1 bis 6 an."),
        ("personalausweis", "zwei", "Geben Sie eine Anzahl von 1 bis 6 an."),
    ] {
        let form = booking(service, quantity, &start, "somebody-with-a-number");
        let answer = own.post(BOOKING, &token, &form).await;
        is_asked_again(&answer, "anzahl", message);
        assert!(answer.body.contains(&format!("value=\"{service}\" selected")), "{}", answer.body);
        assert!(answer.body.contains(&format!("value=\"{quantity}\" hx-get")), "{}", answer.body);
    }
    let without = booking("personalausweis", "2", "", "somebody-without-a-time");
    is_asked_again(&own.post(BOOKING, &token, &without).await, "start", "keine Zeit gewählt");
    // Without scripts the times of another number are asked for by a button, and no name stands in an
    // address.
    let mut times = booking("personalausweis", "", &start, "somebody-who-wants-times");
    times.push(("zeiten", "1"));
    let shown = own.post(BOOKING, &token, &times).await.body;
    assert!(shown.contains("Geben Sie eine Anzahl von 1 bis 6 an."), "{shown}");
    assert!(shown.contains("value=\"Nora Notiert\"") && !starts(&shown).is_empty(), "{shown}");
    let named = own.get(&format!("{BOOKING}?name=Nora")).await;
    assert!(!named.contains("value=\"Nora\""), "{named}");

    let all = "{ town(town: \"altena\") { locations { id } } }";
    let town = own.server.graphql(all, json!({})).await;
    let close = "mutation($location: UUID!) { closeLocation(town: \"altena\", location: $location, affected: KEEP,
        closure: { from: \"2026-11-23\", to: \"2027-03-31\" }) { id } }";
    let location = &town["data"]["town"]["locations"][0]["id"];
    own.member.get(&own.server, close, json!({ "location": location })).await;
    let nothing = own.post(BOOKING, &token, &without).await;
    is_asked_again(&nothing, "start", "keine Zeit gewählt");
    assert!(nothing.body.contains("nichts frei"), "{}", nothing.body);
    assert_eq!(own.office.count("appointment").await, 0);
}

async fn a_booking_of_what_is_offered_no_more_keeps_what_was_typed(storage: Storage) {
    let mut own = Town::on(storage, "altena", "clerk").await;
    let page = own.get(BOOKING).await;
    let token = field(&page, "formular").to_owned();
    let start = starts(&page)[0].to_owned();
    // While the form is filled in, one service is only explained any more, and another one is gone.
    let explained = "slug = \"personalausweis\"\ndepartment = \"buergerbuero\"";
    let altena = shipped("altena");
    assert!(altena.contains(explained));
    let mode = format!("{explained}\nmode = \"information\"");
    own.office.change(&altena.replace(explained, &mode)).await;
    for service in ["personalausweis", "a-service-that-is-gone"] {
        let form = booking(service, "1", &start, "somebody-for-what-is-gone");
        let answer = own.post(BOOKING, &token, &form).await;
        is_asked_again(&answer, "anliegen", "Wählen Sie bitte ein anderes Anliegen.");
    }
    assert_eq!(own.office.count("appointment").await, 0);
}

async fn a_booking_that_finds_the_database_busy_is_sent_once_more(storage: Storage) {
    const KEY: &str = "somebody-in-a-busy-hour";
    let mut own = Town::on(storage, "altena", "clerk").await;
    let page = own.get(BOOKING).await;
    let token = field(&page, "formular").to_owned();
    let start = starts(&page)[0].to_owned();
    let form = booking("personalausweis", "1", &start, KEY);
    let db = Database::connect(own.office.owner_url()).await.unwrap();
    let rival = db.begin().await.unwrap();
    let lock = match storage {
        Storage::Postgres => "LOCK TABLE contact IN ACCESS EXCLUSIVE MODE",
        Storage::Sqlite => "UPDATE contact SET tenant_id = tenant_id",
    };
    rival.execute_unprepared(lock).await.unwrap();
    let busy = own.post(BOOKING, &token, &form).await;
    assert_eq!(busy.status, 503, "{}", busy.body);
    assert!(busy.body.contains("value=\"Nora Notiert\""), "{}", busy.body);
    assert!(busy.body.contains("weil zu viel los ist"), "{}", busy.body);
    assert!(starts(&busy.body).contains(&start.as_str()), "{}", busy.body);
    rival.rollback().await.unwrap();
    // What is sent once more is the same booking, however often.
    assert_eq!(field(&busy.body, "schluessel"), KEY);
    for _ in 0..2 {
        let booked = own.post(BOOKING, &token, &form).await;
        assert_eq!(booked.status, 303, "{}", booked.body);
    }
    assert_eq!(own.office.count("appointment").await, 1);
    // With another name it is another one, which is asked for first.
    let mut other = form.clone();
    other[5].1 = "Nils Nochjemand";
    let asked = own.post(BOOKING, &token, &other).await;
    assert_eq!(asked.status, 409, "{}", asked.body);
    assert!(asked.body.contains("ist schon ein Termin vergeben"), "{}", asked.body);
    let key = field(&asked.body, "schluessel").to_owned();
    other[4].1 = &key;
    assert_eq!(own.post(BOOKING, &token, &other).await.status, 303);
    assert_eq!(own.office.count("appointment").await, 2);
}

async fn several_services_are_booked_in_one_sitting(storage: Storage) {
    let mut own = Town::on(storage, "altena", "clerk").await;
    let page = own.get(BOOKING).await;
    let token = field(&page, "formular").to_owned();
    let start = starts(&page)[0].to_owned();
    let mut form = booking("personalausweis", "2", &start, "somebody-for-two-things");
    form.extend([("anliegen-2", "umzug"), ("anzahl-2", "99")]);
    let asked = own.post(BOOKING, &token, &form).await;
    is_asked_again(&asked, "anzahl-2", "Geben Sie eine Anzahl von 1 bis");
    for part in ["<details class=\"more\" open>", "value=\"umzug\" selected"] {
        assert!(asked.body.contains(part), "{part} in {}", asked.body);
    }
    form.last_mut().unwrap().1 = "1";
    let booked = own.post(BOOKING, &token, &form).await;
    assert_eq!(booked.status, 303, "{}", booked.body);
    let find = "{ findAppointments(town: \"altena\", words: \"notiert\") { appointments { basket { service quantity } } } }";
    let found = own.member.get(&own.server, find, json!({})).await;
    let basket = json!([{ "service": "personalausweis", "quantity": 2 }, { "service": "umzug", "quantity": 1 }]);
    assert_eq!(found["appointments"][0]["basket"], basket);
    // The times are those at which all of it fits: what fills the day leaves only its beginning.
    let days = async |own: &mut Town, more: &str| {
        let page = own.get(&format!("{BOOKING}?anliegen=personalausweis&anzahl=6{more}")).await;
        starts(&page).iter().filter(|start| start.starts_with("2026-11-24")).count()
    };
    let (one, two) =
        (days(&mut own, "").await, days(&mut own, "&anliegen-2=umzug&anzahl-2=4").await);
    assert!(two < one, "{two} {one}");
}

async fn half_a_time_is_no_time(storage: Storage) {
    let mut own = Town::on(storage, "altena", "admin").await;
    let page = own.get(BOOKING).await;
    let token = field(&page, "formular").to_owned();
    let start = starts(&page)[0].to_owned();
    let booked = |tag: &'static str, time: &'static str| {
        let mut form = booking("personalausweis", "1", &start, "somebody-in-the-evening");
        form.extend([("tag", tag), ("uhrzeit", time)]);
        form
    };
    for (tag, time, missing) in [
        ("", "19:30", "tag"),
        ("2026-12-03", "", "uhrzeit"),
        ("2026-12-03", "halb acht", "uhrzeit"),
        ("+262142-12-31", "19:30", "tag"),
    ] {
        let answer = own.post(BOOKING, &token, &booked(tag, time)).await;
        is_asked_again(&answer, missing, "Geben Sie auch");
        assert_eq!(own.office.count("appointment").await, 0, "{tag} {time}");
    }
    let warned = own.post(BOOKING, &token, &booked("2026-12-03", "19:30")).await;
    assert_eq!(warned.status, 200, "{}", warned.body);
    assert!(warned.body.contains("19:30 Uhr ist nicht geöffnet"), "{}", warned.body);
    // Neither is the time that is chosen in the list, which the untouched form sends.
    assert!(page.contains("name=\"tag\" value=\"\""), "{page}");
    let chosen = own.post(BOOKING, &token, &booked("", "")).await;
    assert_eq!(chosen.status, 303, "{}", chosen.body);
    assert_eq!(own.office.count("appointment").await, 1);
}

/// Books the first free time of a day in Altena.
async fn take(own: &Town, day: &str, key: &str) {
    let basket = json!([{ "service": "personalausweis" }]);
    let found = free(&own.server, "altena", basket.clone(), day, day).await;
    let slot = (&found["days"][0]["location"], &found["days"][0]["starts"][0]);
    let booked = book(&own.server, "altena", &basket, slot, key).await;
    assert_eq!(code(&booked), "none", "{booked}");
}

async fn a_closing_is_about_those_that_were_shown(storage: Storage) {
    let mut own = Town::on(storage, "altena", "clerk").await;
    for (day, key) in [
        ("2026-11-26", "who-comes-on-thursday"),
        ("2026-11-26", "who-comes-on-thursday-too"),
        ("2026-11-27", "who-comes-on-friday"),
    ] {
        take(&own, day, key).await;
    }
    let token = field(&own.get(CLOSING).await, "formular").to_owned();
    let closing = |to: &'static str, what: &'static str| {
        vec![("von", "2026-11-26"), ("bis", to), ("grund", "Wasserschaden"), ("tun", what)]
    };
    let (thursday, friday) = ("2026-11-26", "2026-11-27");
    let listed = own.post(CLOSING, &token, &closing(thursday, "pruefen")).await;
    assert!(listed.body.contains("Betroffene Termine: 2"), "{}", listed.body);
    let shown = field(&listed.body, "betroffen").to_owned();
    for (to, shown, many) in [(friday, shown.as_str(), 3), (thursday, "", 2)] {
        is_shown_again(&mut own, &token, closing(to, "absagen"), shown, many).await;
    }
    take(&own, thursday, "who-books-in-between").await;
    let cancel = closing(thursday, "absagen");
    let shown = is_shown_again(&mut own, &token, cancel.clone(), &shown, 3).await;
    let mut form = cancel;
    form.push(("betroffen", &shown));
    let done = own.post(CLOSING, &token, &form).await;
    assert!(done.body.contains("Abgesagte Termine: 3."), "{}", done.body);
    assert_eq!(own.office.count("appointment WHERE status = 'booked'").await, 1);
}

/// A decision on others than the closure falls on does nothing; returns whom the answer shows.
async fn is_shown_again<'a>(
    own: &mut Town,
    token: &str,
    mut form: Vec<(&'a str, &'a str)>,
    shown: &'a str,
    many: u8,
) -> String {
    form.push(("betroffen", shown));
    let asked = own.post(CLOSING, token, &form).await;
    assert_eq!(asked.status, 200, "{}", asked.body);
    for part in [&format!("Betroffene Termine: {many}"), "Betroffen sind andere als gezeigt"] {
        assert!(asked.body.contains(part), "{part} in {}", asked.body);
    }
    assert_eq!(own.office.count("appointment WHERE status <> 'booked'").await, 0);
    assert_eq!(own.office.count("closing").await, 0, "nothing is closed");
    field(&asked.body, "betroffen").to_owned()
}

/// Whom a closed day would fall on; nobody else has an appointment.
async fn only_appointment(own: &Town) -> serde_json::Value {
    let find = "{ findAppointments(town: \"altena\", words: \"mustermann\") { appointments { id startsAt location } } }";
    own.member.get(&own.server, find, json!({})).await["appointments"][0].take()
}

/// Every field of the API that takes a reason refuses a long one.
async fn is_too_long_for_the_api(own: &Town, long: &str) {
    let appointment = only_appointment(own).await;
    let part = |name: &str| &appointment[name];
    let (id, location, start) = (part("id"), part("location"), part("startsAt"));
    let closure = "closure: { from: \"2026-11-26\", to: \"2026-11-26\", reason: $reason }";
    for field in [
        format!("cancelAppointment(TOWN, appointment: {{ id: {id} }}, reason: $reason) {{ id }}"),
        format!(
            "rescheduleAppointment(TOWN, appointment: {{ id: {id} }}, location: {location}, startsAt: {start}, reason: $reason) {{ id }}"
        ),
        format!("closeLocation(TOWN, location: {location}, affected: CANCEL, {closure}) {{ id }}"),
        format!(
            "settleOutside(TOWN, outside: {{ appointments: [{id}], then: CANCEL, reason: $reason }}) {{ id }}"
        ),
        "changeSetUp(TOWN, version: 1, file: \"\", outside: { appointments: [], then: CANCEL, reason: $reason })".to_owned(),
        format!("declineRequest(TOWN, request: {id}, reason: $reason)"),
    ] {
        let field = field.replace("TOWN", "town: \"altena\"");
        let document = format!("mutation($reason: String!) {{ {field} }}");
        let answer = own.member.ask(&own.server, &document, json!({ "reason": long })).await;
        assert_eq!(code(&answer), "TOO_LONG", "{document}: {answer}");
    }
}

/// A request in Lengerich; returns its id.
async fn wish_to_marry(own: &Town) -> String {
    let request = "mutation { requestAppointment(town: \"lengerich\", basket: [{ service: \"eheschliessung\" }],
        wishes: [{ date: \"2026-12-02\", from: \"09:00\", to: \"12:00\" }], idempotencyKey: \"who-wants-to-marry\",
        contact: { name: \"Anna Verlobt\", email: \"anna@example.org\" }) { code } }";
    assert_eq!(code(&own.server.graphql(request, json!({})).await), "none");
    let open = "{ openRequests(town: \"lengerich\") { id } }";
    let open = own.member.get(&own.server, open, json!({})).await;
    open[0]["id"].as_str().unwrap().to_owned()
}

async fn a_reason_that_comes_too_late_stands_beside_what_has_happened(storage: Storage) {
    const REASON: &str = "Der Kollege ist erkrankt.";
    let is_late = |answer: &Answered, said: &str| {
        assert_eq!(answer.status, 409, "{}", answer.body);
        for part in [REASON, said] {
            assert!(answer.body.contains(part), "{part} in {}", answer.body);
        }
    };
    let mut own = Town::on(storage, "altena", "clerk").await;
    take(&own, "2026-11-23", "who-is-served-meanwhile").await;
    let id = only_appointment(&own).await["id"].as_str().unwrap().to_owned();
    let path = format!("/altena/verwaltung/termine/{id}/absagen");
    let token = field(&own.get(&path).await, "formular").to_owned();
    let colleague = async |own: &Town, field: &str| {
        let document = format!("mutation {{ {field} {{ code }} }}");
        own.member.get(&own.server, &document, json!({})).await;
    };
    let mark = format!("markAppointment(town: \"altena\", appointment: \"{id}\", status: ");
    colleague(&own, &format!("{mark} SERVED)")).await;
    let late = own.post(&path, &token, &[("grund", REASON)]).await;
    is_late(&late, "Inzwischen steht er auf „erledigt“");
    colleague(&own, &format!("{mark} BOOKED)")).await;
    colleague(
        &own,
        &format!("cancelAppointment(town: \"altena\", appointment: {{ id: \"{id}\" }})"),
    )
    .await;
    let late = own.post(&path, &token, &[("grund", REASON)]).await;
    is_late(&late, "Der Termin war schon abgesagt");
    // Whoever has said nothing has lost nothing.
    assert_eq!(own.post(&path, &token, &[("grund", " ")]).await.status, 303);

    let mut own = Town::on(storage, "lengerich", "clerk").await;
    let id = wish_to_marry(&own).await;
    let path = format!("{ROOM}/anfragen/{id}");
    let page = own.get(&path).await;
    let token = field(&page, "formular").to_owned();
    let (_, start) = page.split_once("name=\"wahl\" value=\"").unwrap();
    let start = start.split('"').next().unwrap().to_owned();
    let decline = format!("mutation {{ declineRequest(town: \"lengerich\", request: \"{id}\") }}");
    own.member.get(&own.server, &decline, json!({})).await;
    let late = own.post(&format!("{path}/ablehnen"), &token, &[("grund", REASON)]).await;
    is_late(&late, "Diese Anfrage ist inzwischen abgelehnt");
    for press in [path.clone(), format!("{path}/vorschlagen")] {
        let late = own.post(&press, &token, &[("wahl", &start)]).await;
        assert_eq!(late.status, 409, "{press}: {}", late.body);
        assert!(late.body.contains("inzwischen abgelehnt"), "{press}: {}", late.body);
    }
    let shown = own.get(&path).await;
    assert!(shown.contains("inzwischen abgelehnt") && !shown.contains("name=\"wahl\""), "{shown}");
    let by_id = format!("{{ requestById(town: \"lengerich\", request: \"{id}\") {{ status }} }}");
    let by_id = own.member.get(&own.server, &by_id, json!({})).await;
    assert_eq!(by_id["status"], "DECLINED");
}

async fn a_form_that_is_not_ours_or_not_whole_is_refused_in_words_and_leads_on(storage: Storage) {
    let mut own = Town::on(storage, "altena", "clerk").await;
    take(&own, "2026-11-26", "who-is-not-moved-at-all").await;
    let id = only_appointment(&own).await["id"].as_str().unwrap().to_owned();
    let path = format!("/altena/verwaltung/termine/{id}/verschieben");
    let token = field(&own.get(&path).await, "formular").to_owned();
    for (token, status, title) in [
        ("somebody-else-s", 403, "Dieses Formular kam nicht von unserer Seite"),
        (token.as_str(), 400, "Dieses Formular konnten wir nicht lesen"),
    ] {
        let answer = own.post(&path, token, &[("start", "no instant")]).await;
        assert_eq!(answer.status, status, "{}", answer.body);
        for part in [title, "<main", "href=\"/\""] {
            assert!(answer.body.contains(part), "{part} in {}", answer.body);
        }
        assert!(!answer.body.contains("input"), "{}", answer.body);
    }
}

async fn a_reason_that_is_too_long_stands_at_its_field_and_in_no_mail(storage: Storage) {
    let long = "lang ".repeat(101);
    let long = long.trim();
    let is_kept = |answer: &Answered| {
        assert_eq!(answer.status, 422, "{}", answer.body);
        for part in [long, "id=\"grund-error\"", "höchstens 500 Zeichen"] {
            assert!(answer.body.contains(part), "{part} in {}", answer.body);
        }
    };
    let mut own = Town::on(storage, "altena", "admin").await;
    take(&own, "2026-11-26", "who-is-not-cancelled").await;
    is_too_long_for_the_api(&own, long).await;
    let id = only_appointment(&own).await["id"].take();
    let path = format!("/altena/verwaltung/termine/{}/absagen", id.as_str().unwrap());
    let token = field(&own.get(&path).await, "formular").to_owned();
    is_kept(&own.post(&path, &token, &[("grund", long)]).await);
    for what in ["pruefen", "absagen"] {
        let day = "2026-11-26";
        let form = [("von", day), ("bis", day), ("grund", long), ("tun", what)];
        is_kept(&own.post(CLOSING, &token, &form).await);
    }
    // The set-up's own question is refused before anything is saved.
    let form = [("termine", "absagen"), ("betroffen", id.as_str().unwrap()), ("grund", long)];
    let refused = own.post("/altena/verwaltung/einrichtung/ausserhalb", &token, &form).await;
    assert_eq!(refused.status, 422, "{}", refused.body);
    assert_eq!(own.office.count("appointment WHERE status = 'booked'").await, 1);
    assert_eq!(own.office.count("closing").await, 0);

    let mut own = Town::on(storage, "lengerich", "clerk").await;
    let path = format!("{ROOM}/anfragen/{}", wish_to_marry(&own).await);
    let token = field(&own.get(&path).await, "formular").to_owned();
    let refused = own.post(&format!("{path}/ablehnen"), &token, &[("grund", long)]).await;
    is_kept(&refused);
    assert!(refused.body.contains("<details class=\"more decline\" open>"), "{}", refused.body);
    assert_eq!(own.office.count("appointment_request WHERE status = 'open'").await, 1);
}

const ROOM: &str = "/lengerich/verwaltung";
/// The first of Lengerich's locations, and another one.
const PLACES: [&str; 2] = ["rathaus", "standesamt"];

/// Books at the second location; returns start and form token.
async fn book_there(own: &mut Town) -> (String, String) {
    let page = format!("{ROOM}/buchen?standort={}&anliegen=eheschliessung", PLACES[1]);
    let page = own.get(&page).await;
    assert!(page.contains("value=\"standesamt\" selected"), "{page}");
    let token = field(&page, "formular").to_owned();
    let start = starts(&page)[0].to_owned();
    let mut form = booking("eheschliessung", "1", &start, "somebody-at-the-second");
    form.push(("standort", "nowhere"));
    let path = format!("{ROOM}/buchen");
    is_asked_again(&own.post(&path, &token, &form).await, "standort", "gibt es nicht mehr");
    form.last_mut().unwrap().1 = PLACES[1];
    let booked = own.post(&path, &token, &form).await;
    assert_eq!(booked.status, 303, "{}", booked.body);
    assert!(booked.location.ends_with("&standort=standesamt"), "{}", booked.location);
    (start, token)
}

async fn of_several_locations_the_one_that_is_shown_is_booked_at(storage: Storage) {
    let mut own = Town::on(storage, "lengerich", "clerk").await;
    // The ways on from a day lead to the same location.
    let day = own.get(&format!("{ROOM}/tag?standort={}", PLACES[1])).await;
    for room in ["tag", "buchen", "schliessen"] {
        let link = format!("href=\"{ROOM}/{room}?standort=standesamt\"");
        assert!(day.contains(&link), "{link} in {day}");
    }
    let (start, _) = book_there(&mut own).await;
    for (place, is_there) in PLACES.into_iter().zip([false, true]) {
        let day = own.get(&format!("{ROOM}/tag?standort={place}&datum={}", &start[..10])).await;
        assert_eq!(day.contains("Nora Notiert"), is_there, "{place}: {day}");
    }
    // Where there is one location only there is nothing to choose.
    let mut own = Town::on(storage, "altena", "clerk").await;
    for page in [BOOKING, CLOSING] {
        assert!(!own.get(page).await.contains("name=\"standort\""), "{page}");
    }
}

async fn of_several_locations_the_one_that_is_shown_is_closed(storage: Storage) {
    let mut own = Town::on(storage, "lengerich", "clerk").await;
    let (start, token) = book_there(&mut own).await;
    let path = format!("{ROOM}/schliessen");
    let page = own.get(&format!("{path}?standort={}", PLACES[1])).await;
    assert!(page.contains("value=\"standesamt\" selected"), "{page}");
    let day = &start[..10];
    let mut form = vec![("standort", PLACES[1]), ("von", day), ("bis", day), ("tun", "pruefen")];
    form.push(("schalter", "platz-1"));
    let foreign = own.post(&path, &token, &form).await;
    assert_eq!(foreign.status, 422, "{}", foreign.body);
    assert!(foreign.body.contains("id=\"schalter-error\""), "{}", foreign.body);
    form.pop();
    let listed = own.post(&path, &token, &form).await.body;
    assert!(listed.contains("Betroffene Termine: 1"), "{listed}");
    assert!(listed.contains("value=\"standesamt\" selected"), "{listed}");
    let shown = field(&listed, "betroffen").to_owned();
    form[3].1 = "absagen";
    form.push(("betroffen", &shown));
    form[0].1 = PLACES[0];
    let other = own.post(&path, &token, &form).await.body;
    assert!(other.contains("Niemand ist betroffen"), "{other}");
    form[0].1 = PLACES[1];
    let done = own.post(&path, &token, &form).await.body;
    assert!(done.contains("Abgesagte Termine: 1."), "{done}");
}
