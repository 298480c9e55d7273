//! One approved reply and what became of it.

use casebook_domain::Timestamp;
use casebook_domain::draft::DraftUsage;
use casebook_domain::ids::MessageId;

use crate::tickets::ReplyState;

/// A reply that an agent approved. Free of personal data.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reply {
    /// The reply; once it is out, a message of the conversation.
    pub reply_id: MessageId,
    /// The agent who approved it.
    pub approved_by: String,
    /// When.
    pub approved_at: Timestamp,
    /// How the draft was used.
    pub draft_usage: DraftUsage,
    /// Its Message-ID, without angle brackets.
    pub external_id: String,
    /// How far it has come.
    pub state: ReplyState,
    /// When it leaves or is tried again; `None` when neither is to come.
    pub due_at: Option<Timestamp>,
    /// When the server took it.
    pub sent_at: Option<Timestamp>,
    /// Why it is not out, or came back.
    pub error: Option<String>,
    /// What was tried, the first attempt first.
    pub attempts: Vec<DeliveryAttempt>,
    /// Position of the last event about it.
    pub position: u64,
}

/// An attempt to hand a reply over.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeliveryAttempt {
    /// Its number, from 1.
    pub number: u32,
    /// When it began.
    pub started_at: Timestamp,
    /// When its outcome was recorded.
    pub ended_at: Option<Timestamp>,
    /// What came of it.
    pub outcome: AttemptOutcome,
    /// What went wrong.
    pub error: Option<String>,
    /// When the next one was to follow.
    pub retry_at: Option<Timestamp>,
}

/// What came of an attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum AttemptOutcome {
    /// None is recorded: it is under way, or the process that made it ended. The next attempt then
    /// hands over the same Message-ID.
    Open,
    /// The server took the reply.
    Sent,
    /// The server did not take it, or was not reached.
    Failed,
    /// Nobody can tell.
    Unknown,
}
