//! Sends events to subscribers for as long as the process runs. Processes share subscriptions by
//! leases.

use std::collections::HashMap;
use std::time::Duration;

use casebook_domain::event::LogEvent;
use casebook_domain::ids::WebhookId;
use casebook_domain::webhook::{Standing, WebhookEvent};
use casebook_store::Filter;
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio::time::Instant;

use super::NAME;
use super::metrics;
use super::secret::OTHER_KEY;
use super::send::Sender;
use super::session::{Session, Signals};
use crate::outbox::{Attendance, longer};
use crate::{App, AppError};

/// Parts in which processes share the subscriptions.
const SHARDS: u32 = 16;
/// Pause between renewals of leases, and after a failure.
const TICK: Duration = Duration::from_secs(2);
/// Events read at a time.
const PAGE: usize = 1000;
/// What operators can decide; what sending itself records is left out.
const DECISIONS: [&str; 8] = [
    "WebhookSubscribed",
    "WebhookChanged",
    "WebhookSecretRotated",
    "WebhookPaused",
    "WebhookResumed",
    "WebhookRemoved",
    "WebhookReplayed",
    "WebhookRedelivered",
];

/// Sends events to subscribers for as long as the process runs.
pub struct WebhookTask {
    app: App,
    attendance: Attendance,
    /// When the leases were last renewed.
    renewed: Option<Instant>,
    /// How far the log was read; `None` before the first look at what subscriptions there are.
    after: Option<u64>,
    /// Subscriptions, and how many decisions about each were seen.
    known: HashMap<WebhookId, u64>,
    working: HashMap<WebhookId, Worker>,
}

/// Somebody who sends for one subscription.
struct Worker {
    task: JoinHandle<()>,
    until: watch::Sender<Instant>,
    decided: watch::Sender<u64>,
}

impl Drop for Worker {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl WebhookTask {
    /// A task that sends what operators subscribed to.
    pub fn new(app: App) -> Self {
        let owner = app.ids().random().to_string();
        let attendance = Attendance::new(app.store(), NAME, SHARDS, owner);
        let (known, working) = (HashMap::new(), HashMap::new());
        Self { app, attendance, renewed: None, after: None, known, working }
    }

    /// Sends until `stop` says true; what is on its way then is waited for.
    pub async fn run(mut self, stop: watch::Receiver<bool>) {
        if self.app.inner.parts.webhooks.key.is_none() {
            return self.warn(stop).await;
        }
        let mut stopped = stop.clone();
        let mut head = self.app.store().log().head();
        while !*stop.borrow() {
            head.mark_unchanged();
            if let Err(error) = self.step(&stop).await {
                tracing::warn!(errand = NAME, cause = error.internal(), "paused");
                let _ = tokio::time::timeout(TICK, stopped.wait_for(|stop| *stop)).await;
                continue;
            }
            let after = self.after.unwrap_or_default();
            let since = self.renewed.map_or(TICK, |at| at.elapsed());
            tokio::select! {
                () = longer(&mut head, after) => {}
                () = tokio::time::sleep(TICK.saturating_sub(since)) => {}
                _ = stopped.wait_for(|stop| *stop) => {}
            }
        }
        for (_, mut worker) in std::mem::take(&mut self.working) {
            self.finish(&mut worker).await;
        }
        self.attendance.leave().await;
    }

    /// Waits for what is on its way.
    async fn finish(&mut self, worker: &mut Worker) {
        loop {
            // Others must not take over what is still out here.
            self.attend().await;
            if tokio::time::timeout(TICK, &mut worker.task).await.is_ok() {
                return;
            }
        }
    }

    /// Without a key nothing can be signed; says so once, where somebody subscribed.
    async fn warn(&mut self, mut stop: watch::Receiver<bool>) {
        if matches!(self.app.webhook_ids().await, Ok(ids) if !ids.is_empty()) {
            tracing::warn!("webhooks.key is not set: no events are sent to subscribers");
        }
        let _ = stop.wait_for(|stop| *stop).await;
    }

    async fn step(&mut self, stop: &watch::Receiver<bool>) -> Result<(), AppError> {
        self.read_on().await?;
        self.attend().await;
        self.working.retain(|_, worker| !worker.task.is_finished());
        for (id, decided) in &self.known {
            let until = self.attendance.until(&id.0).unwrap_or_else(Instant::now);
            match self.working.get(id) {
                Some(worker) => {
                    worker.until.send_replace(until);
                    worker
                        .decided
                        .send_if_modified(|seen| std::mem::replace(seen, *decided) != *decided);
                }
                None if self.attendance.has(&id.0) => {
                    let worker = begin(&self.app, *id, until, *decided, stop);
                    self.working.extend(worker.map(|worker| (*id, worker)));
                }
                None => {}
            }
        }
        Ok(())
    }

    /// Renews the leases when it is time.
    async fn attend(&mut self) {
        if self.renewed.is_some_and(|at| at.elapsed() < TICK) {
            return;
        }
        if let Err(error) = self.attendance.renew().await {
            tracing::warn!(errand = NAME, %error, "no lease");
        }
        self.renewed = Some(Instant::now());
    }

    /// Takes in what subscriptions there are.
    async fn look_around(&mut self) -> Result<u64, AppError> {
        // Whatever is decided from here on is read afterwards.
        let head = self.app.store().log().last_position().await?;
        for id in self.app.webhook_ids().await? {
            let present = self.app.webhook_now(id).await;
            // One that cannot be read holds up no other; whoever sends for it says why.
            if !present.is_ok_and(|it| *it.state.standing() == Standing::Removed) {
                self.known.insert(id, 0);
            }
        }
        Ok(head)
    }

    /// Takes in what operators decided since the last look.
    async fn read_on(&mut self) -> Result<(), AppError> {
        let mut after = match self.after {
            Some(after) => after,
            None => self.look_around().await?,
        };
        let event_types = DECISIONS.iter().map(|name| (*name).to_owned()).collect();
        let filter = Filter { event_types, ..Filter::default() };
        loop {
            let page = self.app.store().log().read(after, &filter, PAGE).await?;
            for event in &page.events {
                if event.stream.kind != WebhookEvent::STREAM_KIND {
                    continue;
                }
                let Ok(id) = event.stream.id.parse::<WebhookId>() else { continue };
                *self.known.entry(id).or_default() += 1;
                if event.event_type == "WebhookRemoved" {
                    self.end(id);
                }
            }
            self.after = Some(page.reached.max(after));
            if page.reached <= after {
                return Ok(());
            }
            after = page.reached;
        }
    }

    /// A subscription is no more.
    fn end(&mut self, id: WebhookId) {
        self.known.remove(&id);
        if let Some(worker) = self.working.get(&id) {
            worker.until.send_replace(Instant::now());
            worker.decided.send_modify(|seen| *seen += 1);
        }
    }
}

fn begin(
    app: &App,
    id: WebhookId,
    until: Instant,
    decided: u64,
    stop: &watch::Receiver<bool>,
) -> Option<Worker> {
    let key = app.inner.parts.webhooks.key.clone()?;
    let (until, may) = watch::channel(until);
    let (decided, seen) = watch::channel(decided);
    let signals = Signals { stop: stop.clone(), until: may, decided: seen };
    let sender = Sender { app: app.clone(), id, key };
    let task = tokio::spawn(work(sender, signals));
    Some(Worker { task, until, decided })
}

/// Sends for one subscription, session after session, as long as this process may.
async fn work(sender: Sender, mut signals: Signals) {
    while signals.may_send() {
        let active = match session(&sender, &signals).await {
            Ok(active) => active,
            Err(error) => {
                let cause = error.internal().unwrap_or_else(|| error.to_string());
                tracing::warn!(errand = NAME, webhook = %sender.id, cause, "paused");
                let stop = signals.stop.wait_for(|stop| *stop);
                let _ = tokio::time::timeout(TICK, stop).await;
                continue;
            }
        };
        if !active {
            decision(&mut signals).await;
        }
    }
    metrics::handed_on(sender.id);
}

/// Waits for a decision of an operator, as long as this process may send.
async fn decision(signals: &mut Signals) {
    while signals.may_send() {
        tokio::select! {
            _ = signals.decided.changed() => return,
            _ = signals.stop.wait_for(|stop| *stop) => return,
            // The lease may be gone meanwhile.
            () = tokio::time::sleep(TICK) => {}
        }
    }
}

/// One session; answers whether the subscription is active.
async fn session(sender: &Sender, signals: &Signals) -> Result<bool, AppError> {
    let mut signals = signals.clone();
    // Before the look into the log, so that what is decided behind it ends the session.
    signals.decided.mark_unchanged();
    let present = sender.app.webhook_now(sender.id).await?;
    let head = *sender.app.store().log().head().borrow();
    let held = sender.app.has_other_key(&present.state);
    metrics::standing(sender.id, &present.state, head, held);
    if !present.state.is_active() {
        return Ok(false);
    }
    if held {
        tracing::warn!(errand = NAME, webhook = %sender.id, "nothing is sent: webhooks.key {OTHER_KEY}");
        return Ok(false);
    }
    Session::new(sender.clone(), signals, present.state, present.version).await?.run().await?;
    Ok(true)
}
