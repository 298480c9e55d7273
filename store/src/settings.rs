//! Settings of the store: every limit by name, with its unit at the end of the name.

use std::time::Duration;

use serde::{Deserialize, Serialize};

/// Whether a store may change its database.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// Reads and writes; on SQLite exactly one process at a time.
    Write,
    /// Reads beside a running server; every write is refused.
    ReadOnly,
}

/// Limits and sizes of one store; section `[store]` of the configuration.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct StoreSettings {
    /// Appends and write batches that may wait for the writer; more make callers wait.
    pub append_queue_length: usize,
    /// Appends that one commit takes together.
    pub append_batch_max: usize,
    /// Bytes of payload after which a commit takes no further append.
    pub append_batch_bytes_max: usize,
    /// Time an append may take in all, retries included, before it is answered `Unavailable`.
    pub append_timeout_ms: u64,
    /// Time a command may hold up all other appends to decide undisturbed, in milliseconds.
    pub turn_ms_max: u64,
    /// Connections (on SQLite: threads) for reading.
    pub read_connections: u32,
    /// PostgreSQL connections for writing read models; SQLite has its one writer.
    pub write_connections: u32,
    /// Time a PostgreSQL connection attempt, or a wait for a pooled connection, may take.
    pub connect_timeout_ms: u64,
    /// Time one statement may take.
    pub statement_timeout_ms: u64,
    /// Time a statement may wait for a lock of the database.
    pub lock_timeout_ms: u64,
    /// Time a PostgreSQL transaction may stand idle before the server ends it.
    pub idle_in_transaction_timeout_ms: u64,
    /// Pause between looks for events that other processes appended.
    pub poll_interval_ms: u64,
    /// Shortest pause between two wake-up notices to other processes on PostgreSQL.
    pub notify_interval_ms: u64,
    /// Aggregates that one cache keeps.
    pub cache_aggregates_max: usize,
    /// Stream versions that the SQLite writer remembers.
    pub cache_versions_max: usize,
    /// Positions that one filtered read looks at, so that a sparse filter cannot scan for ever.
    pub read_window_max: u64,
    /// Pages that the SQLite file may hold (4 KiB each); none means no limit.
    pub sqlite_max_pages: Option<u32>,
    /// WAL frames after which the SQLite writer checkpoints.
    pub sqlite_checkpoint_pages: u32,
    /// Time that one write batch should keep the SQLite writer; longer ones are reported.
    pub slice_ms_max: u64,
    /// Whether `Store::open` applies pending migrations itself.
    pub migrate_on_open: bool,
}

impl Default for StoreSettings {
    fn default() -> Self {
        Self {
            append_queue_length: 4096,
            append_batch_max: 512,
            append_batch_bytes_max: 16 * 1024 * 1024,
            append_timeout_ms: 30_000,
            turn_ms_max: 500,
            read_connections: 4,
            write_connections: 2,
            connect_timeout_ms: 5_000,
            statement_timeout_ms: 30_000,
            lock_timeout_ms: 10_000,
            idle_in_transaction_timeout_ms: 10_000,
            poll_interval_ms: 250,
            notify_interval_ms: 20,
            cache_aggregates_max: 10_000,
            cache_versions_max: 50_000,
            read_window_max: 50_000,
            sqlite_max_pages: None,
            sqlite_checkpoint_pages: 4_000,
            slice_ms_max: 20,
            migrate_on_open: false,
        }
    }
}

impl StoreSettings {
    pub(crate) const fn append_timeout(&self) -> Duration {
        Duration::from_millis(self.append_timeout_ms)
    }

    pub(crate) const fn turn(&self) -> Duration {
        Duration::from_millis(self.turn_ms_max)
    }

    pub(crate) const fn connect_timeout(&self) -> Duration {
        Duration::from_millis(self.connect_timeout_ms)
    }

    pub(crate) const fn statement_timeout(&self) -> Duration {
        Duration::from_millis(self.statement_timeout_ms)
    }

    pub(crate) const fn poll_interval(&self) -> Duration {
        Duration::from_millis(if self.poll_interval_ms == 0 { 1 } else { self.poll_interval_ms })
    }

    pub(crate) const fn notify_interval(&self) -> Duration {
        Duration::from_millis(self.notify_interval_ms)
    }
}
