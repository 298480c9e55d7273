//! Notes for colleagues.

use casebook_domain::Personal;
use casebook_domain::conversation::{ConversationCommand, ConversationError, NoteAdded};
use casebook_domain::ids::{NoteId, derive};

use super::execute::{Done, Found, OnTicket, Plan};
use crate::repeats::Asked;
use crate::{Access, App, AppError};

impl App {
    /// Leaves a note on a ticket's conversation. Customers never see it.
    ///
    /// # Errors
    /// `NOT_FOUND` for an unknown ticket, `INVALID` for a blank or overlong text.
    pub async fn add_note(
        &self,
        access: &Access,
        on: &OnTicket,
        text: &str,
    ) -> Result<(NoteId, Done), AppError> {
        let asked = Asked::new("AddNote", &[text]);
        let fresh_id = match &on.idempotency_key {
            Some(key) => NoteId(derive(&["note", &on.ticket_id.to_string(), key])),
            None => NoteId(self.ids().random()),
        };
        let decide = |found: Found| self.plan_note(access, on, found, fresh_id, text.to_owned());
        let done = self.on_ticket(access, on, &asked, decide).await?;
        Ok((fresh_id, done))
    }

    async fn plan_note(
        &self,
        access: &Access,
        on: &OnTicket,
        found: Found,
        note_id: NoteId,
        text: String,
    ) -> Result<Plan, AppError> {
        let ticket = &found.state;
        let (Some(conversation_id), Some(contact_id)) = (ticket.conversation(), ticket.contact())
        else {
            return Err(AppError::NotFound("ticket"));
        };
        let conversation = self.load_conversation(conversation_id, found.fresh).await?;
        let note = NoteAdded {
            note_id,
            ticket_id: on.ticket_id,
            contact_id,
            author: access.actor().name().to_owned(),
            text: Personal::new(text),
            written_at: self.clock().now(),
        };
        let events = conversation.state.decide(ConversationCommand::AddNote(note));
        let events = events.map_err(|error| match error {
            ConversationError::InvalidNote(message) => AppError::invalid("text", message),
            other => AppError::fault(other),
        })?;
        let conversation = Some((conversation_id, conversation.version, events));
        Ok(Plan { conversation, ..Plan::default() })
    }
}
