//! How many appointments to come somebody may have: against those who book places to sell them.
//! Addresses and numbers are compared by keyed hashes, so nothing is opened to count.

use catalog::model::TownSetup;
use chrono::{DateTime, Utc};
use sea_orm::Value;
use tenant::{TenantTx, seal::Keyring};

use crate::{Contact, Error};

/// The address as it is counted: capitals and what follows a `+` make no other person.
pub(crate) fn email_hash(keyring: &Keyring, email: &str) -> Result<Vec<u8>, Error> {
    Ok(keyring.mac("limit-email", plain_email(email).as_bytes())?.to_vec())
}

/// The number as it is counted: its digits alone, with the national prefix.
pub(crate) fn phone_hash(keyring: &Keyring, phone: &str) -> Result<Option<Vec<u8>>, Error> {
    let digits = plain_phone(phone);
    let is_number = digits.len() > 5;
    let hash = is_number.then(|| keyring.mac("limit-phone", digits.as_bytes())).transpose()?;
    Ok(hash.map(|hash| hash.to_vec()))
}

/// Both hashes of somebody's contact data.
pub(crate) fn hashes(keyring: &Keyring, contact: &Contact) -> Result<Hashes, Error> {
    let email = contact.email.as_deref().map(|email| email_hash(keyring, email)).transpose()?;
    let phone = contact.phone.as_deref().map(|phone| phone_hash(keyring, phone)).transpose()?;
    Ok(Hashes { email, phone: phone.flatten() })
}

/// What address and number are counted by.
pub(crate) struct Hashes {
    pub(crate) email: Option<Vec<u8>>,
    pub(crate) phone: Option<Vec<u8>>,
}

fn plain_email(email: &str) -> String {
    let lower = email.trim().to_lowercase();
    match lower.split_once('@') {
        Some((local, domain)) => {
            let local = local.split('+').next().unwrap_or_default();
            format!("{local}@{domain}")
        }
        None => lower,
    }
}

fn plain_phone(phone: &str) -> String {
    let digits: String = phone.chars().filter(char::is_ascii_digit).collect();
    match phone.trim_start() {
        international if international.starts_with('+') => digits,
        _ if digits.starts_with("00") => digits[2..].to_owned(),
        _ => format!("49{}", digits.trim_start_matches('0')),
    }
}

/// Passes while the address and the number have fewer appointments to come than the town allows.
///
/// # Errors
/// [`Error::Limit`], faults.
pub(crate) async fn check(
    tx: &TenantTx,
    keyring: &Keyring,
    setup: &TownSetup,
    contact: &Contact,
    now: DateTime<Utc>,
) -> Result<(), Error> {
    let limits = &setup.town.limits;
    let most = limits.per_contact;
    if most == 0 || contact.email.as_deref().is_some_and(|email| limits.excepts(email)) {
        return Ok(());
    }
    let Hashes { email, phone } = hashes(keyring, contact)?;
    for (column, hash) in [("email_hash", email), ("phone_hash", phone)] {
        let Some(hash) = hash else { continue };
        let sql = format!(
            "SELECT count(*) AS n FROM contact c JOIN appointment a \
             ON a.tenant_id = c.tenant_id AND a.id = c.subject_id \
             WHERE c.tenant_id = $1 AND c.{column} = $2 AND a.status = 'booked' AND a.starts_at > $3"
        );
        let rows = tx.query(&sql, vec![Value::from(hash), now.into()]).await?;
        let has: i64 = rows.first().map_or(Ok(0), |row| row.try_get("", "n"))?;
        if has >= i64::from(most) {
            return Err(Error::Limit { most });
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_person_is_counted_once_however_address_and_number_are_written() {
        assert_eq!(plain_email("Erika+termin2@Example.org"), "erika@example.org");
        assert_eq!(plain_email("erika@example.org"), "erika@example.org");
        for phone in ["+49 5481 330", "0049 5481/330", "05481 33-0"] {
            assert_eq!(plain_phone(phone), "495481330", "{phone}");
        }
    }
}
