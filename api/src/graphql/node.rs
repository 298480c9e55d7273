//! Nodes: what has an identifier of its own.

use async_graphql::{Context, ID, Interface, Result};
use casebook_app::AppError;
use casebook_domain::ids::{ContactId, ConversationId, DecisionId, MessageId, TicketId};

use super::contact::Contact;
use super::context::request;
use super::conversation::Conversation;
use super::decision::Decision;
use super::error;
use super::global_id::{GlobalId, Kind, decode};
use super::message::Message;
use super::reads;
use super::set_aside::SetAsideMail;
use super::ticket::Ticket;
use super::webhook::{self, Webhook};

/// What has an identifier that is unique over all types and tenants.
#[derive(Interface)]
#[graphql(field(name = "id", ty = "ID", desc = "Identifier, unique over all types and tenants."))]
pub(super) enum Node {
    /// A piece of work.
    Ticket(Ticket),
    /// A message that is nobody's work.
    SetAsideMail(SetAsideMail),
    /// A thread.
    Conversation(Conversation),
    /// An entry of a thread.
    Message(Message),
    /// An outcome of triage.
    Decision(Decision),
    /// A person who writes.
    Contact(Contact),
    /// A subscription by which events are sent to an address.
    Webhook(Webhook),
}

/// The node with a global identifier.
pub(super) async fn by_global_id(ctx: &Context<'_>, id: &str) -> Result<Node> {
    let Some(GlobalId { kind, tenant, local }) = decode(id) else {
        return Err(error::invalid("id", "is not an id that this server gave"));
    };
    let request = request(ctx)?;
    let node = match kind {
        Kind::Ticket => request.get_text::<TicketId>(&local).await?.map(Ticket).map(Node::Ticket),
        Kind::Conversation => request
            .get_text::<ConversationId>(&local)
            .await?
            .map(Conversation)
            .map(Node::Conversation),
        Kind::Message => {
            request.get_text::<MessageId>(&local).await?.map(Message).map(Node::Message)
        }
        Kind::Decision => {
            request.get_text::<DecisionId>(&local).await?.map(Decision).map(Node::Decision)
        }
        Kind::Contact => {
            request.get_text::<ContactId>(&local).await?.map(Contact).map(Node::Contact)
        }
        Kind::Webhook => webhook::by_id(ctx, &ID(local)).await?.map(Node::Webhook),
        Kind::SetAsideMail => {
            let ids: Vec<_> = local.parse().into_iter().collect();
            let rows = request.app().set_aside_by_ids(&request.access, &ids).await;
            rows.map_err(error::of)?.pop().map(SetAsideMail).map(Node::SetAsideMail)
        }
    };
    let node = node.filter(|node| node.tenant() == tenant);
    match &node {
        Some(Node::Ticket(node)) => reads::ticket(ctx, &node.0)?,
        Some(Node::SetAsideMail(node)) => reads::set_aside(ctx, &node.0)?,
        Some(Node::Decision(node)) => reads::decision(ctx, &node.0).await?,
        _ => {}
    }
    node.ok_or_else(|| error::of(AppError::NotFound("node")))
}

impl Node {
    fn tenant(&self) -> &str {
        match self {
            Self::Ticket(node) => &node.0.tenant,
            Self::SetAsideMail(node) => &node.0.tenant,
            Self::Conversation(node) => &node.0.tenant,
            Self::Message(node) => &node.0.tenant,
            Self::Decision(node) => &node.0.tenant,
            Self::Contact(node) => &node.0.tenant,
            Self::Webhook(node) => &node.tenant,
        }
    }
}
