//! One row of the queue.

use casebook_domain::Timestamp;
use casebook_domain::channel::Channel;
use casebook_domain::conversation::SetAside;
use casebook_domain::draft::DraftUsage;
use casebook_domain::ids::{ContactId, ConversationId, DecisionId, MessageId, TicketId};
use casebook_domain::ticket::{Priority, Status, Urgency};

use crate::columns::{from_serde_name, row, serde_name};

/// Which list an entry of the queue belongs to; follows from status and set-aside reason.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Shelf {
    /// A ticket that still needs somebody.
    Open,
    /// A ticket that is put aside until a time.
    Snoozed,
    /// A ticket that is resolved or closed.
    Done,
    /// A message that is nobody's work.
    SetAside,
}

impl Shelf {
    /// All shelves.
    pub const ALL: [Self; 4] = [Self::Open, Self::Snoozed, Self::Done, Self::SetAside];

    /// The stable name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Snoozed => "snoozed",
            Self::Done => "done",
            Self::SetAside => "set_aside",
        }
    }

    /// Where a row with this status stands.
    pub const fn of(status: Option<Status>, snoozed: bool) -> Self {
        match status {
            None => Self::SetAside,
            Some(status) if status.is_open() && snoozed => Self::Snoozed,
            Some(status) if status.is_open() => Self::Open,
            Some(_) => Self::Done,
        }
    }
}

/// How far the last approved reply has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ReplyState {
    /// Waits until its undo delay is over.
    Approved,
    /// Is being handed over.
    Sending,
    /// An attempt failed and another one follows.
    Retrying,
    /// The last attempt failed.
    Failed,
    /// Nobody can tell whether it went out.
    Unknown,
    /// Stopped because the ticket moved.
    Held,
    /// Taken back.
    Withdrawn,
    /// Out.
    Sent,
    /// Out, and a delivery report came back.
    Bounced,
}

/// How far the last replacement that was asked for has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ReplacementState {
    /// Waits for its reply to go out, or for the next attempt.
    Requested,
    /// The tenant's system took it.
    Placed,
    /// The tenant's system did not take it, and will not be asked again.
    Failed,
}

crate::columns::text_fields! {
    ReplacementState: serde_name, from_serde_name;
    ReplyState: serde_name, from_serde_name;
    Shelf: |shelf| shelf.name().to_owned(),
        |text| Shelf::ALL.into_iter().find(|shelf| shelf.name() == text);
}

row! {
    /// One entry of the queue: a ticket, or a message that was set aside and is nobody's work.
    ///
    /// A set-aside message has `set_aside_reason`, no `status`, the last `priority`, and as
    /// `ticket_id` the identifier of the ticket that it would have opened.
    pub struct TicketRow {
        /// Tenant that owns it.
        pub tenant: String,
        /// The ticket.
        pub ticket_id: TicketId,
        /// Which list it belongs to.
        pub shelf: Shelf,
        /// Where the ticket stands; `None` for a set-aside message.
        pub status: Option<Status>,
        /// Place in the queue, 1 first.
        pub priority: Priority,
        /// When the first message reached us, or on import when it was written.
        pub received_at: Timestamp,
        /// The thread it belongs to; `None` only before its first event.
        pub conversation_id: Option<ConversationId>,
        /// Who wrote; `None` only before its first event.
        pub contact_id: Option<ContactId>,
        /// The message that opened the ticket, or the set-aside message itself.
        pub message_id: Option<MessageId>,
        /// Inbox it came in by.
        pub inbox: String,
        /// How the contact writes.
        pub channel: Channel,
        /// Why the message is nobody's work; `None` for tickets.
        pub set_aside_reason: Option<SetAside>,
        /// Category of the latest decision; `None` until one is made.
        pub category: Option<String>,
        /// Confidence of the latest decision, 0.00 to 1.00; 0.00 when gated.
        pub confidence: Option<f64>,
        /// The first of `gate_codes`.
        pub gate_code: Option<String>,
        /// Gates that fired and that no agent has dealt with, those of the latest message first.
        pub gate_codes: Vec<String>,
        /// Why a person must decide.
        pub escalation_reason: Option<String>,
        /// Whether triage has had its say about the latest message.
        pub decided: bool,
        /// Whether triage was below the policy's `thresholds.priority`, or failed.
        pub unsure: bool,
        /// Whether triage, an agent, a failed delivery or a failed replacement gave a reason to escalate.
        pub escalated: bool,
        /// Whether the customer has the next word.
        pub awaiting_customer: bool,
        /// What an agent said about its urgency.
        pub urgency: Option<Urgency>,
        /// Until when it is put aside.
        pub snoozed_until: Option<Timestamp>,
        /// Code of the team that has it.
        pub team: Option<String>,
        /// Code of the action that triage recommends.
        pub recommended_action: Option<String>,
        /// The draft of the latest decision; empty when there is none.
        pub draft: String,
        /// How the draft of the last approved reply was used; `None` when closed without a reply.
        pub draft_usage: Option<DraftUsage>,
        /// The reply that has been approved and has no outcome yet, else the last one.
        pub reply_id: Option<MessageId>,
        /// How far that reply has come.
        pub reply_state: Option<ReplyState>,
        /// When that reply leaves, or is tried again.
        pub reply_due_at: Option<Timestamp>,
        /// Why that reply is not out, free of personal data.
        pub reply_error: Option<String>,
        /// How far the last replacement has come; `None` when none was asked for.
        pub replacement_state: Option<ReplacementState>,
        /// Why the last attempt to place it failed, free of personal data.
        pub replacement_error: Option<String>,
        /// Number of replies that went out.
        pub reply_count: u32,
        /// When the first reply went out.
        pub first_reply_at: Option<Timestamp>,
        /// When it was resolved or closed; `None` while it is open.
        pub resolved_at: Option<Timestamp>,
        /// The latest decision.
        pub decision_id: Option<DecisionId>,
        /// What made the latest decision: `policy_gate` or the identifier of a model.
        pub model_used: Option<String>,
        /// Version of the policy that was in force for the latest message.
        pub policy_version: Option<String>,
        /// The agent who works on it.
        pub assignee: Option<String>,
        /// Labels.
        pub labels: Vec<String>,
        /// Subject, prefixes removed; `None` when blank.
        pub subject: Option<String>,
        /// The contact's address.
        pub customer_email: String,
        /// The contact's name, where known.
        pub customer_name: Option<String>,
        /// The beginning of the latest message's new text.
        pub preview: String,
        /// Subject, name, address and preview in lower case, for the text filter.
        pub search: String,
        /// Message-ID of the first mail, for threading.
        pub email_message_id: Option<String>,
        /// Idempotency key that the caller of the latest decision gave.
        pub dedupe_key: Option<String>,
        /// Time from arrival to the latest decision, in milliseconds.
        pub execution_duration_ms: Option<u32>,
        /// Whether an agent wrote first.
        pub is_outbound: bool,
        /// Number of the customer's messages.
        pub message_count: u32,
        /// When the latest message came.
        pub last_message_at: Timestamp,
        /// Version of the ticket's stream; 0 for a set-aside message.
        pub version: u64,
        /// Position of the last event that changed the row.
        pub position: u64,
    }
}

impl TicketRow {
    /// The ticket, unless the row is a set-aside message.
    pub const fn ticket(&self) -> Option<TicketId> {
        if self.status.is_some() { Some(self.ticket_id) } else { None }
    }
}
