//! Rows by their identifiers. What is unknown or foreign is left out of the answer.

use casebook_domain::ids::{ContactId, ConversationId, DecisionId, MessageId, TicketId};
use casebook_projections::{contacts, conversations, decisions, messages, tickets};

use super::{ContactRow, ConversationRow, DecisionRow, MessageRow, TicketRow};
use crate::{Access, App, AppError};

impl App {
    /// Tickets among `ids`.
    ///
    /// # Errors
    /// `FORBIDDEN` without the permission to read, `UNAVAILABLE` without a database; the same for
    /// all queries below.
    pub async fn tickets_by_ids(
        &self,
        access: &Access,
        ids: &[TicketId],
    ) -> Result<Vec<TicketRow>, AppError> {
        let scope = self.scope(access)?;
        Ok(tickets::tickets_by_ids(self.store().db(), &scope, ids).await?)
    }

    /// Set-aside messages among the identifiers of the tickets that they would have opened.
    pub async fn set_aside_by_ids(
        &self,
        access: &Access,
        ids: &[TicketId],
    ) -> Result<Vec<TicketRow>, AppError> {
        let scope = self.scope(access)?;
        Ok(tickets::set_aside_by_ids(self.store().db(), &scope, ids).await?)
    }

    /// Conversations among `ids`.
    pub async fn conversations_by_ids(
        &self,
        access: &Access,
        ids: &[ConversationId],
    ) -> Result<Vec<ConversationRow>, AppError> {
        let scope = self.scope(access)?;
        Ok(conversations::conversations_by_ids(self.store().db(), &scope, ids).await?)
    }

    /// Messages among `ids`.
    pub async fn messages_by_ids(
        &self,
        access: &Access,
        ids: &[MessageId],
    ) -> Result<Vec<MessageRow>, AppError> {
        let scope = self.scope(access)?;
        Ok(messages::messages_by_ids(self.store().db(), &scope, ids).await?)
    }

    /// Decisions among `ids`.
    pub async fn decisions_by_ids(
        &self,
        access: &Access,
        ids: &[DecisionId],
    ) -> Result<Vec<DecisionRow>, AppError> {
        let scope = self.scope(access)?;
        Ok(decisions::decisions_by_ids(self.store().db(), &scope, ids).await?)
    }

    /// Contacts among `ids`.
    pub async fn contacts_by_ids(
        &self,
        access: &Access,
        ids: &[ContactId],
    ) -> Result<Vec<ContactRow>, AppError> {
        let scope = self.scope(access)?;
        Ok(contacts::contacts_by_ids(self.store().db(), &scope, ids).await?)
    }
}
