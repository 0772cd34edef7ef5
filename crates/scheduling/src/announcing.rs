//! Telling other programs what happens to appointments: identities, times and services, nobody's name.

use catalog::model::WebhookEvent;
use chrono::{DateTime, Utc};
use notification::{
    outbox::{self, Content},
    webhook::Delivery,
};
use serde_json::json;
use tenant::TenantTx;

use crate::{
    Error,
    notices::{self, Told},
    undoing::Operation,
};

/// What an event is called in the outbox and by those who hear of it.
pub(crate) fn name(event: WebhookEvent) -> String {
    format!("appointment.{}", event.as_str())
}

impl Told<'_> {
    /// Writes an event for each of the town's webhooks that wants it, in the transaction in which it
    /// happens.
    pub(crate) async fn announce(
        &self,
        tx: &TenantTx,
        event: WebhookEvent,
        now: DateTime<Utc>,
    ) -> Result<(), Error> {
        self.announce_at(tx, event, now, now).await
    }

    /// The same of a change: at once, or when the operation that it is part of can no longer be
    /// undone. What an operation before it has not announced yet is out of date then.
    pub(crate) async fn announce_of(
        &self,
        tx: &TenantTx,
        event: WebhookEvent,
        operation: Option<&Operation>,
        now: DateTime<Utc>,
    ) -> Result<(), Error> {
        if let Some(operation) = operation {
            return self.announce_at(tx, event, now, operation.mails_at).await;
        }
        let before = name(WebhookEvent::Changed);
        outbox::withdraw_later(tx, self.appointment.id, &before, now).await?;
        self.announce(tx, event, now).await
    }

    async fn announce_at(
        &self,
        tx: &TenantTx,
        event: WebhookEvent,
        now: DateTime<Utc>,
        due_at: DateTime<Utc>,
    ) -> Result<(), Error> {
        let webhooks = self.setup.town.webhooks.iter();
        for webhook in webhooks.filter(|own| own.events.is_empty() || own.events.contains(&event)) {
            let delivery = Delivery {
                slug: webhook.slug.clone(),
                event: name(event),
                at: now,
                data: self.data(),
            };
            let content = Content::Webhook(&delivery);
            notices::send(self.office, tx, self.appointment.id, content, now, due_at).await?;
        }
        Ok(())
    }

    fn data(&self) -> serde_json::Value {
        let own = self.appointment;
        let location = own.location_in(self.setup);
        let counter = location.and_then(|location| {
            location.counters.iter().find(|counter| counter.id == own.counter)
        });
        json!({
            "id": own.id,
            "code": own.code,
            "status": own.status.as_str(),
            "channel": own.channel.as_str(),
            "sequence": own.sequence,
            "startsAt": own.starts_at,
            "endsAt": own.ends_at,
            "location": location.map(|location| &location.slug),
            "counter": counter.map(|counter| &counter.slug),
            "services": own.basket,
        })
    }
}
