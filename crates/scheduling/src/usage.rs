//! Figures: what happened, without who it happened to.

use chrono::{DateTime, Utc};
use sea_orm::{ColumnTrait as _, Set};
use tenant::{Role, Scope, TenantTx};
use uuid::Uuid;

use crate::{Channel, Error, Office, entity::usage_event};

/// Whether anything was ever booked in the town.
///
/// # Errors
/// `Forbidden` for citizens, faults.
pub async fn was_booked(office: &Office, scope: &Scope) -> Result<bool, Error> {
    scope.require(Role::Reader)?;
    let tx = office.db.read(scope).await?;
    let booked = tx.find::<usage_event::Entity>().filter(usage_event::Column::Kind.eq("booked"));
    Ok(booked.limit(1).one().await?.is_some())
}

/// Counts one event in the transaction that it reports on.
pub(crate) fn count(
    tx: &TenantTx,
    at: DateTime<Utc>,
    kind: &str,
    channel: Channel,
    location: Option<Uuid>,
    basket: &serde_json::Value,
) {
    tx.insert_later(usage_event::ActiveModel {
        id: Set(Uuid::now_v7()),
        at: Set(at),
        kind: Set(kind.to_owned()),
        channel: Set(channel.as_str().to_owned()),
        location_id: Set(location),
        basket: Set(basket.clone()),
        ..Default::default()
    });
}
