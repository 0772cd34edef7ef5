//! One's own account: where it counts, password and second factor.

use async_graphql::{Context, Object, Result, SimpleObject};
use tenant::{
    Way,
    accounts::{
        self,
        operators::{self, County},
        second_factor,
        sessions::SignedIn,
    },
    directory::Entry,
};
use uuid::Uuid;

use super::{Session, error::ApiError, query::office, staff::Role};
use crate::{
    account::{self, Owner},
    layer::client::Client,
    staff,
    state::AppState,
    throttle::{self, Caller},
};

/// What an authenticator app needs.
#[derive(SimpleObject)]
pub(super) struct Enrolment {
    /// `otpauth://totp/…`, the content of a QR code.
    address: String,
    /// The secret in base32, for typing.
    secret: String,
}

/// Who is signed in, for what reaches beyond one town.
pub(super) fn signed_in(context: &Context<'_>) -> Result<Uuid, ApiError> {
    let session = context.data_unchecked::<Session>().own.ok_or(ApiError::SignIn)?;
    Ok(session.whole()?)
}

/// The same, who changes something in it.
pub(super) fn owner<'a>(context: &Context<'a>) -> Result<Owner<'a>> {
    let caller = Caller::api(context.data_unchecked::<Client>());
    Ok(Owner { account: signed_in(context)?, caller, way: Way::Api })
}

/// Who is signed in, and where that person works. A session counts in all of these places; each
/// field says by its argument which one it is about.
#[derive(SimpleObject)]
struct Me {
    /// Identity of the account.
    account: Uuid,
    /// Address to sign in with.
    email: String,
    /// The towns in which the account has a role, by name.
    towns: Vec<OwnTown>,
    /// The counties whose towns it compares, by name.
    counties: Vec<OwnCounty>,
    /// Whether it runs the platform.
    runs_platform: bool,
}

/// A town in which somebody has a role.
#[derive(SimpleObject)]
struct OwnTown {
    /// First part of the address of its pages.
    slug: String,
    /// Name.
    name: String,
    /// What that person may do there.
    role: Role,
}

/// A county that somebody runs.
#[derive(SimpleObject)]
struct OwnCounty {
    /// Five-digit key.
    key: String,
    /// Name.
    name: String,
}

pub(super) struct AccountQuery;

/// Reading.
#[Object]
impl AccountQuery {
    /// Who is signed in, and where that person works.
    #[graphql(complexity = "50 + child_complexity")]
    async fn me(&self, context: &Context<'_>) -> Result<Me> {
        let account = signed_in(context)?;
        let state = context.data_unchecked::<AppState>();
        let db = &state.office.db;
        let own = accounts::get(db, account).await.map_err(ApiError::from)?;
        let own = own.ok_or(ApiError::SignIn)?;
        let towns = staff::towns_of(state, account).await.map_err(ApiError::from)?;
        let counties = operators::counties_of(db, account).await.map_err(ApiError::from)?;
        let runs_platform = operators::runs_platform(db, account).await;
        let town = |(town, role): (Entry, tenant::Role)| OwnTown {
            slug: town.slug,
            name: town.name,
            role: role.into(),
        };
        let county = |own: County| OwnCounty { key: own.key, name: own.name };
        Ok(Me {
            account,
            email: own.email,
            towns: towns.into_iter().map(town).collect(),
            counties: counties.into_iter().map(county).collect(),
            runs_platform: runs_platform.map_err(ApiError::from)?,
        })
    }
}

#[derive(Default)]
pub(super) struct AccountMutation;

/// Changing.
#[Object]
impl AccountMutation {
    /// Sends a link to choose a new password, if there is such an account; nobody is told whether.
    #[graphql(complexity = "1000")]
    async fn forgot_password(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Address of the account.")] email: String,
    ) -> Result<bool> {
        let state = context.data_unchecked::<AppState>();
        let client = context.data_unchecked::<Client>();
        let from = Caller::api(client);
        throttle::forgotten(state, &from, &email).await.map_err(ApiError::from)?;
        staff::forgotten(&state.office, &email).await.map_err(ApiError::from)?;
        Ok(true)
    }

    /// Chooses a password by the link of a mail, which works once; other sessions of the account
    /// end. Returns a session, or nothing where a second factor has to be shown: then sign in.
    #[graphql(complexity = "1000")]
    async fn choose_password(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Last part of the link.")] token: String,
        #[graphql(desc = "At least twelve characters that are hard to guess.")] password: String,
    ) -> Result<Option<String>> {
        let state = context.data_unchecked::<AppState>();
        let from = context.data_unchecked::<Client>().by(Way::Api);
        let chosen = account::choose_password(state, from, &token, &password).await;
        Ok(match chosen.map_err(ApiError::from)? {
            SignedIn::Session(session) => Some(session),
            SignedIn::HalfWay(_) => None,
        })
    }

    /// Changes the password of the account that is signed in; all its sessions end, this one too.
    #[graphql(complexity = "2000")]
    async fn change_password(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The password until now.")] current: String,
        #[graphql(desc = "At least twelve characters that are hard to guess.")] new: String,
    ) -> Result<bool> {
        let state = context.data_unchecked::<AppState>();
        let changed = account::change_password(state, &owner(context)?, &current, &new).await;
        changed.map_err(ApiError::from)?;
        Ok(true)
    }

    /// Begins to set up a second factor for the account that is signed in; it counts once
    /// activateSecondFactor has seen a code.
    async fn enrol_second_factor(&self, context: &Context<'_>) -> Result<Enrolment> {
        let office = office(context);
        let account = signed_in(context)?;
        let enrolment = second_factor::enrol(&office.db, &office.vault, account).await;
        let second_factor::Enrolment { address, secret } = enrolment.map_err(ApiError::from)?;
        Ok(Enrolment { address, secret })
    }

    /// Makes the second factor count; returns recovery codes, which are shown this once.
    #[graphql(complexity = "1000")]
    async fn activate_second_factor(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Six digits from the app.")] code: String,
        #[graphql(desc = "The account's password.")] password: String,
    ) -> Result<Vec<String>> {
        let state = context.data_unchecked::<AppState>();
        let owner = owner(context)?;
        let codes = account::activate_second_factor(state, &owner, &code, &password).await;
        Ok(codes.map_err(ApiError::from)?)
    }

    /// Takes the codes from an app from the account that is signed in.
    #[graphql(complexity = "1000")]
    async fn remove_second_factor(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The account's password.")] password: String,
    ) -> Result<bool> {
        let state = context.data_unchecked::<AppState>();
        let removed = account::remove_second_factor(state, &owner(context)?, &password).await;
        removed.map_err(ApiError::from)?;
        Ok(true)
    }
}
