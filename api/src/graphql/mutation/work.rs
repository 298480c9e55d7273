//! An agent's work on one ticket besides answering it.

use async_graphql::{Context, InputObject, Object, Result};
use casebook_domain::ticket::{Because, WorkCommand};

use super::input::{TicketInput, bare_agent};
use super::outcome::{TicketPayload, carry_out};
use crate::graphql::context::request;
use crate::graphql::scalars::DateTime;
use crate::graphql::work_enums::Urgency;

/// See the module.
#[derive(Default)]
pub(super) struct WorkMutations;

/// Gives a ticket to somebody.
#[derive(Debug, InputObject)]
pub(super) struct AssignTicketInput {
    #[graphql(flatten)]
    on: TicketInput,
    /// The agent who gets it, as `ada` or `agent:ada`; null for nobody.
    agent: Option<String>,
    /// Code of the team that gets it; null leaves it as it is.
    team: Option<String>,
}

/// Changes a ticket's labels.
#[derive(Debug, InputObject)]
pub(super) struct LabelTicketInput {
    #[graphql(flatten)]
    on: TicketInput,
    /// Labels to put on.
    #[graphql(default)]
    add: Vec<String>,
    /// Labels to take off.
    #[graphql(default)]
    remove: Vec<String>,
}

/// Says how urgent a ticket is.
#[derive(Debug, InputObject)]
pub(super) struct SetPriorityInput {
    #[graphql(flatten)]
    on: TicketInput,
    /// How urgent.
    urgency: Urgency,
}

/// Corrects a ticket's category.
#[derive(Debug, InputObject)]
pub(super) struct CorrectCategoryInput {
    #[graphql(flatten)]
    on: TicketInput,
    /// Code of a category of the tenant.
    category: String,
}

/// Passes a ticket on to those who decide.
#[derive(Debug, InputObject)]
pub(super) struct EscalateTicketInput {
    #[graphql(flatten)]
    on: TicketInput,
    /// Why; up to 1000 characters.
    reason: String,
}

/// Puts a ticket aside.
#[derive(Debug, InputObject)]
pub(super) struct SnoozeTicketInput {
    #[graphql(flatten)]
    on: TicketInput,
    /// When it comes back.
    until: DateTime,
}

/// An agent's work on one ticket.
#[Object]
impl WorkMutations {
    /// Takes a ticket; one that somebody else has is a `CONFLICT`.
    async fn claim_ticket(&self, ctx: &Context<'_>, input: TicketInput) -> Result<TicketPayload> {
        let agent = agent(ctx)?;
        work(ctx, input, WorkCommand::Claim { agent }).await
    }

    /// Gives a ticket back.
    async fn release_ticket(&self, ctx: &Context<'_>, input: TicketInput) -> Result<TicketPayload> {
        let agent = agent(ctx)?;
        work(ctx, input, WorkCommand::Release { agent }).await
    }

    /// Gives a ticket to somebody, whoever has it now.
    async fn assign_ticket(
        &self,
        ctx: &Context<'_>,
        input: AssignTicketInput,
    ) -> Result<TicketPayload> {
        let AssignTicketInput { on, agent, team } = input;
        work(ctx, on, assign(agent, team)).await
    }

    /// Puts labels on and takes labels off.
    async fn label_ticket(
        &self,
        ctx: &Context<'_>,
        input: LabelTicketInput,
    ) -> Result<TicketPayload> {
        let LabelTicketInput { on, add, remove } = input;
        work(ctx, on, WorkCommand::Label { add, remove }).await
    }

    /// Says how urgent a ticket is; its priority follows.
    async fn set_priority(
        &self,
        ctx: &Context<'_>,
        input: SetPriorityInput,
    ) -> Result<TicketPayload> {
        let SetPriorityInput { on, urgency } = input;
        work(ctx, on, WorkCommand::SetPriority(urgency.into())).await
    }

    /// Corrects the category that triage gave.
    async fn correct_category(
        &self,
        ctx: &Context<'_>,
        input: CorrectCategoryInput,
    ) -> Result<TicketPayload> {
        let CorrectCategoryInput { on, category } = input;
        work(ctx, on, WorkCommand::CorrectCategory(category)).await
    }

    /// Passes a ticket on to those who decide.
    async fn escalate_ticket(
        &self,
        ctx: &Context<'_>,
        input: EscalateTicketInput,
    ) -> Result<TicketPayload> {
        let EscalateTicketInput { on, reason } = input;
        work(ctx, on, WorkCommand::Escalate { reason }).await
    }

    /// Marks that the customer has the next word.
    async fn await_customer(&self, ctx: &Context<'_>, input: TicketInput) -> Result<TicketPayload> {
        let agent = agent(ctx)?;
        work(ctx, input, WorkCommand::AwaitCustomer { agent }).await
    }

    /// Puts a ticket aside until a time; a message of the customer brings it back before.
    async fn snooze_ticket(
        &self,
        ctx: &Context<'_>,
        input: SnoozeTicketInput,
    ) -> Result<TicketPayload> {
        let SnoozeTicketInput { on, until } = input;
        let now = request(ctx)?.app().now();
        work(ctx, on, WorkCommand::Snooze { until: until.0, now }).await
    }

    /// Brings back a ticket that was put aside.
    async fn wake_ticket(&self, ctx: &Context<'_>, input: TicketInput) -> Result<TicketPayload> {
        work(ctx, input, WorkCommand::Wake(Because::Agent)).await
    }

    /// Closes a ticket without an answer.
    async fn close_ticket(&self, ctx: &Context<'_>, input: TicketInput) -> Result<TicketPayload> {
        let now = request(ctx)?.app().now();
        work(ctx, input, WorkCommand::Close { now }).await
    }

    /// Opens a resolved or closed ticket again.
    async fn reopen_ticket(&self, ctx: &Context<'_>, input: TicketInput) -> Result<TicketPayload> {
        work(ctx, input, WorkCommand::Reopen).await
    }
}

/// Name of the agent who acts.
pub(super) fn agent(ctx: &Context<'_>) -> Result<String> {
    Ok(request(ctx)?.access.actor().name().to_owned())
}

/// The command that gives a ticket to somebody.
pub(super) fn assign(agent: Option<String>, team: Option<String>) -> WorkCommand {
    WorkCommand::Assign { agent: agent.map(bare_agent), team }
}

async fn work(
    ctx: &Context<'_>,
    input: TicketInput,
    command: WorkCommand,
) -> Result<TicketPayload> {
    let outcome = carry_out(ctx, |app, access| async move {
        let on = input.read()?;
        app.work(&access, &on, command).await
    });
    TicketPayload::of(outcome.await?)
}
