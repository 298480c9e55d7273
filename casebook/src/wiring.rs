//! Puts the parts together.

use std::sync::Arc;

use casebook_app::{Access, App, Parts, TriageSettings, WebhookKey, WebhookParts};
use casebook_ingest::EmailParser;
use casebook_outbound::WebhookPoster;
use casebook_store::{Blobs, DatabaseUrl, Dialect, Mode, Store, StoreSettings, SystemClock};

use crate::config::{Secrets, Settings};
use crate::exit::Failure;
use crate::ids::RandomIds;
use crate::tenants;

/// Opens the database for writing, migrated and with its SQL views, or for reading beside a running
/// server.
///
/// # Errors
/// A failure that says what to do.
pub async fn open_store(settings: &Settings, mode: Mode) -> Result<Store, Failure> {
    let url: DatabaseUrl = settings.database_url.parse()?;
    if let (DatabaseUrl::Sqlite(path), Mode::Write) = (&url, mode)
        && let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty())
    {
        let made = std::fs::create_dir_all(folder);
        made.map_err(|error| Failure::failed(format!("{}: {error}", folder.display())))?;
    }
    let migrate_on_open = mode == Mode::Write && settings.migrate_on_start;
    let store = StoreSettings { migrate_on_open, ..settings.store.clone() };
    let store = Store::open(&url, mode, store, Arc::new(SystemClock)).await?;
    if mode == Mode::Write && store.dialect() == Dialect::Postgres {
        casebook_projections::prepare(&store).await?;
    }
    Ok(store)
}

/// The use cases over an open database, for commands that have nothing to do with subscribers of
/// events.
///
/// # Errors
/// When the blob store cannot be opened or the log cannot be read.
pub async fn open_app(settings: &Settings, store: Store) -> Result<App, Failure> {
    open(settings, WebhookParts::none(), store).await
}

/// The use cases over an open database, with the way to subscribers of events.
///
/// # Errors
/// As [`open_app`]; a usage failure when the key of subscriptions cannot be used.
pub async fn open_app_with_webhooks(
    settings: &Settings,
    secrets: &Secrets,
    store: Store,
) -> Result<App, Failure> {
    open(settings, webhooks(settings, secrets)?, store).await
}

/// The way to subscribers of events.
///
/// # Errors
/// A usage failure when the key of subscriptions cannot be used.
pub fn webhooks(settings: &Settings, secrets: &Secrets) -> Result<WebhookParts, Failure> {
    let key = secrets.webhook_key.as_deref().map(WebhookKey::new).transpose();
    let key = key.map_err(|error| Failure::usage(format!("webhooks.key: {error}")))?;
    let settings = settings.webhooks.clone();
    let transport = Arc::new(WebhookPoster::new(&settings));
    Ok(WebhookParts { settings, transport, key })
}

async fn open(settings: &Settings, webhooks: WebhookParts, store: Store) -> Result<App, Failure> {
    let parts = Parts {
        store,
        blobs: Blobs::open(&settings.blobs)?,
        parser: Arc::new(EmailParser::default()),
        ids: Arc::new(RandomIds),
        clock: Arc::new(SystemClock),
        intake: settings.intake.clone(),
        forward: settings.forward.clone(),
        triage: TriageSettings { parallel_max: settings.triage.parallel_max },
        delivery: settings.delivery.clone(),
        webhooks,
        cache_aggregates_max: settings.store.cache_aggregates_max,
    };
    Ok(App::new(parts).await?)
}

/// Publishes the files' policy of each tenant that has none in force yet.
///
/// # Errors
/// When a policy's files are not sound.
pub async fn publish_missing(settings: &Settings, app: &App) -> Result<Vec<String>, Failure> {
    let folder = settings.tenants.dir.as_deref();
    let mut published = Vec::new();
    for tenant in tenants::names(folder)? {
        if app.policies().get(&tenant).is_some() {
            continue;
        }
        let policy = tenants::policy(&tenants::files(folder, &tenant)?, None)?;
        let note = Some("first start".to_owned());
        app.publish_policy(&Access::operator("start"), &policy, note).await?;
        published.push(tenant);
    }
    Ok(published)
}
