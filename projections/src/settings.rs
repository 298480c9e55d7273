//! Settings of the read models: every limit by name, with its unit at the end of the name.

use std::time::Duration;

use serde::{Deserialize, Serialize};

/// Limits of the read models; section `[projections]` of the configuration.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ProjectionSettings {
    /// Events of one page while following the log.
    pub live_batch_events: usize,
    /// Events of one page while catching up.
    pub catch_up_batch_events: usize,
    /// Shortest pause between two writes of one read model, so that a stream of small appends
    /// does not meet a commit of every read model each. Read models lie behind a busy log by it.
    pub coalesce_ms: u64,
    /// Time one write should keep the SQLite writer; slices of rows are sized by it.
    pub slice_ms_max: u64,
    /// Rows of one write.
    pub slice_rows_max: usize,
    /// Rows that a build keeps in memory before it writes them.
    pub build_rows_max: usize,
    /// Events that a new read model may lie behind before it is built in one go.
    pub build_from_events: u64,
    /// How long a lease on a read model holds without being renewed.
    pub lease_ttl_ms: u64,
    /// Pause between two renewals of a lease, and between two looks of those that wait for one.
    pub lease_renew_ms: u64,
    /// Longest pause before a failed step is tried again.
    pub retry_ms_max: u64,
}

impl Default for ProjectionSettings {
    fn default() -> Self {
        Self {
            live_batch_events: 2_000,
            catch_up_batch_events: 10_000,
            coalesce_ms: 40,
            slice_ms_max: 20,
            slice_rows_max: 5_000,
            build_rows_max: 20_000,
            build_from_events: 10_000,
            lease_ttl_ms: 6_000,
            lease_renew_ms: 2_000,
            retry_ms_max: 5_000,
        }
    }
}

impl ProjectionSettings {
    pub(crate) const fn lease_ttl(&self) -> Duration {
        Duration::from_millis(self.lease_ttl_ms)
    }

    pub(crate) const fn lease_renew(&self) -> Duration {
        Duration::from_millis(self.lease_renew_ms)
    }

    pub(crate) const fn coalesce(&self) -> Duration {
        Duration::from_millis(self.coalesce_ms)
    }
}
