//! A web server for tests: takes every request, and answers as told.

use std::sync::{Arc, Mutex, PoisonError};

use axum::{
    Router,
    extract::State,
    http::{HeaderMap, StatusCode, Uri},
};
use tokio::net::TcpListener;

/// A request as it came.
#[derive(Clone, Debug)]
pub struct Taken {
    /// Path with query.
    pub path: String,
    /// Headers.
    pub headers: HeaderMap,
    /// Body.
    pub body: String,
}

#[derive(Debug)]
struct Log {
    answer: StatusCode,
    taken: Vec<Taken>,
}

/// A running web server on a free port of 127.0.0.1.
#[derive(Clone, Debug)]
pub struct WebSink {
    /// Its address.
    pub url: String,
    log: Arc<Mutex<Log>>,
}

impl WebSink {
    /// Starts one that answers that all is well.
    pub async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let url = format!("http://{}", listener.local_addr().expect("an address"));
        let log = Arc::new(Mutex::new(Log { answer: StatusCode::OK, taken: Vec::new() }));
        let sink = Self { url, log };
        let app = Router::new().fallback(take).with_state(sink.clone());
        tokio::spawn(async move { axum::serve(listener, app).await });
        sink
    }

    /// Changes what it answers.
    pub fn answer(&self, status: StatusCode) {
        self.lock().answer = status;
    }

    /// What it took, once there are `count`.
    pub async fn taken(&self, count: usize) -> Vec<Taken> {
        for _ in 0..400 {
            let taken = self.lock().taken.clone();
            if taken.len() >= count {
                return taken;
            }
            tokio::time::sleep(std::time::Duration::from_millis(50)).await;
        }
        panic!("{count} requests did not come: {:?}", self.lock().taken);
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Log> {
        self.log.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

async fn take(
    State(sink): State<WebSink>,
    uri: Uri,
    headers: HeaderMap,
    body: String,
) -> StatusCode {
    let mut log = sink.lock();
    log.taken.push(Taken { path: uri.to_string(), headers, body });
    log.answer
}
