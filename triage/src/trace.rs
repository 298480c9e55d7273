//! A call to a model as traces see it, by OpenTelemetry's conventions for generative AI. Neither
//! prompt nor answer is told.

use casebook_app::traces::TARGET;
use tracing::Span;
use tracing::field::Empty;

use crate::{AskError, Provider, Reply};

/// The span of one call.
pub(crate) fn asking(provider: &dyn Provider, attempt: u32) -> Span {
    tracing::info_span!(
        target: TARGET,
        "chat",
        otel.name = format!("chat {}", provider.model()),
        otel.kind = "client",
        gen_ai.operation.name = "chat",
        gen_ai.provider.name = provider.name(),
        gen_ai.request.model = provider.model(),
        gen_ai.response.model = Empty,
        gen_ai.usage.input_tokens = Empty,
        gen_ai.usage.output_tokens = Empty,
        casebook.attempt = attempt,
        casebook.cost.micro_usd = Empty,
        "error.type" = Empty,
    )
}

/// Notes what came of it.
pub(crate) fn answered(span: &Span, answer: &Result<Reply, AskError>) {
    match answer {
        Ok(reply) => {
            span.record("gen_ai.response.model", &reply.model);
            span.record("gen_ai.usage.input_tokens", reply.usage.input_tokens);
            span.record("gen_ai.usage.output_tokens", reply.usage.output_tokens);
            span.record("casebook.cost.micro_usd", reply.cost_micro_usd);
        }
        Err(error) => {
            span.record("error.type", error.kind.code());
        }
    }
}
