//! A submitted form whose fields may come several times.

/// What a form has sent: names and values in their order.
#[derive(Clone, Debug, Default)]
pub(in crate::web) struct Given(pub Vec<(String, String)>);

impl Given {
    /// The value of a field, without blanks around it; empty when it was not sent.
    pub(in crate::web) fn get(&self, name: &str) -> &str {
        let found = self.0.iter().find(|(own, _)| own == name);
        found.map(|(_, value)| value.trim()).unwrap_or_default()
    }

    /// Whether the field was sent at all.
    pub(in crate::web) fn has(&self, name: &str) -> bool {
        self.0.iter().any(|(own, _)| own == name)
    }

    /// Puts a value in the place of what was sent.
    pub(in crate::web) fn set(&mut self, name: &str, value: &str) {
        self.0.retain(|(own, _)| own != name);
        self.0.push((name.to_owned(), value.to_owned()));
    }

    /// All values of a field.
    pub(in crate::web) fn all(&self, name: &str) -> Vec<String> {
        let own = self.0.iter().filter(|(own, _)| own == name);
        own.map(|(_, value)| value.clone()).collect()
    }

    /// The value of several lines, with line ends as we write them.
    pub(in crate::web) fn lines(&self, name: &str) -> String {
        self.get(name).replace("\r\n", "\n")
    }
}
