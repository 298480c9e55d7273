//! How events make a conversation's row.

use casebook_domain::Timestamp;
use casebook_domain::channel::Channel;
use casebook_domain::conversation::{ConversationEvent, ConversationOpened};
use casebook_domain::event::Event;
use casebook_domain::ids::{ConversationId, TicketId};
use casebook_domain::ticket::TicketEvent;

use super::{ConversationRow, ShownStatus};
use crate::Recorded;
use crate::columns::known;
use crate::read_model::{NONE, RowKey, Touched, one};

pub(super) fn touched(event: &Recorded<Event>) -> Touched {
    match &event.event {
        Event::Conversation(
            ConversationEvent::ConversationOpened(_)
            | ConversationEvent::MessageReceived(_)
            | ConversationEvent::MessageSent(_),
        ) => event.stream.id.parse::<ConversationId>().map_or(NONE, |id| one(id.0)),
        Event::Ticket(ticket) if shown(ticket).is_some() => {
            let metadata = event.metadata();
            let correlation = metadata.get("correlation_id").and_then(|id| id.parse().ok());
            correlation.map_or(NONE, |id: ConversationId| one(id.0))
        }
        _ => NONE,
    }
}

pub(super) fn new_row(key: &RowKey) -> ConversationRow {
    ConversationRow {
        tenant: key.tenant.clone(),
        conversation_id: ConversationId(key.id),
        inbox: String::new(),
        channel: Channel::default(),
        contact_id: None,
        subject: None,
        open_ticket_id: None,
        status: None,
        message_count: 0,
        first_message_at: Timestamp::default(),
        last_message_at: Timestamp::default(),
        version: 0,
        position: 0,
    }
}

pub(super) fn apply(row: &mut ConversationRow, event: &Recorded<Event>) {
    match &event.event {
        Event::Conversation(ConversationEvent::ConversationOpened(opened)) => open(row, opened),
        Event::Conversation(ConversationEvent::MessageReceived(message)) => {
            count(row, message.counted_at());
            if message.ticket_id.is_some() {
                row.open_ticket_id = message.ticket_id;
                row.status = Some(ShownStatus::Open);
            }
        }
        Event::Conversation(ConversationEvent::MessageSent(sent)) => {
            count(row, sent.sent_at);
            row.open_ticket_id = Some(sent.ticket_id);
        }
        Event::Ticket(ticket) => {
            let ticket_id = event.stream.id.parse::<TicketId>().ok();
            row.open_ticket_id = row.open_ticket_id.or(ticket_id);
            if row.open_ticket_id == ticket_id {
                row.status = shown(ticket).or(row.status);
            }
            row.position = event.position;
            return;
        }
        _ => return,
    }
    row.version = event.version;
    row.position = event.position;
}

fn open(row: &mut ConversationRow, opened: &ConversationOpened) {
    row.inbox.clone_from(&opened.inbox);
    row.channel = opened.channel;
    row.contact_id = Some(opened.contact_id);
    row.subject = known(opened.subject.as_ref());
}

fn count(row: &mut ConversationRow, at: Timestamp) {
    let first = row.message_count == 0;
    row.first_message_at = if first { at } else { row.first_message_at.min(at) };
    row.last_message_at = if first { at } else { row.last_message_at.max(at) };
    row.message_count = row.message_count.saturating_add(1);
}

/// What a conversation shows after an event of its ticket, where that changes.
const fn shown(event: &TicketEvent) -> Option<ShownStatus> {
    match event {
        TicketEvent::TicketResolved(_) | TicketEvent::TicketClosed(_) => {
            Some(ShownStatus::Resolved)
        }
        TicketEvent::TicketStarted(_) | TicketEvent::CustomerAwaited(_) => {
            Some(ShownStatus::Pending)
        }
        TicketEvent::Snoozed(_) => Some(ShownStatus::Snoozed),
        TicketEvent::Woken(_)
        | TicketEvent::TicketReopened(_)
        | TicketEvent::TicketEscalated(_)
        | TicketEvent::DeliveryUnknown(_) => Some(ShownStatus::Open),
        TicketEvent::DeliveryFailed(failed) if failed.retry_at.is_none() => Some(ShownStatus::Open),
        TicketEvent::ReplyBounced(bounced) if bounced.is_final => Some(ShownStatus::Open),
        TicketEvent::ReplacementFailed(failed) if failed.retry_at.is_none() => {
            Some(ShownStatus::Open)
        }
        _ => None,
    }
}

#[cfg(test)]
#[path = "fold_tests.rs"]
mod tests;
