//! Every page of the console, and every form, with everybody: the roles of a town, those who run a
//! county or the platform, nobody; in one's own town and in the wrong one. The list is the router's
//! own, so a new page cannot be forgotten.

use reqwest::{StatusCode, header};
use serde_json::json;
use system_tests::{
    office::{Office, Server, Storage},
    staff::{Member, PASSWORD},
    visitor::{Visitor, field},
};

const MORNING: &str = "2026-11-23T08:00:00Z";

/// Who comes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Person {
    Nobody,
    /// Compares the towns of the Kreis Steinfurt.
    County,
    Platform,
    Reader,
    Clerk,
    /// A clerk whose role is limited to a location: their pages are a clerk's.
    ClerkOfALocation,
    /// The same with a department.
    ClerkOfADepartment,
    Admin,
}

const EVERYBODY: [Person; 8] = [
    Person::Nobody,
    Person::County,
    Person::Platform,
    Person::Reader,
    Person::Clerk,
    Person::ClerkOfALocation,
    Person::ClerkOfADepartment,
    Person::Admin,
];

/// A line of `amtstermin pages`.
#[derive(Debug)]
struct Page {
    method: String,
    path: String,
    whom: String,
}

impl Page {
    fn all(office: &Office) -> Vec<Self> {
        let listed = office.succeed(&["pages"]);
        let pages: Vec<Self> = listed.lines().map(Self::read).collect();
        assert!(pages.len() > 70, "{listed}");
        pages
    }

    fn read(line: &str) -> Self {
        let mut words = line.split(' ').map(str::to_owned);
        let mut next = || words.next().unwrap_or_else(|| panic!("{line}"));
        Self { method: next(), path: next(), whom: next() }
    }

    /// Its address in a town; with every value that its other parts are tried with.
    fn addresses(&self, town: &str) -> Vec<String> {
        let path = self.path.replace("{town}", town);
        let Some((before, rest)) = path.split_once('{') else { return vec![path] };
        let (name, after) = rest.split_once('}').unwrap_or_else(|| panic!("{path}"));
        let values: &[&str] = match name {
            "*part" => &["stadt", "neues-anliegen", "mails/reminder", "absender"],
            "id" | "account" => &["01890000-0000-7000-8000-000000000000"],
            "version" => &["1"],
            "link" => &["none"],
            // Nobody suspends the town in which the others work.
            "slug" => &["nirgendwo"],
            "key" => &["05566"],
            other => panic!("{path}: the matrix needs values for {other}"),
        };
        values.iter().map(|value| format!("{before}{value}{after}")).collect()
    }

    /// Whether it opens for somebody, in their own town or county.
    fn opens_for(&self, person: Person) -> bool {
        match self.whom.as_str() {
            "anybody" => true,
            "account" => person != Person::Nobody,
            "reader" => person >= Person::Reader,
            "clerk" => person >= Person::Clerk,
            "admin" => person >= Person::Admin,
            "county" => matches!(person, Person::County | Person::Platform),
            "platform" => person == Person::Platform,
            other => panic!("{self:?}: the matrix does not know {other}"),
        }
    }

    /// Whether it belongs to a town's staff.
    fn is_of_a_town(&self) -> bool {
        matches!(self.whom.as_str(), "reader" | "clerk" | "admin")
    }
}

/// Somebody at a browser, with the token that their forms carry.
struct Visit {
    visitor: Visitor,
    token: String,
}

impl Visit {
    async fn of(server: &Server, person: Person) -> Self {
        let name = match person {
            Person::Nobody => {
                return Self { visitor: Visitor::default(), token: String::new() };
            }
            Person::County => "county",
            Person::Platform => "platform",
            Person::Reader => "reader",
            Person::Clerk => "clerk",
            Person::ClerkOfALocation => "location",
            Person::ClerkOfADepartment => "department",
            Person::Admin => "admin",
        };
        let mut visitor = Member::of(server, name, "steinfurt").await.at_a_browser();
        let account = visitor.get(server, "/konto").await;
        let token = field(&account.body, "formular").to_owned();
        Self { visitor, token }
    }

    /// Opens the page, or sends its form as good as empty but for the token: what is refused then is
    /// refused for the role.
    async fn ask(&self, server: &Server, page: &Page, address: &str) -> (StatusCode, String) {
        self.ask_with(server, page, address, &self.token, &[]).await
    }

    async fn ask_with(
        &self,
        server: &Server,
        page: &Page,
        address: &str,
        token: &str,
        headers: &[(&str, &str)],
    ) -> (StatusCode, String) {
        let url = format!("{}{address}", server.url);
        let client = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none());
        let client = client.build().expect("a client");
        let request = match page.method.as_str() {
            "GET" => client.get(url),
            // Without a role an invitation would be refused to everybody.
            "POST" => client.post(url).form(&[("formular", token), ("rolle", "reader")]),
            other => panic!("{page:?}: the matrix does not send {other}"),
        };
        let cookies = self.visitor.cookies.iter().map(|(name, value)| format!("{name}={value}"));
        let request = request.header(header::COOKIE, cookies.collect::<String>());
        let request =
            headers.iter().fold(request, |request, (name, value)| request.header(*name, *value));
        let answer = request.send().await.expect("an answer");
        let onward = answer.headers().get(header::LOCATION);
        let onward = onward.and_then(|value| value.to_str().ok()).unwrap_or_default().to_owned();
        (answer.status(), onward)
    }
}

async fn office() -> (Office, Server) {
    let office = Office::at(Storage::Sqlite, &["steinfurt", "altena"], Some(MORNING)).await;
    for role in ["reader", "clerk", "admin"] {
        office.employ(role, "steinfurt");
    }
    for name in ["location", "department"] {
        let email = format!("{name}@steinfurt.example");
        office.succeed_with_input(&["staff", &email, "steinfurt", "clerk"], PASSWORD);
    }
    let operator = ["operator", "county@steinfurt.example", "--county", "05566"];
    office.succeed_with_input(&operator, PASSWORD);
    office.succeed_with_input(&["operator", "platform@steinfurt.example"], PASSWORD);
    let server = office.serve().await;
    limit(&server).await;
    (office, server)
}

/// Invites clerks whose roles are limited.
async fn limit(server: &Server) {
    let admin = Member::of(server, "admin", "steinfurt").await;
    let town = "{ town(town: \"steinfurt\") { locations { id } departments { slug } } }";
    let town = admin.get(server, town, json!({})).await;
    let staff =
        admin.get(server, "{ staff(town: \"steinfurt\") { account email } }", json!({})).await;
    let change = "mutation($account: UUID!, $locations: [UUID!], $departments: [String!]) { changeStaff(town: \"steinfurt\",
        account: $account, role: CLERK, locations: $locations, departments: $departments) }";
    for (name, limits) in [
        ("location", json!({ "locations": [town["locations"][0]["id"]] })),
        ("department", json!({ "departments": [town["departments"][0]["slug"]] })),
    ] {
        let email = format!("{name}@steinfurt.example");
        let members = staff.as_array().expect("members");
        let member = members.iter().find(|own| own["email"] == email.as_str());
        let mut asked = limits;
        asked["account"] = member.expect("a member")["account"].clone();
        admin.get(server, change, asked).await;
    }
}

#[tokio::test]
async fn every_page_and_every_form_opens_for_those_only_whom_it_is_for() {
    let (office, server) = office().await;
    let pages = Page::all(&office);
    for person in EVERYBODY {
        let visit = Visit::of(&server, person).await;
        for page in &pages {
            // The one ends the session, and who has none has no token for it either; at the other not
            // even an admin changes who is no member.
            if matches!(page.path.as_str(), "/abmelden" | "/{town}/verwaltung/personal/{account}")
                && page.opens_for(person)
            {
                continue;
            }
            for address in page.addresses("steinfurt") {
                let (status, onward) = visit.ask(&server, page, &address).await;
                let what = format!("{} {address} as {person:?}: {status}", page.method);
                if page.opens_for(person) {
                    assert!(status != StatusCode::FORBIDDEN && status.as_u16() < 500, "{what}");
                    let is_sent_away = onward.starts_with("/anmelden?weiter=");
                    assert!(page.whom == "anybody" || !is_sent_away, "{what}: {onward}");
                    // What stands at every address that is tried without an identity.
                    let is_there = !is_sent_away && !address.contains("/0189");
                    if page.method == "GET" && page.whom != "anybody" && is_there {
                        assert_ne!(status, StatusCode::NOT_FOUND, "{what}");
                    }
                } else if person == Person::Nobody {
                    assert_eq!(status, StatusCode::SEE_OTHER, "{what}");
                    assert!(onward.starts_with("/anmelden?weiter="), "{what}: {onward}");
                } else {
                    assert_eq!(status, StatusCode::FORBIDDEN, "{what}");
                }
            }
        }
    }
}

#[tokio::test]
async fn in_the_wrong_town_and_the_wrong_county_nothing_opens_for_anybody() {
    let (office, server) = office().await;
    let pages = Page::all(&office);
    for person in EVERYBODY.into_iter().filter(|person| *person != Person::Nobody) {
        let visit = Visit::of(&server, person).await;
        for page in pages.iter().filter(|page| page.is_of_a_town()) {
            for address in page.addresses("altena") {
                let (status, _) = visit.ask(&server, page, &address).await;
                assert_eq!(status, StatusCode::FORBIDDEN, "{page:?} as {person:?}");
            }
        }
        for page in pages.iter().filter(|page| page.whom == "county") {
            let address = page.addresses("altena")[0].replace("05566", "05962");
            let (status, _) = visit.ask(&server, page, &address).await;
            let opens = person == Person::Platform;
            assert_eq!(status != StatusCode::FORBIDDEN, opens, "{page:?} as {person:?}");
        }
    }
}

#[tokio::test]
async fn every_form_is_refused_without_its_token_and_from_another_site() {
    let (office, server) = office().await;
    let forms = Page::all(&office).into_iter().filter(|page| page.method == "POST");
    let [platform, admin] = [Person::Platform, Person::Admin];
    let (operator, member) = (Visit::of(&server, platform).await, Visit::of(&server, admin).await);
    for form in forms {
        let visit = if form.opens_for(admin) { &member } else { &operator };
        for address in form.addresses("steinfurt") {
            let foreign = [("sec-fetch-site", "cross-site")];
            let (status, _) =
                visit.ask_with(&server, &form, &address, &visit.token, &foreign).await;
            assert_eq!(status, StatusCode::FORBIDDEN, "{address} from another site");
            // Before anybody is signed in there is no session whose token a form could carry.
            if form.whom == "anybody" && form.path != "/abmelden" {
                continue;
            }
            for token in ["", "another"] {
                let (status, _) = visit.ask_with(&server, &form, &address, token, &[]).await;
                assert_eq!(status, StatusCode::FORBIDDEN, "{address} with {token:?} for a token");
            }
        }
    }
}
