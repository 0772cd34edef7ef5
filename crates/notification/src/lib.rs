//! What is told to whom.
//!
//! * [`notice`]: what a mail says, as plain values.
//! * [`texts`]: subjects and introductions, shipped or a town's own.
//! * [`outbox`]: a mail is written in the transaction that it reports on.
//! * [`worker`]: it is sent after the commit, at least once.
//! * [`preview`]: a mail as it would arrive, with made-up values.
//! * [`dns`]: what makes other servers trust the mails.
//! * [`mailer`]: prepares, then sends or keeps.
//! * [`dkim`]: signs mails for a town's own domain.
//! * [`renew`]: what was planned is written anew when it is due.
//! * [`sms`] and [`webhook`]: the other ways by which something is told, over [`outbound`].
//! * [`calendar`]: the calendar file.

pub mod bounce;
pub mod calendar;
pub mod dates;
pub mod dkim;
pub mod dns;
mod entity;
mod error;
pub mod mailer;
pub mod notice;
pub mod outbound;
pub mod outbox;
pub mod preview;
pub mod renew;
pub mod sms;
mod smtp;
mod templates;
pub mod texts;
pub mod webhook;
pub mod worker;

pub use error::Error;
