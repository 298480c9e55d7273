//! What resolvers load, each kind by its keys.

mod pages;

use std::collections::HashMap;
use std::hash::Hash;

use casebook_app::queries::{
    AsOf, ContactRow, ConversationRow, DecisionRow, MessageRow, NoteRow, Reply, TicketRow,
};
use casebook_app::{Access, App, AppError};
use casebook_domain::ids::{ContactId, ConversationId, DecisionId, MessageId, TicketId};

use super::batch::{Batch, Key};

pub(super) use pages::{ConversationsWith, MessagesOf, TicketsFrom};

/// Loads for one request, under its access.
pub(super) struct Loads {
    app: App,
    access: Access,
    /// The earlier moment that everything is as of; `None` is now.
    then: Option<AsOf>,
    tickets: Batch<TicketId>,
    conversations: Batch<ConversationId>,
    messages: Batch<MessageId>,
    decisions: Batch<DecisionId>,
    contacts: Batch<ContactId>,
    decisions_of: Batch<DecisionsOf>,
    tickets_of: Batch<TicketsOf>,
    messages_of: Batch<MessagesOf>,
    conversations_with: Batch<ConversationsWith>,
    tickets_from: Batch<TicketsFrom>,
    replies_of: Batch<RepliesOf>,
    notes_of: Batch<NotesOf>,
}

impl Loads {
    pub(super) fn new(app: App, access: Access, then: Option<AsOf>) -> Self {
        Self {
            app,
            access,
            then,
            tickets: Batch::default(),
            conversations: Batch::default(),
            messages: Batch::default(),
            decisions: Batch::default(),
            contacts: Batch::default(),
            decisions_of: Batch::default(),
            tickets_of: Batch::default(),
            messages_of: Batch::default(),
            conversations_with: Batch::default(),
            tickets_from: Batch::default(),
            replies_of: Batch::default(),
            notes_of: Batch::default(),
        }
    }
}

/// The decisions about a ticket.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct DecisionsOf(pub(super) TicketId);

/// The tickets of a conversation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct TicketsOf(pub(super) ConversationId);

/// The notes on a conversation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct NotesOf(pub(super) ConversationId);

/// The replies of a ticket.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct RepliesOf(pub(super) TicketId);

type Loaded<K, V> = Result<HashMap<K, V>, AppError>;

macro_rules! load_by_id {
    ($($id:ty => $row:ident in $batch:ident by $query:ident, $field:ident;)*) => {$(
        impl Key for $id {
            type Value = $row;

            fn batch(loads: &Loads) -> &Batch<Self> {
                &loads.$batch
            }

            async fn load(loads: &Loads, ids: Vec<Self>) -> Loaded<Self, $row> {
                let rows = match &loads.then {
                    None => loads.app.$query(&loads.access, &ids).await?,
                    Some(then) => then.$query(&ids).await?,
                };
                Ok(rows.into_iter().map(|row| (row.$field, row)).collect())
            }
        }
    )*};
}

load_by_id! {
    TicketId => TicketRow in tickets by tickets_by_ids, ticket_id;
    ConversationId => ConversationRow in conversations by conversations_by_ids, conversation_id;
    MessageId => MessageRow in messages by messages_by_ids, message_id;
    DecisionId => DecisionRow in decisions by decisions_by_ids, decision_id;
    ContactId => ContactRow in contacts by contacts_by_ids, contact_id;
}

impl Key for DecisionsOf {
    type Value = Vec<DecisionRow>;

    fn batch(loads: &Loads) -> &Batch<Self> {
        &loads.decisions_of
    }

    async fn load(loads: &Loads, keys: Vec<Self>) -> Loaded<Self, Vec<DecisionRow>> {
        let ids: Vec<_> = keys.iter().map(|key| key.0).collect();
        let rows = match &loads.then {
            None => loads.app.decisions_of_tickets(&loads.access, &ids).await?,
            Some(then) => then.decisions_of_tickets(&ids).await?,
        };
        Ok(grouped(rows, |row| row.ticket_id.map(DecisionsOf)))
    }
}

impl Key for TicketsOf {
    type Value = Vec<TicketRow>;

    fn batch(loads: &Loads) -> &Batch<Self> {
        &loads.tickets_of
    }

    async fn load(loads: &Loads, keys: Vec<Self>) -> Loaded<Self, Vec<TicketRow>> {
        let ids: Vec<_> = keys.iter().map(|key| key.0).collect();
        let rows = match &loads.then {
            None => loads.app.tickets_of_conversations(&loads.access, &ids).await?,
            Some(then) => then.tickets_of_conversations(&ids).await?,
        };
        Ok(grouped(rows, |row| row.conversation_id.map(TicketsOf)))
    }
}

impl Key for NotesOf {
    type Value = Vec<NoteRow>;

    fn batch(loads: &Loads) -> &Batch<Self> {
        &loads.notes_of
    }

    async fn load(loads: &Loads, keys: Vec<Self>) -> Loaded<Self, Vec<NoteRow>> {
        let ids: Vec<_> = keys.iter().map(|key| key.0).collect();
        let rows = match &loads.then {
            None => loads.app.notes_of_conversations(&loads.access, &ids).await?,
            Some(then) => then.notes_of_conversations(&ids).await?,
        };
        Ok(grouped(rows, |row| row.conversation_id.map(NotesOf)))
    }
}

impl Key for RepliesOf {
    type Value = Vec<Reply>;

    fn batch(loads: &Loads) -> &Batch<Self> {
        &loads.replies_of
    }

    async fn load(loads: &Loads, keys: Vec<Self>) -> Loaded<Self, Vec<Reply>> {
        let ids: Vec<_> = keys.iter().map(|key| key.0).collect();
        let replies = match &loads.then {
            None => loads.app.replies_of_tickets(&loads.access, &ids).await?,
            Some(then) => then.replies_of_tickets(&ids).await?,
        };
        Ok(replies.into_iter().map(|(ticket, replies)| (RepliesOf(ticket), replies)).collect())
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
