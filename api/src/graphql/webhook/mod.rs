//! Subscriptions by which events are sent to addresses.

mod delivery;

use async_graphql::{ComplexObject, Context, Enum, ID, Result, SimpleObject};
use casebook_app::{App, DeadLetter, WebhookInfo};
use casebook_domain::ids::WebhookId;

use super::connection::{Paging, cost};
use super::context::request;
use super::error;
use super::global_id::{Kind, encode, local};
use super::scalars::{DateTime, Position, int};
use delivery::WebhookDeliveryConnection;

/// Where a subscription stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
pub(super) enum WebhookStanding {
    /// Events are sent.
    Active,
    /// The receiver answered 410: nothing is sent.
    Disabled,
    /// Nothing is sent for the time being.
    Paused,
}

/// A subscription by which a tenant's events are sent to an address.
#[derive(SimpleObject)]
#[graphql(complex)]
pub(super) struct Webhook {
    /// The subscription's UUID, as commands and the audit trail name it.
    uuid: String,
    /// Code of the tenant whose events are sent.
    pub(super) tenant: String,
    /// The address.
    url: String,
    /// Public types of events that are sent; none means all.
    types: Vec<String>,
    /// Whether events are sent with personal data.
    personal: bool,
    /// What it is for.
    description: String,
    /// Where it stands.
    standing: WebhookStanding,
    /// Why nothing is sent.
    reason: Option<String>,
    /// Number of decisions about it: what a command can expect.
    revision: i32,
    /// Number of the secret that signs; the first has 1.
    secret_number: i32,
    /// Until when the secret before it signs, too.
    previous_secret_until: Option<DateTime>,
    /// Everything up to here is settled or waits.
    reached: Position,
    /// Events that wait for another attempt, or behind such.
    waiting: i32,
    /// Number of the events that were given up and are kept for being sent again.
    dead_letter_count: i32,
    /// Attempts that failed since the last one that did not.
    failures_in_row: i32,
    /// When the first of them was made.
    failing_since: Option<DateTime>,
    /// Why the last attempt failed that did.
    last_failure: Option<String>,
    /// When an event was last sent and taken.
    last_taken_at: Option<DateTime>,
    #[graphql(skip)]
    webhook_id: WebhookId,
}

#[ComplexObject]
impl Webhook {
    /// Identifier, unique over all types and tenants.
    pub(super) async fn id(&self) -> ID {
        encode(Kind::Webhook, &self.tenant, self.webhook_id)
    }

    /// Attempts to send events, the latest first. A page may hold fewer than asked for although
    /// more follow.
    #[graphql(complexity = "cost(first, None, child_complexity)")]
    async fn deliveries(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Number of attempts.")] first: Option<i32>,
        #[graphql(desc = "Cursor of the attempt before the page.")] after: Option<String>,
    ) -> Result<WebhookDeliveryConnection> {
        let paging = Paging { first, after, ..Paging::default() };
        delivery::page(request(ctx)?, self.webhook_id, paging).await
    }

    /// Events that were given up, the latest first; at most 500 are kept.
    #[graphql(complexity = "cost(None, None, child_complexity)")]
    async fn dead_letters(&self, ctx: &Context<'_>) -> Result<Vec<WebhookDeadLetter>> {
        let request = request(ctx)?;
        let dead = request.app().webhook_dead_letters(&request.access, self.webhook_id).await;
        Ok(dead.map_err(error::of)?.into_iter().map(Into::into).collect())
    }
}

impl From<WebhookInfo> for Webhook {
    fn from(info: WebhookInfo) -> Self {
        Self {
            uuid: info.id.to_string(),
            webhook_id: info.id,
            tenant: info.tenant,
            url: info.url,
            types: info.types,
            personal: info.personal,
            description: info.description,
            standing: match info.standing {
                "PAUSED" => WebhookStanding::Paused,
                "ACTIVE" => WebhookStanding::Active,
                _ => WebhookStanding::Disabled,
            },
            reason: info.reason,
            revision: int(info.revision),
            secret_number: int(info.secret_number),
            previous_secret_until: info.previous_secret_until.map(DateTime),
            reached: Position::of_text(&info.reached),
            waiting: int(info.waiting),
            dead_letter_count: int(info.dead_letters),
            failures_in_row: int(info.failures_in_row),
            failing_since: info.failing_since.map(DateTime),
            last_failure: info.last_failure,
            last_taken_at: info.last_taken_at.map(DateTime),
        }
    }
}

/// An event that was given up.
#[derive(SimpleObject)]
pub(super) struct WebhookDeadLetter {
    /// The event's place in the log.
    position: Position,
    /// Identifier of the event.
    event_id: String,
    /// Its public type.
    event_type: String,
    /// What it is about: `ticket/` and an identifier, or another stream.
    about: String,
    /// Attempts that were made.
    attempts: i32,
    /// Why the last of them failed.
    failure: String,
    /// When it was given up.
    at: DateTime,
}

impl From<DeadLetter> for WebhookDeadLetter {
    fn from(dead: DeadLetter) -> Self {
        Self {
            position: Position::of_text(&dead.position),
            event_id: dead.event_id,
            event_type: dead.event_type,
            about: dead.about,
            attempts: int(dead.attempts),
            failure: dead.failure,
            at: DateTime(dead.at),
        }
    }
}

/// The subscription with an id, global or a UUID.
///
/// # Errors
/// `NOT_FOUND` when there is none that the caller may see.
pub(super) async fn by_id(ctx: &Context<'_>, id: &ID) -> Result<Option<Webhook>> {
    let request = request(ctx)?;
    let id = local("id", Kind::Webhook, id)?;
    let info = request.app().webhook_info(&request.access, id).await;
    Ok(Some(info.map_err(error::of)?.into()))
}

/// All subscriptions, or those of a tenant.
pub(super) async fn all(ctx: &Context<'_>, tenant: Option<String>) -> Result<Vec<Webhook>> {
    let request = request(ctx)?;
    let app: &App = request.app();
    let found = app.webhooks(&request.access, tenant.as_deref()).await;
    Ok(found.map_err(error::of)?.into_iter().map(Into::into).collect())
}
