//! A decision of triage.

use async_graphql::connection::PageInfo;
use async_graphql::{Context, ID, Object, Result, SimpleObject};
use casebook_app::queries::{DecisionRow, Page};

use super::connection::page_info;
use super::context::request;
use super::cursor;
use super::enums::DecisionKind;
use super::global_id::{Kind, encode};
use super::message::Message;
use super::policy::{self, Action};
use super::reads;
use super::run::{AnswerCheck, ModelRun};
use super::scalars::{DateTime, Position, int};
use super::ticket::Ticket;
use super::verdict::GateCheck;

/// The outcome of triage for one message.
pub(super) struct Decision(pub(super) DecisionRow);

/// The outcome of triage for one message.
#[Object]
impl Decision {
    /// Identifier, unique over all types and tenants.
    pub(super) async fn id(&self) -> ID {
        encode(Kind::Decision, &self.0.tenant, self.0.decision_id)
    }

    /// The decision's UUID, as receipts and events name it.
    async fn uuid(&self) -> String {
        self.0.decision_id.to_string()
    }

    /// Tenant that owns it.
    async fn tenant(&self) -> &str {
        &self.0.tenant
    }

    /// How it was made.
    async fn kind(&self) -> DecisionKind {
        self.0.kind.into()
    }

    /// The category.
    async fn category(&self) -> &str {
        &self.0.category
    }

    /// How sure, 0.00 to 1.00; 0.00 when gated.
    async fn confidence(&self) -> f64 {
        self.0.confidence
    }

    /// Whether a gate fired.
    async fn policy_gate_triggered(&self) -> bool {
        self.0.policy_gate_triggered
    }

    /// The most severe gate that fired.
    async fn policy_gate_code(&self) -> Option<String> {
        self.0.policy_gate_code.clone()
    }

    /// Every gate that fired, the most severe first.
    async fn codes(&self) -> &[String] {
        &self.0.codes
    }

    /// Why a person must decide.
    async fn escalation_reason(&self) -> Option<String> {
        self.0.escalation_reason.clone()
    }

    /// Proposed reply; empty when escalated or withheld.
    async fn draft_response(&self) -> &str {
        &self.0.draft_response
    }

    /// What it recommends to do.
    async fn action(&self, ctx: &Context<'_>) -> Result<Option<Action>> {
        let request = request(ctx)?;
        Ok(self.0.action.as_ref().map(|code| policy::action(request, &self.0.tenant, code)))
    }

    /// Subject for a message that had none.
    async fn suggested_subject(&self) -> Option<String> {
        self.0.suggested_subject.clone()
    }

    /// The customer's name, where known.
    async fn customer_name(&self) -> Option<String> {
        self.0.customer_name.clone()
    }

    /// Whether the directory knew the person.
    async fn is_existing_customer(&self) -> bool {
        self.0.is_existing_customer
    }

    /// What each check of the raw answer found; empty when gated.
    async fn checks(&self) -> Vec<AnswerCheck> {
        self.0.checks.iter().map(AnswerCheck::from).collect()
    }

    /// How the answer came about; null when gated.
    async fn run(&self) -> Option<ModelRun> {
        self.0.run.as_ref().map(ModelRun::from)
    }

    /// What made it: `policy_gate` or the identifier of a model.
    async fn model_used(&self) -> &str {
        &self.0.model_used
    }

    /// Version of the policy that made it.
    async fn policy_version(&self) -> &str {
        &self.0.policy_version
    }

    /// What every gate said, with the facts it was given.
    async fn check(&self) -> Option<GateCheck> {
        self.0.verdict.as_ref().map(GateCheck::from)
    }

    /// Time from arrival to decision, in milliseconds.
    async fn execution_duration_ms(&self) -> i32 {
        int(self.0.execution_duration_ms)
    }

    /// Idempotency key that the caller gave.
    async fn dedupe_key(&self) -> Option<String> {
        self.0.dedupe_key.clone()
    }

    /// When it was recorded.
    async fn created_at(&self) -> DateTime {
        DateTime(self.0.created_at)
    }

    /// Position of the event that recorded it.
    async fn position(&self, ctx: &Context<'_>) -> Result<Position> {
        Ok(Position::new(request(ctx)?.app(), self.0.position))
    }

    /// The ticket.
    async fn ticket(&self, ctx: &Context<'_>) -> Result<Option<Ticket>> {
        reads::shown(ctx, request(ctx)?.get_some(self.0.ticket_id).await?)
    }

    /// The message it is about.
    async fn message(&self, ctx: &Context<'_>) -> Result<Option<Message>> {
        Ok(request(ctx)?.get_some(self.0.message_id).await?.map(Message))
    }
}

/// A decision in its place.
#[derive(SimpleObject)]
pub(super) struct DecisionEdge {
    /// The place.
    cursor: String,
    /// The decision.
    node: Decision,
}

/// A page of decisions, the newest first.
#[derive(SimpleObject)]
pub(super) struct DecisionConnection {
    /// The decisions with their cursors.
    edges: Vec<DecisionEdge>,
    /// Where the page stands.
    page_info: PageInfo,
}

impl DecisionConnection {
    pub(super) fn new(page: Page<DecisionRow>) -> Self {
        let page_info = page_info(&page, DecisionRow::decision_key);
        let edge = |row: DecisionRow| DecisionEdge {
            cursor: cursor::encode(&row.decision_key()),
            node: Decision(row),
        };
        Self { edges: page.rows.into_iter().map(edge).collect(), page_info }
    }
}
