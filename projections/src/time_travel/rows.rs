//! Single rows, and rows that belong to other rows; the same questions and the same order as those
//! of the live read models.

use std::collections::HashSet;

use casebook_domain::ids::{ContactId, ConversationId, DecisionId, MessageId, TicketId};

use super::AsOf;
use super::streams::Gathered;
use crate::children::pages_among;
use crate::contacts::{ContactRow, Contacts};
use crate::conversations::{ConversationRow, Conversations};
use crate::decisions::{DecisionRow, Decisions, decisions_by_ids};
use crate::messages::{MessageKey, MessageRow, Messages, messages_by_ids};
use crate::notes::{NoteRow, Notes};
use crate::tickets::{TicketRow, Tickets, tickets_of_conversations};
use crate::{Pages, ProjectionError, Slice};

impl AsOf {
    /// The tickets among `ids`, in no order. Set-aside messages are not tickets.
    ///
    /// # Errors
    /// As [`AsOf::new`]; the same for all questions below.
    pub async fn tickets_by_ids(
        &self,
        ids: &[TicketId],
    ) -> Result<Vec<TicketRow>, ProjectionError> {
        let mut gathered = Gathered::default();
        self.of_tickets::<Tickets>(&mut gathered, ids).await?;
        let mut rows = self.fold::<Tickets>(&gathered).await?;
        // A message that was set aside may have opened a ticket all the same; the event about the
        // former stands in the conversation.
        let threads: Vec<_> = rows.iter().filter_map(|row| row.conversation_id).collect();
        let count = gathered.len();
        self.of_conversations::<Tickets>(&mut gathered, &threads).await?;
        if gathered.len() > count {
            rows = self.fold::<Tickets>(&gathered).await?;
        }
        let wanted: HashSet<_> = ids.iter().collect();
        rows.retain(|row| row.status.is_some() && wanted.contains(&row.ticket_id));
        Ok(rows)
    }

    /// The conversations among `ids`, in no order.
    pub async fn conversations_by_ids(
        &self,
        ids: &[ConversationId],
    ) -> Result<Vec<ConversationRow>, ProjectionError> {
        let live = tickets_of_conversations(self.store.db(), &self.scope, ids).await?;
        let tickets: Vec<_> = live.iter().map(|row| row.ticket_id).collect();
        let mut gathered = Gathered::default();
        self.of_conversations::<Conversations>(&mut gathered, ids).await?;
        self.of_tickets::<Conversations>(&mut gathered, &tickets).await?;
        let mut rows = self.fold::<Conversations>(&gathered).await?;
        let wanted: HashSet<_> = ids.iter().collect();
        rows.retain(|row| wanted.contains(&row.conversation_id));
        Ok(rows)
    }

    /// The messages among `ids`, in no order.
    pub async fn messages_by_ids(
        &self,
        ids: &[MessageId],
    ) -> Result<Vec<MessageRow>, ProjectionError> {
        let live = messages_by_ids(self.store.db(), &self.scope, ids).await?;
        let threads: Vec<_> = live.iter().filter_map(|row| row.conversation_id).collect();
        let mut rows = self.messages_in(&threads).await?;
        let wanted: HashSet<_> = ids.iter().collect();
        rows.retain(|row| wanted.contains(&row.message_id));
        Ok(rows)
    }

    /// The decisions among `ids`, in no order.
    pub async fn decisions_by_ids(
        &self,
        ids: &[DecisionId],
    ) -> Result<Vec<DecisionRow>, ProjectionError> {
        let live = decisions_by_ids(self.store.db(), &self.scope, ids).await?;
        let tickets: Vec<_> = live.iter().filter_map(|row| row.ticket_id).collect();
        let mut rows = self.decisions_of_tickets(&tickets).await?;
        let wanted: HashSet<_> = ids.iter().collect();
        rows.retain(|row| wanted.contains(&row.decision_id));
        Ok(rows)
    }

    /// The contacts among `ids`, in no order.
    pub async fn contacts_by_ids(
        &self,
        ids: &[ContactId],
    ) -> Result<Vec<ContactRow>, ProjectionError> {
        let mut gathered = Gathered::default();
        self.of_contacts::<Contacts>(&mut gathered, ids).await?;
        self.fold::<Contacts>(&gathered).await
    }

    /// The decisions about these tickets, the oldest of each first.
    pub async fn decisions_of_tickets(
        &self,
        ids: &[TicketId],
    ) -> Result<Vec<DecisionRow>, ProjectionError> {
        let mut gathered = Gathered::default();
        self.of_tickets::<Decisions>(&mut gathered, ids).await?;
        let mut rows = self.fold::<Decisions>(&gathered).await?;
        rows.sort_by_key(|row| (row.ticket_id, row.created_at, row.position, row.decision_id));
        Ok(rows)
    }

    /// The tickets of these conversations, the oldest of each first.
    pub async fn tickets_of_conversations(
        &self,
        ids: &[ConversationId],
    ) -> Result<Vec<TicketRow>, ProjectionError> {
        let live = tickets_of_conversations(self.store.db(), &self.scope, ids).await?;
        let tickets: Vec<_> = live.iter().map(|row| row.ticket_id).collect();
        let mut rows = self.tickets_by_ids(&tickets).await?;
        rows.sort_by_key(|row| (row.conversation_id, row.received_at, row.ticket_id));
        Ok(rows)
    }

    /// A page of the messages of each of these conversations, the oldest first.
    pub async fn messages_of_conversations(
        &self,
        ids: &[ConversationId],
        slice: &Slice<MessageKey>,
    ) -> Result<Pages<ConversationId, MessageRow>, ProjectionError> {
        Ok(pages_among(self.messages_in(ids).await?, ids, slice))
    }

    /// The notes on these conversations, the oldest of each first.
    pub async fn notes_of_conversations(
        &self,
        ids: &[ConversationId],
    ) -> Result<Vec<NoteRow>, ProjectionError> {
        let mut gathered = Gathered::default();
        self.of_conversations::<Notes>(&mut gathered, ids).await?;
        let mut rows = self.fold::<Notes>(&gathered).await?;
        rows.sort_by_key(|row| (row.conversation_id, row.written_at, row.note_id));
        Ok(rows)
    }

    /// All messages of these conversations, in no order.
    async fn messages_in(
        &self,
        ids: &[ConversationId],
    ) -> Result<Vec<MessageRow>, ProjectionError> {
        let mut gathered = Gathered::default();
        self.of_conversations::<Messages>(&mut gathered, ids).await?;
        let wanted: HashSet<_> = ids.iter().copied().collect();
        let mut rows = self.fold::<Messages>(&gathered).await?;
        rows.retain(|row| row.conversation_id.is_some_and(|id| wanted.contains(&id)));
        Ok(rows)
    }
}
