//! Subscribing an address to a tenant's events.

use std::fmt;

use casebook_domain::ids::{WebhookId, derive};
use casebook_domain::webhook::{Subscription, Webhook, WebhookCommand};
use casebook_store::AppendError;

use super::change::WebhookDone;
use super::execute::{COMMANDS, done, refused};
use super::secret::key_id;
use crate::append::Command;
use crate::repeats::Asked;
use crate::{Access, App, AppError, EventRequest, Permission, StreamStart};

/// An address to send a tenant's events to.
#[derive(Clone, Debug)]
pub struct SubscribeWebhook {
    /// The tenant.
    pub tenant: String,
    /// The address.
    pub url: String,
    /// Public types of events; none means all.
    pub types: Vec<String>,
    /// Whether events are sent with personal data.
    pub personal: bool,
    /// What it is for.
    pub description: String,
    /// Where to begin.
    pub start: StreamStart,
    /// Key by which a repeat of this very command is known.
    pub idempotency_key: Option<String>,
}

/// A new subscription with the secret that its receiver checks signatures by. `Debug` does not
/// show the secret.
#[derive(Clone)]
pub struct Subscribed {
    /// What was done.
    pub done: WebhookDone,
    /// The secret, `whsec_` and Base64.
    pub secret: String,
}

impl fmt::Debug for Subscribed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Subscribed").field("done", &self.done).finish_non_exhaustive()
    }
}

impl App {
    /// Sends a tenant's events to an address from now on, or from an earlier position.
    ///
    /// # Errors
    /// `FORBIDDEN` without the permission to administer, and for personal data without that;
    /// `NOT_FOUND` for a tenant that the actor may not see; `INVALID` for an address that the
    /// settings do not allow, unknown types and a cursor of another log, and where `webhooks.key`
    /// is not set; `LIMIT` when the tenant has as many subscriptions as it may.
    pub async fn subscribe_webhook(
        &self,
        access: &Access,
        request: &SubscribeWebhook,
    ) -> Result<Subscribed, AppError> {
        access.require(Permission::Administer)?;
        let key_id = key_id(self.webhook_secret_key()?);
        let subscription = subscription(request);
        let after =
            self.check_subscription(access, &request.tenant, &subscription, request.start).await?;
        let tenant = &request.tenant;
        let command_id =
            self.command_id(&[COMMANDS, tenant], request.idempotency_key.as_deref())?;
        let id = WebhookId(derive(&["webhook", tenant, &command_id.to_string()]));
        let start = format!("{:?}", request.start);
        let asked = Asked::new("SubscribeWebhook", &(tenant, &subscription, start));
        if let Some(done) = self.webhook_done_before(id, command_id, &asked).await? {
            return self.subscribed(done).await;
        }
        self.require_room(access, tenant).await?;
        let tenant_name = tenant.clone();
        let command =
            WebhookCommand::Subscribe { tenant: tenant_name, subscription, after, key_id };
        let events = Webhook::default().decide(command).map_err(|error| refused(error, 0))?;
        let mut append = Command::new(access, tenant, asked.name, command_id, &asked.fingerprint);
        append.write(self.ids(), &id, 0, &events)?;
        match self.store().log().append(append.into_append()).await {
            Ok(appended) => {
                let present = self.webhook_now(id).await?;
                self.subscribed(done(id, &present.state, appended.last_position)).await
            }
            // The same command may have been carried out in this very moment.
            Err(error @ AppendError::Conflict { .. }) => {
                let done = self.webhook_done_before(id, command_id, &asked).await?;
                self.subscribed(done.ok_or_else(|| AppError::unavailable(error))?).await
            }
            Err(error) => Err(error.into()),
        }
    }

    /// What was done, with the secret in use.
    pub(super) async fn subscribed(&self, done: WebhookDone) -> Result<Subscribed, AppError> {
        let present = self.webhook_now(done.webhook_id).await?;
        let secret = self.secret_in_use(done.webhook_id, &present.state)?;
        Ok(Subscribed { done, secret })
    }

    /// Refuses what could never be sent; answers the position behind which it begins.
    pub(super) async fn check_subscription(
        &self,
        access: &Access,
        tenant: &str,
        subscription: &Subscription,
        start: StreamStart,
    ) -> Result<u64, AppError> {
        let transport = &self.inner.parts.webhooks.transport;
        transport.check(subscription.url.trim()).map_err(|why| AppError::invalid("url", why))?;
        let request = EventRequest {
            start,
            types: subscription.types.clone(),
            tenants: vec![tenant.to_owned()],
            ticket: None,
            thread: None,
            personal: subscription.personal,
        };
        let (_, position) = self.select_events(access, &request).await?;
        Ok(position)
    }

    async fn require_room(&self, access: &Access, tenant: &str) -> Result<(), AppError> {
        let most = self.inner.parts.webhooks.settings.subscriptions_max;
        let present = self.webhooks(access, Some(tenant)).await?.len();
        if present < most {
            return Ok(());
        }
        let message = format!("{tenant} has {present} subscriptions, the limit is {most}");
        Err(AppError::Limit { name: "webhooks.subscriptions_max", message })
    }
}

fn subscription(request: &SubscribeWebhook) -> Subscription {
    Subscription {
        url: request.url.trim().to_owned(),
        types: request.types.clone(),
        personal: request.personal,
        description: request.description.clone(),
    }
}
