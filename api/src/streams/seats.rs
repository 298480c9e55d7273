//! How many streams may be open at a time.

use std::sync::Arc;

use axum::http::StatusCode;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::settings::StreamSettings;
use crate::problem::Problem;

/// Seconds after which somebody without a seat should ask again.
const RETRY_SECONDS: u32 = 5;

/// The seats of this process, and the places in front of the door.
#[derive(Debug)]
pub(crate) struct Seats {
    free: Arc<Semaphore>,
    all: usize,
    /// For those who have not yet said who they are, so that they keep no seat from anybody.
    door: Arc<Semaphore>,
    door_all: usize,
}

/// A place in front of the door; it is given back when this value is dropped.
#[derive(Debug)]
pub(crate) struct AtDoor {
    _permit: OwnedSemaphorePermit,
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
        let door_all = settings.handshakes_max.min(Semaphore::MAX_PERMITS);
        let (free, door) = (Arc::new(Semaphore::new(all)), Arc::new(Semaphore::new(door_all)));
        Self { free, all, door, door_all }
    }

    /// A place for somebody who has not yet said who they are.
    ///
    /// # Errors
    /// `LIMIT` when all places are taken, or all seats that could follow.
    pub(crate) fn knock(&self) -> Result<AtDoor, Problem> {
        if self.free.available_permits() == 0 {
            return Err(self.no_seat());
        }
        let permit = Arc::clone(&self.door).try_acquire_owned();
        permit.map(|permit| AtDoor { _permit: permit }).map_err(|_| {
            let message = format!("{} connections wait to be let in already", self.door_all);
            limit("api.streams.handshakes_max", &message)
        })
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
            Err(_) => Err(self.no_seat()),
        }
    }

    fn no_seat(&self) -> Problem {
        let message = format!("{} streams are open already", self.all);
        limit("api.streams.connections_max", &message)
    }
}

fn limit(name: &'static str, message: &str) -> Problem {
    let message = format!("{message}; try again later");
    let mut problem = Problem::new(StatusCode::SERVICE_UNAVAILABLE, "LIMIT", message);
    problem.body.limit = Some(name);
    problem.body.retry_after = Some(RETRY_SECONDS);
    problem
}

impl Drop for Seat {
    fn drop(&mut self) {
        metrics::gauge!("casebook_streams_open", "kind" => self.kind).decrement(1.0);
    }
}
