//! What stands above a form: how the last step went.

/// What stands above a form: how the last step went.
#[derive(Clone, Debug)]
pub(super) struct Notice {
    /// `danger`, `warning`, `success` or `info`.
    pub kind: &'static str,
    /// In a few words.
    pub title: String,
    /// What to do.
    pub text: String,
}

impl Notice {
    /// Something went wrong.
    pub(super) fn danger(title: impl Into<String>, text: impl Into<String>) -> Self {
        Self { kind: "danger", title: title.into(), text: text.into() }
    }

    /// Something is done.
    pub(super) fn success(title: impl Into<String>, text: impl Into<String>) -> Self {
        Self { kind: "success", title: title.into(), text: text.into() }
    }
}

/// Whether a page tells of something that went wrong; its title says so too.
pub(crate) fn is_failure(notice: &Option<Notice>) -> bool {
    notice.as_ref().is_some_and(|notice| notice.kind == "danger")
}
