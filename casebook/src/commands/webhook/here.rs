//! Decisions carried out in the database.

use casebook_app::{Access, App, OnWebhook, SubscribeWebhook, Subscribed, WebhookDone};
use casebook_store::Mode;
use serde_json::Value;

use super::decide::{Decision, position, start};
use super::{Changed, value};
use crate::config::{Secrets, Settings};
use crate::exit::Failure;
use crate::wiring;

/// Carries a decision out.
pub(super) async fn decide(
    settings: &Settings,
    secrets: &Secrets,
    decision: &Decision,
) -> Result<Changed, Failure> {
    let store = wiring::open_store(settings, Mode::Write).await?;
    let app = wiring::open_app_with_webhooks(settings, secrets, store).await?;
    let changed = carry_out(&app, decision).await;
    app.store().clone().close().await;
    changed
}

async fn carry_out(app: &App, decision: &Decision) -> Result<Changed, Failure> {
    let access = Access::operator("webhook");
    let on = |id: &_| OnWebhook::any(*id);
    let (done, secret): (WebhookDone, Option<String>) = match decision {
        Decision::Add(add) => {
            let request = SubscribeWebhook {
                tenant: add.tenant.clone(),
                url: add.url.clone(),
                types: add.types.clone(),
                personal: add.personal,
                description: add.description.clone(),
                start: start(&add.from, app.log_id())?,
                idempotency_key: None,
            };
            with_secret(app.subscribe_webhook(&access, &request).await?)
        }
        Decision::Rotate(id) => with_secret(app.rotate_webhook_secret(&access, &on(id)).await?),
        Decision::Change(id, change) => (app.change_webhook(&access, &on(id), change).await?, None),
        Decision::Pause(id, reason) => (app.pause_webhook(&access, &on(id), reason).await?, None),
        Decision::Resume(id) => (app.resume_webhook(&access, &on(id)).await?, None),
        Decision::Remove(id) => (app.remove_webhook(&access, &on(id)).await?, None),
        Decision::Replay(id, after) => {
            let after = position(after, app.log_id())?;
            (app.replay_webhook(&access, &on(id), after).await?, None)
        }
        Decision::Redeliver(id, place) => {
            let place = position(place, app.log_id())?;
            let place = place.ok_or_else(|| Failure::usage("give a number or a cursor"))?;
            (app.redeliver_webhook_event(&access, &on(id), place).await?, None)
        }
    };
    let webhook = match decision {
        Decision::Remove(_) => Value::Null,
        _ => value(&app.webhook_info(&access, done.webhook_id).await?),
    };
    Ok(Changed { webhook, secret })
}

fn with_secret(made: Subscribed) -> (WebhookDone, Option<String>) {
    (made.done, Some(made.secret))
}
