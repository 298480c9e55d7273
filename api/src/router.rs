//! Puts the routes together, with what stands around them.

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::http::{HeaderName, Method, StatusCode, header};
use axum::middleware::{from_fn, from_fn_with_state};
use axum::response::IntoResponse;
use axum::routing::get;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::cors::{AllowOrigin, CorsLayer};

use crate::problem::Problem;
use crate::state::{ApiState, Shared};
use crate::{
    analytics, audit, files, graphiql, graphql, guard, intake, landing, probes, streams, telemetry,
};

/// How long browsers may remember what another origin may do.
const CORS_MAX_AGE: Duration = Duration::from_secs(600);

/// All routes of this server.
pub fn router(state: ApiState) -> Router {
    let shared = Shared::new(state);
    let guarded = Router::new()
        .route("/", get(landing::page))
        .route("/metrics", get(probes::metrics))
        .merge(intake::routes())
        .merge(audit::routes())
        .merge(files::routes())
        .merge(analytics::routes())
        .merge(graphql::routes())
        .merge(streams::routes())
        .merge(graphiql::routes())
        .fallback(unknown)
        .method_not_allowed_fallback(wrong_method)
        .layer(cors(&shared.settings.api.origins))
        .layer(from_fn_with_state(Arc::clone(&shared), guard::guard));
    Router::new()
        .merge(probes::routes())
        .merge(guarded)
        // Every route reads its body under a limit of its own.
        .layer(DefaultBodyLimit::disable())
        .layer(CatchPanicLayer::custom(|_| panicked().into_response()))
        .layer(from_fn(telemetry::observe))
        .with_state(shared)
}

async fn unknown() -> Problem {
    Problem::new(StatusCode::NOT_FOUND, "NOT_FOUND", "there is no such route")
}

async fn wrong_method() -> Problem {
    let message = "this route does not know this method";
    Problem::new(StatusCode::METHOD_NOT_ALLOWED, "INVALID", message)
}

fn panicked() -> Problem {
    tracing::error!("a request ended in a panic");
    Problem::new(StatusCode::INTERNAL_SERVER_ERROR, "INTERNAL", "internal error")
}

fn cors(origins: &[String]) -> CorsLayer {
    let origins = origins.iter().filter_map(|origin| origin.trim_end_matches('/').parse().ok());
    CorsLayer::new()
        .allow_origin(AllowOrigin::list(origins))
        .allow_methods([Method::GET, Method::POST])
        .allow_headers([
            header::AUTHORIZATION,
            header::CONTENT_TYPE,
            HeaderName::from_static("x-casebook-agent"),
            HeaderName::from_static("last-event-id"),
        ])
        .expose_headers([header::LINK, HeaderName::from_static("x-casebook-position")])
        .max_age(CORS_MAX_AGE)
}
