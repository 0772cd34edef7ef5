//! What happens to a request before a handler sees it.

pub(crate) mod client;
pub(crate) mod tenant;
