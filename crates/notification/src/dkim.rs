//! Signing mails for the town's own domain (RFC 6376), so that receivers believe them.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use chrono::{DateTime, Utc};
use lettre::{
    Message,
    message::{
        dkim::{
            DkimCanonicalization, DkimCanonicalizationType, DkimConfig, DkimSigningAlgorithm,
            DkimSigningKey,
        },
        header::HeaderName,
    },
};
use rsa::{
    RsaPrivateKey,
    pkcs1::{DecodeRsaPrivateKey as _, EncodeRsaPrivateKey as _, LineEnding},
    pkcs8::EncodePublicKey as _,
    rand_core::OsRng,
};
use tenant::{TenantTx, seal::Vault, town_secrets};

use crate::Error;

/// Under which the public key is found: `amtstermin._domainkey.` before the domain.
pub const SELECTOR: &str = "amtstermin";
/// Bits of a key (RFC 8301 asks for 1024 at least and 2048 where possible).
const BITS: usize = 2048;
/// Name among the town's secrets.
const SECRET: &str = "dkim";
/// What the signature covers, where it is there.
const HEADERS: [&str; 9] = [
    "From",
    "Reply-To",
    "To",
    "Subject",
    "Date",
    "Message-ID",
    "MIME-Version",
    "Content-Type",
    "Auto-Submitted",
];

/// Makes the town's signing key, unless it has one.
///
/// # Errors
/// Faults.
pub async fn provision(tx: &TenantTx, vault: &Vault, now: DateTime<Utc>) -> Result<(), Error> {
    if town_secrets::get(tx, vault, SECRET).await?.is_some() {
        return Ok(());
    }
    let made = tokio::task::spawn_blocking(|| {
        let key = RsaPrivateKey::new(&mut OsRng, BITS).ok()?;
        key.to_pkcs1_pem(LineEnding::LF).ok()
    });
    let pem = made.await.ok().flatten().ok_or(Error::Key)?;
    Ok(town_secrets::put(tx, vault, SECRET, pem.as_bytes(), now).await?)
}

/// The town's signing key as PEM, if it has one.
pub(crate) async fn key(tx: &TenantTx, vault: &Vault) -> Result<Option<String>, Error> {
    let pem = town_secrets::get(tx, vault, SECRET).await?;
    pem.map(|pem| String::from_utf8(pem).map_err(|_| Error::Key)).transpose()
}

/// The value of the TXT record that tells the town's public key, if it has one.
///
/// # Errors
/// Faults.
pub async fn record(tx: &TenantTx, vault: &Vault) -> Result<Option<String>, Error> {
    let Some(pem) = key(tx, vault).await? else { return Ok(None) };
    let key = RsaPrivateKey::from_pkcs1_pem(&pem).map_err(|_| Error::Key)?;
    let public = key.to_public_key().to_public_key_der().map_err(|_| Error::Key)?;
    Ok(Some(format!("v=DKIM1; k=rsa; p={}", STANDARD.encode(public.as_bytes()))))
}

/// Signs `message` for `domain`.
pub(crate) fn sign(message: &mut Message, domain: &str, pem: &str) -> Result<(), Error> {
    let key = DkimSigningKey::new(pem, DkimSigningAlgorithm::Rsa).map_err(|_| Error::Key)?;
    let relaxed = DkimCanonicalization {
        header: DkimCanonicalizationType::Relaxed,
        body: DkimCanonicalizationType::Relaxed,
    };
    let present = HEADERS.into_iter().filter(|name| message.headers().get_raw(name).is_some());
    let headers = present.map(HeaderName::new_from_ascii_str).collect();
    let config = DkimConfig::new(SELECTOR.to_owned(), domain.to_owned(), key, headers, relaxed);
    message.sign(&config);
    Ok(())
}
