//! Addresses of a town's pages: its prefix, the page, the state, the language.

use form_urlencoded::Serializer;

/// Builds addresses of one town's pages, or of the platform's.
#[derive(Clone, Debug, Default)]
pub(super) struct Links {
    /// `/lengerich`, or nothing where the host name says it.
    pub prefix: String,
    /// Carried on every address once it was chosen.
    pub lang: Option<&'static str>,
}

/// Name and value of a query parameter.
pub(super) type Pair = (&'static str, String);

impl Links {
    /// The town's first page, without parameters: where its search form leads.
    pub(super) fn home(&self) -> String {
        address::<&str, &str>(&self.prefix, [])
    }

    /// The page at `path`, which is empty or starts with a slash.
    pub(super) fn page(&self, path: &str) -> String {
        self.with(path, Vec::new())
    }

    /// The page at `path` with query parameters.
    pub(super) fn with(&self, path: &str, pairs: Vec<Pair>) -> String {
        let lang = self.lang.map(|lang| ("lang", lang.to_owned()));
        let path = format!("{}{path}", self.prefix);
        address(&path, pairs.into_iter().chain(lang))
    }
}

/// `path` with query parameters; an empty path is the root.
pub(super) fn address<K: AsRef<str>, V: AsRef<str>>(
    path: &str,
    pairs: impl IntoIterator<Item = (K, V)>,
) -> String {
    let path = if path.is_empty() { "/" } else { path };
    let query = Serializer::new(String::new()).extend_pairs(pairs).finish();
    if query.is_empty() { path.to_owned() } else { format!("{path}?{query}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_language_is_carried_once_it_was_chosen() {
        let german = Links { prefix: "/lengerich".into(), lang: None };
        assert_eq!(german.page(""), "/lengerich");
        assert_eq!(german.page("/termin"), "/lengerich/termin");
        let english = Links { lang: Some("en"), ..german };
        assert_eq!(english.page(""), "/lengerich?lang=en");
        let pairs = vec![("q", "Ausweis & Pass".to_owned())];
        assert_eq!(english.with("/termin", pairs), "/lengerich/termin?q=Ausweis+%26+Pass&lang=en");
    }

    #[test]
    fn a_town_with_its_own_host_name_has_no_prefix() {
        assert_eq!(Links::default().page(""), "/");
        assert_eq!(Links::default().page("/termin"), "/termin");
    }
}
