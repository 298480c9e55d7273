//! Subscriptions as operators see them.

use casebook_domain::Timestamp;
use casebook_domain::ids::WebhookId;
use casebook_domain::webhook::{PausedBecause, Standing, Webhook};
use casebook_store::Cursor;
use serde::Serialize;
use uuid::Uuid;

use super::secret::OTHER_KEY;
use crate::{Access, App, AppError, Permission};

/// A subscription and how it is doing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct WebhookInfo {
    /// Its identifier.
    pub id: WebhookId,
    /// The tenant whose events are sent.
    pub tenant: String,
    /// The address.
    pub url: String,
    /// Public types of events; none means all.
    pub types: Vec<String>,
    /// Whether events are sent with personal data.
    pub personal: bool,
    /// What it is for.
    pub description: String,
    /// `ACTIVE`, `PAUSED` or `DISABLED`.
    pub standing: &'static str,
    /// Why nothing is sent.
    pub reason: Option<String>,
    /// Number of decisions about it: what a command expects.
    pub revision: u64,
    /// Number of the secret in use.
    pub secret_number: u32,
    /// Until when the secret before it signs, too.
    pub previous_secret_until: Option<Timestamp>,
    /// Everything up to here is settled or waits: a cursor.
    pub reached: String,
    /// Events that wait for another attempt, or behind such.
    pub waiting: u64,
    /// Events that were given up and not sent since, as far as they are kept.
    #[serde(rename = "deadLetterCount")]
    pub dead_letters: u64,
    /// Attempts that failed since the last one that did not.
    pub failures_in_row: u64,
    /// When the first of them was made.
    pub failing_since: Option<Timestamp>,
    /// Why the last attempt failed that did.
    pub last_failure: Option<String>,
    /// When an event was last sent and taken.
    pub last_taken_at: Option<Timestamp>,
}

/// An event that was given up.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct DeadLetter {
    /// Its place in the log: a cursor.
    pub position: String,
    /// Identifier of the event.
    pub event_id: String,
    /// Its public type.
    pub event_type: String,
    /// What it is about: `ticket/` and an identifier, or another stream.
    pub about: String,
    /// Attempts that were made.
    pub attempts: u32,
    /// Why the last of them failed.
    pub failure: String,
    /// When it was given up.
    pub at: Timestamp,
}

impl WebhookInfo {
    fn of(log_id: Uuid, id: WebhookId, webhook: &Webhook) -> Self {
        let subscription = webhook.subscription().clone();
        let (standing, reason) = standing(webhook.standing());
        Self {
            id,
            tenant: webhook.tenant().to_owned(),
            url: subscription.url,
            types: subscription.types,
            personal: subscription.personal,
            description: subscription.description,
            standing,
            reason,
            revision: webhook.revision(),
            secret_number: webhook.generation(),
            previous_secret_until: webhook.previous_until(),
            reached: Cursor { log_id, position: webhook.reached() }.to_string(),
            waiting: webhook.waiting().len() as u64,
            dead_letters: webhook.dead().len() as u64,
            failures_in_row: webhook.failures_in_row(),
            failing_since: webhook.failing_since(),
            last_failure: webhook.last_failure().map(|failure| failure.to_string()),
            last_taken_at: webhook.last_taken_at(),
        }
    }
}

fn standing(standing: &Standing) -> (&'static str, Option<String>) {
    match standing {
        Standing::Active => ("ACTIVE", None),
        Standing::Paused(PausedBecause::Operator(reason)) => ("PAUSED", Some(reason.clone())),
        Standing::Paused(PausedBecause::Failures { count, since }) => {
            ("PAUSED", Some(format!("nothing was taken in {count} attempts since {since}")))
        }
        Standing::Disabled => ("DISABLED", Some("the receiver answered 410".to_owned())),
        Standing::Absent | Standing::Removed => ("REMOVED", None),
    }
}

impl App {
    /// The subscriptions that the actor may see, of one tenant or all, in a stable order.
    ///
    /// # Errors
    /// `FORBIDDEN` without the permission to administer, `NOT_FOUND` for a tenant that the actor
    /// may not see.
    pub async fn webhooks(
        &self,
        access: &Access,
        tenant: Option<&str>,
    ) -> Result<Vec<WebhookInfo>, AppError> {
        access.require(Permission::Administer)?;
        if let Some(tenant) = tenant {
            self.scope_of(access, tenant)?;
        }
        let mut found = Vec::new();
        for id in self.webhook_ids().await? {
            let info = match self.webhook_info(access, id).await {
                Ok(info) => info,
                // It was removed, or is somebody else's.
                Err(AppError::NotFound(_)) => continue,
                Err(error) => return Err(error),
            };
            if tenant.is_none_or(|tenant| tenant == info.tenant) {
                found.push(info);
            }
        }
        found.sort_by(|a, b| (&a.tenant, &a.url, a.id).cmp(&(&b.tenant, &b.url, b.id)));
        Ok(found)
    }

    /// A subscription.
    ///
    /// # Errors
    /// `FORBIDDEN` without the permission to administer; `NOT_FOUND` when there is none, or it is
    /// of a tenant that the actor may not see.
    pub async fn webhook_info(
        &self,
        access: &Access,
        id: WebhookId,
    ) -> Result<WebhookInfo, AppError> {
        access.require(Permission::Administer)?;
        let present = self.webhook_of(access, id).await?;
        let mut info = WebhookInfo::of(self.log_id(), id, &present.state);
        if present.state.is_active() && self.has_other_key(&present.state) {
            (info.standing, info.reason) = ("PAUSED", Some(format!("webhooks.key {OTHER_KEY}")));
        }
        Ok(info)
    }

    /// Events that a subscription gave up, the latest first.
    ///
    /// # Errors
    /// As [`App::webhook_info`].
    pub async fn webhook_dead_letters(
        &self,
        access: &Access,
        id: WebhookId,
    ) -> Result<Vec<DeadLetter>, AppError> {
        access.require(Permission::Administer)?;
        let present = self.webhook_of(access, id).await?;
        let log_id = self.log_id();
        let letter = |(position, dead): (&u64, &casebook_domain::webhook::Dead)| DeadLetter {
            position: Cursor { log_id, position: *position }.to_string(),
            event_id: dead.event_id.clone(),
            event_type: dead.event_type.clone(),
            about: dead.key.clone(),
            attempts: dead.attempts,
            failure: dead.failure.to_string(),
            at: dead.at,
        };
        Ok(present.state.dead().iter().rev().map(letter).collect())
    }
}
