//! Sending for one subscription, from what the log says until somebody else changes it.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;

use casebook_domain::Timestamp;
use casebook_domain::webhook::{Attempted, Failure, GONE, Outcomes, Webhook};
use casebook_store::Cursor;
use futures::FutureExt;
use tokio::sync::watch;
use tokio::task::{JoinError, JoinSet};
use tokio::time::Instant;

use super::lanes::{Lanes, Next};
use super::metrics;
use super::record::Written;
use super::send::Sender;
use crate::outbox::reads_on;
use crate::{Access, App, AppError, EventFeed, EventRequest, StreamEvent, StreamStart};

/// Events that are read at a time.
const PAGE_EVENTS: usize = 100;
/// Events that are read ahead of those on their way.
const AHEAD_MAX: usize = 200;
/// Events taken out of turn after which no more are read until those before them are settled.
const TAKEN_AHEAD_MAX: usize = 1_000;
/// Outcomes that are recorded at once, at the latest.
const OUTCOMES_MAX: usize = 100;
/// Positions without anything to send after which the place is recorded all the same, so that a
/// later start need not read them again.
const IDLE_POSITIONS: u64 = 10_000;
/// Longest pause between looks at the time.
const TICK: Duration = Duration::from_secs(1);

/// What tells a session to end.
#[derive(Clone)]
pub(super) struct Signals {
    /// The process stops.
    pub(super) stop: watch::Receiver<bool>,
    /// Until when this process may send for the subscription.
    pub(super) until: watch::Receiver<Instant>,
    /// Counts what operators decided.
    pub(super) decided: watch::Receiver<u64>,
}

impl Signals {
    /// Whether sending may begin now.
    pub(super) fn may_send(&self) -> bool {
        !*self.stop.borrow() && Instant::now() < *self.until.borrow()
    }
}

/// What a letter came back with.
type Back = (Next, Result<Attempted, AppError>);

/// What ended a wait.
enum Woke {
    Nothing,
    Decided,
    Back(Result<Back, JoinError>),
    Read(Result<Vec<Arc<StreamEvent>>, AppError>),
}

/// Sending for one subscription.
pub(super) struct Session {
    pub(super) sender: Sender,
    pub(super) webhook: Arc<Webhook>,
    pub(super) version: u64,
    pub(super) lanes: Lanes,
    /// Outcomes that are not recorded yet.
    pub(super) attempted: Vec<Attempted>,
    /// Somebody else wrote to the subscription: the lanes are no longer what the log says.
    pub(super) overtaken: bool,
    /// Number of the run that the lanes belong to.
    run: u32,
    signals: Signals,
    feed: EventFeed,
    out: JoinSet<Back>,
    /// When the first thing happened that is not recorded yet.
    unrecorded_since: Option<Instant>,
}

impl Session {
    /// A session that goes on where the log says.
    ///
    /// # Errors
    /// When the log cannot be followed.
    pub(super) async fn new(
        sender: Sender,
        signals: Signals,
        webhook: Arc<Webhook>,
        version: u64,
    ) -> Result<Self, AppError> {
        let feed = follow(&sender.app, &webhook, webhook.reached()).await?;
        Ok(Self {
            lanes: Lanes::of(&webhook),
            run: webhook.run(),
            overtaken: false,
            sender,
            webhook,
            version,
            attempted: Vec::new(),
            signals,
            feed,
            out: JoinSet::new(),
            unrecorded_since: None,
        })
    }

    /// Sends until the process stops, the lease is gone, or the subscription is no longer as this
    /// session knows it.
    ///
    /// # Errors
    /// When the log cannot be read or written; whatever is not recorded is sent again.
    pub(super) async fn run(mut self) -> Result<(), AppError> {
        let sent = self.go_on().await;
        // Whatever stopped it, what is out may arrive: its outcome counts, and moves on the next
        // session's start.
        let ended = self.end().await;
        sent.and(ended)
    }

    async fn go_on(&mut self) -> Result<(), AppError> {
        let mut signals = self.signals.clone();
        while self.webhook.is_active() && self.signals.may_send() {
            self.send_out();
            if self.is_due_to_record() && self.record_now().await? == Written::ByOthers {
                break;
            }
            match self.wait(&mut signals).await {
                Woke::Nothing => self.tell(),
                // What this session recorded itself moves the version on as well, so look.
                Woke::Decided if self.is_outdated().await? => break,
                Woke::Decided => {}
                Woke::Back(done) => self.came_back(done.map_err(AppError::fault)?),
                Woke::Read(Ok(events)) => self.take_in(&events),
                Woke::Read(Err(error)) => self.pass_over(error).await?,
            }
        }
        Ok(())
    }

    /// Waits until there is something to do.
    async fn wait(&mut self, signals: &mut Signals) -> Woke {
        let (has_room, pause) = (self.has_room(), self.pause());
        tokio::select! {
            _ = signals.stop.wait_for(|stop| *stop) => Woke::Nothing,
            _ = signals.until.wait_for(|until| *until <= Instant::now()) => Woke::Nothing,
            Ok(()) = signals.decided.changed() => Woke::Decided,
            Some(done) = self.out.join_next(), if !self.out.is_empty() => Woke::Back(done),
            page = self.feed.next_page(), if has_room => Woke::Read(page),
            () = tokio::time::sleep(pause) => Woke::Nothing,
        }
    }

    /// Waits for what is out, since it may have arrived, and records it. What is known already is
    /// recorded before: another process may be about to go on from there.
    async fn end(&mut self) -> Result<(), AppError> {
        // Where this fails it is recorded with the rest.
        let _ = self.record_now().await;
        while let Some(done) = self.out.join_next().await {
            self.came_back(done.map_err(AppError::fault)?);
        }
        self.record_now().await.map(|_| ())
    }

    fn send_out(&mut self) {
        let parallel = self.sender.app.inner.parts.webhooks.settings.parallel_max.max(1);
        let now = self.sender.app.now();
        while self.out.len() < parallel {
            let Some(next) = self.lanes.next(now) else { break };
            let (sender, webhook) = (self.sender.clone(), Arc::clone(&self.webhook));
            self.out.spawn(async move {
                let sent = AssertUnwindSafe(sender.send(&webhook, &next)).catch_unwind().await;
                let broke_off = |_| Err(AppError::fault("sending an event broke off"));
                (next, sent.unwrap_or_else(broke_off))
            });
        }
    }

    fn came_back(&mut self, (next, sent): Back) {
        let attempted = match sent {
            Ok(attempted) => attempted,
            Err(error) => {
                tracing::warn!(webhook = %self.sender.id, cause = error.internal(), "not sent");
                let later = self.sender.app.now().plus_micros(micros(TICK));
                return self.lanes.put_back(next.position, &next.key, later);
            }
        };
        metrics::attempt(attempted.outcome.is_ok());
        if attempted.outcome.is_ok() {
            self.lanes.settle(next.position, &next.key);
        }
        self.attempted.push(attempted);
        self.unrecorded_since.get_or_insert_with(Instant::now);
    }

    fn take_in(&mut self, events: &[Arc<StreamEvent>]) {
        let now = self.sender.app.now();
        for event in events {
            if !self.webhook.knows(event.position()) {
                self.lanes.push(event, now);
            }
        }
        self.lanes.has_read(self.feed.position().position);
        reads_on(super::NAME);
    }

    /// Whether more may be read: what waits is bounded.
    fn has_room(&self) -> bool {
        let settings = &self.sender.app.inner.parts.webhooks.settings;
        self.lanes.fresh() < AHEAD_MAX
            && self.webhook.waiting().len() < settings.parked_max.max(1)
            && self.webhook.taken_ahead() < TAKEN_AHEAD_MAX
            && self.attempted.len() < OUTCOMES_MAX
    }

    fn is_due_to_record(&mut self) -> bool {
        if self.unrecorded_since.is_none() && self.has_followers() {
            self.unrecorded_since = Some(Instant::now());
        }
        let settings = &self.sender.app.inner.parts.webhooks.settings;
        let every = Duration::from_millis(settings.record_every_ms);
        let idle = self.webhook.reached() + IDLE_POSITIONS;
        self.attempted.len() >= OUTCOMES_MAX
            || self.unrecorded_since.is_some_and(|since| since.elapsed() >= every)
            || self.lanes.reached(|_| false) > idle
    }

    fn has_followers(&self) -> bool {
        self.lanes.fresh() > 0 && !self.lanes.behind(|_| false).is_empty()
    }

    async fn record_now(&mut self) -> Result<Written, AppError> {
        let written = self.record().await?;
        self.unrecorded_since = None;
        self.tell();
        Ok(written)
    }

    /// Tells how far the subscription is, also while nothing of it moves.
    fn tell(&self) {
        let head = *self.sender.app.store().log().head().borrow();
        metrics::standing(self.sender.id, &self.webhook, head, false);
    }

    async fn is_outdated(&self) -> Result<bool, AppError> {
        let present = self.sender.app.webhook_now(self.sender.id).await?;
        Ok(present.version != self.version)
    }

    /// Time until something has to be looked at.
    fn pause(&self) -> Duration {
        let settings = &self.sender.app.inner.parts.webhooks.settings;
        let every = Duration::from_millis(settings.record_every_ms);
        let record = self.unrecorded_since.map(|since| every.saturating_sub(since.elapsed()));
        let full = self.out.len() >= settings.parallel_max.max(1);
        let next = self.lanes.next_due().filter(|_| !full);
        let next = next.map(|due| until(self.sender.app.now(), due));
        [record, next].into_iter().flatten().fold(TICK, Duration::min)
    }

    /// Goes on behind an event that cannot be read, where an operator decided so.
    async fn pass_over(&mut self, error: AppError) -> Result<(), AppError> {
        let Some(position) = self.feed.stands_before() else { return Err(error) };
        let app = self.sender.app.clone();
        crate::outbox::pass_over(&app, super::NAME, position, error).await?;
        self.feed = follow(&app, &self.webhook, position).await?;
        self.lanes.has_read(position);
        Ok(())
    }

    /// What is to be recorded now.
    ///
    /// Behind somebody else's decision only the attempts are: where this session stood may be void,
    /// and whoever goes on reads it again. An answer that the receiver is gone is asked for again
    /// then, since the decision may have been to send elsewhere.
    pub(super) fn outcomes(&self) -> Outcomes {
        let run = self.run;
        if self.overtaken {
            let attempted = self.attempted.iter().filter(|one| !is_gone(one)).cloned().collect();
            return Outcomes { run, attempted, parked: Vec::new(), reached: 0 };
        }
        let failed = |position: u64| {
            let this = |one: &&Attempted| one.letter.position == position && one.outcome.is_err();
            self.attempted.iter().any(|one| this(&one))
        };
        let parked = self.lanes.behind(failed);
        let is_parked =
            |position| parked.binary_search_by_key(&position, |parked| parked.position).is_ok();
        let reached = self.lanes.reached(|position| failed(position) || is_parked(position));
        Outcomes { run, attempted: self.attempted.clone(), parked, reached }
    }
}

/// Follows the events of a subscription behind a position.
async fn follow(app: &App, webhook: &Webhook, after: u64) -> Result<EventFeed, AppError> {
    let tenants = vec![webhook.tenant().to_owned()];
    let access = Access::operator("webhooks").within(&tenants);
    let cursor = Cursor { log_id: app.log_id(), position: after };
    let subscription = webhook.subscription();
    let request = EventRequest {
        start: StreamStart::After(cursor),
        types: subscription.types.clone(),
        tenants,
        ticket: None,
        thread: None,
        personal: subscription.personal,
    };
    app.feed_to_send(&access, &request, PAGE_EVENTS).await
}

fn is_gone(attempted: &Attempted) -> bool {
    attempted.outcome.is_err_and(|refusal| refusal.failure == Failure::Status(GONE))
}

fn micros(duration: Duration) -> i64 {
    i64::try_from(duration.as_micros()).unwrap_or(i64::MAX)
}

fn until(now: Timestamp, due: Timestamp) -> Duration {
    let micros = due.as_micros().saturating_sub(now.as_micros());
    Duration::from_micros(u64::try_from(micros).unwrap_or(0))
}
