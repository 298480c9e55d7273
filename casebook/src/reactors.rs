//! What works in the background of a process that may write: classification, sending, waking.

use std::sync::Arc;
use std::time::Duration;

use casebook_app::{
    App, Classifier, DeliveryTask, ForwardTask, ReplacementTask, TriageTask, WakeTask, WebhookTask,
};
use casebook_domain::Timestamp;
use casebook_outbound::{Composer, ReplacementWebhook, SmtpTransport};
use casebook_store::{Clock, SystemClock};
use casebook_triage::anthropic::{Anthropic, ApiKey};
use casebook_triage::built_in::BuiltIn;
use casebook_triage::{Manager, Surroundings};
use tokio::sync::watch;
use tokio::task::JoinSet;

use crate::config::{Fallback, Secrets, Settings};
use crate::exit::Failure;
use crate::ids;

/// Time in which what is under way may end; what does not is taken up again after the next start.
const GRACE: Duration = Duration::from_secs(30);

/// The background work of this process.
pub struct Reactors {
    tasks: JoinSet<()>,
    /// Work that only reads and may be cut off anywhere.
    followers: JoinSet<()>,
    stop: watch::Sender<bool>,
}

impl Reactors {
    /// No background work yet.
    pub fn new() -> Self {
        Self { tasks: JoinSet::new(), followers: JoinSet::new(), stop: watch::channel(false).0 }
    }

    /// Starts classification.
    pub fn classify(&mut self, app: &App, classifier: Arc<dyn Classifier>) {
        let task = TriageTask::new(app.clone(), classifier);
        self.tasks.spawn(task.run(self.stop.subscribe()));
    }

    /// Starts everything else that the settings ask for.
    ///
    /// # Errors
    /// A usage failure when a setting cannot be used.
    pub fn start(
        &mut self,
        app: &App,
        settings: &Settings,
        secrets: &Secrets,
    ) -> Result<(), Failure> {
        self.followers.spawn(app.clone().follow_policies());
        self.tasks.spawn(WakeTask::new(app.clone()).run(self.stop.subscribe()));
        self.tasks.spawn(WebhookTask::new(app.clone()).run(self.stop.subscribe()));
        if let Some(smtp) = smtp(settings, secrets)? {
            let smtp = Arc::new(smtp);
            self.tasks
                .spawn(ForwardTask::new(app.clone(), smtp.clone()).run(self.stop.subscribe()));
            let delivery = DeliveryTask::new(app.clone(), Arc::new(Composer), smtp);
            self.tasks.spawn(delivery.run(self.stop.subscribe()));
        } else {
            tracing::warn!("smtp.host is not set: approved replies and forwarded mail will wait");
        }
        if let Some(desk) = replacement_desk(settings, secrets)? {
            let task = ReplacementTask::new(app.clone(), Arc::new(desk));
            self.tasks.spawn(task.run(self.stop.subscribe()));
        }
        Ok(())
    }

    /// Stops: nothing new begins, what is under way may end.
    pub async fn stop(mut self) {
        let _ = self.stop.send(true);
        let ended = async { while self.tasks.join_next().await.is_some() {} };
        let _ = tokio::time::timeout(GRACE, ended).await;
        self.tasks.shutdown().await;
        self.followers.shutdown().await;
    }
}

/// The way to the mail server; `None` where none is set.
///
/// # Errors
/// A usage failure when a setting cannot be used.
pub fn smtp(settings: &Settings, secrets: &Secrets) -> Result<Option<SmtpTransport>, Failure> {
    if settings.smtp.host.is_empty() {
        return Ok(None);
    }
    let smtp = SmtpTransport::new(&settings.smtp, secrets.smtp_password.clone());
    smtp.map(Some).map_err(|error| Failure::usage(format!("smtp: {error}")))
}

/// The way to the tenants' own systems; `None` where no tenant has one.
///
/// # Errors
/// A usage failure when a setting cannot be used.
pub fn replacement_desk(
    settings: &Settings,
    secrets: &Secrets,
) -> Result<Option<ReplacementWebhook>, Failure> {
    if settings.replacement.urls.is_empty() {
        return Ok(None);
    }
    let desk = ReplacementWebhook::new(&settings.replacement, secrets.replacement_token.clone());
    desk.map(Some).map_err(|error| Failure::usage(format!("replacement: {error}")))
}

/// The providers that the settings name; `None` where this process does not classify.
///
/// # Errors
/// A usage failure when a setting cannot be used.
pub fn classifier(
    settings: &Settings,
    secrets: &Secrets,
) -> Result<Option<Arc<dyn Classifier>>, Failure> {
    let section = &settings.triage;
    if !section.enabled {
        return Ok(None);
    }
    let surroundings = Surroundings { now: Arc::new(now), random: Arc::new(ids::fraction) };
    let mut manager = Manager::new(section.retry, section.breaker, surroundings);
    if let Some(key) = &secrets.anthropic_api_key {
        let wrong = |error: String| Failure::usage(format!("anthropic: {error}"));
        let key = ApiKey::new(key).map_err(|error| wrong(error.to_string()))?;
        let anthropic = Anthropic::new(settings.anthropic.clone(), key);
        let anthropic = anthropic.map_err(|error| wrong(error.to_string()))?;
        manager = manager.with(Arc::new(anthropic), section.parallel_max);
    }
    if secrets.anthropic_api_key.is_none() || section.fallback == Fallback::BuiltIn {
        manager = manager.with(Arc::new(BuiltIn::new()), section.parallel_max);
    }
    Ok(Some(Arc::new(manager)))
}

fn now() -> Timestamp {
    SystemClock.now()
}
