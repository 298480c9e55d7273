//! Follows the log and carries out what is due, for as long as the process runs.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use casebook_domain::Timestamp;
use casebook_store::{Filter, Lease};
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::Instant;

use super::waiting::{Key, Waiting};
use super::Errand;
use crate::{App, AppError};

/// How long the lease is held without being renewed.
const TTL: Duration = Duration::from_secs(6);
/// Pause between renewals, and between attempts to get the lease.
const TICK: Duration = Duration::from_secs(2);
/// Pause before an entry is tried again whose outcome could not be recorded.
const REST: Duration = Duration::from_secs(1);
/// Events read at a time.
const PAGE: usize = 1000;

/// Runs one kind of errand.
pub(crate) struct Runner<E: Errand> {
    app: App,
    errand: Arc<E>,
    parallel: usize,
    stop: watch::Receiver<bool>,
}

/// What goes on while the lease is held.
struct Shift<E: Errand> {
    waiting: Waiting<E::Entry>,
    after: u64,
    out: JoinSet<(Key, Result<(), AppError>)>,
    /// Entries that are out (`None`) or rest until a time.
    held: HashMap<Key, Option<Instant>>,
}

impl<E: Errand> Runner<E> {
    /// A runner that has at most `parallel` entries out at a time, until `stop` says true.
    pub(crate) fn new(app: App, errand: E, parallel: usize, stop: watch::Receiver<bool>) -> Self {
        Self { app, errand: Arc::new(errand), parallel: parallel.max(1), stop }
    }

    /// Runs until the process stops; whatever is out is waited for.
    pub(crate) async fn run(mut self) {
        let owner = self.app.ids().random().to_string();
        while !*self.stop.borrow() {
            match self.app.store().leases().acquire(E::NAME, &owner, TTL).await {
                Ok(Some(lease)) => {
                    if let Err(error) = self.hold(&lease).await {
                        tracing::warn!(errand = E::NAME, cause = error.internal(), "paused");
                    }
                    let _ = self.app.store().leases().release(&lease).await;
                }
                // Another process does it; its records are read when it is this one's turn.
                Ok(None) => {}
                Err(error) => tracing::warn!(errand = E::NAME, %error, "no lease"),
            }
            let _ = tokio::time::timeout(TICK, self.stop.wait_for(|stop| *stop)).await;
        }
    }

    /// Works while the lease is held.
    async fn hold(&mut self, lease: &Lease) -> Result<(), AppError> {
        let mut shift = Shift::<E> {
            waiting: Waiting::default(),
            after: 0,
            out: JoinSet::new(),
            held: HashMap::new(),
        };
        let worked = self.work(lease, &mut shift).await;
        // What is out may have left the house already: its outcome is recorded in any case.
        while shift.out.join_next().await.is_some() {
            let _ = self.app.store().leases().renew(lease, TTL).await;
        }
        worked
    }

    async fn work(&mut self, lease: &Lease, shift: &mut Shift<E>) -> Result<(), AppError> {
        let mut head = self.app.store().log().head();
        let mut renewed = Instant::now();
        while !*self.stop.borrow() {
            if renewed.elapsed() >= TICK {
                if !self.app.store().leases().renew(lease, TTL).await? {
                    return Ok(());
                }
                renewed = Instant::now();
            }
            head.mark_unchanged();
            self.read_on(shift).await?;
            let now = self.app.clock().now();
            self.send_out(shift, now);
            let pause = self.pause(shift, now).min(TICK.saturating_sub(renewed.elapsed()));
            tokio::select! {
                Some(done) = shift.out.join_next(), if !shift.out.is_empty() => {
                    self.settle(shift, done);
                }
                _ = longer(&mut head, shift.after) => {}
                () = tokio::time::sleep(pause) => {}
                _ = self.stop.wait_for(|stop| *stop) => {}
            }
        }
        Ok(())
    }

    /// Takes in what was appended since the last look.
    async fn read_on(&self, shift: &mut Shift<E>) -> Result<(), AppError> {
        let event_types = E::EVENTS.iter().map(|name| (*name).to_owned()).collect();
        let filter = Filter { event_types, ..Filter::default() };
        loop {
            let page = self.app.store().log().read(shift.after, &filter, PAGE).await?;
            for event in &page.events {
                self.errand.note(&mut shift.waiting, event)?;
            }
            if page.reached <= shift.after {
                return Ok(());
            }
            shift.after = page.reached;
        }
    }

    fn send_out(&self, shift: &mut Shift<E>, now: Timestamp) {
        let instant = Instant::now();
        shift.held.retain(|_, rests| rests.is_none_or(|until| until > instant));
        let room = self.parallel.saturating_sub(shift.out.len());
        let held = &shift.held;
        for (key, entry) in shift.waiting.due(now, room, |key| held.contains_key(key)) {
            shift.held.insert(key, None);
            let (app, errand) = (self.app.clone(), self.errand.clone());
            shift.out.spawn(async move { (key, errand.carry_out(&app, entry).await) });
        }
    }

    fn settle(
        &self,
        shift: &mut Shift<E>,
        done: Result<(Key, Result<(), AppError>), tokio::task::JoinError>,
    ) {
        match done {
            Ok((key, Ok(()))) => {
                shift.held.remove(&key);
            }
            Ok((key, Err(error))) => {
                tracing::warn!(errand = E::NAME, cause = error.internal(), "tried again");
                shift.held.insert(key, Some(Instant::now() + REST));
            }
            // A panic: its entry stays held for this shift, so that it cannot spin.
            Err(error) => tracing::error!(errand = E::NAME, %error, "an errand broke off"),
        }
    }

    /// Time until something is due that is not due yet.
    fn pause(&self, shift: &Shift<E>, now: Timestamp) -> Duration {
        let next = shift.waiting.next_after(now).map_or(TICK, |at| {
            let micros = at.as_micros().saturating_sub(now.as_micros());
            Duration::from_micros(u64::try_from(micros).unwrap_or(0))
        });
        let resting = shift.held.values().any(Option::is_some);
        if resting { next.min(REST) } else { next }
    }
}

/// Waits until the log is longer than `after`.
async fn longer(head: &mut watch::Receiver<u64>, after: u64) {
    while *head.borrow_and_update() <= after {
        if head.changed().await.is_err() {
            // The store is closed; the caller's time limit ends the wait.
            std::future::pending::<()>().await;
        }
    }
}
