//! Accounts: from the invitation over a forgotten password to the second factor; operators of the
//! platform and of counties, on both databases.

#![allow(clippy::unwrap_used)] // an answer without the asked-for value fails the test

use serde_json::{Value, json};
use system_tests::{
    citizen::{book, code, free},
    office::{Office, Server, Storage},
    on_both,
};

const MORNING: &str = "2026-11-23T08:00:00Z";
const PASSWORD: &str = "kupfer-wolke-7-zaun";
const OTHER: &str = "vier Enten am Kanal";

on_both!(
    an_invitation_works_once_and_leads_to_its_role,
    a_forgotten_password_ends_old_sessions_and_tells_nobody_who_has_an_account,
    a_second_factor_is_asked_for_and_no_code_works_twice,
    wrong_codes_are_counted_together_wherever_they_come_from,
    a_town_that_asks_for_a_second_factor_lets_nobody_in_without,
    a_town_keeps_its_last_admin,
    of_two_admins_who_change_a_role_the_second_is_told,
    the_log_says_whose_role_became_what,
    who_runs_the_platform_or_a_county_gets_a_link_by_the_command_line_and_can_be_dismissed,
    an_invitation_of_a_town_s_admin_is_replaced_until_somebody_answers,
    a_town_that_is_being_set_up_is_still_so_after_it_was_suspended,
    a_suspended_town_that_lacks_something_by_now_opens_for_its_staff_alone,
    who_is_signed_in_changes_the_password_and_takes_codes_away_only_with_the_password,
    the_platform_s_operator_founds_towns_and_nobody_else_does,
    a_county_compares_its_own_towns_and_sees_no_citizen,
    an_account_without_any_role_goes_after_thirty_days_with_its_factors,
);

async fn town(storage: Storage) -> (Office, Server) {
    let office = Office::at(storage, &["altena", "steinfurt"], Some(MORNING)).await;
    office.succeed_with_input(&["staff", "admin@altena.example", "altena", "admin"], PASSWORD);
    let server = office.serve().await;
    (office, server)
}

async fn sign_in(server: &Server, email: &str, password: &str, code: Option<&str>) -> Value {
    let document = "mutation($email: String!, $password: String!, $code: String) { signIn(email: $email, password: $password, code: $code) }";
    let asked = json!({ "email": email, "password": password, "code": code });
    server.graphql(document, asked).await
}

async fn session(server: &Server, email: &str, password: &str) -> String {
    let answer = sign_in(server, email, password, None).await;
    answer["data"]["signIn"].as_str().unwrap_or_else(|| panic!("{answer}")).to_owned()
}

async fn invite(server: &Server, token: &str, email: &str, role: &str) -> Value {
    let document = format!(
        "mutation {{ inviteStaff(town: \"altena\", email: \"{email}\", role: {role}) {{ account invited role }} }}"
    );
    server.graphql_as(Some(token), &document, json!({})).await
}

/// The secret in the link of the only mail to `email` with these words in its subject.
async fn link(office: &Office, count: usize, email: &str, subject: &str) -> String {
    let mails = office.mails(count).await;
    let ours = |mail: &&Value| {
        mail["to"] == email && mail["subject"].as_str().is_some_and(|own| own.contains(subject))
    };
    let mail = mails.iter().find(ours).unwrap_or_else(|| panic!("{mails:?}"));
    let text = mail["text"].as_str().unwrap();
    let (_, rest) = text.split_once("/kennwort/").unwrap_or_else(|| panic!("{text}"));
    rest.split_whitespace().next().unwrap().to_owned()
}

async fn choose(server: &Server, link: &str, password: &str) -> Value {
    let document = "mutation($token: String!, $password: String!) { choosePassword(token: $token, password: $password) }";
    server.graphql(document, json!({ "token": link, "password": password })).await
}

async fn staff(server: &Server, token: &str) -> Value {
    let document = "{ staff(town: \"altena\") { email role invited secondFactor account } }";
    server.graphql_as(Some(token), document, json!({})).await
}

async fn an_invitation_works_once_and_leads_to_its_role(storage: Storage) {
    let (office, server) = town(storage).await;
    let admin = session(&server, "admin@altena.example", PASSWORD).await;
    let invited = invite(&server, &admin, "Neu@Altena.example", "CLERK").await;
    assert_eq!(invited["data"]["inviteStaff"]["invited"], true, "{invited}");
    assert_eq!(code(&invite(&server, &admin, "no address", "CLERK").await), "CONTACT");
    // Nobody signs in before the link was used, not even without a password.
    assert_eq!(code(&sign_in(&server, "neu@altena.example", "", None).await), "WRONG_CREDENTIALS");

    let secret = link(&office, 1, "neu@altena.example", "Zugang").await;
    // Programs that open links use none up.
    assert_eq!(server.get(&format!("/kennwort/{secret}")).await.0, 200);
    assert_eq!(code(&choose(&server, &secret, "passwort1234").await), "WEAK_PASSWORD");
    let chosen = choose(&server, &secret, OTHER).await;
    let clerk = chosen["data"]["choosePassword"].as_str().unwrap();
    assert_eq!(code(&choose(&server, &secret, OTHER).await), "WRONG_CREDENTIALS");
    assert_eq!(server.get(&format!("/kennwort/{secret}")).await.0, 410);

    // A clerk finds appointments and invites nobody.
    let find = "{ findAppointments(town: \"altena\", words: \"m\") { more } }";
    assert_eq!(code(&server.graphql_as(Some(clerk), find, json!({})).await), "none");
    assert_eq!(code(&invite(&server, clerk, "x@altena.example", "ADMIN").await), "FORBIDDEN");
    assert_eq!(code(&staff(&server, clerk).await), "FORBIDDEN");
    let members = staff(&server, &admin).await;
    assert_eq!(members["data"]["staff"][1]["role"], "CLERK", "{members}");
    assert_eq!(members["data"]["staff"][1]["invited"], false, "{members}");
}

async fn a_forgotten_password_ends_old_sessions_and_tells_nobody_who_has_an_account(
    storage: Storage,
) {
    let (office, server) = town(storage).await;
    let admin = session(&server, "admin@altena.example", PASSWORD).await;
    for email in ["admin@altena.example", "nobody@altena.example"] {
        let forgot = format!("mutation {{ forgotPassword(email: \"{email}\") }}");
        let answer = server.graphql(&forgot, json!({})).await;
        assert_eq!(answer["data"]["forgotPassword"], true, "{answer}");
    }
    let secret = link(&office, 1, "admin@altena.example", "Neues Kennwort").await;
    assert_eq!(code(&choose(&server, &secret, OTHER).await), "none");
    assert_eq!(code(&staff(&server, &admin).await), "FORBIDDEN", "the old session has ended");
    let old = sign_in(&server, "admin@altena.example", PASSWORD, None).await;
    assert_eq!(code(&old), "WRONG_CREDENTIALS");
    let admin = session(&server, "admin@altena.example", OTHER).await;
    assert_eq!(code(&staff(&server, &admin).await), "none");
}

/// A code for `secret`, so many steps from now.
fn totp(secret: &str, steps: i64) -> String {
    let secret = totp_rs::Secret::try_from_base32(secret).unwrap();
    let totp = totp_rs::Builder::new().with_secret(secret).with_account_name("test").build();
    // The server's clock runs on from MORNING.
    let start = chrono::DateTime::parse_from_rfc3339(MORNING).unwrap().timestamp();
    totp.unwrap().generate(u64::try_from(start + 30 * steps).unwrap()).to_string()
}

async fn enrol(server: &Server, token: &str) -> (String, Vec<String>) {
    let enrolment = server
        .graphql_as(Some(token), "mutation { enrolSecondFactor { address secret } }", json!({}))
        .await;
    let enrolment = &enrolment["data"]["enrolSecondFactor"];
    assert!(enrolment["address"].as_str().unwrap().starts_with("otpauth://totp/"), "{enrolment}");
    let secret = enrolment["secret"].as_str().unwrap().to_owned();
    let activate = async |code: &str, password: &str| {
        let document = "mutation($code: String!, $password: String!) { activateSecondFactor(code: $code, password: $password) }";
        server
            .graphql_as(Some(token), document, json!({ "code": code, "password": password }))
            .await
    };
    let first = totp(&secret, 0);
    assert_eq!(code(&activate(&first, OTHER).await), "WRONG_CREDENTIALS");
    assert_eq!(code(&activate("000000", PASSWORD).await), "WRONG_CODE");
    let codes = activate(&first, PASSWORD).await;
    let codes = codes["data"]["activateSecondFactor"].as_array().unwrap().clone();
    (secret, codes.iter().map(|code| code.as_str().unwrap().to_owned()).collect())
}

async fn a_second_factor_is_asked_for_and_no_code_works_twice(storage: Storage) {
    let (_office, server) = town(storage).await;
    let email = "admin@altena.example";
    let admin = session(&server, email, PASSWORD).await;
    let (secret, recovery) = enrol(&server, &admin).await;
    assert_eq!(recovery.len(), 8);
    assert_eq!(code(&sign_in(&server, email, PASSWORD, None).await), "SECOND_FACTOR");
    let used = totp(&secret, 0);
    assert_eq!(code(&sign_in(&server, email, PASSWORD, Some(&used)).await), "WRONG_CODE");
    let next = totp(&secret, 1);
    assert_eq!(code(&sign_in(&server, email, PASSWORD, Some(&next)).await), "none");
    assert_eq!(code(&sign_in(&server, email, PASSWORD, Some(&next)).await), "WRONG_CODE");
    let spare = recovery[0].to_lowercase();
    assert_eq!(code(&sign_in(&server, email, PASSWORD, Some(&spare)).await), "none");
    assert_eq!(code(&sign_in(&server, email, PASSWORD, Some(&spare)).await), "WRONG_CODE");
    // Without the password no code helps, and five wrong ones make the client wait.
    for _ in 0..5 {
        sign_in(&server, email, PASSWORD, Some("123456")).await;
    }
    let waiting = sign_in(&server, email, PASSWORD, Some(&recovery[1])).await;
    assert_eq!(code(&waiting), "TOO_MANY_ATTEMPTS");
}

/// Whoever has found out the password has many addresses too.
async fn wrong_codes_are_counted_together_wherever_they_come_from(storage: Storage) {
    let (mut office, server) = town(storage).await;
    let email = "admin@altena.example";
    enrol(&server, &session(&server, email, PASSWORD).await).await;
    server.end().await;
    office.configure("CLIENT_HEADER", "X-Forwarded-For");
    let server = office.serve().await;
    let ask = async |address: String| -> Value {
        let document = "mutation($email: String!, $password: String!) { signIn(email: $email, password: $password, code: \"123456\") }";
        let asked =
            json!({ "query": document, "variables": { "email": email, "password": PASSWORD } });
        let request = reqwest::Client::new().post(format!("{}/graphql", server.url)).json(&asked);
        request.header("X-Forwarded-For", address).send().await.unwrap().json().await.unwrap()
    };
    for number in 1..=20 {
        assert_eq!(code(&ask(format!("198.51.100.{number}")).await), "WRONG_CODE", "{number}");
    }
    assert_eq!(code(&ask("203.0.113.1".to_owned()).await), "TOO_MANY_ATTEMPTS");
}

async fn a_town_that_asks_for_a_second_factor_lets_nobody_in_without(storage: Storage) {
    let (office, server) = town(storage).await;
    let admin = session(&server, "admin@altena.example", PASSWORD).await;
    let file = system_tests::office::shipped("altena");
    office
        .change(&file.replace("hold_minutes = 10", "hold_minutes = 10\nsecond_factor = true"))
        .await;
    assert_eq!(code(&staff(&server, &admin).await), "SECOND_FACTOR");
    enrol(&server, &admin).await;
    assert_eq!(code(&staff(&server, &admin).await), "none");
}

/// What the town's log says of accounts, the newest first.
async fn account_lines(server: &Server, token: &str) -> Vec<(String, String)> {
    let document = "{ auditLog(town: \"altena\", from: \"2026-11-23T00:00:00Z\", to: \"2026-11-24T00:00:00Z\") { action actor way } }";
    let log = server.graphql_as(Some(token), document, json!({})).await;
    let lines = log["data"]["auditLog"].as_array().unwrap_or_else(|| panic!("{log}")).iter();
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let who = |line: &Value| text(&line["actor"]).split(':').next().unwrap_or_default().to_owned();
    let told = lines.filter(|line| line["way"] == "API");
    told.map(|line| (text(&line["action"]), who(line))).collect()
}

async fn who_is_signed_in_changes_the_password_and_takes_codes_away_only_with_the_password(
    storage: Storage,
) {
    let (_office, server) = town(storage).await;
    let email = "admin@altena.example";
    let token = session(&server, email, PASSWORD).await;
    enrol(&server, &token).await;
    let remove = async |token: &str, password: &str| {
        let document = "mutation($password: String!) { removeSecondFactor(password: $password) }";
        code(&server.graphql_as(Some(token), document, json!({ "password": password })).await)
            .to_owned()
    };
    assert_eq!(remove(&token, OTHER).await, "WRONG_CREDENTIALS");
    assert_eq!(code(&sign_in(&server, email, PASSWORD, None).await), "SECOND_FACTOR");
    assert_eq!(remove(&token, PASSWORD).await, "none");

    let change = async |token: &str, current: &str, new: &str| {
        let document = "mutation($current: String!, $new: String!) { changePassword(current: $current, new: $new) }";
        let asked = json!({ "current": current, "new": new });
        code(&server.graphql_as(Some(token), document, asked).await).to_owned()
    };
    assert_eq!(change(&token, PASSWORD, "kurz").await, "WEAK_PASSWORD");
    assert_eq!(change(&token, PASSWORD, OTHER).await, "none");
    assert_eq!(code(&staff(&server, &token).await), "FORBIDDEN", "all sessions have ended");
    assert_eq!(code(&sign_in(&server, email, PASSWORD, None).await), "WRONG_CREDENTIALS");
    let token = session(&server, email, OTHER).await;
    let actions = ["password.changed", "second-factor.removed", "second-factor.added"];
    let lines = account_lines(&server, &token).await;
    assert_eq!(lines, actions.map(|action| (action.to_owned(), "staff".to_owned())));

    // A stolen session does not let its thief guess.
    for _ in 0..5 {
        assert_eq!(change(&token, "geraten", PASSWORD).await, "WRONG_CREDENTIALS");
    }
    assert_eq!(change(&token, OTHER, PASSWORD).await, "TOO_MANY_ATTEMPTS");
    assert_eq!(remove(&token, OTHER).await, "TOO_MANY_ATTEMPTS");
}

async fn a_town_keeps_its_last_admin(storage: Storage) {
    let (office, server) = town(storage).await;
    let admin = session(&server, "admin@altena.example", PASSWORD).await;
    let own = staff(&server, &admin).await["data"]["staff"][0]["account"].clone();
    let change = async |role: &str| {
        let document =
            format!("mutation {{ changeStaff(town: \"altena\", account: {own}{role}) }}");
        server.graphql_as(Some(&admin), &document, json!({})).await
    };
    assert_eq!(code(&change("").await), "LAST_ADMIN");
    assert_eq!(code(&change(", role: CLERK").await), "LAST_ADMIN");
    assert_eq!(code(&change(", role: ADMIN").await), "none");
    invite(&server, &admin, "second@altena.example", "ADMIN").await;
    assert_eq!(code(&change("").await), "LAST_ADMIN", "nobody has answered the invitation");
    let secret = link(&office, 1, "second@altena.example", "Zugang").await;
    assert_eq!(code(&choose(&server, &secret, OTHER).await), "none");
    assert_eq!(code(&change("").await), "none");
    assert_eq!(code(&staff(&server, &admin).await), "FORBIDDEN");
}

async fn of_two_admins_who_change_a_role_the_second_is_told(storage: Storage) {
    let (_office, server) = town(storage).await;
    let admin = session(&server, "admin@altena.example", PASSWORD).await;
    let ask = async |document: String| server.graphql_as(Some(&admin), &document, json!({})).await;
    let invited = invite(&server, &admin, "clerk@altena.example", "CLERK").await;
    let account = &invited["data"]["inviteStaff"]["account"];
    let clerk = async || {
        let members = ask("{ staff(town: \"altena\") { email role assignment } }".to_owned()).await;
        let members = members["data"]["staff"].as_array().unwrap().clone();
        members.into_iter().find(|own| own["email"] == "clerk@altena.example").unwrap()
    };
    let seen = clerk().await["assignment"].clone();
    assert_eq!(seen, "clerk");
    let change = async |role: &str, shown: &Value| {
        let document = format!(
            "mutation {{ changeStaff(town: \"altena\", account: {account}{role}, shown: {shown}) }}"
        );
        code(&ask(document).await).to_owned()
    };
    assert_eq!(change(", role: READER", &seen).await, "none");
    assert_eq!(change(", role: ADMIN", &seen).await, "MEMBER_CHANGED");
    assert_eq!(change("", &seen).await, "MEMBER_CHANGED");
    assert_eq!(clerk().await["role"], "READER");
    // An invitation replaces no role either; to the same one it goes out again.
    let again = invite(&server, &admin, "clerk@altena.example", "ADMIN").await;
    assert_eq!(code(&again), "ALREADY_MEMBER");
    assert_eq!(clerk().await["role"], "READER");
    assert_eq!(code(&invite(&server, &admin, "clerk@altena.example", "READER").await), "none");
    // Who was removed meanwhile does not come back by a change.
    assert_eq!(change("", &json!("reader")).await, "none");
    assert_eq!(change(", role: CLERK", &json!("reader")).await, "MEMBER_CHANGED");
}

async fn the_log_says_whose_role_became_what(storage: Storage) {
    let (_office, server) = town(storage).await;
    let admin = session(&server, "admin@altena.example", PASSWORD).await;
    let invited = invite(&server, &admin, "clerk@altena.example", "READER").await;
    let account = &invited["data"]["inviteStaff"]["account"];
    for role in [", role: CLERK", ", role: CLERK", ""] {
        let change =
            format!("mutation {{ changeStaff(town: \"altena\", account: {account}{role}) }}");
        assert_eq!(code(&server.graphql_as(Some(&admin), &change, json!({})).await), "none");
    }
    let log = "{ auditLog(town: \"altena\", from: \"2026-11-23T00:00:00Z\", to: \"2026-11-24T00:00:00Z\") { action detail subject } }";
    let log = server.graphql_as(Some(&admin), log, json!({})).await;
    let lines = log["data"]["auditLog"].as_array().unwrap();
    let own = lines.iter().filter(|line| line["subject"] == *account);
    let told: Vec<_> = own
        .map(|line| (line["action"].as_str().unwrap(), line["detail"].as_str().unwrap()))
        .collect();
    let expected = [
        ("staff.removed", "clerk > none"),
        ("staff.role-changed", "reader > clerk"),
        ("staff.invited", "none > reader"),
    ];
    assert_eq!(told, expected, "a change that changes nothing has no line");
    // What the command line gives is told too.
    let given = lines.iter().find(|line| line["detail"] == "none > admin");
    assert_eq!(given.unwrap()["action"], "staff.invited", "{log}");
}

async fn who_runs_the_platform_or_a_county_gets_a_link_by_the_command_line_and_can_be_dismissed(
    storage: Storage,
) {
    let (office, server) = town(storage).await;
    let email = "ops@example.org";
    office.succeed_with_input(&["operator", email], PASSWORD);
    let link = office.succeed(&["password", email]);
    let (_, secret) = link.trim().split_once("/kennwort/").unwrap();
    assert_eq!(code(&choose(&server, secret, OTHER).await), "none");
    assert_eq!(code(&choose(&server, secret, PASSWORD).await), "WRONG_CREDENTIALS");
    assert!(!office.run(&["password", "nobody@example.org"], "").status.success());

    let ops = session(&server, email, OTHER).await;
    let me = async || {
        let answer = server
            .graphql_as(Some(&ops), "{ me { runsPlatform counties { key } } }", json!({}))
            .await;
        answer["data"]["me"].clone()
    };
    office.succeed_with_input(&["operator", email, "--county", "05962"], "");
    assert_eq!(me().await["runsPlatform"], true);
    office.succeed(&["operator", email, "--remove"]);
    assert_eq!(me().await, json!({ "runsPlatform": false, "counties": [{ "key": "05962" }] }));
    office.succeed(&["operator", email, "--county", "05962", "--remove"]);
    assert_eq!(me().await, json!({ "runsPlatform": false, "counties": [] }));
}

async fn an_invitation_of_a_town_s_admin_is_replaced_until_somebody_answers(storage: Storage) {
    let (office, server) = town(storage).await;
    office.succeed_with_input(&["operator", "ops@example.org"], PASSWORD);
    let ops = session(&server, "ops@example.org", PASSWORD).await;
    let found = "mutation { foundTown(name: \"Stadt Werdohl\", ags: \"05962060\", county: \"Märkischer Kreis\", email: \"ti@werdohl.example\") }";
    assert_eq!(code(&server.graphql_as(Some(&ops), found, json!({})).await), "none");
    let invite = async |town: &str, email: &str| {
        let document = format!("mutation {{ inviteAdmin(town: \"{town}\", email: \"{email}\") }}");
        code(&server.graphql_as(Some(&ops), &document, json!({})).await).to_owned()
    };
    assert_eq!(invite("werdohl", "no address").await, "CONTACT");
    assert_eq!(invite("werdohl", "it@werdohl.example").await, "none");
    let secret = link(&office, 2, "it@werdohl.example", "Zugang").await;
    let chosen = choose(&server, &secret, OTHER).await;
    let it = chosen["data"]["choosePassword"].as_str().unwrap();
    let members = "{ staff(town: \"werdohl\") { email } }";
    let members = server.graphql_as(Some(it), members, json!({})).await;
    assert_eq!(members["data"]["staff"], json!([{ "email": "it@werdohl.example" }]));
    // From now on the town invites by itself, as Altena does.
    assert_eq!(invite("werdohl", "ops@example.org").await, "ALREADY_MEMBER");
    assert_eq!(invite("altena", "ops@example.org").await, "ALREADY_MEMBER");
}

async fn a_town_that_is_being_set_up_is_still_so_after_it_was_suspended(storage: Storage) {
    let (office, server) = town(storage).await;
    office.succeed_with_input(&["operator", "ops@example.org"], PASSWORD);
    let ops = session(&server, "ops@example.org", PASSWORD).await;
    let found = "mutation { foundTown(name: \"Stadt Werdohl\", ags: \"05962060\", county: \"Märkischer Kreis\", email: \"it@werdohl.example\") }";
    assert_eq!(code(&server.graphql_as(Some(&ops), found, json!({})).await), "none");
    let status = async || {
        let towns = "{ platformTowns { slug status } }";
        let towns = server.graphql_as(Some(&ops), towns, json!({})).await;
        let towns = towns["data"]["platformTowns"].as_array().unwrap().clone();
        let of =
            |slug: &str| towns.iter().find(|own| own["slug"] == slug).unwrap()["status"].clone();
        (of("werdohl"), of("altena"))
    };
    let before = status().await;
    for suspended in [true, false] {
        for town in ["werdohl", "altena"] {
            let suspend =
                format!("mutation {{ suspendTown(town: \"{town}\", suspended: {suspended}) }}");
            assert_eq!(code(&server.graphql_as(Some(&ops), &suspend, json!({})).await), "none");
        }
        if suspended {
            assert_eq!(status().await, (json!("suspended"), json!("suspended")));
        }
    }
    assert_eq!(status().await, before);
    assert_eq!(before, (json!("onboarding"), json!("live")));
}

async fn a_suspended_town_that_lacks_something_by_now_opens_for_its_staff_alone(storage: Storage) {
    let (office, server) = town(storage).await;
    office.succeed_with_input(&["operator", "ops@example.org"], PASSWORD);
    let ops = session(&server, "ops@example.org", PASSWORD).await;
    let suspend = async |suspended: bool| {
        let document =
            format!("mutation {{ suspendTown(town: \"altena\", suspended: {suspended}) }}");
        code(&server.graphql_as(Some(&ops), &document, json!({})).await).to_owned()
    };
    assert_eq!(suspend(true).await, "none");
    let file = system_tests::office::shipped("altena");
    let until = "[[location.opening]]\nvalid_until = \"2026-11-01\"";
    let over = file
        .replace("status = \"live\"", "status = \"suspended\"")
        .replace("[[location.opening]]", until);
    office.change(&over).await;
    assert_eq!(suspend(false).await, "none");
    let towns = "{ platformTowns { slug status } }";
    let towns = server.graphql_as(Some(&ops), towns, json!({})).await;
    let altena = json!({ "slug": "altena", "status": "onboarding" });
    let towns = towns["data"]["platformTowns"].as_array().unwrap().clone();
    assert!(towns.contains(&altena), "{towns:?}");
}

async fn the_platform_s_operator_founds_towns_and_nobody_else_does(storage: Storage) {
    let (office, server) = town(storage).await;
    office.succeed_with_input(&["operator", "ops@example.org"], PASSWORD);
    let found = "mutation($name: String!, $ags: String!) { foundTown(name: $name, ags: $ags, county: \"Märkischer Kreis\", email: \"it@werdohl.example\") }";
    let werdohl = json!({ "name": "Stadt Werdohl", "ags": "05962060" });
    let admin = session(&server, "admin@altena.example", PASSWORD).await;
    let refused = server.graphql_as(Some(&admin), found, werdohl.clone()).await;
    assert_eq!(code(&refused), "FORBIDDEN");
    assert_eq!(code(&server.graphql(found, werdohl.clone()).await), "SIGN_IN");

    let ops = session(&server, "ops@example.org", PASSWORD).await;
    let asked = json!({ "name": "Stadt Werdohl", "ags": "0596206" });
    assert_eq!(code(&server.graphql_as(Some(&ops), found, asked).await), "INVALID_TOWN_FILE");
    let founded = server.graphql_as(Some(&ops), found, werdohl.clone()).await;
    assert_eq!(founded["data"]["foundTown"], "werdohl", "{founded}");
    let taken = server.graphql_as(Some(&ops), found, werdohl).await;
    assert_eq!(code(&taken), "NAME_TAKEN");
    assert_eq!(taken["errors"][0]["extensions"]["free"], "werdohl-maerkischer", "{taken}");

    // Its admin is invited, and sees what citizens and the operator do not.
    let secret = link(&office, 1, "it@werdohl.example", "Zugang").await;
    let chosen = choose(&server, &secret, OTHER).await;
    let it = chosen["data"]["choosePassword"].as_str().unwrap();
    let look = "{ townFile(town: \"werdohl\") { text } }";
    let file = server.graphql_as(Some(it), look, json!({})).await;
    assert!(file["data"]["townFile"]["text"].as_str().unwrap().contains("onboarding"), "{file}");
    assert_eq!(code(&server.graphql_as(Some(&ops), look, json!({})).await), "UNKNOWN_TOWN");
    assert_eq!(server.get("/werdohl").await.0, 404);

    let suspend = "mutation { suspendTown(town: \"altena\", suspended: true) }";
    assert_eq!(code(&server.graphql_as(Some(&admin), suspend, json!({})).await), "FORBIDDEN");
    assert_eq!(code(&server.graphql_as(Some(&ops), suspend, json!({})).await), "none");
    assert_eq!(server.get("/altena").await.0, 404);
    // Its own admin does not open it again.
    let look = "{ townFile(town: \"altena\") { version text } }";
    let file = server.graphql_as(Some(&admin), look, json!({})).await;
    let file = &file["data"]["townFile"];
    let text =
        file["text"].as_str().unwrap().replace("status = \"suspended\"", "status = \"live\"");
    let write = "mutation($version: Int!, $file: String!) { changeSetUp(town: \"altena\", version: $version, file: $file) }";
    let asked = json!({ "version": file["version"], "file": text });
    assert_eq!(code(&server.graphql_as(Some(&admin), write, asked).await), "FORBIDDEN");
    // The town sees who did it, and from where.
    let lines = account_lines(&server, &admin).await;
    assert_eq!(lines[0], ("setup.imported".to_owned(), "operator".to_owned()), "{lines:?}");
}

async fn a_county_compares_its_own_towns_and_sees_no_citizen(storage: Storage) {
    let (office, server) = town(storage).await;
    office.succeed_with_input(&["operator", "zahlen@kreis.example", "--county", "05962"], PASSWORD);
    let basket = json!([{ "service": "umzug" }]);
    let found = free(&server, "altena", basket.clone(), "2026-11-26", "2026-11-26").await;
    let slot = (&found["days"][0]["location"], &found["days"][0]["starts"][0]);
    let booked = book(&server, "altena", &basket, slot, "counted-in-the-county").await;
    let secret = &booked["data"]["bookAppointment"]["secret"];
    let cancel = format!(
        "mutation {{ cancelAppointment(town: \"altena\", appointment: {{ secret: {secret} }}) {{ code }} }}"
    );
    server.graphql(&cancel, json!({})).await;

    let county = session(&server, "zahlen@kreis.example", PASSWORD).await;
    let usage = async |key: &str| {
        let document = format!(
            "{{ countyUsage(county: \"{key}\", since: \"2026-11-01T00:00:00Z\", until: \"2026-12-01T00:00:00Z\") {{ town kind channel events }} }}"
        );
        server.graphql_as(Some(&county), &document, json!({})).await
    };
    let own = usage("05962").await;
    let mut counts = own["data"]["countyUsage"].as_array().unwrap().clone();
    counts.sort_by_key(|count| count["kind"].as_str().unwrap().to_owned());
    let expected = json!([
        { "town": "altena", "kind": "booked", "channel": "online", "events": 1 },
        { "town": "altena", "kind": "cancelled", "channel": "online", "events": 1 },
    ]);
    assert_eq!(json!(counts), expected);
    assert_eq!(code(&usage("05566").await), "FORBIDDEN", "Steinfurt is another county's");
    let look = "{ findAppointments(town: \"altena\", words: \"m\") { more } }";
    assert_eq!(code(&server.graphql_as(Some(&county), look, json!({})).await), "FORBIDDEN");
}

async fn an_account_without_any_role_goes_after_thirty_days_with_its_factors(storage: Storage) {
    let (mut office, server) = town(storage).await;
    office.succeed_with_input(&["operator", "ops@example.org"], PASSWORD);
    office.succeed_with_input(&["staff", "clerk@altena.example", "altena", "clerk"], PASSWORD);
    let clerk = session(&server, "clerk@altena.example", PASSWORD).await;
    enrol(&server, &clerk).await;
    let admin = session(&server, "admin@altena.example", PASSWORD).await;
    let members = staff(&server, &admin).await;
    let account = &members["data"]["staff"][1]["account"];
    let remove = format!("mutation {{ changeStaff(town: \"altena\", account: {account}) }}");
    assert_eq!(code(&server.graphql_as(Some(&admin), &remove, json!({})).await), "none");
    server.end().await;

    // The job notes that the role is gone, and keeps the account for a while …
    for day in ["2026-11-24", "2026-12-23"] {
        office.set_clock(&format!("{day}T09:00:00Z"));
        let server = office.serve().await;
        while office.count("account WHERE without_role_since IS NOT NULL").await != 1 {
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        }
        assert_eq!(office.count("account").await, 3);
        server.end().await;
    }
    // … then it goes with all that belongs to it, and nobody else does.
    office.set_clock("2026-12-24T10:00:00Z");
    let _server = office.serve().await;
    while office.count("account").await != 2 {
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    assert_eq!(office.count("account_token").await, 0);
    assert_eq!(office.count("session").await, 0, "the admin's has ended long ago, too");
}
