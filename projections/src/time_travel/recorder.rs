//! Stores a set of rows every so many events.

use std::time::Duration;

use casebook_store::Store;
use tokio::sync::watch;

use super::AsOf;
use super::sets::Sets;
use crate::runner::{Leadership, Progress, RowSet, pause, stopped};
use crate::tickets::Tickets;
use crate::{ProjectionError, ProjectionSettings, TenantScope};

/// Follows the queue, and stores its open tickets as of every so many events. It comes behind the
/// live read model, so that it never competes with it, and begins at the log's beginning where
/// nothing is stored yet.
pub(crate) struct Recorder {
    store: Store,
    settings: ProjectionSettings,
    sets: Sets,
    leadership: Leadership,
    /// How far the live queue has come.
    live: watch::Receiver<Progress>,
    stop: watch::Receiver<bool>,
    prepared: bool,
}

impl Recorder {
    pub fn new(
        store: &Store,
        settings: &ProjectionSettings,
        live: watch::Receiver<Progress>,
        stop: watch::Receiver<bool>,
    ) -> Self {
        Self {
            sets: Sets::new(store.db().clone()),
            leadership: Leadership::new("row_sets", store, settings),
            store: store.clone(),
            settings: settings.clone(),
            live,
            stop,
            prepared: false,
        }
    }

    /// Runs until it is stopped.
    pub async fn run(mut self) {
        if self.settings.row_set_events == 0 {
            return;
        }
        loop {
            match self.step().await {
                Ok(()) => {}
                Err(ProjectionError::Stopping) => break,
                Err(error) => {
                    tracing::warn!(%error, "no row set was stored; it is tried again");
                    let rest = Duration::from_millis(self.settings.retry_ms_max);
                    if pause(&mut self.stop, rest).await.is_err() {
                        break;
                    }
                }
            }
        }
        self.leadership.release().await;
    }

    /// Stores the next set, or waits for its time.
    async fn step(&mut self) -> Result<(), ProjectionError> {
        let renew = self.settings.lease_renew();
        if !self.leadership.hold().await? {
            return pause(&mut self.stop, renew).await;
        }
        if !self.prepared {
            self.sets.prepare().await?;
            self.prepared = true;
        }
        let last = self.sets.newest(u64::MAX).await?;
        let due = last.position + self.settings.row_set_events.max(last.rows);
        let lease_due = tokio::time::Instant::now() + renew;
        while self.live.borrow_and_update().position < due {
            tokio::select! {
                changed = self.live.changed() => changed.map_err(|_| ProjectionError::Stopping)?,
                stopping = stopped(&mut self.stop) => return Err(stopping),
                () = tokio::time::sleep_until(lease_due) => return Ok(()),
            }
        }
        if *self.stop.borrow() {
            return Err(ProjectionError::Stopping);
        }
        let as_of = AsOf::new(&self.store, TenantScope::default(), due).await?;
        let stored = self.sets.load(last, None).await?;
        if stored.len() as u64 != last.rows {
            let (position, found) = (last.position, stored.len());
            tracing::warn!(position, found, rows = last.rows, "a row set is not whole; made again");
            return self.sets.forget_behind(&self.leadership, last.position - 1).await;
        }
        let mut rows = RowSet::<Tickets>::default();
        for row in stored {
            rows.insert(row);
        }
        let forward = as_of.forward(rows, last.position, true);
        let rows = self.leadership.during(forward).await??.into_rows();
        self.sets.store(&self.leadership, (last, due), &rows).await?;
        tracing::debug!(position = due, rows = rows.len(), "a row set is stored");
        Ok(())
    }
}
