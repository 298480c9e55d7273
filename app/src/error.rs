//! One set of error codes for GraphQL, HTTP and the command line.
//!
//! Each error has two messages: `Display` is for the outside and free of internals and personal
//! data; [`AppError::internal`] keeps the cause for the log, which is written once, at the edge.

use std::error::Error as StdError;
use std::sync::Arc;

use casebook_projections::ProjectionError;
use casebook_store::{AppendError, BlobError, StoreError};
use thiserror::Error;

/// Why a use case or query could not do what it was asked.
#[derive(Clone, Debug, Error)]
pub enum AppError {
    /// Nobody is known by these credentials.
    #[error("credentials are missing or wrong")]
    Unauthenticated,
    /// The actor may not do this.
    #[error("this is not allowed with these credentials")]
    Forbidden,
    /// It does not exist, or belongs to a tenant that the actor may not see.
    #[error("{0} not found")]
    NotFound(&'static str),
    /// A field of the request cannot be used.
    #[error("{field}: {message}")]
    Invalid {
        /// The field.
        field: String,
        /// What to do.
        message: String,
    },
    /// It changed since the caller read it.
    #[error("it changed meanwhile and is now at version {version}; read it again")]
    Conflict {
        /// The present version.
        version: u64,
    },
    /// Its present state does not allow it.
    #[error("{message}")]
    Refused {
        /// The present version.
        version: u64,
        /// Why, and what to do.
        message: String,
    },
    /// The idempotency key was used before with another content.
    #[error("this idempotency key was used before with another content")]
    IdempotencyMismatch,
    /// A limit was reached.
    #[error("{message}")]
    Limit {
        /// Name of the limit as in the configuration.
        name: &'static str,
        /// What was too much, and the limit with its unit.
        message: String,
    },
    /// It cannot be done now; the same request may succeed later.
    #[error("not available now; try again in {retry_after_seconds} s")]
    Unavailable {
        /// Seconds after which to try again.
        retry_after_seconds: u32,
        /// What happened, for the log.
        cause: Cause,
    },
    /// A fault of Casebook or its database.
    #[error("internal error")]
    Internal(Cause),
}

/// The internal half of an error.
#[derive(Clone, Debug)]
pub struct Cause(Arc<dyn StdError + Send + Sync>);

impl AppError {
    /// The stable code.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Unauthenticated => "UNAUTHENTICATED",
            Self::Forbidden => "FORBIDDEN",
            Self::NotFound(_) => "NOT_FOUND",
            Self::Invalid { .. } => "INVALID",
            Self::Conflict { .. } | Self::Refused { .. } => "CONFLICT",
            Self::IdempotencyMismatch => "IDEMPOTENCY_MISMATCH",
            Self::Limit { .. } => "LIMIT",
            Self::Unavailable { .. } => "UNAVAILABLE",
            Self::Internal(_) => "INTERNAL",
        }
    }

    /// An `INVALID` error.
    pub fn invalid(field: impl Into<String>, message: impl Into<String>) -> Self {
        Self::Invalid { field: field.into(), message: message.into() }
    }

    /// A fault, with its cause.
    pub fn fault(cause: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        Self::Internal(Cause::new(cause))
    }

    /// An `UNAVAILABLE` error, with its cause.
    pub(crate) fn unavailable(cause: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        Self::Unavailable { retry_after_seconds: 5, cause: Cause::new(cause) }
    }

    /// The whole chain of causes, for the log only.
    pub fn internal(&self) -> Option<String> {
        let (Self::Unavailable { cause, .. } | Self::Internal(cause)) = self else { return None };
        let mut text = cause.0.to_string();
        let mut next = cause.0.source();
        while let Some(error) = next {
            text.push_str(": ");
            text.push_str(&error.to_string());
            next = error.source();
        }
        Some(text)
    }
}

impl Cause {
    fn new(cause: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        Self(Arc::from(cause.into()))
    }
}

impl From<StoreError> for AppError {
    fn from(error: StoreError) -> Self {
        if error.is_transient() { Self::unavailable(error) } else { Self::fault(error) }
    }
}

impl From<ProjectionError> for AppError {
    /// A read model that is late or stands still, and a log that this version cannot read, may do
    /// at the next attempt.
    fn from(error: ProjectionError) -> Self {
        match error {
            ProjectionError::Store(error) => error.into(),
            ProjectionError::Unknown { .. } => Self::NotFound("read model"),
            ProjectionError::Timeout { position, .. } => StoreError::Timeout { position }.into(),
            error => StoreError::Unavailable { reason: error.to_string() }.into(),
        }
    }
}

impl From<BlobError> for AppError {
    fn from(error: BlobError) -> Self {
        match error {
            BlobError::TooLarge { bytes, limit } => Self::Limit {
                name: "blobs.max_bytes",
                message: format!("{bytes} bytes are more than the limit of {limit} bytes"),
            },
            BlobError::Missing { .. } => Self::NotFound("file"),
            BlobError::Full | BlobError::Unavailable(_) => Self::unavailable(error),
            error => Self::fault(error),
        }
    }
}

impl From<AppendError> for AppError {
    fn from(error: AppendError) -> Self {
        match error {
            AppendError::Conflict { present, .. } => Self::Conflict { version: present },
            AppendError::IdempotencyMismatch { .. } => Self::IdempotencyMismatch,
            AppendError::TooLarge { what, bytes, limit } => Self::Limit {
                name: "event_bytes",
                message: format!("{what} has {bytes} bytes, the limit is {limit} bytes"),
            },
            AppendError::Unavailable { .. } | AppendError::Full | AppendError::KeyTaken { .. } => {
                Self::unavailable(error)
            }
            error => Self::fault(error),
        }
    }
}
