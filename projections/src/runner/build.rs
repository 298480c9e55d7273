//! Builds a generation from zero: folds in memory, writes sorted rows, makes indexes last.

use std::collections::HashSet;
use std::hash::{BuildHasher, RandomState};
use std::time::{Duration, Instant};

use casebook_domain::event::Event;
use casebook_store::{Dialect, Filter, Page, Store, StoreError};
use tokio::sync::mpsc;
use tokio::task::JoinHandle;

use super::decode::{decode, off_thread};
use super::progress::{BuildPhase, Reporter};
use super::rows::{RowSet, touched};
use super::skips::Skips;
use super::slices::Slices;
use crate::catalog::{Catalog, Generation, State};
use crate::read_model::{ReadModel, RowKey};
use crate::{ProjectionError, ProjectionSettings, Recorded};

/// Pause between two signs that a build goes on, while few rows come of much.
const TOUCH_AFTER: Duration = Duration::from_secs(30);

/// Which events a read model reads.
pub(crate) fn filter<M: ReadModel>() -> Filter {
    let event_types = M::EVENTS.iter().map(|&name| name.to_owned()).collect();
    Filter { event_types, ..Filter::default() }
}

/// Builds the next generation up to the end of the log as it stands at the start. `in_use` says
/// that appends are served meanwhile: then no index is made in one go on the writer of SQLite.
pub(crate) async fn build<M: ReadModel>(
    store: &Store,
    settings: &ProjectionSettings,
    reporter: &Reporter,
    in_use: bool,
) -> Result<Generation, ProjectionError> {
    let catalog = Catalog::new(store.db().clone());
    let indexes_first = in_use && store.dialect() == Dialect::Sqlite;
    let Some(made) = catalog.create::<M>(State::Building, indexes_first).await? else {
        return Err(ProjectionError::TakenOver { name: M::NAME.to_owned() });
    };
    let built = Builder::<M>::new((store, settings, reporter), made.clone()).run().await;
    match built {
        Ok(built) => {
            if !indexes_first {
                catalog.create_indexes::<M>(&built).await?;
            }
            Ok(built)
        }
        Err(error) => {
            // A leftover is dropped at the next start, too.
            if let Err(failed) = catalog.discard(&made, settings.slice_rows_max).await {
                tracing::warn!(model = M::NAME, error = %failed, "a half-built table is left");
            }
            Err(error)
        }
    }
}

struct Builder<'a, M: ReadModel> {
    store: &'a Store,
    settings: &'a ProjectionSettings,
    reporter: &'a Reporter,
    begun: Instant,
    skips: Skips,
    made: Generation,
    writer: Writer,
    rows: RowSet<M>,
    /// Hashes of the keys of rows that were written and let go. Two keys with one hash cost a
    /// needless look into the table, nothing else.
    written: HashSet<u64>,
    hasher: RandomState,
}

/// Writes rows while the next page is folded.
enum Writer {
    Idle(Slices),
    Writing(JoinHandle<Result<Slices, ProjectionError>>),
    Failed,
}

impl Writer {
    /// Waits until everything given is written.
    async fn finish(&mut self) -> Result<Slices, ProjectionError> {
        match std::mem::replace(self, Self::Failed) {
            Self::Idle(slices) => Ok(slices),
            Self::Writing(task) => task.await.unwrap_or(Err(ProjectionError::Stopping)),
            Self::Failed => Err(ProjectionError::Stopping),
        }
    }
}

impl<'a, M: ReadModel> Builder<'a, M> {
    fn new(with: (&'a Store, &'a ProjectionSettings, &'a Reporter), made: Generation) -> Self {
        let (store, settings, reporter) = with;
        Self {
            store,
            settings,
            reporter,
            begun: Instant::now(),
            skips: Skips::default(),
            made,
            writer: Writer::Idle(Slices::new(store.db().clone(), settings)),
            rows: RowSet::default(),
            written: HashSet::new(),
            hasher: RandomState::new(),
        }
    }

    async fn run(mut self) -> Result<Generation, ProjectionError> {
        let target = self.store.log().last_position().await?;
        self.skips = Skips::load(self.store.log()).await?;
        let mut reached = 0;
        let mut touched = Instant::now();
        let mut pages = read_ahead::<M>(self.store, self.settings);
        while reached < target {
            let Some(page) = pages.recv().await else { return Err(ProjectionError::Stopping) };
            reached = self.fold(page?).await?;
            if touched.elapsed() > TOUCH_AFTER {
                Catalog::new(self.store.db().clone()).touch(&self.made).await?;
                touched = Instant::now();
            }
            let rows = self.written.len() as u64;
            self.reporter.builds(BuildPhase::Folding, (reached, target), rows, self.begun);
        }
        self.flush().await?;
        let mut slices = self.writer.finish().await?;
        slices.write::<M::Row>(&mut self.made, Vec::new(), reached).await?;
        Ok(self.made)
    }

    async fn fold(&mut self, page: Page) -> Result<u64, ProjectionError> {
        let (count, skips) = (page.events.len(), self.skips.clone());
        let decoded = off_thread(count, move || decode(page, &skips, M::NAME)).await?;
        if let Some(reason) = decoded.unreadable {
            let (name, position) = (M::NAME.to_owned(), decoded.reached);
            return Err(ProjectionError::Stopped { name, position, reason });
        }
        let known = self.written_keys(&decoded.events);
        if !known.is_empty() {
            self.writer = Writer::Idle(self.writer.finish().await?);
            self.rows.load(self.store.db(), &self.made.table, known).await?;
        }
        let mut rows = std::mem::take(&mut self.rows);
        let count = decoded.events.len();
        let work = move || {
            rows.fold(&decoded.events, usize::MAX);
            rows
        };
        self.rows = off_thread(count, work).await?;
        if self.rows.len() >= self.settings.build_rows_max {
            self.flush().await?;
        }
        Ok(decoded.reached)
    }

    /// Keys that the events touch and whose rows are in the table already.
    fn written_keys(&self, events: &[Recorded<Event>]) -> HashSet<RowKey> {
        if self.written.is_empty() {
            return HashSet::new();
        }
        let written = |key: &RowKey| {
            !self.rows.holds(key) && self.written.contains(&self.hasher.hash_one(key))
        };
        events.iter().flat_map(touched::<M>).filter(written).collect()
    }

    /// Hands all rows to the writer, once it is done with those before.
    async fn flush(&mut self) -> Result<(), ProjectionError> {
        let mut slices = self.writer.finish().await?;
        let rows = std::mem::take(&mut self.rows);
        self.written.extend(rows.keys().map(|key| self.hasher.hash_one(key)));
        let made = self.made.clone();
        self.writer = Writer::Writing(tokio::spawn(async move {
            let values = off_thread(rows.len(), move || rows.into_values()).await?;
            slices.write_hidden::<M::Row>(&made, values).await?;
            Ok(slices)
        }));
        Ok(())
    }
}

/// Reads pages from the beginning of the log, one ahead of the reader.
fn read_ahead<M: ReadModel>(
    store: &Store,
    settings: &ProjectionSettings,
) -> mpsc::Receiver<Result<Page, StoreError>> {
    let (sender, receiver) = mpsc::channel(1);
    let (log, limit) = (store.log().clone(), settings.catch_up_batch_events);
    tokio::spawn(async move {
        let filter = filter::<M>();
        let mut after = 0;
        loop {
            let page = log.read(after, &filter, limit).await;
            let ended = match &page {
                Ok(page) => page.reached == after,
                Err(_) => true,
            };
            after = page.as_ref().map_or(after, |page| page.reached);
            // The reader leaves when it has what it wants.
            if sender.send(page).await.is_err() || ended {
                return;
            }
        }
    });
    receiver
}
