//! Waiting for triage on behalf of a caller who wants its result.

use std::time::Duration;

use axum::extract::Query;
use axum::extract::rejection::QueryRejection;
use casebook_app::{AppError, Received, TriageAnswer};
use serde::Deserialize;
use tokio::sync::watch;
use tokio::time::Instant;

use crate::problem::Problem;
use crate::state::Shared;

/// Options in the query string of an intake route.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Options {
    wait: Option<bool>,
}

/// Whether the caller wants to wait for triage; `default` when it does not say.
pub(super) fn wanted(
    options: Result<Query<Options>, QueryRejection>,
    default: bool,
) -> Result<bool, Problem> {
    let Query(options) = options.map_err(|_| Problem::invalid("wait", "use true or false"))?;
    Ok(options.wait.unwrap_or(default))
}

/// What triage decides about a received message within `intake.wait_max_ms`, or what is known when
/// the time is over or this process is about to stop. Nobody else waits because of it.
///
/// # Errors
/// When the ticket's events cannot be read.
pub(super) async fn for_triage(
    shared: &Shared,
    received: &Received,
) -> Result<TriageAnswer, AppError> {
    let longest = Duration::from_millis(shared.settings.intake.wait_max_ms);
    tokio::select! {
        answer = shared.app.triage_answer_by(received, Instant::now() + longest) => answer,
        () = about_to_stop(shared.stopping.clone()) => shared.app.triage_answer(received).await,
    }
}

/// Ends when the process is about to stop; never when nobody can say so any more.
async fn about_to_stop(mut stopping: watch::Receiver<bool>) {
    if stopping.wait_for(|stop| *stop).await.is_err() {
        std::future::pending::<()>().await;
    }
}
