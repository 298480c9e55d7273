//! What agents do to a ticket besides answering it.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::channel::Channel;
use crate::ids::{ContactId, ConversationId, MessageId, ReplacementId, TicketId};
use crate::{Personal, Timestamp};

/// See [`super::TicketEvent::TicketStarted`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct TicketStarted {
    /// The ticket.
    pub ticket_id: TicketId,
    /// The thread that begins with it.
    pub conversation_id: ConversationId,
    /// To whom; the data subject of the stream.
    pub contact_id: ContactId,
    /// Inbox it leaves by.
    pub inbox: String,
    /// How the contact is reached.
    pub channel: Channel,
    /// The contact's address.
    pub customer_email: Personal<String>,
    /// The contact's name, where known.
    pub customer_name: Option<Personal<String>>,
    /// Subject without prefix.
    pub subject: Personal<String>,
    /// The beginning of the first message, for lists.
    pub preview: Personal<String>,
    /// When the agent wrote.
    pub started_at: Timestamp,
}

/// Who works on a ticket: an agent, by name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ByAgent {
    /// The agent.
    pub agent: String,
}

/// See [`super::TicketEvent::TicketAssigned`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct TicketAssigned {
    /// The agent; `None` for nobody.
    pub agent: Option<String>,
    /// Code of the team; `None` leaves it as it was.
    pub team: Option<String>,
}

/// See [`super::TicketEvent::LabelsChanged`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct LabelsChanged {
    /// Labels that were put on, sorted.
    pub added: Vec<String>,
    /// Labels that were taken off, sorted.
    pub removed: Vec<String>,
}

/// How urgent an agent says a ticket is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Urgency {
    /// Counts as priority 1.
    Urgent,
    /// Counts as priority 1.
    High,
    /// As triage found.
    Normal,
    /// Never above priority 3.
    Low,
}

/// See [`super::TicketEvent::PrioritySet`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct PrioritySet {
    /// What the agent said.
    pub urgency: Urgency,
}

/// See [`super::TicketEvent::CategoryCorrected`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct CategoryCorrected {
    /// What triage had said; `None` when there was no decision.
    pub from: Option<String>,
    /// Code of the right category.
    pub to: String,
}

/// See [`super::TicketEvent::TicketEscalated`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct TicketEscalated {
    /// Why.
    pub reason: Personal<String>,
}

/// See [`super::TicketEvent::Snoozed`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Snoozed {
    /// When it comes back.
    pub until: Timestamp,
}

/// Why something happened to a ticket.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Because {
    /// The customer wrote.
    Customer,
    /// An agent said so.
    Agent,
    /// The time had come.
    Time,
}

/// See [`super::TicketEvent::Woken`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Woken {
    /// Why.
    pub because: Because,
}

/// See [`super::TicketEvent::TicketReopened`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct TicketReopened {
    /// Why.
    pub because: Because,
}

/// See [`super::TicketEvent::TicketResolved`] and [`super::TicketEvent::TicketClosed`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Ended {
    /// When.
    pub at: Timestamp,
}

/// See [`super::TicketEvent::ReplacementRequested`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ReplacementRequested {
    /// The request; also its idempotency key in the tenant's system.
    pub replacement_id: ReplacementId,
    /// Order that is to be replaced.
    pub order_reference: Personal<String>,
    /// Why.
    pub reason: Personal<String>,
    /// The reply that promises it.
    pub reply_id: MessageId,
}

/// See [`super::TicketEvent::ReplacementPlaced`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ReplacementPlaced {
    /// The request.
    pub replacement_id: ReplacementId,
    /// Number of the attempt that succeeded, from 1.
    pub attempt: u32,
    /// What the tenant's system calls it, where it said.
    pub reference: Option<Personal<String>>,
}

/// See [`super::TicketEvent::ReplacementFailed`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ReplacementFailed {
    /// The request.
    pub replacement_id: ReplacementId,
    /// Number of the attempt, from 1.
    pub attempt: u32,
    /// What went wrong, free of personal data.
    pub error: String,
    /// When it is tried again; `None` after the last attempt.
    pub retry_at: Option<Timestamp>,
}
