//! A browser without a window: keeps cookies, follows no redirect by itself.

use std::collections::BTreeMap;

use reqwest::{Client, Method, RequestBuilder, Response, header, redirect::Policy};

use crate::office::Server;

/// Somebody at a browser.
#[derive(Clone, Debug)]
pub struct Visitor {
    client: Client,
    /// The cookies that it holds, by name.
    pub cookies: BTreeMap<String, String>,
    /// The host name that it visits, where that is a town's own.
    pub host: Option<String>,
}

/// What was answered.
#[derive(Clone, Debug)]
pub struct Answered {
    /// Status.
    pub status: u16,
    /// Where it leads, for a redirect.
    pub location: String,
    /// The page.
    pub body: String,
}

impl Default for Visitor {
    fn default() -> Self {
        let client = Client::builder().redirect(Policy::none()).build().expect("a client");
        Self { client, cookies: BTreeMap::new(), host: None }
    }
}

impl Visitor {
    /// Opens an address: a path of the server's, or a whole one of somebody else's, which gets no
    /// cookie of ours.
    pub async fn get(&mut self, server: &Server, address: &str) -> Answered {
        let request = self.request(Method::GET, server, address);
        self.take(request.send().await.expect("an answer")).await
    }

    /// Sends a form.
    pub async fn post(&mut self, server: &Server, path: &str, form: &[(&str, &str)]) -> Answered {
        let request = self.request(Method::POST, server, path).form(form);
        self.take(request.send().await.expect("an answer")).await
    }

    /// Sends a form that brings a file.
    pub async fn post_file(
        &mut self,
        server: &Server,
        path: &str,
        form: &[(&str, &str)],
        file: (&str, &[u8]),
    ) -> Answered {
        const BOUNDARY: &str = "between-two-parts-of-a-form";
        let mut body = Vec::new();
        let begin = |name: &str, more: &str| {
            format!("--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"{name}\"{more}\r\n\r\n")
        };
        let (field, content) = file;
        body.extend(begin(field, "; filename=\"a-file\"").into_bytes());
        body.extend_from_slice(content);
        body.extend_from_slice(b"\r\n");
        for (name, value) in form {
            body.extend(begin(name, "").into_bytes());
            body.extend(format!("{value}\r\n").into_bytes());
        }
        body.extend(format!("--{BOUNDARY}--\r\n").into_bytes());
        let kind = format!("multipart/form-data; boundary={BOUNDARY}");
        let request = self.request(Method::POST, server, path).header(header::CONTENT_TYPE, kind);
        self.take(request.body(body).send().await.expect("an answer")).await
    }

    fn request(&self, method: Method, server: &Server, address: &str) -> RequestBuilder {
        if address.starts_with("http") {
            return self.client.request(method, address);
        }
        let cookies = self.cookies.iter().map(|(name, value)| format!("{name}={value}"));
        let cookies = cookies.collect::<Vec<_>>().join("; ");
        let request = self.client.request(method, format!("{}{address}", server.url));
        let request = request.header(header::COOKIE, cookies);
        match &self.host {
            Some(host) => request.header(header::HOST, host),
            None => request,
        }
    }

    async fn take(&mut self, response: Response) -> Answered {
        let headers = response.headers().clone();
        for cookie in headers.get_all(header::SET_COOKIE) {
            let cookie = cookie.to_str().expect("text");
            let pair = cookie.split(';').next().and_then(|pair| pair.split_once('='));
            let (name, value) = pair.expect("a cookie");
            if cookie.contains("Max-Age=0") {
                self.cookies.remove(name);
            } else {
                self.cookies.insert(name.to_owned(), value.to_owned());
            }
        }
        let location = headers.get(header::LOCATION).and_then(|value| value.to_str().ok());
        Answered {
            status: response.status().as_u16(),
            location: location.unwrap_or_default().to_owned(),
            body: response.text().await.expect("text"),
        }
    }
}

/// Path and query of a whole address.
#[must_use]
pub fn path_of(address: &str) -> &str {
    let rest = address.split_once("://").map_or(address, |(_, rest)| rest);
    rest.find('/').map_or("/", |at| &rest[at..])
}

/// The value of a form's field on a page.
#[must_use]
pub fn field<'a>(page: &'a str, name: &str) -> &'a str {
    let start = format!("name=\"{name}\" value=\"");
    let from = page.find(&start).unwrap_or_else(|| panic!("no field {name}: {page}")) + start.len();
    page[from..].split('"').next().unwrap_or_default()
}

/// Text as a page has it, with its signs as they were typed.
#[must_use]
pub fn plain(html: &str) -> String {
    let signs = [("&#60;", "<"), ("&#62;", ">"), ("&#34;", "\""), ("&#39;", "'"), ("&#38;", "&")];
    signs.iter().fold(html.to_owned(), |text, (coded, sign)| text.replace(coded, sign))
}
