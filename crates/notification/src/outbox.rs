//! The outbox: a mail is written in the transaction that it reports on.

use std::{
    collections::HashSet,
    time::{Duration, Instant},
};

use chrono::{DateTime, TimeDelta, Utc};
use sea_orm::{
    ColumnTrait, DbBackend, DbErr, FromQueryResult, Order, Set, Statement,
    sea_query::{ExprTrait as _, SimpleExpr},
};
use serde::Serialize;
use tenant::{Db, Role, TenantId, TenantTx, audit, seal::Vault};
use uuid::Uuid;

use crate::{
    Error, bounce,
    entity::outbox,
    notice::{Kind, Notice},
    sms::Sms,
    webhook::Delivery,
};

/// What leaves, and by which way.
#[derive(Clone, Copy, Debug)]
pub enum Content<'a> {
    /// By mail.
    Mail(&'a Notice),
    /// By a short message.
    Sms(&'a Sms),
    /// To another program.
    Webhook(&'a Delivery),
}

impl Content<'_> {
    fn kind(&self) -> &str {
        match self {
            Self::Mail(notice) => notice.kind.as_str(),
            Self::Sms(sms) => sms.notice.kind.as_str(),
            Self::Webhook(delivery) => &delivery.event,
        }
    }

    fn medium(&self) -> &'static str {
        match self {
            Self::Mail(_) => "mail",
            Self::Sms(_) => "sms",
            Self::Webhook(_) => "webhook",
        }
    }

    fn to_json(self) -> Result<Vec<u8>, Error> {
        let json = match self {
            Self::Mail(notice) => serde_json::to_vec(notice),
            Self::Sms(sms) => serde_json::to_vec(sms),
            Self::Webhook(delivery) => serde_json::to_vec(delivery),
        };
        json.map_err(|error| Error::Template(error.to_string()))
    }
}

/// What is to be written into the outbox.
#[derive(Debug)]
pub struct Outgoing<'a> {
    /// The appointment or request it is about.
    pub subject: Uuid,
    /// What it says.
    pub content: Content<'a>,
    /// Not before.
    pub due_at: DateTime<Utc>,
    /// Trace of the request that causes it.
    pub traceparent: Option<String>,
}

/// Writes it into the outbox.
///
/// # Errors
/// Faults of sealing and of the database.
pub async fn enqueue(
    tx: &TenantTx,
    vault: &Vault,
    now: DateTime<Utc>,
    outgoing: Outgoing<'_>,
) -> Result<(), Error> {
    let Outgoing { subject, content, due_at, traceparent } = outgoing;
    let id = Uuid::now_v7();
    tx.insert_later(outbox::ActiveModel {
        id: Set(id),
        kind: Set(content.kind().to_owned()),
        medium: Set(content.medium().to_owned()),
        subject_id: Set(subject),
        sealed: Set(vault.keyring(tx).await?.seal("mail", id, &content.to_json()?)?),
        state: Set("waiting".to_owned()),
        attempts: Set(0),
        due_at: Set(due_at),
        message_id: Set(bounce::message_id(tx.scope().tenant, id)),
        traceparent: Set(traceparent),
        created_at: Set(now),
        ..Default::default()
    });
    Ok(())
}

/// Takes mails of one kind about `subject` back that have not been sent, also those that were given up.
///
/// # Errors
/// The database's own.
pub async fn withdraw(tx: &TenantTx, subject: Uuid, kind: Kind) -> Result<(), DbErr> {
    let ours = outbox::Column::SubjectId
        .eq(subject)
        .and(outbox::Column::Kind.eq(kind.as_str()))
        .and(outbox::Column::State.is_in(["waiting", "dead"]));
    tx.delete::<outbox::Entity>(ours).await?;
    Ok(())
}

/// Takes short messages about `subject` back that have not been sent.
///
/// # Errors
/// The database's own.
pub async fn withdraw_sms(tx: &TenantTx, subject: Uuid) -> Result<(), DbErr> {
    let ours = outbox::Column::SubjectId
        .eq(subject)
        .and(outbox::Column::Medium.eq("sms"))
        .and(outbox::Column::State.is_in(["waiting", "dead"]));
    tx.delete::<outbox::Entity>(ours).await?;
    Ok(())
}

/// Takes mails of one kind about `subject` back that were planned for a later time than `now`; what
/// is due already stays, and so does what was meant to leave at once: by the clock of another
/// process, or because it is to be tried again, it may be due later too.
///
/// # Errors
/// The database's own.
pub async fn withdraw_later(
    tx: &TenantTx,
    subject: Uuid,
    kind: &str,
    now: DateTime<Utc>,
) -> Result<(), DbErr> {
    let later = outbox::Column::SubjectId
        .eq(subject)
        .and(outbox::Column::Kind.eq(kind))
        .and(outbox::Column::State.eq("waiting"))
        .and(outbox::Column::Attempts.eq(0))
        .and(outbox::Column::DueAt.into_expr().gt(outbox::Column::CreatedAt.into_expr()))
        .and(outbox::Column::DueAt.gt(now));
    tx.delete::<outbox::Entity>(later).await?;
    Ok(())
}

/// Puts what is to leave at `due_at` and is about one of the subjects off until `later`.
///
/// # Errors
/// The database's own.
pub async fn put_off(
    tx: &TenantTx,
    subjects: &[Uuid],
    due_at: DateTime<Utc>,
    later: DateTime<Utc>,
) -> Result<(), DbErr> {
    let waiting = outbox::Column::SubjectId
        .is_in(subjects.to_vec())
        .and(outbox::Column::State.eq("waiting"))
        .and(outbox::Column::DueAt.eq(due_at));
    tx.update_where(outbox::ActiveModel { due_at: Set(later), ..Default::default() }, waiting)
        .await?;
    Ok(())
}

/// What is kept of a mail, a short message or an event about a subject, whether it has left or not.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Message {
    /// Why it was written: the word of a [`Kind`], or the event of a webhook.
    pub kind: String,
    /// By which way it leaves: `mail`, `sms` or `webhook`.
    pub medium: String,
    /// `waiting`, `sent` or `dead`, which is given up.
    pub state: String,
    /// When it was written.
    pub written_at: DateTime<Utc>,
    /// When it leaves, or is tried again.
    pub due_at: DateTime<Utc>,
    /// When it left.
    pub sent_at: Option<DateTime<Utc>>,
    /// What was answered last, where it did not leave.
    pub last_error: Option<String>,
}

/// Everything about a subject, the oldest first.
///
/// # Errors
/// The database's own.
pub async fn about(tx: &TenantTx, subject: Uuid) -> Result<Vec<Message>, DbErr> {
    let rows = tx
        .find::<outbox::Entity>()
        .filter(outbox::Column::SubjectId.eq(subject))
        .order_by(outbox::Column::CreatedAt, Order::Asc)
        .order_by(outbox::Column::Id, Order::Asc)
        .all()
        .await?;
    let message = |row: outbox::Model| Message {
        kind: row.kind,
        medium: row.medium,
        state: row.state,
        written_at: row.created_at,
        due_at: row.due_at,
        sent_at: row.sent_at,
        last_error: row.last_error,
    };
    Ok(rows.into_iter().map(message).collect())
}

/// A mail that was given up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeadLetter {
    /// Identity.
    pub id: Uuid,
    /// Why it was written: the word of a [`Kind`], or the event of a webhook.
    pub kind: String,
    /// By which way it was to leave: `mail`, `sms` or `webhook`.
    pub medium: String,
    /// The appointment, request, wish or account it is about.
    pub subject: Uuid,
    /// What was answered, or what was wrong with the address.
    pub reason: String,
    /// How often it was tried.
    pub attempts: i32,
    /// When it was written.
    pub created_at: DateTime<Utc>,
    /// Whether it can be sent again: what left and came back is kept no more.
    pub resendable: bool,
}

impl From<outbox::Model> for DeadLetter {
    fn from(row: outbox::Model) -> Self {
        Self {
            id: row.id,
            kind: row.kind,
            medium: row.medium,
            subject: row.subject_id,
            reason: row.last_error.unwrap_or_default(),
            attempts: row.attempts,
            created_at: row.created_at,
            resendable: !row.sealed.is_empty(),
        }
    }
}

/// What became of the report that a mail came back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Bounced {
    /// It is noted.
    Noted,
    /// It is not written down yet that the mail has left: the report may be handed over again.
    TooEarly,
    /// There is no such mail any more, or its failure is known.
    Unknown,
}

/// Notes that a mail came back.
///
/// # Errors
/// The database's own.
pub async fn bounced(
    tx: &TenantTx,
    mail: Uuid,
    status: &str,
    now: DateTime<Utc>,
) -> Result<Bounced, DbErr> {
    let own = outbox::Column::Id.eq(mail);
    let row = match tx.find::<outbox::Entity>().filter(own).for_update().one().await? {
        Some(row) if row.state == "sent" => row,
        Some(row) if row.state == "waiting" => return Ok(Bounced::TooEarly),
        _ => return Ok(Bounced::Unknown),
    };
    tx.update(outbox::ActiveModel {
        tenant_id: Set(row.tenant_id),
        id: Set(row.id),
        state: Set("dead".to_owned()),
        last_error: Set(Some(Error::Refused(status.to_owned()).to_string())),
        ..Default::default()
    })
    .await?;
    audit::record(tx, now, audit::Action::MailBounced, Some(row.subject_id));
    Ok(Bounced::Noted)
}

/// The mails that were given up or came back, the newest first, at most two hundred; `about` one
/// subject, or all.
///
/// # Errors
/// `Forbidden` for citizens and, where nothing is named, below admin; the database's own.
pub async fn dead(tx: &TenantTx, about: Option<Uuid>) -> Result<Vec<DeadLetter>, Error> {
    tx.scope().require(if about.is_some() { Role::Reader } else { Role::Admin })?;
    let all = tx
        .find::<outbox::Entity>()
        .filter(outbox::Column::State.eq("dead"))
        .order_by(outbox::Column::CreatedAt, Order::Desc)
        .limit(200);
    let found = match about {
        Some(subject) => all.filter(outbox::Column::SubjectId.eq(subject)),
        None => all,
    };
    Ok(found.all().await?.into_iter().map(DeadLetter::from).collect())
}

/// Those of the subjects whom no mail reaches: one was refused for good, or came back.
///
/// # Errors
/// The database's own.
pub async fn unreachable(tx: &TenantTx, subjects: &[Uuid]) -> Result<HashSet<Uuid>, DbErr> {
    let refused = Error::Refused(String::new()).to_string();
    let words = refused.trim_end_matches([' ', '(', ')']);
    let dead = tx
        .find::<outbox::Entity>()
        .filter(outbox::Column::SubjectId.is_in(subjects.to_vec()))
        .filter(outbox::Column::State.eq("dead"))
        .filter(outbox::Column::Medium.eq("mail"))
        .filter(outbox::Column::LastError.starts_with(words));
    Ok(dead.all().await?.into_iter().map(|row| row.subject_id).collect())
}

/// Those of the messages that are there, sent or not.
///
/// # Errors
/// The database's own.
pub async fn known(tx: &TenantTx, ids: &[Uuid]) -> Result<HashSet<Uuid>, DbErr> {
    let rows = tx.find::<outbox::Entity>().filter(outbox::Column::Id.is_in(ids.to_vec()));
    Ok(rows.all().await?.into_iter().map(|row| row.id).collect())
}

/// The mails of that kind about `subject`, and whether they have left.
///
/// # Errors
/// The database's own.
pub async fn of_kind(tx: &TenantTx, subject: Uuid, kind: Kind) -> Result<Vec<(Uuid, bool)>, DbErr> {
    let ours = tx
        .find::<outbox::Entity>()
        .filter(outbox::Column::SubjectId.eq(subject))
        .filter(outbox::Column::Kind.eq(kind.as_str()));
    Ok(ours.all().await?.into_iter().map(|row| (row.id, row.sent_at.is_some())).collect())
}

/// Lets mails that were given up be tried again from the beginning; those that were not, or that came
/// back, are left alone. Tells how many there were.
///
/// # Errors
/// `Forbidden` below admin, the database's own.
pub async fn resend(tx: &TenantTx, ids: &[Uuid], now: DateTime<Utc>) -> Result<usize, Error> {
    tx.scope().require(Role::Admin)?;
    let given_up = tx
        .find::<outbox::Entity>()
        .filter(outbox::Column::Id.is_in(ids.to_vec()))
        .filter(outbox::Column::State.eq("dead"))
        .filter(outbox::Column::Sealed.ne(Vec::<u8>::new()))
        .for_update()
        .all()
        .await?;
    for row in &given_up {
        tx.update(outbox::ActiveModel {
            tenant_id: Set(row.tenant_id),
            id: Set(row.id),
            state: Set("waiting".to_owned()),
            attempts: Set(0),
            due_at: Set(now),
            claimed_until: Set(None),
            ..Default::default()
        })
        .await?;
        audit::record(tx, now, audit::Action::MailResent, Some(row.subject_id));
    }
    Ok(given_up.len())
}

impl outbox::Model {
    /// When to look again where something older about the same subject still waits to leave by the same
    /// way: nobody hears of a cancellation before they hear of the booking. What is tried again later
    /// holds nothing up for longer than `patience`: it will say then what holds.
    pub(crate) async fn waits_for(
        &self,
        tx: &TenantTx,
        patience: TimeDelta,
        now: DateTime<Utc>,
    ) -> Result<Option<DateTime<Utc>>, DbErr> {
        // Events name their own times, and nothing comes before what begins an appointment.
        let begins = [Kind::Confirmation, Kind::RequestAccepted].map(Kind::as_str);
        if self.medium == "webhook" || begins.contains(&self.kind.as_str()) {
            return Ok(None);
        }
        let is_young = self.created_at + patience > now;
        let again = outbox::Column::Attempts.gt(if is_young { 0 } else { i32::MAX });
        let due = outbox::Column::DueAt.lte(now).or(again);
        let older = tx
            .find::<outbox::Entity>()
            .filter(outbox::Column::SubjectId.eq(self.subject_id))
            .filter(outbox::Column::Medium.eq(&self.medium))
            .filter(outbox::Column::State.eq("waiting"))
            .filter(outbox::Column::Id.lt(self.id))
            .filter(due)
            .order_by(outbox::Column::DueAt, Order::Desc)
            .one()
            .await?;
        Ok(older.map(|older| Ord::min(older.due_at, self.created_at + patience)))
    }
}

/// A worker that dies gives its mails back after this time.
const LEASE: Duration = Duration::from_secs(60);

/// A mail that is due and now claimed by this worker.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Claimed {
    tenant: TenantId,
    pub(crate) id: Uuid,
    /// When it is free for others again, by the clock that workers share.
    until: DateTime<Utc>,
    /// When this worker began to ask for it.
    since: Instant,
}

impl Claimed {
    /// Whether another worker may have it by now.
    pub(crate) fn has_run_out(&self) -> bool {
        self.since.elapsed() >= LEASE
    }

    /// The present instant by the clock that workers share.
    pub(crate) fn shared_now(&self) -> DateTime<Utc> {
        self.until - LEASE + self.since.elapsed()
    }

    /// Its row, unless another worker has taken it over since.
    pub(crate) async fn find(&self, tx: &TenantTx) -> Result<Option<outbox::Model>, DbErr> {
        tx.find::<outbox::Entity>().filter(self.is_ours()).one().await
    }

    /// Changes its row, unless another worker has taken it over since; tells whether it did.
    pub(crate) async fn update(
        &self,
        tx: &TenantTx,
        change: outbox::ActiveModel,
    ) -> Result<bool, DbErr> {
        Ok(tx.update_where(change, self.is_ours()).await? == 1)
    }

    fn is_ours(&self) -> SimpleExpr {
        outbox::Column::Id
            .eq(self.id)
            .and(outbox::Column::State.eq("waiting"))
            .and(outbox::Column::ClaimedUntil.eq(self.until))
    }

    pub(crate) fn tenant(&self) -> TenantId {
        self.tenant
    }
}

#[derive(FromQueryResult)]
struct ClaimedRow {
    tenant_id: Uuid,
    id: Uuid,
    until: DateTime<Utc>,
}

/// On PostgreSQL the named function with its own narrow grants; any number of workers may ask. Claims
/// run out by its clock there, since those of the workers may differ.
const CLAIM_POSTGRES: &str = "SELECT tenant_id, id, until FROM claim_due($1, $2, $3)";
const CLAIM_SQLITE: &str = "UPDATE outbox SET claimed_until = $2 WHERE rowid IN (\
     SELECT rowid FROM outbox WHERE state = 'waiting' AND due_at <= $1 \
     AND (claimed_until IS NULL OR claimed_until <= $1) ORDER BY due_at LIMIT $3) \
     RETURNING tenant_id, id, $2 AS until";

/// Claims up to `most` due mails of all towns for a while. One of the two places that look across
/// tenants; it learns ids only.
pub(crate) async fn claim(db: &Db, now: DateTime<Utc>, most: i32) -> Result<Vec<Claimed>, DbErr> {
    let pool = db.platform();
    let backend = pool.get_database_backend();
    let since = Instant::now();
    let (sql, lease) = match backend {
        DbBackend::Postgres => (CLAIM_POSTGRES, LEASE.as_secs_f64().into()),
        _ => (CLAIM_SQLITE, (now + LEASE).into()),
    };
    let asked = Statement::from_sql_and_values(backend, sql, [now.into(), lease, most.into()]);
    let rows = ClaimedRow::find_by_statement(asked).all(pool).await?;
    let claimed = |ClaimedRow { tenant_id, id, until }| Claimed {
        tenant: TenantId(tenant_id),
        id,
        until,
        since,
    };
    Ok(rows.into_iter().map(claimed).collect())
}
