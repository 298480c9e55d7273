//! A reply from approval to its outcome.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::draft::DraftComparison;
use crate::ids::{DecisionId, MessageId};
use crate::mail::Mailbox;
use crate::{Personal, Timestamp};

/// What becomes of the ticket once the reply is out.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum AfterSending {
    /// It is resolved.
    #[default]
    Resolve,
    /// It stays open and waits for the customer.
    KeepOpen,
}

/// See [`super::TicketEvent::ReplyApproved`]. Holds everything that its bytes are made from.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ReplyApproved {
    /// The reply, which becomes a message of the conversation.
    pub reply_id: MessageId,
    /// The agent who approved it.
    pub approved_by: String,
    /// The decision whose draft it used, if there was a draft.
    pub decision_id: Option<DecisionId>,
    /// The text as approved, before `[Name]` and sign-off are filled in.
    pub text: Personal<String>,
    /// The text as it leaves.
    pub body: Personal<String>,
    /// Subject as it leaves.
    pub subject: Personal<String>,
    /// Sender: name and address of the inbox.
    pub from: Mailbox,
    /// The person it goes to.
    pub to: Personal<Mailbox>,
    /// Who signs.
    pub persona: String,
    /// Its Message-ID without angle brackets; holds 128 random bits.
    pub external_id: String,
    /// Message-ID that it answers.
    pub in_reply_to: Option<Personal<String>>,
    /// The thread's identifiers, oldest first.
    pub references: Vec<Personal<String>>,
    /// How the draft was used.
    pub comparison: DraftComparison,
    /// What becomes of the ticket afterwards.
    pub after: AfterSending,
    /// When the agent approved it; also its date.
    pub approved_at: Timestamp,
    /// Until when it can be withdrawn, and from when it is sent.
    pub due_at: Timestamp,
}

/// See [`super::TicketEvent::ReplyWithdrawn`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ReplyWithdrawn {
    /// The reply.
    pub reply_id: MessageId,
}

/// See [`super::TicketEvent::DeliveryStarted`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct DeliveryStarted {
    /// The reply.
    pub reply_id: MessageId,
    /// Number of the attempt, from 1.
    pub attempt: u32,
    /// Blob with the bytes that are handed over, by SHA-256 in hex.
    pub raw_sha256: String,
    /// Their number.
    pub size_bytes: u64,
}

/// See [`super::TicketEvent::ReplySent`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ReplySent {
    /// The reply.
    pub reply_id: MessageId,
    /// Number of the attempt that succeeded.
    pub attempt: u32,
    /// The server's last words.
    pub answer: String,
    /// When the server took it.
    pub sent_at: Timestamp,
}

/// See [`super::TicketEvent::DeliveryFailed`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct DeliveryFailed {
    /// The reply.
    pub reply_id: MessageId,
    /// Number of the attempt.
    pub attempt: u32,
    /// What went wrong, free of personal data.
    pub error: String,
    /// When it is tried again; `None` after the last attempt.
    pub retry_at: Option<Timestamp>,
}

/// See [`super::TicketEvent::DeliveryUnknown`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct DeliveryUnknown {
    /// The reply.
    pub reply_id: MessageId,
    /// Number of the attempt.
    pub attempt: u32,
}

/// See [`super::TicketEvent::ReplyHeld`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ReplyHeld {
    /// The reply.
    pub reply_id: MessageId,
    /// What moved the ticket since the approval.
    pub because: HeldBecause,
}

/// What moved a ticket while its reply waited.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum HeldBecause {
    /// The customer wrote again.
    CustomerWrote,
    /// Somebody escalated the ticket.
    Escalated,
}

/// See [`super::TicketEvent::ReplyRetried`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ReplyRetried {
    /// The reply.
    pub reply_id: MessageId,
    /// From when it is sent.
    pub due_at: Timestamp,
}

/// See [`super::TicketEvent::ReplyBounced`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ReplyBounced {
    /// The reply.
    pub reply_id: MessageId,
    /// The delivery report.
    pub message_id: MessageId,
    /// Whether the report says that it will never arrive.
    pub is_final: bool,
    /// Status code of the report, for example `5.1.1`.
    pub status: Option<String>,
}
