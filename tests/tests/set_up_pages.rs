//! The forms of the set-up under bad input: each mistake is told at its field, with what is expected,
//! and nothing typed is lost. Going live, and the frame for the town's own web site.

#![allow(clippy::unwrap_used)] // an answer without the asked-for value fails the test

use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde_json::json;
use system_tests::{
    citizen::{book, free},
    office::{Office, Server, Storage},
    staff::{Member, PASSWORD},
    visitor::{Answered, Visitor, field, plain},
};

const ROOM: &str = "/altena/verwaltung/einrichtung";

/// A part, what is typed into it, the field that is wrong, and what is expected there.
type Case<'a> = (&'a str, &'a [(&'a str, &'a str)], &'a str, &'a str);

/// Altena's admin at a browser.
async fn altena() -> (Office, Server, Visitor) {
    let office = Office::at(Storage::Sqlite, &["altena"], Some("2026-11-23T08:00:00Z")).await;
    office.employ("admin", "altena");
    let server = office.serve().await;
    let visitor = Member::of(&server, "admin", "altena").await.at_a_browser();
    (office, server, visitor)
}

/// Sends a part's form as it is shown, with some fields changed.
async fn send(
    visitor: &mut Visitor,
    server: &Server,
    part: &str,
    changes: &[(&str, &str)],
) -> Answered {
    let path = format!("{ROOM}/teil/{part}");
    let page = visitor.get(server, &path).await.body;
    let mut form = fields(&page);
    for (name, value) in changes {
        form.retain(|(own, _)| own != name);
        form.push(((*name).to_owned(), (*value).to_owned()));
    }
    let form: Vec<(&str, &str)> =
        form.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    visitor.post(server, &path, &form).await
}

/// Name and value of what a browser would send of the page's form.
fn fields(page: &str) -> Vec<(String, String)> {
    let form = page.split("<form class=\"fields").nth(1).unwrap().split("</form>").next().unwrap();
    let value_of = |tag: &str, name: &str| {
        let (_, rest) = tag.split_once(&format!(" {name}=\""))?;
        Some(plain(rest.split('"').next()?))
    };
    let mut select = None;
    let mut all = Vec::new();
    for tag in form.split('<').skip(1) {
        let (head, text) = tag.split_once('>').unwrap_or((tag, ""));
        let name = value_of(head, "name");
        let is_box = head.contains("type=\"checkbox\"") || head.contains("type=\"file\"");
        match head.split_whitespace().next().unwrap_or_default() {
            "input" if is_box && !head.contains(" checked") => {}
            "input" => all.extend(name.zip(value_of(head, "value").or(Some(String::new())))),
            "textarea" => all.extend(name.zip(Some(plain(text)))),
            "select" => select = name,
            "option" if head.contains(" selected") => {
                all.extend(select.clone().zip(value_of(head, "value")));
            }
            _ => {}
        }
    }
    all
}

#[tokio::test]
async fn a_mistake_is_told_at_its_field_and_nothing_typed_is_lost() {
    let (_office, server, mut visitor) = altena().await;
    let huge = format!("<svg>{}</svg>", "<g/>".repeat(9000));
    let cases: [Case<'_>; 8] = [
        (
            "anliegen/personalausweis",
            &[("duration", "0"), ("name.de", "Ausweis, neu benannt")],
            "duration",
            "erwartet werden 1 bis 480 Minuten",
        ),
        (
            "standorte/rathaus/zeiten",
            &[
                ("mon[1].from", "12:00"),
                ("mon[1].to", "08:30"),
                ("sat[1].from", "09:00"),
                ("sat[1].to", "11:00"),
            ],
            "mon[1].to",
            "erwartet wird eine Uhrzeit nach dem Beginn",
        ),
        (
            "aussehen",
            &[("branding.color", "#ffd700")],
            "branding.color",
            "Kontrast von mindestens 4,5:1 hat, etwa #8b7500",
        ),
        (
            "aussehen",
            &[("branding.logo_svg", "<svg onload=alert(1)></svg>"), ("branding.color", "#00594f")],
            "branding.logo_svg",
            "erwartet wird SVG ohne Skripte",
        ),
        (
            "aussehen",
            &[("branding.logo_svg", &huge), ("branding.color", "#00594f")],
            "branding.logo_svg",
            "erwartet werden höchstens 32 KB",
        ),
        (
            "stadt",
            &[("ags", "99000000"), ("name", "Stadt Altena an der Lenne")],
            "ags",
            "erwartet wird der Schlüssel einer Stadt in diesem Land; er beginnt dort mit 05",
        ),
        (
            "schliessungen",
            &[("closure[1].reason.de", "Rosenmontag")],
            "closure[1].from",
            "fehlt noch",
        ),
        ("gruppen", &[("category[4].name.en", "Dogs")], "category[4].name.de", "fehlt noch"),
    ];
    for (part, changes, wrong, expected) in cases {
        let answer = send(&mut visitor, &server, part, changes).await;
        assert_eq!(answer.status, 422, "{part}: {}", answer.body);
        let (_, behind) = answer.body.split_once(&format!("id=\"{wrong}-error\"")).unwrap();
        assert!(behind[..400].contains(expected), "{part}: {}", &behind[..400]);
        let kept = fields(&answer.body);
        for (name, value) in changes {
            let own = kept.iter().find(|(own, _)| own == name);
            assert_eq!(own.map(|(_, own)| own.as_str()), Some(*value), "{part}: {name}");
        }
        let again = visitor.get(&server, &format!("{ROOM}/verlauf")).await.body;
        assert_eq!(again.matches("einrichtung/verlauf/").count(), 1, "nothing is saved: {part}");
    }
}

#[tokio::test]
async fn a_file_that_is_too_large_is_told_so_at_its_field_and_what_was_typed_is_kept() {
    let (_office, server, mut visitor) = altena().await;
    let path = format!("{ROOM}/teil/aussehen");
    let page = visitor.get(&server, &path).await.body;
    let mut form = fields(&page);
    form.retain(|(name, _)| name != "branding.color");
    form.push(("branding.color".to_owned(), "#8a1538".to_owned()));
    let form: Vec<_> = form.iter().map(|(name, own)| (name.as_str(), own.as_str())).collect();
    for megabytes in [5, 9, 30] {
        let file = vec![7; megabytes << 20];
        let answer = visitor.post_file(&server, &path, &form, ("datei", &file)).await;
        assert_eq!(answer.status, 422, "{megabytes} MB: {}", answer.body);
        let (_, behind) = answer.body.split_once("id=\"branding.logo-error\"").unwrap();
        let expected = if megabytes < 8 { "erwartet w" } else { "höchstens 4 MB" };
        assert!(behind[..400].contains(expected), "{megabytes} MB: {}", &behind[..400]);
        assert!(answer.body.contains("value=\"#8a1538\""), "{}", answer.body);
    }
}

#[tokio::test]
async fn texts_in_a_language_that_is_switched_off_are_there_when_it_is_switched_on_again() {
    let (_office, server, mut visitor) = altena().await;
    let service = "anliegen/personalausweis";
    let english = async |visitor: &mut Visitor| {
        let shown = fields(&visitor.get(&server, &format!("{ROOM}/teil/{service}")).await.body);
        let of = |name: &str| shown.iter().find(|(own, _)| own == name).map(|own| own.1.clone());
        [of("name.en"), of("documents[1].name.en"), of("fees[2].label.en")]
    };
    let before = english(&mut visitor).await;
    assert!(before.iter().all(|own| own.as_ref().is_some_and(|own| !own.is_empty())), "{before:?}");
    assert_eq!(send(&mut visitor, &server, "stadt", &[("locales", "")]).await.status, 303);
    assert_eq!(english(&mut visitor).await, [None, None, None]);
    let renamed = [("name.de", "Ausweis"), ("documents[1].name.de", "Alter Ausweis")];
    assert_eq!(send(&mut visitor, &server, service, &renamed).await.status, 303);
    assert_eq!(send(&mut visitor, &server, "stadt", &[("locales", "en")]).await.status, 303);
    assert_eq!(english(&mut visitor).await, before);
}

/// A form as it was shown, with some fields changed.
fn changed(shown: &[(String, String)], changes: &[(&str, &str)]) -> Vec<(String, String)> {
    let is_changed = |own: &str| changes.iter().any(|(name, _)| *name == own);
    let kept = shown.iter().filter(|(name, _)| !is_changed(name)).cloned();
    let new = changes.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
    kept.chain(new).collect()
}

async fn post(
    visitor: &mut Visitor,
    server: &Server,
    part: &str,
    form: &[(String, String)],
) -> Answered {
    let form: Vec<(&str, &str)> =
        form.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    visitor.post(server, &format!("{ROOM}/teil/{part}"), &form).await
}

#[tokio::test]
async fn of_two_admins_at_one_form_the_second_is_told_and_overwrites_nothing() {
    let (_office, server, mut visitor) = altena().await;
    let part = "standorte/rathaus";
    let path = format!("{ROOM}/teil/{part}");
    let shown = fields(&visitor.get(&server, &path).await.body);
    // The first takes a counter away, renames one and adds one; the second has the form open.
    let first = [
        ("counter[2].remove", "1"),
        ("counter[1].name", "Schnellschalter"),
        ("counter[4].name", "Trauzimmer"),
    ];
    assert_eq!(post(&mut visitor, &server, part, &changed(&shown, &first)).await.status, 303);
    let second = [
        ("counter[1].name", "Empfang"),
        ("counter[2].name", "Platz am Fenster"),
        ("counter[4].name", "Ausgabe"),
        ("city", "Altena-Dahle"),
    ];
    let told = post(&mut visitor, &server, part, &changed(&shown, &second)).await;
    assert_eq!(told.status, 409, "{}", told.body);
    for expected in [
        "Jemand anders hat die Einrichtung inzwischen geändert",
        "Jemand anders hat hier inzwischen eingetragen: Schnellschalter",
        "Ihre Eingabe war: Name: Platz am Fenster",
    ] {
        assert!(told.body.contains(expected), "{expected}: {}", told.body);
    }
    let names = async |visitor: &mut Visitor| {
        let shown = fields(&visitor.get(&server, &path).await.body);
        let is_name = |name: &str| name.starts_with("counter[") && name.ends_with("].name");
        let names = shown.into_iter().filter(|(name, value)| is_name(name) && !value.is_empty());
        names.map(|(_, value)| value).collect::<Vec<_>>()
    };
    assert_eq!(names(&mut visitor).await, ["Schnellschalter", "Platz 3 (halbtags)", "Trauzimmer"]);
    let again = post(&mut visitor, &server, part, &fields(&told.body)).await;
    assert_eq!(again.status, 303, "{}", again.body);
    assert_eq!(
        names(&mut visitor).await,
        ["Empfang", "Platz 3 (halbtags)", "Trauzimmer", "Ausgabe"]
    );
}

#[tokio::test]
async fn whoever_changes_what_a_colleague_has_removed_is_told_and_loses_nothing() {
    let (_office, server, mut visitor) = altena().await;
    let part = "anliegen/fuehrungszeugnis";
    let shown = fields(&visitor.get(&server, &format!("{ROOM}/teil/{part}")).await.body);
    let removed = changed(&shown, &[("tun", "entfernen")]);
    assert_eq!(post(&mut visitor, &server, part, &removed).await.status, 303);
    let told = post(&mut visitor, &server, part, &changed(&shown, &[("duration", "23")])).await;
    assert_eq!(told.status, 409, "{}", told.body);
    assert!(told.body.contains("gibt es nicht mehr"), "{}", told.body);
    let kept = fields(&told.body);
    assert!(kept.contains(&("duration".to_owned(), "23".to_owned())));
    // Sending it again does not bring the service back.
    assert_eq!(post(&mut visitor, &server, part, &kept).await.status, 409);
}

/// The values of the boxes of a name that are ticked.
fn ticked(page: &str, name: &str) -> Vec<String> {
    let boxes = page.split('<').filter(|tag| tag.contains("type=\"checkbox\""));
    let own = boxes.filter(|tag| tag.contains(&format!("name=\"{name}\"")));
    let own = own.filter(|tag| tag.contains(" checked"));
    own.map(|tag| field(tag, name).to_owned()).collect()
}

#[tokio::test]
async fn what_was_ticked_stays_ticked_when_taking_over_is_refused() {
    let (_office, server, mut visitor) = altena().await;
    let path = format!("{ROOM}/uebernehmen?von=catalogue");
    let page = visitor.get(&server, &path).await.body;
    assert!(ticked(&page, "anliegen").len() > 5 && ticked(&page, "schalter").len() == 3);
    let (token, version) = (field(&page, "formular"), field(&page, "version"));
    for (version, chosen, status) in [(version, &[][..], 422), ("0", &["eheschliessung"], 409)] {
        let mut form = vec![("formular", token), ("version", version), ("von", "catalogue")];
        form.push(("schalter", "rathaus/platz-2"));
        form.extend(chosen.iter().map(|own| ("anliegen", *own)));
        let refused = visitor.post(&server, &path, &form).await;
        assert_eq!(refused.status, status, "{}", refused.body);
        assert_eq!(ticked(&refused.body, "anliegen"), chosen);
        assert_eq!(ticked(&refused.body, "schalter"), ["rathaus/platz-2"]);
    }
}

#[tokio::test]
async fn of_the_county_s_changes_those_stay_ticked_that_were_when_taking_them_is_refused() {
    let (office, server, mut visitor) = altena().await;
    office.succeed_with_input(&["operator", "kreis@05962.example", "--county", "05962"], PASSWORD);
    let sign_in =
        format!("mutation {{ signIn(email: \"kreis@05962.example\", password: \"{PASSWORD}\") }}");
    let county = server.graphql(&sign_in, json!({})).await["data"]["signIn"].clone();
    let publish = async |version: i64, minutes: u16| {
        let file = format!(
            "format = 1\n[[department]]\nslug = \"amt\"\nname = \"Amt\"\n[[category]]\nslug = \"gruppe\"\nname = \"Gruppe\"\n[[service]]\nslug = \"hund\"\ndepartment = \"amt\"\ncategory = \"gruppe\"\nname = \"Hund\"\nduration = {minutes}\nextra = {minutes}\n"
        );
        let document = "mutation($version: Int!, $file: String!) { publishCountyTemplate(county: \"05962\", version: $version, file: $file) }";
        let asked = json!({ "version": version, "file": file });
        let answer = server.graphql_as(county.as_str(), document, asked).await;
        assert!(answer["errors"].is_null(), "{answer}");
    };
    publish(0, 10).await;
    let path = format!("{ROOM}/uebernehmen?von=county");
    let page = visitor.get(&server, &path).await.body;
    let form = [
        ("formular", field(&page, "formular")),
        ("version", field(&page, "version")),
        ("von", "county"),
        ("anliegen", "hund"),
        ("schalter", "rathaus/platz-1"),
    ];
    assert_eq!(visitor.post(&server, &path, &form).await.status, 303);
    publish(1, 15).await;
    let path = format!("{ROOM}/vorlage");
    let page = visitor.get(&server, &path).await.body;
    assert_eq!(ticked(&page, "nehmen"), ["hund/duration", "hund/extra"]);
    // Before it is sent, the county publishes again.
    publish(2, 20).await;
    let form = [
        ("formular", field(&page, "formular")),
        ("version", field(&page, "version")),
        ("vorlage", field(&page, "vorlage")),
        ("nehmen", "hund/extra"),
        ("tun", "uebernehmen"),
    ];
    let refused = visitor.post(&server, &path, &form).await;
    assert_eq!(refused.status, 409, "{}", refused.body);
    assert_eq!(ticked(&refused.body, "nehmen"), ["hund/extra"]);
}

#[tokio::test]
async fn a_logo_that_is_typed_as_markup_is_in_the_preview_and_never_raw() {
    let (_office, server, mut visitor) = altena().await;
    let raw = "<svg xmlns=\"http://www.w3.org/2000/svg\"><metadata>geheim</metadata><path d=\"M1 1h7\"/></svg>";
    let change = [("branding.logo_svg", raw), ("tun", "vorschau")];
    let answer = send(&mut visitor, &server, "aussehen", &change).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    let (_, frame) = answer.body.split_once(" srcdoc=\"").unwrap();
    let frame = plain(frame.split('"').next().unwrap());
    let (_, logo) = frame.split_once("src=\"data:image/svg+xml;base64,").unwrap();
    let logo = STANDARD.decode(plain(logo.split('"').next().unwrap())).unwrap();
    assert_eq!(
        String::from_utf8(logo).unwrap(),
        "<svg xmlns=\"http://www.w3.org/2000/svg\"><path d=\"M1 1h7\"></path></svg>"
    );
    assert!(!frame.contains("geheim"), "{frame}");
    // Without a new one the page is shown as its address has it.
    let answer = send(&mut visitor, &server, "aussehen", &[("tun", "vorschau")]).await;
    assert!(answer.body.contains("id=\"vorschau-seite\" src=\""), "{}", answer.body);
}

#[tokio::test]
async fn appointments_that_a_form_leaves_outside_are_cancelled_from_its_page() {
    let (office, server, mut visitor) = altena().await;
    let basket = json!([{ "service": "personalausweis" }]);
    let found = free(&server, "altena", basket.clone(), "2026-11-26", "2026-11-26").await;
    let slot = (&found["days"][0]["location"], &found["days"][0]["starts"][0]);
    book(&server, "altena", &basket, slot, "whom-the-form-leaves-outside").await;
    let change = [("thu[1].from", ""), ("thu[1].to", "")];
    let asked = send(&mut visitor, &server, "standorte/rathaus/zeiten", &change).await;
    assert_eq!(asked.status, 200);
    assert!(asked.body.contains("Termine, die dann außerhalb liegen: 1"), "{}", asked.body);
    let mut form = fields(&asked.body);
    form.retain(|(name, _)| name != "grund");
    form.push(("grund".to_owned(), "Donnerstags geschlossen".to_owned()));
    form.push(("termine".to_owned(), "absagen".to_owned()));
    let form: Vec<(&str, &str)> =
        form.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    let path = format!("{ROOM}/teil/standorte/rathaus/zeiten");
    let done = visitor.post(&server, &path, &form).await;
    assert_eq!(done.status, 303, "{}", done.body);
    assert_eq!(office.count("appointment WHERE status = 'cancelled'").await, 1);
    let mails = office.mails(2).await;
    let told = |mail: &serde_json::Value| {
        mail["text"].as_str().unwrap().contains("Donnerstags geschlossen")
    };
    assert!(mails.iter().any(told), "{mails:?}");
}

#[tokio::test]
async fn the_trial_booking_is_cancelled_from_its_page_and_nobody_else_s_is() {
    let (office, server, mut visitor) = altena().await;
    let basket = json!([{ "service": "personalausweis" }]);
    let found = free(&server, "altena", basket.clone(), "2026-11-26", "2026-11-26").await;
    let slot = (&found["days"][0]["location"], &found["days"][0]["starts"][0]);
    let citizen = "a-citizen-who-really-comes";
    let booked = book(&server, "altena", &basket, slot, citizen).await;
    let id = booked["data"]["bookAppointment"]["appointment"]["id"].as_str().unwrap().to_owned();
    let path = format!("{ROOM}/probe");
    let page = visitor.get(&server, &path).await.body;
    let token = field(&page, "formular").to_owned();
    for foreign in [id.as_str(), citizen] {
        let form = [("formular", token.as_str()), ("tun", "absagen"), ("termin", foreign)];
        assert_eq!(visitor.post(&server, &path, &form).await.status, 404, "{foreign}");
    }
    let order = [
        ("formular", token.as_str()),
        ("anliegen", "personalausweis"),
        ("email", "admin@altena.example"),
    ];
    let done = visitor.post(&server, &path, &order).await;
    assert_eq!(done.status, 303, "{}", done.body);
    let shown = visitor.get(&server, &done.location).await.body;
    let key = field(&shown, "termin").to_owned();
    let form = [("formular", token.as_str()), ("tun", "absagen"), ("termin", &key)];
    assert_eq!(visitor.post(&server, &path, &form).await.status, 303);
    assert_eq!(office.count("appointment WHERE status = 'cancelled'").await, 1);
    assert_eq!(office.count("appointment WHERE status = 'booked'").await, 1);
}

#[tokio::test]
async fn a_town_with_gaps_does_not_go_live_and_is_told_what_is_missing() {
    let (office, server, mut visitor) = altena().await;
    office.succeed_with_input(&["operator", "ops@example.org"], PASSWORD);
    let sign_in =
        format!("mutation {{ signIn(email: \"ops@example.org\", password: \"{PASSWORD}\") }}");
    let ops = server.graphql(&sign_in, json!({})).await["data"]["signIn"].clone();
    let found = "mutation { foundTown(name: \"Stadt Werdohl\", ags: \"05962060\", county: \"Märkischer Kreis\", email: \"it@werdohl.example\") }";
    server.graphql_as(ops.as_str(), found, json!({})).await;
    office.employ("admin", "werdohl");
    visitor.cookies = Member::of(&server, "admin", "werdohl").await.at_a_browser().cookies;
    let room = "/werdohl/verwaltung/einrichtung";
    let page = visitor.get(&server, room).await.body;
    let form = [("formular", field(&page, "formular")), ("version", field(&page, "version"))];
    let answer = visitor.post(&server, &format!("{room}/online"), &form).await;
    assert_eq!(answer.status, 422);
    for gap in [
        "Das Impressum fehlt.",
        "Die Datenschutzerklärung fehlt.",
        "Die Erklärung zur Barrierefreiheit fehlt.",
        "Es fehlt ein Anliegen, das an einem Schalter mit Öffnungszeiten gebucht werden kann.",
    ] {
        assert!(answer.body.contains(gap), "{gap}: {}", answer.body);
    }
    assert_eq!(server.get("/werdohl").await.0, 404);
}

#[tokio::test]
async fn a_town_that_is_founded_under_a_taken_name_is_offered_a_free_address() {
    let (office, server, mut visitor) = altena().await;
    office.succeed_with_input(&["operator", "ops@example.org"], PASSWORD);
    let entry = [("email", "ops@example.org"), ("kennwort", PASSWORD), ("weiter", "/betrieb")];
    assert_eq!(visitor.post(&server, "/anmelden", &entry).await.status, 303);
    let page = visitor.get(&server, "/betrieb").await.body;
    let token = field(&page, "formular").to_owned();
    let form = |ags: &'static str, address: &'static str| {
        [
            ("name", "Gemeinde Altena"),
            ("ags", ags),
            ("kreis", "Landkreis Harburg"),
            ("adresse", address),
            ("email", "it@altena-zwei.example"),
        ]
    };
    let send = async |visitor: &mut Visitor, form: [(&str, &str); 5]| {
        let mut form = form.to_vec();
        form.push(("formular", &token));
        visitor.post(&server, "/betrieb", &form).await
    };
    let refused = send(&mut visitor, form("99000000", "altena-zwei")).await;
    assert_eq!(refused.status, 422);
    assert!(refused.body.contains("id=\"ags-error\""), "{}", refused.body);
    let refused = send(&mut visitor, form("03353001", "")).await;
    assert_eq!(refused.status, 422);
    assert!(refused.body.contains("frei ist etwa altena-harburg"), "{}", refused.body);
    let kept = fields(&refused.body);
    assert!(kept.contains(&("name".to_owned(), "Gemeinde Altena".to_owned())), "{kept:?}");
    assert!(kept.contains(&("adresse".to_owned(), "altena-harburg".to_owned())), "{kept:?}");
    let founded = send(&mut visitor, form("03353001", "altena-harburg")).await;
    assert_eq!(founded.status, 303, "{}", founded.body);
}

#[tokio::test]
async fn the_sites_that_a_town_names_may_frame_its_pages_and_no_console() {
    let (_office, server, mut visitor) = altena().await;
    let policy = async |path: &str| {
        let answer = reqwest::get(format!("{}{path}", server.url)).await.unwrap();
        answer.headers()["content-security-policy"].to_str().unwrap().to_owned()
    };
    assert!(policy("/altena").await.contains("frame-ancestors 'none'"));
    let saved = send(&mut visitor, &server, "stadt", &[("embed", "https://www.altena.example")]);
    assert_eq!(saved.await.status, 303);
    let shown = visitor.get(&server, &format!("{ROOM}/einbinden")).await.body;
    assert!(shown.contains("&#60;iframe src=&#34;"), "{shown}");
    assert!(policy("/altena").await.contains("frame-ancestors https://www.altena.example"));
    for closed in ["/altena/verwaltung/tag", "/altena/anmelden"] {
        assert!(policy(closed).await.contains("frame-ancestors 'none'"), "{closed}");
    }
    // Under the town's own host name too, where the entrance stands at the root.
    let saved = send(&mut visitor, &server, "stadt", &[("hosts", "termine.altena.example")]);
    assert_eq!(saved.await.status, 303);
    let on_own_host = async |path: &str| {
        let asked = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).build();
        let asked = asked.unwrap().get(format!("{}{path}", server.url));
        let answer = asked.header("host", "termine.altena.example").send().await.unwrap();
        answer.headers()["content-security-policy"].to_str().unwrap().to_owned()
    };
    let framed = "frame-ancestors https://www.altena.example";
    assert!(on_own_host("/").await.contains(framed));
    for closed in ["/anmelden", "/verwaltung", "/konto", "/kennwort/vergessen", "/betrieb"] {
        assert!(on_own_host(closed).await.contains("frame-ancestors 'none'"), "{closed}");
    }
}
