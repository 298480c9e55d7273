//! Figures of load runs.

use std::time::Duration;

use serde::{Deserialize, Serialize};

/// One measured run: how many operations, how fast.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Figure {
    /// What was measured.
    pub name: String,
    /// Database: `sqlite` or `postgres`.
    pub database: String,
    /// Concurrent clients.
    pub clients: usize,
    /// Operations that succeeded.
    pub operations: u64,
    /// Operations per second.
    pub per_second: f64,
    /// Median of the latencies, in milliseconds.
    pub p50_ms: f64,
    /// 99th percentile of the latencies, in milliseconds.
    pub p99_ms: f64,
}

impl Figure {
    /// Sums up a run of `elapsed` with one latency per operation.
    pub fn of(
        name: &str,
        database: &str,
        clients: usize,
        elapsed: Duration,
        mut latencies: Vec<Duration>,
    ) -> Self {
        latencies.sort_unstable();
        let at = |share: f64| {
            let index = (latencies.len().saturating_sub(1) as f64 * share) as usize;
            latencies.get(index).map_or(0.0, |latency| latency.as_secs_f64() * 1000.0)
        };
        Self {
            name: name.to_owned(),
            database: database.to_owned(),
            clients,
            operations: latencies.len() as u64,
            per_second: latencies.len() as f64 / elapsed.as_secs_f64(),
            p50_ms: at(0.50),
            p99_ms: at(0.99),
        }
    }
}

/// Median of figures; 0 for none.
pub fn median(mut figures: Vec<f64>) -> f64 {
    figures.sort_by(f64::total_cmp);
    match figures.len() {
        0 => 0.0,
        n if n % 2 == 1 => figures[n / 2],
        n => f64::midpoint(figures[n / 2 - 1], figures[n / 2]),
    }
}
