//! What a password must be, and how it is kept: argon2id in PHC form.

use argon2::{
    Argon2,
    password_hash::{PasswordHasher, PasswordVerifier, phc::PasswordHash},
};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, Set};
use uuid::Uuid;
use zxcvbn::{Score, zxcvbn};

use super::{browsers, tokens};
use crate::{
    Db, Error,
    entity::{account, session},
};

/// Fewest characters (NIST SP 800-63B-4, 3.1.1.2 asks for 15 where a password is all there is; we
/// check its strength beside its length).
pub const MIN_LENGTH: usize = 12;
/// Most characters that are looked at; more would only make hashing dear.
const MAX_LENGTH: usize = 200;

/// Why a password is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Weakness {
    /// Shorter than [`MIN_LENGTH`].
    Short,
    /// Longer than 200 characters.
    Long,
    /// Known from breaches, a word, a pattern on the keyboard, or made of the account's address.
    Guessable,
}

/// Whether `password` is good enough for the account with `email`.
///
/// # Errors
/// The first [`Weakness`].
pub fn check(password: &str, email: &str) -> Result<(), Weakness> {
    let length = password.chars().count();
    if length < MIN_LENGTH {
        return Err(Weakness::Short);
    }
    if length > MAX_LENGTH {
        return Err(Weakness::Long);
    }
    let local = email.split('@').next().unwrap_or_default();
    let joined: String = local.chars().filter(|own| own.is_alphanumeric()).collect();
    let mut own: Vec<&str> = email.split(['@', '.', '-', '_']).collect();
    own.extend([email, &joined, "rathaus", "buergerbuero", "bürgerbüro"]);
    if zxcvbn(password, &own).score() < Score::Three {
        return Err(Weakness::Guessable);
    }
    Ok(())
}

/// Gives an account a password. Its sessions and its open links end, and no browser knows it any more.
///
/// # Errors
/// [`Error::WeakPassword`], [`Error::Database`].
pub async fn set(db: &Db, account: Uuid, password: &str) -> Result<(), Error> {
    let row = account::Entity::find_by_id(account).one(db.platform()).await?;
    let row = row.ok_or(Error::WrongCredentials)?;
    check(password, &row.email).map_err(Error::WeakPassword)?;
    account::Entity::update(account::ActiveModel {
        id: Set(account),
        password_hash: Set(hash(password.to_owned()).await?),
        ..Default::default()
    })
    .exec(db.platform())
    .await?;
    let own = session::Column::AccountId.eq(account);
    session::Entity::delete_many().filter(own).exec(db.platform()).await?;
    browsers::forget(db, account).await?;
    tokens::forget(db, account, tokens::Purpose::Password).await?;
    tokens::forget(db, account, tokens::Purpose::SecondStep).await
}

/// Passes when `password` is the account's own.
///
/// # Errors
/// [`Error::WrongCredentials`], [`Error::Database`].
pub async fn confirm(db: &Db, account: Uuid, password: &str) -> Result<(), Error> {
    let row = account::Entity::find_by_id(account).one(db.platform()).await?;
    let right = is_right(row.map(|row| row.password_hash), password).await?;
    if right { Ok(()) } else { Err(Error::WrongCredentials) }
}

/// Whether `password` is the one behind `hash`. Without a hash it is wrong, at the same cost.
pub(super) async fn is_right(hash: Option<String>, password: &str) -> Result<bool, Error> {
    let password = password.to_owned();
    blocking(move || match hash.filter(|hash| !hash.is_empty()) {
        Some(hash) => PasswordHash::new(&hash).is_ok_and(|hash| {
            Argon2::default().verify_password(password.as_bytes(), &hash).is_ok()
        }),
        None => Argon2::default().hash_password(password.as_bytes()).is_err(),
    })
    .await
}

async fn hash(password: String) -> Result<String, Error> {
    blocking(move || {
        Argon2::default().hash_password(password.as_bytes()).map(|hash| hash.to_string())
    })
    .await?
    .map_err(|error| Error::Corrupt(error.to_string()))
}

/// Argon2 takes tens of milliseconds of computation: off the asynchronous threads.
async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, Error> {
    tokio::task::spawn_blocking(work).await.map_err(|error| Error::Corrupt(error.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn short_known_and_own_words_are_refused() {
        let weakness = |password: &str| check(password, "erika.muster@lengerich.de").err();
        assert_eq!(weakness("Sommer2026!"), Some(Weakness::Short));
        assert_eq!(weakness(&"lang und gut ".repeat(20)), Some(Weakness::Long));
        for guessable in
            ["password1234", "qwertyuiop12", "aaaaaaaaaaaaaaa", "ErikaMuster1", "rathausrathaus"]
        {
            assert_eq!(weakness(guessable), Some(Weakness::Guessable), "{guessable}");
        }
        for good in [
            "Amtstermin-Demo",
            "a long password",
            "a-long-password-for-staff",
            "Vier Enten am Kanal",
            "kupfer-wolke-7-zaun",
            "Ünter-Straße 12 Brücke",
        ] {
            assert_eq!(weakness(good), None, "{good}");
        }
    }
}
