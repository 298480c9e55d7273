//! A contact.

use async_graphql::{Context, ID, Object, Result, SimpleObject};
use casebook_app::queries::{ContactRow, Page};

use super::connection::{Paging, cost};
use super::context::request;
use super::conversation_list::ConversationConnection;
use super::global_id::{Kind, encode};
use super::loads::{ConversationsWith, TicketsFrom};
use super::reads;
use super::scalars::{DateTime, Position, int};
use super::ticket_list::TicketConnection;
use super::verdict::Credit;

/// The person who writes.
pub(super) struct Contact(pub(super) ContactRow);

/// What the tenant's business knows about a contact.
#[derive(SimpleObject)]
pub(super) struct Customer {
    /// Identifier in the tenant's own system.
    customer_id: Option<String>,
    /// First name.
    first_name: Option<String>,
    /// Last name.
    last_name: Option<String>,
    /// What they subscribe to.
    subscription: Option<Subscription>,
    /// Size of the box they receive, in the tenant's own words.
    box_size: Option<String>,
    /// Credits they were given.
    credits: Vec<Credit>,
}

/// A subscription.
#[derive(SimpleObject)]
pub(super) struct Subscription {
    /// State in the tenant's own words.
    status: String,
    /// Name of the plan.
    plan: Option<String>,
    /// Weeks between deliveries.
    frequency_weeks: Option<i32>,
    /// Identifier in the subscription system.
    external_id: Option<String>,
    /// Date of the next payment, as YYYY-MM-DD.
    next_billing_date: Option<String>,
}

/// The person who writes.
#[Object]
impl Contact {
    /// Identifier, unique over all types and tenants.
    pub(super) async fn id(&self) -> ID {
        encode(Kind::Contact, &self.0.tenant, self.0.contact_id)
    }

    /// The contact's UUID, as events name it.
    async fn uuid(&self) -> String {
        self.0.contact_id.to_string()
    }

    /// Tenant that owns it.
    async fn tenant(&self) -> &str {
        &self.0.tenant
    }

    /// Normalised address.
    async fn address(&self, ctx: &Context<'_>) -> Result<&str> {
        reads::contact(ctx, &self.0)?;
        Ok(&self.0.address)
    }

    /// The person's name: the directory's where known, else as they write it.
    async fn name(&self, ctx: &Context<'_>) -> Result<Option<String>> {
        reads::contact(ctx, &self.0)?;
        Ok(self.0.name.clone())
    }

    /// What the tenant's business knows; null when it told nothing.
    async fn customer(&self, ctx: &Context<'_>) -> Result<Option<Customer>> {
        reads::contact(ctx, &self.0)?;
        let Some(context) = self.0.context.as_ref() else { return Ok(None) };
        let subscription = context.subscription.as_ref().map(|of| Subscription {
            status: of.status.clone(),
            plan: of.plan.clone(),
            frequency_weeks: of.frequency_weeks.map(int),
            external_id: of.external_id.clone(),
            next_billing_date: of.next_billing_date.clone(),
        });
        Ok(Some(Customer {
            customer_id: context.customer_id.clone(),
            first_name: context.first_name.clone(),
            last_name: context.last_name.clone(),
            subscription,
            box_size: context.box_size.clone(),
            credits: context.credits.iter().map(Credit::from).collect(),
        }))
    }

    /// When the first counted message came.
    async fn first_seen_at(&self) -> Option<DateTime> {
        self.0.first_seen_at.map(DateTime)
    }

    /// When the latest counted message came.
    async fn last_seen_at(&self) -> Option<DateTime> {
        self.0.last_seen_at.map(DateTime)
    }

    /// Number of counted messages; duplicates and automatic mail do not count.
    async fn message_count(&self) -> i32 {
        int(self.0.message_count)
    }

    /// The conversations with them, the latest activity first.
    #[graphql(complexity = "cost(first, last, child_complexity)")]
    async fn conversations(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Number of conversations from the front.")] first: Option<i32>,
        #[graphql(desc = "Cursor of the conversation before the page.")] after: Option<String>,
        #[graphql(desc = "Number of conversations from the end.")] last: Option<i32>,
        #[graphql(desc = "Cursor of the conversation behind the page.")] before: Option<String>,
    ) -> Result<ConversationConnection> {
        let request = request(ctx)?;
        let slice = Paging { first, after, last, before }.slice(&request.shared.settings.api)?;
        let page = request.get(ConversationsWith { of: self.0.contact_id, slice }).await?;
        Ok(ConversationConnection::new(page.unwrap_or_else(|| Page::empty(&slice))))
    }

    /// Their tickets, the newest first.
    #[graphql(complexity = "cost(first, last, child_complexity)")]
    async fn tickets(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Number of tickets from the front.")] first: Option<i32>,
        #[graphql(desc = "Cursor of the ticket before the page.")] after: Option<String>,
        #[graphql(desc = "Number of tickets from the end.")] last: Option<i32>,
        #[graphql(desc = "Cursor of the ticket behind the page.")] before: Option<String>,
    ) -> Result<TicketConnection> {
        let request = request(ctx)?;
        let slice = Paging { first, after, last, before }.slice(&request.shared.settings.api)?;
        let page = request.get(TicketsFrom { of: self.0.contact_id, slice }).await?;
        Ok(TicketConnection::new(page.unwrap_or_else(|| Page::empty(&slice))))
    }

    /// Version of the contact.
    async fn version(&self) -> i32 {
        int(self.0.version)
    }

    /// Position of the last event that changed what is shown here.
    async fn position(&self, ctx: &Context<'_>) -> Result<Position> {
        Ok(Position::new(request(ctx)?.app(), self.0.position))
    }
}
