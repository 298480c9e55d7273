//! How many streams may be open at a time.

use std::sync::Arc;

use axum::http::StatusCode;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::settings::StreamSettings;
use crate::problem::Problem;

/// Seconds after which somebody without a seat should ask again.
const RETRY_SECONDS: u32 = 5;

/// The seats of this process.
#[derive(Debug)]
pub(crate) struct Seats {
    free: Arc<Semaphore>,
    all: usize,
}

/// A seat; it is given back when this value is dropped.
#[derive(Debug)]
pub(crate) struct Seat {
    kind: &'static str,
    _permit: OwnedSemaphorePermit,
}

impl Seats {
    pub(crate) fn new(settings: &StreamSettings) -> Self {
        let all = settings.connections_max.min(Semaphore::MAX_PERMITS);
        Self { free: Arc::new(Semaphore::new(all)), all }
    }

    /// A seat for a stream of a kind: `sse` or `websocket`.
    ///
    /// # Errors
    /// `LIMIT` when all are taken.
    pub(crate) fn take(&self, kind: &'static str) -> Result<Seat, Problem> {
        match Arc::clone(&self.free).try_acquire_owned() {
            Ok(permit) => {
                metrics::gauge!("casebook_streams_open", "kind" => kind).increment(1.0);
                Ok(Seat { kind, _permit: permit })
            }
            Err(_) => {
                let message = format!("{} streams are open already; try again later", self.all);
                let status = StatusCode::SERVICE_UNAVAILABLE;
                let mut problem = Problem::new(status, "LIMIT", message);
                problem.body.limit = Some("api.streams.connections_max");
                problem.body.retry_after = Some(RETRY_SECONDS);
                Err(problem)
            }
        }
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        metrics::gauge!("casebook_streams_open", "kind" => self.kind).decrement(1.0);
    }
}
