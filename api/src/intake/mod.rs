//! The routes by which messages come in.

mod email;
mod receipt;
mod secrets;
mod triage;
mod wait;

use std::sync::Arc;

use axum::Router;
use axum::routing::post;

use crate::state::Shared;

/// `POST /intake/email` and `POST /intake/triage`.
pub(crate) fn routes() -> Router<Arc<Shared>> {
    Router::new()
        .route("/intake/email", post(email::receive))
        .route("/intake/triage", post(triage::receive))
}
