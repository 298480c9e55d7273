//! Rows that belong to other rows, for many of them in one statement.

use std::collections::HashMap;

use casebook_domain::ids::{ContactId, ConversationId, TicketId};
use casebook_projections::{conversations, decisions, messages, notes, tickets};

use super::{
    AsOf, ConversationKey, ConversationRow, DecisionRow, MessageKey, MessageRow, NoteRow, Pages,
    Reply, Slice, TicketKey, TicketRow,
};
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

    /// A page of the messages of each of these conversations, the oldest first.
    pub async fn messages_of_conversations(
        &self,
        access: &Access,
        ids: &[ConversationId],
        slice: &Slice<MessageKey>,
    ) -> Result<Pages<ConversationId, MessageRow>, AppError> {
        let scope = self.scope(access)?;
        let db = self.store().db();
        Ok(messages::messages_of_conversations(db, &scope, ids, slice).await?)
    }

    /// A page of the conversations with each of these contacts, the latest activity first.
    pub async fn conversations_of_contacts(
        &self,
        access: &Access,
        ids: &[ContactId],
        slice: &Slice<ConversationKey>,
    ) -> Result<Pages<ContactId, ConversationRow>, AppError> {
        let scope = self.scope(access)?;
        let db = self.store().db();
        Ok(conversations::conversations_of_contacts(db, &scope, ids, slice).await?)
    }

    /// A page of the tickets of each of these contacts, the newest first.
    pub async fn tickets_of_contacts(
        &self,
        access: &Access,
        ids: &[ContactId],
        slice: &Slice<TicketKey>,
    ) -> Result<Pages<ContactId, TicketRow>, AppError> {
        let scope = self.scope(access)?;
        Ok(tickets::tickets_of_contacts(self.store().db(), &scope, ids, slice).await?)
    }

    /// The replies of these tickets, each ticket's in the order of their approval, as the log knows
    /// them now; tickets without one are left out.
    pub async fn replies_of_tickets(
        &self,
        access: &Access,
        ids: &[TicketId],
    ) -> Result<HashMap<TicketId, Vec<Reply>>, AppError> {
        let scope = self.scope(access)?;
        let now = self.store().log().last_position().await?;
        Ok(AsOf::new(self.store(), scope, now).await?.replies_of_tickets(ids).await?)
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
