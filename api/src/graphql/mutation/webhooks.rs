//! What operators decide about subscriptions by which events are sent to addresses.

use std::fmt;

use async_graphql::{Context, ID, InputObject, Object, Result};
use casebook_app::{
    AppError, ChangeWebhook, OnWebhook, StreamStart, SubscribeWebhook, Subscribed, WebhookDone,
};

use super::error::MutationError;
use super::outcome::carry_out;
use crate::graphql::context::request;
use crate::graphql::error;
use crate::graphql::global_id::{self, Kind};
use crate::graphql::scalars::{Position, int};
use crate::graphql::webhook::Webhook;

/// See the module.
#[derive(Default)]
pub(super) struct WebhookMutations;

/// A subscription, and what the caller expects of it.
#[derive(Debug, InputObject)]
pub(super) struct WebhookInput {
    /// The subscription; its global id or UUID.
    webhook_id: ID,
    /// Key by which a repeat of this very command on this subscription is known: 1 to 200 bytes.
    idempotency_key: Option<String>,
    /// Revision of the subscription that the caller saw; another one is a `CONFLICT`.
    expected_revision: Option<i32>,
}

impl WebhookInput {
    fn read(self) -> Result<OnWebhook, AppError> {
        let expected_revision = self.expected_revision.map(u64::try_from).transpose();
        Ok(OnWebhook {
            webhook_id: global_id::read("webhookId", Kind::Webhook, &self.webhook_id)?,
            expected_revision: expected_revision
                .map_err(|_| AppError::invalid("expectedRevision", "must not be negative"))?,
            idempotency_key: self.idempotency_key,
        })
    }
}

/// An address to send a tenant's events to.
#[derive(InputObject)]
pub(super) struct SubscribeWebhookInput {
    /// Code of the tenant.
    tenant: String,
    /// The address.
    url: String,
    /// Public types of events that are sent; all when left out.
    #[graphql(default)]
    types: Vec<String>,
    /// Whether events are sent with personal data.
    #[graphql(default)]
    personal: bool,
    /// What it is for, in at most 500 characters.
    #[graphql(default)]
    description: String,
    /// Where to begin: `earliest`, `latest` or a position; `latest` when left out.
    from: Option<Position>,
    /// Key by which a repeat of this very command is known: 1 to 200 bytes.
    idempotency_key: Option<String>,
}

/// What is to change about a subscription; what is left out stays.
#[derive(InputObject)]
pub(super) struct ChangeWebhookInput {
    /// The subscription.
    #[graphql(flatten)]
    on: WebhookInput,
    /// The address.
    url: Option<String>,
    /// Public types of events that are sent; an empty list means all.
    types: Option<Vec<String>>,
    /// Whether events are sent with personal data.
    personal: Option<bool>,
    /// What it is for.
    description: Option<String>,
}

/// A subscription that is to send nothing for the time being.
#[derive(Debug, InputObject)]
pub(super) struct PauseWebhookInput {
    /// The subscription.
    #[graphql(flatten)]
    on: WebhookInput,
    /// Why, in at most 500 characters.
    reason: String,
}

/// What is to be sent again.
#[derive(Debug, InputObject)]
pub(super) struct ReplayWebhookInput {
    /// The subscription.
    #[graphql(flatten)]
    on: WebhookInput,
    /// Events behind this position are sent again; all of them when left out.
    after: Option<Position>,
}

/// An event that was given up and is to be sent again.
#[derive(Debug, InputObject)]
pub(super) struct RedeliverWebhookEventInput {
    /// The subscription.
    #[graphql(flatten)]
    on: WebhookInput,
    /// The event's place, as `deadLetters` gives it.
    position: Position,
}

impl fmt::Debug for SubscribeWebhookInput {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SubscribeWebhookInput").finish_non_exhaustive()
    }
}

impl fmt::Debug for ChangeWebhookInput {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ChangeWebhookInput").finish_non_exhaustive()
    }
}

/// What came of a mutation on a subscription: it was done, or `error` tells why not.
pub(super) struct WebhookPayload(Result<(WebhookDone, Option<String>), MutationError>);

/// What came of a mutation on a subscription: it was done, or `error` tells why not.
#[Object]
impl WebhookPayload {
    /// The subscription as it is now; null when nothing was done, or it was removed.
    async fn webhook(&self, ctx: &Context<'_>) -> Result<Option<Webhook>> {
        let Ok((done, _)) = &self.0 else { return Ok(None) };
        let request = request(ctx)?;
        match request.app().webhook_info(&request.access, done.webhook_id).await {
            Ok(info) => Ok(Some(info.into())),
            Err(AppError::NotFound(_)) => Ok(None),
            Err(fault) => Err(error::of(fault)),
        }
    }

    /// The secret that signatures are checked by, `whsec_` and Base64; only where this made it.
    async fn secret(&self) -> Option<&str> {
        self.0.as_ref().ok().and_then(|(_, secret)| secret.as_deref())
    }

    /// Revision that the subscription has reached by this; the next command can expect it.
    async fn revision(&self) -> Option<i32> {
        self.0.as_ref().ok().map(|(done, _)| int(done.revision))
    }

    /// Position that the log has reached by this.
    async fn position(&self, ctx: &Context<'_>) -> Result<Option<Position>> {
        let app = request(ctx)?.app();
        Ok(self.0.as_ref().ok().map(|(done, _)| Position::new(app, done.position)))
    }

    /// Whether the same command with the same key was carried out before, and not again now.
    async fn repeated(&self) -> bool {
        self.0.as_ref().is_ok_and(|(done, _)| done.repeated)
    }

    /// Why nothing was done; null when it was done.
    async fn error(&self) -> Option<&MutationError> {
        self.0.as_ref().err()
    }
}

fn told(outcome: Result<WebhookDone, AppError>) -> Result<WebhookPayload> {
    payload(outcome.map(|done| (done, None)))
}

fn told_with_secret(outcome: Result<Subscribed, AppError>) -> Result<WebhookPayload> {
    payload(outcome.map(|Subscribed { done, secret }| (done, Some(secret))))
}

fn payload(outcome: Result<(WebhookDone, Option<String>), AppError>) -> Result<WebhookPayload> {
    Ok(WebhookPayload(match outcome {
        Ok(done) => Ok(done),
        Err(refused) => Err(MutationError::expected(refused)?),
    }))
}

/// What operators decide about subscriptions by which events are sent to addresses.
#[Object]
impl WebhookMutations {
    /// Sends a tenant's events to an address from now on, or from an earlier position.
    async fn subscribe_webhook(
        &self,
        ctx: &Context<'_>,
        input: SubscribeWebhookInput,
    ) -> Result<WebhookPayload> {
        let outcome = carry_out(ctx, |app, access| async move {
            let start = match &input.from {
                Some(from) => from.start_of("from")?,
                None => StreamStart::Latest,
            };
            let request = SubscribeWebhook {
                tenant: input.tenant,
                url: input.url,
                types: input.types,
                personal: input.personal,
                description: input.description,
                start,
                idempotency_key: input.idempotency_key,
            };
            app.subscribe_webhook(&access, &request).await
        });
        told_with_secret(outcome.await?)
    }

    /// Changes what is sent where.
    async fn change_webhook(
        &self,
        ctx: &Context<'_>,
        input: ChangeWebhookInput,
    ) -> Result<WebhookPayload> {
        let outcome = carry_out(ctx, |app, access| async move {
            let ChangeWebhookInput { on, url, types, personal, description } = input;
            let change = ChangeWebhook { url, types, personal, description };
            app.change_webhook(&access, &on.read()?, &change).await
        });
        told(outcome.await?)
    }

    /// Signs with a new secret from now on, and with the one before it for a while besides.
    async fn rotate_webhook_secret(
        &self,
        ctx: &Context<'_>,
        input: WebhookInput,
    ) -> Result<WebhookPayload> {
        let outcome = carry_out(ctx, |app, access| async move {
            app.rotate_webhook_secret(&access, &input.read()?).await
        });
        told_with_secret(outcome.await?)
    }

    /// Sends nothing for the time being.
    async fn pause_webhook(
        &self,
        ctx: &Context<'_>,
        input: PauseWebhookInput,
    ) -> Result<WebhookPayload> {
        let PauseWebhookInput { on, reason } = input;
        let outcome = carry_out(ctx, |app, access| async move {
            app.pause_webhook(&access, &on.read()?, &reason).await
        });
        told(outcome.await?)
    }

    /// Goes on where sending stopped; what waits for another attempt is due at once.
    async fn resume_webhook(
        &self,
        ctx: &Context<'_>,
        input: WebhookInput,
    ) -> Result<WebhookPayload> {
        let outcome = carry_out(ctx, |app, access| async move {
            app.resume_webhook(&access, &input.read()?).await
        });
        told(outcome.await?)
    }

    /// Ends a subscription for good.
    async fn remove_webhook(
        &self,
        ctx: &Context<'_>,
        input: WebhookInput,
    ) -> Result<WebhookPayload> {
        let outcome = carry_out(ctx, |app, access| async move {
            app.remove_webhook(&access, &input.read()?).await
        });
        told(outcome.await?)
    }

    /// Sends everything behind a position again, in order.
    async fn replay_webhook(
        &self,
        ctx: &Context<'_>,
        input: ReplayWebhookInput,
    ) -> Result<WebhookPayload> {
        let ReplayWebhookInput { on, after } = input;
        let outcome = carry_out(ctx, |app, access| async move {
            let after = after.map(|after| after.read("after")).transpose()?;
            app.replay_webhook(&access, &on.read()?, after).await
        });
        told(outcome.await?)
    }

    /// Sends one event again that was given up.
    async fn redeliver_webhook_event(
        &self,
        ctx: &Context<'_>,
        input: RedeliverWebhookEventInput,
    ) -> Result<WebhookPayload> {
        let RedeliverWebhookEventInput { on, position } = input;
        let outcome = carry_out(ctx, |app, access| async move {
            let position = position.read("position")?;
            app.redeliver_webhook_event(&access, &on.read()?, position).await
        });
        told(outcome.await?)
    }
}
