//! Staff sign in at their town's own provider (OpenID Connect), on both databases. Its word counts in
//! that town and nowhere else.

#![allow(clippy::unwrap_used)] // an answer without the asked-for value fails the test

use serde_json::{Value, json};
use system_tests::{
    citizen::code,
    identity::{CLIENT, Identity, Person, SECRET, Wrong},
    office::{Office, Server, Storage, shipped},
    on_both,
    visitor::{Answered, Visitor, field, path_of},
};

const MORNING: &str = "2026-11-23T08:00:00Z";
const PASSWORD: &str = "kupfer-wolke-7-zaun";
const ADMIN: &str = "admin@altena.example";

on_both!(
    a_provider_s_word_opens_this_town_and_nothing_else,
    a_provider_counts_as_second_factor_and_may_be_the_only_way_in,
    no_lie_of_a_provider_is_believed,
    an_answer_works_once_in_time_in_its_browser_and_in_its_town,
    a_person_is_known_by_subject_then_by_verified_address,
    passwords_count_until_an_admin_has_signed_in_at_the_provider,
    what_a_provider_lacks_is_said_in_plain_german,
    the_api_signs_in_as_the_pages_do,
);

/// Altena with a provider, whose secret is kept; its admin works in Steinfurt too.
async fn town(storage: Storage, more: &str) -> (Office, Server, Identity) {
    let identity = Identity::start(MORNING).await;
    let mut office = Office::at(storage, &["steinfurt"], Some(MORNING)).await;
    office.configure("ALLOW_PRIVATE_TARGETS", "true");
    office.import(&altena(&identity, ""));
    for town in ["altena", "steinfurt"] {
        office.succeed_with_input(&["staff", ADMIN, town, "admin"], PASSWORD);
    }
    let server = office.serve().await;
    let admin = session(&server).await;
    let keep = "mutation($secret: String!) { keepProviderSecret(town: \"altena\", side: STAFF, secret: $secret) }";
    let kept = server.graphql_as(Some(&admin), keep, json!({ "secret": SECRET })).await;
    assert_eq!(kept["data"]["keepProviderSecret"], true, "{kept}");
    if !more.is_empty() {
        office.change(&altena(&identity, more)).await;
    }
    (office, server, identity)
}

fn altena(identity: &Identity, more: &str) -> String {
    let issuer = &identity.issuer;
    let provider = format!(
        "hold_minutes = 10\nstaff_provider = {{ name = \"Stadt-Konto\", issuer = \"{issuer}\", client_id = \"{CLIENT}\" }}\n{more}"
    );
    shipped("altena").replacen("hold_minutes = 10", &provider, 1)
}

async fn session(server: &Server) -> String {
    let document = format!("mutation {{ signIn(email: \"{ADMIN}\", password: \"{PASSWORD}\") }}");
    let answer = server.graphql(&document, json!({})).await;
    answer["data"]["signIn"].as_str().unwrap_or_else(|| panic!("{answer}")).to_owned()
}

/// From the town's sign-in over the provider to the address that it sends the browser back to.
async fn away(visitor: &mut Visitor, server: &Server) -> String {
    let left = visitor.get(server, "/altena/anmelden/anbieter").await;
    assert_eq!(left.status, 303, "{}", left.body);
    let back = visitor.get(server, &left.location).await;
    assert_eq!(back.status, 303, "{}", back.body);
    path_of(&back.location).to_owned()
}

async fn sign_in(visitor: &mut Visitor, server: &Server) -> Answered {
    let back = away(visitor, server).await;
    visitor.get(server, &back).await
}

async fn actions(server: &Server, token: &str) -> Vec<String> {
    let document = "{ auditLog(town: \"altena\", from: \"2026-11-23T00:00:00Z\", to: \"2026-11-24T00:00:00Z\", first: 500) { action } }";
    let answer = server.graphql_as(Some(token), document, json!({})).await;
    let lines = answer["data"]["auditLog"].as_array();
    let lines = lines.unwrap_or_else(|| panic!("{answer}")).iter();
    lines.map(|line| line["action"].as_str().unwrap().to_owned()).collect()
}

async fn a_provider_s_word_opens_this_town_and_nothing_else(storage: Storage) {
    let (office, server, _identity) = town(storage, "").await;
    office.succeed_with_input(&["operator", ADMIN], PASSWORD);
    office.succeed_with_input(&["operator", ADMIN, "--county", "05962"], PASSWORD);
    let mut visitor = Visitor::default();
    // The sign-in page of this town's console leads there, and back to what was wanted.
    let asked = visitor.get(&server, "/altena/verwaltung/suche").await;
    let page = visitor.get(&server, &asked.location).await;
    assert!(page.body.contains("Mit Stadt-Konto anmelden"), "{}", page.body);
    let left = visitor
        .get(&server, "/altena/anmelden/anbieter?weiter=%2Faltena%2Fverwaltung%2Fsuche")
        .await;
    let back = visitor.get(&server, &left.location).await;
    let signed_in = visitor.get(&server, path_of(&back.location)).await;
    assert_eq!((signed_in.status, signed_in.location.as_str()), (303, "/altena/verwaltung/suche"));
    assert_eq!(visitor.cookies.keys().collect::<Vec<_>>(), ["session"]);
    assert_eq!(visitor.get(&server, "/altena/verwaltung/einrichtung").await.status, 200);

    // The same person runs another town, a county and the platform: none of it from here.
    for elsewhere in
        ["/steinfurt/verwaltung/tag", "/verwaltung", "/konto", "/betrieb", "/kreise/05962"]
    {
        let refused = visitor.get(&server, elsewhere).await;
        assert_eq!(refused.status, 303, "{elsewhere}");
        assert!(refused.location.starts_with("/anmelden?weiter="), "{elsewhere}: {refused:?}");
        let page = visitor.get(&server, &refused.location).await;
        assert!(page.body.contains("Bitte melden Sie sich hierfür noch einmal an"), "{elsewhere}");
    }
    let token = visitor.cookies["session"].clone();
    let ask = async |document: &str| {
        let answer = server.graphql_as(Some(&token), document, json!({})).await;
        code(&answer).to_owned()
    };
    assert_eq!(ask("{ staff(town: \"altena\") { email } }").await, "none");
    for elsewhere in [
        "{ staff(town: \"steinfurt\") { email } }",
        "{ countyTemplate(county: \"05962\") { text } }",
        "{ countyUsage(county: \"05962\", since: \"2026-11-01T00:00:00Z\", until: \"2026-12-01T00:00:00Z\") { events } }",
        "mutation { enrolSecondFactor { secret } }",
        "{ myPasskeys { id } }",
        "mutation { beginPasskey(password: \"kennwort\") { options } }",
        "mutation { activateSecondFactor(code: \"123456\", password: \"kennwort\") }",
        "mutation { suspendTown(town: \"steinfurt\", suspended: true) }",
        "mutation { foundTown(name: \"Stadt Werdohl\", ags: \"05962060\", county: \"Märkischer Kreis\", email: \"it@werdohl.example\") }",
        "mutation { deleteTown(town: \"steinfurt\", confirm: \"steinfurt\") }",
    ] {
        assert_eq!(ask(elsewhere).await, "FORBIDDEN", "{elsewhere}");
    }
    let written = actions(&server, &token).await;
    assert!(
        ["staff.signed-in", "staff.linked"]
            .iter()
            .all(|own| written.iter().any(|line| line == own)),
        "{written:?}"
    );
    // A password opens the rest, as ever.
    let whole = session(&server).await;
    let there =
        server.graphql_as(Some(&whole), "{ staff(town: \"steinfurt\") { email } }", json!({}));
    assert_eq!(code(&there.await), "none");

    // A town without a provider has nobody to vouch for its staff.
    office.change(&shipped("altena")).await;
    assert_eq!(ask("{ staff(town: \"altena\") { email } }").await, "FORBIDDEN");
    let refused = visitor.get(&server, "/altena/verwaltung/tag").await;
    assert!(refused.location.starts_with("/anmelden?weiter="), "{refused:?}");
    let gone = visitor.get(&server, "/altena/anmelden/anbieter").await;
    assert_eq!(gone.status, 404);
    assert!(gone.body.contains("Diese Stadt hat keinen Anbieter"), "{}", gone.body);
}

async fn a_provider_counts_as_second_factor_and_may_be_the_only_way_in(storage: Storage) {
    let only = "second_factor = true\nstaff_provider_only = true";
    let (office, server, identity) = town(storage, only).await;
    let whole = session(&server).await;
    let staff = "{ staff(town: \"altena\") { email invited } }";
    let refused = server.graphql_as(Some(&whole), staff, json!({})).await;
    assert_eq!(code(&refused), "PROVIDER_ONLY", "{refused}");
    let mut visitor = Visitor::default();
    visitor.cookies.insert("session".to_owned(), whole);
    let asked = visitor.get(&server, "/altena/verwaltung/tag").await;
    assert!(asked.location.ends_with("&stand=anbieter"), "{asked:?}");
    let page = visitor.get(&server, &asked.location).await;
    assert!(page.body.contains("Diese Stadt meldet ihr Personal selbst an"), "{}", page.body);
    assert!(page.body.contains("Mit Stadt-Konto anmelden"));
    assert!(!page.body.contains("type=\"password\""), "{}", page.body);

    assert_eq!(sign_in(&mut visitor, &server).await.location, "/altena/verwaltung");
    let token = visitor.cookies["session"].clone();
    // Who is invited now needs no password: the mail leads to the console.
    let invite = "mutation { inviteStaff(town: \"altena\", email: \"neu@altena.example\", role: CLERK) { email } }";
    let invited = server.graphql_as(Some(&token), invite, json!({})).await;
    assert_eq!(code(&invited), "none", "{invited}");
    let mails = office.mails(1).await;
    let text = mails[0]["text"].as_str().unwrap();
    assert!(text.contains("/altena/verwaltung") && !text.contains("/kennwort/"), "{text}");
    identity.signs_in(Person::with("subject-2", "Neu@Altena.example"));
    let mut second = Visitor::default();
    assert_eq!(sign_in(&mut second, &server).await.location, "/altena/verwaltung");
    let members = server.graphql_as(Some(&token), staff, json!({})).await;
    assert_eq!(
        members["data"]["staff"][1],
        json!({ "email": "neu@altena.example", "invited": false })
    );
}

async fn no_lie_of_a_provider_is_believed(storage: Storage) {
    let (_office, server, identity) = town(storage, "").await;
    for (wrong, words) in [
        (Wrong::Nonce, "gehört zu einer anderen Anmeldung"),
        (Wrong::Audience, "für jemand anderen ausgestellt"),
        (Wrong::Issuer, "kommt von einem anderen Anbieter"),
        (Wrong::Signature, "Die Unterschrift des ID-Tokens stimmt nicht"),
        (Wrong::SharedSecret, "Die Unterschrift des ID-Tokens stimmt nicht"),
        (Wrong::Unsigned, "Die Unterschrift des ID-Tokens stimmt nicht"),
        (Wrong::Expired, "ist abgelaufen"),
        (Wrong::Refusal, "Der Anbieter hat Sie nicht angemeldet"),
    ] {
        identity.does_wrong(wrong);
        let mut visitor = Visitor::default();
        let refused = sign_in(&mut visitor, &server).await;
        assert!(refused.body.contains(words), "{wrong:?}: {}", refused.body);
        assert!(refused.body.contains("Noch einmal versuchen"), "{wrong:?}");
        assert!(visitor.cookies.is_empty(), "{wrong:?}: {visitor:?}");
        let expected = if wrong == Wrong::Refusal { 422 } else { 502 };
        assert_eq!(refused.status, expected, "{wrong:?}");
    }
    let written = actions(&server, &session(&server).await).await;
    let refused = written.iter().filter(|action| *action == "staff.sign-in-refused").count();
    assert_eq!(refused, 7, "{written:?}");
    assert!(!written.iter().any(|action| action == "staff.signed-in"), "{written:?}");

    // Down after somebody has left, and down before.
    identity.does_wrong(Wrong::Nothing);
    let mut visitor = Visitor::default();
    let back = away(&mut visitor, &server).await;
    identity.does_wrong(Wrong::Down);
    let refused = visitor.get(&server, &back).await;
    assert!(refused.body.contains("Die Anmeldung über Stadt-Konto geht gerade nicht"));
    assert!(refused.body.contains("openid-configuration antwortet mit 500"), "{}", refused.body);
    identity.does_wrong(Wrong::Nothing);
    assert_eq!(sign_in(&mut visitor, &server).await.status, 303);
}

async fn an_answer_works_once_in_time_in_its_browser_and_in_its_town(storage: Storage) {
    let (mut office, server, _identity) = town(storage, "").await;
    let mut visitor = Visitor::default();
    let back = away(&mut visitor, &server).await;
    let before = visitor.clone();
    // Brought to another browser, to another town, and with another start's state.
    let refused = Visitor::default().get(&server, &back).await;
    assert!(
        refused.body.contains("Diese Antwort gehört nicht zu Ihrer Anmeldung"),
        "{}",
        refused.body
    );
    let elsewhere = back.replace("/altena/", "/steinfurt/");
    let refused = before.clone().get(&server, &elsewhere).await;
    assert!(
        refused.body.contains("Diese Antwort gehört nicht zu Ihrer Anmeldung"),
        "{}",
        refused.body
    );
    let mut other = Visitor::default();
    away(&mut other, &server).await;
    let refused = other.get(&server, &back).await;
    assert!(
        refused.body.contains("Diese Antwort gehört nicht zu Ihrer Anmeldung"),
        "{}",
        refused.body
    );
    // None of that has used it up; the right one does, and takes the cookie along.
    assert_eq!(visitor.get(&server, &back).await.status, 303);
    assert!(!visitor.cookies.contains_key("provider"));
    let refused = before.clone().get(&server, &back).await;
    assert_eq!(refused.status, 422);
    assert!(refused.body.contains("Diese Anmeldung ist schon verbraucht"), "{}", refused.body);

    let mut late = Visitor::default();
    let back = away(&mut late, &server).await;
    server.end().await;
    office.set_clock("2026-11-23T08:15:00Z");
    let server = office.serve().await;
    let refused = late.get(&server, &back).await;
    assert!(refused.body.contains("Das hat zu lange gedauert"), "{}", refused.body);
    assert!(!late.cookies.contains_key("session"));
}

async fn a_person_is_known_by_subject_then_by_verified_address(storage: Storage) {
    let (_office, server, identity) = town(storage, "").await;
    let refuses = async |person: Person, words: &str| {
        identity.signs_in(person);
        let mut visitor = Visitor::default();
        let refused = sign_in(&mut visitor, &server).await;
        assert_eq!(refused.status, 403, "{}", refused.body);
        assert!(refused.body.contains(words), "{}", refused.body);
        assert!(!visitor.cookies.contains_key("session"));
    };
    let nobody = "Sie haben in dieser Stadt keine Rolle";
    refuses(Person::with("subject-9", "stranger@altena.example"), nobody).await;
    refuses(Person { verified: false, ..Person::with("subject-1", ADMIN) }, nobody).await;
    refuses(Person { email: None, ..Person::with("subject-1", ADMIN) }, nobody).await;

    // First by the address, told apart from the ID token; then by the subject, whatever the address.
    identity.signs_in(Person { apart: true, ..Person::with("subject-1", "Admin@Altena.example") });
    assert_eq!(sign_in(&mut Visitor::default(), &server).await.status, 303);
    identity.signs_in(Person { email: None, ..Person::with("subject-1", ADMIN) });
    assert_eq!(sign_in(&mut Visitor::default(), &server).await.status, 303);
    // An address that now belongs to somebody else opens nothing.
    let other = "Diese Rolle gehört einer anderen Person";
    refuses(Person::with("subject-2", ADMIN), other).await;

    // A role that is gone is gone, and given anew it may be somebody else's.
    let whole = session(&server).await;
    let ask = async |document: String| {
        let answer = server.graphql_as(Some(&whole), &document, json!({})).await;
        assert_eq!(code(&answer), "none", "{answer}");
        answer["data"].clone()
    };
    let invite = "mutation { inviteStaff(town: \"altena\", email: \"clerk@altena.example\", role: CLERK) { account } }";
    let clerk = ask(invite.to_owned()).await["inviteStaff"]["account"].clone();
    identity.signs_in(Person::with("subject-3", "clerk@altena.example"));
    let mut visitor = Visitor::default();
    assert_eq!(sign_in(&mut visitor, &server).await.status, 303);
    ask(format!("mutation {{ changeStaff(town: \"altena\", account: {clerk}) }}")).await;
    let shut = visitor.get(&server, "/altena/verwaltung/tag").await;
    assert!(shut.location.starts_with("/anmelden?weiter="), "{shut:?}");
    refuses(Person::with("subject-3", "clerk@altena.example"), nobody).await;
    ask(invite.to_owned()).await;
    identity.signs_in(Person::with("subject-4", "clerk@altena.example"));
    assert_eq!(sign_in(&mut Visitor::default(), &server).await.status, 303);
}

async fn passwords_count_until_an_admin_has_signed_in_at_the_provider(storage: Storage) {
    let (office, server, identity) = town(storage, "").await;
    let whole = session(&server).await;
    let only = async || {
        let look = "{ townFile(town: \"altena\") { version text } }";
        let file = server.graphql_as(Some(&whole), look, json!({})).await;
        let file = &file["data"]["townFile"];
        let text = file["text"].as_str().unwrap();
        let text = text.replacen("[town]\n", "[town]\nstaff_provider_only = true\n", 1);
        let write = "mutation($version: Int!, $file: String!) { changeSetUp(town: \"altena\", version: $version, file: $file) }";
        let asked = json!({ "version": file["version"], "file": text });
        server.graphql_as(Some(&whole), write, asked).await
    };
    let refused = only().await;
    assert_eq!(code(&refused), "INVALID_TOWN_FILE", "{refused}");
    assert!(refused.to_string().contains("town.staff_provider_only"), "{refused}");
    identity.signs_in(Person::with("subject-1", ADMIN));
    let mut visitor = Visitor::default();
    assert_eq!(sign_in(&mut visitor, &server).await.status, 303);
    assert_eq!(code(&only().await), "none");
    // From now on a password is no way in for another admin either, who cannot be the one that stays.
    office.succeed_with_input(&["staff", "second@altena.example", "altena", "admin"], PASSWORD);
    let token = visitor.cookies["session"].clone();
    let members = "{ staff(town: \"altena\") { account email } }";
    let members = server.graphql_as(Some(&token), members, json!({})).await;
    let members = members["data"]["staff"].as_array().unwrap().clone();
    let own = members.iter().find(|own| own["email"] == ADMIN).unwrap();
    let leave =
        format!("mutation {{ changeStaff(town: \"altena\", account: {}) }}", own["account"]);
    assert_eq!(code(&server.graphql_as(Some(&token), &leave, json!({})).await), "LAST_ADMIN");
}

async fn what_a_provider_lacks_is_said_in_plain_german(storage: Storage) {
    let (office, server, identity) = town(storage, "").await;
    let mut visitor = Visitor::default();
    sign_in(&mut visitor, &server).await;
    let path = "/altena/verwaltung/einrichtung/teil/anmeldung";
    let page = visitor.get(&server, path).await;
    let redirect = "/altena/anmelden/antwort";
    assert!(page.body.contains(redirect) && !page.body.contains(SECRET), "{}", page.body);
    let (token, version) =
        (field(&page.body, "formular").to_owned(), field(&page.body, "version").to_owned());
    let send = async |issuer: &str, secret: &str, act: &str| {
        let form = [
            ("formular", token.as_str()),
            ("version", &version),
            ("tun", act),
            ("staff_provider.name", "Stadt-Konto"),
            ("staff_provider.issuer", issuer),
            ("staff_provider.client_id", CLIENT),
            ("staff_provider.secret", secret),
        ];
        visitor.clone().post(&server, path, &form).await
    };
    let host = identity.issuer.replace("/realms/stadt", "");
    for (issuer, words) in [
        ("stadt.de", "erwartet wird eine Adresse wie https://login.stadt.de/realms/stadt"),
        ("http://127.0.0.1:1", "antwortet niemand"),
        (host.as_str(), "antwortet mit 404"),
        (&format!("{}/", identity.issuer), "Der Anbieter nennt sich selbst anders"),
    ] {
        let checked = send(issuer, "", "pruefen").await;
        assert!(checked.body.contains(words), "{issuer}: {}", checked.body);
    }
    for (wrong, words) in [
        (Wrong::Discovery, "Der Anbieter nennt sich selbst anders"),
        (Wrong::Script, "lässt sich nicht lesen"),
    ] {
        identity.does_wrong(wrong);
        let checked = send(&identity.issuer, "", "pruefen").await;
        assert!(checked.body.contains(words), "{wrong:?}: {}", checked.body);
    }
    identity.does_wrong(Wrong::Nothing);
    let checked = send(&identity.issuer, "what was typed", "pruefen").await;
    assert!(
        checked.body.contains("Beschreibung und Schlüssel sind da: Stadt-Konto"),
        "{}",
        checked.body
    );
    assert!(checked.body.contains("value=\"what was typed\""), "typed once is enough");

    // Saved, a wrong secret shows at the first sign-in; no page and no row shows it.
    let saved = send(&identity.issuer, "ein falsches Geheimnis", "").await;
    assert_eq!(saved.status, 303, "{}", saved.body);
    let refused = sign_in(&mut Visitor::default(), &server).await;
    assert!(refused.body.contains("Der Anbieter kennt die Client-ID nicht"), "{}", refused.body);
    assert!(!visitor.get(&server, path).await.body.contains("ein falsches Geheimnis"));
    let written = office.everything_written().await;
    let secret = "ein falsches Geheimnis".as_bytes();
    assert!(!written.windows(secret.len()).any(|window| window == secret));
    // A secret is for the provider that has given it: another address never gets it.
    let providers =
        "{ signInProviders(town: \"altena\") { side name issuer redirects hasSecret } }";
    let admin = visitor.cookies["session"].clone();
    let has_secret = async || {
        let answer = server.graphql_as(Some(&admin), providers, json!({})).await;
        let own = &answer["data"]["signInProviders"][0];
        assert!(own["redirects"][0].as_str().unwrap().ends_with(redirect), "{answer}");
        own["hasSecret"].clone()
    };
    assert_eq!(has_secret().await, true);
    let moved = altena(&identity, "").replace(&identity.issuer, "http://127.0.0.1:9/realms/other");
    office.change(&moved).await;
    assert_eq!(has_secret().await, false);

    // Our own network is asked only where the operator allows it.
    drop(server);
    let mut strict = office;
    strict.configure("ALLOW_PRIVATE_TARGETS", "false");
    strict.import(&altena(&identity, ""));
    let server = strict.serve().await;
    let check = format!("{{ checkProvider(town: \"altena\", issuer: \"{}\") }}", identity.issuer);
    let refused = server.graphql_as(Some(&admin), &check, json!({})).await;
    assert_eq!(code(&refused), "PROVIDER", "{refused}");
    let refused = Visitor::default().get(&server, "/altena/anmelden/anbieter").await;
    assert_eq!(refused.status, 502);
    assert!(refused.body.contains("liegt in einem privaten Netz"), "{}", refused.body);
}

async fn the_api_signs_in_as_the_pages_do(storage: Storage) {
    let (_office, server, identity) = town(storage, "").await;
    let leave =
        "mutation { leaveForProvider(town: \"altena\", side: STAFF) { address handshake } }";
    let left = server.graphql(leave, json!({})).await["data"]["leaveForProvider"].clone();
    let back = Visitor::default().get(&server, left["address"].as_str().unwrap()).await;
    let query = path_of(&back.location).split_once('?').unwrap().1;
    let part = |name: &str| {
        let found = query.split('&').find_map(|pair| pair.strip_prefix(&format!("{name}=")));
        found.unwrap().to_owned()
    };
    let finish = "mutation($town: String!, $handshake: String!, $state: String!, $code: String!) { signInByProvider(town: $town, handshake: $handshake, state: $state, code: $code) }";
    let asked = |town: &str, state: &str| json!({ "town": town, "handshake": left["handshake"], "state": state, "code": part("code") });
    let refused = server.graphql(finish, asked("steinfurt", &part("state"))).await;
    assert_eq!(code(&refused), "FOREIGN_ANSWER", "{refused}");
    let refused = server.graphql(finish, asked("altena", "another")).await;
    assert_eq!(code(&refused), "FOREIGN_ANSWER", "{refused}");
    let signed_in = server.graphql(finish, asked("altena", &part("state"))).await;
    let token =
        signed_in["data"]["signInByProvider"].as_str().unwrap_or_else(|| panic!("{signed_in}"));
    let staff: Value =
        server.graphql_as(Some(token), "{ staff(town: \"altena\") { email } }", json!({})).await;
    assert_eq!(code(&staff), "none", "{staff}");
    let again = server.graphql(finish, asked("altena", &part("state"))).await;
    assert_eq!(code(&again), "USED_ANSWER", "{again}");

    identity.does_wrong(Wrong::Audience);
    let left = server.graphql(
        "mutation { leaveForProvider(town: \"steinfurt\", side: STAFF) { address } }",
        json!({}),
    );
    assert_eq!(code(&left.await), "NO_PROVIDER");
    let check = "{ checkProvider(town: \"altena\", issuer: \"https://localhost\") }";
    assert_eq!(code(&server.graphql(check, json!({})).await), "FORBIDDEN");
}
