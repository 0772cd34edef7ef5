//! After a town's key was rotated: everything that the old one has sealed is sealed by the new one.

use tenant::{
    Scope,
    seal::{self, Sealed},
};

use crate::{Error, Office};

/// All places with sealed values.
const PLACES: [Sealed; 4] = [
    Sealed { table: "contact", id: "subject_id", purpose: "contact" },
    Sealed { table: "appointment_note", id: "appointment_id", purpose: "note" },
    Sealed { table: "outbox", id: "id", purpose: "mail" },
    Sealed { table: "town_secret", id: "id", purpose: "town-secret" },
];

/// Seals anew what older keys of the town have sealed, in small steps between which others come
/// through; returns how many values. Keys that seal nothing any more are deleted.
///
/// # Errors
/// Faults.
pub async fn reseal(office: &Office, scope: &Scope) -> Result<usize, Error> {
    let mut all = 0;
    for place in PLACES {
        loop {
            let tx = office.db.write(scope).await?;
            let keyring = office.vault.keyring(&tx).await?;
            let count = seal::reseal(&tx, &keyring, place).await?;
            tx.commit().await?;
            all += count;
            if count == 0 {
                break;
            }
        }
    }
    let tx = office.db.write(scope).await?;
    office.vault.retire(&tx, &PLACES).await?;
    tx.commit().await?;
    if all > 0 {
        tracing::info!(count = all, "sealed with the newest key");
    }
    Ok(all)
}
