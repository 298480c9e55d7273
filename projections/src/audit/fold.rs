//! What an event is about.

use casebook_domain::access::{AccessEvent, PersonalDataRead, Seen};
use casebook_domain::contact::ContactEvent;
use casebook_domain::conversation::ConversationEvent;
use casebook_domain::event::Event;
use casebook_domain::ids::{ContactId, TicketId};
use casebook_domain::ticket::TicketEvent;

use super::{AuditRow, EntryId};
use crate::Recorded;
use crate::read_model::{RowKey, Touched, one};

/// Name of the metadata that tells which conversation an event belongs to.
const CORRELATION: &str = "correlation_id";

pub(super) fn touched(event: &Recorded<Event>) -> Touched {
    one(EntryId::at(event.position).0)
}

pub(super) fn new_row(key: &RowKey) -> AuditRow {
    AuditRow {
        tenant: key.tenant.clone(),
        entry_id: EntryId(key.id),
        actor: String::new(),
        event_type: String::new(),
        ticket_id: None,
        conversation_id: None,
        contact_id: None,
        position: 0,
    }
}

pub(super) fn apply(row: &mut AuditRow, event: &Recorded<Event>) {
    let metadata = event.metadata();
    if let Some(actor) = metadata.get("actor") {
        row.actor = actor.clone().into_owned();
    }
    row.event_type = event.event.event_type();
    row.conversation_id = metadata.get(CORRELATION).and_then(|id| id.parse().ok());
    row.position = event.position;
    match &event.event {
        Event::Access(AccessEvent::PersonalDataRead(read)) => look(row, read),
        Event::Contact(event_of_contact) => {
            row.contact_id = event.stream.id.parse().ok();
            // What the directory told belongs to no thread.
            if matches!(event_of_contact, ContactEvent::ContactContextChanged(_)) {
                row.conversation_id = None;
            }
        }
        Event::Conversation(event_of_conversation) => {
            row.conversation_id = event.stream.id.parse().ok();
            (row.ticket_id, row.contact_id) = named_by_conversation(event_of_conversation);
        }
        Event::Operations(_) | Event::Policy(_) | Event::Webhook(_) => row.conversation_id = None,
        Event::Ticket(event_of_ticket) => {
            row.ticket_id = event.stream.id.parse().ok();
            row.contact_id = named_by_ticket(event_of_ticket);
        }
    }
}

fn look(row: &mut AuditRow, read: &PersonalDataRead) {
    row.contact_id = read.contact_id;
    row.conversation_id = read.conversation_id;
    // Looks from before tickets were named beside name at most one.
    row.ticket_id = read.ticket_id.or_else(|| {
        read.what.iter().find_map(|seen| match seen {
            Seen::Ticket(id) => Some(*id),
            _ => None,
        })
    });
}

fn named_by_conversation(event: &ConversationEvent) -> (Option<TicketId>, Option<ContactId>) {
    match event {
        ConversationEvent::ConversationOpened(opened) => (None, Some(opened.contact_id)),
        ConversationEvent::MessageReceived(message) => {
            (message.ticket_id, Some(message.contact_id))
        }
        ConversationEvent::MailSetAside(aside) => (None, Some(aside.contact_id)),
        ConversationEvent::MessageSent(sent) => (Some(sent.ticket_id), Some(sent.contact_id)),
        ConversationEvent::NoteAdded(note) => (Some(note.ticket_id), Some(note.contact_id)),
        ConversationEvent::MailForwarded(_)
        | ConversationEvent::ForwardFailed(_)
        | ConversationEvent::BounceAttached(_) => (None, None),
    }
}

fn named_by_ticket(event: &TicketEvent) -> Option<ContactId> {
    match event {
        TicketEvent::TicketReceived(received) => Some(received.contact_id),
        TicketEvent::TicketStarted(started) => Some(started.contact_id),
        TicketEvent::CustomerReplied(replied) => Some(replied.contact_id),
        _ => None,
    }
}

#[cfg(test)]
#[path = "fold_tests.rs"]
mod tests;
