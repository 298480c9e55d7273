//! The use cases' spans; see [`casebook_store::trace`].

use casebook_domain::webhook::Failure;
use casebook_store::trace::{Cause, OF, TARGET};
use tracing::Span;
use tracing::field::{Empty, display};

use crate::{AppError, Received, TransportError, WebhookAnswer};

/// Taking in a message.
pub(crate) fn receiving() -> Span {
    tracing::info_span!(
        target: TARGET,
        "receive",
        otel.name = "receive message",
        casebook.tenant = Empty,
        casebook.outcome = Empty,
        "error.type" = Empty,
        trace.of = Empty,
    )
}

/// Notes what became of a message that was taken in.
pub(crate) fn received(span: &Span, received: Option<&Received>) {
    let Some(received) = received.filter(|_| !span.is_disabled()) else { return };
    span.record("casebook.tenant", &received.tenant);
    span.record("casebook.outcome", received.outcome.code());
    span.record(OF, display(received.conversation_id));
}

/// Reading the bytes of a mail.
pub(crate) fn parsing(bytes: usize) -> Span {
    tracing::info_span!(
        target: TARGET,
        "parse",
        otel.name = "parse mail",
        casebook.mail.bytes = bytes,
        casebook.problems = Empty,
    )
}

/// Gates and decisions about a message.
pub(crate) fn deciding(policy_version: &str) -> Span {
    tracing::info_span!(
        target: TARGET,
        "decide",
        otel.name = "decide",
        casebook.policy.version = policy_version,
        casebook.gate = Empty,
        "error.type" = Empty,
    )
}

/// An agent's command.
pub(crate) fn commanding(name: &str) -> Span {
    tracing::info_span!(
        target: TARGET,
        "command",
        otel.name = name,
        casebook.command = name,
        casebook.tenant = Empty,
        "error.type" = Empty,
    )
}

/// An entry of an errand that is carried out.
pub(crate) fn errand(name: &'static str, cause: Option<Cause>) -> Span {
    tracing::info_span!(
        target: TARGET,
        parent: None,
        "errand",
        otel.name = name,
        otel.kind = "consumer",
        casebook.errand = name,
        "error.type" = Empty,
        trace.cause = cause.map(display),
    )
}

/// Handing a mail over to the server that carries it on.
pub(crate) fn handing_over(attempt: u32) -> Span {
    tracing::info_span!(
        target: TARGET,
        "send",
        otel.name = "send mail",
        otel.kind = "producer",
        messaging.system = "smtp",
        messaging.operation.name = "send",
        "messaging.operation.type" = "send",
        casebook.attempt = attempt,
        "error.type" = Empty,
    )
}

/// Sending an event to a subscriber.
pub(crate) fn posting(attempt: u32, cause: Option<Cause>) -> Span {
    tracing::info_span!(
        target: TARGET,
        parent: None,
        "post",
        otel.name = "send webhook",
        otel.kind = "client",
        http.request.method = "POST",
        http.response.status_code = Empty,
        casebook.attempt = attempt,
        "error.type" = Empty,
        trace.cause = cause.map(display),
    )
}

/// Notes what a subscriber answered, and hands it on.
pub(crate) fn posted(
    span: &Span,
    answer: Result<WebhookAnswer, Failure>,
) -> Result<WebhookAnswer, Failure> {
    match &answer {
        Ok(answer) => {
            span.record("http.response.status_code", answer.status);
            if !(200..300).contains(&answer.status) {
                span.record("error.type", display(answer.status));
            }
        }
        Err(failure) => {
            span.record("error.type", failure.name());
        }
    }
    answer
}

/// Notes what came of work, and hands it on.
pub(crate) fn ended<T>(span: &Span, result: Result<T, AppError>) -> Result<T, AppError> {
    if let Err(error) = &result {
        span.record("error.type", error.code());
    }
    result
}

/// Notes what came of handing over, and hands it on.
pub(crate) fn handed(
    span: &Span,
    result: Result<String, TransportError>,
) -> Result<String, TransportError> {
    if let Err(error) = &result {
        let kind = match (error.permanent, error.uncertain) {
            (true, _) => "permanent",
            (false, true) => "uncertain",
            (false, false) => "temporary",
        };
        span.record("error.type", kind);
    }
    result
}
