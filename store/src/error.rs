//! What can go wrong in the store. Texts name tables and codes, never values.

use std::sync::Arc;

use thiserror::Error;

use crate::log::StreamId;

/// Why the store could not do what it was asked.
#[derive(Clone, Debug, Error)]
#[non_exhaustive]
pub enum StoreError {
    /// The address of the database cannot be used.
    #[error("database address: {0}")]
    Url(String),
    /// Another process writes to this SQLite file.
    #[error("the database is in use by another process ({holder}); stop it or open read-only")]
    Locked {
        /// Process id and start time of the holder, as it wrote them.
        holder: String,
    },
    /// The database needs migrations that this process may not apply.
    #[error("the database needs {} migration(s), next is {next}; run `casebook migrate`", .pending)]
    NeedsMigration {
        /// Number of migrations that are missing.
        pending: usize,
        /// File name of the first one.
        next: String,
    },
    /// A migration failed, was changed after it was applied, or is newer than this program.
    #[error("migration {name}: {reason}")]
    Migration {
        /// File name of the migration.
        name: String,
        /// What is wrong and what to do.
        reason: String,
    },
    /// The database cannot be reached now; the same request may succeed later.
    #[error("the database is not available: {reason}; try again")]
    Unavailable {
        /// What happened, without values.
        reason: String,
    },
    /// The store was opened for reading only.
    #[error("the store is open for reading only")]
    ReadOnly,
    /// No space is left for the database.
    #[error("no space is left for the database; free some and try again")]
    Full,
    /// The log has a hole before this position: the database was tampered with.
    #[error("the log has a hole at position {position}")]
    Hole {
        /// First position that is missing.
        position: u64,
    },
    /// The position was not reached in time.
    #[error("the log did not reach position {position} in time")]
    Timeout {
        /// The position that was waited for.
        position: u64,
    },
    /// An event of a stream cannot be read by this program.
    #[error("event at position {position} of stream {stream}: {reason}")]
    Undecodable {
        /// The stream.
        stream: StreamId,
        /// Position of the event.
        position: u64,
        /// Which form is not known.
        reason: String,
    },
    /// A row does not have the column, or not of that type.
    #[error("column {column}: {problem}")]
    Column {
        /// Name or index of the column.
        column: String,
        /// What is wrong with it.
        problem: &'static str,
    },
    /// The request itself is malformed.
    #[error("{0}")]
    Invalid(String),
    /// The database refused a statement.
    #[error("the database refused a statement: {0}")]
    Database(Arc<str>),
}

impl StoreError {
    pub(crate) fn unavailable(reason: impl Into<String>) -> Self {
        Self::Unavailable { reason: reason.into() }
    }

    pub(crate) fn database(reason: impl Into<Arc<str>>) -> Self {
        Self::Database(reason.into())
    }

    /// Whether the same request may succeed when it is repeated later.
    pub const fn is_transient(&self) -> bool {
        matches!(self, Self::Unavailable { .. } | Self::Full | Self::Timeout { .. })
    }
}
