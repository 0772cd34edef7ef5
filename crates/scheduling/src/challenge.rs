//! The challenge: a number that a device finds by trying, before a place is taken. A person does not
//! notice it, and a program that takes places by the hundred pays for each.
//!
//! The form is ALTCHA's, so that its libraries find the number: `challenge` is the SHA-256 of salt and
//! number, `signature` our HMAC-SHA-256 over it. The salt names when it ends. Everything here is pure;
//! that a solution is good for one place only is seen to in `proving.rs`.

use std::fmt::Write as _;

use base64::{Engine as _, engine::general_purpose::STANDARD};
use chrono::{DateTime, TimeDelta, Utc};
use hmac::{Hmac, KeyInit as _, Mac as _};
use serde::Deserialize;
use sha2::{Digest as _, Sha256};
use tenant::seal::token_hash;

const ALGORITHM: &str = "SHA-256";
/// So long a challenge can be solved, and a solution be used.
pub(crate) const LIFE: TimeDelta = TimeDelta::minutes(30);

/// What a device is given to solve.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Challenge {
    /// How the number is hidden: `SHA-256`.
    pub algorithm: &'static str,
    /// The SHA-256 of salt and number, in hexadecimal.
    pub challenge: String,
    /// What stands before the number.
    pub salt: String,
    /// Our word that the challenge is ours, in hexadecimal.
    pub signature: String,
    /// No number is greater.
    pub max_number: u32,
}

/// What is wrong with a solution.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Flaw {
    /// It does not solve a challenge of this town.
    Wrong,
    /// It came too late.
    Expired,
    /// It was used before.
    Used,
}

/// A right solution.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Solved {
    /// The challenge that it solves.
    pub(crate) challenge: String,
}

/// What a device sends back, as base64 of JSON.
#[derive(Deserialize)]
struct Solution {
    algorithm: String,
    challenge: String,
    number: u64,
    salt: String,
    signature: String,
}

/// Hides `number`, which is at most `max_number`.
pub(crate) fn make(
    key: &[u8],
    (salt, number): ([u8; 12], u32),
    max_number: u32,
    now: DateTime<Utc>,
) -> Challenge {
    // With a mark at its end: no digit of the number can be moved into the salt.
    let salt = format!("{}?expires={}&", hex(&salt), (now + LIFE).timestamp());
    let challenge = hex(&Sha256::digest(format!("{salt}{number}")));
    let signature = sign(key, &challenge);
    Challenge { algorithm: ALGORITHM, challenge, salt, signature, max_number }
}

/// Checks what a device sends back.
pub(crate) fn verify(key: &[u8], payload: &str, now: DateTime<Utc>) -> Result<Solved, Flaw> {
    let json = STANDARD.decode(payload.trim()).map_err(|_| Flaw::Wrong)?;
    let own: Solution = serde_json::from_slice(&json).map_err(|_| Flaw::Wrong)?;
    let hidden = hex(&Sha256::digest(format!("{}{}", own.salt, own.number)));
    // Hashes are compared, so that the time it takes tells nothing.
    let is_signed = token_hash(&sign(key, &own.challenge)) == token_hash(&own.signature);
    if own.algorithm != ALGORITHM || hidden != own.challenge || !is_signed {
        return Err(Flaw::Wrong);
    }
    let until = expiry(&own.salt).ok_or(Flaw::Wrong)?;
    if until <= now { Err(Flaw::Expired) } else { Ok(Solved { challenge: own.challenge }) }
}

fn expiry(salt: &str) -> Option<DateTime<Utc>> {
    let (_, parameters) = salt.split_once('?')?;
    let seconds = parameters.strip_suffix('&')?.strip_prefix("expires=")?.parse().ok()?;
    DateTime::from_timestamp(seconds, 0)
}

fn sign(key: &[u8], challenge: &str) -> String {
    // A key of any length is taken.
    let mac = Hmac::<Sha256>::new_from_slice(key).map(|mac| mac.chain_update(challenge));
    mac.map(|mac| hex(&mac.finalize().into_bytes())).unwrap_or_default()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const KEY: &[u8] = &[7; 32];
    const NOW: DateTime<Utc> = DateTime::UNIX_EPOCH;

    fn challenge() -> Challenge {
        make(KEY, ([1; 12], 471), 500, NOW)
    }

    fn payload(own: &Challenge, number: u32) -> String {
        let Challenge { algorithm, challenge, salt, signature, .. } = own;
        let solution = json!({ "algorithm": algorithm, "challenge": challenge, "number": number,
            "salt": salt, "signature": signature, "took": 12 });
        STANDARD.encode(solution.to_string())
    }

    fn checked(own: &Challenge, number: u32) -> Result<Solved, Flaw> {
        verify(KEY, &payload(own, number), NOW)
    }

    #[test]
    fn the_number_that_was_hidden_is_right_and_no_other() {
        let own = challenge();
        assert_eq!(checked(&own, 471), Ok(Solved { challenge: own.challenge.clone() }));
        let right = (0..=own.max_number).filter(|number| checked(&own, *number).is_ok());
        assert_eq!(right.collect::<Vec<_>>(), [471]);
    }

    #[test]
    fn a_solution_comes_in_time() {
        let payload = payload(&challenge(), 471);
        let late = NOW + LIFE;
        assert!(verify(KEY, &payload, late - TimeDelta::seconds(1)).is_ok());
        assert_eq!(verify(KEY, &payload, late), Err(Flaw::Expired));
    }

    #[test]
    fn another_towns_solution_is_wrong() {
        assert_eq!(verify(&[8; 32], &payload(&challenge(), 471), NOW), Err(Flaw::Wrong));
    }

    #[test]
    fn a_salt_cannot_be_changed_nor_borrow_digits_of_the_number() {
        let own = challenge();
        let later = own.salt.replace("expires=", "expires=9");
        assert_eq!(checked(&Challenge { salt: later, ..own.clone() }, 471), Err(Flaw::Wrong));
        for (salt, number) in
            [(own.salt.trim_end_matches('&').to_owned(), 471), (format!("{}4", own.salt), 71)]
        {
            assert_eq!(checked(&Challenge { salt, ..own.clone() }, number), Err(Flaw::Wrong));
        }
    }

    #[test]
    fn what_is_no_solution_is_wrong_and_no_fault() {
        let nothing = ["", "?", "e30=", "bnVsbA==", &STANDARD.encode("{\"number\":-1}")];
        for payload in nothing {
            assert_eq!(verify(KEY, payload, NOW), Err(Flaw::Wrong), "{payload}");
        }
    }
}
