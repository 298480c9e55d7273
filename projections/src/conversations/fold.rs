//! How events make a conversation's row.

use casebook_domain::Timestamp;
use casebook_domain::channel::Channel;
use casebook_domain::conversation::{ConversationEvent, ConversationOpened, MessageReceived};
use casebook_domain::event::Event;
use casebook_domain::ids::ConversationId;

use super::{ConversationRow, ShownStatus};
use crate::Recorded;
use crate::columns::known;
use crate::read_model::{NONE, RowKey, Touched, one};

pub(super) fn touched(event: &Recorded<Event>) -> Touched {
    match &event.event {
        Event::Conversation(
            ConversationEvent::ConversationOpened(_) | ConversationEvent::MessageReceived(_),
        ) => event.stream.id.parse::<ConversationId>().map_or(NONE, |id| one(id.0)),
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
        Event::Conversation(ConversationEvent::MessageReceived(message)) => add(row, message),
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

fn add(row: &mut ConversationRow, message: &MessageReceived) {
    let at = message.counted_at();
    let first = row.message_count == 0;
    row.first_message_at = if first { at } else { row.first_message_at.min(at) };
    row.last_message_at = if first { at } else { row.last_message_at.max(at) };
    row.message_count = row.message_count.saturating_add(1);
    if message.ticket_id.is_some() {
        row.open_ticket_id = message.ticket_id;
        row.status = Some(ShownStatus::Open);
    }
}

#[cfg(test)]
#[path = "fold_tests.rs"]
mod tests;
