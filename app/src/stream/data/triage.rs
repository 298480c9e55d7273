//! What triage did.

use casebook_domain::ids::{DecisionId, MessageId, TicketId};
use schemars::JsonSchema;
use serde::Serialize;

/// A model, or the built-in classifier, judged a message.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct TicketClassified {
    /// The ticket.
    pub ticket_id: TicketId,
    /// The decision.
    pub decision_id: DecisionId,
    /// The message it is about.
    pub message_id: MessageId,
    /// Version of the policy that was in force.
    pub policy_version: String,
    /// Code of a category of the policy.
    pub category: String,
    /// How sure, 0.00 to 1.00.
    pub confidence: f64,
    /// Whether the confidence lies below the policy's threshold for priority 2.
    pub unsure: bool,
    /// Whether a person must decide.
    pub escalate: bool,
    /// Code of the recommended action of the policy.
    pub action: Option<String>,
    /// Whether the directory knew the person.
    pub is_existing_customer: bool,
    /// How the answer came about.
    pub run: ModelRun,
    /// What tells something about the customer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub personal: Option<ClassifiedPerson>,
}

/// How a model's answer came about.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct ModelRun {
    /// Who answered, for example `anthropic` or `built_in`.
    pub provider: String,
    /// Identifier of the model as it named itself.
    pub model: String,
    /// Tokens read at full price.
    pub input_tokens: u64,
    /// Tokens written.
    pub output_tokens: u64,
    /// Cost by the configured prices, in millionths of a US dollar.
    pub cost_micro_usd: u64,
    /// Calls that were made for this answer, all providers together.
    pub attempts: u32,
    /// Time from taking up the message to the accepted answer, in milliseconds.
    pub execution_duration_ms: u32,
}

/// What triage found out about the customer's message.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct ClassifiedPerson {
    /// Why a person must decide; null when nobody must.
    pub escalation_reason: Option<String>,
    /// Subject for a message that has none.
    pub suggested_subject: Option<String>,
    /// The customer's name.
    pub customer_name: Option<String>,
}

/// A reply was proposed.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct ReplyDrafted {
    /// The ticket.
    pub ticket_id: TicketId,
    /// The decision that proposed it.
    pub decision_id: DecisionId,
    /// The message that it answers.
    pub message_id: MessageId,
    /// What tells something about the customer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub personal: Option<Text>,
}

/// A text that somebody wrote.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Text {
    /// The text; null when it has been erased.
    pub text: Option<String>,
}

/// Nobody could classify a message; a person takes it.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct TriageFailed {
    /// The ticket.
    pub ticket_id: TicketId,
    /// The message.
    pub message_id: MessageId,
    /// Version of the policy that was in force.
    pub policy_version: String,
    /// Who was asked last.
    pub provider: String,
    /// Calls that were made.
    pub attempts: u32,
    /// What went wrong in the end.
    pub error: String,
}
