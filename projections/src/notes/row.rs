//! One note.

use casebook_domain::Timestamp;
use casebook_domain::ids::{ConversationId, NoteId, TicketId};

use crate::columns::row;

row! {
    /// One note that an agent left for colleagues.
    pub struct NoteRow {
        /// Tenant that owns it.
        pub tenant: String,
        /// The note.
        pub note_id: NoteId,
        /// The thread it belongs to; `None` only before its first event.
        pub conversation_id: Option<ConversationId>,
        /// The ticket it was written on; `None` only before its first event.
        pub ticket_id: Option<TicketId>,
        /// The agent who wrote it.
        pub author: String,
        /// What it says.
        pub text: String,
        /// When it was written.
        pub written_at: Timestamp,
        /// Position of the last event that changed the row.
        pub position: u64,
    }
}
