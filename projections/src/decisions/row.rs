//! One outcome of triage.

use casebook_domain::Timestamp;
use casebook_domain::ids::{DecisionId, MessageId, TicketId};
use casebook_domain::ticket::{GateCheck, ModelRun};
use casebook_domain::triage::Check;

use crate::columns::{from_serde_name, row, serde_name};

/// How a decision was made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DecisionKind {
    /// A gate fired; no model was asked.
    Gated,
    /// A model or the built-in classifier answered.
    Classified,
}

crate::columns::text_fields! {
    DecisionKind: serde_name, from_serde_name;
}

row! {
    /// The outcome of triage for one message.
    pub struct DecisionRow {
        /// Tenant that owns it.
        pub tenant: String,
        /// The decision.
        pub decision_id: DecisionId,
        /// The ticket; `None` only before its first event.
        pub ticket_id: Option<TicketId>,
        /// The message it is about; `None` only before its first event.
        pub message_id: Option<MessageId>,
        /// How it was made.
        pub kind: DecisionKind,
        /// The category.
        pub category: String,
        /// How sure, 0.00 to 1.00; 0.00 when gated.
        pub confidence: f64,
        /// Whether a gate fired.
        pub policy_gate_triggered: bool,
        /// The most severe gate that fired.
        pub policy_gate_code: Option<String>,
        /// Every gate that fired, most severe first.
        pub codes: Vec<String>,
        /// Why a person must decide.
        pub escalation_reason: Option<String>,
        /// Proposed reply; empty when escalated or withheld.
        pub draft_response: String,
        /// Code of the recommended action.
        pub action: Option<String>,
        /// Subject for a message that had none.
        pub suggested_subject: Option<String>,
        /// The customer's name, where known.
        pub customer_name: Option<String>,
        /// Whether the directory knew the person.
        pub is_existing_customer: bool,
        /// What each check of the raw answer found.
        pub checks: Vec<Check>,
        /// How the answer came about; `None` when gated.
        pub run: Option<ModelRun>,
        /// What made it: `policy_gate` or the identifier of a model.
        pub model_used: String,
        /// Version of the policy that made it.
        pub policy_version: String,
        /// Every gate's verdict with the facts it was given.
        pub verdict: Option<GateCheck>,
        /// Time from arrival to decision, in milliseconds.
        pub execution_duration_ms: u32,
        /// Idempotency key that the caller gave.
        pub dedupe_key: Option<String>,
        /// When it was recorded.
        pub created_at: Timestamp,
        /// Position of the last event that changed the row.
        pub position: u64,
    }
}
