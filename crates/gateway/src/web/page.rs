//! What every template is given: language, addresses, the face of the town.

use askama::Template;
use axum::{
    http::{StatusCode, header},
    response::{Html, IntoResponse, Response},
};
use catalog::model::{Fee, Text, Town};
use chrono::TimeDelta;
use notification::dates;

use super::{
    assets,
    i18n::{Argument, Language},
    links::{Links, address},
};

/// The frame around a page's content.
#[derive(Clone, Debug)]
pub(super) struct Page {
    /// Language of all texts.
    pub language: &'static Language,
    /// Addresses.
    pub links: Links,
    /// The town; none on the platform's own pages.
    pub face: Option<Face>,
    /// The other languages of this page.
    pub others: Vec<Other>,
    /// Path of this page, named in feedback mails.
    pub path: String,
    /// Whether this is the demonstration.
    pub demo: bool,
}

/// How a town shows itself.
#[derive(Clone, Debug)]
pub(super) struct Face {
    /// Such as `Stadt Lengerich`.
    pub name: String,
    /// Feedback address.
    pub email: String,
    /// For those who cannot book online.
    pub phone: Option<String>,
    /// Address of the logo.
    pub logo: Option<String>,
    /// Address of the colours.
    pub theme: String,
}

/// The same page in another language.
#[derive(Clone, Debug)]
pub(super) struct Other {
    /// The language.
    pub language: &'static Language,
    /// Address.
    pub href: String,
}

impl Face {
    /// The face of `town`, whose pages are found under `prefix`.
    pub(super) fn of(town: &Town, prefix: &str) -> Self {
        // The address changes with the colour, so that it may be kept for long.
        let color = town.branding.color.trim_start_matches('#');
        let picture = town.branding.logo.as_ref().map(|name| format!("{prefix}/logo/{name}.png"));
        Self {
            name: town.name.clone(),
            email: town.email.clone(),
            phone: town.phone.clone(),
            logo: picture.or(town.branding.logo_svg.as_ref().map(|_| format!("{prefix}/logo.svg"))),
            theme: format!("{prefix}/theme.css?v={color}"),
        }
    }

    /// The telephone number as a link's target.
    pub(super) fn phone_href(&self) -> Option<String> {
        let phone = self.phone.as_ref()?;
        let digits = phone.chars().filter(|own| own.is_ascii_digit() || *own == '+');
        Some(format!("tel:{}", digits.collect::<String>()))
    }
}

impl Other {
    /// This page in the languages of `offered` other than `current`.
    pub(super) fn all(
        offered: &[&'static Language],
        current: &'static Language,
        path: &str,
        query: &[(String, String)],
    ) -> Vec<Self> {
        let others = offered.iter().filter(|language| language.code != current.code);
        others
            .map(|language| {
                let rest = query.iter().filter(|(name, _)| name != "lang");
                let pairs = rest.map(|(name, value)| (name.as_str(), value.as_str()));
                let href = address(path, pairs.chain([("lang", language.code)]));
                Self { language, href }
            })
            .collect()
    }
}

/// The words templates are written in.
impl Page {
    /// A text.
    pub(super) fn text(&self, key: &str) -> String {
        self.language.text(key)
    }

    /// A text with one argument.
    pub(super) fn with(&self, key: &str, name: &str, value: impl Argument) -> String {
        self.language.with(key, name, value)
    }

    /// A town's own text.
    pub(super) fn own<'a>(&self, text: &'a Text) -> &'a str {
        text.get(self.language.code)
    }

    /// A fee with what it is for.
    pub(super) fn fee(&self, fee: &Fee) -> String {
        let amount = match fee.cents {
            0 => self.text("prepare-free"),
            cents => dates::amount(cents, self.language.code),
        };
        let label = self.own(&fee.label);
        if label.is_empty() { amount } else { format!("{amount} ({label})") }
    }

    /// A column of a month's table, Monday being 0.
    pub(super) fn weekday(&self, day: usize) -> &'static str {
        dates::weekday(day, self.language.code)
    }

    /// The same in two letters.
    pub(super) fn weekday_short(&self, day: usize) -> &'static str {
        dates::weekday_short(day, self.language.code)
    }

    /// Address of a page.
    pub(super) fn to(&self, path: &str) -> String {
        self.links.page(path)
    }

    /// Address of one of our files.
    pub(super) fn asset(&self, path: &str) -> String {
        assets::address(path)
    }

    /// Name of the site, in titles.
    pub(super) fn site(&self) -> &str {
        self.face.as_ref().map_or("Amtstermin", |face| &face.name)
    }

    /// A mail that reports a barrier on this page.
    pub(super) fn feedback(&self, face: &Face) -> String {
        let subject = encode(&self.text("footer-feedback-subject"));
        let body = encode(&self.with("footer-feedback-body", "path", &self.path));
        format!("mailto:{}?subject={subject}&body={body}", face.email)
    }
}

/// Percent-encoding for `mailto:`, where a plus sign is a plus sign.
fn encode(text: &str) -> String {
    form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>().replace('+', "%20")
}

/// A rendered page.
pub(super) fn render(status: StatusCode, template: &impl Template) -> Response {
    match template.render() {
        Ok(html) => (status, Html(html)).into_response(),
        Err(error) => {
            tracing::error!(%error, "a template failed");
            StatusCode::INTERNAL_SERVER_ERROR.into_response()
        }
    }
}

/// A refusal that says after how many whole seconds it is worth another try.
pub(super) fn later(wait: TimeDelta, page: Response) -> Response {
    ([(header::RETRY_AFTER, (wait.num_seconds() + 1).to_string())], page).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_phone_number_is_dialled_without_its_decoration() {
        let face = Face {
            name: String::new(),
            email: String::new(),
            phone: Some("+49 (5481) 33-0".into()),
            logo: None,
            theme: String::new(),
        };
        assert_eq!(face.phone_href().as_deref(), Some("tel:+495481330"));
    }

    #[test]
    fn the_other_languages_lead_to_the_same_page_with_the_same_choices() {
        let offered: Vec<&'static Language> = super::super::i18n::LANGUAGES.iter().collect();
        let query =
            [("anliegen".to_owned(), "umzug".to_owned()), ("lang".to_owned(), "de".to_owned())];
        let others = Other::all(&offered, offered[0], "/lengerich/termin", &query);
        let hrefs: Vec<_> = others.iter().map(|other| other.href.as_str()).collect();
        assert_eq!(hrefs, ["/lengerich/termin?anliegen=umzug&lang=en"]);
    }
}
