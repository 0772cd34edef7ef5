//! What a town configures beyond its calendar, on both databases.

#![allow(clippy::unwrap_used)] // an answer without the asked-for value fails the test

use serde_json::{Value, json};
use system_tests::{
    citizen::{PNG, book, code, free},
    office::{Office, Server, Storage},
    on_both,
};

const MORNING: &str = "2026-11-23T08:00:00Z";
const PASSWORD: &str = "kupfer-wolke-7-zaun";

on_both!(
    a_town_s_own_words_reach_its_citizens,
    a_logo_is_drawn_anew_and_shown_by_its_own_town_alone,
);

/// Altena with an admin, who is signed in.
async fn town(storage: Storage) -> (Office, Server, String) {
    let office = Office::at(storage, &["altena", "steinfurt"], Some(MORNING)).await;
    office.succeed_with_input(&["staff", "admin@altena.example", "altena", "admin"], PASSWORD);
    let server = office.serve().await;
    let sign_in = "mutation($password: String!) { signIn(email: \"admin@altena.example\", password: $password) }";
    let answer = server.graphql(sign_in, json!({ "password": PASSWORD })).await;
    let admin = answer["data"]["signIn"].as_str().unwrap().to_owned();
    (office, server, admin)
}

/// Changes the set-up by `edit`, as whoever has the session.
async fn change(server: &Server, admin: &str, edit: impl Fn(String) -> String) -> Value {
    let read = "{ townFile(town: \"altena\") { version text } }";
    let file = &server.graphql_as(Some(admin), read, json!({})).await["data"]["townFile"];
    let text = edit(file["text"].as_str().unwrap().to_owned());
    let write = "mutation($version: Int!, $file: String!) { changeSetUp(town: \"altena\", version: $version, file: $file) }";
    let wanted = json!({ "version": file["version"], "file": text });
    server.graphql_as(Some(admin), write, wanted).await
}

async fn a_town_s_own_words_reach_its_citizens(storage: Storage) {
    let (office, server, admin) = town(storage).await;
    let preview = async |subject: &str| {
        let document = "query($subject: String!) { previewMail(town: \"altena\", kind: CONFIRMATION, subject: $subject) { subject text } }";
        server.graphql_as(Some(&admin), document, json!({ "subject": subject })).await
    };
    let shown = preview("Bis bald in {{ town }}").await;
    let shown = &shown["data"]["previewMail"];
    assert_eq!(shown["subject"], "Bis bald in Stadt Altena (Westf.)", "{shown}");
    assert!(shown["text"].as_str().unwrap().contains("Erika Mustermann"), "{shown}");
    for wrong in ["{{ secret }}", "{% include \"close.de\" %}", "{{ name * 999999999 }}"] {
        let refused = preview(wrong).await;
        assert_eq!(code(&refused), "INVALID_TOWN_FILE", "{wrong}");
        let problem = &refused["errors"][0]["extensions"]["problems"][0];
        assert!(problem.as_str().unwrap().starts_with("mail \"confirmation\".subject.de: "));
    }
    let test = "mutation { sendTestMail(town: \"altena\", kind: CONFIRMATION, subject: \"Probe {{ code }}\") }";
    let sent = server.graphql_as(Some(&admin), test, json!({})).await;
    assert_eq!(sent["data"]["sendTestMail"], true, "{sent}");
    let mails = office.mails(1).await;
    assert_eq!(mails[0]["to"], "admin@altena.example");
    assert_eq!(mails[0]["subject"], "Probe K7M2-XQ4P");

    let words = "\n[[mail]]\nkind = \"confirmation\"\nsubject = { de = \"Bis bald, {{ name }}\" }\nintro = { de = \"Wir freuen uns auf Sie.\" }\n";
    let refused = change(&server, &admin, |file| file + &words.replace("name", "nmae")).await;
    assert_eq!(code(&refused), "INVALID_TOWN_FILE");
    let changed = change(&server, &admin, |file| file + words).await;
    assert_eq!(code(&changed), "none", "{changed}");
    let basket = json!([{ "service": "umzug" }]);
    let found = free(&server, "altena", basket.clone(), "2026-11-26", "2026-11-26").await;
    let slot = (&found["days"][0]["location"], &found["days"][0]["starts"][0]);
    let booked = book(&server, "altena", &basket, slot, "told-in-own-words").await;
    let booked = booked["data"]["bookAppointment"]["appointment"]["code"].clone();
    let mails = office.mails(2).await;
    let mail = mails.iter().find(|mail| mail["to"] != "admin@altena.example").unwrap();
    assert_eq!(mail["subject"], "Bis bald, Erika Mustermann");
    let text = mail["text"].as_str().unwrap();
    assert!(text.contains("\n\nWir freuen uns auf Sie.\n\n"), "{text}");
    assert!(!text.contains("steht fest") && text.contains(booked.as_str().unwrap()), "{text}");

    // Without an entry the shipped words are back.
    change(&server, &admin, |file| file[..file.find("[[mail]]").unwrap()].to_owned()).await;
    let slot = (&found["days"][0]["location"], &found["days"][0]["starts"][1]);
    book(&server, "altena", &basket, slot, "told-in-shipped-words").await;
    let mails = office.mails(3).await;
    let shipped = |mail: &&Value| mail["text"].as_str().unwrap().contains("steht fest");
    assert!(mails.iter().any(|mail| shipped(&mail)), "{mails:?}");
}

async fn a_logo_is_drawn_anew_and_shown_by_its_own_town_alone(storage: Storage) {
    let (office, server, admin) = town(storage).await;
    let upload = async |picture: &str| {
        let document =
            "mutation($picture: String!) { uploadLogo(town: \"altena\", picture: $picture) }";
        server.graphql_as(Some(&admin), document, json!({ "picture": picture })).await
    };
    for wrong in ["", "no base64!", "PHN2ZyBvbmxvYWQ9eD48L3N2Zz4=", &PNG[..40]] {
        assert_eq!(code(&upload(wrong).await), "LOGO", "{wrong}");
    }
    let kept = upload(PNG).await;
    let name = kept["data"]["uploadLogo"].as_str().unwrap_or_else(|| panic!("{kept}")).to_owned();
    let named = format!("color = \"#8a1538\", logo = \"{name}\"");
    let branded = |file: String, with: &str| {
        let (before, rest) = file.split_once("branding = {").unwrap();
        let (_, after) = rest.split_once('\n').unwrap();
        format!("{before}branding = {{ {with} }}\n{after}")
    };
    let changed = change(&server, &admin, |file| branded(file, &named)).await;
    assert_eq!(code(&changed), "none", "{changed}");

    let address = format!("/altena/logo/{name}.png");
    assert!(server.get("/altena").await.1.contains(&address));
    let answer = reqwest::get(format!("{}{address}", server.url)).await.unwrap();
    let header = |name: &str| answer.headers()[name].to_str().unwrap().to_owned();
    assert_eq!(header("content-type"), "image/png");
    assert_eq!(header("x-content-type-options"), "nosniff");
    assert!(header("content-security-policy").contains("sandbox"));
    assert!(header("cache-control").contains("immutable"));
    assert!(answer.bytes().await.unwrap().starts_with(b"\x89PNG"));
    assert_eq!(server.get(&address.replace("altena", "steinfurt")).await.0, 404);
    assert_eq!(server.get("/altena/logo/none.png").await.0, 404);

    // A name that this town has never uploaded is no logo of it.
    let unknown = named.replace(&name, &"0".repeat(32));
    let refused = change(&server, &admin, |file| branded(file, &unknown)).await;
    assert_eq!(code(&refused), "INVALID_TOWN_FILE");
    assert_eq!(office.count("town_logo").await, 1);
}
