//! The GraphQL face at `/graphql`: parse, call one domain function, answer.

mod account;
mod answers;
mod computed;
mod day;
mod embedding;
mod error;
mod mails;
mod mutation;
mod own;
mod page;
mod passkeys;
mod provider;
mod pulse;
mod query;
mod requests;
mod setup;
mod staff;
mod template;
mod town;
mod types;
mod waiting;

use std::sync::Arc;

use async_graphql::{EmptySubscription, MergedObject, Schema};
use async_graphql_axum::{GraphQLRequest, rejection::GraphQLRejection};
use axum::{
    Extension, Router,
    body::{Body, Bytes},
    extract::{FromRequest as _, Request, State},
    http::{HeaderMap, StatusCode, header},
    response::{Html, IntoResponse, Response},
    routing::get,
};
use tenant::{Actor, Scope, Way, accounts::sessions};

use crate::{
    layer::client::Client,
    limits::{Deed, DocumentLimits},
    staff::{Standing, standing},
    state::AppState,
    throttle,
};
use answers::{Answered, Answers, Bases, shared_fields};
use error::ApiError;

/// Reading.
#[derive(MergedObject)]
#[graphql(name = "Query")]
struct Query(
    query::BookingQuery,
    own::OwnQuery,
    pulse::PulseQuery,
    requests::RequestsQuery,
    waiting::WaitingQuery,
    mails::MailsQuery,
    staff::StaffQuery,
    passkeys::PasskeyQuery,
    template::TemplateQuery,
    setup::SetUpQuery,
    provider::ProviderQuery,
    account::AccountQuery,
    embedding::EmbeddingQuery,
);

/// Changing.
#[derive(MergedObject)]
#[graphql(name = "Mutation")]
struct Mutation(
    mutation::BookingMutation,
    own::OwnMutation,
    requests::RequestsMutation,
    waiting::WaitingMutation,
    mails::MailsMutation,
    staff::StaffMutation,
    account::AccountMutation,
    passkeys::PasskeyMutation,
    template::TemplateMutation,
    setup::SetUpMutation,
    provider::ProviderMutation,
);

type ApiSchema = Schema<Query, Mutation, EmptySubscription>;

fn schema() -> async_graphql::SchemaBuilder<Query, Mutation, EmptySubscription> {
    let query = Query(
        query::BookingQuery,
        own::OwnQuery,
        pulse::PulseQuery,
        requests::RequestsQuery,
        waiting::WaitingQuery,
        mails::MailsQuery,
        staff::StaffQuery,
        passkeys::PasskeyQuery,
        template::TemplateQuery,
        setup::SetUpQuery,
        provider::ProviderQuery,
        account::AccountQuery,
        embedding::EmbeddingQuery,
    );
    let mutation = Mutation(
        mutation::BookingMutation,
        own::OwnMutation,
        requests::RequestsMutation,
        waiting::WaitingMutation,
        mails::MailsMutation,
        staff::StaffMutation,
        account::AccountMutation,
        passkeys::PasskeyMutation,
        template::TemplateMutation,
        setup::SetUpMutation,
        provider::ProviderMutation,
    );
    Schema::build(query, mutation, EmptySubscription)
}

/// The schema as text.
pub(crate) fn sdl() -> String {
    schema().finish().sdl()
}

pub(crate) fn routes(state: &AppState, limits: DocumentLimits) -> Router<AppState> {
    let mut schema = schema()
        .limit_depth(limits.depth)
        .limit_complexity(limits.complexity)
        .limit_directives(limits.directives)
        .data(state.clone());
    if !state.demo {
        schema = schema.disable_suggestions();
    }
    let router = Router::new();
    let router = if state.demo {
        router.route("/graphql", get(graphiql).post(execute))
    } else {
        router.route("/graphql", axum::routing::post(execute))
    };
    router.layer(Extension(Api { schema: schema.finish(), answers: Arc::default() }))
}

/// The schema, and the answers that are kept.
#[derive(Clone)]
struct Api {
    schema: ApiSchema,
    answers: Arc<Answers>,
}

async fn execute(
    State(state): State<AppState>,
    Extension(api): Extension<Api>,
    client: Client,
    request: Request,
) -> Response {
    let (parts, body) = request.into_parts();
    let headers = &parts.headers;
    let session = match session(&state, headers).await {
        Ok(session) => session,
        Err(error) => {
            let error = ApiError::from(error).into_graphql();
            let error = error.into_server_error(async_graphql::Pos::default());
            return answered(&async_graphql::Response::from_errors(vec![error]));
        }
    };
    let question = match Bytes::from_request(Request::new(body), &()).await {
        Ok(question) => question,
        Err(rejection) => return rejection.into_response(),
    };
    let is_anonymous = session.token.is_none();
    if is_anonymous && let Some(body) = api.answers.find(&state.office, &question) {
        return answer(StatusCode::OK, body);
    }
    let request = Request::from_parts(parts, Body::from(question.clone()));
    let mut request = match GraphQLRequest::<GraphQLRejection>::from_request(request, &()).await {
        Ok(request) => request.into_inner().data(session).data(client),
        Err(rejection) => return rejection.into_response(),
    };
    let shared = shared_fields(&mut request, &question).filter(|_| is_anonymous);
    let ask = async |request| error::with_codes(api.schema.execute(request).await);
    let Some(fields) = shared else {
        return answered(&ask(request).await);
    };
    let ask = |bases: Arc<Bases>| ask(request.data(bases));
    match api.answers.ask(&state.office, &question, fields, ask).await {
        Ok(Answered::Kept(body)) => answer(StatusCode::OK, body),
        Ok(Answered::Once(response)) => answered(&response),
        Err(error) => no_json(&error),
    }
}

fn answered(response: &async_graphql::Response) -> Response {
    let status = match error::is_refused(response) {
        true => StatusCode::BAD_REQUEST,
        false => StatusCode::OK,
    };
    match serde_json::to_vec(response) {
        Ok(body) => answer(status, body.into()),
        Err(error) => no_json(&error),
    }
}

fn answer(status: StatusCode, body: Bytes) -> Response {
    (status, [(header::CONTENT_TYPE, "application/graphql-response+json")], body).into_response()
}

fn no_json(error: &serde_json::Error) -> Response {
    tracing::error!(%error, "an answer is no JSON");
    StatusCode::INTERNAL_SERVER_ERROR.into_response()
}

/// Who is signed in, before it is known where.
#[derive(Clone, Debug, Default)]
struct Session {
    token: Option<String>,
    own: Option<sessions::Session>,
}

async fn session(state: &AppState, headers: &HeaderMap) -> Result<Session, tenant::Error> {
    let token = headers
        .get(header::AUTHORIZATION)
        .and_then(|value| value.to_str().ok())
        .and_then(|value| value.strip_prefix("Bearer "))
        .map(str::to_owned);
    let own = match &token {
        Some(token) => sessions::find(&state.office.db, token, state.office.now()).await?,
        None => None,
    };
    Ok(Session { token, own })
}

/// The scope in which a field with a `town` argument works: what the signed-in account is there,
/// else a citizen.
async fn scope(context: &async_graphql::Context<'_>, town: &str) -> Result<Scope, ApiError> {
    let state = context.data_unchecked::<AppState>();
    let entry = state.directory.by_slug(&state.office.db, town).await?;
    let entry = entry.ok_or(ApiError::UnknownTown)?;
    let citizen = Scope::citizen(entry.tenant);
    let from = context.data_unchecked::<Client>().by(Way::Api);
    let actor = match context.data_unchecked::<Session>().own {
        Some(session) => match standing(&state.office, &citizen, session, from).await? {
            Standing::In(actor) => actor,
            Standing::NeedsSecondFactor => return Err(ApiError::SecondFactor),
            Standing::NeedsProvider => return Err(ApiError::ProviderOnly),
        },
        None => Actor::Citizen,
    };
    // What is not live yet is there for its staff alone.
    if !entry.is_live() && actor == Actor::Citizen {
        return Err(ApiError::UnknownTown);
    }
    Ok(Scope { actor, ..citizen })
}

/// The same for what citizens may not do too often.
async fn scope_for(
    context: &async_graphql::Context<'_>,
    town: &str,
    deed: Deed,
) -> Result<Scope, ApiError> {
    let scope = scope(context, town).await?;
    let state = context.data_unchecked::<AppState>();
    let client = context.data_unchecked::<Client>();
    throttle::limit(state, &scope, client, deed).await.map_err(ApiError::RateLimited)?;
    Ok(scope)
}

/// GraphiQL from our own files; the page's policy allows nothing else.
async fn graphiql() -> Response {
    const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; \
         img-src 'self' data:; font-src 'self' data:; connect-src 'self'; worker-src 'self' blob:; \
         base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
    let page = Html(include_str!("graphiql.html"));
    ([(header::CONTENT_SECURITY_POLICY, POLICY)], page).into_response()
}
