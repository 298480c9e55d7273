//! Settings of the read models: every limit by name, with its unit at the end of the name.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::read_model::Pace;

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
    /// The same for read models that nobody works with from moment to moment: the index of the
    /// audit trail and the facts behind metrics. Whoever asks for a position does not wait for it.
    pub unhurried_ms: u64,
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
    /// Events after which the open tickets are stored as they stand, so that the queue as of an
    /// earlier position is near. Where more tickets are open than this, as many events as there
    /// are rows. 0 stores none.
    pub row_set_events: u64,
}

impl Default for ProjectionSettings {
    fn default() -> Self {
        Self {
            live_batch_events: 2_000,
            catch_up_batch_events: 5_000,
            coalesce_ms: 40,
            unhurried_ms: 1_000,
            slice_ms_max: 20,
            slice_rows_max: 5_000,
            build_rows_max: 10_000,
            build_from_events: 10_000,
            lease_ttl_ms: 6_000,
            lease_renew_ms: 2_000,
            retry_ms_max: 5_000,
            row_set_events: 50_000,
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

    pub(crate) fn coalesce(&self, pace: Pace) -> Duration {
        let pause = match pace {
            Pace::Prompt => self.coalesce_ms,
            Pace::Unhurried => self.unhurried_ms,
        };
        // Whoever pauses longer loses its lease meanwhile.
        Duration::from_millis(pause.min(self.lease_renew_ms))
    }
}
