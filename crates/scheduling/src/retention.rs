//! Retention: personal data go when their purpose has passed (Art. 5 (1) (e) GDPR); the figures
//! stay, since they hold none.

use catalog::{hours::day_start, time::WallTime};
use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use sea_orm::{ColumnTrait as _, QueryResult};
use serde::Deserialize;
use tenant::{Scope, TenantTx, audit};
use uuid::Uuid;

use crate::{Error, Office, entity::appointment_note};

/// Deletes contact data, notes and mails of what ended longer ago than the town keeps them: appointments
/// by their end, requests by their answer or the last of their wishes and proposals. Returns the ids of the
/// deleted mails, of which copies may be kept elsewhere.
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
    let mut mails = Vec::new();
    for subject in &expired {
        let sql = "DELETE FROM contact WHERE tenant_id = $1 AND subject_id = $2 RETURNING subject_id AS id";
        tx.query(sql, vec![(*subject).into()]).await?;
        let of_note = appointment_note::Column::AppointmentId.eq(*subject);
        tx.delete::<appointment_note::Entity>(of_note).await?;
        let sql = "DELETE FROM outbox WHERE tenant_id = $1 AND subject_id = $2 RETURNING id";
        mails.extend(ids(&tx.query(sql, vec![(*subject).into()]).await?)?);
        audit::record(&tx, now, "contact.deleted", Some(*subject)).await?;
    }
    tx.commit().await?;
    if !expired.is_empty() {
        tracing::info!(count = expired.len(), "personal data deleted");
    }
    Ok(mails)
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

fn ids(rows: &[QueryResult]) -> Result<Vec<Uuid>, Error> {
    Ok(rows.iter().map(|row| row.try_get("", "id")).collect::<Result<_, _>>()?)
}
