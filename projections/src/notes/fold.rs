//! How events make a note's row.

use casebook_domain::Timestamp;
use casebook_domain::conversation::ConversationEvent;
use casebook_domain::event::Event;
use casebook_domain::ids::NoteId;

use super::NoteRow;
use crate::Recorded;
use crate::read_model::{NONE, RowKey, Touched, one};

pub(super) fn touched(event: &Recorded<Event>) -> Touched {
    match &event.event {
        Event::Conversation(ConversationEvent::NoteAdded(note)) => one(note.note_id.0),
        _ => NONE,
    }
}

pub(super) fn new_row(key: &RowKey) -> NoteRow {
    NoteRow {
        tenant: key.tenant.clone(),
        note_id: NoteId(key.id),
        conversation_id: None,
        ticket_id: None,
        author: String::new(),
        text: String::new(),
        written_at: Timestamp::default(),
        position: 0,
    }
}

pub(super) fn apply(row: &mut NoteRow, event: &Recorded<Event>) {
    let Event::Conversation(ConversationEvent::NoteAdded(note)) = &event.event else { return };
    row.conversation_id = event.stream.id.parse().ok();
    row.ticket_id = Some(note.ticket_id);
    row.author.clone_from(&note.author);
    note.text.text().clone_into(&mut row.text);
    row.written_at = note.written_at;
    row.position = event.position;
}

#[cfg(test)]
#[path = "fold_tests.rs"]
mod tests;
