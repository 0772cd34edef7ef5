//! Telling other programs what happens to appointments: identities, times and services, nobody's name.

use catalog::model::WebhookEvent;
use chrono::{DateTime, Utc};
use notification::{outbox::Content, webhook::Delivery};
use serde_json::json;
use tenant::TenantTx;

use crate::{
    Error,
    notices::{self, Told},
};

impl Told<'_> {
    /// Writes an event for each of the town's webhooks that wants it, in the transaction in which it
    /// happens.
    pub(crate) async fn announce(
        &self,
        tx: &TenantTx,
        event: WebhookEvent,
        now: DateTime<Utc>,
    ) -> Result<(), Error> {
        let webhooks = self.setup.town.webhooks.iter();
        for webhook in webhooks.filter(|own| own.events.is_empty() || own.events.contains(&event)) {
            let delivery = Delivery {
                slug: webhook.slug.clone(),
                url: webhook.url.clone(),
                event: format!("appointment.{}", event.as_str()),
                at: now,
                data: self.data(),
            };
            let content = Content::Webhook(&delivery);
            notices::send(self.office, tx, self.appointment.id, content, now, now).await?;
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
