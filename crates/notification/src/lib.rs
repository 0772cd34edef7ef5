//! What is told to whom.
//!
//! * [`notice`]: what a mail says, as plain values.
//! * [`outbox`]: a mail is written in the transaction that it reports on.
//! * [`worker`]: it is sent after the commit, at least once.
//! * [`mailer`]: prepares, then sends or keeps.
//! * [`calendar`]: the calendar file.

pub mod calendar;
pub mod dates;
mod entity;
mod error;
pub mod mailer;
pub mod notice;
pub mod outbox;
mod templates;
pub mod worker;

pub use error::Error;
