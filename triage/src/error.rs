//! Why a provider gave no answer.

use std::time::Duration;

use thiserror::Error;

/// A provider gave no answer. The message is for operators and holds no personal data.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("{message}")]
pub struct AskError {
    /// What kind of failure.
    pub kind: AskErrorKind,
    /// What happened and, where somebody can do something, what to do.
    pub message: String,
    /// How long the provider asks us to wait.
    pub retry_after: Option<Duration>,
}

impl AskError {
    /// An error without a wait.
    pub fn new(kind: AskErrorKind, message: impl Into<String>) -> Self {
        Self { kind, message: message.into(), retry_after: None }
    }
}

/// Kinds of failures, by what has to happen next.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum AskErrorKind {
    /// No connection, or it was cut.
    Unreachable,
    /// No complete answer in time.
    Timeout,
    /// Too many requests at once.
    RateLimited,
    /// The account's money or its limit is used up.
    SpendLimit,
    /// The provider has too much to do.
    Overloaded,
    /// The provider failed inside.
    ServerError,
    /// The provider does not accept our request.
    InvalidRequest,
    /// The key is missing or wrong.
    Unauthenticated,
    /// The key may not do this.
    Forbidden,
    /// The model is unknown or retired.
    ModelNotFound,
    /// The request is larger than the provider takes.
    TooLarge,
    /// The answer was cut off at the limit of tokens.
    Truncated,
    /// The model declined to answer.
    Refused,
    /// What came back is no answer.
    BadReply,
}

impl AskErrorKind {
    /// Whether the same request may succeed a little later.
    pub const fn retryable(self) -> bool {
        match self {
            Self::Unreachable
            | Self::Timeout
            | Self::RateLimited
            | Self::Overloaded
            | Self::ServerError
            | Self::BadReply => true,
            Self::SpendLimit
            | Self::InvalidRequest
            | Self::Unauthenticated
            | Self::Forbidden
            | Self::ModelNotFound
            | Self::TooLarge
            | Self::Truncated
            | Self::Refused => false,
        }
    }

    /// Whether it says that the provider is of no use for any message at present; such errors open
    /// the breaker. Limits of rate pass by themselves and are only waited for.
    pub const fn is_outage(self) -> bool {
        match self {
            Self::Unreachable
            | Self::Timeout
            | Self::Overloaded
            | Self::ServerError
            | Self::SpendLimit
            | Self::Unauthenticated
            | Self::Forbidden
            | Self::ModelNotFound => true,
            Self::RateLimited
            | Self::InvalidRequest
            | Self::TooLarge
            | Self::Truncated
            | Self::Refused
            | Self::BadReply => false,
        }
    }

    /// Stable code, for metrics and recorded failures.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Unreachable => "unreachable",
            Self::Timeout => "timeout",
            Self::RateLimited => "rate_limited",
            Self::SpendLimit => "spend_limit",
            Self::Overloaded => "overloaded",
            Self::ServerError => "server_error",
            Self::InvalidRequest => "invalid_request",
            Self::Unauthenticated => "unauthenticated",
            Self::Forbidden => "forbidden",
            Self::ModelNotFound => "model_not_found",
            Self::TooLarge => "too_large",
            Self::Truncated => "truncated",
            Self::Refused => "refused",
            Self::BadReply => "bad_reply",
        }
    }
}
