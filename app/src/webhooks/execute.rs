//! One driver for operators' commands on a subscription: look the command up, load, decide,
//! append, retry.

use casebook_domain::ids::WebhookId;
use casebook_domain::webhook::{Standing, Webhook, WebhookCommand, WebhookError};
use casebook_store::{AppendError, Loaded};
use uuid::Uuid;

use super::change::{OnWebhook, WebhookDone};
use crate::append::Command;
use crate::repeats::Asked;
use crate::{Access, App, AppError, Permission};

/// What the identifiers of these commands begin with.
pub(super) const COMMANDS: &str = "webhook-command";
/// Attempts to get a command in between the records of sending.
const TRIES: u32 = 8;

impl App {
    /// Carries a command out on a subscription that the actor may see.
    pub(super) async fn on_webhook(
        &self,
        access: &Access,
        on: &OnWebhook,
        asked: &Asked,
        command: WebhookCommand,
    ) -> Result<WebhookDone, AppError> {
        access.require(Permission::Administer)?;
        // A command that was carried out is answered again, even where it ended the subscription.
        let present = self.webhook_ever(access, on.webhook_id).await?;
        let tenant = present.state.tenant().to_owned();
        let scope = format!("{tenant}/{}", on.webhook_id);
        let command_id = self.command_id(&[COMMANDS, &scope], on.idempotency_key.as_deref())?;
        if on.idempotency_key.is_some()
            && let Some(done) = self.webhook_done_before(on.webhook_id, command_id, asked).await?
        {
            return Ok(done);
        }
        for _ in 0..TRIES {
            let present = self.webhook_of(access, on.webhook_id).await?;
            let revision = present.state.revision();
            if on.expected_revision.is_some_and(|expected| expected != revision) {
                return Err(AppError::Conflict { version: revision });
            }
            let events =
                present.state.decide(command.clone()).map_err(|error| refused(error, revision))?;
            if events.is_empty() {
                let position = self.store().log().last_position().await?;
                return Ok(done(on.webhook_id, &present.state, position));
            }
            let id = on.webhook_id;
            let mut append =
                Command::new(access, &tenant, asked.name, command_id, &asked.fingerprint);
            append.write(self.ids(), &id, present.version, &events)?;
            match self.store().log().append(append.into_append()).await {
                Ok(appended) => {
                    let present = self.webhook_now(id).await?;
                    let mut done = done(id, &present.state, appended.last_position);
                    done.repeated = appended.repeated;
                    return Ok(done);
                }
                Err(AppendError::Conflict { .. }) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Err(AppError::unavailable("others wrote to the subscription again and again"))
    }

    /// A subscription that the actor may see.
    pub(super) async fn webhook_of(
        &self,
        access: &Access,
        id: WebhookId,
    ) -> Result<Loaded<Webhook>, AppError> {
        let present = self.webhook_ever(access, id).await?;
        match present.state.standing() {
            Standing::Removed => Err(AppError::NotFound("webhook")),
            _ => Ok(present),
        }
    }

    /// A subscription that the actor may see, or might have seen before it was removed.
    async fn webhook_ever(
        &self,
        access: &Access,
        id: WebhookId,
    ) -> Result<Loaded<Webhook>, AppError> {
        let present = self.webhook_now(id).await?;
        if present.state.exists() && access.sees(present.state.tenant()) {
            return Ok(present);
        }
        Err(AppError::NotFound("webhook"))
    }

    /// What an earlier command with the same identifier led to.
    pub(super) async fn webhook_done_before(
        &self,
        id: WebhookId,
        command_id: Uuid,
        asked: &Asked,
    ) -> Result<Option<WebhookDone>, AppError> {
        let Some(before) = self.command_before(command_id, asked).await? else { return Ok(None) };
        let present = self.webhook_now(id).await?;
        let done = done(id, &present.state, before.appended.last_position);
        Ok(Some(WebhookDone { repeated: true, ..done }))
    }
}

pub(super) fn done(webhook_id: WebhookId, webhook: &Webhook, position: u64) -> WebhookDone {
    let (revision, generation) = (webhook.revision(), webhook.generation());
    WebhookDone { webhook_id, revision, generation, position, repeated: false }
}

/// What a refusal of the subscription means to the caller.
pub(super) fn refused(error: WebhookError, version: u64) -> AppError {
    match error {
        WebhookError::NotFound => AppError::NotFound("webhook"),
        WebhookError::Invalid { field, message } => AppError::invalid(field, message),
        WebhookError::NotReached | WebhookError::NotDead => {
            AppError::Refused { version, message: error.to_string() }
        }
    }
}
