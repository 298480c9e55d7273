//! How a model's answer came about, and what was checked about it.

use async_graphql::SimpleObject;
use casebook_domain::{ticket, triage};

use super::scalars::int;
use super::work_enums::CheckOutcome;

/// What one check of a raw answer found.
#[derive(SimpleObject)]
pub(super) struct AnswerCheck {
    /// What was checked, as a code.
    code: String,
    /// What came of it.
    outcome: CheckOutcome,
    /// What exactly was found.
    note: Option<String>,
}

/// How an answer came about, with everything needed to check it again.
#[derive(SimpleObject)]
pub(super) struct ModelRun {
    /// Who answered, for example `anthropic` or `built_in`.
    provider: String,
    /// Identifier of the model as it named itself.
    model: String,
    /// Identifier of the request at the provider.
    request_id: Option<String>,
    /// What was counted.
    tokens: TokenUsage,
    /// Cost by the configured prices, in millionths of a US dollar.
    cost_micro_usd: i32,
    /// Calls that were made for this answer, all providers together.
    attempts: i32,
    /// Time from taking up the message to the accepted answer, in milliseconds.
    duration_ms: i32,
    /// Why an earlier provider did not answer; null when the first one did.
    fallback_from: Option<String>,
    /// SHA-256 of the system prompt, in hex.
    system_prompt_sha256: String,
    /// SHA-256 of the user prompt, in hex.
    user_prompt_sha256: String,
    /// SHA-256 of the raw answer, in hex.
    raw_answer_sha256: String,
    /// SHA-256 of the facts that the checks were given, in hex.
    facts_sha256: String,
}

/// Tokens that a provider counted.
#[derive(SimpleObject)]
pub(super) struct TokenUsage {
    /// Read, at full price.
    input: i32,
    /// Written.
    output: i32,
    /// Read from the provider's cache.
    cache_read: i32,
    /// Written to the provider's cache.
    cache_write: i32,
}

impl From<&triage::Check> for AnswerCheck {
    fn from(check: &triage::Check) -> Self {
        Self { code: check.code.clone(), outcome: check.outcome.into(), note: check.note.clone() }
    }
}

impl From<&ticket::ModelRun> for ModelRun {
    fn from(run: &ticket::ModelRun) -> Self {
        Self {
            provider: run.provider.clone(),
            model: run.model_used.clone(),
            request_id: run.request_id.clone(),
            tokens: TokenUsage {
                input: int(run.usage.input_tokens),
                output: int(run.usage.output_tokens),
                cache_read: int(run.usage.cache_read_tokens),
                cache_write: int(run.usage.cache_write_tokens),
            },
            cost_micro_usd: int(run.cost_micro_usd),
            attempts: int(run.attempts),
            duration_ms: int(run.execution_duration_ms),
            fallback_from: run.fallback_from.clone(),
            system_prompt_sha256: run.system_sha256.clone(),
            user_prompt_sha256: run.user_sha256.clone(),
            raw_answer_sha256: run.raw_sha256.clone(),
            facts_sha256: run.facts_sha256.clone(),
        }
    }
}
