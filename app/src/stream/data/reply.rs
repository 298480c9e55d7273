//! A reply from approval to its outcome.

use casebook_domain::Timestamp;
use casebook_domain::ids::{DecisionId, MessageId, TicketId};
use schemars::JsonSchema;
use serde::Serialize;

use super::{AfterSending, DraftUsage, HeldBecause, Person};

/// An agent approved a reply; it leaves once the time to take it back is over.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct ReplyApproved {
    /// The ticket.
    pub ticket_id: TicketId,
    /// The reply, which becomes a message of the conversation.
    pub reply_id: MessageId,
    /// The agent who approved it.
    pub approved_by: String,
    /// The decision whose draft it used, if there was a draft.
    pub decision_id: Option<DecisionId>,
    /// How the draft was used.
    pub draft_usage: DraftUsage,
    /// What becomes of the ticket afterwards.
    pub after: AfterSending,
    /// When the agent approved it.
    pub approved_at: Timestamp,
    /// Until when it can be withdrawn, and from when it is sent.
    pub due_at: Timestamp,
    /// What tells something about the customer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub personal: Option<ReplyPerson>,
}

/// What a reply says, and to whom.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct ReplyPerson {
    /// The person it goes to.
    pub to: Option<Person>,
    /// Subject as it leaves.
    pub subject: Option<String>,
    /// The text as it leaves, signed.
    pub text: Option<String>,
}

/// Something happened to a reply that needs no further words.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct ReplyTouched {
    /// The ticket.
    pub ticket_id: TicketId,
    /// The reply.
    pub reply_id: MessageId,
}

/// A reply is being handed over; from here it cannot be taken back.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct DeliveryStarted {
    /// The ticket.
    pub ticket_id: TicketId,
    /// The reply.
    pub reply_id: MessageId,
    /// Number of the attempt, from 1.
    pub attempt: u32,
}

/// A reply is out.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct ReplySent {
    /// The ticket.
    pub ticket_id: TicketId,
    /// The reply.
    pub reply_id: MessageId,
    /// Number of the attempt that succeeded, from 1.
    pub attempt: u32,
    /// When the receiving server took it.
    pub sent_at: Timestamp,
}

/// Handing a reply over failed.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct DeliveryFailed {
    /// The ticket.
    pub ticket_id: TicketId,
    /// The reply.
    pub reply_id: MessageId,
    /// Number of the attempt, from 1.
    pub attempt: u32,
    /// What went wrong.
    pub error: String,
    /// When it is tried again; null after the last attempt.
    pub retry_at: Option<Timestamp>,
}

/// Nobody can tell whether a reply went out.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct DeliveryUnknown {
    /// The ticket.
    pub ticket_id: TicketId,
    /// The reply.
    pub reply_id: MessageId,
    /// Number of the attempt, from 1.
    pub attempt: u32,
}

/// A reply was stopped because its ticket moved.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct ReplyHeld {
    /// The ticket.
    pub ticket_id: TicketId,
    /// The reply.
    pub reply_id: MessageId,
    /// What moved the ticket.
    pub because: HeldBecause,
}

/// An agent had a failed or held reply sent after all.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct ReplyRetried {
    /// The ticket.
    pub ticket_id: TicketId,
    /// The reply.
    pub reply_id: MessageId,
    /// From when it is sent.
    pub due_at: Timestamp,
}

/// A delivery report came back about a reply.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct ReplyBounced {
    /// The ticket.
    pub ticket_id: TicketId,
    /// The reply.
    pub reply_id: MessageId,
    /// The delivery report.
    pub message_id: MessageId,
    /// Whether the report says that it will never arrive.
    pub is_final: bool,
    /// Status code of the report (RFC 3463), for example `5.1.1`.
    pub status: Option<String>,
}
