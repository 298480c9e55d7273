//! The routes by which messages come in.

mod email;

mod receipt;
mod secrets;
mod triage;

use std::sync::Arc;

use axum::Router;
use axum::routing::post;
use casebook_app::AppError;
use tracing::Instrument;

use crate::state::Shared;

/// `POST /intake/email` and `POST /intake/triage`.
pub(crate) fn routes() -> Router<Arc<Shared>> {
    Router::new()
        .route("/intake/email", post(email::receive))
        .route("/intake/triage", post(triage::receive))
}

/// Runs a use case as a task of its own, so that a client who goes away cancels nothing.
async fn run<T: Send + 'static>(
    case: impl Future<Output = Result<T, AppError>> + Send + 'static,
) -> Result<T, AppError> {
    tokio::spawn(case.in_current_span()).await.map_err(AppError::fault)?
}
