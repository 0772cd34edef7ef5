//! Where somebody works: one person in several towns, and what a console shows of it, at the API too.

#![allow(clippy::unwrap_used)] // an answer without the asked-for value fails the test

use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde_json::{Value, json};
use system_tests::{
    citizen::{book, code, free},
    office::{Office, Server, Storage, shipped},
    on_both,
    staff::{Member, PASSWORD},
};

const MORNING: &str = "2026-11-23T08:00:00Z";
const DAY: &str = "2026-11-26";

on_both!(
    who_has_roles_in_two_towns_switches_and_is_in_each_what_that_town_says,
    those_who_run_the_platform_see_all_towns_and_others_none_of_them,
    what_leads_citizens_to_a_town_is_told_to_its_admins,
    what_can_be_taken_over_is_told_with_what_is_ours,
    who_a_closing_would_fall_on_is_told_before_it_is_made,
);

async fn office(storage: Storage) -> (Office, Server) {
    let office = Office::at(storage, &["altena", "steinfurt"], Some(MORNING)).await;
    for role in ["clerk", "admin"] {
        office.employ(role, "altena");
    }
    let server = office.serve().await;
    (office, server)
}

async fn who_has_roles_in_two_towns_switches_and_is_in_each_what_that_town_says(storage: Storage) {
    let (office, server) = office(storage).await;
    let both = ["staff", "clerk@altena.example", "steinfurt", "admin"];
    office.succeed_with_input(&both, PASSWORD);
    let own = Member::of(&server, "clerk", "altena").await;
    let me = "{ me { email towns { slug role } counties { key } runsPlatform } }";
    let expected = json!({
        "email": "clerk@altena.example",
        "towns": [{ "slug": "altena", "role": "CLERK" }, { "slug": "steinfurt", "role": "ADMIN" }],
        "counties": [],
        "runsPlatform": false,
    });
    assert_eq!(own.get(&server, me, json!({})).await, expected);
    // One session, and each town for itself.
    for (town, expected) in
        [("altena", "FORBIDDEN"), ("steinfurt", "none"), ("altena", "FORBIDDEN")]
    {
        let staff = format!("{{ staff(town: \"{town}\") {{ email }} }}");
        assert_eq!(code(&own.ask(&server, &staff, json!({})).await), expected, "{town}");
    }
    let mut visitor = own.at_a_browser();
    let choice = visitor.get(&server, "/verwaltung").await;
    for town in ["altena", "steinfurt"] {
        assert!(choice.body.contains(&format!("href=\"/{town}/verwaltung\"")), "{}", choice.body);
    }
    let pages = [("altena", 403), ("steinfurt", 200), ("altena", 403)];
    for (town, expected) in pages {
        let day = visitor.get(&server, &format!("/{town}/verwaltung/tag")).await;
        assert_eq!(day.status, 200, "{town}");
        assert!(day.body.contains("href=\"/verwaltung\""), "a way to the other: {}", day.body);
        let setup = visitor.get(&server, &format!("/{town}/verwaltung/einrichtung")).await;
        assert_eq!(setup.status, expected, "{town}");
    }
    // What one town takes back the other keeps.
    let admin = Member::of(&server, "admin", "altena").await;
    let members =
        admin.get(&server, "{ staff(town: \"altena\") { account email } }", json!({})).await;
    let clerk =
        members.as_array().unwrap().iter().find(|own| own["email"] == "clerk@altena.example");
    let remove = "mutation($account: UUID!) { changeStaff(town: \"altena\", account: $account) }";
    admin.get(&server, remove, json!({ "account": clerk.unwrap()["account"] })).await;
    let left = own.get(&server, "{ me { towns { slug } } }", json!({})).await;
    assert_eq!(left["towns"], json!([{ "slug": "steinfurt" }]));
    assert_eq!(visitor.get(&server, "/altena/verwaltung/tag").await.status, 403);
    // The only town is opened at once.
    let onward = visitor.get(&server, "/verwaltung").await;
    assert_eq!((onward.status, onward.location.as_str()), (303, "/steinfurt/verwaltung"));
}

async fn those_who_run_the_platform_see_all_towns_and_others_none_of_them(storage: Storage) {
    let (office, server) = office(storage).await;
    office.import(&shipped("luenen").replace("status = \"live\"", "status = \"suspended\""));
    office.succeed_with_input(&["operator", "operator@altena.example"], PASSWORD);
    office
        .succeed_with_input(&["operator", "county@altena.example", "--county", "05566"], PASSWORD);
    let towns = "{ platformTowns { slug status } }";
    let operator = Member::of(&server, "operator", "altena").await;
    let expected = json!([
        { "slug": "altena", "status": "live" },
        { "slug": "luenen", "status": "suspended" },
        { "slug": "steinfurt", "status": "live" },
    ]);
    // Another process has added one.
    tokio::time::sleep(std::time::Duration::from_millis(1_100)).await;
    assert_eq!(operator.get(&server, towns, json!({})).await, expected);
    let county = Member::of(&server, "county", "altena").await;
    assert_eq!(code(&county.ask(&server, towns, json!({})).await), "FORBIDDEN");
    let me = "{ me { towns { slug } counties { key name } runsPlatform } }";
    let own = json!({
        "towns": [],
        "counties": [{ "key": "05566", "name": "Kreis Steinfurt" }],
        "runsPlatform": false,
    });
    assert_eq!(county.get(&server, me, json!({})).await, own);
    assert_eq!(code(&server.graphql(me, json!({})).await), "SIGN_IN");
}

async fn what_leads_citizens_to_a_town_is_told_to_its_admins(storage: Storage) {
    let (office, server) = office(storage).await;
    let admin = Member::of(&server, "admin", "altena").await;
    let ask =
        "{ embedding(town: \"altena\") { link frame qrSvg qrPng services { service href } } }";
    let before = admin.get(&server, ask, json!({})).await;
    let link = before["link"].as_str().unwrap();
    assert!(link.ends_with("/altena"), "{link}");
    assert_eq!(before["frame"], Value::Null);
    assert!(before["qrSvg"].as_str().unwrap().contains("<svg"));
    let png = STANDARD.decode(before["qrPng"].as_str().unwrap()).unwrap();
    assert!(png.starts_with(b"\x89PNG"));
    let deep =
        json!({ "service": "personalausweis", "href": format!("{link}/anliegen/personalausweis") });
    assert!(before["services"].as_array().unwrap().contains(&deep), "{before}");
    let mut visitor = admin.at_a_browser();
    let page = visitor.get(&server, "/altena/verwaltung/einrichtung/einbinden").await;
    assert!(page.body.contains(&format!("{link}/anliegen/personalausweis")), "{}", page.body);
    let file = shipped("altena");
    let embed = "hold_minutes = 10\nembed = [\"https://www.altena.example\"]";
    office.change(&file.replace("hold_minutes = 10", embed)).await;
    let after = admin.get(&server, "{ embedding(town: \"altena\") { frame } }", json!({})).await;
    let frame = after["frame"].as_str().unwrap();
    assert!(frame.starts_with(&format!("<iframe src=\"{link}\" ")), "{frame}");
}

async fn what_can_be_taken_over_is_told_with_what_is_ours(storage: Storage) {
    let (_office, server) = office(storage).await;
    let admin = Member::of(&server, "admin", "altena").await;
    let ask = "query($from: String!) { offeredServices(town: \"altena\", from: $from) { slug name category duration isOurs } }";
    let shipped = admin.get(&server, ask, json!({ "from": "catalogue" })).await;
    let shipped = shipped.as_array().unwrap();
    assert!(shipped.len() >= 20, "{shipped:?}");
    let find = |slug: &str| shipped.iter().find(|own| own["slug"] == slug).unwrap();
    assert_eq!(find("personalausweis")["isOurs"], true);
    let new = shipped.iter().find(|own| own["isOurs"] == false).unwrap();
    assert!(!new["category"].as_str().unwrap().is_empty(), "{new}");
    // What is told can be taken.
    let version = admin.get(&server, "{ townFile(town: \"altena\") { version } }", json!({})).await;
    let take = "mutation($version: Int!, $services: [String!]!) { takeServices(town: \"altena\", version: $version, from: \"catalogue\", services: $services) }";
    let wanted = json!({ "version": version["version"], "services": [new["slug"]] });
    assert!(admin.get(&server, take, wanted).await.is_i64());
    let again = admin.get(&server, ask, json!({ "from": "catalogue" })).await;
    let taken = again.as_array().unwrap().iter().find(|own| own["slug"] == new["slug"]).unwrap();
    assert_eq!(taken["isOurs"], true);
    let neighbour = admin.get(&server, ask, json!({ "from": "steinfurt" })).await;
    assert!(!neighbour.as_array().unwrap().is_empty());
    let nobody = admin.ask(&server, ask, json!({ "from": "nirgendwo" })).await;
    assert_eq!(code(&nobody), "UNKNOWN_TOWN");
}

async fn who_a_closing_would_fall_on_is_told_before_it_is_made(storage: Storage) {
    let (_office, server) = office(storage).await;
    let basket = json!([{ "service": "personalausweis" }]);
    let found = free(&server, "altena", basket.clone(), DAY, DAY).await;
    let (location, starts) = (&found["days"][0]["location"], &found["days"][0]["starts"]);
    let booked =
        book(&server, "altena", &basket, (location, &starts[0]), "whom-a-closing-falls-on").await;
    let own = &booked["data"]["bookAppointment"]["appointment"]["code"];
    let clerk = Member::of(&server, "clerk", "altena").await;
    let ask = "query($location: UUID!, $to: NaiveDate!) { affectedByClosure(town: \"altena\", location: $location,
        closure: { from: \"2026-11-26\", to: $to }) { code status } }";
    let asked = json!({ "location": location, "to": DAY });
    let affected = clerk.get(&server, ask, asked).await;
    assert_eq!(affected, json!([{ "code": own, "status": "BOOKED" }]));
    let backwards = json!({ "location": location, "to": "2026-11-25" });
    assert_ne!(code(&clerk.ask(&server, ask, backwards).await), "none");
    // It was a look: everything is free as before.
    let after = free(&server, "altena", basket, DAY, DAY).await;
    assert!(!after["days"][0]["starts"].as_array().unwrap().is_empty());
}
