//! The console as an admin finds it: its pages by their links, the forms on them by their fields.

use std::collections::BTreeSet;

use notification::notice::Town;
use reqwest::{Client, header};
use system_tests::{office::Server, staff};

/// Where the console begins.
const ROOM: &str = "/steinfurt/verwaltung";
/// Most pages that are looked at.
const PAGES: usize = 120;

/// An admin's session, and the pages with forms that links lead to.
pub struct Desk {
    client: Client,
    server: String,
    cookie: String,
    pages: Vec<String>,
}

/// What a page sends, as it stands there.
#[derive(Debug)]
struct Form {
    action: String,
    fields: Vec<(String, String)>,
}

impl Desk {
    /// Signs the admin in and looks around.
    pub async fn of(server: &Server) -> Self {
        let policy = reqwest::redirect::Policy::none();
        let client = Client::builder().redirect(policy).build().unwrap();
        let mut desk =
            Self { client, server: server.url.clone(), cookie: String::new(), pages: Vec::new() };
        let entry =
            [("email", "admin@steinfurt.example"), ("kennwort", staff::PASSWORD), ("weiter", "")];
        let answer = desk.post("/anmelden", entry).await;
        let cookie = answer.headers()[header::SET_COOKIE].to_str().unwrap();
        desk.cookie = cookie.split(';').next().unwrap().to_owned();
        desk.look_around().await;
        assert!(desk.pages.len() > 20, "{:?}", desk.pages);
        desk
    }

    /// Sends one of the forms with some fields changed; the answer is no fault.
    pub async fn try_form(
        &self,
        page: usize,
        form: usize,
        damages: &[(usize, String)],
    ) -> Result<(), String> {
        let page = &self.pages[page % self.pages.len()];
        let forms = forms(page, &self.get(page).await);
        // A form may go, such as the one that brings a town online.
        let Some(form) = forms.get(form % forms.len().max(1)) else { return Ok(()) };
        let mut fields = form.fields.clone();
        for (number, value) in damages {
            let number = number % fields.len();
            if fields[number].0 != "formular" {
                fields[number].1.clone_from(value);
            }
        }
        let status = self.post(&form.action, fields).await.status();
        if status.is_server_error() { Err(format!("{}: {status}", form.action)) } else { Ok(()) }
    }

    /// Opens a page with a value in its address; the answer is no fault.
    pub async fn try_query(&self, page: &str, name: &str, value: &str) {
        self.get(&format!("{ROOM}/{page}?{}", super::encoded([(name, value)]))).await;
    }

    async fn look_around(&mut self) {
        let mut known: BTreeSet<String> = BTreeSet::new();
        let mut next = vec![ROOM.to_owned(), format!("{ROOM}/einrichtung"), "/konto".to_owned()];
        while let Some(page) = next.pop() {
            if known.len() >= PAGES || !known.insert(page.clone()) {
                continue;
            }
            let html = self.get(&page).await;
            if !forms(&page, &html).is_empty() {
                self.pages.push(page);
            }
            let links = attributes(&html, "href").filter(|link| link.starts_with(ROOM));
            // Endless or no pages.
            let skipped = ["/puls", ".csv", ".svg", ".png", ".toml", "?"];
            next.extend(links.filter(|link| !skipped.iter().any(|part| link.contains(part))));
        }
    }

    async fn get(&self, path: &str) -> String {
        let request = self.client.get(format!("{}{path}", self.server));
        let answer = request.header(header::COOKIE, &self.cookie).send().await.unwrap();
        assert!(!answer.status().is_server_error(), "{path}: {}", answer.status());
        answer.text().await.unwrap()
    }

    async fn post(
        &self,
        path: &str,
        fields: impl IntoIterator<Item = (impl AsRef<str>, impl AsRef<str>)>,
    ) -> reqwest::Response {
        self.client
            .post(format!("{}{path}", self.server))
            .header(header::COOKIE, &self.cookie)
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .body(super::encoded(fields))
            .send()
            .await
            .unwrap()
    }
}

/// A town that mails come from.
pub fn sender() -> Town {
    Town {
        name: "Stadt Übung".to_owned(),
        email: "buergerbuero@uebung.example".to_owned(),
        phone: None,
        from: None,
        color: "#004b76".to_owned(),
        link: "https://termine.example/uebung".to_owned(),
    }
}

/// The forms of a page that are posted and do not end the session.
fn forms(page: &str, html: &str) -> Vec<Form> {
    let parts = html.split("<form").skip(1).filter_map(|part| part.split("</form>").next());
    let posted = parts.filter(|part| part.contains("method=\"post\""));
    let form = |part: &str| {
        let head = part.split('>').next().unwrap_or_default();
        let action = attributes(head, "action").next().filter(|own| !own.is_empty());
        let action = action.unwrap_or_else(|| page.to_owned());
        Form { action, fields: fields(part) }
    };
    posted.map(form).filter(|form| form.action != "/abmelden" && !form.fields.is_empty()).collect()
}

/// Name and value of each field; of a choice, the first.
fn fields(form: &str) -> Vec<(String, String)> {
    let tags = form.split('<').filter(|tag| tag.contains("name=\""));
    let field = |tag: &str| {
        let (head, text) = tag.split_once('>').unwrap_or((tag, ""));
        let name = attributes(head, "name").next()?;
        let value = attributes(head, "value").next();
        Some((name, value.unwrap_or_else(|| plain(text))))
    };
    tags.filter_map(field).collect()
}

fn attributes(html: &str, name: &str) -> impl Iterator<Item = String> {
    let pattern = format!(" {name}=\"");
    let values: Vec<String> =
        html.split(&pattern).skip(1).filter_map(|rest| rest.split('"').next()).map(plain).collect();
    values.into_iter()
}

fn plain(html: &str) -> String {
    let signs = [
        ("&#60;", "<"),
        ("&#62;", ">"),
        ("&#34;", "\""),
        ("&#39;", "'"),
        ("&#38;", "&"),
        ("&amp;", "&"),
    ];
    signs.iter().fold(html.to_owned(), |text, (coded, sign)| text.replace(coded, sign))
}
