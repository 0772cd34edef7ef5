//! Codes from a phone (TOTP, RFC 6238: SHA-1, six digits, thirty seconds, one step of tolerance),
//! and recovery codes for those who lost it.

use chrono::{DateTime, TimeDelta, Utc};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, Set, sea_query::ExprTrait as _};
use totp_rs::{Secret, Totp};
use uuid::Uuid;

use super::tokens::{self, Purpose};
use crate::{Db, Error, entity::account, seal::Vault};

/// How many recovery codes there are.
const RECOVERY_CODES: usize = 8;
/// They have no end; a column wants one.
const RECOVERY: TimeDelta = TimeDelta::days(36_500);
const PURPOSE: &str = "second-factor";

/// What an authenticator app needs.
#[derive(Clone, PartialEq, Eq)]
pub struct Enrolment {
    /// `otpauth://totp/…`, the content of the QR code.
    pub address: String,
    /// The secret in base32, for typing.
    pub secret: String,
}

impl std::fmt::Debug for Enrolment {
    /// The secret never reaches a log by way of `{:?}`.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Enrolment(…)")
    }
}

/// Shows the secret of a second factor that is being set up; the first call makes it. It counts
/// once [`activate`] has seen a code.
///
/// # Errors
/// [`Error::Forbidden`] when the account has a second factor already, [`Error::Sealed`],
/// [`Error::Database`].
pub async fn enrol(db: &Db, vault: &Vault, id: Uuid) -> Result<Enrolment, Error> {
    let row = row(db, id).await?;
    if row.second_factor_since.is_some() {
        return Err(Error::Forbidden);
    }
    let secret = match open(vault, &row)? {
        Some(secret) => secret,
        None => {
            let secret = Secret::generate();
            account::Entity::update(account::ActiveModel {
                id: Set(id),
                second_factor: Set(Some(vault.seal_for_account(PURPOSE, id, secret.as_bytes())?)),
                ..Default::default()
            })
            .exec(db.platform())
            .await?;
            secret
        }
    };
    let shown = secret.to_base32();
    let address = totp(secret, &row.email)?.to_url().map_err(corrupt)?;
    Ok(Enrolment { address, secret: shown })
}

/// Seals all secrets anew with the vault's present master key; returns how many.
///
/// # Errors
/// [`Error::Sealed`], [`Error::Database`].
pub async fn rewrap(db: &Db, vault: &Vault) -> Result<usize, Error> {
    let rows = account::Entity::find()
        .filter(account::Column::SecondFactor.is_not_null())
        .all(db.platform())
        .await?;
    for row in &rows {
        let Some(secret) = open(vault, row)? else { continue };
        let sealed = vault.seal_for_account(PURPOSE, row.id, secret.as_bytes())?;
        account::Entity::update(account::ActiveModel {
            id: Set(row.id),
            second_factor: Set(Some(sealed)),
            ..Default::default()
        })
        .exec(db.platform())
        .await?;
    }
    Ok(rows.len())
}

/// Makes the second factor count, once its first code was typed; returns the recovery codes.
///
/// # Errors
/// [`Error::WrongCode`], [`Error::Sealed`], [`Error::Database`].
pub async fn activate(
    db: &Db,
    vault: &Vault,
    id: Uuid,
    code: &str,
    now: DateTime<Utc>,
) -> Result<Vec<String>, Error> {
    let row = row(db, id).await?;
    if row.second_factor_since.is_some() {
        return Err(Error::Forbidden);
    }
    let step = step(vault, &row, code, now)?.ok_or(Error::WrongCode)?;
    account::Entity::update(account::ActiveModel {
        id: Set(id),
        second_factor_since: Set(Some(now)),
        second_factor_step: Set(Some(step)),
        ..Default::default()
    })
    .exec(db.platform())
    .await?;
    recovery_codes(db, id, now).await
}

/// New recovery codes, instead of those that an account had.
pub(super) async fn recovery_codes(
    db: &Db,
    id: Uuid,
    now: DateTime<Utc>,
) -> Result<Vec<String>, Error> {
    tokens::forget(db, id, Purpose::Recovery).await?;
    let codes: Vec<String> = (0..RECOVERY_CODES).map(|_| recovery_code()).collect();
    for code in &codes {
        tokens::keep(db, id, Purpose::Recovery, &plain(id, code), now + RECOVERY).await?;
    }
    Ok(codes)
}

/// Recovery codes go with the last second factor.
pub(super) async fn forget_recovery_without_factor(db: &Db, id: Uuid) -> Result<(), Error> {
    if super::get(db, id).await?.is_some_and(|own| own.has_second_factor) {
        return Ok(());
    }
    tokens::forget(db, id, Purpose::Recovery).await
}

/// Takes the codes from an app from an account.
///
/// # Errors
/// [`Error::Database`].
pub async fn remove(db: &Db, id: Uuid) -> Result<(), Error> {
    account::Entity::update(account::ActiveModel {
        id: Set(id),
        second_factor: Set(None),
        second_factor_since: Set(None),
        second_factor_step: Set(None),
        ..Default::default()
    })
    .exec(db.platform())
    .await?;
    forget_recovery_without_factor(db, id).await
}

/// Passes with a code that was not used before, or with a recovery code, which is used up.
///
/// # Errors
/// [`Error::WrongCode`], [`Error::Sealed`], [`Error::Database`].
pub(super) async fn confirm(
    db: &Db,
    vault: &Vault,
    id: Uuid,
    code: &str,
    now: DateTime<Utc>,
) -> Result<(), Error> {
    let row = row(db, id).await?;
    if let Some(step) = step(vault, &row, code, now)? {
        // Of two who use the same code at once one succeeds.
        let unused = account::Column::SecondFactorStep
            .is_null()
            .or(account::Column::SecondFactorStep.lt(step));
        let used = account::Entity::update_many()
            .set(account::ActiveModel { second_factor_step: Set(Some(step)), ..Default::default() })
            .filter(account::Column::Id.eq(id))
            .filter(unused)
            .exec(db.platform())
            .await?;
        return if used.rows_affected == 1 { Ok(()) } else { Err(Error::WrongCode) };
    }
    if tokens::redeem(db, id, &plain(id, code), Purpose::Recovery, now).await? {
        return Ok(());
    }
    Err(Error::WrongCode)
}

async fn row(db: &Db, id: Uuid) -> Result<account::Model, Error> {
    let row = account::Entity::find_by_id(id).one(db.platform()).await?;
    row.ok_or(Error::WrongCredentials)
}

fn open(vault: &Vault, row: &account::Model) -> Result<Option<Secret>, Error> {
    let Some(sealed) = &row.second_factor else { return Ok(None) };
    Ok(Some(vault.open_for_account(PURPOSE, row.id, sealed)?.into()))
}

/// The step whose code it is.
fn step(
    vault: &Vault,
    row: &account::Model,
    code: &str,
    now: DateTime<Utc>,
) -> Result<Option<i64>, Error> {
    let Some(secret) = open(vault, row)? else { return Ok(None) };
    let digits: String = code.chars().filter(|own| !own.is_whitespace()).collect();
    let seconds = u64::try_from(now.timestamp()).unwrap_or_default();
    let step = totp(secret, &row.email)?.check(&digits, seconds);
    Ok(step.and_then(|step| i64::try_from(step).ok()))
}

fn totp(secret: Secret, email: &str) -> Result<Totp, Error> {
    // A colon separates issuer and account in the address.
    let account = email.replace(':', "");
    let builder = totp_rs::Builder::new().with_secret(secret).with_account_name(account);
    builder.with_issuer(Some("Amtstermin")).build().map_err(corrupt)
}

fn corrupt(error: impl std::fmt::Display) -> Error {
    Error::Corrupt(error.to_string())
}

/// Such as `K7M2-XQ4P-9ABC`: 60 bits from an alphabet without look-alikes.
fn recovery_code() -> String {
    const ALPHABET: &[u8; 32] = b"23456789ABCDEFGHJKLMNPQRSTUVWXYZ";
    let letter = |byte: u8| char::from(ALPHABET[usize::from(byte % 32)]);
    let letters: Vec<char> = rand::random::<[u8; 12]>().map(letter).to_vec();
    letters.chunks(4).map(|part| part.iter().collect::<String>()).collect::<Vec<_>>().join("-")
}

/// What is hashed of a recovery code: typed in any way, and never alike for two accounts.
fn plain(account: Uuid, code: &str) -> String {
    let letters: String = code.chars().filter(char::is_ascii_alphanumeric).collect();
    format!("{account}:{}", letters.to_uppercase())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_the_one_of_rfc_6238() {
        // Appendix B: SHA-1, the secret "12345678901234567890", cut to six digits.
        let totp = totp(b"12345678901234567890".to_vec().into(), "e@example.org").unwrap();
        assert_eq!(totp.check("287082", 59), Some(1));
        assert_eq!(totp.check("005924", 1_234_567_890), Some(41_152_263));
        assert_eq!(totp.check("005924", 1_234_567_890 + 90), None);
    }

    #[test]
    fn a_recovery_code_may_be_typed_in_small_letters_and_without_dashes() {
        let code = recovery_code();
        assert_eq!(code.len(), 14);
        let typed = code.to_lowercase().replace('-', " ");
        assert_eq!(plain(Uuid::nil(), &code), plain(Uuid::nil(), &typed));
    }
}
