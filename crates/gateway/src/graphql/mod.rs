//! The GraphQL face at `/graphql`: parse, call one domain function, answer.

mod error;
mod mutation;
mod page;
mod query;
mod town;
mod types;

use async_graphql::{EmptySubscription, Schema};
use async_graphql_axum::{GraphQLRequest, GraphQLResponse};
use axum::{
    Extension, Router,
    extract::State,
    http::{HeaderMap, header},
    response::{Html, IntoResponse, Response},
    routing::get,
};
use tenant::{Actor, Scope, accounts};

use crate::{
    layer::{client::Client, tenant::live_town},
    state::AppState,
};
use error::ApiError;

type ApiSchema = Schema<query::Query, mutation::Mutation, EmptySubscription>;

/// Deepest nesting of a document.
const MAX_DEPTH: usize = 16;
/// Greatest sum of selected fields; a list's fields count once for each element asked for.
const MAX_COMPLEXITY: usize = 2000;

fn schema() -> async_graphql::SchemaBuilder<query::Query, mutation::Mutation, EmptySubscription> {
    Schema::build(query::Query, mutation::Mutation, EmptySubscription)
        .limit_depth(MAX_DEPTH)
        .limit_complexity(MAX_COMPLEXITY)
        .limit_directives(20)
}

/// The schema as text.
pub(crate) fn sdl() -> String {
    schema().finish().sdl()
}

pub(crate) fn routes(state: &AppState) -> Router<AppState> {
    let mut schema = schema().data(state.clone());
    if !state.demo {
        schema = schema.disable_suggestions();
    }
    let router = Router::new();
    let router = if state.demo {
        router.route("/graphql", get(graphiql).post(execute))
    } else {
        router.route("/graphql", axum::routing::post(execute))
    };
    router.layer(Extension(schema.finish()))
}

async fn execute(
    State(state): State<AppState>,
    Extension(schema): Extension<ApiSchema>,
    client: Client,
    headers: HeaderMap,
    request: GraphQLRequest,
) -> GraphQLResponse {
    let session = match session(&state, &headers).await {
        Ok(session) => session,
        Err(error) => {
            let error = ApiError::from(error).into_graphql();
            let error = error.into_server_error(async_graphql::Pos::default());
            return async_graphql::Response::from_errors(vec![error]).into();
        }
    };
    error::with_codes(schema.execute(request.into_inner().data(session).data(client)).await).into()
}

/// Who is signed in, before it is known where.
#[derive(Clone, Debug, Default)]
struct Session {
    token: Option<String>,
    account: Option<uuid::Uuid>,
}

async fn session(state: &AppState, headers: &HeaderMap) -> Result<Session, tenant::Error> {
    let token = headers
        .get(header::AUTHORIZATION)
        .and_then(|value| value.to_str().ok())
        .and_then(|value| value.strip_prefix("Bearer "))
        .map(str::to_owned);
    let account = match &token {
        Some(token) => accounts::account_of(&state.office.db, token, state.office.now()).await?,
        None => None,
    };
    Ok(Session { token, account })
}

/// The scope in which a field with a `town` argument works: what the signed-in account is there,
/// else a citizen.
async fn scope(context: &async_graphql::Context<'_>, town: &str) -> Result<Scope, ApiError> {
    let state = context.data_unchecked::<AppState>();
    let entry = live_town(state, town).await?.ok_or(ApiError::UnknownTown)?;
    let citizen = Scope::citizen(entry.tenant);
    let Some(account) = context.data_unchecked::<Session>().account else { return Ok(citizen) };
    let tx = state.office.db.read(&citizen).await.map_err(ApiError::from)?;
    let actor: Actor = accounts::actor(&tx, account).await?;
    Ok(Scope { actor, ..citizen })
}

/// GraphiQL from our own files; the page's policy allows nothing else.
async fn graphiql() -> Response {
    const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; \
         img-src 'self' data:; font-src 'self' data:; connect-src 'self'; worker-src 'self' blob:; \
         base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
    let page = Html(include_str!("graphiql.html"));
    ([(header::CONTENT_SECURITY_POLICY, POLICY)], page).into_response()
}
