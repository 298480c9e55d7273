//! One outcome of triage as it is measured.

use casebook_domain::Timestamp;
use casebook_domain::ids::{DecisionId, TicketId};

use crate::columns::{from_serde_name, row, serde_name};

/// What triage came to about a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// A gate fired; no model was asked.
    Gated,
    /// A model answered.
    Model,
    /// The built-in classifier answered.
    BuiltIn,
    /// Nobody could answer; a person takes it. No decision.
    Failed,
}

crate::columns::text_fields! {
    Outcome: serde_name, from_serde_name;
}

row! {
    /// What triage came to about one message.
    pub struct TriageFact {
        /// Tenant that owns it.
        pub tenant: String,
        /// The decision; where triage failed, the one that a model would have made.
        pub decision_id: DecisionId,
        /// The ticket; `None` only before its first event.
        pub ticket_id: Option<TicketId>,
        /// What it came to.
        pub outcome: Outcome,
        /// When the log recorded it.
        pub decided_at: Timestamp,
        /// The category; `None` where triage failed.
        pub category: Option<String>,
        /// How sure, in hundredths; 0 unless somebody answered.
        pub confidence_hundredths: u32,
        /// Whether the confidence lay below the policy's `thresholds.priority`.
        pub unsure: bool,
        /// Whether a gate fired, a reason to escalate was given, or the category says so.
        pub escalated: bool,
        /// Every gate that fired, most severe first.
        pub gate_codes: Vec<String>,
        /// Who answered, for example `anthropic`.
        pub provider: Option<String>,
        /// Identifier of the model that answered.
        pub model: Option<String>,
        /// Tokens read, at full price.
        pub input_tokens: u64,
        /// Tokens written.
        pub output_tokens: u64,
        /// Tokens read from the provider's cache.
        pub cache_read_tokens: u64,
        /// Tokens written to the provider's cache.
        pub cache_write_tokens: u64,
        /// Cost by the configured prices, in millionths of a US dollar.
        pub cost_micro_usd: u64,
        /// Time from taking up the message to the outcome, in milliseconds.
        pub duration_ms: u32,
        /// Version of the policy that was in force.
        pub policy_version: String,
        /// Position of the last event that changed the row.
        pub position: u64,
    }
}
