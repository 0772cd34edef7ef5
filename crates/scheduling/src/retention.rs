//! Retention: personal data go when their purpose has passed (Art. 5 (1) (e) GDPR); the figures
//! stay, since they hold none.

use catalog::{
    hours::{day_start, local_date},
    time::WallTime,
};
use chrono::{DateTime, Datelike as _, NaiveDate, TimeDelta, Utc};
use sea_orm::ColumnTrait as _;
use serde::Deserialize;
use tenant::{Scope, TenantTx, audit};
use uuid::Uuid;

use crate::{
    Error, Office,
    entity::{overview_link, returned_place},
    erasing::{forget, ids},
    waiting,
};

/// Deletes contact data, notes and mails of what ended longer ago than the town keeps them:
/// appointments by their end, requests by their answer or the last of their wishes and proposals,
/// wishes on the waiting list by their last day. Old lines of the audit log go too.
/// Returns the ids of the deleted mails, of which copies may be kept elsewhere.
///
/// # Errors
/// Faults of the catalogue and the database.
pub async fn forget_expired(office: &Office, scope: &Scope) -> Result<Vec<Uuid>, Error> {
    let now = office.now();
    let setup = office.setup(scope).await?;
    let before = now - TimeDelta::days(i64::from(setup.town.retention_days));
    let tx = office.db.write(scope).await?;
    let mut expired = ended_appointments(&tx, before).await?;
    expired.extend(passed_requests(&tx, before, setup.town.time_zone).await?);
    waiting::end_passed(&tx, local_date(before, setup.town.time_zone), before, now).await?;
    let mut mails = Vec::new();
    for subject in &expired {
        mails.extend(forget(&tx, *subject, now).await?);
    }
    mails.extend(forget_mails_of_nobody(&tx, before, now).await?);
    audit::forget(&tx, now, log_begins(now, setup.town.time_zone)).await?;
    tx.delete::<returned_place::Entity>(returned_place::Column::FreeFrom.lt(now)).await?;
    tx.delete::<overview_link::Entity>(overview_link::Column::ExpiresAt.lt(now)).await?;
    tx.commit().await?;
    if !expired.is_empty() {
        tracing::info!(count = expired.len(), "personal data deleted");
    }
    Ok(mails)
}

/// A line of the audit log is kept to the end of the year after its own (as § 76 (4) BDSG has it):
/// the log begins with last year's first day.
fn log_begins(now: DateTime<Utc>, zone: chrono_tz::Tz) -> DateTime<Utc> {
    let year = now.with_timezone(&zone).year() - 1;
    NaiveDate::from_ymd_opt(year, 1, 1).map_or(DateTime::UNIX_EPOCH, |first| day_start(first, zone))
}

async fn ended_appointments(tx: &TenantTx, before: DateTime<Utc>) -> Result<Vec<Uuid>, Error> {
    let sql = "SELECT a.id FROM appointment a WHERE a.tenant_id = $1 AND a.ends_at < $2 AND (\
               EXISTS (SELECT 1 FROM contact c \
                       WHERE c.tenant_id = a.tenant_id AND c.subject_id = a.id) \
               OR EXISTS (SELECT 1 FROM appointment_note n \
                          WHERE n.tenant_id = a.tenant_id AND n.appointment_id = a.id))";
    ids(&tx.query(sql, vec![before.into()]).await?)
}

/// What decides how long a request is kept.
#[derive(Deserialize)]
struct LastWish {
    date: NaiveDate,
    to: WallTime,
}

async fn passed_requests(
    tx: &TenantTx,
    before: DateTime<Utc>,
    zone: chrono_tz::Tz,
) -> Result<Vec<Uuid>, Error> {
    let sql = "SELECT r.id, r.wishes, r.answered_at, r.offer_ends_at FROM contact c JOIN appointment_request r \
               ON r.tenant_id = c.tenant_id AND r.id = c.subject_id WHERE c.tenant_id = $1";
    let mut passed = Vec::new();
    for row in tx.query(sql, vec![]).await? {
        let answered: Option<DateTime<Utc>> = row.try_get("", "answered_at")?;
        let wishes: serde_json::Value = row.try_get("", "wishes")?;
        let wishes: Vec<LastWish> = serde_json::from_value(wishes).map_err(catalog::Error::from)?;
        let ends = |wish: &LastWish| {
            day_start(wish.date, zone) + TimeDelta::minutes(i64::from(wish.to.minutes()))
        };
        let proposed: Option<DateTime<Utc>> = row.try_get("", "offer_ends_at")?;
        let end = answered.or_else(|| wishes.iter().map(ends).chain(proposed).max());
        if end.is_none_or(|end| end < before) {
            passed.push(row.try_get("", "id")?);
        }
    }
    Ok(passed)
}

/// Mails whose subject has no contact data (any more), such as those of an ended waiting or to staff,
/// go as late as the others; where a town keeps nothing, those that still wait have a day to leave.
async fn forget_mails_of_nobody(
    tx: &TenantTx,
    before: DateTime<Utc>,
    now: DateTime<Utc>,
) -> Result<Vec<Uuid>, Error> {
    let sql = "DELETE FROM outbox WHERE tenant_id = $1 AND created_at < $2 \
               AND (state <> 'waiting' OR created_at < $3) AND NOT EXISTS (\
               SELECT 1 FROM contact c \
               WHERE c.tenant_id = outbox.tenant_id AND c.subject_id = outbox.subject_id) \
               RETURNING id";
    let waiting = before.min(now - TimeDelta::days(1));
    ids(&tx.query(sql, vec![before.into(), waiting.into()]).await?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_log_keeps_this_year_and_the_last_by_the_town_s_clocks() {
        let begins = |now: &str| log_begins(now.parse().unwrap(), chrono_tz::Europe::Berlin);
        let instant = |text: &str| text.parse::<DateTime<Utc>>().unwrap();
        assert_eq!(begins("2026-11-23T08:00:00Z"), instant("2024-12-31T23:00:00Z"));
        assert_eq!(begins("2026-12-31T22:59:59Z"), instant("2024-12-31T23:00:00Z"));
        assert_eq!(begins("2026-12-31T23:00:00Z"), instant("2025-12-31T23:00:00Z"));
    }
}
