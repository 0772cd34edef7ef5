//! The audit log tells from where staff acted and keeps no citizen's address; its lines go at the
//! end of the next year and not before.

#![allow(clippy::unwrap_used)] // an answer without the asked-for value fails the test

use std::time::Duration;

use sea_orm::{ConnectionTrait as _, Database, TransactionTrait as _};
use serde_json::{Value, json};
use system_tests::{
    citizen::{BOOK, book, code, free},
    office::{Office, Server, Storage},
    on_both,
};

const MORNING: &str = "2026-11-23T08:00:00Z";
const PASSWORD: &str = "a-long-password-for-staff";
const CITIZEN: &str = "198.51.100.77";

on_both!(
    a_line_tells_from_where_staff_acted_and_nothing_of_a_citizen_s_address,
    a_line_goes_at_the_end_of_the_next_year_and_not_before,
    a_file_has_all_lines_and_who_has_left_can_be_chosen,
);

/// Somebody who asks from an address, by way of a proxy.
struct From<'a> {
    server: &'a Server,
    address: &'a str,
    session: Option<String>,
}

impl<'a> From<'a> {
    fn at(server: &'a Server, address: &'a str) -> Self {
        Self { server, address, session: None }
    }

    async fn staff(server: &'a Server, address: &'a str, role: &str) -> Self {
        let mut own = Self::at(server, address);
        let document = "mutation($email: String!, $password: String!) { signIn(email: $email, password: $password) }";
        let email = format!("{role}@altena.example");
        let answer = own.ask(document, json!({ "email": email, "password": PASSWORD })).await;
        own.session = Some(answer["data"]["signIn"].as_str().unwrap().to_owned());
        own
    }

    /// The proxy appends what it sees to what the client pretends.
    fn request(&self, request: reqwest::RequestBuilder) -> reqwest::RequestBuilder {
        request.header("X-Forwarded-For", format!("203.0.113.1, {}", self.address))
    }

    async fn ask(&self, document: &str, variables: Value) -> Value {
        let client = reqwest::Client::new().post(format!("{}/graphql", self.server.url));
        let mut request =
            self.request(client.json(&json!({ "query": document, "variables": variables })));
        if let Some(session) = &self.session {
            request = request.bearer_auth(session);
        }
        request.send().await.unwrap().json().await.unwrap()
    }

    async fn page(&self, path: &str) -> String {
        let client = reqwest::Client::new().get(format!("{}{path}", self.server.url));
        let cookie = format!("session={}", self.session.as_deref().unwrap_or_default());
        let answer = self.request(client).header("cookie", cookie).send().await.unwrap();
        assert_eq!(answer.status(), 200, "{path}");
        answer.text().await.unwrap()
    }
}

async fn altena(storage: Storage) -> Office {
    let mut office = Office::at(storage, &["altena"], Some(MORNING)).await;
    office.configure("CLIENT_HEADER", "X-Forwarded-For");
    for role in ["clerk", "admin"] {
        office.employ(role, "altena");
    }
    office
}

const LOG: &str = "query($address: String, $way: Way) { auditLog(town: \"altena\", from: \"2026-11-23T00:00:00Z\",
    to: \"2026-11-24T00:00:00Z\", address: $address, way: $way) { action actor address way } }";

async fn a_line_tells_from_where_staff_acted_and_nothing_of_a_citizen_s_address(storage: Storage) {
    let office = altena(storage).await;
    let server = office.serve().await;
    let basket = json!([{ "service": "personalausweis" }]);
    let found = free(&server, "altena", basket.clone(), "2026-11-26", "2026-11-26").await;
    let day = &found["days"][0];
    let wish = json!({ "town": "altena", "basket": basket, "location": day["location"],
        "startsAt": day["starts"][0], "key": "a-citizen-with-an-address" });
    let booked = From::at(&server, CITIZEN).ask(BOOK, wish).await;
    let id = booked["data"]["bookAppointment"]["appointment"]["id"].as_str().unwrap();

    let clerk = From::staff(&server, "::ffff:192.0.2.7", "clerk").await;
    clerk.page(&format!("/altena/verwaltung/termine/{id}")).await;
    let find = "{ findAppointments(town: \"altena\", words: \"muster\") { more } }";
    clerk.ask(find, json!({})).await;
    clerk.ask(find, json!({})).await;
    // The same look from elsewhere is another look.
    let elsewhere = From::staff(&server, "2001:db8::7", "clerk").await;
    elsewhere.ask(find, json!({})).await;

    let admin = From::staff(&server, "192.0.2.9", "admin").await;
    let log = async |asked: Value| {
        let answer = admin.ask(LOG, asked).await;
        assert_eq!(code(&answer), "none", "{answer}");
        let line = |line: &Value| {
            let part = |name: &str| line[name].as_str().unwrap_or("-").to_owned();
            format!("{} {} {}", part("action"), part("address"), part("way"))
        };
        // Whoever was given a role by the command line was so at any of these moments.
        let lines = answer["data"]["auditLog"].as_array().unwrap().iter();
        lines.map(line).filter(|line| line != "staff.invited - -").collect::<Vec<_>>()
    };
    let search = ["search.viewed 2001:db8::7 API", "search.viewed 192.0.2.7 API"];
    let look = "contact.viewed 192.0.2.7 PAGE";
    let all = log(json!({})).await;
    let before = ["appointment.booked - -", "setup.imported - -"];
    assert_eq!(all, [search[0], search[1], look, before[0], before[1]]);
    assert_eq!(log(json!({ "address": "192.0.2.7" })).await, [search[1], look]);
    assert_eq!(log(json!({ "way": "PAGE" })).await, [look]);
    assert_eq!(code(&admin.ask(LOG, json!({ "address": "here" })).await), "ADDRESS");

    let page = admin.page("/altena/verwaltung/protokoll?adresse=192.0.2.7&weg=page").await;
    assert!(page.contains("<td>192.0.2.7</td>") && !page.contains("2001:db8::7"), "{page}");
    let page = admin.page("/altena/verwaltung/protokoll?adresse=here").await;
    assert!(page.contains("Dazu steht nichts im Protokoll"), "{page}");
    let csv = admin.page("/altena/verwaltung/protokoll.csv?weg=api").await;
    let mut lines = csv.lines();
    assert_eq!(lines.next().unwrap(), "at;who;action;subject;about;detail;shown;address;way");
    assert!(lines.all(|line| line.ends_with(";api")), "{csv}");

    let written = office.everything_written().await;
    let has = |text: &str| written.windows(text.len()).any(|part| part == text.as_bytes());
    assert!(!has(CITIZEN), "a citizen's address was kept");
    assert!(has("192.0.2.7"), "nothing was looked through");
}

async fn a_file_has_all_lines_and_who_has_left_can_be_chosen(storage: Storage) {
    let office = altena(storage).await;
    let server = office.serve().await;
    // Somebody who has left was busy once, all of it at one instant.
    let many = match storage {
        Storage::Postgres => {
            "INSERT INTO audit_entry (tenant_id, id, at, actor, action) SELECT tenant_id, gen_random_uuid(), at,
             'staff:01890000-0000-7000-8000-0000000000aa', 'day.viewed' FROM audit_entry, generate_series(1, 12000)
             WHERE action = 'setup.imported'"
        }
        Storage::Sqlite => {
            "INSERT INTO audit_entry (tenant_id, id, at, actor, action) WITH RECURSIVE n (n) AS (SELECT 1 UNION ALL
             SELECT n + 1 FROM n WHERE n < 12000) SELECT tenant_id, randomblob(16), at,
             'staff:01890000-0000-7000-8000-0000000000aa', 'day.viewed' FROM audit_entry, n
             WHERE action = 'setup.imported'"
        }
    };
    office.execute(many).await;
    let admin = From::staff(&server, "192.0.2.9", "admin").await;
    let all = admin.page("/altena/verwaltung/protokoll.csv").await;
    assert_eq!(all.lines().count(), 1 + 12_003, "with the import and two who were given roles");
    let left = "staff:01890000-0000-7000-8000-0000000000aa";
    let theirs = admin.page(&format!("/altena/verwaltung/protokoll.csv?wer={left}")).await;
    assert_eq!(theirs.lines().count(), 1 + 12_000);

    let page = admin.page(&format!("/altena/verwaltung/protokoll?wer={left}")).await;
    let chosen =
        format!("<option value=\"{left}\" selected>Gelöschtes Konto 0000000000aa</option>");
    assert!(page.contains(&chosen), "{page}");
    assert!(page.contains(">clerk@altena.example</option>"), "{page}");
    let actors = admin.ask("{ auditActors(town: \"altena\") }", json!({})).await;
    let actors = actors["data"]["auditActors"].as_array().unwrap().clone();
    assert!(actors.contains(&json!(left)) && actors.contains(&json!("system")), "{actors:?}");
}

async fn a_line_goes_at_the_end_of_the_next_year_and_not_before(storage: Storage) {
    let mut office = altena(storage).await;
    let server = office.serve().await;
    let basket = json!([{ "service": "personalausweis" }]);
    let found = free(&server, "altena", basket.clone(), "2026-11-26", "2026-11-26").await;
    let slot = (&found["days"][0]["location"], &found["days"][0]["starts"][0]);
    book(&server, "altena", &basket, slot, "a-line-of-this-year").await;
    server.end().await;
    let owner = Database::connect(office.owner_url()).await.unwrap();
    let runtime = Database::connect(office.database_url()).await.unwrap();
    for sql in ["DELETE FROM audit_entry", "UPDATE audit_entry SET actor = 'citizen'"] {
        assert!(runtime.execute_unprepared(sql).await.is_err(), "{sql}");
    }
    if storage == Storage::Postgres {
        let tx = owner.begin().await.unwrap();
        let own = "SELECT set_config('app.tenant_id', (SELECT tenant_id::text FROM audit_entry LIMIT 1), true)";
        tx.execute_unprepared(own).await.unwrap();
        let early = "SELECT forget_log('2026-11-24T00:00:00Z')";
        assert!(tx.execute_unprepared(early).await.is_err(), "lines of this year were deleted");
    }

    let booked = "audit_entry WHERE action = 'appointment.booked'";
    office.set_clock("2027-12-31T22:00:00Z");
    let server = office.serve().await;
    // The retention job deletes the contact data at once, and so has been at the log as well.
    while office.count("contact").await > 0 {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    assert_eq!(office.count(booked).await, 1);
    server.end().await;

    office.set_clock("2028-01-01T06:00:00Z");
    let _server = office.serve().await;
    while office.count(booked).await > 0 {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    assert_eq!(office.count("audit_entry WHERE action = 'log.shortened'").await, 1);
    let early = "audit_entry WHERE action = 'contact.deleted'";
    assert_eq!(office.count(early).await, 1, "a line of last year has gone");
}
