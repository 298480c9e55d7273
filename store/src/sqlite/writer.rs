//! The one writer of an SQLite file: a thread that owns the only connection that may write.
//!
//! It takes everything that is queued, commits it once and answers each caller. Write batches of
//! read models run between the commits of appends; only this thread moves the WAL into the file.

use std::collections::VecDeque;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use rusqlite::Connection;
use tokio::sync::{mpsc, oneshot, watch};

use super::append::{Tail, append};
use super::checkpoint::Checkpointer;
use super::connection::open_writer;
use super::error::needs_new_connection;
use super::lock::WriteLock;
use super::mark::Mark;
use super::upsert;
use crate::db::{WriteBatch, WriteOutcome};
use crate::log::gather::Gather;
use crate::log::plan::Plan;
use crate::log::queue::Queued;
use crate::log::{AppendError, advance_head};
use crate::{Clock, StoreError, StoreSettings};

/// Shortest pause between two notes of how far the log has come.
const MARK_INTERVAL: Duration = Duration::from_secs(2);

/// A batch of a read model that waits for the writer.
pub(super) struct QueuedWrite {
    pub batch: WriteBatch,
    pub answer: oneshot::Sender<Result<WriteOutcome, StoreError>>,
}

/// What the writer is asked to do.
#[expect(
    clippy::large_enum_variant,
    reason = "almost every job is an append; a box for each would only add an allocation"
)]
pub(super) enum Job {
    Append(Queued),
    Write(QueuedWrite),
    Stop(oneshot::Sender<()>),
}

impl From<Queued> for Job {
    fn from(queued: Queued) -> Self {
        Self::Append(queued)
    }
}

/// The writer's connection and what it remembers.
pub(super) struct Writer {
    path: PathBuf,
    conn: Connection,
    /// Whether commits on the connection are safe on disk when they answer.
    synced: bool,
    tail: Tail,
    gather: Gather,
    checkpointer: Checkpointer,
    mark: Mark,
    marked_at: Instant,
    settings: StoreSettings,
    clock: Arc<dyn Clock>,
    head: watch::Sender<u64>,
    _lock: WriteLock,
}

/// Jobs that were taken out of the queue and not done yet.
#[derive(Default)]
struct Taken {
    appends: Vec<Queued>,
    writes: VecDeque<QueuedWrite>,
    stops: Vec<oneshot::Sender<()>>,
}

impl Writer {
    /// Takes over a migrated database. The lock is held until the writer ends.
    pub fn new(
        path: PathBuf,
        conn: Connection,
        lock: WriteLock,
        mark: Mark,
        (settings, clock): (StoreSettings, Arc<dyn Clock>),
    ) -> Result<Self, StoreError> {
        let tail = Tail::load(&conn, settings.cache_versions_max)?;
        let head = watch::Sender::new(tail.last_position);
        let checkpointer = Checkpointer::new(settings.sqlite_checkpoint_pages);
        let marked_at = Instant::now();
        Ok(Self {
            path,
            conn,
            synced: true,
            tail,
            gather: Gather::default(),
            checkpointer,
            mark,
            marked_at,
            settings,
            clock,
            head,
            _lock: lock,
        })
    }

    /// Last position, for this process to wait on.
    pub fn head(&self) -> watch::Sender<u64> {
        self.head.clone()
    }

    /// Serves jobs until the queue is closed, then leaves the file tidy.
    pub fn run(mut self, mut jobs: mpsc::Receiver<Job>) {
        let mut taken = Taken::default();
        while self.gather(&mut jobs, &mut taken) {
            if !taken.appends.is_empty() {
                self.append(std::mem::take(&mut taken.appends));
            }
            if let Some(write) = taken.writes.pop_front() {
                self.write(write);
            }
            if !taken.stops.is_empty() {
                jobs.close();
            }
            self.checkpointer.after_commit(&self.conn);
            if self.marked_at.elapsed() >= MARK_INTERVAL {
                self.note_mark();
            }
        }
        self.note_mark();
        self.checkpointer.finish(&self.conn);
        drop(self);
        for stop in taken.stops {
            // Whoever asked to stop may have gone.
            let _gone = stop.send(());
        }
    }

    /// Waits for a job and takes all that fit into one commit; false when there will be no more.
    fn gather(&self, jobs: &mut mpsc::Receiver<Job>, taken: &mut Taken) -> bool {
        let mut bytes = 0;
        if taken.writes.is_empty() {
            match jobs.blocking_recv() {
                Some(job) => taken.add(job, &mut bytes),
                None => return false,
            }
        }
        let since = Instant::now();
        while taken.appends.len() < self.settings.append_batch_max.max(1)
            && bytes < self.settings.append_batch_bytes_max
        {
            match jobs.try_recv() {
                Ok(job) => taken.add(job, &mut bytes),
                Err(_) if self.gather.wants_more(taken.appends.len(), since) => {
                    std::thread::yield_now();
                }
                Err(_) => break,
            }
        }
        true
    }

    fn append(&mut self, batch: Vec<Queued>) {
        let now = tokio::time::Instant::now();
        let (batch, late): (Vec<_>, Vec<_>) = batch.into_iter().partition(|q| q.deadline > now);
        late.into_iter().for_each(|queued| queued.expire("it waited too long in the queue"));
        if batch.is_empty() {
            return;
        }
        metrics::histogram!("casebook_append_batch_size").record(batch.len() as f64);
        match self.commit_appends(&batch) {
            Ok(plan) => self.answer(plan, batch),
            Err((StoreError::Database(reason), _)) if batch.len() > 1 => {
                // One of them cannot be stored; alone, only that one fails.
                tracing::warn!(%reason, "a batch of appends is taken apart");
                batch.into_iter().for_each(|queued| self.append(vec![queued]));
            }
            Err((error, outcome_unknown)) => {
                tracing::error!(%error, appends = batch.len(), "appends failed");
                let answer = match error {
                    StoreError::Full => AppendError::Full,
                    other => AppendError::unavailable(other.to_string(), outcome_unknown),
                };
                batch.into_iter().for_each(|queued| queued.answer(Err(answer.clone())));
            }
        }
    }

    fn answer(&mut self, plan: Plan, batch: Vec<Queued>) {
        self.tail.advance(&plan, &batch);
        advance_head(&self.head, plan.last_position);
        metrics::counter!("casebook_appends_total").increment(batch.len() as u64);
        for (queued, verdict) in batch.into_iter().zip(plan.verdicts) {
            queued.answer(verdict.into_answer());
        }
    }

    /// One transaction for the batch. The flag beside an error tells that it may be committed.
    fn commit_appends(&mut self, batch: &[Queued]) -> Result<Plan, (StoreError, bool)> {
        let started = Instant::now();
        self.sync_commits(true).map_err(|error| (error, false))?;
        let result = begin(&self.conn)
            .and_then(|()| append(&self.conn, &self.tail, batch, self.clock.as_ref()));
        let plan = result.map_err(|error| (self.recover(error), false))?;
        self.conn.execute_batch("COMMIT").map_err(|error| {
            let error = self.recover(error.into());
            let unknown = !matches!(error, StoreError::Full);
            (error, unknown)
        })?;
        let took = started.elapsed();
        self.gather.note(batch.len(), took);
        metrics::histogram!("casebook_append_commit_seconds").record(took.as_secs_f64());
        Ok(plan)
    }

    fn write(&mut self, write: QueuedWrite) {
        let started = Instant::now();
        let result = self.commit_write(&write.batch);
        let took = started.elapsed();
        metrics::histogram!("casebook_write_batch_seconds").record(took.as_secs_f64());
        if took.as_millis() > u128::from(self.settings.slice_ms_max) {
            tracing::debug!(took_ms = took.as_millis() as u64, "a write batch held up the writer");
        }
        // The caller may have gone; the batch is committed all the same.
        let _gone = write.answer.send(result);
    }

    fn commit_write(&mut self, batch: &WriteBatch) -> Result<WriteOutcome, StoreError> {
        self.sync_commits(!batch.relaxed)?;
        self.commit_steps(batch)
    }

    /// Says whether commits from now on are safe on disk when they answer. In WAL mode, NORMAL
    /// commits without a sync; the sync of the next append covers them.
    fn sync_commits(&mut self, sync: bool) -> Result<(), StoreError> {
        if self.synced == sync {
            return Ok(());
        }
        let mode = if sync { "PRAGMA synchronous = FULL" } else { "PRAGMA synchronous = NORMAL" };
        self.conn.execute_batch(mode).map_err(|error| self.recover(error.into()))?;
        self.synced = sync;
        Ok(())
    }

    fn commit_steps(&mut self, batch: &WriteBatch) -> Result<WriteOutcome, StoreError> {
        let result = begin(&self.conn).and_then(|()| upsert::run(&self.conn, batch));
        let outcome = result.map_err(|error| self.recover(error))?;
        let end = match outcome {
            WriteOutcome::Done => "COMMIT",
            WriteOutcome::Refused { .. } => "ROLLBACK",
        };
        self.conn.execute_batch(end).map_err(|error| self.recover(error.into()))?;
        Ok(outcome)
    }

    /// Leaves no transaction open and forgets what may no longer be true.
    fn recover(&mut self, error: StoreError) -> StoreError {
        if !self.conn.is_autocommit()
            && let Err(rollback) = self.conn.execute_batch("ROLLBACK")
        {
            tracing::error!(error = %StoreError::from(rollback), "a rollback failed");
        }
        if (needs_new_connection(&error) || !self.conn.is_autocommit())
            && let Ok(conn) = open_writer(&self.path, &self.settings)
        {
            self.conn = conn;
            self.synced = true;
        }
        match Tail::load(&self.conn, self.settings.cache_versions_max) {
            Ok(tail) => self.tail = tail,
            Err(error) => tracing::error!(%error, "the end of the log cannot be read"),
        }
        error
    }

    fn note_mark(&mut self) {
        self.marked_at = Instant::now();
        if let Err(error) = self.mark.note(self.tail.last_position) {
            tracing::warn!(%error, "the mark beside the database cannot be written");
        }
    }
}

impl Taken {
    fn add(&mut self, job: Job, bytes: &mut usize) {
        match job {
            Job::Append(queued) => {
                *bytes += queued.prepared.bytes;
                self.appends.push(queued.taken());
            }
            Job::Write(write) => self.writes.push_back(write),
            Job::Stop(stop) => self.stops.push(stop),
        }
    }
}

fn begin(conn: &Connection) -> Result<(), StoreError> {
    Ok(conn.prepare_cached("BEGIN IMMEDIATE")?.execute([]).map(drop)?)
}
