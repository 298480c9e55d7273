//! Loads rows for many resolvers in one statement.

use std::collections::HashMap;
use std::hash::Hash;

use async_graphql::dataloader::Loader;
use casebook_app::queries::{
    ContactRow, ConversationRow, DecisionRow, MessageKey, MessageRow, TicketRow,
};
use casebook_app::{Access, App, AppError};
use casebook_domain::ids::{ContactId, ConversationId, DecisionId, MessageId, TicketId};

/// Loads for one request, under its access.
pub(super) struct Loads {
    pub(super) app: App,
    pub(super) access: Access,
}

/// The decisions about a ticket.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct DecisionsOf(pub(super) TicketId);

/// The tickets of a conversation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct TicketsOf(pub(super) ConversationId);

/// The first messages of a conversation after a place.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct MessagesOf {
    pub(super) conversation: ConversationId,
    pub(super) part: MessagePart,
}

/// Which messages of a conversation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct MessagePart {
    pub(super) first: usize,
    /// Microseconds and identifier of the message before.
    pub(super) after: Option<(i64, MessageId)>,
}

impl MessagePart {
    pub(super) fn new(first: usize, after: Option<MessageKey>) -> Self {
        Self { first, after: after.map(|key| (key.counted_at.as_micros(), key.message_id)) }
    }

    fn key(self) -> Option<MessageKey> {
        self.after.map(|(micros, message_id)| MessageKey {
            counted_at: casebook_app::queries::Timestamp::from_micros(micros),
            message_id,
        })
    }
}

type Loaded<K, V> = Result<HashMap<K, V>, AppError>;

macro_rules! load_by_id {
    ($($id:ty => $row:ident by $query:ident, $field:ident;)*) => {$(
        impl Loader<$id> for Loads {
            type Value = $row;
            type Error = AppError;

            async fn load(&self, ids: &[$id]) -> Loaded<$id, $row> {
                let rows = self.app.$query(&self.access, ids).await?;
                Ok(rows.into_iter().map(|row| (row.$field, row)).collect())
            }
        }
    )*};
}

load_by_id! {
    TicketId => TicketRow by tickets_by_ids, ticket_id;
    ConversationId => ConversationRow by conversations_by_ids, conversation_id;
    MessageId => MessageRow by messages_by_ids, message_id;
    DecisionId => DecisionRow by decisions_by_ids, decision_id;
    ContactId => ContactRow by contacts_by_ids, contact_id;
}

impl Loader<DecisionsOf> for Loads {
    type Value = Vec<DecisionRow>;
    type Error = AppError;

    async fn load(&self, keys: &[DecisionsOf]) -> Loaded<DecisionsOf, Vec<DecisionRow>> {
        let ids: Vec<_> = keys.iter().map(|key| key.0).collect();
        let rows = self.app.decisions_of_tickets(&self.access, &ids).await?;
        Ok(grouped(rows, |row| row.ticket_id.map(DecisionsOf)))
    }
}

impl Loader<TicketsOf> for Loads {
    type Value = Vec<TicketRow>;
    type Error = AppError;

    async fn load(&self, keys: &[TicketsOf]) -> Loaded<TicketsOf, Vec<TicketRow>> {
        let ids: Vec<_> = keys.iter().map(|key| key.0).collect();
        let rows = self.app.tickets_of_conversations(&self.access, &ids).await?;
        Ok(grouped(rows, |row| row.conversation_id.map(TicketsOf)))
    }
}

impl Loader<MessagesOf> for Loads {
    type Value = Vec<MessageRow>;
    type Error = AppError;

    async fn load(&self, keys: &[MessagesOf]) -> Loaded<MessagesOf, Vec<MessageRow>> {
        let mut parts: HashMap<MessagePart, Vec<ConversationId>> = HashMap::new();
        for key in keys {
            parts.entry(key.part).or_default().push(key.conversation);
        }
        let mut loaded = HashMap::new();
        // One statement for each way in which the query asks; siblings ask in the same way.
        for (part, ids) in parts {
            let (first, after) = (part.first, part.key());
            let rows = self.app.messages_of_conversations(&self.access, &ids, first, after).await?;
            loaded.extend(grouped(rows, |row| {
                row.conversation_id.map(|conversation| MessagesOf { conversation, part })
            }));
        }
        Ok(loaded)
    }
}

/// Rows by what they belong to, in their order.
fn grouped<K: Eq + Hash, R>(rows: Vec<R>, key: impl Fn(&R) -> Option<K>) -> HashMap<K, Vec<R>> {
    let mut groups: HashMap<K, Vec<R>> = HashMap::new();
    for row in rows {
        if let Some(key) = key(&row) {
            groups.entry(key).or_default().push(row);
        }
    }
    groups
}
