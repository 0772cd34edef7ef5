//! Fields of the console's forms: described here, drawn by one template, read by name.

/// What is typed or chosen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// One line; `type` and `autocomplete` of the input.
    Line(&'static str, &'static str),
    /// Several lines, so many of them in view.
    Area(u8),
    /// One of several: value and label.
    Choice(Vec<(String, String)>),
    /// Any of several; the value holds those that are chosen, separated by spaces.
    Several(Vec<(String, String)>),
    /// Yes or no; the value of yes is `1`.
    Flag,
    /// A file to upload: what it may be, as `accept` has it. The value names what was uploaded
    /// before, and comes back beside a new one.
    File(&'static str),
    /// What names the row that it stands in; nobody sees it.
    Key,
}

/// One field with what was typed and what is wrong with it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Field {
    /// Name in the form, and id on the page.
    pub name: String,
    /// Shown name.
    pub label: String,
    /// What is expected; may be empty.
    pub hint: String,
    /// What is typed or chosen.
    pub kind: Kind,
    /// What is in it.
    pub value: String,
    /// Whether it may stay empty.
    pub optional: bool,
    /// What is wrong with it.
    pub problem: Option<String>,
}

impl Field {
    fn new(name: impl Into<String>, label: impl Into<String>, kind: Kind, value: String) -> Self {
        let (name, label) = (name.into(), label.into());
        Self { name, label, hint: String::new(), kind, value, optional: false, problem: None }
    }

    /// One line of text.
    pub(super) fn line(
        name: impl Into<String>,
        label: impl Into<String>,
        value: impl ToString,
    ) -> Self {
        Self::typed("text", name, label, value)
    }

    /// One line of another type of input, such as `date`.
    pub(super) fn typed(
        kind: &'static str,
        name: impl Into<String>,
        label: impl Into<String>,
        value: impl ToString,
    ) -> Self {
        Self::new(name, label, Kind::Line(kind, "off"), value.to_string())
    }

    /// Several lines of text.
    pub(super) fn area(
        name: impl Into<String>,
        label: impl Into<String>,
        rows: u8,
        value: impl ToString,
    ) -> Self {
        Self::new(name, label, Kind::Area(rows), value.to_string())
    }

    /// One of several.
    pub(super) fn choice(
        name: impl Into<String>,
        label: impl Into<String>,
        options: Vec<(String, String)>,
        value: impl ToString,
    ) -> Self {
        Self::new(name, label, Kind::Choice(options), value.to_string())
    }

    /// Any of several.
    pub(super) fn several(
        name: impl Into<String>,
        label: impl Into<String>,
        options: Vec<(String, String)>,
        chosen: &[String],
    ) -> Self {
        Self::new(name, label, Kind::Several(options), chosen.join(" "))
    }

    /// A file to upload.
    pub(super) fn file(
        name: impl Into<String>,
        label: impl Into<String>,
        accept: &'static str,
        known: impl ToString,
    ) -> Self {
        Self::new(name, label, Kind::File(accept), known.to_string()).optional()
    }

    /// Yes or no.
    pub(super) fn flag(name: impl Into<String>, label: impl Into<String>, on: bool) -> Self {
        let value = if on { "1" } else { "" };
        Self::new(name, label, Kind::Flag, value.to_owned()).optional()
    }

    /// An address to sign in with.
    pub(super) fn email(value: &str) -> Self {
        let kind = Kind::Line("email", "username");
        Self::new("email", "E-Mail-Adresse", kind, value.to_owned())
    }

    /// A password; never filled in by us.
    pub(super) fn password(
        name: &'static str,
        label: &'static str,
        complete: &'static str,
    ) -> Self {
        Self::new(name, label, Kind::Line("password", complete), String::new())
    }

    /// A secret of the town, which is kept and never shown.
    pub(super) fn secret(name: impl Into<String>, label: impl Into<String>) -> Self {
        Self::new(name, label, Kind::Line("password", "off"), String::new())
    }

    /// What names a row, whatever becomes of its other fields.
    pub(super) fn key(name: impl Into<String>, value: impl ToString) -> Self {
        Self::new(name, "", Kind::Key, value.to_string())
    }

    /// Says what is expected.
    pub(super) fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = hint.into();
        self
    }

    /// May stay empty.
    pub(super) fn optional(mut self) -> Self {
        self.optional = true;
        self
    }

    /// Says what is wrong.
    pub(super) fn problem(mut self, problem: Option<String>) -> Self {
        self.problem = problem;
        self
    }

    /// Whether there is anything to choose from.
    pub(super) fn has_options(&self) -> bool {
        matches!(&self.kind, Kind::Choice(options) | Kind::Several(options) if !options.is_empty())
    }

    /// Whether one of several is chosen.
    pub(super) fn has(&self, option: &str) -> bool {
        self.value.split(' ').any(|own| own == option)
    }
}
