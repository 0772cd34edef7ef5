//! Too often: a client has to wait before it may go on. Counted in the office's tallies, so by all
//! replicas together where they share a Redis.

use chrono::TimeDelta;
use scheduling::{Office, tallies::Tally};
use serde_json::Value;
use tenant::{
    Actor, Scope, Way,
    accounts::{
        browsers::{self, Known},
        password,
        sessions::{self, SignedIn},
    },
};
use uuid::Uuid;

use crate::{layer::client::Client, limits::Deed, passkeys, state::AppState};

/// So many attempts of a client at one account, of which none was right …
const MOST: u32 = 5;
/// … and so many wrong ones at all accounts together, for who tries one password with many: more than
/// a town hall that shares an address mistypes on a Monday …
const MOST_OF_CLIENT: u32 = 30;
/// … and so many wrong codes of the second factor at one account by all clients together …
const MOST_CODES: u32 = 20;
/// … in so long a time, counted from the first.
const WINDOW: TimeDelta = TimeDelta::minutes(15);

/// Who signs in, as far as that is seen before.
#[derive(Clone, Debug)]
pub(crate) struct Caller<'a> {
    pub client: &'a Client,
    /// What the browser holds by which it is known; the API has no such thing.
    pub browser: Option<String>,
}

impl<'a> Caller<'a> {
    /// By the API.
    pub(crate) fn api(client: &'a Client) -> Self {
        Self { client, browser: None }
    }

    /// What attempts are counted under: a browser in which the same account has signed in before has
    /// a count of its own, so nobody who guesses from the same address, such as a town hall's, keeps
    /// it out. Others are counted with their network.
    async fn counted_as(
        &self,
        state: &AppState,
        is_same: impl FnOnce(&Known) -> bool,
    ) -> Result<String, tenant::Error> {
        if let Some(browser) = &self.browser {
            let office = &state.office;
            if is_same(&browsers::known(&office.db, browser, office.now()).await?) {
                return Ok(format!("browser {browser}"));
            }
        }
        Ok(self.client.network())
    }
}

/// Why nobody was signed in.
#[derive(Debug)]
pub(crate) enum Refused {
    /// Too many wrong passwords; the client has to wait so long.
    Wait(TimeDelta),
    /// Unknown address, wrong password or code, or a fault.
    By(tenant::Error),
}

impl From<tenant::Error> for Refused {
    fn from(error: tenant::Error) -> Self {
        Self::By(error)
    }
}

/// Checks a password for both faces, and counts what was wrong.
pub(crate) async fn sign_in(
    state: &AppState,
    caller: &Caller<'_>,
    email: &str,
    password: &str,
) -> Result<SignedIn, Refused> {
    let now = state.office.now();
    let from = caller.counted_as(state, |known| known.by_address(email)).await?;
    let attempt = sessions::sign_in(&state.office.db, email, password, now);
    counted(state, &from, email, attempt).await
}

/// Checks the code of a sign-in that is half way; returns the session's token.
pub(crate) async fn second_step(
    state: &AppState,
    caller: &Caller<'_>,
    token: &str,
    code: &str,
) -> Result<String, Refused> {
    let Office { db, vault, .. } = state.office.as_ref();
    let now = state.office.now();
    // Counted by account: a new sign-in is no new set of attempts, and nor is another address, or who
    // has the password could try all codes from many. Only they can use these attempts up.
    let account = sessions::half_way(db, token, now).await?;
    let from = caller.counted_as(state, |known| known.by_account(account)).await?;
    let account = account.to_string();
    let codes = Tally { tenant: None, what: "code", whom: &account, window: WINDOW };
    few(state, &codes, MOST_CODES).await?;
    let attempt = sessions::second_step(db, vault, token, code, now);
    let token = counted(state, &from, &account, attempt).await?;
    state.office.tallies.forget(&codes).await;
    Ok(token)
}

/// Checks the answer of a passkey; returns the session's token.
pub(crate) async fn passkey(
    state: &AppState,
    caller: &Caller<'_>,
    way: Way,
    token: &str,
    answer: &Value,
) -> Result<String, Refused> {
    let attempt = passkeys::sign_in(state, caller.client.by(way), token, answer);
    let key = answer["id"].as_str().unwrap_or_default();
    // Whose key it is is only seen in the answer, and no answer can be guessed.
    let from = caller.counted_as(state, Known::by_anybody).await?;
    counted(state, &from, &format!("passkey:{key}"), attempt).await
}

/// Checks the password of an account that is signed in once more: who has a session only may not
/// guess it.
pub(crate) async fn confirm(
    state: &AppState,
    caller: &Caller<'_>,
    account: Uuid,
    password: &str,
) -> Result<(), Refused> {
    let from = caller.counted_as(state, |known| known.by_account(account)).await?;
    let attempt = password::confirm(&state.office.db, account, password);
    counted(state, &from, &account.to_string(), attempt).await
}

/// Passes a few times in a while for those who have forgotten the password of one account.
pub(crate) async fn forgotten(
    state: &AppState,
    caller: &Caller<'_>,
    email: &str,
) -> Result<(), Refused> {
    let from = caller.counted_as(state, |known| known.by_address(email)).await?;
    few(state, &attempts(&whom(&from, &format!("forgotten:{email}"))), MOST).await
}

/// Passes a few times in a while for a client that wants links to all appointments of an address in
/// the scope's town sent there.
pub(crate) async fn overview(
    state: &AppState,
    scope: &Scope,
    client: &Client,
    email: &str,
) -> Result<(), Refused> {
    let whom = whom(&client.network(), &format!("overview:{}:{email}", scope.tenant));
    few(state, &attempts(&whom), MOST).await
}

/// Passes while a client does not do what citizens can do more often than configured; else tells
/// how long it has to wait. Staff are not limited.
pub(crate) async fn limit(
    state: &AppState,
    scope: &Scope,
    client: &Client,
    deed: Deed,
) -> Result<(), TimeDelta> {
    let most = state.per_client.most(deed);
    if most == 0 || scope.actor != Actor::Citizen {
        return Ok(());
    }
    let whom = client.network();
    let tally = Tally {
        tenant: Some(scope.tenant),
        what: deed.as_str(),
        whom: &whom,
        window: Deed::WINDOW,
    };
    let count = state.office.tallies.add(&tally, state.office.now()).await;
    count.beyond(most).map_or(Ok(()), Err)
}

/// Counts an attempt before it is made, so that many at once are no more attempts. What was right
/// begins anew for its account, and counts for nothing among all the client's; what was neither right
/// nor wrong counts nowhere. Both counts are those of `from`, a network or a known browser: who comes
/// from another one is never kept out by them.
pub(crate) async fn counted<T>(
    state: &AppState,
    from: &str,
    account: &str,
    attempt: impl Future<Output = Result<T, tenant::Error>>,
) -> Result<T, Refused> {
    let (tallies, now) = (&state.office.tallies, state.office.now());
    let whom = whom(from, account);
    let (own, all) = (attempts(&whom), attempts_of(from));
    few(state, &own, MOST).await?;
    few(state, &all, MOST_OF_CLIENT).await?;
    let result = attempt.await;
    match &result {
        Ok(_) => {
            tallies.forget(&own).await;
            tallies.take_back(&all, now).await;
        }
        Err(error) if is_wrong(error) => {}
        Err(_) => {
            tallies.take_back(&own, now).await;
            tallies.take_back(&all, now).await;
        }
    }
    result.map_err(Refused::By)
}

/// Passes while no more than `most` were counted, with this one.
async fn few(state: &AppState, tally: &Tally<'_>, most: u32) -> Result<(), Refused> {
    let count = state.office.tallies.add(tally, state.office.now()).await;
    count.beyond(most).map_or(Ok(()), |wait| Err(Refused::Wait(wait)))
}

/// Whether somebody was not who they said, and no fault of ours kept them out.
fn is_wrong(error: &tenant::Error) -> bool {
    use tenant::Error::{Passkey, WrongCode, WrongCredentials};
    matches!(error, WrongCredentials | WrongCode | Passkey(_))
}

/// For a client and an account together, so that nobody can lock another out.
fn whom(from: &str, account: &str) -> String {
    format!("{from} {}", account.trim().to_lowercase())
}

fn attempts(whom: &str) -> Tally<'_> {
    Tally { tenant: None, what: "sign-in", whom, window: WINDOW }
}

fn attempts_of(client: &str) -> Tally<'_> {
    Tally { tenant: None, what: "sign-in-client", whom: client, window: WINDOW }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_account_is_one_however_it_is_written_and_each_client_is_another() {
        let own = whom("192.0.2.7", "Clerk@example.org");
        assert_eq!(own, whom("192.0.2.7", " clerk@EXAMPLE.org"));
        assert_ne!(own, whom("192.0.2.8", "Clerk@example.org"));
    }
}
