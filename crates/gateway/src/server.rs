//! The running server: routes, the mail worker, an orderly end.

use axum::{Router, extract::DefaultBodyLimit, middleware};
use notification::{mailer::Mailer, worker::Worker};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use tower_http::{
    catch_panic::CatchPanicLayer,
    compression::CompressionLayer,
    trace::{DefaultOnResponse, TraceLayer},
};
use tracing::Level;

use crate::{
    config::Config,
    graphql, health,
    jobs::Jobs,
    limits::{self, Bounds, Limits},
    listen, retention,
    state::{AppState, StartError},
    telemetry, waiting, web,
};

/// All routes with the layers around them.
pub(crate) fn router(state: AppState, limits: Limits) -> Router {
    Router::new()
        .merge(health::routes())
        .merge(graphql::routes(&state, limits.document))
        .merge(web::routes(&state))
        .with_state(state.clone())
        .layer(CatchPanicLayer::new())
        .layer(DefaultBodyLimit::disable())
        .layer(middleware::from_fn_with_state(Bounds::new(limits, state), limits::bound))
        .layer(CompressionLayer::new())
        .layer(
            // Paths can hold a secret, so the span names the method only.
            TraceLayer::new_for_http()
                .make_span_with(|request: &axum::http::Request<_>| {
                    tracing::info_span!("request", method = %request.method())
                })
                .on_response(DefaultOnResponse::new().level(Level::DEBUG)),
        )
}

/// Serves pages and API and sends mails until the process is told to end; requests and mails under way
/// are finished.
pub(crate) async fn serve(
    config: &Config,
    state: AppState,
    listener: TcpListener,
) -> Result<(), StartError> {
    let mut jobs = jobs(config, &state)?;
    let limits = config.limits();
    limits::raise_open_files(limits.connections);
    jobs.start("answers", |shutdown| {
        listen::serve(listener, router(state, limits), limits, shutdown)
    });
    Ok(jobs.end(limits.ending).await?)
}

/// Sends mails and does what has to be done from time to time, without answering anybody, until the
/// process is told to end.
pub(crate) async fn work(config: &Config, state: &AppState) -> Result<(), StartError> {
    Ok(jobs(config, state)?.end(config.limits().ending).await?)
}

fn jobs(config: &Config, state: &AppState) -> Result<Jobs, StartError> {
    let mut jobs = Jobs::until(cancel_on_signal(state.ending.clone()));
    let worker = worker(config, state)?;
    jobs.start("mails", |shutdown| worker.run(shutdown));
    jobs.start("retention", |shutdown| retention::run(state.clone(), shutdown));
    jobs.start("waiting list", |shutdown| waiting::run(state.clone(), shutdown));
    Ok(jobs)
}

/// The mail worker as configured.
fn worker(config: &Config, state: &AppState) -> Result<Worker, StartError> {
    let office = &state.office;
    let mailer = match &config.smtp_url {
        Some(url) => Mailer::smtp(url, &config.mail_from)?,
        None => Mailer::folder(&config.mail_folder, &config.mail_from)?,
    };
    let mailer = match &config.bounce_address {
        Some(address) => mailer.returned_to(address)?,
        None => mailer,
    };
    Ok(Worker {
        db: office.db.clone(),
        vault: office.vault.clone(),
        mailer,
        outbound: state.outbound.clone(),
        renew: office.clone(),
        clock: office.clock.clone(),
        waiting: office.mail_waiting.clone(),
        join_trace: telemetry::join,
    })
}

/// Cancels on Ctrl-C or SIGTERM.
fn cancel_on_signal(token: CancellationToken) -> CancellationToken {
    let trigger = token.clone();
    tokio::spawn(async move {
        let terminate = async {
            match tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate()) {
                Ok(mut signal) => {
                    signal.recv().await;
                }
                Err(_) => std::future::pending().await,
            }
        };
        tokio::select! {
            _ = tokio::signal::ctrl_c() => {}
            () = terminate => {}
        }
        tracing::info!("ending: requests in flight are finished");
        trigger.cancel();
    });
    token
}
