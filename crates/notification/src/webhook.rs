//! Events told to other programs, in the form of Standard Webhooks: signed, timestamped, tried again.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use chrono::{DateTime, Utc};
use hmac::{Hmac, KeyInit as _, Mac as _};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use sha2::Sha256;
use tenant::{TenantTx, seal::Vault, town_secrets};
use uuid::Uuid;

use crate::{Error, outbound::Outbound};

/// An event on its way to one webhook, whose address is asked when it leaves.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Delivery {
    /// Which of the town's webhooks; its address and its secret are found by it.
    pub slug: String,
    /// What happened, such as `appointment.booked`.
    pub event: String,
    /// When.
    pub at: DateTime<Utc>,
    /// To what; nobody's name or address.
    pub data: Value,
}

/// Makes the secret that signs what this webhook is told, unless it has one. It begins with
/// `whsec_`, as receivers expect it.
///
/// # Errors
/// Faults.
pub async fn provision(
    tx: &TenantTx,
    vault: &Vault,
    slug: &str,
    now: DateTime<Utc>,
) -> Result<(), Error> {
    if secret(tx, vault, slug).await?.is_none() {
        let made = format!("whsec_{}", STANDARD.encode(rand::random::<[u8; 32]>()));
        town_secrets::put(tx, vault, &name(slug), made.as_bytes(), now).await?;
    }
    Ok(())
}

/// The secret that signs what this webhook is told, if it has one.
///
/// # Errors
/// Faults.
pub async fn secret(tx: &TenantTx, vault: &Vault, slug: &str) -> Result<Option<String>, Error> {
    let found = town_secrets::get(tx, vault, &name(slug)).await?;
    found.map(|secret| String::from_utf8(secret).map_err(|_| Error::Key)).transpose()
}

/// Forgets the secrets of all webhooks but these.
///
/// # Errors
/// Faults.
pub async fn keep_only(tx: &TenantTx, slugs: &[&str]) -> Result<(), Error> {
    let names: Vec<String> = slugs.iter().map(|slug| name(slug)).collect();
    Ok(town_secrets::keep_only(tx, PREFIX, &names).await?)
}

/// What the names of webhooks' secrets begin with.
const PREFIX: &str = "webhook:";

fn name(slug: &str) -> String {
    format!("{PREFIX}{slug}")
}

impl Delivery {
    /// Sends it to `url` under the stable identity `id`.
    ///
    /// # Errors
    /// As [`Outbound::post`] says; [`Error::Key`] without a secret.
    pub(crate) async fn send(
        &self,
        outbound: &Outbound,
        (url, secret): (&str, &str),
        id: Uuid,
        now: DateTime<Utc>,
    ) -> Result<(), Error> {
        let body =
            json!({ "type": self.event, "timestamp": self.at, "data": self.data }).to_string();
        let (id, timestamp) = (format!("msg_{}", id.simple()), now.timestamp());
        let headers = [
            ("content-type".to_owned(), "application/json".to_owned()),
            ("webhook-id".to_owned(), id.clone()),
            ("webhook-timestamp".to_owned(), timestamp.to_string()),
            ("webhook-signature".to_owned(), signature(secret, &id, timestamp, &body)?),
        ];
        match outbound.post(url, &headers, body).await {
            // Whatever else a receiver answers, it may be about to be replaced (Standard Webhooks: only
            // 410 is for good).
            Err(Error::Refused(code)) if code.starts_with('4') && code != "410" => {
                Err(Error::Later(code))
            }
            answered => answered,
        }
    }
}

/// `v1,` and the HMAC-SHA-256 over `id.timestamp.body`.
fn signature(secret: &str, id: &str, timestamp: i64, body: &str) -> Result<String, Error> {
    let key = secret.strip_prefix("whsec_").and_then(|key| STANDARD.decode(key).ok());
    let mut mac =
        Hmac::<Sha256>::new_from_slice(&key.ok_or(Error::Key)?).map_err(|_| Error::Key)?;
    mac.update(format!("{id}.{timestamp}.{body}").as_bytes());
    Ok(format!("v1,{}", STANDARD.encode(mac.finalize().into_bytes())))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The example of the Standard Webhooks libraries.
    #[test]
    fn the_signature_is_the_standards() {
        let signed = signature(
            "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
            "msg_p5jXN8AQM9LWM0D4loKWxJek",
            1_614_265_330,
            "{\"test\": 2432232314}",
        );
        assert_eq!(signed.unwrap(), "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
    }
}
