//! Whether the process lives and whether it can work.

use axum::{Json, Router, extract::State, http::StatusCode, routing::get};
use sea_orm::ConnectionTrait as _;
use serde_json::{Value, json};

use crate::state::AppState;

pub(crate) fn routes() -> Router<AppState> {
    Router::new().route("/healthz", get(healthz)).route("/readyz", get(readyz))
}

/// The process answers.
async fn healthz() -> &'static str {
    "ok\n"
}

/// The database answers. Redis is reported but not required: without it bookings go on.
async fn readyz(State(state): State<AppState>) -> (StatusCode, Json<Value>) {
    let database = state.office.db.platform().execute_unprepared("SELECT 1").await.is_ok();
    let holds = state.office.holds.answers().await;
    let status = if database { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    (status, Json(json!({ "database": database, "holds": holds })))
}
