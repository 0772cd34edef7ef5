//! Mails that did not arrive, and the town's own words in those to come.

use async_graphql::{Context, Enum, InputObject, Object, Result, SimpleObject};
use chrono::{DateTime, Utc};
use notification::{dns, preview::Preview, texts::Texts};
use uuid::Uuid;

use super::{error::ApiError, query::office, scope};
use crate::{
    keys, mail_texts,
    sender_check::{self, Checked, Found},
    state::AppState,
};

/// A mail that was given up, or came back.
#[derive(SimpleObject)]
pub(super) struct DeadLetter {
    /// Identity.
    id: Uuid,
    /// Why it was written, such as `confirmation` or `reminder`.
    kind: String,
    /// By which way it was to leave: `mail`, `sms` or `webhook`.
    medium: String,
    /// The appointment, request, wish or account it is about.
    subject: Uuid,
    /// What the mail server said, or what was wrong with the address.
    reason: String,
    /// How often it was tried.
    attempts: i32,
    /// When it was written.
    created_at: DateTime<Utc>,
    /// Whether it can be sent again: what left and came back is kept no more.
    resendable: bool,
}

impl From<notification::outbox::DeadLetter> for DeadLetter {
    fn from(mail: notification::outbox::DeadLetter) -> Self {
        let notification::outbox::DeadLetter {
            id,
            kind,
            medium,
            subject,
            reason,
            attempts,
            created_at,
            resendable,
        } = mail;
        Self { id, kind, medium, subject, reason, attempts, created_at, resendable }
    }
}

/// Why a mail is written.
#[derive(Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(remote = "notification::notice::Kind")]
pub(super) enum MailKind {
    /// An appointment is kept until its address is confirmed.
    ConfirmAddress,
    /// An appointment was booked.
    Confirmation,
    /// It was moved, or what it is for has changed.
    Changed,
    /// The citizen gave it back.
    Cancelled,
    /// The office had to cancel it.
    CancelledByOffice,
    /// It is soon.
    Reminder,
    /// Nobody came.
    Missed,
    /// A request with wishes was received.
    RequestReceived,
    /// One of the wishes could be met: an appointment was booked for whoever asked.
    RequestAccepted,
    /// None of the wishes could be met; another time is kept.
    AlternativeProposed,
    /// None of the wishes could be met.
    RequestDeclined,
    /// Somebody is on the waiting list.
    WaitingListed,
    /// A place has become free for somebody who waits.
    SlotOffered,
    /// Somebody asked for all appointments of an address.
    Overview,
    /// To staff: a role in a town, with a link to choose a password.
    StaffInvited,
    /// To staff: a role in a town for somebody who signs in elsewhere already.
    StaffAdded,
    /// To staff: a link to choose a new password.
    PasswordForgotten,
}

/// A mail with words that are tried before they are kept.
#[derive(InputObject)]
pub(super) struct MailDraft {
    /// Why it is written.
    kind: MailKind,
    /// Language.
    #[graphql(default = "de")]
    locale: String,
    /// Template of the subject; empty for the shipped one.
    #[graphql(default)]
    subject: String,
    /// Template of the introduction; empty for the shipped one.
    #[graphql(default)]
    intro: String,
}

/// A mail as it would arrive, with made-up values.
#[derive(SimpleObject)]
pub(super) struct MailPreview {
    /// Subject.
    subject: String,
    /// Plain text.
    text: String,
}

impl From<Preview> for MailPreview {
    fn from(own: Preview) -> Self {
        Self { subject: own.subject, text: own.text }
    }
}

pub(super) struct MailsQuery;

/// Reading.
#[Object]
impl MailsQuery {
    /// Mails that were given up, the newest first, at most two hundred. For admins; those about one
    /// subject for all staff.
    #[graphql(complexity = "50 * child_complexity")]
    async fn dead_letters(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The town's slug.")] town: String,
        #[graphql(desc = "Only those about the appointment, request or wish with this id.")]
        about: Option<Uuid>,
    ) -> Result<Vec<DeadLetter>> {
        let scope = scope(context, &town).await?;
        let dead = scheduling::undelivered(office(context), &scope, about).await;
        Ok(dead.map_err(ApiError::from)?.into_iter().map(Into::into).collect())
    }

    /// A mail as it would arrive with these words, which are kept by changeSetUp. For admins.
    #[graphql(complexity = "50 + child_complexity")]
    async fn preview_mail(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The town's slug.")] town: String,
        #[graphql(desc = "What it says.")] mail: MailDraft,
    ) -> Result<MailPreview> {
        let scope = scope(context, &town).await?;
        let MailDraft { kind, locale, subject, intro } = mail;
        let texts = Texts { subject, intro };
        let mail = mail_texts::preview(office(context), &scope, kind.into(), &locale, texts).await;
        Ok(mail.map_err(ApiError::from)?.into())
    }

    /// Asks the DNS for each record that the town's own sender address needs; nothing where it has no
    /// address of its own. For admins.
    #[graphql(complexity = "100 + 20 * child_complexity")]
    async fn sender_check(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The town's slug.")] town: String,
    ) -> Result<Vec<CheckedRecord>> {
        let scope = scope(context, &town).await?;
        let state = context.data_unchecked::<AppState>();
        let checked = sender_check::check(state, &scope).await.map_err(ApiError::from)?;
        Ok(checked.into_iter().map(Into::into).collect())
    }

    /// Keys and DNS records of the town's mails and webhooks. For admins.
    #[graphql(complexity = "20 * child_complexity")]
    async fn town_keys(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The town's slug.")] town: String,
    ) -> Result<TownKeys> {
        let scope = scope(context, &town).await?;
        let state = context.data_unchecked::<AppState>();
        let keys = keys::read(state, &scope).await.map_err(ApiError::from)?;
        Ok(TownKeys {
            records: keys.records.into_iter().map(Into::into).collect(),
            webhooks: keys
                .webhooks
                .into_iter()
                .map(|(webhook, secret)| WebhookKey { webhook, secret })
                .collect(),
            has_sms_secret: keys.has_sms_secret,
        })
    }
}

/// What the DNS says of a record that a town needs.
#[derive(Clone, Copy, PartialEq, Eq, Enum)]
pub(super) enum DnsState {
    /// What is needed is there.
    Right,
    /// Something else is there.
    Other,
    /// Nothing of the kind is there.
    Missing,
    /// No server answered.
    Silence,
}

/// A DNS record that a town needs, and what is there.
#[derive(SimpleObject)]
pub(super) struct CheckedRecord {
    /// What there should be.
    record: DnsRecord,
    /// What the DNS says.
    state: DnsState,
    /// What is there instead, where that is something else.
    found: Vec<String>,
}

impl From<Checked> for CheckedRecord {
    fn from(Checked { record, found }: Checked) -> Self {
        let (state, found) = match found {
            Found::Right => (DnsState::Right, Vec::new()),
            Found::Other(texts) => (DnsState::Other, texts),
            Found::Missing => (DnsState::Missing, Vec::new()),
            Found::Silence => (DnsState::Silence, Vec::new()),
        };
        Self { record: record.into(), state, found }
    }
}

impl From<dns::Record> for DnsRecord {
    fn from(dns::Record { purpose, name, value }: dns::Record) -> Self {
        Self { purpose: purpose.as_str().to_owned(), name, value }
    }
}

/// A DNS record (TXT) that a town publishes.
#[derive(SimpleObject)]
pub(super) struct DnsRecord {
    /// What it is for: `SPF`, `DKIM` or `DMARC`.
    purpose: String,
    /// Name.
    name: String,
    /// Value.
    value: String,
}

/// A webhook with the secret that signs what it is told.
#[derive(SimpleObject)]
pub(super) struct WebhookKey {
    /// Name.
    webhook: String,
    /// `whsec_…`, as the libraries of Standard Webhooks take it.
    secret: String,
}

/// What a town publishes and shares.
#[derive(SimpleObject)]
pub(super) struct TownKeys {
    /// For the domain of the town's own sender address.
    records: Vec<DnsRecord>,
    /// Of all webhooks.
    webhooks: Vec<WebhookKey>,
    /// Whether the gateway for short messages has a password.
    has_sms_secret: bool,
}

pub(super) struct MailsMutation;

/// Changing.
#[Object]
impl MailsMutation {
    /// Sends a mail with these words and made-up values to whoever is signed in. For admins.
    #[graphql(complexity = "100")]
    async fn send_test_mail(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The town's slug.")] town: String,
        #[graphql(desc = "What it says.")] mail: MailDraft,
    ) -> Result<bool> {
        let scope = scope(context, &town).await?;
        let MailDraft { kind, locale, subject, intro } = mail;
        let texts = Texts { subject, intro };
        let sent =
            mail_texts::send_test(office(context), &scope, kind.into(), &locale, texts).await;
        sent.map_err(ApiError::from)?;
        Ok(true)
    }

    /// Keeps the password of the gateway for short messages; an empty one is forgotten. For admins.
    async fn keep_sms_secret(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The town's slug.")] town: String,
        #[graphql(desc = "The password.", validator(chars_max_length = 500))] secret: String,
    ) -> Result<bool> {
        let scope = scope(context, &town).await?;
        keys::keep_sms_secret(office(context), &scope, &secret).await.map_err(ApiError::from)?;
        Ok(true)
    }

    /// Lets a mail that was given up be tried again; tells whether there was one. For admins.
    async fn resend_mail(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The town's slug.")] town: String,
        #[graphql(desc = "As deadLetters tells it.")] mail: Uuid,
    ) -> Result<bool> {
        let scope = scope(context, &town).await?;
        let sent = scheduling::send_again(office(context), &scope, Some(mail)).await;
        Ok(sent.map_err(ApiError::from)? > 0)
    }

    /// Lets all mails that were given up be tried again, as after a fault of the mail server; tells how
    /// many there were, which is at most as many as deadLetters tells. For admins.
    async fn resend_all_mails(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The town's slug.")] town: String,
    ) -> Result<usize> {
        let scope = scope(context, &town).await?;
        let sent = scheduling::send_again(office(context), &scope, None).await;
        Ok(sent.map_err(ApiError::from)?)
    }
}
