//! The life of one read model in one process: lead or wait, follow the log, rebuild when asked.

use std::convert::Infallible;
use std::time::Duration;

use casebook_store::{Dialect, Store};
use tokio::sync::{mpsc, oneshot, watch};
use tokio::task::JoinHandle;

use super::apply::Applier;
use super::build::build;
use super::lead::Leadership;
use super::progress::Reporter;
use super::slices::Slices;
use crate::catalog::{Catalog, Generation, State};
use crate::read_model::ReadModel;
use crate::{ProjectionError, ProjectionSettings};

/// Pause after the first failure; it doubles up to the setting's limit.
const RETRY_FIRST: Duration = Duration::from_millis(50);
/// Pause between two looks at what another process has written.
const WATCH_OTHERS: Duration = Duration::from_millis(100);

/// Time without growth after which a half-built generation of another process is given up.
const ABANDONED_AFTER: Duration = Duration::from_secs(300);

/// Answer to a request to rebuild.
pub(crate) type Rebuilt = oneshot::Sender<Result<(), ProjectionError>>;

/// Everything that one read model's task needs.
pub(crate) struct Task<M: ReadModel> {
    pub(super) store: Store,
    pub(super) settings: ProjectionSettings,
    pub(super) catalog: Catalog,
    pub(super) applier: Applier,
    pub(super) leadership: Leadership,
    pub(super) reporter: Reporter,
    pub(super) requests: mpsc::Receiver<Rebuilt>,
    pub(super) stop: watch::Receiver<bool>,
    /// A build that runs beside following, and who waits for it.
    pub(super) building: Option<Building>,
    first_lead: bool,
    pub(super) model: std::marker::PhantomData<M>,
}

/// A build under way.
pub(super) struct Building {
    pub(super) done: JoinHandle<Result<Generation, ProjectionError>>,
    pub(super) waiting: Vec<Rebuilt>,
}

impl<M: ReadModel> Task<M> {
    pub fn new(
        store: Store,
        settings: ProjectionSettings,
        reporter: Reporter,
        requests: mpsc::Receiver<Rebuilt>,
        stop: watch::Receiver<bool>,
    ) -> Self {
        let slices = Slices::new(store.db().clone(), &settings);
        Self {
            catalog: Catalog::new(store.db().clone()),
            applier: Applier::new(store.db().clone(), slices),
            leadership: Leadership::new(M::NAME, &store, &settings),
            store,
            settings,
            reporter,
            requests,
            stop,
            building: None,
            first_lead: true,
            model: std::marker::PhantomData,
        }
    }

    /// Runs until it is stopped.
    pub async fn run(mut self) {
        let mut pause = RETRY_FIRST;
        loop {
            let begun = std::time::Instant::now();
            let Err(error) = self.lead().await;
            match &error {
                ProjectionError::Stopping => break,
                ProjectionError::TakenOver { .. } => {}
                ProjectionError::Stopped { .. } => {
                    tracing::error!(model = M::NAME, %error, "a read model stands still");
                    self.reporter.failed(&error);
                    self.park(&error).await;
                }
                _ => {
                    tracing::warn!(model = M::NAME, %error, "a read model is tried again");
                    self.reporter.failed(&error);
                }
            }
            if begun.elapsed() > self.settings.lease_ttl() {
                pause = RETRY_FIRST;
            }
            if self.pause(pause).await.is_err() {
                break;
            }
            pause = (pause * 2).min(Duration::from_millis(self.settings.retry_ms_max));
        }
        if let Some(building) = self.building.take() {
            building.done.abort();
        }
        self.leadership.release().await;
    }

    /// Leads while it may; ends only by an error.
    async fn lead(&mut self) -> Result<Infallible, ProjectionError> {
        self.wait_to_lead().await?;
        let live = self.claim_live().await?;
        self.clean_up().await?;
        let head = self.store.log().last_position().await?;
        let far = live.version == M::VERSION
            && live.position == 0
            && head > self.settings.build_from_events;
        let live = if live.version != M::VERSION || far {
            match build::<M>(&self.store, &self.settings, false).await {
                // Following shows at least everything before the event that cannot be read.
                Err(ProjectionError::Stopped { .. }) if far => live,
                built => self.switch(built?).await?,
            }
        } else {
            live
        };
        self.follow(live).await
    }

    /// Waits until no other process leads, and reports what the other one writes.
    async fn wait_to_lead(&mut self) -> Result<(), ProjectionError> {
        loop {
            if self.leadership.hold().await? {
                return Ok(());
            }
            let looks = self.settings.lease_renew_ms / WATCH_OTHERS.as_millis() as u64;
            for _ in 0..looks.max(1) {
                if let Some(live) = self.catalog.live(M::NAME).await? {
                    self.report_other(&live);
                }
                if let Ok(waiting) = self.requests.try_recv() {
                    let outcome = self.rebuild_beside_leader().await;
                    // Nobody may be waiting any more.
                    let _gone = waiting.send(outcome);
                }
                self.pause(WATCH_OTHERS).await?;
            }
        }
    }

    fn report_other(&self, live: &Generation) {
        match &live.error {
            None => self.reporter.reached(live.position, live.version),
            Some(reason) => {
                let (name, reason) = (live.name.clone(), reason.clone());
                let error = ProjectionError::Stopped { name, position: live.position, reason };
                self.reporter.failed(&error);
            }
        }
    }

    pub(super) async fn claim_live(&self) -> Result<Generation, ProjectionError> {
        let taken_over = || ProjectionError::TakenOver { name: M::NAME.to_owned() };
        let live = match self.catalog.live(M::NAME).await? {
            Some(live) => live,
            None => self.catalog.create::<M>(State::Live, true).await?.ok_or_else(taken_over)?,
        };
        self.catalog.claim(&live).await?.ok_or_else(taken_over)
    }

    /// Drops what earlier runs left: half-built and replaced generations. On PostgreSQL another
    /// process may be building one, so only those go that have stood still for long.
    async fn clean_up(&mut self) -> Result<(), ProjectionError> {
        let alone = self.store.dialect() == Dialect::Sqlite && self.first_lead;
        let idle = if alone { Duration::ZERO } else { ABANDONED_AFTER };
        for generation in self.catalog.abandoned(M::NAME, idle).await? {
            self.catalog.discard(&generation, self.settings.slice_rows_max).await?;
        }
        self.first_lead = false;
        Ok(())
    }

    async fn rebuild_beside_leader(&mut self) -> Result<(), ProjectionError> {
        let next = build::<M>(&self.store, &self.settings, true).await?;
        self.switch(next).await.map(drop)
    }

    /// Stands still until it is stopped or asked to rebuild; keeps the lease while it may.
    async fn park(&mut self, error: &ProjectionError) {
        if let ProjectionError::Stopped { reason, .. } = error
            && let Ok(Some(live)) = self.catalog.live(M::NAME).await
            && let Err(failed) = self.catalog.note_error(&live, reason).await
        {
            tracing::warn!(model = M::NAME, error = %failed, "the reason was not noted");
        }
        loop {
            let request = tokio::select! {
                request = self.requests.recv() => request,
                _ = stopped(&mut self.stop) => return,
                () = tokio::time::sleep(self.settings.lease_renew()) => {
                    if !matches!(self.leadership.hold().await, Ok(true)) {
                        return;
                    }
                    continue;
                }
            };
            if let Some(waiting) = request {
                self.start_build(waiting);
            }
            return;
        }
    }

    /// Starts a build beside following; a second request waits for the same build.
    pub(super) fn start_build(&mut self, waiting: Rebuilt) {
        if let Some(building) = &mut self.building {
            building.waiting.push(waiting);
            return;
        }
        let (store, settings) = (self.store.clone(), self.settings.clone());
        let done = tokio::spawn(async move { build::<M>(&store, &settings, true).await });
        self.building = Some(Building { done, waiting: vec![waiting] });
    }

    /// Sleeps, unless it is stopped meanwhile.
    pub(super) async fn pause(&mut self, time: Duration) -> Result<(), ProjectionError> {
        match tokio::time::timeout(time, stopped(&mut self.stop)).await {
            Err(_) => Ok(()),
            Ok(stopping) => Err(stopping),
        }
    }
}

/// Ends when the read models are to stop, or when nobody is left who could say so.
pub(super) async fn stopped(stop: &mut watch::Receiver<bool>) -> ProjectionError {
    let _told_or_left = stop.wait_for(|stop| *stop).await.map(drop);
    ProjectionError::Stopping
}
