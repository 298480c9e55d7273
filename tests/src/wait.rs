//! Waiting for something to become true, with an end to patience.

use std::fmt::Debug;
use std::future::Future;
use std::time::{Duration, Instant};

/// Longest time that one case may take before it counts as hanging.
pub const CASE_LIMIT: Duration = Duration::from_secs(400);
/// Longest wait for one condition.
pub const CONDITION_LIMIT: Duration = Duration::from_secs(90);

/// Pause between two looks.
const PAUSE: Duration = Duration::from_millis(5);

/// Runs a whole case and panics if it hangs.
pub async fn bounded<T>(case: impl Future<Output = T>) -> T {
    tokio::time::timeout(CASE_LIMIT, case).await.expect("the case ends in time")
}

/// Asks again and again until `probe` gives a value; `what` says what is awaited.
///
/// # Panics
/// When [`CONDITION_LIMIT`] has passed.
pub async fn until<T, F>(what: &str, mut probe: impl FnMut() -> F) -> T
where
    F: Future<Output = Option<T>>,
{
    let start = Instant::now();
    loop {
        if let Some(value) = probe().await {
            return value;
        }
        assert!(start.elapsed() < CONDITION_LIMIT, "waited in vain: {what}");
        tokio::time::sleep(PAUSE).await;
    }
}

/// Asks again and again until `probe` says yes or `limit` has passed; for places without a runtime,
/// such as a drop. Says whether it was a yes.
pub fn blocking(limit: Duration, mut probe: impl FnMut() -> bool) -> bool {
    let start = Instant::now();
    loop {
        if probe() {
            return true;
        }
        if start.elapsed() > limit {
            return false;
        }
        std::thread::sleep(PAUSE);
    }
}

/// Repeats `attempt` until it succeeds.
///
/// # Panics
/// With the last error when [`CONDITION_LIMIT`] has passed.
pub async fn until_ok<T, E: Debug, F>(what: &str, mut attempt: impl FnMut() -> F) -> T
where
    F: Future<Output = Result<T, E>>,
{
    let start = Instant::now();
    loop {
        match attempt().await {
            Ok(value) => return value,
            Err(error) if start.elapsed() > CONDITION_LIMIT => panic!("{what}: {error:?}"),
            Err(_) => tokio::time::sleep(Duration::from_millis(20)).await,
        }
    }
}
