//! What operators decide about a subscription that there is.

use casebook_domain::ids::WebhookId;
use casebook_domain::webhook::{ChangeWebhook, Webhook, WebhookCommand};
use casebook_store::Cursor;

use super::secret::{OTHER_KEY, Secret, key_id};
use super::settings::WebhookKey;
use crate::repeats::Asked;
use crate::{Access, App, AppError, Permission, StreamStart, Subscribed};

/// Microseconds in an hour.
const MICROS_PER_HOUR: i64 = 3_600_000_000;

/// Which subscription a command is for, and what its caller expects.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OnWebhook {
    /// The subscription.
    pub webhook_id: WebhookId,
    /// Revision that the caller saw; another one is a conflict. `None` takes any.
    pub expected_revision: Option<u64>,
    /// Key by which a repeat of this very command is known.
    pub idempotency_key: Option<String>,
}

impl OnWebhook {
    /// Whatever its revision, without a key.
    pub const fn any(webhook_id: WebhookId) -> Self {
        Self { webhook_id, expected_revision: None, idempotency_key: None }
    }
}

/// A command's result.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WebhookDone {
    /// The subscription.
    pub webhook_id: WebhookId,
    /// Revision that it has reached.
    pub revision: u64,
    /// Number of the secret in use.
    pub generation: u32,
    /// Position that the log has reached.
    pub position: u64,
    /// Whether this answers a repeat of an earlier command.
    pub repeated: bool,
}

impl App {
    /// Changes what is sent where.
    ///
    /// # Errors
    /// As [`App::subscribe_webhook`]; `NOT_FOUND` for an unknown subscription, `CONFLICT` when its
    /// revision is not the expected one.
    pub async fn change_webhook(
        &self,
        access: &Access,
        on: &OnWebhook,
        change: &ChangeWebhook,
    ) -> Result<WebhookDone, AppError> {
        access.require(Permission::Administer)?;
        let present = self.webhook_of(access, on.webhook_id).await?;
        let subscription = change.made_to(present.state.subscription());
        let tenant = present.state.tenant();
        self.check_subscription(access, tenant, &subscription, StreamStart::Latest).await?;
        let asked = Asked::new("ChangeWebhook", change);
        self.on_webhook(access, on, &asked, WebhookCommand::Change(change.clone())).await
    }

    /// Signs with a new secret from now on, and with the one before it for
    /// `webhooks.rotation_overlap_hours` besides.
    ///
    /// # Errors
    /// As [`App::change_webhook`].
    pub async fn rotate_webhook_secret(
        &self,
        access: &Access,
        on: &OnWebhook,
    ) -> Result<Subscribed, AppError> {
        access.require(Permission::Administer)?;
        let key = self.webhook_secret_key()?;
        let hours = i64::from(self.inner.parts.webhooks.settings.rotation_overlap_hours);
        let present = self.webhook_of(access, on.webhook_id).await?;
        let previous_until = if self.has_other_key(&present.state) {
            // The secret before was made from a key that is gone: nothing can sign with it.
            self.now()
        } else {
            self.now().plus_micros(hours.saturating_mul(MICROS_PER_HOUR))
        };
        let asked = Asked::new("RotateWebhookSecret", &());
        let command = WebhookCommand::Rotate { previous_until, key_id: key_id(key) };
        let done = self.on_webhook(access, on, &asked, command).await?;
        self.subscribed(done).await
    }

    /// The secret in use.
    ///
    /// # Errors
    /// As [`App::change_webhook`].
    pub async fn webhook_secret(&self, access: &Access, id: WebhookId) -> Result<String, AppError> {
        access.require(Permission::Administer)?;
        self.secret_in_use(id, &self.webhook_of(access, id).await?.state)
    }

    /// The secret that signs for a subscription, where it is made from the key that is set.
    pub(super) fn secret_in_use(
        &self,
        id: WebhookId,
        webhook: &Webhook,
    ) -> Result<String, AppError> {
        let key = self.webhook_secret_key()?;
        if self.has_other_key(webhook) {
            return Err(AppError::invalid("webhooks.key", OTHER_KEY));
        }
        Ok(Secret::derive(key, id, webhook.generation()).reveal())
    }

    /// Sends nothing for the time being.
    ///
    /// # Errors
    /// As [`App::change_webhook`]; `INVALID` without a reason.
    pub async fn pause_webhook(
        &self,
        access: &Access,
        on: &OnWebhook,
        reason: &str,
    ) -> Result<WebhookDone, AppError> {
        let asked = Asked::new("PauseWebhook", &reason);
        let command = WebhookCommand::Pause { reason: reason.to_owned() };
        self.on_webhook(access, on, &asked, command).await
    }

    /// Goes on where sending stopped; what waits for another attempt is due at once.
    ///
    /// # Errors
    /// As [`App::change_webhook`].
    pub async fn resume_webhook(
        &self,
        access: &Access,
        on: &OnWebhook,
    ) -> Result<WebhookDone, AppError> {
        let asked = Asked::new("ResumeWebhook", &());
        self.on_webhook(access, on, &asked, WebhookCommand::Resume { now: self.now() }).await
    }

    /// Ends a subscription for good.
    ///
    /// # Errors
    /// As [`App::change_webhook`].
    pub async fn remove_webhook(
        &self,
        access: &Access,
        on: &OnWebhook,
    ) -> Result<WebhookDone, AppError> {
        let asked = Asked::new("RemoveWebhook", &());
        self.on_webhook(access, on, &asked, WebhookCommand::Remove).await
    }

    /// Sends everything behind a place again, in order.
    ///
    /// # Errors
    /// As [`App::change_webhook`]; `INVALID` for a cursor of another log, `CONFLICT` for a place
    /// that was not reached yet.
    pub async fn replay_webhook(
        &self,
        access: &Access,
        on: &OnWebhook,
        after: Option<Cursor>,
    ) -> Result<WebhookDone, AppError> {
        let after = match after {
            Some(cursor) => self.position_in_log(access, "after", cursor).await?,
            None => 0,
        };
        let asked = Asked::new("ReplayWebhook", &after);
        self.on_webhook(access, on, &asked, WebhookCommand::Replay { after }).await
    }

    /// Sends one event again that was given up.
    ///
    /// # Errors
    /// As [`App::replay_webhook`]; `CONFLICT` when no such event is kept.
    pub async fn redeliver_webhook_event(
        &self,
        access: &Access,
        on: &OnWebhook,
        position: Cursor,
    ) -> Result<WebhookDone, AppError> {
        let position = self.position_in_log(access, "position", position).await?;
        let asked = Asked::new("RedeliverWebhookEvent", &position);
        let command = WebhookCommand::Redeliver { position, now: self.now() };
        self.on_webhook(access, on, &asked, command).await
    }

    /// Whether the secret of a subscription was made from another key than the one that is set.
    pub(super) fn has_other_key(&self, webhook: &Webhook) -> bool {
        let key = self.inner.parts.webhooks.key.as_ref();
        key.zip(webhook.key_id()).is_some_and(|(key, known)| key_id(key) != known)
    }

    /// The key that secrets are made from.
    pub(super) fn webhook_secret_key(&self) -> Result<&WebhookKey, AppError> {
        let message = "is not set: set CASEBOOK_WEBHOOKS__KEY, or CASEBOOK_WEBHOOKS__KEY_FILE to \
                       a file, with at least 32 random characters";
        let key = self.inner.parts.webhooks.key.as_ref();
        key.ok_or_else(|| AppError::invalid("webhooks.key", message))
    }
}
