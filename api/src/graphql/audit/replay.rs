//! A ticket step by step.

use async_graphql::{Context, Json, Object, Result};
use casebook_app as app;
use casebook_domain::access::Seen;
use casebook_domain::ids::TicketId;
use serde_json::Value;

use super::super::context::request;
use super::super::error;
use super::super::reads;
use super::super::scalars::{DateTime, Position, int};
use super::change::AuditChange;

/// One event of a ticket, with the state that it led to.
pub(in crate::graphql) struct ReplayStep(app::ReplayStep);

/// One event of a ticket, with the state that it led to.
#[Object]
impl ReplayStep {
    /// Place in the log.
    async fn position(&self, ctx: &Context<'_>) -> Result<Position> {
        Ok(Position::new(request(ctx)?.app(), self.0.position))
    }

    /// Version of the ticket after it.
    async fn version(&self) -> i32 {
        int(self.0.version)
    }

    /// When it was recorded.
    async fn time(&self) -> DateTime {
        DateTime(self.0.recorded_at)
    }

    /// Who acted.
    async fn actor(&self) -> Option<&str> {
        self.0.metadata.get("actor").and_then(Value::as_str)
    }

    /// Version of the policy in force.
    async fn policy_version(&self) -> Option<&str> {
        self.0.metadata.get("policy_version").and_then(Value::as_str)
    }

    /// Name of the event.
    async fn event_type(&self) -> &str {
        &self.0.event_type
    }

    /// What happened, in words.
    async fn sentence(&self) -> &str {
        &self.0.sentence
    }

    /// What was recorded, as it was recorded; personal values are `{"$p":value}`.
    async fn data(&self) -> Json<&Value> {
        Json(&self.0.data)
    }

    /// What it changed.
    async fn changes(&self) -> Vec<AuditChange> {
        self.0.changes.iter().cloned().map(AuditChange::from).collect()
    }

    /// The ticket after it, by the names that the paths of `changes` use.
    async fn state(&self) -> Json<Value> {
        Json(self.0.facts.to_value())
    }
}

/// A ticket step by step. State, changes and data show the customer's words, so they count as a look.
pub(in crate::graphql) async fn replay(
    ctx: &Context<'_>,
    ticket: TicketId,
) -> Result<Vec<ReplayStep>> {
    let request = request(ctx)?;
    let steps = request.app().replay_ticket(&request.access, ticket).await;
    let steps = steps.map_err(error::of)?;
    let shows = ctx.look_ahead();
    if ["state", "changes", "data"].iter().any(|name| shows.field(name).exists()) {
        reads::by_way_of(ctx, ticket, Seen::Ticket(ticket)).await?;
    }
    Ok(steps.into_iter().map(ReplayStep).collect())
}
