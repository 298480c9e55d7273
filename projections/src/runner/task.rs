//! The life of one read model in one process: lead or wait, follow the log, rebuild when asked.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::{Duration, Instant};

use casebook_store::{Dialect, Store};
use tokio::sync::{mpsc, oneshot, watch};

use super::apply::Applier;
use super::build::build;
use super::follow::finished;
use super::lead::Leadership;
use super::progress::Reporter;
use super::rebuild::{Building, Built, Rebuild};
use super::report::RebuildReport;
use super::skips::Skips;
use super::slices::Slices;
use super::tidying::Tidying;
use super::window::Window;
use crate::catalog::{Catalog, Generation, State};
use crate::read_model::ReadModel;
use crate::{ProjectionError, ProjectionSettings, views};

/// Pause after the first failure; it doubles up to the setting's limit.
const RETRY_FIRST: Duration = Duration::from_millis(50);
/// Pause between two looks at what another process has written.
const WATCH_OTHERS: Duration = Duration::from_millis(100);

/// Time without growth after which a half-built generation of another process is given up.
const ABANDONED_AFTER: Duration = Duration::from_secs(300);

/// Answer to a request to rebuild.
pub(crate) type Rebuilt = oneshot::Sender<Result<RebuildReport, ProjectionError>>;

/// What is asked of a read model.
pub(crate) struct Asked {
    /// To be rebuilt.
    pub requests: mpsc::Receiver<Rebuilt>,
    /// To show a position.
    pub wanted: watch::Receiver<u64>,
}

/// Everything that one read model's task needs.
pub(crate) struct Task<M: ReadModel> {
    pub(super) store: Store,
    pub(super) settings: ProjectionSettings,
    pub(super) catalog: Catalog,
    pub(super) applier: Applier,
    pub(super) leadership: Leadership,
    pub(super) reporter: Reporter,
    pub(super) requests: mpsc::Receiver<Rebuilt>,
    /// The last position that somebody waits for.
    pub(super) wanted: watch::Receiver<u64>,
    /// The end of the log, read once for all read models of this process.
    pub(super) window: Arc<Window>,
    pub(super) stop: watch::Receiver<bool>,
    /// A build that runs beside following, and who waits for it.
    pub(super) building: Option<Building>,
    first_lead: bool,
    tidying: Tidying,
    pub(super) model: std::marker::PhantomData<M>,
}

impl<M: ReadModel> Task<M> {
    pub fn new(
        store: Store,
        settings: ProjectionSettings,
        reporter: Reporter,
        asked: Asked,
        window: Arc<Window>,
        stop: watch::Receiver<bool>,
    ) -> Self {
        let Asked { requests, wanted } = asked;
        let slices = Slices::new(store.db().clone(), &settings);
        Self {
            catalog: Catalog::new(store.db().clone()),
            applier: Applier::new(store.db().clone(), slices),
            leadership: Leadership::new(M::NAME, &store, &settings),
            store,
            settings,
            reporter,
            requests,
            wanted,
            window,
            stop,
            building: None,
            first_lead: true,
            tidying: Tidying::default(),
            model: std::marker::PhantomData,
        }
    }

    /// Runs until it is stopped.
    pub async fn run(mut self) {
        let mut pause = RETRY_FIRST;
        loop {
            let begun = Instant::now();
            let Err(error) = self.lead().await;
            match &error {
                ProjectionError::Stopping => break,
                ProjectionError::TakenOver { .. } => {}
                ProjectionError::Stopped { .. } => {
                    tracing::error!(model = M::NAME, %error, "a read model stands still");
                    // Before anybody hears of it and may move it.
                    let stuck = self.catalog.live(M::NAME).await.ok().flatten();
                    self.reporter.failed(&error);
                    self.park(&error, stuck).await;
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
        self.applier.pass_over(Skips::load(self.store.log()).await?);
        let live = self.claim_live().await?;
        self.reporter.shows(&live);
        self.clean_up().await?;
        let head = self.store.log().last_position().await?;
        let far = live.version == M::VERSION
            && live.position == 0
            && head > self.settings.build_from_events;
        let live = if live.version != M::VERSION || far {
            let build = build::<M>(&self.store, &self.settings, &self.reporter, false);
            let built = self.leadership.during(build).await;
            self.reporter.built();
            match built? {
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
                while let Ok(waiting) = self.requests.try_recv() {
                    self.start_build(waiting);
                }
                self.finish_build().await;
                self.pause(WATCH_OTHERS).await?;
            }
        }
    }

    fn report_other(&self, live: &Generation) {
        match &live.error {
            None => self.reporter.reached(live.position, live, false),
            Some(reason) => self.reporter.stands_still(live, reason),
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
            self.discard(&generation).await?;
        }
        self.first_lead = false;
        Ok(())
    }

    /// Drops a generation; where somebody still reads it, later.
    pub(super) async fn discard(&mut self, of: &Generation) -> Result<(), ProjectionError> {
        if !self.catalog.discard(of, self.settings.slice_rows_max).await? {
            self.tidying.put_off(self.settings.lease_renew());
        }
        Ok(())
    }

    /// Tries again to drop what was still in use, when that is due; views that still show it are
    /// moved first.
    pub(super) async fn tidy(&mut self) -> Result<(), ProjectionError> {
        if self.tidying.is_due() {
            views::define(self.store.db()).await;
            self.clean_up().await?;
        }
        Ok(())
    }

    /// Stands still until it is stopped, other rows are live or somebody got further with these, or
    /// an operator decided to pass over the event. Others may lead meanwhile: a newer program may
    /// know the event; one like this stands still as well.
    async fn park(&mut self, error: &ProjectionError, stuck: Option<Generation>) {
        if let ProjectionError::Stopped { reason, .. } = error
            && let Some(stuck) = &stuck
            && let Err(failed) = self.catalog.note_error(stuck, reason).await
        {
            tracing::warn!(model = M::NAME, error = %failed, "the reason was not noted");
        }
        self.leadership.release().await;
        loop {
            if self.is_passed_over(error).await {
                tracing::info!(model = M::NAME, "an event is passed over");
                return;
            }
            let request = tokio::select! {
                request = self.requests.recv() => request,
                _ = stopped(&mut self.stop) => return,
                () = finished(self.building.as_ref()) => {
                    if self.finish_build().await {
                        return;
                    }
                    continue;
                }
                () = tokio::time::sleep(self.settings.lease_renew()) => {
                    let live = self.catalog.live(M::NAME).await.ok().flatten();
                    let place = |of: &Generation| (of.generation, of.position);
                    if live.is_some() && live.as_ref().map(place) != stuck.as_ref().map(place) {
                        return;
                    }
                    continue;
                }
            };
            match request {
                Some(waiting) => self.start_build(waiting),
                None => return,
            }
        }
    }

    /// Whether an operator decided to pass over the event that stands in the way.
    async fn is_passed_over(&self, error: &ProjectionError) -> bool {
        let ProjectionError::Stopped { position, .. } = error else { return false };
        match Skips::load(self.store.log()).await {
            Ok(skips) => skips.has(position + 1, M::NAME),
            Err(error) => {
                tracing::warn!(model = M::NAME, %error, "skips were not read");
                false
            }
        }
    }

    /// Starts a build beside following; a second request waits for the same build.
    pub(super) fn start_build(&mut self, waiting: Rebuilt) {
        if let Some(building) = &mut self.building {
            building.waiting.push(waiting);
            return;
        }
        let (store, settings) = (self.store.clone(), self.settings.clone());
        let rebuild = Rebuild { store, settings, reporter: self.reporter.clone() };
        let done = tokio::spawn(rebuild.run::<M>());
        self.building = Some(Building { done, waiting: vec![waiting] });
    }

    /// Switches to a generation that is built, if one is, and answers who waits; says whether
    /// queries see it now. A failed build leaves what they see as it was.
    pub(super) async fn finish_build(&mut self) -> bool {
        if !self.building.as_ref().is_some_and(|building| building.done.is_finished()) {
            return false;
        }
        let Some(Building { done, waiting }) = self.building.take() else { return false };
        let outcome = match done.await {
            Ok(Ok(built)) => self.put_in_place(built).await,
            Ok(Err(error)) => Err(error),
            Err(_) => Err(ProjectionError::Stopping),
        };
        if let Err(error) = &outcome {
            tracing::warn!(model = M::NAME, %error, "a rebuild failed");
        }
        self.reporter.rebuilt(&outcome);
        let switched = outcome.is_ok();
        for waiting in waiting {
            // Nobody may be waiting any more.
            let _gone = waiting.send(outcome.clone());
        }
        switched
    }

    async fn put_in_place(&mut self, built: Built) -> Result<RebuildReport, ProjectionError> {
        let Built { next, mut report, begun } = built;
        if let Some(live) = self.catalog.live(M::NAME).await? {
            report.version_before = live.version;
        }
        self.applier.pass_over(Skips::load(self.store.log()).await?);
        let generation = next.generation;
        report.position = match self.switch(next).await {
            Ok(next) => next.position,
            Err(error) => {
                self.give_up(generation).await;
                return Err(error);
            }
        };
        report.took_ms = u64::try_from(begun.elapsed().as_millis()).unwrap_or(u64::MAX);
        Ok(report)
    }

    /// Drops a generation that was built and not put in place.
    async fn give_up(&mut self, generation: u64) {
        let unused = |of: &Generation| of.generation == generation && of.state == State::Building;
        let dropped = match self.catalog.generations(M::NAME).await {
            Ok(all) => match all.into_iter().find(unused) {
                Some(unused) => self.discard(&unused).await,
                None => Ok(()),
            },
            Err(error) => Err(error.into()),
        };
        if let Err(error) = dropped {
            // It goes at the next start, or once it has stood still for long.
            tracing::warn!(model = M::NAME, %error, "a built table is left");
        }
    }

    /// Sleeps, unless it is stopped meanwhile.
    pub(super) async fn pause(&mut self, time: Duration) -> Result<(), ProjectionError> {
        pause(&mut self.stop, time).await
    }
}

/// Sleeps, unless it is stopped meanwhile.
pub(crate) async fn pause(
    stop: &mut watch::Receiver<bool>,
    time: Duration,
) -> Result<(), ProjectionError> {
    match tokio::time::timeout(time, stopped(stop)).await {
        Err(_) => Ok(()),
        Ok(stopping) => Err(stopping),
    }
}

/// Ends when the read models are to stop, or when nobody is left who could say so.
pub(crate) async fn stopped(stop: &mut watch::Receiver<bool>) -> ProjectionError {
    let _told_or_left = stop.wait_for(|stop| *stop).await.map(drop);
    ProjectionError::Stopping
}
