//! Which entries a question about the audit trail means.

use std::collections::BTreeSet;

use casebook_domain::ids::{ContactId, ConversationId, TicketId};

use super::AuditRow;

/// What entries are about.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum AuditAbout {
    /// Anything.
    #[default]
    Everything,
    /// A ticket, which belongs to a conversation.
    Ticket(TicketId, ConversationId),
    /// A conversation with its tickets.
    Conversation(ConversationId),
    /// A contact with the conversations they took part in.
    Contact(ContactId, BTreeSet<ConversationId>),
}

/// Which entries are asked for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AuditFilter {
    /// What they are about.
    pub about: AuditAbout,
    /// Only of this actor, for example `agent:ada`.
    pub actor: Option<String>,
    /// Only events of these names; an empty list means all.
    pub event_types: Vec<String>,
    /// Only after this position.
    pub after: u64,
    /// Only up to this position; `None` means the end.
    pub up_to: Option<u64>,
}

impl AuditFilter {
    /// Whether an entry is one of them; the same question as the index answers.
    pub fn admits(&self, row: &AuditRow) -> bool {
        let about = match &self.about {
            AuditAbout::Everything => true,
            AuditAbout::Ticket(ticket, conversation) => {
                row.ticket_id == Some(*ticket) && row.conversation_id == Some(*conversation)
            }
            AuditAbout::Conversation(conversation) => row.conversation_id == Some(*conversation),
            AuditAbout::Contact(contact, conversations) => {
                row.contact_id == Some(*contact)
                    || row.conversation_id.is_some_and(|id| conversations.contains(&id))
            }
        };
        about
            && self.actor.as_ref().is_none_or(|actor| *actor == row.actor)
            && (self.event_types.is_empty() || self.event_types.contains(&row.event_type))
            && row.position > self.after
            && self.up_to.is_none_or(|last| row.position <= last)
    }
}
