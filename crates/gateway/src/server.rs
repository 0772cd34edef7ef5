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
    limits::{self, Limits},
    listen, retention,
    state::{AppState, StartError},
    telemetry, waiting, web,
};

/// All routes with the layers around them.
pub(crate) fn router(state: AppState, limits: Limits) -> Router {
    Router::new()
        .merge(health::routes())
        .merge(graphql::routes(&state))
        .merge(web::routes(&state))
        .with_state(state)
        .layer(CatchPanicLayer::new())
        .layer(DefaultBodyLimit::disable())
        .layer(middleware::from_fn_with_state(limits, limits::bound))
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

/// Serves pages and API and sends mails until the process is told to end; requests in flight are
/// finished.
pub(crate) async fn serve(
    config: &Config,
    state: AppState,
    listener: TcpListener,
) -> Result<(), StartError> {
    let shutdown = cancel_on_signal(state.ending.clone());
    let worker = tokio::spawn(worker(config, &state)?.run(shutdown.clone()));
    let retention = tokio::spawn(retention::run(state.clone(), shutdown.clone()));
    let waiting = tokio::spawn(waiting::run(state.clone(), shutdown.clone()));
    let limits = config.limits();
    listen::serve(listener, router(state, limits), &limits, &shutdown).await;
    if worker.await.is_err() || retention.await.is_err() || waiting.await.is_err() {
        tracing::error!("a worker ended by a panic");
    }
    Ok(())
}

/// The mail worker as configured.
pub(crate) fn worker(config: &Config, state: &AppState) -> Result<Worker, StartError> {
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

/// Cancelled by Ctrl-C or SIGTERM.
pub(crate) fn shutdown_signal() -> CancellationToken {
    cancel_on_signal(CancellationToken::new())
}

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
