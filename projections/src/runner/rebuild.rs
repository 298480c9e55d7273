//! A rebuild that was asked for: the next generation is built beside the live one, compared with
//! it, and then takes its place.

use std::time::{Duration, Instant};

use casebook_store::{Log, Page, Store, StoreError};
use tokio::task::JoinHandle;

use super::apply::Applier;
use super::build::{build, filter};
use super::progress::{BuildPhase, Reporter, wait_for};
use super::report::RebuildReport;
use super::skips::Skips;
use super::slices::Slices;
use super::task::Rebuilt;
use crate::catalog::{Catalog, Generation};
use crate::read_model::ReadModel;
use crate::verify::{Comparison, Tally, part, parts};
use crate::{ProjectionError, ProjectionSettings};

/// Longest wait until the live generation is as far as the new one, so that they can be compared.
const LEVEL_WAIT: Duration = Duration::from_secs(10);

/// A generation that is ready to take the place of the live one.
pub(super) struct Built {
    pub next: Generation,
    /// What is known about it so far.
    pub report: RebuildReport,
    pub begun: Instant,
}

/// A rebuild under way, and who waits for it.
pub(super) struct Building {
    pub done: JoinHandle<Result<Built, ProjectionError>>,
    pub waiting: Vec<Rebuilt>,
}

/// What a rebuild works with.
#[derive(Clone)]
pub(super) struct Rebuild {
    pub store: Store,
    pub settings: ProjectionSettings,
    pub reporter: Reporter,
}

impl Rebuild {
    /// Builds and compares; nothing that queries see is touched.
    pub async fn run<M: ReadModel>(self) -> Result<Built, ProjectionError> {
        let begun = Instant::now();
        let built = self.build_and_compare::<M>(begun).await;
        self.reporter.built();
        built
    }

    async fn build_and_compare<M: ReadModel>(
        &self,
        begun: Instant,
    ) -> Result<Built, ProjectionError> {
        let catalog = Catalog::new(self.store.db().clone());
        let mut next = build::<M>(&self.store, &self.settings, &self.reporter, true).await?;
        let compared = self.compare::<M>(&catalog, &mut next, begun).await;
        let (comparison, rows) = match compared {
            Ok(compared) => compared,
            Err(error) => {
                // Nobody else knows of it; a leftover is dropped at the next start, too.
                if let Err(failed) = catalog.discard(&next, self.settings.slice_rows_max).await {
                    tracing::warn!(model = M::NAME, error = %failed, "a built table is left");
                }
                return Err(error);
            }
        };
        let report = RebuildReport {
            name: M::NAME,
            version_before: M::VERSION,
            version: M::VERSION,
            generation: next.generation,
            position: next.position,
            rows,
            took_ms: 0,
            comparison,
        };
        Ok(Built { next, report, begun })
    }

    /// Holds the new rows against those that queries see, part by part: a part of the old rows is
    /// read with its position, the new ones are folded on to there, and read as well. So both are
    /// as of one position, and neither queries nor the writer of the old rows wait.
    async fn compare<M: ReadModel>(
        &self,
        catalog: &Catalog,
        next: &mut Generation,
        begun: Instant,
    ) -> Result<(Option<Comparison>, u64), ProjectionError> {
        let live = catalog.live(M::NAME).await?.filter(|live| live.version == M::VERSION);
        let all_rows = count(&self.store, next).await?;
        let Some(live) = live else { return Ok((None, all_rows)) };
        // Rows of the live generation that are older than its checkpoint says cannot be compared.
        let level = wait_for(M::NAME, self.reporter.watch(), next.position, LEVEL_WAIT).await;
        if level.is_err() {
            return Ok((None, all_rows));
        }
        let mut catch_up = CatchUp::<M>::new(&self.store, &self.settings).await?;
        let mut tally = Tally::default();
        for of in parts(&self.store, next).await? {
            let old = match part::<M>(&self.store, &live, of).await {
                Ok(old) => old,
                // Another process replaced it meanwhile.
                Err(StoreError::Database(_)) => return Ok((None, all_rows)),
                Err(error) => return Err(error.into()),
            };
            catch_up.to(next, old.checkpoint()).await?;
            let new = part::<M>(&self.store, next, of).await?;
            tally.compare::<M>(next, old, new);
            let at = (next.position, next.position);
            self.reporter.builds(BuildPhase::Comparing, at, all_rows, begun);
        }
        let found = tally.finish();
        if found.differing > 0 {
            let (model, differing) = (M::NAME, found.differing);
            tracing::warn!(model, differing, "a rebuild makes other rows than queries saw");
        }
        Ok((Some(found), all_rows))
    }
}

async fn count(store: &Store, of: &Generation) -> Result<u64, StoreError> {
    let sql = format!("SELECT count(*) FROM {}", of.table);
    let rows = store.db().query(&sql, &[]).await?;
    rows.first().map_or(Ok(0), |row| row.uint(0))
}

/// Folds a generation that nobody sees up to exact positions.
struct CatchUp<M: ReadModel> {
    log: Log,
    limit: usize,
    applier: Applier,
    model: std::marker::PhantomData<M>,
}

impl<M: ReadModel> CatchUp<M> {
    async fn new(store: &Store, settings: &ProjectionSettings) -> Result<Self, StoreError> {
        let slices = Slices::new(store.db().clone(), settings);
        let mut applier = Applier::new(store.db().clone(), slices);
        applier.pass_over(Skips::load(store.log()).await?);
        let (log, limit) = (store.log().clone(), settings.catch_up_batch_events);
        Ok(Self { log, limit, applier, model: std::marker::PhantomData })
    }

    /// Folds everything at or below `position`, and nothing above it.
    async fn to(&mut self, next: &mut Generation, position: u64) -> Result<(), ProjectionError> {
        while next.position < position {
            let page = self.log.read(next.position, &filter::<M>(), self.limit).await?;
            let page = up_to(page, position);
            let reached = self.applier.apply::<M>(next, page).await?.reached;
            self.applier.settle::<M>(next, reached).await?;
        }
        Ok(())
    }
}

/// The part of a page that lies at or below a position.
pub(crate) fn up_to(mut page: Page, position: u64) -> Page {
    page.events.retain(|event| event.position <= position);
    page.reached = page.reached.min(position);
    page
}
