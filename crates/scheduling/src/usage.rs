//! Figures: what happened, without who it happened to.

use chrono::{DateTime, Utc};
use sea_orm::{DbErr, Set};
use tenant::TenantTx;
use uuid::Uuid;

use crate::{Channel, entity::usage_event};

/// Counts one event in the transaction that it reports on.
pub(crate) async fn count(
    tx: &TenantTx,
    at: DateTime<Utc>,
    kind: &str,
    channel: Channel,
    location: Option<Uuid>,
    basket: &serde_json::Value,
) -> Result<(), DbErr> {
    tx.insert(usage_event::ActiveModel {
        id: Set(Uuid::now_v7()),
        at: Set(at),
        kind: Set(kind.to_owned()),
        channel: Set(channel.as_str().to_owned()),
        location_id: Set(location),
        basket: Set(basket.clone()),
        ..Default::default()
    })
    .await?;
    Ok(())
}
