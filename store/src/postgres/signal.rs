//! Wake-up between processes: a notice after commits, never within them, on connections that do
//! nothing else. A notice is only a hint; polling finds what it misses.

use std::sync::Arc;
use std::time::Duration;

use sqlx::postgres::{PgListener, PgPool};
use tokio::sync::{Notify, watch};

use super::read::last_position;
use crate::StoreError;
use crate::log::advance_head;

/// Channel of the notices; the payload is the position that was reached.
const CHANNEL: &str = "casebook_head";
/// Pause before listening again after a failure.
const PAUSE: Duration = Duration::from_secs(1);

/// Tells other processes that something was committed, at most once in `interval`.
pub(super) async fn tell(
    pool: PgPool,
    head: watch::Sender<u64>,
    committed: Arc<Notify>,
    interval: Duration,
) {
    loop {
        committed.notified().await;
        let position = head.borrow().to_string();
        let told = sqlx::query("SELECT pg_notify($1, $2)")
            .bind(CHANNEL)
            .bind(position)
            .execute(&pool)
            .await;
        if let Err(error) = told {
            tracing::debug!(error = %StoreError::from(error), "other processes were not told");
        }
        tokio::time::sleep(interval).await;
    }
}

/// Listens for other processes. The payload is not believed: it only says when to look.
pub(super) async fn listen(pool: PgPool, head: watch::Sender<u64>) {
    loop {
        if let Err(error) = listen_until_lost(&pool, &head).await {
            tracing::debug!(%error, "the connection that listens was lost");
        }
        tokio::time::sleep(PAUSE).await;
    }
}

async fn listen_until_lost(pool: &PgPool, head: &watch::Sender<u64>) -> Result<(), StoreError> {
    let mut listener = PgListener::connect_with(pool).await?;
    listener.listen(CHANNEL).await?;
    loop {
        let notice = listener.recv().await?;
        let known = *head.borrow();
        if notice.payload().parse::<u64>().is_ok_and(|position| position > known) {
            advance_head(head, last_position(pool).await?);
        }
    }
}
