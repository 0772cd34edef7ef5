//! What a town configures beyond its calendar, on both databases.

#![allow(clippy::unwrap_used)] // an answer without the asked-for value fails the test

use serde_json::{Value, json};
use system_tests::{
    citizen::{PNG, book, code, free},
    office::{Office, Server, Storage},
    on_both,
    visitor::Visitor,
};

const MORNING: &str = "2026-11-23T08:00:00Z";
const PASSWORD: &str = "kupfer-wolke-7-zaun";

on_both!(
    a_town_s_own_words_reach_its_citizens,
    a_logo_is_drawn_anew_and_shown_by_its_own_town_alone,
    a_town_follows_its_county_s_template_and_keeps_what_it_has_adapted,
    holidays_and_readable_colours_are_told,
    the_platform_s_own_host_name_is_no_town_s,
    a_neighbour_s_set_up_comes_as_far_as_it_is_chosen,
    a_long_history_is_read_page_by_page,
);

/// Altena with an admin, who is signed in.
async fn town(storage: Storage) -> (Office, Server, String) {
    let mut office = Office::at(storage, &["altena", "steinfurt"], Some(MORNING)).await;
    office.configure("PUBLIC_URL", "https://termine.example.org");
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
        let document = "query($subject: String!) { previewMail(town: \"altena\", mail: { kind: CONFIRMATION, subject: $subject }) { subject text } }";
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
    let test = "mutation { sendTestMail(town: \"altena\", mail: { kind: CONFIRMATION, subject: \"Probe {{ code }}\" }) }";
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

/// A session of an operator of one county.
async fn county(office: &Office, server: &Server, key: &str) -> String {
    let email = format!("vorlage@{key}.example");
    office.succeed_with_input(&["operator", &email, "--county", key], PASSWORD);
    let sign_in = "mutation($email: String!, $password: String!) { signIn(email: $email, password: $password) }";
    let answer = server.graphql(sign_in, json!({ "email": email, "password": PASSWORD })).await;
    answer["data"]["signIn"].as_str().unwrap().to_owned()
}

async fn publish(server: &Server, operator: &str, version: i64, file: &str) -> Value {
    let document = "mutation($version: Int!, $file: String!) { publishCountyTemplate(county: \"05962\", version: $version, file: $file) }";
    let asked = json!({ "version": version, "file": file });
    server.graphql_as(Some(operator), document, asked).await
}

/// A service as a template's file has it.
fn offer(slug: &str, duration: u16, extra: u16) -> String {
    format!(
        "\n[[service]]\nslug = \"{slug}\"\ndepartment = \"amt\"\ncategory = \"gruppe\"\nname = \"{slug}\"\nduration = {duration}\nextra = {extra}\n"
    )
}

async fn a_town_follows_its_county_s_template_and_keeps_what_it_has_adapted(storage: Storage) {
    let (office, server, admin) = town(storage).await;
    let operator = county(&office, &server, "05962").await;
    let elsewhere = county(&office, &server, "05566").await;
    let groups = "format = 1\n[[department]]\nslug = \"amt\"\nname = \"Amt\"\n[[category]]\nslug = \"gruppe\"\nname = \"Gruppe\"\n";
    let first = format!("{groups}{}{}", offer("hund", 10, 5), offer("angeln", 10, 5));
    assert_eq!(code(&publish(&server, &elsewhere, 0, &first).await), "FORBIDDEN");
    assert_eq!(code(&publish(&server, &admin, 0, &first).await), "FORBIDDEN");
    let wrong = first.replace("duration = 10", "duration = 0");
    assert_eq!(code(&publish(&server, &operator, 0, &wrong).await), "INVALID_TOWN_FILE");
    let published = publish(&server, &operator, 0, &first).await;
    assert_eq!(published["data"]["publishCountyTemplate"], 1, "{published}");
    assert_eq!(code(&publish(&server, &operator, 0, &first).await), "OUTDATED");

    let version = async || {
        let read = "{ townFile(town: \"altena\") { version } }";
        let file = server.graphql_as(Some(&admin), read, json!({})).await;
        file["data"]["townFile"]["version"].clone()
    };
    let take = format!(
        "mutation {{ takeServices(town: \"altena\", version: {}, from: \"county\", services: [\"hund\", \"angeln\"]) }}",
        version().await
    );
    assert_eq!(code(&server.graphql_as(Some(&admin), &take, json!({})).await), "none");
    // The town makes one of them longer, and the county both longer and one cheaper in time.
    let adapt = |file: String| {
        let (before, own) = file.split_once("slug = \"hund\"").unwrap();
        format!("{before}slug = \"hund\"{}", own.replacen("duration = 10", "duration = 25", 1))
    };
    assert_eq!(code(&change(&server, &admin, adapt).await), "none");
    let second = format!(
        "{groups}{}{}{}",
        offer("hund", 15, 2),
        offer("angeln", 15, 5),
        offer("boot", 20, 0)
    );
    assert_eq!(code(&publish(&server, &operator, 1, &second).await), "none");

    let changes = async || {
        let document =
            "{ templateChanges(town: \"altena\") { service field before now own adapted } }";
        let answer = server.graphql_as(Some(&admin), document, json!({})).await;
        let all =
            answer["data"]["templateChanges"].as_array().unwrap_or_else(|| panic!("{answer}"));
        let line = |own: &Value| {
            let text = |key: &str| own[key].as_str().unwrap().to_owned();
            (format!("{}.{}", text("service"), text("field")), own["adapted"] == true)
        };
        all.iter().map(line).collect::<Vec<_>>()
    };
    let expected = [
        ("hund.duration".to_owned(), true),
        ("hund.extra".to_owned(), false),
        ("angeln.duration".to_owned(), false),
        ("boot.service".to_owned(), false),
    ];
    assert_eq!(changes().await, expected);
    let take_of = async |template: i64, changes: &str, settle: bool| {
        let document = format!(
            "mutation {{ takeTemplateChanges(town: \"altena\", version: {}, template: {template}, changes: [{changes}], settle: {settle}) }}",
            version().await
        );
        server.graphql_as(Some(&admin), &document, json!({})).await
    };
    // What was read of an older version is not taken as the newest has it.
    let old = take_of(1, "{ service: \"hund\", field: \"duration\" }", true).await;
    assert_eq!(code(&old), "OUTDATED", "{old}");
    assert_eq!(changes().await, expected);
    let take = async |changes: &str, settle: bool| {
        let answer = take_of(2, changes, settle).await;
        assert_eq!(code(&answer), "none", "{answer}");
    };
    take(
        "{ service: \"hund\", field: \"extra\" }, { service: \"boot\", field: \"service\" }",
        false,
    )
    .await;
    assert_eq!(changes().await, [expected[0].clone(), expected[2].clone()]);
    take("{ service: \"angeln\", field: \"duration\" }", true).await;
    assert_eq!(changes().await, []);
    let read = "{ townFile(town: \"altena\") { text } }";
    let file = server.graphql_as(Some(&admin), read, json!({})).await;
    let file = file["data"]["townFile"]["text"].as_str().unwrap().to_owned();
    let of = |slug: &str| {
        let (_, own) = file.split_once(&format!("slug = \"{slug}\"\ndepartment")).unwrap();
        own.split_once("[[").unwrap().0.to_owned()
    };
    assert!(of("hund").contains("duration = 25") && of("hund").contains("extra = 2"), "{file}");
    assert!(of("angeln").contains("duration = 15"), "{file}");
    assert!(of("boot").contains("template = 2"), "{file}");
}

async fn holidays_and_readable_colours_are_told(storage: Storage) {
    let (_office, server, admin) = town(storage).await;
    let open = |file: String| {
        let special =
            "[[location.special]]\ndate = \"2027-05-27\"\nfrom = \"09:00\"\nto = \"12:00\"\n\n";
        file.replacen("[[location.opening]]", &format!("{special}[[location.opening]]"), 1)
    };
    assert_eq!(code(&change(&server, &admin, open).await), "none");
    let ask = "{ town(town: \"altena\") { locations { id } publicHolidays(year: 2027) { date name openAt }
        yellow: colorContrast(color: \"#ffd700\") { ratio isReadable suggestion }
        blue: colorContrast(color: \"#004f9f\") { isReadable suggestion }
        none: colorContrast(color: \"gold\") { ratio } } }";
    let answer = server.graphql(ask, json!({})).await;
    let town = &answer["data"]["town"];
    let days = town["publicHolidays"].as_array().unwrap_or_else(|| panic!("{answer}"));
    assert_eq!(days.len(), 11, "{answer}");
    let of = |date: &str| days.iter().find(|own| own["date"] == date).unwrap();
    let place = &town["locations"][0]["id"];
    let expected = json!({ "date": "2027-05-27", "name": "Fronleichnam", "openAt": [place] });
    assert_eq!(of("2027-05-27"), &expected);
    assert_eq!(of("2027-01-01")["openAt"], json!([]));
    assert!(town["yellow"]["ratio"].as_f64().unwrap() < 1.5, "{answer}");
    assert_eq!(town["yellow"]["isReadable"], false);
    assert_eq!(town["yellow"]["suggestion"], "#8b7500");
    assert_eq!(town["blue"], json!({ "isReadable": true, "suggestion": "#004f9f" }));
    assert_eq!(town["none"], Value::Null);
}

async fn the_platform_s_own_host_name_is_no_town_s(storage: Storage) {
    let (_office, server, admin) = town(storage).await;
    let named = async |host: &str| {
        let hosts = format!("hosts = [\"{host}\"]\nhold_minutes =");
        change(&server, &admin, |file| file.replacen("hold_minutes =", &hosts, 1)).await
    };
    assert_eq!(code(&named("termine.example.org").await), "NAME_TAKEN");
    assert_eq!(code(&named("termine.altena.example").await), "none");
}

async fn a_neighbour_s_set_up_comes_as_far_as_it_is_chosen(storage: Storage) {
    let (_office, server, admin) = town(storage).await;
    let file = async || {
        let read = "{ townFile(town: \"altena\") { version text } }";
        let file = server.graphql_as(Some(&admin), read, json!({})).await;
        let file = &file["data"]["townFile"];
        (file["version"].clone(), file["text"].as_str().unwrap().to_owned())
    };
    let take = async |also: &str| {
        let (version, _) = file().await;
        let document = format!(
            "mutation {{ takeServices(town: \"altena\", version: {version}, from: \"steinfurt\", services: [\"fuehrerschein\"],
                counters: [{{ location: \"rathaus\", counter: \"platz-2\" }}], also: {also}) }}"
        );
        server.graphql_as(Some(&admin), &document, json!({})).await
    };
    let (_, before) = file().await;
    assert_eq!(
        code(&take("{ window: true, hours: true, locations: true, texts: true }").await),
        "none"
    );
    let (_, after) = file().await;
    let serving =
        |line: &&str| line.starts_with("services = [") && line.contains("\"fuehrerschein\"");
    assert_eq!(after.lines().filter(serving).count(), 1, "{after}");
    // The window came without its dates; hours, locations and words were there already.
    assert!(after.contains("max_days_ahead = 56") && after.contains("2021-06-21"), "{after}");
    let kept = |file: &str, start: &str| -> Vec<String> {
        file.lines().filter(|line| line.starts_with(start)).map(str::to_owned).collect()
    };
    for start in ["from = ", "street = ", "color", "welcome", "name = \"Stadt", "imprint"] {
        assert_eq!(kept(&before, start), kept(&after, start), "{start}");
    }
    let again = take("{}").await;
    assert_eq!(again["data"]["takeServices"], Value::Null, "{again}");
}

async fn a_long_history_is_read_page_by_page(storage: Storage) {
    let (office, server, admin) = town(storage).await;
    let file = system_tests::office::shipped("altena");
    for number in 0..60 {
        office.import(&file.replace("Stadt Altena (Westf.)", &format!("Stadt Altena {number}")));
    }
    let mut visitor = Visitor::default();
    visitor.cookies.insert("__Host-session".to_owned(), admin.clone());
    let mut address = "/altena/verwaltung/einrichtung/verlauf".to_owned();
    let mut seen = Vec::new();
    let mut pages = 0;
    loop {
        let page = visitor.get(&server, &address).await;
        assert_eq!(page.status, 200, "{address}");
        let links = page.body.split("href=\"").skip(1).filter_map(|rest| rest.split('"').next());
        let links: Vec<String> = links.map(str::to_owned).collect();
        let versions = links.iter().filter_map(|href| href.rsplit_once("/verlauf/"));
        seen.extend(versions.filter_map(|(_, version)| version.parse::<i64>().ok()));
        pages += 1;
        let older = links.iter().find(|href| href.contains("/verlauf?ab="));
        let Some(older) = older else { break };
        address = older.clone();
    }
    let all: Vec<i64> = (1..=61).rev().collect();
    assert_eq!((pages, seen), (2, all));
    // The same at the API, in portions of its own.
    let ask = "query($newest: Int) { setUpHistory(town: \"altena\", first: 50, newest: $newest) { version } }";
    let portion = async |newest: Value| {
        let answer = server.graphql_as(Some(&admin), ask, json!({ "newest": newest })).await;
        answer["data"]["setUpHistory"].as_array().unwrap().clone()
    };
    let first = portion(Value::Null).await;
    let last = first.last().unwrap()["version"].as_i64().unwrap();
    let rest = portion(json!(last - 1)).await;
    assert_eq!((first.len(), rest.len()), (50, 11));
}
