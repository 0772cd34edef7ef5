//! Personal data is sealed before it reaches a row: XChaCha20-Poly1305 with the tenant's own data
//! key, which rests in the database wrapped by the platform's master key.
//!
//! A sealed value is `version (4 bytes, big endian) ‖ nonce (24) ‖ ciphertext and tag`; its
//! associated data names tenant, purpose and row, so that it cannot be moved to another row.

use std::{
    collections::{BTreeMap, HashMap},
    sync::{Arc, PoisonError, RwLock},
    time::{Duration, Instant},
};

use base64::{Engine, engine::general_purpose::STANDARD};
use chacha20poly1305::{
    KeyInit, XChaCha20Poly1305, XNonce,
    aead::{Aead, Payload},
};
use chrono::{DateTime, TimeDelta, Utc};
use hmac::{Hmac, Mac};
use sea_orm::{ColumnTrait as _, Condition, QueryResult, Set};
use sha2::{Digest, Sha256};
use uuid::Uuid;
use zeroize::{Zeroize, ZeroizeOnDrop};

use crate::{Clock, Error, TenantId, TenantTx, entity::tenant_key};

const NONCE: usize = 24;
const VERSION: usize = 4;

/// A 256-bit secret that never shows itself.
#[derive(Clone, Zeroize, ZeroizeOnDrop)]
struct Secret([u8; 32]);

/// The platform's master key: wraps the tenants' data keys.
#[derive(Clone, Zeroize, ZeroizeOnDrop)]
pub struct MasterKey(Secret);

impl std::fmt::Debug for MasterKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("MasterKey(…)")
    }
}

impl MasterKey {
    /// Reads base64 of exactly 32 bytes; `None` for anything else.
    #[must_use]
    pub fn from_base64(text: &str) -> Option<Self> {
        let bytes = STANDARD.decode(text.trim()).ok()?;
        Some(Self(Secret(bytes.try_into().ok()?)))
    }

    /// A new random key, as base64.
    #[must_use]
    pub fn generate_base64() -> String {
        STANDARD.encode(rand::random::<[u8; 32]>())
    }
}

/// How long an opened keyring is remembered, so that every process knows a new key before
/// [`LEAD`] is over.
const REMEMBERED: Duration = Duration::from_secs(60);
/// So long after it was made a new key begins to seal.
const LEAD: TimeDelta = TimeDelta::minutes(2);
/// So long after that no process seals with an older one any more.
const RETIRED: TimeDelta = TimeDelta::minutes(10);

/// Opens tenants' keyrings and remembers them for a while.
#[derive(Debug)]
pub struct Vault {
    master: MasterKey,
    /// The master key before this one, until everything is wrapped by this one.
    previous: Option<MasterKey>,
    clock: Arc<dyn Clock>,
    opened: RwLock<HashMap<TenantId, (Instant, Arc<Keyring>)>>,
}

impl Vault {
    /// A vault under `master`, which also opens what `previous` has wrapped.
    #[must_use]
    pub fn new(master: MasterKey, previous: Option<MasterKey>, clock: Arc<dyn Clock>) -> Self {
        Self { master, previous, clock, opened: RwLock::default() }
    }

    /// The keyring of the transaction's town.
    ///
    /// # Errors
    /// [`Error::Sealed`] under another master key or without [`Vault::provision`],
    /// [`Error::Database`].
    pub async fn keyring(&self, tx: &TenantTx) -> Result<Arc<Keyring>, Error> {
        let tenant = tx.scope().tenant;
        let known =
            self.opened.read().unwrap_or_else(PoisonError::into_inner).get(&tenant).cloned();
        if let Some((since, keyring)) = known
            && since.elapsed() < REMEMBERED
        {
            return Ok(keyring);
        }
        let mut keys = BTreeMap::new();
        let mut newest = None;
        for row in tx.find::<tenant_key::Entity>().all().await? {
            let key = self.unwrap(&wrap_context(tenant, row.version), &row.wrapped)?;
            keys.insert(row.version, Secret(key.try_into().map_err(|_| Error::Sealed)?));
            if row.version == FIRST || row.created_at + LEAD <= self.clock.now() {
                newest = newest.max(Some(row.version));
            }
        }
        let keyring = Arc::new(Keyring { tenant, keys, newest: newest.unwrap_or(FIRST) });
        if !keyring.keys.is_empty() {
            self.opened
                .write()
                .unwrap_or_else(PoisonError::into_inner)
                .insert(tenant, (Instant::now(), Arc::clone(&keyring)));
        }
        Ok(keyring)
    }

    /// A keyed hash of `data` for `purpose`, for what belongs to no town; another under another
    /// master key.
    #[must_use]
    pub fn mac(&self, purpose: &str, data: &[u8]) -> [u8; 32] {
        mac(&self.master.0.0, purpose, data)
    }

    /// Seals `plain` for an account, which belongs to no town: under the master key itself.
    ///
    /// # Errors
    /// [`Error::Sealed`].
    pub fn seal_for_account(
        &self,
        purpose: &str,
        id: Uuid,
        plain: &[u8],
    ) -> Result<Vec<u8>, Error> {
        seal(&self.master.0, &account_context(purpose, id), plain)
    }

    /// Opens what [`Vault::seal_for_account`] sealed for the same purpose and account.
    ///
    /// # Errors
    /// [`Error::Sealed`] for anything else.
    pub fn open_for_account(
        &self,
        purpose: &str,
        id: Uuid,
        sealed: &[u8],
    ) -> Result<Vec<u8>, Error> {
        self.unwrap(&account_context(purpose, id), sealed)
    }

    /// Opens what this master key or the one before it has sealed.
    fn unwrap(&self, context: &str, sealed: &[u8]) -> Result<Vec<u8>, Error> {
        let opened = open(&self.master.0, context, sealed);
        match (&self.previous, opened) {
            (Some(previous), Err(_)) => open(&previous.0, context, sealed),
            (_, opened) => opened,
        }
    }

    /// Makes the first data key of the transaction's town, unless it has one.
    ///
    /// # Errors
    /// [`Error::Database`].
    pub async fn provision(&self, tx: &TenantTx, now: DateTime<Utc>) -> Result<(), Error> {
        self.make(tx, FIRST, now).await
    }

    async fn make(&self, tx: &TenantTx, version: i32, now: DateTime<Utc>) -> Result<(), Error> {
        let mut key = rand::random::<[u8; 32]>();
        let wrapped = seal(&self.master.0, &wrap_context(tx.scope().tenant, version), &key)?;
        key.zeroize();
        tx.insert_unless_taken(tenant_key::ActiveModel {
            version: Set(version),
            wrapped: Set(wrapped),
            created_at: Set(now),
            ..Default::default()
        })
        .await?;
        Ok(())
    }

    /// Makes a new data key of the transaction's town; it begins to seal two minutes later, when
    /// every process knows it. What older keys have sealed is sealed anew by [`reseal`].
    ///
    /// # Errors
    /// [`Error::Sealed`], [`Error::Database`].
    pub async fn rotate(&self, tx: &TenantTx, now: DateTime<Utc>) -> Result<(), Error> {
        let rows = tx.find::<tenant_key::Entity>().for_update().all().await?;
        let newest = rows.iter().map(|row| row.version).max().unwrap_or(0);
        self.make(tx, newest + 1, now).await
    }

    /// Wraps the town's data keys with this master key where the one before has wrapped them;
    /// returns how many.
    ///
    /// # Errors
    /// [`Error::Sealed`] under neither of the two, [`Error::Database`].
    pub async fn rewrap(&self, tx: &TenantTx) -> Result<usize, Error> {
        let tenant = tx.scope().tenant;
        let mut count = 0;
        for row in tx.find::<tenant_key::Entity>().for_update().all().await? {
            let context = wrap_context(tenant, row.version);
            if open(&self.master.0, &context, &row.wrapped).is_ok() {
                continue;
            }
            let mut key = self.unwrap(&context, &row.wrapped)?;
            let wrapped = seal(&self.master.0, &context, &key)?;
            key.zeroize();
            tx.update(tenant_key::ActiveModel {
                tenant_id: Set(tenant.0),
                version: Set(row.version),
                wrapped: Set(wrapped),
                ..Default::default()
            })
            .await?;
            count += 1;
        }
        Ok(count)
    }

    /// Deletes the town's older keys once they seal nothing at any of the `places`, which are all
    /// there are. The first one stays: hashes are made with it.
    ///
    /// # Errors
    /// [`Error::Database`].
    pub async fn retire(&self, tx: &TenantTx, places: &[Sealed]) -> Result<(), Error> {
        let rows = tx.find::<tenant_key::Entity>().all().await?;
        let Some(newest) = rows.iter().max_by_key(|row| row.version) else { return Ok(()) };
        if newest.created_at + RETIRED > self.clock.now() {
            return Ok(());
        }
        for place in places {
            if !older(tx, newest.version, *place, 1).await?.is_empty() {
                return Ok(());
            }
        }
        let old = Condition::all()
            .add(tenant_key::Column::Version.gt(FIRST))
            .add(tenant_key::Column::Version.lt(newest.version));
        tx.delete::<tenant_key::Entity>(old).await?;
        Ok(())
    }

    /// Forgets what is remembered of a town that is gone.
    pub fn forget(&self, tenant: TenantId) {
        self.opened.write().unwrap_or_else(PoisonError::into_inner).remove(&tenant);
    }
}

/// Where sealed values stand: rows of one table, each with its own identity.
#[derive(Clone, Copy, Debug)]
pub struct Sealed {
    /// The table.
    pub table: &'static str,
    /// Its column with the identity that the value is sealed for.
    pub id: &'static str,
    /// What the value is sealed for.
    pub purpose: &'static str,
}

/// So many rows are sealed anew at once.
const BATCH: usize = 200;

/// Seals values anew that an older key of the town has sealed, at most two hundred; returns how many
/// there were. A value that changes meanwhile is left to whoever changed it.
///
/// # Errors
/// [`Error::Sealed`], [`Error::Database`].
pub async fn reseal(tx: &TenantTx, keyring: &Keyring, place: Sealed) -> Result<usize, Error> {
    let Sealed { table, id, purpose } = place;
    let rows = older(tx, keyring.newest, place, BATCH).await?;
    for row in &rows {
        let (row_id, old): (Uuid, Vec<u8>) = (row.try_get("", "id")?, row.try_get("", "sealed")?);
        let mut plain = keyring.open(purpose, row_id, &old)?;
        let new = keyring.seal(purpose, row_id, &plain)?;
        plain.zeroize();
        let change = format!(
            "UPDATE {table} SET sealed = $2 WHERE tenant_id = $1 AND {id} = $3 AND sealed = $4 \
             RETURNING {id} AS id"
        );
        tx.query(&change, vec![new.into(), row_id.into(), old.into()]).await?;
    }
    Ok(rows.len())
}

/// At most `most` of the values that a key older than the one of that version has sealed.
async fn older(
    tx: &TenantTx,
    version: i32,
    place: Sealed,
    most: usize,
) -> Result<Vec<QueryResult>, Error> {
    let Sealed { table, id, .. } = place;
    let find = format!(
        "SELECT {id} AS id, sealed FROM {table} WHERE tenant_id = $1 \
         AND length(sealed) > 4 AND substr(sealed, 1, 4) < $2 LIMIT {most}"
    );
    Ok(tx.query(&find, vec![version.to_be_bytes().to_vec().into()]).await?)
}

/// Version of a town's first key.
const FIRST: i32 = 1;

fn wrap_context(tenant: TenantId, version: i32) -> String {
    format!("tenant-key|{tenant}|{version}")
}

fn account_context(purpose: &str, id: Uuid) -> String {
    format!("account|{purpose}|{id}")
}

/// A town's data keys, by version; one seals, all open.
pub struct Keyring {
    tenant: TenantId,
    keys: BTreeMap<i32, Secret>,
    /// The one that seals.
    newest: i32,
}

impl std::fmt::Debug for Keyring {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Keyring").field("tenant", &self.tenant).finish_non_exhaustive()
    }
}

impl Keyring {
    /// Seals `plain` for the row `id` that serves `purpose`.
    ///
    /// # Errors
    /// [`Error::Sealed`] when there is no key.
    pub fn seal(&self, purpose: &str, id: Uuid, plain: &[u8]) -> Result<Vec<u8>, Error> {
        let key = self.keys.get(&self.newest).ok_or(Error::Sealed)?;
        let mut sealed = self.newest.to_be_bytes().to_vec();
        sealed.extend(seal(key, &self.context(purpose, id), plain)?);
        Ok(sealed)
    }

    /// Opens what [`Keyring::seal`] sealed for the same purpose and row.
    ///
    /// # Errors
    /// [`Error::Sealed`] for anything else.
    pub fn open(&self, purpose: &str, id: Uuid, sealed: &[u8]) -> Result<Vec<u8>, Error> {
        let (version, sealed) = sealed.split_at_checked(VERSION).ok_or(Error::Sealed)?;
        let version = i32::from_be_bytes(version.try_into().map_err(|_| Error::Sealed)?);
        let key = self.keys.get(&version).ok_or(Error::Sealed)?;
        open(key, &self.context(purpose, id), sealed)
    }

    /// A keyed hash of `data` for `purpose`, with the town's first key, so that it stays the same
    /// when keys are rotated.
    ///
    /// # Errors
    /// [`Error::Sealed`] when there is no key.
    pub fn mac(&self, purpose: &str, data: &[u8]) -> Result<[u8; 32], Error> {
        let (_, key) = self.keys.first_key_value().ok_or(Error::Sealed)?;
        Ok(mac(&key.0, purpose, data))
    }

    fn context(&self, purpose: &str, id: Uuid) -> String {
        format!("{}|{purpose}|{id}", self.tenant)
    }
}

/// A keyed hash of `data` for `purpose`: HMAC-SHA-256 over both.
#[must_use]
pub fn mac(key: &[u8; 32], purpose: &str, data: &[u8]) -> [u8; 32] {
    // A shorter key is filled up to the block by definition.
    let mut block = [0; 64];
    block[..32].copy_from_slice(key);
    let mac = <Hmac<Sha256> as KeyInit>::new(&block.into());
    mac.chain_update(purpose).chain_update([0]).chain_update(data).finalize().into_bytes().into()
}

/// What is kept of a secret that only its holder knows: its SHA-256.
#[must_use]
pub fn token_hash(token: &str) -> Vec<u8> {
    Sha256::digest(token.as_bytes()).to_vec()
}

fn seal(key: &Secret, context: &str, plain: &[u8]) -> Result<Vec<u8>, Error> {
    let nonce = rand::random::<[u8; NONCE]>();
    let mut sealed = nonce.to_vec();
    let payload = Payload { msg: plain, aad: context.as_bytes() };
    let cipher = XChaCha20Poly1305::new(&key.0.into());
    sealed.extend(cipher.encrypt(&XNonce::from(nonce), payload).map_err(|_| Error::Sealed)?);
    Ok(sealed)
}

fn open(key: &Secret, context: &str, sealed: &[u8]) -> Result<Vec<u8>, Error> {
    let (nonce, ciphertext) = sealed.split_at_checked(NONCE).ok_or(Error::Sealed)?;
    let nonce: [u8; NONCE] = nonce.try_into().map_err(|_| Error::Sealed)?;
    let payload = Payload { msg: ciphertext, aad: context.as_bytes() };
    let cipher = XChaCha20Poly1305::new(&key.0.into());
    cipher.decrypt(&XNonce::from(nonce), payload).map_err(|_| Error::Sealed)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keyring(tenant: u128) -> Keyring {
        Keyring {
            tenant: TenantId(Uuid::from_u128(tenant)),
            keys: BTreeMap::from([(1, Secret([7; 32])), (2, Secret([9; 32]))]),
            newest: 2,
        }
    }

    #[test]
    fn a_sealed_value_opens_only_for_its_tenant_purpose_and_row() {
        let row = Uuid::from_u128(5);
        let sealed = keyring(1).seal("contact", row, b"Erika Mustermann").unwrap();
        assert_eq!(keyring(1).open("contact", row, &sealed).unwrap(), b"Erika Mustermann");
        assert!(keyring(2).open("contact", row, &sealed).is_err());
        assert!(keyring(1).open("mail", row, &sealed).is_err());
        assert!(keyring(1).open("contact", Uuid::from_u128(6), &sealed).is_err());
    }

    #[test]
    fn a_damaged_or_short_value_is_an_error_and_no_panic() {
        let row = Uuid::from_u128(5);
        let mut sealed = keyring(1).seal("contact", row, b"x").unwrap();
        *sealed.last_mut().unwrap() ^= 1;
        assert!(keyring(1).open("contact", row, &sealed).is_err());
        for length in 0..sealed.len() {
            assert!(keyring(1).open("contact", row, &sealed[..length]).is_err());
        }
    }

    #[test]
    fn a_value_sealed_before_a_rotation_still_opens() {
        let row = Uuid::from_u128(5);
        let old = Keyring { keys: BTreeMap::from([(1, Secret([7; 32]))]), newest: 1, ..keyring(1) };
        let sealed = old.seal("contact", row, b"x").unwrap();
        assert_eq!(keyring(1).open("contact", row, &sealed).unwrap(), b"x");
        assert_eq!(old.mac("link", b"a").unwrap(), keyring(1).mac("link", b"a").unwrap());
    }
}
