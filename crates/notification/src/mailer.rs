//! Prepares a mail, then sends it by SMTP or keeps it in a folder.

use std::path::{Path, PathBuf};

use chrono::{DateTime, Utc};
use lettre::{
    Address, Message,
    address::Envelope,
    message::{
        Attachment, Mailbox, MultiPart, SinglePart,
        header::{self, ContentType},
    },
};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::{Error, bounce, calendar, dkim, notice::Notice, smtp::Smtp, templates};

/// Where mails go.
#[derive(Debug)]
pub struct Mailer {
    from: Address,
    /// Where reports of mails go that came back; without, to the sender.
    returned_to: Option<Address>,
    transport: Transport,
}

#[derive(Debug)]
enum Transport {
    Smtp(Box<Smtp>),
    Folder(PathBuf),
}

/// A kept mail as the demonstration's mailbox shows it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct KeptMail {
    /// Names it in the folder.
    pub id: String,
    /// When it was kept.
    pub at: DateTime<Utc>,
    /// Receiver.
    pub to: String,
    /// Subject.
    pub subject: String,
    /// The plain text.
    pub text: String,
    /// The calendar file, where there is one.
    pub calendar: Option<String>,
}

impl Mailer {
    /// Sends through the server at `url`, such as `smtps://user:password@host`.
    ///
    /// # Errors
    /// [`Error::Server`], [`Error::Address`].
    pub fn smtp(url: &str, from: &str) -> Result<Self, Error> {
        Self::new(from, Transport::Smtp(Box::new(Smtp::new(url)?)))
    }

    /// Keeps mails in `folder`.
    ///
    /// # Errors
    /// [`Error::Address`], [`Error::Folder`].
    pub fn folder(folder: &Path, from: &str) -> Result<Self, Error> {
        std::fs::create_dir_all(folder)?;
        Self::new(from, Transport::Folder(folder.to_owned()))
    }

    fn new(from: &str, transport: Transport) -> Result<Self, Error> {
        Ok(Self { from: address(from)?, returned_to: None, transport })
    }

    /// Has reports of mails that came back go to an address of their own.
    ///
    /// # Errors
    /// [`Error::Address`].
    pub fn returned_to(self, address: &str) -> Result<Self, Error> {
        Ok(Self { returned_to: Some(self::address(address)?), ..self })
    }

    /// From where to where, as the servers on the way see it.
    fn envelope(&self, message: &Message) -> Result<Envelope, Error> {
        let from = self.returned_to.clone().or_else(|| message.envelope().from().cloned());
        Envelope::new(from, message.envelope().to().to_vec()).map_err(|_| Error::Address)
    }

    /// Sends it, signed with the town's `key` where it comes from an address of the town's own.
    pub(crate) async fn send(
        &self,
        notice: &Notice,
        message_id: &str,
        key: Option<&str>,
        now: DateTime<Utc>,
    ) -> Result<(), Error> {
        let mail = templates::render(notice)?;
        let calendar = calendar::of_notice(notice, now);
        match &self.transport {
            Transport::Smtp(server) => {
                let mut message = self.prepare(notice, message_id, &mail, calendar)?;
                if let (Some(from), Some(key)) = (&notice.town.from, key) {
                    dkim::sign(&mut message, address(from)?.domain(), key)?;
                }
                let envelope = self.envelope(&message)?;
                server.send(&envelope, &message.formatted()).await
            }
            Transport::Folder(folder) => {
                let (_, id) = bounce::named(message_id).ok_or(Error::Address)?;
                let id = id.to_string();
                let kept = KeptMail {
                    id: id.clone(),
                    at: now,
                    to: notice.email.clone(),
                    subject: mail.subject,
                    text: mail.text,
                    calendar,
                };
                let text = serde_json::to_vec_pretty(&kept)
                    .map_err(|error| Error::Template(error.to_string()))?;
                Ok(tokio::fs::write(folder.join(format!("{id}.json")), text).await?)
            }
        }
    }

    fn prepare(
        &self,
        notice: &Notice,
        message_id: &str,
        mail: &templates::Mail,
        calendar: Option<String>,
    ) -> Result<Message, Error> {
        let from = match &notice.town.from {
            Some(own) => address(own)?,
            None => self.from.clone(),
        };
        let body = MultiPart::alternative()
            .singlepart(SinglePart::plain(mail.text.clone()))
            .singlepart(SinglePart::html(mail.html.clone()));
        let mut parts = MultiPart::mixed().multipart(body);
        if let Some(file) = calendar {
            let method = calendar::method(notice.kind.is_cancellation());
            let kind =
                ContentType::parse(&format!("text/calendar; charset=utf-8; method={method}"))
                    .map_err(|error| Error::Template(error.to_string()))?;
            parts = parts.singlepart(Attachment::new("termin.ics".to_owned()).body(file, kind));
        }
        Message::builder()
            .from(Mailbox::new(Some(notice.town.name.clone()), from))
            .reply_to(Mailbox::new(Some(notice.town.name.clone()), address(&notice.town.email)?))
            .to(Mailbox::new(
                Some(notice.name.clone()).filter(|name| !name.is_empty()),
                address(&notice.email)?,
            ))
            .subject(mail.subject.clone())
            .message_id(Some(message_id.to_owned()))
            .header(AutoSubmitted)
            .header(ContentLanguage(notice.locale.clone()))
            .multipart(parts)
            .map_err(|error| Error::Template(error.to_string()))
    }
}

/// An address as servers know it: a domain with umlauts by its other name. A local part with umlauts
/// would need servers that know SMTPUTF8, of which there are few.
fn address(text: &str) -> Result<Address, Error> {
    let (local, domain) = text.rsplit_once('@').ok_or(Error::Address)?;
    let address = Address::new(local, ascii_domain(domain)).map_err(|_| Error::Address)?;
    if local.is_ascii() { Ok(address) } else { Err(Error::Address) }
}

/// The name by which servers know a domain (IDNA, RFC 5891).
#[must_use]
pub fn ascii_domain(domain: &str) -> String {
    idna::domain_to_ascii(domain).unwrap_or_else(|_| domain.to_owned())
}

/// RFC 3834: no vacation answers, please.
#[derive(Clone, Copy)]
struct AutoSubmitted;

impl header::Header for AutoSubmitted {
    fn name() -> header::HeaderName {
        header::HeaderName::new_from_ascii_str("Auto-Submitted")
    }

    fn parse(_: &str) -> Result<Self, Box<dyn std::error::Error + Send + Sync>> {
        Ok(Self)
    }

    fn display(&self) -> header::HeaderValue {
        header::HeaderValue::new(Self::name(), "auto-generated".to_owned())
    }
}

/// RFC 3282.
#[derive(Clone)]
struct ContentLanguage(String);

impl header::Header for ContentLanguage {
    fn name() -> header::HeaderName {
        header::HeaderName::new_from_ascii_str("Content-Language")
    }

    fn parse(text: &str) -> Result<Self, Box<dyn std::error::Error + Send + Sync>> {
        Ok(Self(text.to_owned()))
    }

    fn display(&self) -> header::HeaderValue {
        header::HeaderValue::new(Self::name(), self.0.clone())
    }
}

/// The mails kept in `folder`, newest first.
///
/// # Errors
/// [`Error::Folder`].
pub fn kept(folder: &Path) -> Result<Vec<KeptMail>, Error> {
    if !folder.exists() {
        return Ok(Vec::new());
    }
    let mut mails: Vec<KeptMail> = std::fs::read_dir(folder)?
        .filter_map(|entry| std::fs::read(entry.ok()?.path()).ok())
        .filter_map(|text| serde_json::from_slice(&text).ok())
        .collect();
    mails.sort_by(|one, other| (other.at, &other.id).cmp(&(one.at, &one.id)));
    Ok(mails)
}

/// Deletes the kept copies of mails; one that is not there is no error.
///
/// # Errors
/// [`Error::Folder`].
pub fn forget(folder: &Path, mails: &[Uuid]) -> Result<(), Error> {
    for mail in mails {
        match std::fs::remove_file(folder.join(format!("{mail}.json"))) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(error.into()),
            _ => {}
        }
    }
    Ok(())
}
