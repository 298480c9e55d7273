//! A conversation.

use async_graphql::connection::PageInfo;
use async_graphql::{Context, ID, Object, Result, SimpleObject};
use casebook_app::queries::{ConversationRow, MessageRow, Page};

use super::connection::{Paging, cost, page_info};
use super::contact::Contact;
use super::context::request;
use super::cursor;
use super::enums::{Channel, ConversationStatus};
use super::global_id::{Kind, encode};
use super::loads::{MessagesOf, NotesOf, TicketsOf};
use super::message::Message;
use super::note::Note;
use super::reads;
use super::scalars::{DateTime, Position, int};
use super::ticket::Ticket;

/// Tickets that a conversation is counted with, for the complexity of a query.
const TICKETS_ASSUMED: usize = 3;

/// Notes that a conversation is counted with, for the complexity of a query.
const NOTES_ASSUMED: usize = 5;

/// The thread with a contact.
pub(super) struct Conversation(pub(super) ConversationRow);

/// A page of a conversation's messages, the oldest first.
#[derive(SimpleObject)]
pub(super) struct MessageConnection {
    /// The messages with their cursors.
    edges: Vec<MessageEdge>,
    /// Where the page stands.
    page_info: PageInfo,
}

/// A message in its place.
#[derive(SimpleObject)]
pub(super) struct MessageEdge {
    /// The place.
    cursor: String,
    /// The message.
    node: Message,
}

impl MessageConnection {
    fn new(page: Page<MessageRow>) -> Self {
        let page_info = page_info(&page, MessageRow::message_key);
        let edge = |row: MessageRow| MessageEdge {
            cursor: cursor::encode(&row.message_key()),
            node: Message(row),
        };
        Self { edges: page.rows.into_iter().map(edge).collect(), page_info }
    }
}

/// The thread with a contact.
#[Object]
impl Conversation {
    /// Identifier, unique over all types and tenants.
    pub(super) async fn id(&self) -> ID {
        encode(Kind::Conversation, &self.0.tenant, self.0.conversation_id)
    }

    /// The conversation's UUID, as receipts and events name it.
    async fn uuid(&self) -> String {
        self.0.conversation_id.to_string()
    }

    /// Tenant that owns it.
    async fn tenant(&self) -> &str {
        &self.0.tenant
    }

    /// Inbox it came in by.
    async fn inbox(&self) -> &str {
        &self.0.inbox
    }

    /// How the contact writes.
    async fn channel(&self) -> Channel {
        self.0.channel.into()
    }

    /// Subject of the first message, prefixes removed; null when blank.
    async fn subject(&self, ctx: &Context<'_>) -> Result<Option<String>> {
        reads::conversation(ctx, &self.0)?;
        Ok(self.0.subject.clone())
    }

    /// What it shows of its ticket; null when no message was anybody's work.
    async fn status(&self) -> Option<ConversationStatus> {
        self.0.status.map(ConversationStatus::from)
    }

    /// Number of messages.
    async fn message_count(&self) -> i32 {
        int(self.0.message_count)
    }

    /// When the first message counts.
    async fn first_message_at(&self) -> DateTime {
        DateTime(self.0.first_message_at)
    }

    /// When the latest message counts.
    async fn last_message_at(&self) -> DateTime {
        DateTime(self.0.last_message_at)
    }

    /// Version of the conversation.
    async fn version(&self) -> i32 {
        int(self.0.version)
    }

    /// Position of the last event that changed what is shown here.
    async fn position(&self, ctx: &Context<'_>) -> Result<Position> {
        Ok(Position::new(request(ctx)?.app(), self.0.position))
    }

    /// The person it is with.
    async fn contact(&self, ctx: &Context<'_>) -> Result<Option<Contact>> {
        Ok(request(ctx)?.get_some(self.0.contact_id).await?.map(Contact))
    }

    /// The ticket that later messages of the contact join.
    async fn open_ticket(&self, ctx: &Context<'_>) -> Result<Option<Ticket>> {
        reads::shown(ctx, request(ctx)?.get_some(self.0.open_ticket_id).await?)
    }

    /// Its tickets, the oldest first.
    #[graphql(complexity = "TICKETS_ASSUMED.saturating_mul(child_complexity)")]
    async fn tickets(&self, ctx: &Context<'_>) -> Result<Vec<Ticket>> {
        let rows = request(ctx)?.get(TicketsOf(self.0.conversation_id)).await?.unwrap_or_default();
        rows.iter().try_for_each(|row| reads::ticket(ctx, row))?;
        Ok(rows.into_iter().map(Ticket).collect())
    }

    /// Notes that agents left on it for colleagues, the oldest first.
    #[graphql(complexity = "NOTES_ASSUMED.saturating_mul(child_complexity)")]
    async fn notes(&self, ctx: &Context<'_>) -> Result<Vec<Note>> {
        reads::conversation(ctx, &self.0)?;
        let rows = request(ctx)?.get(NotesOf(self.0.conversation_id)).await?;
        Ok(rows.unwrap_or_default().into_iter().map(Note).collect())
    }

    /// Its messages, the oldest first.
    #[graphql(complexity = "cost(first, last, child_complexity)")]
    async fn messages(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Number of messages from the oldest.")] first: Option<i32>,
        #[graphql(desc = "Cursor of the message before the page.")] after: Option<String>,
        #[graphql(desc = "Number of messages from the latest.")] last: Option<i32>,
        #[graphql(desc = "Cursor of the message behind the page.")] before: Option<String>,
    ) -> Result<MessageConnection> {
        let request = request(ctx)?;
        let slice = Paging { first, after, last, before }.slice(&request.shared.settings.api)?;
        let page = request.get(MessagesOf { of: self.0.conversation_id, slice }).await?;
        Ok(MessageConnection::new(page.unwrap_or_else(|| Page::empty(&slice))))
    }
}
