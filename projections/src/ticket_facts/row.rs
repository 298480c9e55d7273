//! One ticket as it is measured.

use casebook_domain::Timestamp;
use casebook_domain::channel::Channel;
use casebook_domain::draft::DraftUsage;
use casebook_domain::ids::{MessageId, TicketId};
use casebook_domain::ticket::{Standing, Status};
use serde::{Deserialize, Serialize};

use crate::columns::{json_fields, row};

/// `live_until` of a ticket that is open: later than any instant that is asked for.
pub const STILL_OPEN: Timestamp = Timestamp::from_micros(i64::MAX);

/// A time during which a ticket was ended, before it was opened again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Gap {
    /// When it ended.
    pub from: Timestamp,
    /// When the log recorded that it was opened again.
    pub to: Timestamp,
}

/// A reply that was approved and not taken back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReplyFact {
    /// The reply.
    pub reply_id: MessageId,
    /// The agent who approved it.
    pub agent: String,
    /// When it went out; `None` when it has not.
    pub sent_at: Option<Timestamp>,
}

json_fields!(Vec<Gap>, Vec<ReplyFact>, Standing);

row! {
    /// A ticket as it is measured. People appear only as the names of agents' accounts.
    pub struct TicketFact {
        /// Tenant that owns it.
        pub tenant: String,
        /// The ticket.
        pub ticket_id: TicketId,
        /// How the contact writes.
        pub channel: Channel,
        /// Inbox it came in by, or leaves by.
        pub inbox: String,
        /// Whether an agent wrote first.
        pub is_outbound: bool,
        /// Category of the latest decision, or what an agent said it should be.
        pub category: Option<String>,
        /// Category of the latest decision, also where an agent corrected it.
        pub decided_category: Option<String>,
        /// Whether an agent corrected the category of the latest decision.
        pub category_corrected: bool,
        /// Code of the team that has it.
        pub team: Option<String>,
        /// The agent who works on it, or did when it ended.
        pub assignee: Option<String>,
        /// Where it stands.
        pub status: Status,
        /// When the first message reached us, or on import when it was written.
        pub received_at: Timestamp,
        /// When the first reply went out.
        pub first_reply_at: Option<Timestamp>,
        /// The agent who approved the first reply.
        pub first_reply_by: Option<String>,
        /// When it was resolved or closed; `None` while it is open.
        pub ended_at: Option<Timestamp>,
        /// Who approved the reply that resolved it, or closed it; `None` when no agent did.
        pub ended_by: Option<String>,
        /// How the draft of the last approved reply was used; `None` when closed without a reply.
        pub draft_usage: Option<DraftUsage>,
        /// Times during which it was ended before, the oldest first.
        pub gaps: Vec<Gap>,
        /// Replies that were approved and not taken back, in the order of approval, those that
        /// went out in the order of leaving.
        pub replies: Vec<ReplyFact>,
        /// What the customer said in the survey, 1 to 5; `None` until surveys exist.
        pub rating: Option<u32>,
        /// When the customer said so.
        pub rated_at: Option<Timestamp>,
        /// The last instant at which something about it is counted; [`STILL_OPEN`] while open.
        pub live_until: Timestamp,
        /// Everything that status follows from.
        pub standing: Standing,
        /// Position of the last event that changed the row.
        pub position: u64,
    }
}

impl TicketFact {
    /// The times during which it was open, the oldest first, each from its beginning until before
    /// its end; only the last may have no end.
    pub fn open_spans(&self) -> impl Iterator<Item = (Timestamp, Option<Timestamp>)> {
        let begins = std::iter::once(self.received_at).chain(self.gaps.iter().map(|gap| gap.to));
        let ends = self.gaps.iter().map(|gap| Some(gap.from)).chain([self.ended_at]);
        begins.zip(ends).map(|(from, to)| (from, to.map(|to| to.max(from))))
    }

    /// Whether it was open just before `at`: everything earlier had happened, nothing at `at`.
    pub fn was_open_before(&self, at: Timestamp) -> bool {
        self.open_spans().any(|(from, to)| from < at && to.is_none_or(|to| to >= at))
    }
}
