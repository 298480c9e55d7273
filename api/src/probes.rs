//! Probes: alive, ready, metrics.

use std::sync::Arc;
use std::time::Duration;

use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use serde_json::json;

use crate::state::Shared;

/// `/healthz` and `/readyz`, which balancers ask under any host name.
pub(crate) fn routes() -> Router<Arc<Shared>> {
    Router::new().route("/healthz", get(alive)).route("/readyz", get(ready))
}

/// Says that the process answers.
async fn alive() -> &'static str {
    "ok\n"
}

/// Says whether requests would succeed, or what stands in the way.
async fn ready(State(shared): State<Arc<Shared>>) -> Response {
    let settings = &shared.settings.api;
    let timeout = Duration::from_millis(settings.ready_timeout_ms);
    let check = shared.app.readiness(&shared.projections);
    let problems = match tokio::time::timeout(timeout, check).await {
        Err(_) => vec!["the database did not answer in time".to_owned()],
        Ok(Err(error)) => {
            crate::problem::report(&error);
            vec!["the database cannot be read".to_owned()]
        }
        Ok(Ok(readiness)) => readiness.problems(settings.ready_lag_max),
    };
    let ready = problems.is_empty();
    let status = if ready { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    (status, Json(json!({ "ready": ready, "problems": problems }))).into_response()
}

/// The metrics of this process, for Prometheus.
pub(crate) async fn metrics(State(shared): State<Arc<Shared>>) -> Response {
    shared.projections.report_lag();
    let content_type = [(header::CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")];
    (content_type, shared.metrics.render()).into_response()
}
