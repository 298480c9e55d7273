//! Follows the log and carries out what is due, for as long as the process runs.

use std::collections::HashMap;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;

use casebook_domain::Timestamp;
use casebook_store::Filter;
use casebook_store::trace::Cause;
use futures::FutureExt;
use tokio::sync::watch;
use tokio::task::{JoinError, JoinSet};
use tokio::time::Instant;
use tracing::Instrument;

use super::Errand;
use super::attendance::Attendance;
use super::longer;
use super::unreadable::{pass_over, reads_on};
use super::waiting::{Key, Waiting};
use crate::{App, AppError, trace};

/// Pause between renewals of leases, and after a failure.
const TICK: Duration = Duration::from_secs(2);
/// Pause before an entry is tried again whose outcome could not be recorded; doubled with each
/// failure in a row.
const REST: Duration = Duration::from_secs(1);
/// Longest such pause.
const REST_MAX: Duration = Duration::from_secs(300);
/// Events read at a time.
const PAGE: usize = 1000;

/// Runs one kind of errand.
pub(crate) struct Runner<E: Errand> {
    app: App,
    errand: Arc<E>,
    parallel: usize,
    stop: watch::Receiver<bool>,
    attendance: Attendance,
    waiting: Waiting<E::Entry>,
    /// How far the log was read.
    after: u64,
    out: JoinSet<(Key, Result<(), AppError>)>,
    /// Entries that are out (`None`) or rest until a time.
    held: HashMap<Key, Option<Instant>>,
    /// Failures in a row of entries that could not be carried out.
    failures: HashMap<Key, u32>,
    /// When the leases were last renewed.
    renewed: Option<Instant>,
}

impl<E: Errand> Runner<E> {
    /// A runner that has at most `parallel` entries out at a time, until `stop` says true.
    pub(crate) fn new(app: App, errand: E, parallel: usize, stop: watch::Receiver<bool>) -> Self {
        let owner = app.ids().random().to_string();
        Self {
            attendance: Attendance::new(app.store(), E::NAME, E::SHARDS, owner),
            app,
            errand: Arc::new(errand),
            parallel: parallel.max(1),
            stop,
            waiting: Waiting::default(),
            after: 0,
            out: JoinSet::new(),
            held: HashMap::new(),
            failures: HashMap::new(),
            renewed: None,
        }
    }

    /// Runs until the process stops; whatever is out is waited for, because it may have left the
    /// house already and its outcome has to be recorded.
    pub(crate) async fn run(mut self) {
        while !*self.stop.borrow() {
            if let Err(error) = self.step().await {
                tracing::warn!(errand = E::NAME, cause = error.internal(), "paused");
                self.pause_for(TICK).await;
            }
        }
        while !self.out.is_empty() {
            // Others must not take over what is still out here.
            self.attend().await;
            if let Ok(Some(done)) = tokio::time::timeout(TICK, self.out.join_next()).await {
                self.settle(done);
            }
        }
        self.attendance.leave().await;
    }

    /// Reads what is new, sends out what is due, and waits until something changes.
    async fn step(&mut self) -> Result<(), AppError> {
        let mut head = self.app.store().log().head();
        head.mark_unchanged();
        self.read_on().await?;
        self.attend().await;
        let now = self.app.clock().now();
        self.send_out(now);
        let since = self.renewed.map_or(TICK, |at| at.elapsed());
        let pause = self.until_due(now).min(TICK.saturating_sub(since));
        let after = self.after;
        let done = tokio::select! {
            Some(done) = self.out.join_next(), if !self.out.is_empty() => Some(done),
            () = longer(&mut head, after) => None,
            () = tokio::time::sleep(pause) => None,
            _ = self.stop.wait_for(|stop| *stop) => None,
        };
        if let Some(done) = done {
            self.settle(done);
        }
        Ok(())
    }

    /// Renews the leases when it is time.
    async fn attend(&mut self) {
        if self.renewed.is_some_and(|at| at.elapsed() < TICK) {
            return;
        }
        if let Err(error) = self.attendance.renew().await {
            tracing::warn!(errand = E::NAME, %error, "no lease");
        }
        self.renewed = Some(Instant::now());
    }

    async fn pause_for(&mut self, pause: Duration) {
        let _ = tokio::time::timeout(pause, self.stop.wait_for(|stop| *stop)).await;
    }

    /// Takes in what was appended since the last look.
    async fn read_on(&mut self) -> Result<(), AppError> {
        let event_types = E::EVENTS.iter().map(|name| (*name).to_owned()).collect();
        let filter = Filter { event_types, ..Filter::default() };
        loop {
            let page = self.app.store().log().read(self.after, &filter, PAGE).await?;
            for event in &page.events {
                self.waiting.made_by(Cause::of(event));
                if let Err(error) = self.errand.note(&mut self.waiting, event) {
                    pass_over(&self.app, E::NAME, event.position, error).await?;
                }
            }
            reads_on(E::NAME);
            if page.reached <= self.after {
                return Ok(());
            }
            self.after = page.reached;
        }
    }

    fn send_out(&mut self, now: Timestamp) {
        let instant = Instant::now();
        self.held.retain(|_, rests| rests.is_none_or(|until| until > instant));
        let room = self.parallel.saturating_sub(self.out.len());
        let leave_out = |key: &Key| self.held.contains_key(key) || !self.attendance.has(key);
        for (key, entry) in self.waiting.due(now, room, leave_out) {
            self.held.insert(key, None);
            let (app, errand) = (self.app.clone(), self.errand.clone());
            let span = trace::errand(E::NAME, self.waiting.cause_of(&key));
            let told = span.clone();
            let work = async move {
                let carried = AssertUnwindSafe(errand.carry_out(&app, entry)).catch_unwind();
                let broke_off = |_| Err(AppError::fault("an errand broke off"));
                (key, trace::ended(&told, carried.await.unwrap_or_else(broke_off)))
            };
            self.out.spawn(work.instrument(span));
        }
    }

    fn settle(&mut self, done: Result<(Key, Result<(), AppError>), JoinError>) {
        match done {
            Ok((key, Ok(()))) => {
                self.held.remove(&key);
                self.failures.remove(&key);
            }
            Ok((key, Err(error))) => {
                let failures = self.failures.entry(key).or_default();
                let rest = REST.saturating_mul(1 << (*failures).min(16)).min(REST_MAX);
                *failures += 1;
                let cause = error.internal().unwrap_or_else(|| error.to_string());
                tracing::warn!(errand = E::NAME, cause, "tried again");
                self.held.insert(key, Some(Instant::now() + rest));
            }
            Err(error) => tracing::error!(errand = E::NAME, %error, "an errand was cut off"),
        }
    }

    /// Time until something is due that is not due yet.
    fn until_due(&self, now: Timestamp) -> Duration {
        let next = self.waiting.next_after(now).map_or(TICK, |at| {
            let micros = at.as_micros().saturating_sub(now.as_micros());
            Duration::from_micros(u64::try_from(micros).unwrap_or(0))
        });
        let resting = self.held.values().any(Option::is_some);
        if resting { next.min(REST) } else { next }
    }
}
