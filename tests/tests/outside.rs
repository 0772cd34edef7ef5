//! A change of the set-up under booked appointments: whichever way it comes, nobody's appointment is
//! left outside without a decision.

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
const DAY: &str = "2026-11-26";
const CHANGE: &str = "mutation($version: Int!, $file: String!, $outside: OutsideInput) {
    changeSetUp(town: \"altena\", version: $version, file: $file, outside: $outside) }";
const OUTSIDE: &str =
    "{ appointmentsOutside(town: \"altena\") { id startsAt status contact { name } } }";

on_both!(
    a_change_by_the_api_says_whom_it_leaves_outside_and_waits_for_a_decision,
    a_service_that_is_taken_off_its_counter_leaves_its_appointments_outside,
    a_file_on_the_page_asks_and_keeps_moves_or_cancels,
    a_county_s_change_asks_too,
);

/// Altena with an admin, and an appointment on a Thursday.
struct Altena {
    office: Office,
    server: Server,
    admin: Member,
    id: Value,
    starts_at: Value,
}

async fn altena(storage: Storage) -> Altena {
    let office = Office::at(storage, &["altena"], Some(MORNING)).await;
    office.employ("admin", "altena");
    let server = office.serve().await;
    let admin = Member::of(&server, "admin", "altena").await;
    let basket = json!([{ "service": "personalausweis" }]);
    let found = free(&server, "altena", basket.clone(), DAY, DAY).await;
    let slot = (&found["days"][0]["location"], &found["days"][0]["starts"][0]);
    let booked = book(&server, "altena", &basket, slot, "who-stands-on-thursday").await;
    let booked = &booked["data"]["bookAppointment"]["appointment"];
    let (id, starts_at) = (booked["id"].clone(), booked["startsAt"].clone());
    assert_eq!(office.mails(1).await.len(), 1);
    Altena { office, server, admin, id, starts_at }
}

impl Altena {
    /// Books the first free time of the same day; returns the appointment's id.
    async fn book(&self, key: &str) -> Value {
        let basket = json!([{ "service": "personalausweis" }]);
        let found = free(&self.server, "altena", basket.clone(), DAY, DAY).await;
        let slot = (&found["days"][0]["location"], &found["days"][0]["starts"][0]);
        let booked = book(&self.server, "altena", &basket, slot, key).await;
        booked["data"]["bookAppointment"]["appointment"]["id"].clone()
    }

    async fn file(&self) -> (Value, String) {
        let read = "{ townFile(town: \"altena\") { version text } }";
        let file = self.admin.get(&self.server, read, json!({})).await;
        (file["version"].clone(), file["text"].as_str().unwrap().to_owned())
    }

    async fn change(&self, edit: impl Fn(String) -> String, outside: Value) -> Value {
        let (version, text) = self.file().await;
        let asked = json!({ "version": version, "file": edit(text), "outside": outside });
        self.admin.ask(&self.server, CHANGE, asked).await
    }

    async fn outside(&self) -> Vec<Value> {
        let found = self.admin.get(&self.server, OUTSIDE, json!({})).await;
        found.as_array().unwrap().clone()
    }

    /// Where the appointment stands, and how.
    async fn stands(&self) -> (Value, Value) {
        let list = "query($day: NaiveDate!) { appointments(town: \"altena\", from: $day, to: \"2027-01-31\") { nodes { id startsAt status } } }";
        let found = self.admin.get(&self.server, list, json!({ "day": DAY })).await;
        let own = found["nodes"].as_array().unwrap().iter().find(|own| own["id"] == self.id);
        let own = own.unwrap_or_else(|| panic!("{found}"));
        (own["startsAt"].clone(), own["status"].clone())
    }
}

/// The office stays shut on that Thursday.
fn shut(file: String) -> String {
    file + "\n[[closure]]\nfrom = \"2026-11-26\"\nto = \"2026-11-26\"\n"
}

async fn a_change_by_the_api_says_whom_it_leaves_outside_and_waits_for_a_decision(
    storage: Storage,
) {
    let own = altena(storage).await;
    let refused = own.change(shut, Value::Null).await;
    assert_eq!(code(&refused), "APPOINTMENTS_OUTSIDE");
    let listed = &refused["errors"][0]["extensions"]["appointments"];
    assert_eq!((listed.as_array().unwrap().len(), &listed[0]["id"]), (1, &own.id), "{refused}");
    assert!(!own.file().await.1.contains("[[closure]]"), "nothing has changed");
    assert_eq!(own.outside().await, Vec::<Value>::new());

    let kept = own.change(shut, json!({ "appointments": [own.id], "then": "KEEP" })).await;
    assert_eq!(code(&kept), "none", "{kept}");
    assert_eq!(own.stands().await, (own.starts_at.clone(), json!("BOOKED")));
    let outside = own.outside().await;
    assert_eq!((outside.len(), &outside[0]["id"]), (1, &own.id));
    assert_eq!(outside[0]["contact"], Value::Null, "nobody's data are shown here");
    // What lies outside already is nothing that the next change would leave there.
    let renamed = |file: String| file.replacen("hold_minutes = 10", "hold_minutes = 15", 1);
    assert_eq!(code(&own.change(renamed, Value::Null).await), "none");

    let settle = "mutation($all: [UUID!]!) { settleOutside(town: \"altena\", outside: { appointments: $all, then: MOVE, reason: \"Betriebsausflug\" }) { id } }";
    own.admin.get(&own.server, settle, json!({ "all": [] })).await;
    assert_eq!(own.stands().await.0, own.starts_at, "nothing was decided on it");
    let all = json!({ "all": [own.id] });
    assert_eq!(own.admin.get(&own.server, settle, all).await, json!([]));
    let (starts_at, status) = own.stands().await;
    assert!(starts_at.as_str() > own.starts_at.as_str() && status == "BOOKED", "{starts_at}");
    assert_eq!(own.outside().await, Vec::<Value>::new());
    let mails = own.office.mails(2).await;
    let told = |mail: &Value| mail["text"].as_str().unwrap().contains("Betriebsausflug");
    assert!(mails.iter().any(told), "{mails:?}");
}

async fn a_service_that_is_taken_off_its_counter_leaves_its_appointments_outside(storage: Storage) {
    let own = altena(storage).await;
    // No counter serves it any more, though it is offered and all hours stay.
    let unserved = |file: String| {
        let lines = file.lines().map(|line| {
            if line.starts_with("services = [") {
                line.replace("\"personalausweis\", ", "").replace(", \"personalausweis\"", "")
            } else {
                line.to_owned()
            }
        });
        lines.collect::<Vec<_>>().join("\n")
    };
    let refused = own.change(unserved, Value::Null).await;
    assert_eq!(code(&refused), "APPOINTMENTS_OUTSIDE", "{refused}");
    let decided = json!({ "appointments": [own.id], "then": "CANCEL", "reason": "Umbau" });
    let cancelled = own.change(unserved, decided).await;
    assert_eq!(code(&cancelled), "none", "{cancelled}");
    assert_eq!(own.stands().await.1, "CANCELLED");
}

async fn a_file_on_the_page_asks_and_keeps_moves_or_cancels(storage: Storage) {
    let own = altena(storage).await;
    let mut visitor = own.admin.at_a_browser();
    let path = "/altena/verwaltung/einrichtung/datei";
    let page = visitor.get(&own.server, path).await.body;
    let token = field(&page, "formular").to_owned();
    let version = field(&page, "version").to_owned();
    let file = shut(own.file().await.1);
    let mut form = vec![("formular", token.as_str()), ("version", &version), ("datei", &file)];
    let asked = visitor.post(&own.server, path, &form).await;
    assert_eq!(asked.status, 200);
    for expected in ["Termine, die dann außerhalb liegen: 1", "Speichern und allen absagen"] {
        assert!(asked.body.contains(expected), "{}", asked.body);
    }
    assert!(!own.file().await.1.contains("[[closure]]"), "nothing has changed");
    // The question carries what was typed.
    assert!(field(&asked.body, "datei").contains("[[closure]]"));
    // Somebody books before the decision comes: it is not about that appointment.
    let second = own.book("who-comes-in-between").await;
    let shown = field(&asked.body, "betroffen").to_owned();
    let mut decided = form.clone();
    decided.extend([("termine", "absagen"), ("grund", "Wasserschaden"), ("betroffen", &shown)]);
    let again = visitor.post(&own.server, path, &decided).await;
    assert_eq!(again.status, 200);
    assert!(again.body.contains("Termine, die dann außerhalb liegen: 2"), "{}", again.body);
    assert_eq!(own.stands().await.1, "BOOKED");
    let shown = field(&again.body, "betroffen").to_owned();
    assert!(shown.contains(second.as_str().unwrap()), "{shown}");
    form.extend([("termine", "absagen"), ("grund", "Wasserschaden"), ("betroffen", &shown)]);
    let done = visitor.post(&own.server, path, &form).await;
    assert_eq!(done.status, 303, "{}", done.body);
    assert!(own.file().await.1.contains("[[closure]]"));
    assert_eq!(own.stands().await.1, "CANCELLED");
    let mails = own.office.mails(4).await;
    let told = |mail: &&Value| mail["text"].as_str().unwrap().contains("Wasserschaden");
    assert_eq!(mails.iter().filter(told).count(), 2, "{mails:?}");
}

async fn a_county_s_change_asks_too(storage: Storage) {
    let own = altena(storage).await;
    own.office.succeed_with_input(
        &["operator", "kreis@example.org", "--county", "05962"],
        system_tests::staff::PASSWORD,
    );
    let sign_in = format!(
        "mutation {{ signIn(email: \"kreis@example.org\", password: \"{}\") }}",
        system_tests::staff::PASSWORD
    );
    let county = own.server.graphql(&sign_in, json!({})).await["data"]["signIn"].clone();
    let publish = async |version: i64, file: &str| {
        let document = "mutation($version: Int!, $file: String!) { publishCountyTemplate(county: \"05962\", version: $version, file: $file) }";
        let asked = json!({ "version": version, "file": file });
        let answer = own.server.graphql_as(county.as_str(), document, asked).await;
        assert_eq!(code(&answer), "none", "{answer}");
    };
    // The town follows the county in what it has booked, and the county only informs of it now.
    let (_, file) = own.file().await;
    publish(0, &file).await;
    let follows = |file: String| {
        file.replacen(
            "slug = \"personalausweis\"\n",
            "slug = \"personalausweis\"\ntemplate = 1\n",
            1,
        )
    };
    assert_eq!(code(&own.change(follows, Value::Null).await), "none");
    let informs = file.replacen(
        "slug = \"personalausweis\"\n",
        "slug = \"personalausweis\"\nmode = \"information\"\n",
        1,
    );
    publish(1, &informs).await;
    let take = async |template: i64, outside: &str| {
        let (version, _) = own.file().await;
        let document = format!(
            "mutation {{ takeTemplateChanges(town: \"altena\", version: {version}, template: {template}, changes: [{{ service: \"personalausweis\", field: \"mode\" }}]{outside}) }}"
        );
        own.admin.ask(&own.server, &document, json!({})).await
    };
    assert_eq!(code(&take(2, "").await), "APPOINTMENTS_OUTSIDE");
    let mut visitor = own.admin.at_a_browser();
    let path = "/altena/verwaltung/einrichtung/vorlage";
    let page = visitor.get(&own.server, path).await.body;
    let form = [
        ("formular", field(&page, "formular")),
        ("version", field(&page, "version")),
        ("vorlage", field(&page, "vorlage")),
        ("nehmen", "personalausweis/mode"),
    ];
    let asked = visitor.post(&own.server, path, &form).await;
    assert!(asked.body.contains("Termine, die dann außerhalb liegen: 1"), "{}", asked.body);
    // The county publishes once more while the page is open: nothing is taken that it did not show.
    publish(2, &informs.replacen("duration = 15", "duration = 20", 1)).await;
    let stale = visitor.post(&own.server, path, &form).await;
    assert_eq!(stale.status, 409, "{}", stale.body);
    assert!(stale.body.contains("die Vorlage oder die Einrichtung inzwischen"), "{}", stale.body);
    assert_eq!(field(&stale.body, "vorlage"), "3");
    let keep = format!(", outside: {{ appointments: [{}], then: KEEP }}", own.id);
    assert_eq!(code(&take(2, &keep).await), "OUTDATED");
    assert_eq!(code(&take(3, &keep).await), "none");
    assert_eq!(own.outside().await.len(), 1);
    let now = visitor.get(&own.server, "/altena/verwaltung/einrichtung/ausserhalb").await;
    assert!(now.body.contains("Alle verschieben"), "{}", now.body);
}
