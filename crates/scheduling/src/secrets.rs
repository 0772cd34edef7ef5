//! Codes, secrets and fingerprints.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde::Serialize;
use tenant::seal::Keyring;
use uuid::Uuid;

use crate::Error;

/// Letters and digits that cannot be mistaken for one another when read out.
const ALPHABET: &[u8] = b"23456789ABCDEFGHJKLMNPQRSTUVWXYZ";

/// A short code people can say on the phone, such as `K7M2-XQ4P`; 40 random bits.
pub(crate) fn code() -> String {
    let letter = || char::from(ALPHABET[usize::from(rand::random::<u8>()) % ALPHABET.len()]);
    let mut code: String = (0..8).map(|_| letter()).collect();
    code.insert(4, '-');
    code
}

/// A token nobody can guess; 128 random bits.
pub(crate) fn token() -> String {
    URL_SAFE_NO_PAD.encode(rand::random::<[u8; 16]>())
}

/// Whether it may be one of [`token`].
pub(crate) fn is_token(text: &str) -> bool {
    URL_SAFE_NO_PAD.decode(text).is_ok_and(|bytes| bytes.len() == 16)
}

/// A token nobody can guess, which tells to whom it was mailed, capitals aside.
pub(crate) fn token_for(keyring: &Keyring, email: &str) -> Result<String, Error> {
    let own = rand::random::<[u8; 16]>();
    Ok(URL_SAFE_NO_PAD.encode([&own[..], &mark(keyring, email)?].concat()))
}

/// Whether a token was mailed to that address.
pub(crate) fn is_token_for(keyring: &Keyring, token: &str, email: &str) -> Result<bool, Error> {
    let bytes = URL_SAFE_NO_PAD.decode(token).unwrap_or_default();
    Ok(bytes.ends_with(&mark(keyring, email)?))
}

fn mark(keyring: &Keyring, email: &str) -> Result<[u8; 8], Error> {
    let mac = keyring.mac("overview", email.to_lowercase().as_bytes())?;
    let mut mark = [0; 8];
    mark.copy_from_slice(&mac[..8]);
    Ok(mark)
}

/// The secret of a booking's own page. It is derived, so that a repeated submit gets the same
/// link although only its hash is kept.
pub(crate) fn link(keyring: &Keyring, id: Uuid) -> Result<String, Error> {
    derived(keyring, "link", id)
}

/// A secret of `id` for `purpose`.
pub(crate) fn derived(keyring: &Keyring, purpose: &str, id: Uuid) -> Result<String, Error> {
    Ok(URL_SAFE_NO_PAD.encode(&keyring.mac(purpose, id.as_bytes())?[..24]))
}

/// A keyed hash of everything that was asked for under an idempotency key.
pub(crate) fn fingerprint(keyring: &Keyring, asked: &impl Serialize) -> Result<Vec<u8>, Error> {
    let asked = serde_json::to_vec(asked).map_err(catalog::Error::from)?;
    Ok(keyring.mac("fingerprint", &asked)?.to_vec())
}

/// Passes keys of 16 to 64 visible ASCII characters.
pub(crate) fn check_idempotency_key(key: &str) -> Result<(), Error> {
    let fits = (16..=64).contains(&key.len()) && key.bytes().all(|byte| byte.is_ascii_graphic());
    fits.then_some(()).ok_or(Error::IdempotencyKey)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_have_no_letters_that_look_alike() {
        for _ in 0..1000 {
            let code = code();
            assert_eq!(code.len(), 9);
            assert!(!code.contains(['0', 'O', '1', 'I']), "{code}");
        }
    }

    #[test]
    fn idempotency_keys_are_long_enough_to_be_unguessable() {
        assert!(check_idempotency_key("1").is_err());
        assert!(check_idempotency_key("550e8400-e29b-41d4-a716-446655440000").is_ok());
        assert!(check_idempotency_key("a key with blanks in it").is_err());
    }
}
