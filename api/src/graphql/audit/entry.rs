//! One entry of the audit trail.

use async_graphql::{Context, ID, Json, Object, Result, SimpleObject};
use casebook_app as app;
use serde_json::Value;

use super::super::context::request;
use super::super::global_id::{Kind, encode};
use super::super::scalars::{DateTime, Position, int};
use super::change::AuditChange;

/// An event as auditors see it.
pub(in crate::graphql) struct AuditEntry(pub(super) app::AuditEntry);

/// What led to an event.
#[derive(SimpleObject)]
pub(in crate::graphql) struct AuditCause {
    /// What was asked for, for example `CloseTicket`.
    command: String,
    /// The request; events of one request share it.
    command_id: ID,
    /// The conversation that the request was about.
    correlation_id: Option<ID>,
    /// The event that led to the request, where one did.
    causation_id: Option<ID>,
}

/// An event as auditors see it.
#[Object]
impl AuditEntry {
    /// Place in the log.
    async fn position(&self, ctx: &Context<'_>) -> Result<Position> {
        Ok(Position::new(request(ctx)?.app(), self.0.position))
    }

    /// When it was recorded.
    async fn time(&self) -> DateTime {
        DateTime(self.0.recorded_at)
    }

    /// Tenant that owns it.
    async fn tenant(&self) -> &str {
        &self.0.tenant
    }

    /// Name of the event, for example `TicketResolved`.
    async fn event_type(&self) -> &str {
        &self.0.event_type
    }

    /// Identifier of the event.
    async fn event_id(&self) -> ID {
        ID(self.0.event_id.clone())
    }

    /// What kind of thing it happened to: `ticket`, `conversation`, `contact`, `policy`, or
    /// `access` when somebody looked at personal data.
    async fn subject_kind(&self) -> &str {
        &self.0.stream_kind
    }

    /// To which of them: its UUID, or the tenant for policies.
    async fn subject_id(&self) -> ID {
        ID(self.0.stream_id.clone())
    }

    /// How many events that had seen, this one included.
    async fn version(&self) -> i32 {
        int(self.0.version)
    }

    /// Who acted, for example `agent:ada`.
    async fn actor(&self) -> &str {
        &self.0.actor
    }

    /// What led to it.
    async fn cause(&self) -> AuditCause {
        AuditCause {
            command: self.0.command.clone(),
            command_id: ID(self.0.command_id.to_string()),
            correlation_id: self.0.correlation_id.clone().map(ID),
            causation_id: self.0.causation_id.clone().map(ID),
        }
    }

    /// What happened, in words; free of personal data.
    async fn sentence(&self) -> &str {
        &self.0.sentence
    }

    /// What was recorded, as it was recorded. Personal values have the form of one that was erased,
    /// `{"$x":1}`, unless `withPersonalData` is given; then they are `{"$p":value}`.
    async fn data(&self) -> Json<&Value> {
        Json(&self.0.data)
    }

    /// What it changed. Empty for events that changed nothing that is kept, such as looks.
    async fn changes(&self) -> Vec<AuditChange> {
        self.0.changes.iter().cloned().map(AuditChange::from).collect()
    }

    /// Version of the policy in force.
    async fn policy_version(&self) -> Option<&str> {
        self.0.policy_version.as_deref()
    }

    /// The ticket that it is about.
    async fn ticket_id(&self) -> Option<ID> {
        self.0.ticket_id.map(|id| encode(Kind::Ticket, &self.0.tenant, id))
    }

    /// The conversation that it is about.
    async fn conversation_id(&self) -> Option<ID> {
        self.0.conversation_id.map(|id| encode(Kind::Conversation, &self.0.tenant, id))
    }

    /// The contact that it names.
    async fn contact_id(&self) -> Option<ID> {
        self.0.contact_id.map(|id| encode(Kind::Contact, &self.0.tenant, id))
    }
}
