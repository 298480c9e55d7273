//! Follows the log: reads the next page while this one is written, then rests until more comes.

use std::convert::Infallible;
use std::time::{Duration, Instant};

use casebook_store::{Dialect, Log, Page, StoreError};
use tokio::sync::watch;

use super::build::filter;
use super::task::{Building, Task, stopped};
use crate::ProjectionError;
use crate::catalog::Generation;
use crate::read_model::ReadModel;

/// Positions that a checkpoint may stay behind on SQLite while nothing is of interest.
const SETTLE_AFTER: u64 = 10_000;
/// Tries to switch while another process writes the old generation, and the pause between them.
const SWITCH_TRIES: usize = 20;
const SWITCH_PAUSE: Duration = Duration::from_millis(15);

/// Pause between two looks whether a build has ended.
const BUILD_LOOK: Duration = Duration::from_millis(5);

impl<M: ReadModel> Task<M> {
    /// Follows the log from the generation's checkpoint; ends only by an error.
    pub(super) async fn follow(
        &mut self,
        mut live: Generation,
    ) -> Result<Infallible, ProjectionError> {
        let mut head = self.store.log().head();
        let mut reached = live.position;
        let mut ahead: Option<Page> = None;
        self.reporter.reached(reached, live.version);
        loop {
            if !self.leadership.hold().await? {
                return Err(ProjectionError::TakenOver { name: M::NAME.to_owned() });
            }
            (live, reached) = self.serve_requests(live, reached, &mut ahead).await?;
            let limit = self.page_limit(*head.borrow_and_update(), reached);
            let page = match ahead.take() {
                Some(page) => page,
                None => self.read(reached, limit).await?,
            };
            if page.reached <= reached {
                self.settle(&mut live, reached).await?;
                self.rest(&mut head, reached).await?;
                continue;
            }
            let begun = Instant::now();
            let full = page.events.len() >= limit;
            (reached, ahead) = self.advance(&mut live, page, full.then_some(limit)).await?;
            self.reporter.reached(reached, live.version);
            if !full {
                self.breathe(begun).await?;
            }
        }
    }

    fn page_limit(&self, head: u64, reached: u64) -> usize {
        let behind = usize::try_from(head.saturating_sub(reached)).unwrap_or(usize::MAX);
        if behind > self.settings.live_batch_events {
            self.settings.catch_up_batch_events
        } else {
            self.settings.live_batch_events
        }
    }

    async fn read(&self, after: u64, limit: usize) -> Result<Page, ProjectionError> {
        Ok(read::<M>(self.store.log(), after, limit).await?)
    }

    /// Folds a page; where it was full, the next one is read meanwhile.
    async fn advance(
        &mut self,
        live: &mut Generation,
        page: Page,
        next: Option<usize>,
    ) -> Result<(u64, Option<Page>), ProjectionError> {
        let (log, after) = (self.store.log().clone(), page.reached);
        let read_next = async {
            match next {
                Some(limit) => read::<M>(&log, after, limit).await.map(Some),
                None => Ok(None),
            }
        };
        let (advance, ahead) = tokio::join!(self.applier.apply::<M>(live, page), read_next);
        let advance = advance?;
        // Other processes see how far this one came by the checkpoint alone.
        let shared = self.store.dialect() == Dialect::Postgres;
        if shared || advance.reached.saturating_sub(live.position) > SETTLE_AFTER {
            self.applier.settle::<M>(live, advance.reached).await?;
        }
        Ok((advance.reached, ahead?))
    }

    async fn settle(&mut self, live: &mut Generation, reached: u64) -> Result<(), ProjectionError> {
        if self.store.dialect() == Dialect::Postgres {
            self.applier.settle::<M>(live, reached).await?;
        }
        Ok(())
    }

    /// Under load, many small writes would cost the appends more than the rows are worth; what
    /// comes after a time of rest is shown at once.
    async fn breathe(&mut self, begun: Instant) -> Result<(), ProjectionError> {
        let left = self.settings.coalesce().saturating_sub(begun.elapsed());
        if !left.is_zero() {
            self.pause(left).await?;
        }
        Ok(())
    }

    /// Rests until the log grows, something is asked, or the lease is due.
    async fn rest(
        &mut self,
        head: &mut watch::Receiver<u64>,
        reached: u64,
    ) -> Result<(), ProjectionError> {
        let request = tokio::select! {
            grown = grown_beyond(head, reached) => return grown,
            stopping = stopped(&mut self.stop) => return Err(stopping),
            () = finished(self.building.as_ref()) => return Ok(()),
            () = tokio::time::sleep(self.settings.lease_renew()) => return Ok(()),
            request = self.requests.recv() => request,
        };
        self.start_build(request.ok_or(ProjectionError::Stopping)?);
        Ok(())
    }

    /// Takes new requests to rebuild, and switches to a generation that is built.
    async fn serve_requests(
        &mut self,
        live: Generation,
        reached: u64,
        ahead: &mut Option<Page>,
    ) -> Result<(Generation, u64), ProjectionError> {
        if *self.stop.borrow() {
            let mut live = live;
            self.applier.settle::<M>(&mut live, reached).await?;
            return Err(ProjectionError::Stopping);
        }
        while let Ok(waiting) = self.requests.try_recv() {
            self.start_build(waiting);
        }
        if !self.building.as_ref().is_some_and(|building| building.done.is_finished()) {
            return Ok((live, reached));
        }
        let Some(Building { done, waiting }) = self.building.take() else {
            return Ok((live, reached));
        };
        *ahead = None;
        let mut live = live;
        self.applier.settle::<M>(&mut live, reached).await?;
        let switched = match done.await {
            Ok(Ok(next)) => self.switch(next).await,
            Ok(Err(error)) => Err(error),
            Err(_) => Err(ProjectionError::Stopping),
        };
        let answer = switched.as_ref().map(drop).map_err(Clone::clone);
        for waiting in waiting {
            // Nobody may be waiting any more.
            let _gone = waiting.send(answer.clone());
        }
        match switched {
            Ok(next) => Ok((next.clone(), next.position)),
            // A failed build leaves what queries see as it was.
            Err(error @ (ProjectionError::TakenOver { .. } | ProjectionError::Stopping)) => {
                Err(error)
            }
            Err(error) => {
                tracing::warn!(model = M::NAME, %error, "a rebuild failed");
                Ok((live, reached))
            }
        }
    }

    /// Lets queries see `next`, once it is as far as what they see now, and drops the latter.
    /// Another process may go on with the old one meanwhile; then it is tried again.
    pub(super) async fn switch(
        &mut self,
        mut next: Generation,
    ) -> Result<Generation, ProjectionError> {
        let mut tries = SWITCH_TRIES;
        loop {
            tries -= 1;
            match self.try_switch(&mut next).await {
                Err(ProjectionError::TakenOver { .. }) if tries > 0 => {
                    self.pause(SWITCH_PAUSE).await?;
                }
                Err(error) => return Err(error),
                Ok(replaced) => {
                    self.reporter.reached(next.position, next.version);
                    self.catalog.discard(&replaced, self.settings.slice_rows_max).await?;
                    return Ok(next);
                }
            }
        }
    }

    async fn try_switch(&mut self, next: &mut Generation) -> Result<Generation, ProjectionError> {
        // From here on every other writer of the old generation is refused, so it stands still.
        let live = self.claim_live().await?;
        while next.position < live.position {
            let page = self.read(next.position, self.settings.catch_up_batch_events).await?;
            let reached = self.applier.apply::<M>(next, page).await?.reached;
            self.applier.settle::<M>(next, reached).await?;
        }
        if self.catalog.switch::<M>(&live, next).await? {
            Ok(live)
        } else {
            Err(ProjectionError::TakenOver { name: M::NAME.to_owned() })
        }
    }
}

async fn grown_beyond(
    head: &mut watch::Receiver<u64>,
    reached: u64,
) -> Result<(), ProjectionError> {
    // The sender goes when the store does.
    head.wait_for(|head| *head > reached).await.map_err(|_| ProjectionError::Stopping).map(drop)
}

/// Ends when a build has ended; never without one.
async fn finished(building: Option<&Building>) {
    let Some(building) = building else { return std::future::pending().await };
    while !building.done.is_finished() {
        tokio::time::sleep(BUILD_LOOK).await;
    }
}

async fn read<M: ReadModel>(log: &Log, after: u64, limit: usize) -> Result<Page, StoreError> {
    log.read(after, &filter::<M>(), limit).await
}
