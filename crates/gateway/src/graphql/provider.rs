//! Signing in at a town's own provider (OpenID Connect), and fetching a citizen's name and address.

use async_graphql::{Context, Enum, Object, Result, SimpleObject};

use tenant::Way;

use super::{error::ApiError, query::office, scope};
use crate::{
    layer::client::Client,
    openid::{self, Answer, Handshake, Kept, Side},
    state::AppState,
};

/// For whom a provider is.
#[derive(Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(name = "ProviderSide", remote = "Side")]
pub(super) enum ProviderSide {
    /// The town's staff, who sign in.
    Staff,
    /// Citizens, whose name and address fill a form.
    Citizens,
}

/// A town's provider.
#[derive(SimpleObject)]
pub(super) struct SignInProvider {
    /// For whom.
    side: ProviderSide,
    /// What its button calls it.
    name: String,
    /// Its address, as it names itself.
    issuer: String,
    /// Where it may have to send people back to; all of them are to be registered there.
    redirects: Vec<String>,
    /// Whether the town has kept a secret for it.
    has_secret: bool,
}

/// A way to a provider.
#[derive(SimpleObject)]
pub(super) struct Leaving {
    /// Where it begins.
    address: String,
    /// To be handed over, with what the provider sends back, within ten minutes and once.
    handshake: String,
}

/// What a provider knows of a citizen.
#[derive(SimpleObject)]
pub(super) struct ProvidedContact {
    /// Name.
    name: Option<String>,
    /// E-mail address.
    email: Option<String>,
}

pub(super) struct ProviderQuery;

/// Reading.
#[Object]
impl ProviderQuery {
    /// The town's providers. For admins.
    #[graphql(complexity = "20 * child_complexity")]
    async fn sign_in_providers(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The town's slug.")] town: String,
    ) -> Result<Vec<SignInProvider>> {
        let scope = scope(context, &town).await?;
        let state = context.data_unchecked::<AppState>();
        let setup = state.office.setup(&scope).await.map_err(ApiError::from)?;
        let mut all = Vec::new();
        for side in Side::ALL {
            let has_secret = openid::has_secret(&state.office, &scope, side).await;
            let has_secret = has_secret.map_err(ApiError::from)?;
            let Some(own) = side.of(&setup.town) else { continue };
            all.push(SignInProvider {
                side: side.into(),
                name: own.name.clone(),
                issuer: own.issuer.clone(),
                redirects: openid::redirects(state, side, &setup.town),
                has_secret,
            });
        }
        Ok(all)
    }

    /// Asks a provider to describe itself; answers true, or refuses with what is wrong. For admins.
    #[graphql(complexity = "200")]
    async fn check_provider(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The town's slug.")] town: String,
        #[graphql(desc = "Address of the provider.", validator(chars_max_length = 500))]
        issuer: String,
    ) -> Result<bool> {
        let scope = scope(context, &town).await?;
        let state = context.data_unchecked::<AppState>();
        openid::check(state, &scope, &issuer).await.map_err(ApiError::from)?;
        Ok(true)
    }
}

pub(super) struct ProviderMutation;

/// Changing.
#[Object]
impl ProviderMutation {
    /// Keeps the secret that a provider has given the town; an empty one is forgotten. For admins.
    async fn keep_provider_secret(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The town's slug.")] town: String,
        #[graphql(desc = "Whose provider.")] side: ProviderSide,
        #[graphql(desc = "The secret.", validator(chars_max_length = 500))] secret: String,
    ) -> Result<bool> {
        let scope = scope(context, &town).await?;
        let kept = openid::keep_secret(office(context), &scope, side.into(), &secret).await;
        kept.map_err(ApiError::from)?;
        Ok(true)
    }

    /// Begins the way to a town's provider, which sends people back to the town's own page.
    #[graphql(complexity = "200 + child_complexity")]
    async fn leave_for_provider(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The town's slug.")] town: String,
        #[graphql(desc = "Whose provider.")] side: ProviderSide,
    ) -> Result<Leaving> {
        let scope = scope(context, &town).await?;
        let state = context.data_unchecked::<AppState>();
        let redirect = openid::redirect(state, side.into(), &format!("/{town}"), None);
        let left = openid::leave(state, &scope, side.into(), redirect, Kept::default()).await;
        let openid::Leaving { address, handshake } = left.map_err(ApiError::from)?;
        Ok(Leaving { address, handshake })
    }

    /// Signs in the member of staff whom the town's provider vouches for; returns the token of a
    /// session that counts in this town only.
    #[graphql(complexity = "200")]
    async fn sign_in_by_provider(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The town's slug.")] town: String,
        #[graphql(desc = "As leaveForProvider gave it.")] handshake: String,
        #[graphql(desc = "As the provider sent it back.")] state: String,
        #[graphql(desc = "As the provider sent it back.")] code: String,
    ) -> Result<String> {
        let scope = scope(context, &town).await?;
        let own = context.data_unchecked::<AppState>();
        let side = Side::Staff;
        let opened = Handshake::open(&own.office, &scope, side, &handshake).await;
        let opened = opened.map_err(ApiError::from)?;
        let answer = Answer { state, code: Some(code) };
        let from = context.data_unchecked::<Client>().by(Way::Api);
        let token = openid::sign_in(own, &scope, &opened, &answer, from).await;
        Ok(token.map_err(ApiError::from)?)
    }

    /// Reads a citizen's name and address from the town's provider; nothing of it is kept.
    #[graphql(complexity = "200 + child_complexity")]
    async fn read_provided_contact(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The town's slug.")] town: String,
        #[graphql(desc = "As leaveForProvider gave it.")] handshake: String,
        #[graphql(desc = "As the provider sent it back.")] state: String,
        #[graphql(desc = "As the provider sent it back.")] code: String,
    ) -> Result<ProvidedContact> {
        let scope = scope(context, &town).await?;
        let own = context.data_unchecked::<AppState>();
        let side = Side::Citizens;
        let opened = Handshake::open(&own.office, &scope, side, &handshake).await;
        let opened = opened.map_err(ApiError::from)?;
        let answer = Answer { state, code: Some(code) };
        let person = openid::come_back(own, &scope, &opened, &answer).await;
        let person = person.map_err(ApiError::from)?;
        Ok(ProvidedContact { name: person.name, email: person.email })
    }
}
