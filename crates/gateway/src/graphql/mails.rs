//! Mails that did not arrive.

use async_graphql::{Context, Object, Result, SimpleObject};
use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::{error::ApiError, query::office, scope};
use crate::mails;

/// A mail that was given up.
#[derive(SimpleObject)]
pub(super) struct DeadLetter {
    /// Identity.
    id: Uuid,
    /// Why it was written, such as `confirmation` or `reminder`.
    kind: String,
    /// The appointment, request, wish or account it is about.
    subject: Uuid,
    /// What the mail server said, or what was wrong with the address.
    reason: String,
    /// How often it was tried.
    attempts: i32,
    /// When it was written.
    created_at: DateTime<Utc>,
}

impl From<notification::outbox::DeadLetter> for DeadLetter {
    fn from(mail: notification::outbox::DeadLetter) -> Self {
        let notification::outbox::DeadLetter { id, kind, subject, reason, attempts, created_at } =
            mail;
        Self { id, kind, subject, reason, attempts, created_at }
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
        let dead = mails::dead(office(context), &scope, about).await;
        Ok(dead.map_err(ApiError::from)?.into_iter().map(Into::into).collect())
    }
}

pub(super) struct MailsMutation;

/// Changing.
#[Object]
impl MailsMutation {
    /// Lets a mail that was given up be tried again; tells whether there was one. For admins.
    async fn resend_mail(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The town's slug.")] town: String,
        #[graphql(desc = "As deadLetters tells it.")] mail: Uuid,
    ) -> Result<bool> {
        let scope = scope(context, &town).await?;
        Ok(mails::resend(office(context), &scope, mail).await.map_err(ApiError::from)?)
    }
}
