//! `casebook webhook`: subscriptions by which events are sent to addresses.

mod decide;
mod here;
mod remote;
mod show;

use casebook_app::{Access, App};
use casebook_store::Mode;
use serde_json::Value;

use super::skip::or_by_server;
use crate::cli::{Webhook, WebhookCommand};
use crate::config::{Secrets, Settings};
use crate::exit::{self, Exit, Failure};
use crate::remote::Remote;
use crate::wiring;
use decide::Decision;

/// What a decision led to.
struct Changed {
    /// The subscription in the form of [`casebook_app::WebhookInfo`]; null when it was removed.
    webhook: Value,
    /// Its secret, where it was made.
    secret: Option<String>,
}

/// Reads from the database, or decides there or by way of the server that writes to it.
pub async fn run(
    settings: &Settings,
    secrets: &Secrets,
    webhook: Webhook,
) -> Result<Exit, Failure> {
    let Webhook { command, server, json } = webhook;
    let decision = match Decision::of(command) {
        Ok(decision) => decision,
        Err(reading) => return read(settings, secrets, *reading, json).await,
    };
    let changed = match &server {
        Some(url) => {
            remote::decide(&Remote::new(url, secrets.api_token.as_ref())?, &decision).await?
        }
        None => here::decide(settings, secrets, &decision).await.map_err(or_by_server)?,
    };
    show::changed(&changed, json);
    Ok(exit::OK)
}

/// Carries out what only reads; runs beside a server.
async fn read(
    settings: &Settings,
    secrets: &Secrets,
    command: WebhookCommand,
    json: bool,
) -> Result<Exit, Failure> {
    let store = wiring::open_store(settings, Mode::ReadOnly).await?;
    let app = wiring::open_app_with_webhooks(settings, secrets, store).await?;
    let told = tell(&app, command, json).await;
    app.store().clone().close().await;
    told.map(|()| exit::OK)
}

async fn tell(app: &App, command: WebhookCommand, json: bool) -> Result<(), Failure> {
    let access = Access::operator("webhook");
    match command {
        WebhookCommand::List { tenant } => {
            for one in app.webhooks(&access, tenant.as_deref()).await? {
                show::line(&value(&one), json);
            }
        }
        WebhookCommand::Show(id) => {
            let info = value(&app.webhook_info(&access, id.id).await?);
            let dead = value(&app.webhook_dead_letters(&access, id.id).await?);
            show::whole(&info, &dead, json);
        }
        WebhookCommand::Secret(id) => {
            let secret = app.webhook_secret(&access, id.id).await?;
            show::secret(&secret, json);
        }
        WebhookCommand::Deliveries { id, first } => {
            let mut after = None;
            let mut rest = first;
            while rest > 0 {
                let page = app.webhook_deliveries(&access, id.id, after, rest.min(500)).await?;
                page.deliveries.iter().for_each(|one| show::delivery(&value(one), json));
                rest -= page.deliveries.len().min(rest);
                after = page.deliveries.last().map(|one| one.place);
                if !page.has_more || after.is_none() {
                    break;
                }
            }
        }
        // Everything else is a decision.
        _ => {}
    }
    Ok(())
}

fn value(told: &impl serde::Serialize) -> Value {
    serde_json::to_value(told).unwrap_or(Value::Null)
}
