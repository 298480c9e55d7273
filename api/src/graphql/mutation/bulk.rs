//! The same work on many tickets, with a result for each.

use std::collections::HashMap;

use async_graphql::{Context, ID, InputObject, Object, Result, SimpleObject};
use casebook_app::{AppError, Done};
use casebook_domain::ids::TicketId;
use casebook_domain::ticket::WorkCommand;

use super::error::MutationError;
use super::input::ticket_id;
use super::outcome::{Seen, TicketPayload, carry_out};
use super::work::{agent, assign};
use crate::graphql::context::request;
use crate::graphql::work_enums::Urgency;

/// See the module.
#[derive(Default)]
pub(super) struct BulkMutations;

/// Tickets to work on.
#[derive(Debug, InputObject)]
pub(super) struct BulkInput {
    /// The tickets, at most 500; their global ids or UUIDs.
    ticket_ids: Vec<ID>,
    /// Key by which a repeat of this very command on each of these tickets is known.
    idempotency_key: Option<String>,
}

/// Gives tickets to somebody.
#[derive(Debug, InputObject)]
pub(super) struct BulkAssignInput {
    #[graphql(flatten)]
    on: BulkInput,
    /// The agent who gets them, as `ada` or `agent:ada`; null for nobody.
    agent: Option<String>,
    /// Code of the team that gets them; null leaves it as it is.
    team: Option<String>,
}

/// Changes the labels of tickets.
#[derive(Debug, InputObject)]
pub(super) struct BulkLabelInput {
    #[graphql(flatten)]
    on: BulkInput,
    /// Labels to put on.
    #[graphql(default)]
    add: Vec<String>,
    /// Labels to take off.
    #[graphql(default)]
    remove: Vec<String>,
}

/// Says how urgent tickets are.
#[derive(Debug, InputObject)]
pub(super) struct BulkSetPriorityInput {
    #[graphql(flatten)]
    on: BulkInput,
    /// How urgent.
    urgency: Urgency,
}

/// What came of a mutation on many tickets.
#[derive(SimpleObject)]
pub(super) struct BulkPayload {
    /// A result for each ticket, in the order of the input. One that was refused did not hold up
    /// the others.
    results: Vec<BulkResult>,
    /// Why nothing at all was done.
    error: Option<MutationError>,
}

/// What came of one ticket.
#[derive(SimpleObject)]
pub(super) struct BulkResult {
    /// The ticket, as the input named it.
    ticket_id: ID,
    /// What came of it.
    result: TicketPayload,
}

/// The same work on many tickets.
#[Object]
impl BulkMutations {
    /// Takes tickets.
    #[graphql(complexity = "cost(input.ticket_ids.len(), child_complexity)")]
    async fn bulk_claim(&self, ctx: &Context<'_>, input: BulkInput) -> Result<BulkPayload> {
        let agent = agent(ctx)?;
        work_on_all(ctx, input, WorkCommand::Claim { agent }).await
    }

    /// Gives tickets back.
    #[graphql(complexity = "cost(input.ticket_ids.len(), child_complexity)")]
    async fn bulk_release(&self, ctx: &Context<'_>, input: BulkInput) -> Result<BulkPayload> {
        let agent = agent(ctx)?;
        work_on_all(ctx, input, WorkCommand::Release { agent }).await
    }

    /// Gives tickets to somebody, whoever has them now.
    #[graphql(complexity = "cost(input.on.ticket_ids.len(), child_complexity)")]
    async fn bulk_assign(&self, ctx: &Context<'_>, input: BulkAssignInput) -> Result<BulkPayload> {
        let BulkAssignInput { on, agent, team } = input;
        work_on_all(ctx, on, assign(agent, team)).await
    }

    /// Puts labels on and takes labels off.
    #[graphql(complexity = "cost(input.on.ticket_ids.len(), child_complexity)")]
    async fn bulk_label(&self, ctx: &Context<'_>, input: BulkLabelInput) -> Result<BulkPayload> {
        let BulkLabelInput { on, add, remove } = input;
        work_on_all(ctx, on, WorkCommand::Label { add, remove }).await
    }

    /// Says how urgent tickets are.
    #[graphql(complexity = "cost(input.on.ticket_ids.len(), child_complexity)")]
    async fn bulk_set_priority(
        &self,
        ctx: &Context<'_>,
        input: BulkSetPriorityInput,
    ) -> Result<BulkPayload> {
        let BulkSetPriorityInput { on, urgency } = input;
        work_on_all(ctx, on, WorkCommand::SetPriority(urgency.into())).await
    }

    /// Closes tickets without an answer.
    #[graphql(complexity = "cost(input.ticket_ids.len(), child_complexity)")]
    async fn bulk_close(&self, ctx: &Context<'_>, input: BulkInput) -> Result<BulkPayload> {
        let now = request(ctx)?.app().now();
        work_on_all(ctx, input, WorkCommand::Close { now }).await
    }
}

/// What a bulk mutation costs: what is asked for about each ticket, for all of them.
const fn cost(tickets: usize, each: usize) -> usize {
    tickets.saturating_mul(each).saturating_add(1)
}

async fn work_on_all(
    ctx: &Context<'_>,
    input: BulkInput,
    command: WorkCommand,
) -> Result<BulkPayload> {
    let BulkInput { ticket_ids, idempotency_key } = input;
    let named: Vec<_> = ticket_ids.iter().map(|id| ticket_id("ticketIds", id)).collect();
    // A ticket that is named twice is worked on once.
    let mut tickets: Vec<TicketId> =
        named.iter().filter_map(|id| id.as_ref().ok().copied()).collect();
    let mut seen = std::collections::HashSet::with_capacity(tickets.len());
    tickets.retain(|id| seen.insert(*id));
    let outcome = carry_out(ctx, |app, access| async move {
        app.work_on_all(&access, &tickets, idempotency_key.as_deref(), &command).await
    });
    let items = match outcome.await? {
        Ok(items) => items,
        Err(refused) => {
            let error = Some(MutationError::expected(refused)?);
            return Ok(BulkPayload { results: Vec::new(), error });
        }
    };
    let items: HashMap<_, _> =
        items.into_iter().map(|item| (item.ticket_id, item.result)).collect();
    Ok(BulkPayload { results: results(ticket_ids, named, &items), error: None })
}

type Items = HashMap<TicketId, Result<Done, AppError>>;

fn results(
    given: Vec<ID>,
    named: Vec<Result<TicketId, AppError>>,
    items: &Items,
) -> Vec<BulkResult> {
    let reached = items.values().flatten().map(|done| done.position).max();
    // All tickets are shown as they are once the last of them was worked on: one wait for all.
    let seen = Seen::new(reached.unwrap_or_default());
    let result = |named: Result<TicketId, AppError>| {
        let done = named
            .and_then(|id| items.get(&id).cloned().unwrap_or(Err(AppError::NotFound("ticket"))));
        match done {
            Ok(done) => TicketPayload::done(done, std::sync::Arc::clone(&seen)),
            Err(refused) => TicketPayload::refused(MutationError::any(&refused)),
        }
    };
    let both = given.into_iter().zip(named);
    both.map(|(ticket_id, named)| BulkResult { ticket_id, result: result(named) }).collect()
}
