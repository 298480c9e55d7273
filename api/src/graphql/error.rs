//! Errors as GraphQL answers them: a message, and the code in the extensions.

use async_graphql::{Error, ErrorExtensions, ServerError};
use casebook_app::AppError;

use crate::problem::{Problem, ProblemBody, report};

/// Turns an error of a use case into one of GraphQL; its cause goes to the log.
pub(super) fn of(error: AppError) -> Error {
    report(&error);
    coded(ProblemBody::from(&error))
}

impl Problem {
    /// The problem as an error of a request that was not executed.
    pub(super) fn into_error(self) -> ServerError {
        let error = coded(self.body);
        let mut made = ServerError::new(error.message, None);
        made.extensions = error.extensions;
        made
    }
}

fn coded(body: ProblemBody) -> Error {
    let ProblemBody { code, message, field, version, limit, retry_after } = body;
    Error::new(message).extend_with(|_, extensions| {
        extensions.set("code", code);
        if let Some(field) = field {
            extensions.set("field", field);
        }
        if let Some(version) = version {
            extensions.set("version", version);
        }
        if let Some(limit) = limit {
            extensions.set("limit", limit);
        }
        if let Some(seconds) = retry_after {
            extensions.set("retryAfter", seconds);
        }
    })
}

/// A field of the request cannot be used.
pub(super) fn invalid(field: &str, message: impl Into<String>) -> Error {
    of(AppError::invalid(field, message))
}
