//! Why an append was refused.

use thiserror::Error;
use uuid::Uuid;

use super::StreamId;
use crate::StoreError;

/// Why an append was not done. Texts are free of personal data.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum AppendError {
    /// A stream stands at another version than the writer believed.
    #[error("stream {stream} is at version {present}, not at {expected}")]
    Conflict {
        /// The stream.
        stream: StreamId,
        /// Version that the writer expected.
        expected: u64,
        /// Version that it has.
        present: u64,
    },
    /// An outside identity is already known.
    #[error("a {kind} key is already taken by {value}")]
    KeyTaken {
        /// Kind of the identity.
        kind: String,
        /// The identity.
        key: String,
        /// What it stands for.
        value: String,
    },
    /// The command id was used before for something else.
    #[error("command {command_id} was used before with another content")]
    IdempotencyMismatch {
        /// The command id.
        command_id: Uuid,
    },
    /// Something is larger than allowed.
    #[error("{what} has {bytes} bytes, the limit is {limit}")]
    TooLarge {
        /// What is too large.
        what: &'static str,
        /// Its size in bytes.
        bytes: usize,
        /// The limit in bytes.
        limit: usize,
    },
    /// The request is malformed.
    #[error("{0}")]
    Invalid(String),
    /// The store was opened for reading only.
    #[error("the store is open for reading only")]
    ReadOnly,
    /// The writer could not finish in time.
    #[error("the log cannot be written now: {reason}; try again with the same command id")]
    Unavailable {
        /// What happened.
        reason: String,
        /// Whether the events may have been stored all the same; a repeat of the command tells.
        outcome_unknown: bool,
    },
    /// No space is left; nothing was stored.
    #[error("no space is left for the log; nothing was stored")]
    Full,
}

impl AppendError {
    pub(crate) fn unavailable(reason: impl Into<String>, outcome_unknown: bool) -> Self {
        Self::Unavailable { reason: reason.into(), outcome_unknown }
    }
}

impl From<StoreError> for AppendError {
    /// For failures before anything was sent to the writer, so the outcome is known.
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Full => Self::Full,
            StoreError::ReadOnly => Self::ReadOnly,
            other => Self::unavailable(other.to_string(), false),
        }
    }
}
