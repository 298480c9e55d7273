//! What classification did to a ticket.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::Personal;
use crate::ids::{DecisionId, MessageId};
use crate::triage::{Answer, Check};

/// See [`super::TicketEvent::TicketClassified`]. Holds or names everything that is needed to check
/// the decision again without asking a model.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct TicketClassified {
    /// The decision.
    pub decision_id: DecisionId,
    /// The message it is about.
    pub message_id: MessageId,
    /// Version of the policy that was in force.
    pub policy_version: String,
    /// The accepted answer.
    pub answer: Answer,
    /// Whether the confidence lies below the policy's `thresholds.priority`.
    pub unsure: bool,
    /// What each check of the raw answer found.
    pub checks: Vec<Check>,
    /// Whether the directory knew the person.
    pub is_existing_customer: bool,
    /// Subject that the ticket gets because the customer gave none.
    pub subject: Option<Personal<String>>,
    /// How the answer came about.
    pub run: ModelRun,
    /// Idempotency key that the caller of the message gave.
    pub dedupe_key: Option<Personal<String>>,
}

/// How an answer came about. Blobs are named by the SHA-256 of their bytes in hex.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ModelRun {
    /// Who answered: `anthropic` or `built_in`.
    pub provider: String,
    /// Identifier of the model as it named itself.
    pub model_used: String,
    /// Blob with the system prompt.
    pub system_sha256: String,
    /// Blob with the user prompt.
    pub user_sha256: String,
    /// Blob with the facts that the checks were given, as JSON.
    pub facts_sha256: String,
    /// Blob with the raw answer.
    pub raw_sha256: String,
    /// Identifier of the request at the provider.
    pub request_id: Option<String>,
    /// What was counted.
    pub usage: TokenUsage,
    /// Cost by the configured prices, in millionths of a US dollar.
    pub cost_micro_usd: u64,
    /// Calls that were made for this answer, all providers together.
    pub attempts: u32,
    /// Time from taking up the message to the accepted answer, in milliseconds.
    pub execution_duration_ms: u32,
    /// Why an earlier provider in the list did not answer; `None` when the first one did.
    pub fallback_from: Option<String>,
}

/// Tokens that a provider counted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct TokenUsage {
    /// Read, at full price.
    pub input_tokens: u64,
    /// Written.
    pub output_tokens: u64,
    /// Read from the provider's cache.
    pub cache_read_tokens: u64,
    /// Written to the provider's cache.
    pub cache_write_tokens: u64,
}

/// See [`super::TicketEvent::ReplyDrafted`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ReplyDrafted {
    /// The decision that proposed it.
    pub decision_id: DecisionId,
    /// The message that it answers.
    pub message_id: MessageId,
    /// The proposed reply, without sign-off.
    pub text: Personal<String>,
}

/// See [`super::TicketEvent::TriageFailed`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct TriageFailed {
    /// The message that could not be classified.
    pub message_id: MessageId,
    /// Version of the policy that was in force.
    pub policy_version: String,
    /// Who was asked last.
    pub provider: String,
    /// Calls that were made.
    pub attempts: u32,
    /// What went wrong in the end, free of personal data.
    pub error: String,
}
