//! Follows the log: reads the next page while this one is written, then rests until more comes.

use std::convert::Infallible;
use std::time::{Duration, Instant};

use casebook_store::{Dialect, Log, Page, StoreError};
use tokio::sync::watch;

use super::build::filter;
use super::rebuild::Building;
use super::task::{Task, stopped};
use super::trace::Folding;
use crate::ProjectionError;
use crate::catalog::Generation;
use crate::read_model::{Pace, ReadModel};

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
        self.reporter.reached(reached, &live, true);
        loop {
            if !self.leadership.hold().await? {
                return Err(ProjectionError::TakenOver { name: M::NAME.to_owned() });
            }
            (live, reached) = self.serve_requests(live, reached, &mut ahead).await?;
            let end = *head.borrow_and_update();
            if ahead.is_none() && self.is_near(end, reached) {
                let begun = Instant::now();
                if let Some(near) = self.follow_closely(&mut live, reached).await? {
                    reached = near;
                    self.reporter.reached(reached, &live, true);
                    self.breathe(begun, reached).await?;
                    continue;
                }
            }
            // What comes nevertheless was written in this very moment.
            let is_at_end = ahead.is_none() && end <= reached;
            let limit = self.page_limit(end, reached);
            let page = match ahead.take() {
                Some(page) => page,
                None => self.read(reached, limit).await?,
            };
            if page.reached <= reached {
                self.settle(&mut live, reached).await?;
                self.tidy().await?;
                self.rest(&mut head, reached).await?;
                continue;
            }
            let begun = Instant::now();
            let full = page.events.len() >= limit;
            let folding = is_at_end.then(|| Folding::begin_read(M::NAME, &page.events));
            let advance = self.advance(&mut live, page, full.then_some(limit)).await;
            if let Some(folding) = folding {
                folding.end(&advance);
            }
            (reached, ahead) = advance?;
            self.reporter.reached(reached, &live, true);
            if !full {
                self.breathe(begun, reached).await?;
            }
        }
    }

    /// Whether something follows, and little enough to take it from what all readers share.
    fn is_near(&self, head: u64, reached: u64) -> bool {
        (1..=self.settings.live_batch_events as u64).contains(&head.saturating_sub(reached))
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

    /// Folds what the readers of this process share of the end of the log; `None` when what is
    /// next is no longer among it.
    async fn follow_closely(
        &mut self,
        live: &mut Generation,
        reached: u64,
    ) -> Result<Option<u64>, ProjectionError> {
        let limit = self.settings.live_batch_events;
        let Some(near) = self.window.after::<M>(reached, limit, self.applier.skips()).await? else {
            return Ok(None);
        };
        let folding = Folding::begin(M::NAME, &near.events);
        let advance = self.applier.fold::<M, _>(live, near).await;
        folding.end(&advance);
        let advance = advance?;
        self.settle_shared(live, advance.reached).await?;
        Ok(Some(advance.reached))
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
        self.settle_shared(live, advance.reached).await?;
        Ok((advance.reached, ahead?))
    }

    /// Other processes see how far this one came by the checkpoint alone.
    async fn settle_shared(
        &mut self,
        live: &mut Generation,
        reached: u64,
    ) -> Result<(), ProjectionError> {
        let shared = self.store.dialect() == Dialect::Postgres;
        if shared || reached.saturating_sub(live.position) > SETTLE_AFTER {
            self.applier.settle::<M>(live, reached).await?;
        }
        Ok(())
    }

    async fn settle(&mut self, live: &mut Generation, reached: u64) -> Result<(), ProjectionError> {
        if self.store.dialect() == Dialect::Postgres {
            self.applier.settle::<M>(live, reached).await?;
        }
        Ok(())
    }

    /// Under load, many small writes would cost the appends more than the rows are worth; what
    /// comes after a time of rest is shown at once, and so is what somebody waits for.
    async fn breathe(&mut self, begun: Instant, reached: u64) -> Result<(), ProjectionError> {
        let left = self.settings.coalesce(M::PACE).saturating_sub(begun.elapsed());
        let wanted = async {
            if M::PACE == Pace::Prompt || self.wanted.wait_for(|at| *at > reached).await.is_err() {
                std::future::pending::<()>().await;
            }
        };
        tokio::select! {
            stopping = stopped(&mut self.stop) => Err(stopping),
            () = tokio::time::sleep(left) => Ok(()),
            () = wanted => Ok(()),
        }
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
        *ahead = None;
        let mut live = live;
        self.applier.settle::<M>(&mut live, reached).await?;
        if !self.finish_build().await {
            return Ok((live, reached));
        }
        let live = self.claim_live().await?;
        let reached = live.position;
        Ok((live, reached))
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
                    self.reporter.reached(next.position, &next, self.leadership.is_held());
                    self.discard(&replaced).await?;
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
pub(super) async fn finished(building: Option<&Building>) {
    let Some(building) = building else { return std::future::pending().await };
    while !building.done.is_finished() {
        tokio::time::sleep(BUILD_LOOK).await;
    }
}

async fn read<M: ReadModel>(log: &Log, after: u64, limit: usize) -> Result<Page, StoreError> {
    log.read(after, &filter::<M>(), limit).await
}
