//! Counts the statements of a task, so that tests can show that a request does not run too many.

use std::future::Future;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

tokio::task_local! {
    static STATEMENTS: Arc<AtomicU64>;
}

/// Runs `future` and tells how many reading statements it ran on its own task.
pub async fn count_statements<F: Future>(future: F) -> (F::Output, u64) {
    let counter = Arc::new(AtomicU64::new(0));
    let output = STATEMENTS.scope(Arc::clone(&counter), future).await;
    (output, counter.load(Ordering::Relaxed))
}

/// Notes that one statement is about to run.
pub(crate) fn note_statement() {
    metrics::counter!("casebook_sql_statements_total").increment(1);
    // Outside of `count_statements` nobody counts.
    let _counted = STATEMENTS.try_with(|counter| counter.fetch_add(1, Ordering::Relaxed));
}
