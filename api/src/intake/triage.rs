//! `POST /intake/triage`: a message that another program took out of its mail or chat.

use std::sync::Arc;
use std::time::Duration;

use axum::Json;
use axum::body::Body;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};

use super::{secrets, wait};
use crate::body::{self, BodyLimit};
use crate::detached::run;
use crate::json;
use crate::problem::Problem;
use crate::state::Shared;

/// Receives a message and answers what triage decided: 200 when it did in time, else 202 with what
/// is known. With `wait=false` it does not wait.
pub(super) async fn receive(
    State(shared): State<Arc<Shared>>,
    options: Result<Query<wait::Options>, QueryRejection>,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Problem> {
    let wait = wait::wanted(options, true)?;
    let known = shared.app.policies().tenants();
    let access = secrets::authorise(&shared.settings, known, &headers)?;
    let limit = BodyLimit {
        name: "intake.json_bytes_max",
        bytes_max: shared.settings.intake.json_bytes_max,
        timeout: Duration::from_millis(shared.settings.api.body_timeout_ms),
    };
    let raw = body::read(&headers, body, limit).await?;
    let request = json::read(&raw)?;
    let app = shared.app.clone();
    let received = run(async move { app.receive_triage(&access, request, raw).await });
    let (mut answer, received) = received.await?;
    metrics::counter!("casebook_intake_messages_total", "route" => "triage").increment(1);
    if wait && !answer.is_decided() {
        // The message is safe: a failure to read its decision must not look like a failure to
        // receive it.
        match wait::for_triage(&shared, &received).await {
            Ok(waited) => answer = waited,
            Err(error) => crate::problem::report(&error),
        }
    }
    let status = if answer.is_decided() { StatusCode::OK } else { StatusCode::ACCEPTED };
    Ok((status, Json(answer)).into_response())
}
