//! How tickets come to be, and how they end.

use casebook_domain::Timestamp;
use casebook_domain::ids::{ContactId, ConversationId, DecisionId, MessageId, TicketId};
use schemars::JsonSchema;
use serde::Serialize;

use super::{Because, Channel};

/// A message opened a ticket.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct TicketReceived {
    /// The ticket.
    pub ticket_id: TicketId,
    /// The thread it belongs to.
    pub conversation_id: ConversationId,
    /// The message that opened it.
    pub message_id: MessageId,
    /// Who wrote.
    pub contact_id: ContactId,
    /// Inbox it came in by.
    pub inbox: String,
    /// How the contact writes.
    pub channel: Channel,
    /// When the message reached us, or on import when it was written.
    pub received_at: Timestamp,
    /// Version of the policy in force.
    pub policy_version: String,
    /// Codes of the gates that fired, the most severe first.
    pub gate_codes: Vec<String>,
    /// What tells something about the customer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub personal: Option<TicketPerson>,
}

/// The customer of a ticket, and what it is about.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct TicketPerson {
    /// The contact's address.
    pub customer_email: Option<String>,
    /// The contact's name, where known.
    pub customer_name: Option<String>,
    /// Subject, prefixes removed; null when blank.
    pub subject: Option<String>,
    /// The beginning of the text.
    pub preview: Option<String>,
}

/// An agent wrote first.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct TicketStarted {
    /// The ticket.
    pub ticket_id: TicketId,
    /// The thread that begins with it.
    pub conversation_id: ConversationId,
    /// To whom.
    pub contact_id: ContactId,
    /// Inbox it leaves by.
    pub inbox: String,
    /// How the contact is reached.
    pub channel: Channel,
    /// When the agent wrote.
    pub started_at: Timestamp,
    /// What tells something about the customer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub personal: Option<TicketPerson>,
}

/// The customer wrote again into a ticket that is open.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct CustomerReplied {
    /// The ticket.
    pub ticket_id: TicketId,
    /// The new message.
    pub message_id: MessageId,
    /// Who wrote.
    pub contact_id: ContactId,
    /// When the message reached us, or on import when it was written.
    pub received_at: Timestamp,
    /// Version of the policy in force.
    pub policy_version: String,
    /// Codes of the gates that fired, the most severe first.
    pub gate_codes: Vec<String>,
    /// What tells something about the customer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub personal: Option<Preview>,
}

/// What a message says, in short.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Preview {
    /// The beginning of the text.
    pub preview: Option<String>,
}

/// A gate fired: a person must decide, no model is asked.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct TicketGated {
    /// The ticket.
    pub ticket_id: TicketId,
    /// The decision.
    pub decision_id: DecisionId,
    /// The message it is about.
    pub message_id: MessageId,
    /// Version of the policy that made it.
    pub policy_version: String,
    /// The most severe gate that fired.
    pub gate_code: String,
    /// Every gate that fired, the most severe first.
    pub gate_codes: Vec<String>,
    /// Escalation reason of the most severe gate, as the policy words it.
    pub reason: String,
    /// Time from arrival to decision, in milliseconds.
    pub execution_duration_ms: u32,
}

/// A ticket was answered, or closed without an answer.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct TicketEnded {
    /// The ticket.
    pub ticket_id: TicketId,
    /// When.
    pub ended_at: Timestamp,
}

/// A ticket is open again, or back in the queue.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct TicketBack {
    /// The ticket.
    pub ticket_id: TicketId,
    /// Why.
    pub because: Because,
}
