//! Too many wrong passwords: a client has to wait before it may try the same account again.
//!
//! Counted for a client and an account together, so that nobody can lock another out. Kept in this
//! process: with n replicas a client has n times as many attempts, which is still few.

use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
};

use chrono::{DateTime, TimeDelta, Utc};
use scheduling::Office;
use tenant::accounts::sessions::{self, SignedIn};

use crate::state::AppState;

/// So many wrong passwords …
const MOST: u32 = 5;
/// … in so long a time, counted from the first.
const WINDOW: TimeDelta = TimeDelta::minutes(15);
/// Beyond so many clients the ones whose time is over are forgotten.
const KEPT: usize = 10_000;

/// Why nobody was signed in.
#[derive(Debug)]
pub(crate) enum Refused {
    /// Too many wrong passwords; the client has to wait so long.
    Wait(TimeDelta),
    /// Unknown address, wrong password or code, or a fault.
    By(tenant::Error),
}

/// Checks a password for both faces, and counts what was wrong.
pub(crate) async fn sign_in(
    state: &AppState,
    client: &str,
    email: &str,
    password: &str,
) -> Result<SignedIn, Refused> {
    let now = state.office.now();
    let attempt = sessions::sign_in(&state.office.db, email, password, now);
    counted(state, client, email, attempt).await
}

/// Checks the code of a sign-in that is half way; returns the session's token.
pub(crate) async fn second_step(
    state: &AppState,
    client: &str,
    token: &str,
    code: &str,
) -> Result<String, Refused> {
    let Office { db, vault, .. } = state.office.as_ref();
    let now = state.office.now();
    // Counted by account: a new sign-in is no new set of attempts.
    let account = sessions::half_way(db, token, now).await.map_err(Refused::By)?;
    let attempt = sessions::second_step(db, vault, token, code, now);
    counted(state, client, &account.to_string(), attempt).await
}

/// Passes a few times in a while for one client and one account.
pub(crate) fn rarely(state: &AppState, client: &str, account: &str) -> Result<(), Refused> {
    let now = state.office.now();
    match state.sign_ins.wait(client, account, now) {
        Some(wait) => Err(Refused::Wait(wait)),
        None => {
            state.sign_ins.failed(client, account, now);
            Ok(())
        }
    }
}

async fn counted<T>(
    state: &AppState,
    client: &str,
    account: &str,
    attempt: impl Future<Output = Result<T, tenant::Error>>,
) -> Result<T, Refused> {
    use tenant::Error::{WrongCode, WrongCredentials};
    let now = state.office.now();
    if let Some(wait) = state.sign_ins.wait(client, account, now) {
        return Err(Refused::Wait(wait));
    }
    let result = attempt.await;
    match &result {
        Ok(_) => state.sign_ins.succeeded(client, account),
        Err(WrongCredentials | WrongCode) => state.sign_ins.failed(client, account, now),
        Err(_) => {}
    }
    result.map_err(Refused::By)
}

/// Counts failures by client and account.
#[derive(Debug, Default)]
pub(crate) struct Throttle {
    failures: Mutex<HashMap<(String, String), Failures>>,
}

#[derive(Clone, Copy, Debug)]
struct Failures {
    since: DateTime<Utc>,
    count: u32,
}

impl Throttle {
    /// How long `client` has to wait before it may try `account`, if it has to.
    fn wait(&self, client: &str, account: &str, now: DateTime<Utc>) -> Option<TimeDelta> {
        let kept = self.failures.lock().unwrap_or_else(PoisonError::into_inner);
        let found = kept.get(&key(client, account))?;
        let left = found.since + WINDOW - now;
        (found.count >= MOST && left > TimeDelta::zero()).then_some(left)
    }

    /// Counts a wrong password.
    fn failed(&self, client: &str, account: &str, now: DateTime<Utc>) {
        let mut kept = self.failures.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.len() >= KEPT {
            kept.retain(|_, own| own.since + WINDOW > now);
        }
        let own = kept.entry(key(client, account)).or_insert(Failures { since: now, count: 0 });
        if own.since + WINDOW <= now {
            *own = Failures { since: now, count: 0 };
        }
        own.count += 1;
    }

    /// Forgets what was counted: the password was right.
    fn succeeded(&self, client: &str, account: &str) {
        let mut kept = self.failures.lock().unwrap_or_else(PoisonError::into_inner);
        kept.remove(&key(client, account));
    }
}

fn key(client: &str, account: &str) -> (String, String) {
    (client.to_owned(), account.trim().to_lowercase())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn minute(minute: i64) -> DateTime<Utc> {
        DateTime::UNIX_EPOCH + TimeDelta::minutes(minute)
    }

    #[test]
    fn a_client_waits_after_five_wrong_passwords_and_nobody_else_does() {
        let throttle = Throttle::default();
        for attempt in 0..5 {
            assert_eq!(throttle.wait("mallory", "Clerk@example.org", minute(attempt)), None);
            throttle.failed("mallory", "Clerk@example.org", minute(attempt));
        }
        let wait = throttle.wait("mallory", " clerk@EXAMPLE.org", minute(5));
        assert_eq!(wait, Some(TimeDelta::minutes(10)));
        assert_eq!(throttle.wait("the clerk", "clerk@example.org", minute(5)), None);
        assert_eq!(throttle.wait("mallory", "other@example.org", minute(5)), None);
        assert_eq!(throttle.wait("mallory", "clerk@example.org", minute(15)), None);
    }

    #[test]
    fn a_right_password_and_the_end_of_the_window_begin_anew() {
        let throttle = Throttle::default();
        (0..4).for_each(|_| throttle.failed("client", "account", minute(0)));
        throttle.succeeded("client", "account");
        throttle.failed("client", "account", minute(1));
        assert_eq!(throttle.wait("client", "account", minute(1)), None);
        (0..4).for_each(|_| throttle.failed("client", "account", minute(17)));
        assert_eq!(throttle.wait("client", "account", minute(17)), None);
    }
}
