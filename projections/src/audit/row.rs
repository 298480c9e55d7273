//! One entry of the index.

use casebook_domain::ids::{ContactId, ConversationId, TicketId};

use super::EntryId;
use crate::columns::row;

row! {
    /// What one event is about.
    pub struct AuditRow {
        /// Tenant that owns the event.
        pub tenant: String,
        /// The entry; tells the position.
        pub entry_id: EntryId,
        /// Who acted, for example `agent:ada`; empty where nobody is recorded.
        pub actor: String,
        /// Name of the event.
        pub event_type: String,
        /// The ticket it is about.
        pub ticket_id: Option<TicketId>,
        /// The thread it is about, or whose ticket it is about.
        pub conversation_id: Option<ConversationId>,
        /// The contact it is about, where the event names one.
        pub contact_id: Option<ContactId>,
        /// Position of the event.
        pub position: u64,
    }
}
