//! What a provider is asked, and what it answers. Its word is believed only where signature, issuer,
//! audience, time and nonce are right.

use chrono::{DateTime, TimeDelta, Utc};
use notification::{Error as Unasked, outbound::Outbound};
use openidconnect::{
    AccessTokenHash, AuthType, AuthorizationCode, ClaimsVerificationError, ClientId, ClientSecret,
    CsrfToken, DiscoveryError, EndpointMaybeSet, EndpointNotSet, EndpointSet, HttpRequest,
    HttpResponse, IssuerUrl, LocalizedClaim, Nonce, OAuth2TokenResponse as _, PkceCodeChallenge,
    PkceCodeVerifier, RedirectUrl, RequestTokenError, Scope, TokenResponse as _,
    core::{
        CoreAuthenticationFlow, CoreClient, CoreClientAuthMethod, CoreErrorResponseType,
        CoreIdTokenClaims, CoreJwsSigningAlgorithm as Alg, CoreProviderMetadata, CoreTokenResponse,
        CoreUserInfoClaims,
    },
};
use tenant::accounts::vouching::Vouched;

/// How far a provider's clock may be ahead of ours.
const SKEW: TimeDelta = TimeDelta::minutes(5);

/// Signatures that are believed: with a key of the provider's alone, never with the shared secret.
const ALGORITHMS: [Alg; 9] = [
    Alg::RsaSsaPkcs1V15Sha256,
    Alg::RsaSsaPkcs1V15Sha384,
    Alg::RsaSsaPkcs1V15Sha512,
    Alg::RsaSsaPssSha256,
    Alg::RsaSsaPssSha384,
    Alg::RsaSsaPssSha512,
    Alg::EcdsaP256Sha256,
    Alg::EcdsaP384Sha384,
    Alg::EdDsa,
];

type Client = CoreClient<
    EndpointSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointMaybeSet,
    EndpointMaybeSet,
>;

/// What is wrong with a provider, or with what it says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Fault {
    #[error("the issuer is no address")]
    Address,
    #[error("the address may not be asked: it is in a private network or has no TLS")]
    Forbidden,
    #[error("nobody answers at the address")]
    Silent,
    #[error("there is no discovery document at the address, status {0}")]
    NoDocument(u16),
    #[error("the discovery document or the keys cannot be read")]
    Malformed,
    #[error("the discovery document names another issuer")]
    Issuer,
    #[error("the provider has no token endpoint")]
    NoTokens,
    #[error("the provider does not know this client, or its secret is another")]
    Client,
    #[error("the provider does not take its own code back")]
    Code,
    #[error("the provider has sent no ID token")]
    NoIdToken,
    #[error("the ID token has another nonce")]
    Nonce,
    #[error("the ID token is for somebody else")]
    Audience,
    #[error("the ID token is by another issuer")]
    TokenIssuer,
    #[error("the ID token's signature is not the provider's")]
    Signature,
    #[error("the ID token has expired or is from the future")]
    Expired,
    #[error("the ID token cannot be used")]
    Token,
}

/// Whom a provider has signed in.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Person {
    /// How the provider calls that person, with the address where it has verified it.
    pub vouched: Vouched,
    /// Name.
    pub name: Option<String>,
    /// Address, verified or not.
    pub email: Option<String>,
}

impl std::fmt::Debug for Person {
    /// Personal data never reaches a log by way of `{:?}`.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Person(…)")
    }
}

/// A provider as it describes itself.
#[derive(Clone, Debug)]
pub(crate) struct Provider {
    metadata: CoreProviderMetadata,
}

/// What we are to a provider.
#[derive(Clone, Debug)]
pub(super) struct Ourselves {
    pub client_id: String,
    pub secret: Option<String>,
    pub redirect: String,
}

/// A way to the provider.
#[derive(Debug)]
pub(super) struct Way {
    pub address: String,
    pub state: String,
    pub nonce: String,
    pub verifier: String,
}

impl Provider {
    /// Reads a provider's discovery document and keys.
    pub(super) async fn discover(outbound: &Outbound, issuer: &str) -> Result<Self, Fault> {
        let issuer = IssuerUrl::new(issuer.to_owned()).map_err(|_| Fault::Address)?;
        let scheme = issuer.url().scheme().to_owned();
        let found = CoreProviderMetadata::discover_async(issuer, &asking(outbound)).await;
        let metadata = found.map_err(|error| match error {
            DiscoveryError::UrlParse(_) => Fault::Address,
            DiscoveryError::Request(error) => unasked(&error),
            DiscoveryError::Response(status, ..) if !status.is_success() => {
                Fault::NoDocument(status.as_u16())
            }
            DiscoveryError::Validation(_) => Fault::Issuer,
            // What else there may be is about what is written there.
            _ => Fault::Malformed,
        })?;
        // People are sent there: nowhere that is less safe than the provider's own address.
        if metadata.authorization_endpoint().url().scheme() != scheme {
            return Err(Fault::Malformed);
        }
        if metadata.token_endpoint().is_none() {
            return Err(Fault::NoTokens);
        }
        Ok(Self { metadata })
    }

    fn client(&self, ourselves: &Ourselves) -> Result<Client, Fault> {
        let redirect = RedirectUrl::new(ourselves.redirect.clone()).map_err(|_| Fault::Address)?;
        let secret = ourselves.secret.clone().map(ClientSecret::new);
        let id = ClientId::new(ourselves.client_id.clone());
        let client = CoreClient::from_provider_metadata(self.metadata.clone(), id, secret);
        let ways = self.metadata.token_endpoint_auth_methods_supported();
        let only_in_the_body = ways.is_some_and(|ways| {
            !ways.contains(&CoreClientAuthMethod::ClientSecretBasic)
                && ways.contains(&CoreClientAuthMethod::ClientSecretPost)
        });
        let client =
            if only_in_the_body { client.set_auth_type(AuthType::RequestBody) } else { client };
        Ok(client.set_redirect_uri(redirect))
    }

    /// The way to the provider's sign-in.
    pub(super) fn way(&self, ourselves: &Ourselves, scopes: &[&str]) -> Result<Way, Fault> {
        let client = self.client(ourselves)?;
        let (challenge, verifier) = PkceCodeChallenge::new_random_sha256();
        let flow = CoreAuthenticationFlow::AuthorizationCode;
        let (address, state, nonce) = client
            .authorize_url(flow, CsrfToken::new_random, Nonce::new_random)
            .add_scopes(scopes.iter().map(|scope| Scope::new((*scope).to_owned())))
            .set_pkce_challenge(challenge)
            .url();
        Ok(Way {
            address: address.to_string(),
            state: state.into_secret(),
            nonce: nonce.secret().clone(),
            verifier: verifier.into_secret(),
        })
    }

    /// Takes a code back to the provider and reads whom it has signed in.
    pub(super) async fn redeem(
        &self,
        outbound: &Outbound,
        ourselves: &Ourselves,
        code: &str,
        (nonce, verifier): (&str, &str),
        now: DateTime<Utc>,
    ) -> Result<Person, Fault> {
        let client = self.client(ourselves)?;
        let request = client
            .exchange_code(AuthorizationCode::new(code.to_owned()))
            .map_err(|_| Fault::NoTokens)?
            .set_pkce_verifier(PkceCodeVerifier::new(verifier.to_owned()));
        let tokens =
            request.request_async(&asking(outbound)).await.map_err(|error| match error {
                RequestTokenError::ServerResponse(refused) => match refused.error() {
                    CoreErrorResponseType::InvalidClient
                    | CoreErrorResponseType::UnauthorizedClient => Fault::Client,
                    _ => Fault::Code,
                },
                RequestTokenError::Request(error) => unasked(&error),
                RequestTokenError::Parse(..) | RequestTokenError::Other(_) => Fault::Malformed,
            })?;
        let claims = verified(&client, &tokens, nonce, now)?;
        let more = match (claims.email(), client.user_info_url()) {
            (None, Some(_)) => Some(user_info(&client, outbound, &tokens, claims).await?),
            _ => None,
        };
        Ok(self.person(&tokens, claims, more.as_ref()))
    }

    fn person(
        &self,
        tokens: &CoreTokenResponse,
        claims: &CoreIdTokenClaims,
        more: Option<&CoreUserInfoClaims>,
    ) -> Person {
        let email = claims.email().or(more.and_then(|more| more.email()));
        let email = email.map(|own| own.as_str().to_owned());
        let is_verified = claims.email_verified() == Some(true)
            || more.is_some_and(|more| more.email_verified() == Some(true))
            || is_of_own_domain(tokens);
        let whole = claims.name().or(more.and_then(|more| more.name()));
        let given = claims.given_name().or(more.and_then(|more| more.given_name()));
        let family = claims.family_name().or(more.and_then(|more| more.family_name()));
        let parts = [first(given), first(family)].into_iter().flatten().collect::<Vec<_>>();
        let name = first(whole).unwrap_or_else(|| parts.join(" "));
        Person {
            vouched: Vouched {
                issuer: self.metadata.issuer().to_string(),
                subject: claims.subject().to_string(),
                email: email.clone().filter(|_| is_verified),
            },
            name: Some(name).filter(|name| !name.is_empty()),
            email,
        }
    }
}

/// Our own client for other servers, as the library asks for one.
fn asking(
    outbound: &Outbound,
) -> impl Fn(HttpRequest) -> std::pin::Pin<Box<dyn Future<Output = Result<HttpResponse, Unasked>> + Send>>
{
    let outbound = outbound.clone();
    move |request| {
        let outbound = outbound.clone();
        Box::pin(async move { outbound.ask(request).await })
    }
}

fn unasked(error: &Unasked) -> Fault {
    if matches!(error, Unasked::Refused(_)) { Fault::Forbidden } else { Fault::Silent }
}

/// The claims of the ID token, once all of it is right.
fn verified<'a>(
    client: &Client,
    tokens: &'a CoreTokenResponse,
    nonce: &str,
    now: DateTime<Utc>,
) -> Result<&'a CoreIdTokenClaims, Fault> {
    let token = tokens.id_token().ok_or(Fault::NoIdToken)?;
    let not_later = move |at: DateTime<Utc>| {
        if at <= now + SKEW { Ok(()) } else { Err(String::from("from the future")) }
    };
    let verifier = client
        .id_token_verifier()
        .set_allowed_algs(ALGORITHMS)
        .set_time_fn(move || now)
        .set_issue_time_verifier_fn(not_later);
    let claims = token.claims(&verifier, &Nonce::new(nonce.to_owned())).map_err(|error| {
        use ClaimsVerificationError as E;
        match error {
            E::Expired(_) => Fault::Expired,
            E::InvalidAudience(_) => Fault::Audience,
            E::InvalidIssuer(_) => Fault::TokenIssuer,
            E::InvalidNonce(_) => Fault::Nonce,
            E::SignatureVerification(_) => Fault::Signature,
            // The library may learn of more that is wrong.
            _ => Fault::Token,
        }
    })?;
    if let Some(expected) = claims.access_token_hash() {
        let key = token.signing_key(&verifier).map_err(|_| Fault::Signature)?;
        let algorithm = token.signing_alg().map_err(|_| Fault::Signature)?;
        let actual = AccessTokenHash::from_token(tokens.access_token(), algorithm, key);
        if actual.ok().as_ref() != Some(expected) {
            return Err(Fault::Token);
        }
    }
    Ok(claims)
}

/// What the provider tells beyond the ID token, about the same person.
async fn user_info(
    client: &Client,
    outbound: &Outbound,
    tokens: &CoreTokenResponse,
    claims: &CoreIdTokenClaims,
) -> Result<CoreUserInfoClaims, Fault> {
    let subject = Some(claims.subject().clone());
    let request = client.user_info(tokens.access_token().clone(), subject);
    let request = request.map_err(|_| Fault::Malformed)?;
    request.request_async(&asking(outbound)).await.map_err(|_| Fault::Malformed)
}

/// Entra's own word for an address of a domain that the organisation owns. The token that it stands in
/// was verified before.
fn is_of_own_domain(tokens: &CoreTokenResponse) -> bool {
    use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
    let read = || {
        let token = tokens.id_token()?.to_string();
        let claims = URL_SAFE_NO_PAD.decode(token.split('.').nth(1)?).ok()?;
        let claims: serde_json::Value = serde_json::from_slice(&claims).ok()?;
        let word = claims.get("xms_edov")?.clone();
        Some(word == true || word == "1" || word == 1 || word == "true")
    };
    read().unwrap_or_default()
}

/// A claim in whichever language it is given.
fn first<T: std::ops::Deref<Target = String>>(claim: Option<&LocalizedClaim<T>>) -> Option<String> {
    let (_, value) = claim?.iter().next()?;
    Some(value.trim().to_owned()).filter(|value| !value.is_empty())
}
