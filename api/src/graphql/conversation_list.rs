//! Conversations as a list.

use async_graphql::connection::PageInfo;
use async_graphql::{Context, ID, InputObject, Result, SimpleObject};
use casebook_app::queries::{ConversationFilter as Rows, ConversationRow, Page};

use super::connection::{Paging, page_info};
use super::context::request;
use super::conversation::Conversation;
use super::enums::{Channel, ConversationStatus};
use super::global_id::{Kind, local};
use super::queue_filter::list;
use super::{cursor, error};

/// What conversations are filtered by. Conditions hold together; what is left out asks nothing.
#[derive(Debug, Default, InputObject)]
pub(super) struct ConversationFilter {
    /// Only this tenant.
    tenant: Option<String>,
    /// Only with this contact; its global id or UUID.
    contact: Option<ID>,
    /// One of these channels.
    channel: Option<Vec<Channel>>,
    /// Showing one of these of their tickets.
    status: Option<Vec<ConversationStatus>>,
}

/// A conversation in its place.
#[derive(SimpleObject)]
pub(super) struct ConversationEdge {
    /// The place.
    cursor: String,
    /// The conversation.
    node: Conversation,
}

/// A page of conversations, the latest activity first.
#[derive(SimpleObject)]
pub(super) struct ConversationConnection {
    /// The conversations with their cursors.
    edges: Vec<ConversationEdge>,
    /// Where the page stands.
    page_info: PageInfo,
}

impl ConversationConnection {
    pub(super) fn new(page: Page<ConversationRow>) -> Self {
        let page_info = page_info(&page, ConversationRow::conversation_key);
        let edge = |row: ConversationRow| ConversationEdge {
            cursor: cursor::encode(&row.conversation_key()),
            node: Conversation(row),
        };
        Self { edges: page.rows.into_iter().map(edge).collect(), page_info }
    }
}

/// One page; see the field.
pub(super) async fn conversations(
    ctx: &Context<'_>,
    filter: ConversationFilter,
    paging: Paging,
) -> Result<ConversationConnection> {
    let request = request(ctx)?;
    let slice = paging.slice(&request.shared.settings.api)?;
    let contact = |id: ID| local("filter.contact", Kind::Contact, &id);
    let channels = list("filter.channel", filter.channel)?;
    let statuses = list("filter.status", filter.status)?;
    let rows = Rows {
        contact: filter.contact.map(contact).transpose()?,
        channel: channels.into_iter().map(Into::into).collect(),
        status: statuses.into_iter().map(Into::into).collect(),
    };
    let (app, access) = (request.app(), &request.access);
    let page = app.conversations(access, filter.tenant.as_deref(), &rows, &slice).await;
    Ok(ConversationConnection::new(page.map_err(error::of)?))
}
