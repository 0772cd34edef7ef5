//! What can go wrong on the way to a citizen's mailbox. Never holds an address or a text.

/// Faults of notification.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The mail server's address is malformed.
    #[error("the mail server's address is malformed")]
    Server,
    /// An address in a mail is malformed.
    #[error("an address in the mail is malformed")]
    Address,
    /// Whoever was to take it refused for good.
    #[error("refused for good ({0})")]
    Refused(String),
    /// Whoever was to take it refused for now, or is out of reach.
    #[error("not accepted for now ({0})")]
    Later(String),
    /// Another release has written it in a way that this one does not know; that one may send it.
    #[error("another release may read it ({0})")]
    Unreadable(String),
    /// A template is broken.
    #[error("the mail cannot be made: {0}")]
    Template(String),
    /// The mail folder cannot be written or read.
    #[error("mail folder: {0}")]
    Folder(#[from] std::io::Error),
    /// A key of the town is missing or cannot be read.
    #[error("a key of the town is missing or broken")]
    Key,
    /// The ground floor refused.
    #[error(transparent)]
    Tenant(#[from] tenant::Error),
}

impl Error {
    /// Whether every other try would end the same way.
    pub(crate) fn is_final(&self) -> bool {
        matches!(self, Self::Refused(_) | Self::Address | Self::Template(_) | Self::Key)
    }
}

impl From<sea_orm::DbErr> for Error {
    fn from(error: sea_orm::DbErr) -> Self {
        Self::Tenant(error.into())
    }
}
