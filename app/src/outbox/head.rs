//! Waiting for the log to grow.

use tokio::sync::watch;

/// Waits until the log is longer than `after`.
pub(crate) async fn longer(head: &mut watch::Receiver<u64>, after: u64) {
    while *head.borrow_and_update() <= after {
        if head.changed().await.is_err() {
            // The store is closed; the caller's time limit ends the wait.
            std::future::pending::<()>().await;
        }
    }
}
