//! One's passkeys, and signing in with one.

use async_graphql::{Context, Json, Object, Result, SimpleObject};
use chrono::{DateTime, Utc};
use serde_json::Value;
use tenant::{Way, accounts::passkeys};
use uuid::Uuid;

use super::{
    account::{owner, signed_in},
    error::ApiError,
};
use crate::{
    layer::client::Client,
    passkeys as own,
    state::AppState,
    throttle::{self, Caller},
};

/// A key of one's device that opens without a password (WebAuthn).
#[derive(SimpleObject)]
pub(super) struct Passkey {
    /// Identity.
    id: Uuid,
    /// As its owner calls it.
    name: String,
    /// When it was made.
    created_at: DateTime<Utc>,
    /// When it opened a session last.
    last_used_at: Option<DateTime<Utc>>,
}

impl From<passkeys::Passkey> for Passkey {
    fn from(passkey: passkeys::Passkey) -> Self {
        let passkeys::Passkey { id, name, created_at, last_used_at } = passkey;
        Self { id, name, created_at, last_used_at }
    }
}

/// A ceremony that has begun.
#[derive(SimpleObject)]
pub(super) struct PasskeyCeremony {
    /// Ends it; works once, for five minutes.
    token: String,
    /// What the browser is given: `PublicKeyCredentialCreationOptionsJSON` for a new passkey,
    /// `PublicKeyCredentialRequestOptionsJSON` for signing in.
    options: Json<Value>,
}

impl From<passkeys::Ceremony> for PasskeyCeremony {
    fn from(ceremony: passkeys::Ceremony) -> Self {
        Self { token: ceremony.token, options: Json(ceremony.options) }
    }
}

#[derive(Default)]
pub(super) struct PasskeyQuery;

/// Reading.
#[Object]
impl PasskeyQuery {
    /// The passkeys of the account that is signed in, the oldest first.
    #[graphql(complexity = "10 * child_complexity")]
    async fn my_passkeys(&self, context: &Context<'_>) -> Result<Vec<Passkey>> {
        let state = context.data_unchecked::<AppState>();
        let found = own::list(state, signed_in(context)?).await.map_err(ApiError::from)?;
        Ok(found.into_iter().map(Into::into).collect())
    }
}

#[derive(Default)]
pub(super) struct PasskeyMutation;

/// Changing.
#[Object]
impl PasskeyMutation {
    /// Begins to make a passkey for the account that is signed in.
    #[graphql(complexity = "1000 + child_complexity")]
    async fn begin_passkey(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The account's password.")] password: String,
    ) -> Result<PasskeyCeremony> {
        let state = context.data_unchecked::<AppState>();
        let begun = own::begin(state, &owner(context)?, &password).await;
        Ok(begun.map_err(ApiError::from)?.into())
    }

    /// Keeps the passkey that the browser has made. The first second factor of an account brings
    /// recovery codes, which are shown this once; else there are none.
    #[graphql(complexity = "100")]
    async fn add_passkey(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "As beginPasskey answered it.")] token: String,
        #[graphql(desc = "The browser's `RegistrationResponseJSON`.")] answer: Json<Value>,
        #[graphql(desc = "As its owner calls it.")] name: String,
    ) -> Result<Vec<String>> {
        let state = context.data_unchecked::<AppState>();
        let answer = (token.as_str(), &answer.0);
        let codes = own::finish(state, &owner(context)?, answer, &name).await;
        Ok(codes.map_err(ApiError::from)?)
    }

    /// Takes a passkey from the account that is signed in.
    #[graphql(complexity = "1000")]
    async fn remove_passkey(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Which one.")] id: Uuid,
        #[graphql(desc = "The account's password.")] password: String,
    ) -> Result<bool> {
        let state = context.data_unchecked::<AppState>();
        let removed = own::remove(state, &owner(context)?, id, &password).await;
        removed.map_err(ApiError::from)?;
        Ok(true)
    }

    /// Begins to sign in with a passkey.
    #[graphql(complexity = "100 + child_complexity")]
    async fn begin_passkey_sign_in(&self, context: &Context<'_>) -> Result<PasskeyCeremony> {
        let begun = own::begin_sign_in(context.data_unchecked::<AppState>()).await;
        Ok(begun.map_err(ApiError::from)?.into())
    }

    /// Opens a session with a passkey, which counts as both factors; its token goes into
    /// `Authorization: Bearer …`.
    #[graphql(complexity = "1000")]
    async fn sign_in_with_passkey(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "As beginPasskeySignIn answered it.")] token: String,
        #[graphql(desc = "The browser's `AuthenticationResponseJSON`.")] answer: Json<Value>,
    ) -> Result<String> {
        let state = context.data_unchecked::<AppState>();
        let client = context.data_unchecked::<Client>();
        let session =
            throttle::passkey(state, &Caller::api(client), Way::Api, &token, &answer.0).await;
        Ok(session.map_err(ApiError::from)?)
    }
}
