//! Who did what, from where: lines that are only ever added, in the transaction that does it.

mod action;

use std::{collections::HashSet, net::IpAddr};

use chrono::{DateTime, TimeDelta, Utc};
use sea_orm::{
    ColumnTrait, DbBackend, DbErr, Order, Set,
    sea_query::{ExprTrait as _, SimpleExpr},
};
use uuid::Uuid;

pub use action::Action;

use crate::{Error, Origin, Role, TenantTx, Way, entity::audit_entry};

/// A line of the log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// Identity.
    pub id: Uuid,
    /// When.
    pub at: DateTime<Utc>,
    /// Who: `citizen`, `system`, or `staff:` or `operator:` and the account.
    pub actor: String,
    /// What, as a word such as `appointment.booked`.
    pub action: String,
    /// Which appointment, request, location or account.
    pub subject: Option<Uuid>,
    /// Which list was looked at, such as the date of a day, or what became what.
    pub detail: Option<String>,
    /// Whose data that list showed: appointments and requests.
    pub shown: Vec<Uuid>,
    /// From where, where staff or an operator did it.
    pub from: Option<Origin>,
}

impl Line {
    /// Where it stands in the log.
    #[must_use]
    pub fn place(&self) -> (DateTime<Utc>, Uuid) {
        (self.at, self.id)
    }

    /// The account of the member of staff who did it.
    #[must_use]
    pub fn account(&self) -> Option<Uuid> {
        account_of(&self.actor)
    }
}

/// The account of the member of staff that an actor's word names.
#[must_use]
pub fn account_of(actor: &str) -> Option<Uuid> {
    actor.strip_prefix("staff:")?.parse().ok()
}

/// Which lines of the log are wanted.
#[derive(Clone, Debug)]
pub struct Filter {
    /// First instant.
    pub from: DateTime<Utc>,
    /// Last instant, excluded.
    pub to: DateTime<Utc>,
    /// Only by this actor: `citizen`, `system`, or `staff:` or `operator:` and the account.
    pub actor: Option<String>,
    /// Only this action, such as `appointment.booked`.
    pub action: Option<String>,
    /// Only about this appointment, request or location, or where a list showed it.
    pub subject: Option<Uuid>,
    /// Only from this address.
    pub address: Option<IpAddr>,
    /// Only by this way.
    pub way: Option<Way>,
    /// Only what stands after this line, which [`Line::place`] tells: the next portion.
    pub after: Option<(DateTime<Utc>, Uuid)>,
    /// At most so many.
    pub limit: u64,
}

/// The lines that a filter lets through, the newest first.
///
/// # Errors
/// [`Error::Forbidden`] below admin, [`Error::Database`].
pub async fn read(tx: &TenantTx, filter: &Filter) -> Result<Vec<Line>, Error> {
    tx.scope().require(Role::Admin)?;
    let mut rows = tx
        .find::<audit_entry::Entity>()
        .filter(audit_entry::Column::At.gte(filter.from))
        .filter(audit_entry::Column::At.lt(filter.to));
    if let Some(actor) = &filter.actor {
        rows = rows.filter(audit_entry::Column::Actor.eq(actor));
    }
    if let Some(action) = &filter.action {
        rows = rows.filter(audit_entry::Column::Action.eq(action));
    }
    if let Some(subject) = filter.subject {
        let shown = audit_entry::Column::Shown.contains(subject.to_string());
        rows = rows.filter(audit_entry::Column::SubjectId.eq(subject).or(shown));
    }
    if let Some(address) = filter.address {
        rows = rows.filter(audit_entry::Column::Address.eq(address.to_string()));
    }
    if let Some((at, id)) = filter.after {
        let same = audit_entry::Column::At.eq(at).and(audit_entry::Column::Id.lt(id));
        rows = rows.filter(audit_entry::Column::At.lt(at).or(same));
    }
    if let Some(way) = filter.way {
        rows = rows.filter(audit_entry::Column::Way.eq(way.as_str()));
    }
    let rows = rows
        .order_by(audit_entry::Column::At, Order::Desc)
        .order_by(audit_entry::Column::Id, Order::Desc)
        .limit(filter.limit)
        .all()
        .await?;
    rows.into_iter().map(Line::try_from).collect()
}

/// Everybody who occurs in the log: `citizen`, `system`, `staff:` or `operator:` and the account, also
/// of those who have left. Each is looked for in an index after the one before.
///
/// # Errors
/// [`Error::Forbidden`] below admin, [`Error::Database`].
pub async fn actors(tx: &TenantTx) -> Result<Vec<String>, Error> {
    tx.scope().require(Role::Admin)?;
    let sql = "WITH RECURSIVE found (actor) AS (\
               SELECT min(actor) FROM audit_entry WHERE tenant_id = $1 UNION ALL \
               SELECT (SELECT min(e.actor) FROM audit_entry e WHERE e.tenant_id = $1 \
               AND e.actor > found.actor) FROM found WHERE found.actor IS NOT NULL) \
               SELECT actor FROM found WHERE actor IS NOT NULL";
    let rows = tx.query(sql, Vec::new()).await?;
    Ok(rows.iter().map(|row| row.try_get("", "actor")).collect::<Result<_, _>>()?)
}

impl TryFrom<audit_entry::Model> for Line {
    type Error = Error;

    fn try_from(row: audit_entry::Model) -> Result<Self, Error> {
        Ok(Self {
            from: origin(&row)?,
            id: row.id,
            at: row.at,
            shown: ids(row.shown.as_deref()),
            actor: row.actor,
            action: row.action,
            subject: row.subject_id,
            detail: row.detail,
        })
    }
}

fn origin(row: &audit_entry::Model) -> Result<Option<Origin>, Error> {
    let Some(way) = &row.way else { return Ok(None) };
    let address = row.address.as_ref().map(|address| address.parse()).transpose();
    let address = address.map_err(|_| Error::Corrupt("no address".to_owned()))?;
    Ok(Some(Origin { address, way: way.parse()? }))
}

fn ids(shown: Option<&str>) -> Vec<Uuid> {
    shown.unwrap_or_default().split(' ').filter_map(|id| id.parse().ok()).collect()
}

/// A list that shows data of several people at once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct List {
    /// What was looked at, such as `day.viewed`.
    pub action: Action,
    /// The location whose list it is.
    pub of: Option<Uuid>,
    /// Which of them, such as a date; never personal data.
    pub detail: String,
}

/// So long, the same list shown again to the same person is the same look.
const SAME_LOOK: TimeDelta = TimeDelta::minutes(15);

/// Writes down whose data a list showed: one line that names all of them. Shown again within a
/// quarter of an hour at the same place, the list adds a line only for those whom it did not show
/// before, so that an open page does not flood the log and the log still tells of everybody.
///
/// # Errors
/// The database's own.
pub async fn record_look(
    tx: &TenantTx,
    at: DateTime<Utc>,
    list: &List,
    shown: &[Uuid],
) -> Result<(), DbErr> {
    let actor = tx.scope().actor.to_string();
    let from = tx.scope().origin();
    let mut before = tx
        .find::<audit_entry::Entity>()
        .filter(audit_entry::Column::At.gt(at - SAME_LOOK))
        .filter(audit_entry::Column::Actor.eq(&actor))
        .filter(audit_entry::Column::Action.eq(list.action.as_str()))
        .filter(audit_entry::Column::Detail.eq(&list.detail))
        .filter(same(audit_entry::Column::Way, way(from)))
        .filter(same(audit_entry::Column::Address, address(from)));
    if let Some(of) = list.of {
        before = before.filter(audit_entry::Column::SubjectId.eq(of));
    }
    let before: HashSet<Uuid> =
        before.all().await?.iter().flat_map(|row| ids(row.shown.as_deref())).collect();
    let new: Vec<String> =
        shown.iter().filter(|id| !before.contains(id)).map(Uuid::to_string).collect();
    if new.is_empty() {
        return Ok(());
    }
    let line = audit_entry::ActiveModel {
        detail: Set(Some(list.detail.clone())),
        shown: Set(Some(new.join(" "))),
        ..entry(tx, at, list.action, list.of)
    };
    tx.insert_later(line);
    Ok(())
}

/// Deletes the lines from before an instant, which lies at least a year back; that it was done is a
/// line of its own. On PostgreSQL the named function does it, since the log is only ever added to.
///
/// # Errors
/// The database's own.
pub async fn forget(tx: &TenantTx, at: DateTime<Utc>, before: DateTime<Utc>) -> Result<(), DbErr> {
    let old = tx.find::<audit_entry::Entity>().filter(audit_entry::Column::At.lt(before));
    if old.limit(1).one().await?.is_none() {
        return Ok(());
    }
    record(tx, at, Action::LogShortened, None);
    let sql = match tx.backend() {
        DbBackend::Postgres => "SELECT forget_log($2) WHERE $1::uuid IS NOT NULL",
        _ => "DELETE FROM audit_entry WHERE tenant_id = $1 AND at < $2",
    };
    tx.query(sql, vec![before.into()]).await?;
    Ok(())
}

/// Writes one line.
pub fn record(tx: &TenantTx, at: DateTime<Utc>, action: Action, subject: Option<Uuid>) {
    tx.insert_later(entry(tx, at, action, subject));
}

/// The same with what became what, such as a role.
pub fn record_change(
    tx: &TenantTx,
    at: DateTime<Utc>,
    action: Action,
    subject: Uuid,
    change: String,
) {
    let line = entry(tx, at, action, Some(subject));
    tx.insert_later(audit_entry::ActiveModel { detail: Set(Some(change)), ..line });
}

/// A column equals a value, or both are missing.
fn same(column: audit_entry::Column, value: Option<String>) -> SimpleExpr {
    match value {
        Some(value) => column.eq(value),
        None => column.is_null(),
    }
}

fn way(from: Option<Origin>) -> Option<String> {
    from.map(|from| from.way.as_str().to_owned())
}

fn address(from: Option<Origin>) -> Option<String> {
    from.and_then(|from| from.address).map(|address| address.to_string())
}

/// Where the line comes from is the scope's to say: no caller can forget it.
fn entry(
    tx: &TenantTx,
    at: DateTime<Utc>,
    action: Action,
    subject: Option<Uuid>,
) -> audit_entry::ActiveModel {
    let from = tx.scope().origin();
    audit_entry::ActiveModel {
        id: Set(Uuid::now_v7()),
        at: Set(at),
        actor: Set(tx.scope().actor.to_string()),
        action: Set(action.as_str().to_owned()),
        subject_id: Set(subject),
        address: Set(address(from)),
        way: Set(way(from)),
        ..Default::default()
    }
}
