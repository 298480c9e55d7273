//! What belongs to contacts: their conversations and tickets.

use casebook_domain::ids::{ContactId, ConversationId, TicketId};

use super::AsOf;
use crate::children::pages_among;
use crate::conversations::{ConversationKey, ConversationRow, Conversations};
use crate::read_model::ReadModel;
use crate::sql::column_by;
use crate::tickets::{TicketKey, TicketRow, Tickets};
use crate::{Pages, ProjectionError, Slice};

impl AsOf {
    /// A page of the conversations with each of these contacts, the latest activity first.
    ///
    /// # Errors
    /// As [`AsOf::new`]; the same below.
    pub async fn conversations_of_contacts(
        &self,
        ids: &[ContactId],
        slice: &Slice<ConversationKey>,
    ) -> Result<Pages<ContactId, ConversationRow>, ProjectionError> {
        let (db, name, scope) = (self.store.db(), Conversations::NAME, &self.scope);
        let threads: Vec<ConversationId> =
            column_by(db, name, "conversation_id", scope, "contact_id", ids).await?;
        Ok(pages_among(self.conversations_by_ids(&threads).await?, ids, slice))
    }

    /// A page of the tickets of each of these contacts, the newest first.
    pub async fn tickets_of_contacts(
        &self,
        ids: &[ContactId],
        slice: &Slice<TicketKey>,
    ) -> Result<Pages<ContactId, TicketRow>, ProjectionError> {
        let (db, name, scope) = (self.store.db(), Tickets::NAME, &self.scope);
        let tickets: Vec<TicketId> =
            column_by(db, name, "ticket_id", scope, "contact_id", ids).await?;
        Ok(pages_among(self.tickets_by_ids(&tickets).await?, ids, slice))
    }
}
