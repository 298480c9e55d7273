//! The ticket as its events make it.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::{Priority, Standing, Status, TicketEvent};
use crate::ids::{ContactId, ConversationId, MessageId, TicketId};

/// One piece of work.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Ticket {
    id: Option<TicketId>,
    conversation: Option<ConversationId>,
    contact: Option<ContactId>,
    #[serde(flatten)]
    standing: Standing,
    messages: BTreeSet<MessageId>,
}

impl Ticket {
    /// Whether it has been opened.
    pub const fn exists(&self) -> bool {
        self.id.is_some()
    }

    /// Where it stands.
    pub const fn status(&self) -> Status {
        self.standing.status
    }

    /// Place in the queue.
    pub const fn priority(&self) -> Priority {
        self.standing.priority
    }

    /// The thread it belongs to.
    pub const fn conversation(&self) -> Option<ConversationId> {
        self.conversation
    }

    /// Who wrote.
    pub const fn contact(&self) -> Option<ContactId> {
        self.contact
    }

    /// Gates that fired and that no agent has dealt with; those of the latest message first.
    pub fn gate_codes(&self) -> &[String] {
        &self.standing.gate_codes
    }

    /// Whether the message opened or joined the ticket.
    pub fn has_message(&self, id: MessageId) -> bool {
        self.messages.contains(&id)
    }

    pub(super) fn evolve(&mut self, event: &TicketEvent) {
        self.standing.evolve(event);
        match event {
            TicketEvent::TicketReceived(received) => {
                self.id = Some(received.ticket_id);
                self.conversation = Some(received.conversation_id);
                self.contact = Some(received.contact_id);
                self.messages.insert(received.message_id);
            }
            TicketEvent::CustomerReplied(replied) => {
                self.messages.insert(replied.message_id);
            }
            TicketEvent::TicketGated(_) => {}
        }
    }
}
