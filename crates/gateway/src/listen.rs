//! Takes connections: so many at once, and none that only waits or is only waited for.

use std::{net::SocketAddr, sync::Arc, time::Duration};

use axum::{Router, body::Body, extract::ConnectInfo};
use hyper::{Request, body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::{
    rt::{TokioIo, TokioTimer},
    server::graceful::GracefulShutdown,
};
use tokio::{net::TcpListener, sync::Semaphore};
use tokio_io_timeout::TimeoutStream;
use tokio_util::sync::CancellationToken;
use tower::ServiceExt as _;

use crate::limits::Limits;

/// How long to wait when the machine has no connection left to give.
const EXHAUSTED: Duration = Duration::from_millis(200);

/// Serves until `ending`; requests in flight are finished. Whoever comes when all places are taken
/// waits at the door until one is free.
pub(crate) async fn serve(
    listener: TcpListener,
    app: Router,
    limits: Limits,
    ending: CancellationToken,
) {
    let mut http = http1::Builder::new();
    http.timer(TokioTimer::new()).header_read_timeout(limits.header).max_buf_size(limits.head);
    let places = Arc::new(Semaphore::new(limits.connections));
    let graceful = GracefulShutdown::new();
    let next = async || {
        let place = Arc::clone(&places).acquire_owned().await.ok()?;
        loop {
            match listener.accept().await {
                Ok(visitor) => return Some((place, visitor)),
                Err(error) => {
                    tracing::warn!(%error, "no connection taken");
                    tokio::time::sleep(EXHAUSTED).await;
                }
            }
        }
    };
    while let Some(Some((place, (stream, peer)))) = ending.run_until_cancelled(next()).await {
        let app = app.clone();
        let service = service_fn(move |mut request: Request<Incoming>| {
            request.extensions_mut().insert(ConnectInfo::<SocketAddr>(peer));
            app.clone().oneshot(request.map(Body::new))
        });
        // Who takes nothing of an answer would keep its place for ever.
        let mut stream = TimeoutStream::new(stream);
        stream.set_write_timeout(Some(limits.request));
        let stream = TokioIo::new(Box::pin(stream));
        let watched = graceful.watch(http.serve_connection(stream, service));
        tokio::spawn(async move {
            // Whoever goes away in the middle has no more to hear.
            let _ = watched.await;
            drop(place);
        });
    }
    drop(listener);
    graceful.shutdown().await;
}
