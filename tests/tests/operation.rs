//! What operators rely on: mail that is never lost, traces, clear words about a broken
//! configuration, a database of another version, an orderly end.

use std::collections::HashMap;

use mail_parser::MessageParser;
use sea_orm::{ConnectionTrait as _, Database};
use serde_json::{Value, json};
use system_tests::{
    citizen::{code, free},
    office::{Office, Server, Storage},
    on_both,
    otlp::Receiver,
    smtp::{MailServer, Mood},
    staff::Member,
};

const MORNING: &str = "2026-11-23T08:00:00Z";

on_both!(
    mail_goes_out_when_the_server_comes_back,
    what_waited_for_the_mail_server_says_what_holds_when_it_leaves,
    a_refused_address_is_shown_to_staff_and_tried_again_when_they_say_so,
    a_mail_that_comes_back_is_shown_to_staff,
    one_trace_leads_from_the_request_to_the_mail,
);

/// Books the passport slot of the next morning at Steinfurt.
async fn book(server: &Server, key: &str) -> Value {
    let location =
        server.graphql("{ town(town: \"steinfurt\") { locations { id } } }", json!({})).await;
    let location = &location["data"]["town"]["locations"][0]["id"];
    let book = format!(
        "mutation {{ bookAppointment(town: \"steinfurt\", basket: [{{ service: \"reisepass\" }}], location: {location},
         startsAt: \"2026-11-24T07:00:00Z\", idempotencyKey: \"{key}\", locale: \"en\",
         contact: {{ name: \"Łukasz Żółć\", email: \"lukasz@example.org\" }}) {{ secret }} }}"
    );
    let answer = server.graphql(&book, json!({})).await;
    assert!(answer["errors"].is_null(), "{answer}");
    answer
}

async fn a_refused_address_is_shown_to_staff_and_tried_again_when_they_say_so(storage: Storage) {
    let sink = MailServer::start().await;
    sink.set_mood(Mood::Strict);
    let mut office = Office::at(storage, &["steinfurt"], Some(MORNING)).await;
    office.configure("SMTP_URL", &sink.url);
    for role in ["clerk", "admin"] {
        let email = format!("{role}@steinfurt.example");
        office.succeed_with_input(&["staff", &email, "steinfurt", role], "kupfer-wolke-7-zaun");
    }
    let server = office.serve().await;
    let booked = book(&server, "booked-with-a-wrong-address").await;
    assert!(booked["errors"].is_null(), "{booked}");
    while office.count("outbox WHERE state = 'dead'").await == 0 {
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    let session = async |role: &str| {
        let document = format!(
            "mutation {{ signIn(email: \"{role}@steinfurt.example\", password: \"kupfer-wolke-7-zaun\") }}"
        );
        let answer = server.graphql(&document, json!({})).await;
        answer["data"]["signIn"].as_str().expect("a session").to_owned()
    };
    let (clerk, admin) = (session("clerk").await, session("admin").await);
    let all = "{ deadLetters(town: \"steinfurt\") { id kind subject reason attempts } }";
    let dead = server.graphql_as(Some(&admin), all, json!({})).await;
    let dead = &dead["data"]["deadLetters"][0];
    assert_eq!((&dead["kind"], &dead["attempts"]), (&json!("confirmation"), &json!(1)));
    assert!(dead["reason"].as_str().expect("a reason").contains("550"), "{dead}");
    // A clerk sees it beside the appointment only.
    let refused = server.graphql_as(Some(&clerk), all, json!({})).await;
    assert_eq!(refused["errors"][0]["extensions"]["code"], "FORBIDDEN");
    let about =
        format!("{{ deadLetters(town: \"steinfurt\", about: {}) {{ id }} }}", dead["subject"]);
    let about = server.graphql_as(Some(&clerk), &about, json!({})).await;
    assert_eq!(about["data"]["deadLetters"][0]["id"], dead["id"]);

    // Several at once: the mail of a second booking was refused too, and is again.
    book(&server, "booked-wrong-once-more").await;
    while office.count("outbox WHERE state = 'dead'").await < 2 {
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    let again = "mutation { resendAllMails(town: \"steinfurt\") }";
    let answer = server.graphql_as(Some(&clerk), again, json!({})).await;
    assert_eq!(answer["errors"][0]["extensions"]["code"], "FORBIDDEN");
    let answer = server.graphql_as(Some(&admin), again, json!({})).await;
    assert_eq!(answer["data"]["resendAllMails"], 2, "{answer}");
    while office.count("outbox WHERE state = 'dead' AND attempts = 1").await < 2 {
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }

    sink.set_mood(Mood::Kind);
    let resend = format!("mutation {{ resendMail(town: \"steinfurt\", mail: {}) }}", dead["id"]);
    let answer = server.graphql_as(Some(&admin), &resend, json!({})).await;
    assert_eq!(answer["data"]["resendMail"], true, "{answer}");
    assert_eq!(sink.mails(1).await.len(), 1);
    let answer = server.graphql_as(Some(&admin), &resend, json!({})).await;
    assert_eq!(answer["data"]["resendMail"], false, "it has arrived");
}

/// The server that took it tells later that it could not deliver it.
async fn a_mail_that_comes_back_is_shown_to_staff(storage: Storage) {
    let sink = MailServer::start().await;
    let mut office = Office::at(storage, &["steinfurt"], Some(MORNING)).await;
    office.configure("SMTP_URL", &sink.url);
    office.configure("BOUNCE_ADDRESS", "bounces@termin.example");
    office.succeed_with_input(
        &["staff", "admin@steinfurt.example", "steinfurt", "admin"],
        "kupfer-wolke-7-zaun",
    );
    let server = office.serve().await;
    book(&server, "booked-and-sent-back").await;
    let mail = sink.mails(1).await.remove(0);
    assert!(mail.starts_with("Return-Path: <bounces@termin.example>"), "{mail}");
    let id = mail.lines().find(|line| line.starts_with("Message-ID: ")).expect("a Message-ID");
    while office.count("outbox WHERE state = 'sent'").await == 0 {
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    let report = |action: &str, status: &str| {
        let lines = [
            "Content-Type: multipart/report; report-type=delivery-status; boundary=b",
            "",
            "--b",
            "Content-Type: message/delivery-status",
            "",
            "Reporting-MTA: dns; mx.example",
            "",
            &format!("Action: {action}"),
            &format!("Status: {status}"),
            "",
            "--b",
            "Content-Type: text/rfc822-headers",
            "",
            id,
            "",
            "--b--",
        ];
        lines.join("\r\n")
    };
    let take = |report: &str| office.succeed_with_input(&["bounce"], report).trim().to_owned();
    // As long as it is not written down that the mail has left, the mail server has to try again.
    let failed = report("failed", "5.1.1");
    let claimed = "UPDATE outbox SET state = 'waiting', claimed_until = '2027-01-01T00:00:00Z' WHERE state = 'sent'";
    office.execute(claimed).await;
    assert_eq!(office.run(&["bounce"], &failed).status.code(), Some(75));
    office.execute("UPDATE outbox SET state = 'sent' WHERE sent_at IS NOT NULL").await;
    assert_eq!(take(&report("delayed", "4.4.1")), "no report of a failure");
    assert_eq!(office.count("outbox WHERE state = 'dead'").await, 0);
    assert_eq!(take(&report("failed", "5.1.1")), "noted");
    assert_eq!(take(&report("failed", "5.1.1")), "the mail is known no more");
    let sign_in = "mutation { signIn(email: \"admin@steinfurt.example\", password: \"kupfer-wolke-7-zaun\") }";
    let token = server.graphql(sign_in, json!({})).await["data"]["signIn"].take();
    let all = "{ deadLetters(town: \"steinfurt\") { reason resendable } }";
    let dead = server.graphql_as(token.as_str(), all, json!({})).await;
    let shown = json!([{ "reason": "refused for good (5.1.1)", "resendable": false }]);
    assert_eq!(dead["data"]["deadLetters"], shown, "{dead}");
    let again = "mutation { resendAllMails(town: \"steinfurt\") }";
    let again = server.graphql_as(token.as_str(), again, json!({})).await;
    assert_eq!(again["data"]["resendAllMails"], 0, "what has left is kept no more");
    // Clerks see it beside the appointment; what another program did not take is none of theirs.
    office.employ("clerk", "steinfurt");
    let clerk = Member::of(&server, "clerk", "steinfurt").await;
    let found =
        "{ findAppointments(town: \"steinfurt\", words: \"Łukasz\") { appointments { id } } }";
    let found = clerk.get(&server, found, json!({})).await;
    let path = format!(
        "/steinfurt/verwaltung/termine/{}",
        found["appointments"][0]["id"].as_str().expect("an id")
    );
    let warning = "Eine E-Mail ist nicht angekommen";
    assert!(clerk.at_a_browser().get(&server, &path).await.body.contains(warning));
    office.execute("UPDATE outbox SET medium = 'webhook' WHERE state = 'dead'").await;
    assert!(!clerk.at_a_browser().get(&server, &path).await.body.contains(warning));
}

async fn mail_goes_out_when_the_server_comes_back(storage: Storage) {
    let sink = MailServer::start().await;
    sink.set_mood(Mood::Busy);
    let mut office = Office::at(storage, &["steinfurt"], Some(MORNING)).await;
    office.configure("SMTP_URL", &sink.url);
    let server = office.serve().await;
    book(&server, "booked-while-smtp-is-down").await;
    while sink.attempts() == 0 {
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    // Not even the end of the server loses it.
    server.end().await;
    sink.set_mood(Mood::Kind);
    let _server = office.serve().await;
    let mails = sink.mails(1).await;
    let mail = &mails[0];
    for header in [
        "Auto-Submitted: auto-generated",
        "Content-Language: en",
        "Reply-To: \"Stadt Steinfurt\" <buergerbuero@steinfurt.example>",
        "Message-ID: <",
        "text/calendar; charset=utf-8; method=PUBLISH",
    ] {
        assert!(mail.contains(header), "{header} in\n{mail}");
    }
}

/// While no mail leaves somebody books, moves and cancels, and somebody else books and moves.
async fn what_waited_for_the_mail_server_says_what_holds_when_it_leaves(storage: Storage) {
    let sink = MailServer::start().await;
    sink.set_mood(Mood::Busy);
    let mut office = Office::at(storage, &["steinfurt"], Some(MORNING)).await;
    office.configure("SMTP_URL", &sink.url);
    let server = office.serve().await;
    let secret = |answer: Value| answer["data"]["bookAppointment"]["secret"].clone();
    let gone = secret(book(&server, "booked-moved-and-cancelled").await);
    let kept = secret(book(&server, "booked-and-moved-alone").await);
    for (own, day) in [(&gone, "2026-12-01"), (&kept, "2026-12-02")] {
        let found = free(&server, "steinfurt", json!([{ "service": "reisepass" }]), day, day).await;
        let day = &found["days"][0];
        let moved = format!(
            "mutation {{ rescheduleAppointment(town: \"steinfurt\", appointment: {{ secret: {own} }}, location: {}, startsAt: {}) {{ status }} }}",
            day["location"], day["starts"][0]
        );
        let answer = server.graphql(&moved, json!({})).await;
        assert_eq!(code(&answer), "none", "{answer}");
    }
    let cancel = format!(
        "mutation {{ cancelAppointment(town: \"steinfurt\", appointment: {{ secret: {gone} }}) {{ status }} }}"
    );
    assert_eq!(code(&server.graphql(&cancel, json!({})).await), "none");
    server.end().await;
    sink.set_mood(Mood::Kind);
    office.set_clock("2026-11-23T09:00:00Z");
    let _server = office.serve().await;
    sink.mails(3).await;
    // What comes after another waits for a second.
    tokio::time::sleep(std::time::Duration::from_millis(1500)).await;
    let mut told = Vec::new();
    for mail in sink.mails(3).await {
        let mail = MessageParser::new().parse(mail.as_bytes()).expect("a mail");
        let calendar =
            mail.attachments().find_map(|part| part.text_contents()).expect("a calendar");
        let value = |name: &str| {
            let found = calendar.lines().find_map(|line| line.strip_prefix(name));
            found.unwrap_or_default().trim().to_owned()
        };
        let word = mail.subject().and_then(|own| own.split_whitespace().next()).map(str::to_owned);
        told.push((word.unwrap_or_default(), value("METHOD:"), value("SEQUENCE:")));
    }
    // Who has cancelled hears of that alone; who has moved of the time that holds, in their order.
    let of = |word: &str, method: &str, sequence: &str| {
        let own = (word.to_owned(), method.to_owned(), sequence.to_owned());
        told.iter().position(|told| *told == own)
    };
    let cancelled = of("Cancelled:", "CANCEL", "2");
    let (booked, moved) = (of("Your", "PUBLISH", "1"), of("Changed:", "PUBLISH", "1"));
    assert!(cancelled.is_some() && booked.is_some() && booked < moved, "{told:?}");
    assert_eq!(told.len(), 3, "{told:?}");
}

#[tokio::test]
async fn a_refused_address_is_given_up_and_its_text_is_not_kept() {
    let sink = MailServer::start().await;
    sink.set_mood(Mood::Strict);
    let mut office = Office::at(Storage::Postgres, &["steinfurt"], Some(MORNING)).await;
    office.configure("SMTP_URL", &sink.url);
    let server = office.serve().await;
    book(&server, "an-address-that-is-gone").await;
    let db = Database::connect(office.owner_url()).await.expect("PostgreSQL");
    let state = "SELECT last_error FROM outbox WHERE state = 'dead'";
    let statement = || sea_orm::Statement::from_string(sea_orm::DbBackend::Postgres, state);
    for _ in 0..200 {
        if let Some(row) = db.query_one_raw(statement()).await.expect("the outbox") {
            let error: String = row.try_get_by_index(0).expect("a reason");
            assert_eq!(error, "refused for good (550)");
            return;
        }
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    panic!("the mail is not given up: {}", server.log());
}

async fn one_trace_leads_from_the_request_to_the_mail(storage: Storage) {
    let receiver = Receiver::start().await;
    let mut office = Office::at(storage, &["steinfurt"], Some(MORNING)).await;
    office.configure("OTEL_EXPORTER_OTLP_ENDPOINT", &receiver.url);
    let server = office.serve().await;
    book(&server, "a-booking-with-a-trace").await;
    office.mails(1).await;
    server.end().await;

    let spans = receiver.spans();
    let by_id: HashMap<&[u8], _> = spans.iter().map(|span| (&span.span_id[..], span)).collect();
    let mail = spans.iter().find(|span| span.name == "mail").expect("a mail span");
    let parent = by_id.get(&mail.parent_span_id[..]).expect("the mail's parent");
    assert_eq!(parent.name, "book_appointment");
    let request = by_id.get(&parent.parent_span_id[..]).expect("the booking's parent");
    assert_eq!(request.name, "request");
    assert_eq!(mail.trace_id, request.trace_id);
    let sql = spans
        .iter()
        .filter(|span| span.trace_id == mail.trace_id && span.name.starts_with("sea_orm"));
    assert!(
        sql.count() > 0,
        "no SQL in the trace: {:?}",
        spans.iter().map(|s| &s.name).collect::<Vec<_>>()
    );
    let told = format!("{spans:?}");
    for personal in ["Łukasz", "lukasz@example.org"] {
        assert!(!told.contains(personal), "{personal} stands in a span");
    }
}

#[tokio::test]
async fn a_broken_configuration_is_one_line_with_key_reason_and_example() {
    let office = Office::with_towns(Storage::Sqlite, &[]).await;
    for (key, value, word) in [
        ("LISTEN", "everywhere", "listen"),
        ("DATABASE_URL", "mysql://x", "database_url"),
        ("REDIS_URL", "memcached://x", "redis_url"),
        ("SMTP_URL", "mail.example.org", "smtp_url"),
        ("MASTER_KEY", "c2hvcnQ=", "master_key"),
        ("CLOCK", "yesterday", "clock"),
        ("MAX_BODY_BYTES", "much", "max_body_bytes"),
        ("REQUEST_SECONDS", "0", "request_seconds"),
    ] {
        let output = office.command(&["serve"]).env(key, value).output().expect("the binary");
        let told = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{key}: {told}");
        assert_eq!(told.trim().lines().count(), 1, "{told}");
        assert!(told.contains(word) && told.contains("for example"), "{told}");
    }
}

#[tokio::test]
async fn a_database_of_a_newer_or_older_version_is_refused() {
    let office = Office::with_towns(Storage::Sqlite, &[]).await;
    let db = Database::connect(office.database_url()).await.expect("SQLite");
    let newer = "INSERT INTO seaql_migrations (version, applied_at) VALUES ('m9999_the_future', 0)";
    db.execute_unprepared(newer).await.expect("a row");
    for arguments in [["serve"], ["migrate"]] {
        let output = office.command(&arguments).output().expect("the binary");
        let told = String::from_utf8_lossy(&output.stderr);
        assert!(
            !output.status.success() && told.contains("newer version (m9999_the_future)"),
            "{told}"
        );
    }
    db.execute_unprepared("DELETE FROM seaql_migrations").await.expect("no rows");
    let output = office.command(&["serve"]).output().expect("the binary");
    assert!(String::from_utf8_lossy(&output.stderr).contains("amtstermin migrate"));
}

#[tokio::test]
async fn without_redis_bookings_go_on_and_readiness_says_so() {
    let mut office = Office::at(Storage::Postgres, &["steinfurt"], Some(MORNING)).await;
    // A port on which nobody answers.
    office.configure("REDIS_URL", "redis://127.0.0.1:1");
    let server = office.serve().await;
    book(&server, "booked-without-any-redis").await;
    assert_eq!(
        server.get("/readyz").await,
        (200, "{\"database\":true,\"holds\":false}".to_owned())
    );
}

#[tokio::test]
async fn a_request_in_flight_is_answered_before_the_server_ends() {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    let office = Office::at(Storage::Sqlite, &["steinfurt"], Some(MORNING)).await;
    let server = office.serve().await;
    let address = server.url.trim_start_matches("http://").to_owned();
    let mut citizen = tokio::net::TcpStream::connect(&address).await.expect("a connection");
    let body = r#"{"query":"{ town(town: \"steinfurt\") { name } }"}"#;
    let (first, rest) = body.split_at(10);
    let head = format!(
        "POST /graphql HTTP/1.1\r\nHost: {address}\r\nContent-Type: application/json\r\nExpect: 100-continue\r\nContent-Length: {}\r\n\r\n",
        body.len()
    );
    citizen.write_all(head.as_bytes()).await.expect("the head");
    // The handler is at work once it asks for the body.
    let mut go_on = [0; 25];
    citizen.read_exact(&mut go_on).await.expect("an interim answer");
    assert!(go_on.starts_with(b"HTTP/1.1 100 Continue"));
    citizen.write_all(first.as_bytes()).await.expect("the first half");
    let end = tokio::spawn(server.end());
    // Nobody new is let in …
    while tokio::net::TcpStream::connect(&address).await.is_ok() {
        tokio::time::sleep(std::time::Duration::from_millis(10)).await;
    }
    // … and who is inside is served.
    citizen.write_all(rest.as_bytes()).await.expect("the second half");
    let mut answer = String::new();
    citizen.read_to_string(&mut answer).await.expect("an answer");
    assert!(answer.contains("Stadt Steinfurt"), "{answer}");
    end.await.expect("an end");
}

/// The shipped towns tell stories of their years; some of their windows end.
#[tokio::test]
async fn the_demonstration_keeps_its_data_and_lives_in_every_year() {
    let (mut office, server) = Office::demo(MORNING).await;
    book(&server, "booked-in-the-demonstration").await;
    server.end().await;
    for clock in ["2026-11-23T09:00:00Z", "2027-06-07T08:00:00Z", "2031-01-13T08:00:00Z"] {
        let server = office.demo_at(clock).await;
        if clock.starts_with("2026") {
            // Later the retention period has ended.
            let (_, mailbox) = server.get("/mailbox").await;
            assert!(mailbox.contains("lukasz@example.org"), "{mailbox}");
        }
        for town in ["lengerich", "steinfurt", "luenen", "altena", "twistringen"] {
            let (_, page) = server.get(&format!("/{town}/termin?anliegen=reisepass")).await;
            assert!(page.contains("Diesen Termin nehmen"), "{town} at {clock}");
        }
        server.end().await;
    }
}
