//! `GET /analytics.csv`: figures as lines, one value each.

mod lines;
mod params;

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::{RawQuery, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::routing::get;
use casebook_app::AppError;

use crate::auth::Caller;
use crate::problem::Problem;
use crate::state::Shared;

/// `GET /analytics.csv`.
pub(crate) fn routes() -> Router<Arc<Shared>> {
    Router::new().route("/analytics.csv", get(serve))
}

async fn serve(
    State(shared): State<Arc<Shared>>,
    Caller(access): Caller,
    RawQuery(query): RawQuery,
) -> Result<(HeaderMap, Body), Problem> {
    let settings = &shared.settings.api;
    let request = params::read(settings, query.as_deref().unwrap_or_default())?;
    let range = request.range;
    let limits = settings.analytics_limits();
    let answer = shared.app.analytics(&access, &shared.projections, request, &limits);
    let timeout = Duration::from_millis(settings.graphql_timeout_ms);
    let answer = tokio::time::timeout(timeout, answer).await.map_err(|_| too_slow())?;
    let answer = answer.map_err(refused)?;
    let text = tokio::task::spawn_blocking(move || lines::write(&answer, range)).await;
    let text = text.map_err(AppError::fault)?.map_err(AppError::fault)?;
    let mut headers = HeaderMap::new();
    for (name, value) in [
        (header::CONTENT_TYPE, "text/csv; charset=utf-8; header=present"),
        (header::CONTENT_DISPOSITION, "attachment; filename=\"analytics.csv\""),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::CACHE_CONTROL, "private, no-store"),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
    Ok((headers, Body::from(text)))
}

/// More was asked for than an answer may hold; the request itself is not too large.
fn refused(error: AppError) -> Problem {
    let is_limit = matches!(error, AppError::Limit { .. });
    let mut problem = Problem::from(error);
    if is_limit {
        problem.status = StatusCode::BAD_REQUEST;
    }
    problem
}

/// The same answer as a GraphQL query that takes too long.
fn too_slow() -> Problem {
    let message = "the figures took too long; ask for less";
    let mut problem = Problem::new(StatusCode::SERVICE_UNAVAILABLE, "LIMIT", message);
    problem.body.limit = Some("api.graphql_timeout_ms");
    problem
}
