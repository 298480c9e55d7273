//! Connections that are kept for the next mail.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::{Semaphore, SemaphorePermit};
use tokio::time::Instant;

use super::connect::Connection;
use super::failure::Failure;

/// Idle connections, and places for those in use.
pub struct Pool {
    idle: Mutex<Vec<(Connection, Instant)>>,
    places: Semaphore,
    idle_max: Duration,
}

impl Pool {
    /// A pool for at most `connections` connections, kept for at most `idle_max`.
    pub fn new(connections: u32, idle_max: Duration) -> Self {
        let places = usize::try_from(connections).unwrap_or(usize::MAX);
        let places = Semaphore::new(places.clamp(1, Semaphore::MAX_PERMITS));
        Self { idle: Mutex::default(), places, idle_max }
    }

    /// Waits for a place; the caller limits the time.
    pub async fn place(&self) -> Result<SemaphorePermit<'_>, Failure> {
        self.places.acquire().await.map_err(|_| Failure::Broken)
    }

    /// The connection that was used last, when it is young enough.
    pub fn take(&self) -> Option<Connection> {
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        idle.retain(|(_, since)| since.elapsed() < self.idle_max);
        idle.pop().map(|(connection, _)| connection)
    }

    /// Keeps a connection that is between two mails.
    pub fn keep(&self, connection: Connection) {
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        idle.push((connection, Instant::now()));
    }
}
