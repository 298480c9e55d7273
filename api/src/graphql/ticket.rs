//! A ticket.

mod leaves;

use async_graphql::{Context, ID, Object, Result};
use casebook_app::queries::TicketRow;

use super::contact::Contact;
use super::context::request;
use super::conversation::Conversation;
use super::decision::Decision;
use super::enums::{Channel, ReplacementState, ReplyState, SetAsideReason, TicketStatus};
use super::global_id::{Kind, encode};
use super::loads::{DecisionsOf, RepliesOf};
use super::message::Message;
use super::policy::{self, Action};
use super::reply::Reply;
use super::scalars::{DateTime, Position, int};
use super::work_enums::{DraftUsage, Urgency};

pub(super) use leaves::{Leaf, leaf};

/// Decisions that a ticket is counted with, for the complexity of a query.
const DECISIONS_ASSUMED: usize = 5;

/// Replies that a ticket is counted with, for the complexity of a query.
const REPLIES_ASSUMED: usize = 3;

/// The piece of work that an inbound message opens.
pub(super) struct Ticket(pub(super) TicketRow);

/// The piece of work that an inbound message opens.
#[Object]
impl Ticket {
    /// Identifier, unique over all types and tenants.
    pub(super) async fn id(&self) -> ID {
        encode(Kind::Ticket, &self.0.tenant, self.0.ticket_id)
    }

    /// The ticket's UUID, as receipts and events name it.
    async fn uuid(&self) -> String {
        self.0.ticket_id.to_string()
    }

    /// Tenant that owns it.
    pub(super) async fn tenant(&self) -> &str {
        &self.0.tenant
    }

    /// Where it stands.
    pub(super) async fn status(&self) -> TicketStatus {
        self.0.status.unwrap_or_default().into()
    }

    /// Place in the queue, 1 first: 1 gated or escalated, 2 the model was unsure, 3 everything
    /// else, 4 outbound or awaiting the customer.
    pub(super) async fn priority(&self) -> i32 {
        self.0.priority.number().into()
    }

    /// Inbox it came in by.
    pub(super) async fn inbox(&self) -> &str {
        &self.0.inbox
    }

    /// How the contact writes.
    pub(super) async fn channel(&self) -> Channel {
        self.0.channel.into()
    }

    /// Subject, prefixes removed; null when blank.
    pub(super) async fn subject(&self) -> Option<String> {
        self.0.subject.clone()
    }

    /// The contact's address.
    pub(super) async fn customer_email(&self) -> &str {
        &self.0.customer_email
    }

    /// The contact's name, where known.
    pub(super) async fn customer_name(&self) -> Option<String> {
        self.0.customer_name.clone()
    }

    /// The beginning of the latest message's new text.
    pub(super) async fn preview(&self) -> &str {
        &self.0.preview
    }

    /// When the first message reached us, or on import when it was written.
    pub(super) async fn received_at(&self) -> DateTime {
        DateTime(self.0.received_at)
    }

    /// When the latest message came.
    pub(super) async fn last_message_at(&self) -> DateTime {
        DateTime(self.0.last_message_at)
    }

    /// Number of the customer's messages.
    async fn message_count(&self) -> i32 {
        int(self.0.message_count)
    }

    /// Category of the latest decision; null until one is made.
    async fn category(&self) -> Option<String> {
        self.0.category.clone()
    }

    /// Confidence of the latest decision, 0.00 to 1.00; 0.00 when gated.
    async fn confidence(&self) -> Option<f64> {
        self.0.confidence
    }

    /// The most severe gate that fired for the latest message that fired one.
    async fn gate_code(&self) -> Option<String> {
        self.0.gate_code.clone()
    }

    /// Gates that fired and that no agent has dealt with.
    async fn gate_codes(&self) -> &[String] {
        &self.0.gate_codes
    }

    /// Why a person must decide.
    async fn escalation_reason(&self) -> Option<String> {
        self.0.escalation_reason.clone()
    }

    /// Whether triage has had its say about the latest message.
    async fn decided(&self) -> bool {
        self.0.decided
    }

    /// Whether triage was below the policy's threshold for priority 2, or failed.
    async fn unsure(&self) -> bool {
        self.0.unsure
    }

    /// Whether triage, an agent or a failed delivery gave a reason to escalate.
    async fn escalated(&self) -> bool {
        self.0.escalated
    }

    /// What triage recommends to do.
    async fn recommended_action(&self, ctx: &Context<'_>) -> Result<Option<Action>> {
        let request = request(ctx)?;
        let code = self.0.recommended_action.as_ref();
        Ok(code.map(|code| policy::action(request, &self.0.tenant, code)))
    }

    /// The draft of the latest decision; empty when there is none, or once a reply is out.
    async fn draft(&self) -> &str {
        &self.0.draft
    }

    /// How the draft was used by the last approved reply.
    async fn draft_usage(&self) -> Option<DraftUsage> {
        self.0.draft_usage.map(DraftUsage::from)
    }

    /// What made the latest decision: `policy_gate` or the identifier of a model.
    async fn model_used(&self) -> Option<String> {
        self.0.model_used.clone()
    }

    /// Version of the policy in force for the latest message.
    async fn policy_version(&self) -> Option<String> {
        self.0.policy_version.clone()
    }

    /// Time from arrival to the latest decision, in milliseconds.
    async fn execution_duration_ms(&self) -> Option<i32> {
        self.0.execution_duration_ms.map(int)
    }

    /// The agent who works on it.
    async fn assignee(&self) -> Option<String> {
        self.0.assignee.clone()
    }

    /// Code of the team that has it.
    async fn team(&self) -> Option<String> {
        self.0.team.clone()
    }

    /// What an agent said about its urgency.
    async fn urgency(&self) -> Option<Urgency> {
        self.0.urgency.map(Urgency::from)
    }

    /// Whether the customer has the next word.
    async fn awaiting_customer(&self) -> bool {
        self.0.awaiting_customer
    }

    /// Until when it is put aside.
    async fn snoozed_until(&self) -> Option<DateTime> {
        self.0.snoozed_until.map(DateTime)
    }

    /// The reply that was approved last; its id in mutations, and the UUID of its message once it
    /// is out.
    async fn reply_id(&self) -> Option<ID> {
        self.0.reply_id.map(|reply| ID(reply.to_string()))
    }

    /// How far that reply has come.
    async fn reply_state(&self) -> Option<ReplyState> {
        self.0.reply_state.map(ReplyState::from)
    }

    /// When that reply leaves, or is tried again.
    async fn reply_due_at(&self) -> Option<DateTime> {
        self.0.reply_due_at.map(DateTime)
    }

    /// Why that reply is not out.
    async fn reply_error(&self) -> Option<String> {
        self.0.reply_error.clone()
    }

    /// How far the last replacement has come; null when none was asked for.
    async fn replacement_state(&self) -> Option<ReplacementState> {
        self.0.replacement_state.map(ReplacementState::from)
    }

    /// Why the last attempt to place that replacement failed.
    async fn replacement_error(&self) -> Option<String> {
        self.0.replacement_error.clone()
    }

    /// Number of replies that went out.
    async fn reply_count(&self) -> i32 {
        int(self.0.reply_count)
    }

    /// When the first reply went out.
    async fn first_reply_at(&self) -> Option<DateTime> {
        self.0.first_reply_at.map(DateTime)
    }

    /// When it was resolved or closed; null while it is open.
    async fn resolved_at(&self) -> Option<DateTime> {
        self.0.resolved_at.map(DateTime)
    }

    /// Labels.
    async fn labels(&self) -> &[String] {
        &self.0.labels
    }

    /// Message-ID of the first mail.
    async fn email_message_id(&self) -> Option<String> {
        self.0.email_message_id.clone()
    }

    /// Idempotency key that the caller of the latest decision gave.
    async fn dedupe_key(&self) -> Option<String> {
        self.0.dedupe_key.clone()
    }

    /// Whether an agent wrote first.
    async fn is_outbound(&self) -> bool {
        self.0.is_outbound
    }

    /// Version of the ticket, which commands expect.
    async fn version(&self) -> i32 {
        int(self.0.version)
    }

    /// Position of the last event that changed what is shown here.
    async fn position(&self, ctx: &Context<'_>) -> Result<Position> {
        Ok(Position::new(request(ctx)?.app(), self.0.position))
    }

    /// Always null: a ticket is somebody's work.
    pub(super) async fn set_aside_reason(&self) -> Option<SetAsideReason> {
        None
    }

    /// The thread it belongs to.
    pub(super) async fn conversation(&self, ctx: &Context<'_>) -> Result<Option<Conversation>> {
        let row = request(ctx)?.get_some(self.0.conversation_id).await?;
        Ok(row.map(Conversation))
    }

    /// The message that opened it.
    pub(super) async fn message(&self, ctx: &Context<'_>) -> Result<Option<Message>> {
        Ok(request(ctx)?.get_some(self.0.message_id).await?.map(Message))
    }

    /// The person who writes.
    pub(super) async fn contact(&self, ctx: &Context<'_>) -> Result<Option<Contact>> {
        Ok(request(ctx)?.get_some(self.0.contact_id).await?.map(Contact))
    }

    /// The latest decision; null until one is made.
    async fn decision(&self, ctx: &Context<'_>) -> Result<Option<Decision>> {
        Ok(request(ctx)?.get_some(self.0.decision_id).await?.map(Decision))
    }

    /// All decisions, the oldest first.
    #[graphql(complexity = "DECISIONS_ASSUMED.saturating_mul(child_complexity)")]
    async fn decisions(&self, ctx: &Context<'_>) -> Result<Vec<Decision>> {
        let rows = request(ctx)?.get(DecisionsOf(self.0.ticket_id)).await?;
        Ok(rows.unwrap_or_default().into_iter().map(Decision).collect())
    }

    /// Every reply that was approved, the first approved first, with its attempts; as new as the
    /// log.
    #[graphql(complexity = "REPLIES_ASSUMED.saturating_mul(child_complexity)")]
    async fn replies(&self, ctx: &Context<'_>) -> Result<Vec<Reply>> {
        let replies = request(ctx)?.get(RepliesOf(self.0.ticket_id)).await?;
        Ok(replies.unwrap_or_default().into_iter().map(Reply).collect())
    }
}
