//! What an answer shows of people is recorded before it leaves: once for each operation, and for
//! each answer of a subscription.
//!
//! Resolvers note what they show ([`contact`] and its siblings); a [`Recorder`] hands everything to
//! the one use case that records. What lists such as the queue show by themselves is not noted.

use std::sync::{Arc, Mutex, PoisonError};

use async_graphql::{Context, Response, Result, ServerError};
use casebook_app::queries::{ContactRow, ConversationRow, DecisionRow, MessageRow, TicketRow};
use casebook_app::{Access, Looks};
use casebook_domain::access::{Look, Seen, Way};
use casebook_domain::ids::TicketId;

use super::context::{Request, request};
use super::error;
use super::ticket::Ticket;
use crate::state::Shared;

/// Fields of a ticket or a set-aside mail that tell something about the customer.
const PERSONAL_FIELDS: [&str; 10] = [
    "subject",
    "customerEmail",
    "customerName",
    "preview",
    "draft",
    "escalationReason",
    "emailMessageId",
    "dedupeKey",
    "decision",
    "decisions",
];

/// Fields of a decision that tell something about the customer.
const PERSONAL_FIELDS_OF_DECISION: [&str; 7] = [
    "customerName",
    "draftResponse",
    "suggestedSubject",
    "escalationReason",
    "dedupeKey",
    "check",
    "checks",
];

/// Records what the answers of one operation show.
#[derive(Clone)]
pub(super) struct Recorder {
    shared: Arc<Shared>,
    access: Access,
    looks: Arc<Mutex<Looks>>,
}

impl Recorder {
    /// For an operation of somebody; resolvers note in `looks` what they show.
    pub(super) const fn new(shared: Arc<Shared>, access: Access, looks: Arc<Mutex<Looks>>) -> Self {
        Self { shared, access, looks }
    }

    /// Records what an answer shows since the last one.
    ///
    /// # Errors
    /// What is answered in its place when that fails.
    pub(super) async fn record(&self, answer: Response) -> Result<Response, Response> {
        let looks = std::mem::take(&mut *self.looks.lock().unwrap_or_else(PoisonError::into_inner));
        if looks.is_empty() {
            return Ok(answer);
        }
        match self.shared.app.record_looks(&self.access, &looks, Way::Graphql).await {
            Ok(()) => Ok(answer),
            Err(failed) => Err(Response::from_errors(vec![withheld(error::of(failed))])),
        }
    }
}

/// The error that stands in the place of an answer that may not be shown.
fn withheld(error: async_graphql::Error) -> ServerError {
    let mut withheld = ServerError::new(error.message, None);
    withheld.extensions = error.extensions;
    withheld
}

/// The answer shows who a contact is.
pub(super) fn contact(ctx: &Context<'_>, row: &ContactRow) -> Result<()> {
    let (contact_id, conversation_id, ticket_id) = (Some(row.contact_id), None, None);
    let look = Look { contact_id, conversation_id, ticket_id, seen: Seen::Contact };
    request(ctx)?.saw(&row.tenant, look);
    Ok(())
}

/// The answer shows what a conversation is about.
pub(super) fn conversation(ctx: &Context<'_>, row: &ConversationRow) -> Result<()> {
    let conversation_id = Some(row.conversation_id);
    let (contact_id, ticket_id) = (row.contact_id, None);
    let look = Look { contact_id, conversation_id, ticket_id, seen: Seen::Conversation };
    request(ctx)?.saw(&row.tenant, look);
    Ok(())
}

/// The answer shows who wrote a message, or what.
pub(super) fn message(ctx: &Context<'_>, row: &MessageRow) -> Result<()> {
    let (contact_id, conversation_id) = (row.contact_id, row.conversation_id);
    let (ticket_id, seen) = (row.ticket_id, Seen::Message(row.message_id));
    request(ctx)?.saw(&row.tenant, Look { contact_id, conversation_id, ticket_id, seen });
    Ok(())
}

/// The answer shows something by way of a ticket, whatever the read models know of it.
pub(super) async fn by_way_of(ctx: &Context<'_>, ticket: TicketId, seen: Seen) -> Result<()> {
    let request = request(ctx)?;
    let look = request.app().look_at_ticket(&request.access, ticket, seen).await;
    let (tenant, look) = look.map_err(error::of)?;
    request.saw(&tenant, look);
    Ok(())
}

/// Somebody asked for this very ticket: noted when its fields tell something about the customer.
pub(super) fn ticket(ctx: &Context<'_>, row: &TicketRow) -> Result<()> {
    if asks_for(ctx, &PERSONAL_FIELDS) {
        saw_of(request(ctx)?, row, Some(row.ticket_id), Seen::Ticket(row.ticket_id));
    }
    Ok(())
}

/// Somebody asked what the tickets are called that come out otherwise under another policy.
pub(super) fn subjects_of_changes(ctx: &Context<'_>, tenant: &str) -> Result<()> {
    let (name, filter) = ("backtest".to_owned(), "subjects of changed tickets".to_owned());
    let seen = Seen::Export { name, filter };
    let (contact_id, conversation_id, ticket_id) = (None, None, None);
    request(ctx)?.saw(tenant, Look { contact_id, conversation_id, ticket_id, seen });
    Ok(())
}

/// A ticket that is reached from something else is asked for by itself, like any other.
pub(super) fn shown(ctx: &Context<'_>, row: Option<TicketRow>) -> Result<Option<Ticket>> {
    if let Some(row) = &row {
        ticket(ctx, row)?;
    }
    Ok(row.map(Ticket))
}

/// Somebody asked for this very decision: noted when its fields tell something about the customer.
pub(super) async fn decision(ctx: &Context<'_>, row: &DecisionRow) -> Result<()> {
    match row.ticket_id {
        Some(id) if asks_for(ctx, &PERSONAL_FIELDS_OF_DECISION) => {
            by_way_of(ctx, id, Seen::Ticket(id)).await
        }
        _ => Ok(()),
    }
}

/// Somebody asked for this very mail that was set aside.
pub(super) fn set_aside(ctx: &Context<'_>, row: &TicketRow) -> Result<()> {
    if let Some(message) = row.message_id
        && asks_for(ctx, &PERSONAL_FIELDS)
    {
        saw_of(request(ctx)?, row, None, Seen::Message(message));
    }
    Ok(())
}

fn saw_of(request: &Request, row: &TicketRow, ticket_id: Option<TicketId>, seen: Seen) {
    let (contact_id, conversation_id) = (row.contact_id, row.conversation_id);
    request.saw(&row.tenant, Look { contact_id, conversation_id, ticket_id, seen });
}

fn asks_for(ctx: &Context<'_>, fields: &[&str]) -> bool {
    ctx.field().selection_set().any(|field| fields.contains(&field.name()))
}
