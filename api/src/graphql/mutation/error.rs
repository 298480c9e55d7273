//! Why a mutation did nothing, as a value of its payload.

use async_graphql::{Enum, Result, SimpleObject};
use casebook_app::AppError;

use crate::graphql::error;
use crate::graphql::scalars::int;
use crate::problem::{ProblemBody, report};

/// Why a mutation did nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
pub(super) enum MutationErrorCode {
    /// Another version than the expected one, or a state that does not allow it.
    Conflict,
    /// Not with these credentials.
    Forbidden,
    /// The idempotency key was used before with another content.
    IdempotencyMismatch,
    /// A fault; only in the items of bulk mutations.
    Internal,
    /// A field cannot be used.
    Invalid,
    /// A limit was reached.
    Limit,
    /// It does not exist, or cannot be seen.
    NotFound,
    /// Try again; only in the items of bulk mutations.
    Unavailable,
}

/// Why a mutation did nothing, and what to do about it.
#[derive(Clone, Debug, PartialEq, Eq, SimpleObject)]
pub(super) struct MutationError {
    /// The stable code.
    code: MutationErrorCode,
    /// What is wrong and what to do.
    message: String,
    /// The field of the input, for `INVALID`.
    field: Option<String>,
    /// The present version, for `CONFLICT`.
    version: Option<i32>,
    /// Name of the limit, for `LIMIT`.
    limit: Option<String>,
    /// Seconds after which to try again, for `UNAVAILABLE`.
    retry_after: Option<i32>,
}

impl MutationError {
    /// A refusal that the payload tells.
    ///
    /// # Errors
    /// Faults, and what may succeed later: errors of the answer, not of the request.
    pub(super) fn expected(refused: AppError) -> Result<Self> {
        match refused {
            AppError::Unauthenticated | AppError::Unavailable { .. } | AppError::Internal(_) => {
                Err(error::of(refused))
            }
            refused => Ok(Self::any(&refused)),
        }
    }

    /// What befell one item among others, a fault included; its cause goes to the log.
    pub(super) fn any(refused: &AppError) -> Self {
        report(refused);
        let code = match refused {
            AppError::Conflict { .. } | AppError::Refused { .. } => MutationErrorCode::Conflict,
            AppError::Forbidden | AppError::Unauthenticated => MutationErrorCode::Forbidden,
            AppError::IdempotencyMismatch => MutationErrorCode::IdempotencyMismatch,
            AppError::Invalid { .. } => MutationErrorCode::Invalid,
            AppError::Limit { .. } => MutationErrorCode::Limit,
            AppError::NotFound(_) => MutationErrorCode::NotFound,
            AppError::Unavailable { .. } => MutationErrorCode::Unavailable,
            AppError::Internal(_) => MutationErrorCode::Internal,
        };
        let ProblemBody { code: _, message, field, version, limit, retry_after } = refused.into();
        Self {
            code,
            message,
            field,
            version: version.map(int),
            limit: limit.map(str::to_owned),
            retry_after: retry_after.map(int),
        }
    }
}
