//! The queue as a connection.

use async_graphql::connection::PageInfo;
use async_graphql::{Context, ID, Interface, Object, Result, SimpleObject};
use casebook_app::queries::{Page, QueueRequest, TicketRow};

use super::connection::page_info;
use super::contact::Contact;
use super::context::request;
use super::conversation::Conversation;
use super::enums::{Channel, SetAsideReason, TicketStatus};
use super::message::Message;
use super::queue_edges::QueueEdges;
use super::scalars::{DateTime, int};
use super::set_aside::SetAsideMail;
use super::ticket::Ticket;
use super::{cursor, error};

/// What stands in the queue: a ticket, or under the filter `setAside` a message that is nobody's
/// work.
#[derive(Interface)]
#[expect(clippy::duplicated_attributes, reason = "types of different fields may be the same")]
#[graphql(
    field(name = "id", ty = "ID", desc = "Identifier, unique over all types and tenants."),
    field(name = "tenant", ty = "String", desc = "Tenant that owns it."),
    field(name = "status", ty = "Option<TicketStatus>", desc = "Null for set-aside messages."),
    field(name = "priority", ty = "i32", desc = "Place in the queue, 1 first."),
    field(name = "set_aside_reason", ty = "Option<SetAsideReason>", desc = "Null for tickets."),
    field(name = "inbox", ty = "String", desc = "Inbox it came in by."),
    field(name = "channel", ty = "Channel", desc = "How the contact writes."),
    field(name = "subject", ty = "Option<String>", desc = "Subject; null when blank."),
    field(name = "customer_email", ty = "String", desc = "The contact's address."),
    field(name = "customer_name", ty = "Option<String>", desc = "The contact's name."),
    field(name = "preview", ty = "String", desc = "The beginning of the latest new text."),
    field(name = "received_at", ty = "DateTime", desc = "When the first message came."),
    field(name = "last_message_at", ty = "DateTime", desc = "When the latest message came."),
    field(name = "conversation", ty = "Option<Conversation>", desc = "The thread."),
    field(name = "message", ty = "Option<Message>", desc = "The first message."),
    field(name = "contact", ty = "Option<Contact>", desc = "The person who writes.")
)]
pub(super) enum QueueEntry {
    /// A piece of work.
    Ticket(Ticket),
    /// A message that is nobody's work.
    SetAsideMail(SetAsideMail),
}

impl From<TicketRow> for QueueEntry {
    fn from(row: TicketRow) -> Self {
        match row.ticket() {
            Some(_) => Self::Ticket(Ticket(row)),
            None => Self::SetAsideMail(SetAsideMail(row)),
        }
    }
}

/// An entry in its place.
#[derive(SimpleObject)]
pub(super) struct QueueEdge {
    /// The place.
    pub(super) cursor: String,
    /// The entry.
    pub(super) node: QueueEntry,
}

/// A page of the queue: priority first, then the oldest.
pub(super) struct QueueConnection {
    request: QueueRequest,
    /// Number of entries, where it is known already: as of an earlier moment.
    counted: Option<u64>,
    page_info: PageInfo,
    edges: QueueEdges,
}

impl QueueConnection {
    pub(super) fn new(request: QueueRequest, page: Page<TicketRow>, counted: Option<u64>) -> Self {
        let page_info = page_info(&page, TicketRow::queue_key);
        let edge = |row: TicketRow| QueueEdge {
            cursor: cursor::encode(&row.queue_key()),
            node: row.into(),
        };
        let edges = QueueEdges(page.rows.into_iter().map(edge).collect());
        Self { request, counted, page_info, edges }
    }
}

/// A page of the queue: priority first, then the oldest.
#[Object]
impl QueueConnection {
    /// Number of entries that fit the filter.
    async fn total_count(&self, ctx: &Context<'_>) -> Result<i32> {
        if let Some(count) = self.counted {
            return Ok(int(count));
        }
        let request = request(ctx)?;
        let count = request.app().queue_count(&request.access, &self.request).await;
        count.map(int).map_err(error::of)
    }

    /// The entries with their cursors.
    async fn edges(&self) -> &QueueEdges {
        &self.edges
    }

    /// Where the page stands.
    async fn page_info(&self) -> &PageInfo {
        &self.page_info
    }
}
