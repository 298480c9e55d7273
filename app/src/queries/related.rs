//! Rows that belong to other rows, for many of them in one statement.

use casebook_domain::ids::{ConversationId, TicketId};
use casebook_projections::{decisions, messages, notes, tickets};

use super::{DecisionRow, MessageKey, MessageRow, NoteRow, TicketRow};
use crate::{Access, App, AppError};

impl App {
    /// The tickets of these conversations, the oldest of each first.
    ///
    /// # Errors
    /// `FORBIDDEN` without the permission to read, `UNAVAILABLE` without a database; the same for
    /// all queries below.
    pub async fn tickets_of_conversations(
        &self,
        access: &Access,
        ids: &[ConversationId],
    ) -> Result<Vec<TicketRow>, AppError> {
        let scope = self.scope(access)?;
        Ok(tickets::tickets_of_conversations(self.store().db(), &scope, ids).await?)
    }

    /// The first messages after a place, of each of these conversations, in their order.
    pub async fn messages_of_conversations(
        &self,
        access: &Access,
        ids: &[ConversationId],
        first: usize,
        after: Option<MessageKey>,
    ) -> Result<Vec<MessageRow>, AppError> {
        let scope = self.scope(access)?;
        let db = self.store().db();
        Ok(messages::messages_of_conversations(db, &scope, ids, first, after).await?)
    }

    /// The notes on these conversations, the oldest of each first.
    pub async fn notes_of_conversations(
        &self,
        access: &Access,
        ids: &[ConversationId],
    ) -> Result<Vec<NoteRow>, AppError> {
        let scope = self.scope(access)?;
        Ok(notes::notes_of_conversations(self.store().db(), &scope, ids).await?)
    }

    /// The decisions about these tickets, the oldest of each first.
    pub async fn decisions_of_tickets(
        &self,
        access: &Access,
        ids: &[TicketId],
    ) -> Result<Vec<DecisionRow>, AppError> {
        let scope = self.scope(access)?;
        Ok(decisions::decisions_of_tickets(self.store().db(), &scope, ids).await?)
    }
}
