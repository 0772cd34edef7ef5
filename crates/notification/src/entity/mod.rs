//! Rows of notification.

pub(crate) mod outbox;
