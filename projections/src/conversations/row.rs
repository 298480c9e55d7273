//! One thread with a contact.

use casebook_domain::Timestamp;
use casebook_domain::channel::Channel;
use casebook_domain::ids::{ContactId, ConversationId, TicketId};

use crate::columns::{from_serde_name, row, serde_name};

/// What a conversation shows of its open ticket.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ShownStatus {
    /// Somebody has to act.
    Open,
    /// The contact has the next word.
    Pending,
    /// Put off until later.
    Snoozed,
    /// Nothing is left to do.
    Resolved,
}

crate::columns::text_fields! {
    ShownStatus: serde_name, from_serde_name;
}

row! {
    /// One thread with a contact.
    pub struct ConversationRow {
        /// Tenant that owns it.
        pub tenant: String,
        /// The thread.
        pub conversation_id: ConversationId,
        /// Inbox it came in by.
        pub inbox: String,
        /// How the contact writes.
        pub channel: Channel,
        /// The contact it is with; `None` only before its first event.
        pub contact_id: Option<ContactId>,
        /// Subject of the first message, prefixes removed; `None` when blank.
        pub subject: Option<String>,
        /// The ticket that later messages of the contact join.
        pub open_ticket_id: Option<TicketId>,
        /// Shown status of its ticket; `None` when no message was anybody's work.
        pub status: Option<ShownStatus>,
        /// Number of messages.
        pub message_count: u32,
        /// When the first message counts; 0 before one came.
        pub first_message_at: Timestamp,
        /// When the latest message counts.
        pub last_message_at: Timestamp,
        /// Version of the conversation's stream.
        pub version: u64,
        /// Position of the last event that changed the row.
        pub position: u64,
    }
}
