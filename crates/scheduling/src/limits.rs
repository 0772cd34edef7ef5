//! How many appointments to come somebody may have, and as many open requests and wishes on the
//! waiting list: against those who book places to sell them. Addresses and numbers are compared by
//! keyed hashes, so nothing is opened to count.

use catalog::model::TownSetup;
use chrono::{DateTime, Utc};
use notification::mailer;
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
            format!("{local}@{}", mailer::ascii_domain(domain))
        }
        None => lower,
    }
}

fn plain_phone(phone: &str) -> String {
    // The nought that is dialled within the country only: +49 (0)5481 …
    let phone = phone.replacen("(0)", "", usize::from(phone.trim_start().starts_with(['+', '0'])));
    let digits: String = phone.chars().filter(char::is_ascii_digit).collect();
    match phone.trim_start() {
        // Some write the nought that is dialled within the country only.
        international if international.starts_with('+') => match digits.strip_prefix("490") {
            Some(rest) => format!("49{rest}"),
            None => digits,
        },
        _ if digits.starts_with("00") => digits[2..].to_owned(),
        _ => format!("49{}", digits.trim_start_matches('0')),
    }
}

/// What is counted; each kind by itself.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Counted {
    /// Appointments to come that were booked online.
    Appointments,
    /// Requests that nobody has answered.
    Requests,
    /// Wishes on the waiting list.
    Wishes,
}

impl Counted {
    /// Table of the rows, which of them count, and the value of `$4` there.
    fn rows(self, now: DateTime<Utc>) -> (&'static str, &'static str, Option<Value>) {
        match self {
            Self::Appointments => (
                "appointment",
                "own.status = 'booked' AND own.channel = 'online' AND own.starts_at > $4 \
                 AND (own.confirm_until IS NULL OR own.confirm_until > $4)",
                Some(now.into()),
            ),
            Self::Requests => ("appointment_request", "own.status = 'open'", None),
            Self::Wishes => ("waiting_wish", "own.status IN ('waiting', 'offered')", None),
        }
    }
}

/// Whether the town's limit is not for this address. Anybody can type one of a care service, so what
/// is booked with it has to be confirmed by the link in its mail.
pub(crate) fn is_excepted(setup: &TownSetup, contact: &Contact) -> bool {
    let limits = &setup.town.limits;
    limits.per_contact > 0 && contact.email.as_deref().is_some_and(|email| limits.excepts(email))
}

/// Passes while the address and the number have fewer of the counted than the town allows. To be
/// asked before the contact data of the new one are stored; whoever asks for the same address or
/// number at the same moment waits until this transaction has ended.
///
/// # Errors
/// [`Error::Limit`], faults.
pub(crate) async fn check(
    tx: &TenantTx,
    keyring: &Keyring,
    setup: &TownSetup,
    contact: &Contact,
    counted: Counted,
    now: DateTime<Utc>,
) -> Result<(), Error> {
    let most = setup.town.limits.per_contact;
    if most == 0 || is_excepted(setup, contact) {
        return Ok(());
    }
    let Hashes { email, phone } = hashes(keyring, contact)?;
    // Always in this order, so that nobody waits in a circle.
    let hashes: Vec<&[u8]> = [&email, &phone].into_iter().flatten().map(Vec::as_slice).collect();
    tx.lock(&hashes).await?;
    let (table, counts, value) = counted.rows(now);
    let sql = format!(
        "SELECT count(CASE WHEN c.email_hash = $2 THEN 1 END) AS by_email, \
         count(CASE WHEN c.phone_hash = $3 THEN 1 END) AS by_phone \
         FROM contact c JOIN {table} own ON own.tenant_id = c.tenant_id AND own.id = c.subject_id \
         WHERE c.tenant_id = $1 AND (c.email_hash = $2 OR c.phone_hash = $3) AND {counts}"
    );
    let values = [Some(Value::from(email)), Some(Value::from(phone)), value];
    let rows = tx.query(&sql, values.into_iter().flatten().collect()).await?;
    for row in &rows {
        let (by_email, by_phone): (i64, i64) =
            (row.try_get("", "by_email")?, row.try_get("", "by_phone")?);
        if by_email.max(by_phone) >= i64::from(most) {
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
        for phone in ["+49 5481 330", "0049 5481/330", "05481 33-0", "+49 (0)5481 330"] {
            assert_eq!(plain_phone(phone), "495481330", "{phone}");
        }
    }
}
