//! The root of all queries. Each field asks one query of `casebook-app`.

use async_graphql::{Context, ID, Object, Result};
use casebook_app::queries::{ContactRow, ConversationRow, TicketRow};
use casebook_app::{AppError, Permission};
use casebook_domain::access::Seen;
use casebook_domain::ids::{ContactId, ConversationId, MessageId, TicketId};

use super::analytics::{
    self, Analytics, AnalyticsDimension, AnalyticsFilter, AnalyticsRange, DailySnapshots,
};
use super::as_of::{AsOf, begin, queue_cost};
use super::audit::{self, AuditConnection, AuditFilter, AuditOrder, ReplayStep, Why};
use super::backtest::{self, BacktestResult, TriedPolicy};
use super::connection::{Paging, cost};
use super::contact::Contact;
use super::contact_list::{self, ContactConnection};
use super::context::request;
use super::conversation::Conversation;
use super::conversation_list::{self, ConversationConnection, ConversationFilter};
use super::decision::DecisionConnection;
use super::error;
use super::global_id::{Kind, local};
use super::node::{self, Node};
use super::policy::{self, PolicyView};
use super::projection::Projection;
use super::provider::{PromptPreview, ProviderState};
use super::queue::QueueConnection;
use super::queue_filter::QueueFilter;
use super::reads;
use super::scalars::{DateTime, Position};
use super::tenant::Tenant;
use super::ticket::Ticket;
use super::webhook::{self, Webhook};

/// The root of all queries. `waitFor` waits until the answer knows everything up to that position.
pub(crate) struct Query;

/// The root of all queries. `waitFor` waits until the answer knows everything up to that position.
#[Object]
impl Query {
    /// The node with this id.
    async fn node(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "A global id, as the field `id` gave it.")] id: ID,
        #[graphql(desc = "Position to wait for.")] wait_for: Option<Position>,
    ) -> Result<Option<Node>> {
        request(ctx)?.wait_for(wait_for.as_ref()).await?;
        node::by_global_id(ctx, &id).await.map(Some)
    }

    /// The queue: priority first, then the oldest.
    #[graphql(
        complexity = "cost(first, last, child_complexity).saturating_add(queue_cost(as_of.as_ref()))"
    )]
    #[expect(clippy::too_many_arguments, reason = "they are the arguments of the GraphQL field")]
    async fn queue(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which entries.")] filter: Option<QueueFilter>,
        #[graphql(desc = "Number of entries from the front.")] first: Option<i32>,
        #[graphql(desc = "Cursor of the entry before the page.")] after: Option<String>,
        #[graphql(desc = "Number of entries from the end.")] last: Option<i32>,
        #[graphql(desc = "Cursor of the entry behind the page.")] before: Option<String>,
        #[graphql(desc = "Position to wait for.")] wait_for: Option<Position>,
        #[graphql(desc = "As of an earlier moment; only tickets that still needed somebody.")]
        as_of: Option<AsOf>,
    ) -> Result<QueueConnection> {
        let request = request(ctx)?;
        let slice = Paging { first, after, last, before }.slice(&request.shared.settings.api)?;
        let filter = filter.unwrap_or_default().into_request()?;
        request.wait_for(wait_for.as_ref()).await?;
        let (request, then) = begin(ctx, as_of).await?;
        let (app, access) = (request.app(), &request.access);
        let Some(position) = then else {
            let page = app.queue(access, &filter, &slice).await.map_err(error::of)?;
            return Ok(QueueConnection::new(filter, page, None));
        };
        let queue = app.queue_as_of(access, &filter, position).await.map_err(error::of)?;
        let (page, count) = (queue.page(&filter.filter, &slice), queue.count(&filter.filter));
        Ok(QueueConnection::new(filter, page, Some(count)))
    }

    /// A ticket.
    async fn ticket(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Its global id or UUID.")] id: ID,
        #[graphql(desc = "Position to wait for.")] wait_for: Option<Position>,
        #[graphql(desc = "As of an earlier moment, with everything below it.")] as_of: Option<AsOf>,
    ) -> Result<Option<Ticket>> {
        let id: TicketId = local("id", Kind::Ticket, &id)?;
        request(ctx)?.wait_for(wait_for.as_ref()).await?;
        let row: Option<TicketRow> = begin(ctx, as_of).await?.0.get(id).await?;
        let row = found("ticket", row)?;
        reads::ticket(ctx, &row)?;
        Ok(Some(Ticket(row)))
    }

    /// A conversation.
    async fn conversation(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Its global id or UUID.")] id: ID,
        #[graphql(desc = "Position to wait for.")] wait_for: Option<Position>,
        #[graphql(desc = "As of an earlier moment, with everything below it.")] as_of: Option<AsOf>,
    ) -> Result<Option<Conversation>> {
        let id: ConversationId = local("id", Kind::Conversation, &id)?;
        request(ctx)?.wait_for(wait_for.as_ref()).await?;
        let row: Option<ConversationRow> = begin(ctx, as_of).await?.0.get(id).await?;
        found("conversation", row).map(Conversation).map(Some)
    }

    /// A contact.
    async fn contact(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Its global id or UUID.")] id: ID,
        #[graphql(desc = "Position to wait for.")] wait_for: Option<Position>,
    ) -> Result<Option<Contact>> {
        let id: ContactId = local("id", Kind::Contact, &id)?;
        request(ctx)?.wait_for(wait_for.as_ref()).await?;
        let row: Option<ContactRow> = request(ctx)?.get(id).await?;
        found("contact", row).map(Contact).map(Some)
    }

    /// People who write, in an order that never changes: a list can be read to its end while new ones
    /// come. Looking for an address is recorded as a look at who is found.
    #[graphql(complexity = "cost(first, last, child_complexity)")]
    #[expect(clippy::too_many_arguments, reason = "they are the arguments of the GraphQL field")]
    async fn contacts(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Only of this tenant.")] tenant: Option<String>,
        #[graphql(desc = "Only with this address, in upper or lower case.")] address: Option<
            String,
        >,
        #[graphql(desc = "Number of contacts from the front.")] first: Option<i32>,
        #[graphql(desc = "Cursor of the contact before the page.")] after: Option<String>,
        #[graphql(desc = "Number of contacts from the end.")] last: Option<i32>,
        #[graphql(desc = "Cursor of the contact behind the page.")] before: Option<String>,
        #[graphql(desc = "Position to wait for.")] wait_for: Option<Position>,
    ) -> Result<ContactConnection> {
        request(ctx)?.wait_for(wait_for.as_ref()).await?;
        let paging = Paging { first, after, last, before };
        contact_list::contacts(ctx, tenant, address, paging).await
    }

    /// Conversations, the latest activity first.
    #[graphql(complexity = "cost(first, last, child_complexity)")]
    #[expect(clippy::too_many_arguments, reason = "they are the arguments of the GraphQL field")]
    async fn conversations(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which conversations.")] filter: Option<ConversationFilter>,
        #[graphql(desc = "Number of conversations from the front.")] first: Option<i32>,
        #[graphql(desc = "Cursor of the conversation before the page.")] after: Option<String>,
        #[graphql(desc = "Number of conversations from the end.")] last: Option<i32>,
        #[graphql(desc = "Cursor of the conversation behind the page.")] before: Option<String>,
        #[graphql(desc = "Position to wait for.")] wait_for: Option<Position>,
    ) -> Result<ConversationConnection> {
        request(ctx)?.wait_for(wait_for.as_ref()).await?;
        let paging = Paging { first, after, last, before };
        conversation_list::conversations(ctx, filter.unwrap_or_default(), paging).await
    }

    /// Decisions of triage, the newest first.
    #[graphql(complexity = "cost(first, last, child_complexity)")]
    #[expect(clippy::too_many_arguments, reason = "they are the arguments of the GraphQL field")]
    async fn decisions(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Only of this tenant.")] tenant: Option<String>,
        #[graphql(desc = "Only about this ticket; its global id or UUID.")] ticket: Option<ID>,
        #[graphql(desc = "Number of decisions from the front.")] first: Option<i32>,
        #[graphql(desc = "Cursor of the decision before the page.")] after: Option<String>,
        #[graphql(desc = "Number of decisions from the end.")] last: Option<i32>,
        #[graphql(desc = "Cursor of the decision behind the page.")] before: Option<String>,
        #[graphql(desc = "Position to wait for.")] wait_for: Option<Position>,
    ) -> Result<DecisionConnection> {
        let request = request(ctx)?;
        let slice = Paging { first, after, last, before }.slice(&request.shared.settings.api)?;
        let ticket = ticket.map(|id| local("ticket", Kind::Ticket, &id)).transpose()?;
        request.wait_for(wait_for.as_ref()).await?;
        let page = request.app().decisions(&request.access, tenant.as_deref(), ticket, &slice);
        Ok(DecisionConnection::new(page.await.map_err(error::of)?))
    }

    /// Figures over tickets and triage, by the definitions of `docs/metrics.md`.
    #[graphql(complexity = "analytics::COST + cost(None, None, child_complexity)")]
    async fn analytics(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which time.")] range: AnalyticsRange,
        #[graphql(
            desc = "What figures are grouped by: at most one unit of time and two others, each \
                    once; nothing: the total alone."
        )]
        group_by: Option<Vec<AnalyticsDimension>>,
        #[graphql(desc = "What is counted.")] filter: Option<AnalyticsFilter>,
        #[graphql(default = "UTC", desc = "IANA name of the timezone of groups by time.")]
        timezone: String,
        #[graphql(desc = "Position to wait for.")] wait_for: Option<Position>,
    ) -> Result<Analytics> {
        request(ctx)?.wait_for_all(wait_for.as_ref()).await?;
        analytics::analytics(ctx, range, group_by, filter, timezone).await
    }

    /// A snapshot for each tenant and date.
    #[graphql(complexity = "analytics::COST + cost(None, None, child_complexity)")]
    async fn daily_snapshots(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which time; whole days.")] range: AnalyticsRange,
        #[graphql(desc = "Only these tenants.")] tenants: Option<Vec<String>>,
        #[graphql(default = "UTC", desc = "IANA name of the timezone whose days they are.")]
        timezone: String,
        #[graphql(desc = "Position to wait for.")] wait_for: Option<Position>,
    ) -> Result<DailySnapshots> {
        request(ctx)?.wait_for_all(wait_for.as_ref()).await?;
        analytics::daily_snapshots(ctx, range, tenants, timezone).await
    }

    /// The audit trail: every event that happened, who did it, why, and what it changed. Values that
    /// tell something about a customer are left out unless `withPersonalData` asks for them, and
    /// then that is recorded.
    #[graphql(complexity = "cost(first, last, child_complexity)")]
    #[expect(clippy::too_many_arguments, reason = "they are the arguments of the GraphQL field")]
    async fn audit_trail(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which entries.")] filter: Option<AuditFilter>,
        #[graphql(default, desc = "Which entry is the first.")] order: AuditOrder,
        #[graphql(default, desc = "Whether to show values that tell something about customers.")]
        with_personal_data: bool,
        #[graphql(desc = "Number of entries from the front.")] first: Option<i32>,
        #[graphql(desc = "Cursor of the entry before the page.")] after: Option<String>,
        #[graphql(desc = "Number of entries from the end.")] last: Option<i32>,
        #[graphql(desc = "Cursor of the entry behind the page.")] before: Option<String>,
        #[graphql(desc = "Position to wait for.")] wait_for: Option<Position>,
    ) -> Result<AuditConnection> {
        request(ctx)?.wait_for_trail(wait_for.as_ref()).await?;
        let paging = Paging { first, after, last, before };
        audit::trail(ctx, filter.unwrap_or_default(), order, with_personal_data, paging).await
    }

    /// Why a ticket has its status and its priority: the events and the lines of the rules behind
    /// them, as the log says now.
    async fn why(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The ticket; its global id or UUID.")] ticket: ID,
    ) -> Result<Option<Why>> {
        audit::why(ctx, local("ticket", Kind::Ticket, &ticket)?).await.map(Some)
    }

    /// A ticket step by step: each event, what it changed, and the state after it.
    #[graphql(complexity = "cost(None, None, child_complexity)")]
    async fn replay(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The ticket; its global id or UUID.")] ticket: ID,
    ) -> Result<Vec<ReplayStep>> {
        audit::replay(ctx, local("ticket", Kind::Ticket, &ticket)?).await
    }

    /// The tenants that can be seen, as their policies in force describe them.
    async fn tenants(&self, ctx: &Context<'_>) -> Result<Vec<Tenant>> {
        let request = request(ctx)?;
        let tenants = request.app().tenants(&request.access).map_err(error::of)?;
        Ok(tenants.into_iter().map(Tenant::from).collect())
    }

    /// A version of a tenant's policy that was ever published.
    async fn policy(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The tenant.")] tenant: String,
        #[graphql(desc = "The version; the one in force when left out.")] version: Option<String>,
    ) -> Result<Option<PolicyView>> {
        policy::published(request(ctx)?, &tenant, version.as_deref()).await.map(Some)
    }

    /// What a model would be told about a message under the policy in force. Asks no model.
    async fn prompt_preview(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The ticket; its global id or UUID.")] ticket_id: ID,
        #[graphql(desc = "A message of the ticket; its global id or UUID.")] message_id: ID,
    ) -> Result<Option<PromptPreview>> {
        let ticket: TicketId = local("ticketId", Kind::Ticket, &ticket_id)?;
        let message: MessageId = local("messageId", Kind::Message, &message_id)?;
        let request = request(ctx)?;
        reads::by_way_of(ctx, ticket, Seen::Message(message)).await?;
        let preview = request.app().prompt_preview(&request.access, ticket, message).await;
        Ok(Some(preview.map_err(error::of)?.into()))
    }

    /// What another policy would have made of the recorded messages of a tenant. Asks no model and
    /// changes nothing. At most `api.backtest_messages_max` messages are judged; beyond that it is
    /// a `LIMIT`.
    #[graphql(
        complexity = "backtest::COST + child_complexity * usize::try_from(changes).unwrap_or(1).max(1)"
    )]
    #[expect(clippy::too_many_arguments, reason = "they are the arguments of the GraphQL field")]
    async fn backtest(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The tenant.")] tenant: String,
        #[graphql(desc = "The policy that is tried.")] policy: TriedPolicy,
        #[graphql(desc = "Hold it against this policy instead of what was recorded.")]
        against: Option<TriedPolicy>,
        #[graphql(desc = "Messages that count from this instant on.")] from: Option<DateTime>,
        #[graphql(desc = "Messages that count before this instant.")] to: Option<DateTime>,
        #[graphql(default = 20, desc = "Most changed tickets that are listed.")] changes: i32,
    ) -> Result<Option<BacktestResult>> {
        let asked = backtest::Asked { tenant, policy, against, from, to, changes };
        backtest::backtest(request(ctx)?, asked).await.map(Some)
    }

    /// How the providers of classifications are doing, in the order in which they are asked; empty
    /// where this process classifies nothing.
    async fn provider_state(&self, ctx: &Context<'_>) -> Result<Vec<ProviderState>> {
        let request = request(ctx)?;
        request.access.require(Permission::Read).map_err(error::of)?;
        let classifier = request.shared.classifier.as_ref();
        let states = classifier.map(|classifier| classifier.states()).unwrap_or_default();
        Ok(states.into_iter().map(ProviderState::from).collect())
    }

    /// The end of the log: wait for it to see everything that has happened until now.
    async fn position(&self, ctx: &Context<'_>) -> Result<Position> {
        let request = request(ctx)?;
        let last = request.app().last_position(&request.access).await.map_err(error::of)?;
        Ok(Position::new(request.app(), last))
    }

    /// How far the read models have come.
    async fn projections(&self, ctx: &Context<'_>) -> Result<Vec<Projection>> {
        let request = request(ctx)?;
        let states = request.app().read_models(&request.access, request.projections()).await;
        Ok(states.map_err(error::of)?.into_iter().map(Projection).collect())
    }

    /// A subscription by which events are sent to an address.
    async fn webhook(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Its global id or UUID.")] id: ID,
    ) -> Result<Option<Webhook>> {
        webhook::by_id(ctx, &id).await
    }

    /// The subscriptions by which events are sent to addresses.
    #[graphql(complexity = "cost(None, None, child_complexity)")]
    async fn webhooks(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Only of this tenant.")] tenant: Option<String>,
    ) -> Result<Vec<Webhook>> {
        webhook::all(ctx, tenant).await
    }
}

fn found<R>(what: &'static str, row: Option<R>) -> Result<R> {
    row.ok_or_else(|| error::of(AppError::NotFound(what)))
}
