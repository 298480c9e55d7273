//! Errors as HTTP answers: one JSON form, one set of codes.

use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use casebook_app::AppError;
use serde::Serialize;

/// An error as the outside sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Problem {
    pub(crate) status: StatusCode,
    pub(crate) body: ProblemBody,
}

/// The JSON of an error.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub(crate) struct ProblemBody {
    /// The stable code.
    pub(crate) code: &'static str,
    /// What is wrong and what to do.
    pub(crate) message: String,
    /// The field, for `INVALID`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) field: Option<String>,
    /// The present version, for `CONFLICT`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) version: Option<u64>,
    /// Name of the limit, for `LIMIT`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) limit: Option<&'static str>,
    /// Seconds after which to try again, for `UNAVAILABLE`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) retry_after: Option<u32>,
}

impl Problem {
    pub(crate) fn new(status: StatusCode, code: &'static str, message: impl Into<String>) -> Self {
        let body = ProblemBody { code, message: message.into(), ..ProblemBody::default() };
        Self { status, body }
    }

    /// A field of the request cannot be used.
    pub(crate) fn invalid(field: impl Into<String>, message: impl Into<String>) -> Self {
        AppError::invalid(field, message).into()
    }

    /// A body is larger than a limit.
    pub(crate) fn too_large(limit: &'static str, bytes: usize) -> Self {
        let message = format!("the body has more than {bytes} bytes ({limit})");
        AppError::Limit { name: limit, message }.into()
    }
}

/// Writes the inner half of an error to the log, once, at the edge.
pub(crate) fn report(error: &AppError) {
    let Some(cause) = error.internal() else { return };
    match error {
        AppError::Unavailable { .. } => tracing::warn!(code = error.code(), cause, "not available"),
        _ => tracing::error!(code = error.code(), cause, "a request failed"),
    }
}

impl From<&AppError> for ProblemBody {
    fn from(error: &AppError) -> Self {
        let mut body = Self { code: error.code(), message: error.to_string(), ..Self::default() };
        match error {
            AppError::Invalid { field, message } => {
                body.field = Some(field.clone());
                body.message.clone_from(message);
            }
            AppError::Conflict { version } | AppError::Refused { version, .. } => {
                body.version = Some(*version);
            }
            AppError::Limit { name, .. } => body.limit = Some(name),
            AppError::Unavailable { retry_after_seconds, .. } => {
                body.retry_after = Some(*retry_after_seconds);
            }
            _ => {}
        }
        body
    }
}

/// Takes the value of a parameter that may stand once.
pub(crate) fn once<T>(field: &str, place: &mut Option<T>, value: T) -> Result<(), Problem> {
    match place.replace(value) {
        None => Ok(()),
        Some(_) => Err(Problem::invalid(field, "is given twice")),
    }
}

impl From<AppError> for Problem {
    fn from(error: AppError) -> Self {
        report(&error);
        let status = match &error {
            AppError::Unauthenticated => StatusCode::UNAUTHORIZED,
            AppError::Forbidden => StatusCode::FORBIDDEN,
            AppError::NotFound(_) => StatusCode::NOT_FOUND,
            AppError::Invalid { .. } => StatusCode::BAD_REQUEST,
            AppError::Conflict { .. } | AppError::Refused { .. } => StatusCode::CONFLICT,
            AppError::IdempotencyMismatch => StatusCode::UNPROCESSABLE_ENTITY,
            AppError::Limit { .. } => StatusCode::PAYLOAD_TOO_LARGE,
            AppError::Unavailable { .. } => StatusCode::SERVICE_UNAVAILABLE,
            AppError::Internal(_) => StatusCode::INTERNAL_SERVER_ERROR,
        };
        Self { status, body: ProblemBody::from(&error) }
    }
}

impl Problem {
    /// What the answer's head says about it, whatever form its body has.
    pub(crate) fn headers(&self) -> HeaderMap {
        let mut headers = HeaderMap::new();
        if let Some(seconds) = self.body.retry_after {
            headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        if self.status == StatusCode::UNAUTHORIZED {
            headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        headers
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let (status, headers) = (self.status, self.headers());
        let json = axum::Json(serde_json::json!({ "error": self.body }));
        (status, headers, json).into_response()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn causes_stay_inside() {
        let problem = Problem::from(AppError::fault("table secrets is gone"));
        assert_eq!(problem.status, StatusCode::INTERNAL_SERVER_ERROR);
        assert_eq!(
            (problem.body.code, problem.body.message.as_str()),
            ("INTERNAL", "internal error")
        );
    }

    #[test]
    fn fields_and_limits_are_named() {
        let body = Problem::invalid("body", "is blank").body;
        assert_eq!((body.field.as_deref(), body.message.as_str()), (Some("body"), "is blank"));
        let too_large = Problem::too_large("intake.mail_bytes_max", 5);
        assert_eq!(too_large.status, StatusCode::PAYLOAD_TOO_LARGE);
        assert_eq!(too_large.body.limit, Some("intake.mail_bytes_max"));
    }
}
