//! How tickets come to be: messages, and what the gates said about them.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::channel::Channel;
use crate::gates::{GateFacts, GateOutcome};
use crate::ids::{ContactId, ConversationId, DecisionId, MessageId, TicketId};
use crate::{Personal, Timestamp};

/// What the gates said about a message, with everything needed to check it again.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct GateCheck {
    /// Version of the policy in force.
    pub policy_version: String,
    /// What the gates were told about the world.
    pub facts: GateFacts,
    /// Version of the contact's stream at which the facts were read.
    pub facts_version: u64,
    /// Every gate's verdict.
    pub outcome: GateOutcome,
}

/// See [`super::TicketEvent::TicketReceived`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct TicketReceived {
    /// The ticket.
    pub ticket_id: TicketId,
    /// The thread it belongs to.
    pub conversation_id: ConversationId,
    /// The message that opened it.
    pub message_id: MessageId,
    /// Who wrote; the data subject of the stream.
    pub contact_id: ContactId,
    /// Inbox it came in by.
    pub inbox: String,
    /// How the contact writes.
    pub channel: Channel,
    /// The contact's address.
    pub customer_email: Personal<String>,
    /// The contact's name, where known.
    pub customer_name: Option<Personal<String>>,
    /// Subject, prefixes removed; `None` when blank or a placeholder.
    pub subject: Option<Personal<String>>,
    /// The beginning of the new text, for lists.
    pub preview: Personal<String>,
    /// Message-ID of the mail, for threading.
    pub email_message_id: Option<Personal<String>>,
    /// When the message reached us, or on import when it was written.
    pub received_at: Timestamp,
    /// What the gates said.
    pub check: GateCheck,
}

/// See [`super::TicketEvent::CustomerReplied`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct CustomerReplied {
    /// The new message.
    pub message_id: MessageId,
    /// Who wrote.
    pub contact_id: ContactId,
    /// The beginning of the new text, for lists.
    pub preview: Personal<String>,
    /// When the message reached us, or on import when it was written.
    pub received_at: Timestamp,
    /// What the gates said.
    pub check: GateCheck,
}

/// See [`super::TicketEvent::TicketGated`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct TicketGated {
    /// The decision.
    pub decision_id: DecisionId,
    /// The message it is about.
    pub message_id: MessageId,
    /// Version of the policy that made it.
    pub policy_version: String,
    /// The most severe gate that fired.
    pub code: String,
    /// Every gate that fired, most severe first.
    pub codes: Vec<String>,
    /// Escalation reason of the most severe gate.
    pub reason: String,
    /// Time from arrival to decision, in milliseconds.
    pub execution_duration_ms: u32,
    /// Idempotency key that the caller gave.
    pub dedupe_key: Option<Personal<String>>,
    /// Subject that the ticket gets because the customer gave none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subject: Option<Personal<String>>,
}
