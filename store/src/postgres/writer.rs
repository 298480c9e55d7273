//! The writer of this process: a task that owns the only connection that appends.
//!
//! It takes everything that is queued, commits it once and answers each caller. When the
//! connection is lost at any stage, the same batch runs again on a new one: if the lost commit went
//! through after all, the command ids give each append its first result.

use std::sync::Arc;
use std::time::Duration;

use futures::future::BoxFuture;
use sqlx::postgres::PgConnectOptions;
use sqlx::{Connection, PgConnection};
use tokio::sync::{Notify, mpsc, oneshot, watch};
use tokio::time::Instant;

use super::append::{append, begin, commit};
use super::connection::connect;
use crate::log::gather::Gather;
use crate::log::plan::{Plan, Verdict};
use crate::log::queue::Queued;
use crate::log::turn::TurnRequest;
use crate::log::{AppendError, advance_head};
use crate::{Clock, StoreError, StoreSettings};

/// First and longest pause before a batch is tried again.
const PAUSE_MIN: Duration = Duration::from_millis(20);
const PAUSE_MAX: Duration = Duration::from_secs(1);

/// What the writer is asked to do.
#[expect(
    clippy::large_enum_variant,
    reason = "almost every job is an append; a box for each would only add an allocation"
)]
pub(super) enum Job {
    Append(Queued),
    Turn(TurnRequest),
    Stop(oneshot::Sender<()>),
}

impl From<Queued> for Job {
    fn from(queued: Queued) -> Self {
        Self::Append(queued)
    }
}

/// The writer's connection and what it needs to answer.
pub(super) struct Writer {
    pub options: PgConnectOptions,
    pub connection: Option<PgConnection>,
    pub settings: StoreSettings,
    pub clock: Arc<dyn Clock>,
    pub head: watch::Sender<u64>,
    pub committed: Arc<Notify>,
    pub gather: Gather,
}

impl Writer {
    /// Serves jobs until the queue is closed.
    pub async fn run(mut self, mut queue: mpsc::Receiver<Job>) {
        let mut jobs = Vec::new();
        let mut stops = Vec::new();
        while self.gather(&mut queue, &mut jobs).await {
            let mut batch = Vec::with_capacity(jobs.len());
            let mut bytes = 0;
            for job in std::mem::take(&mut jobs) {
                match job {
                    Job::Append(queued) => {
                        bytes += queued.prepared.bytes;
                        batch.push(queued.taken());
                    }
                    Job::Turn(request) => {
                        self.commit(std::mem::take(&mut batch)).await;
                        self.serve_turn(request).await;
                        bytes = 0;
                    }
                    Job::Stop(stop) => {
                        queue.close();
                        stops.push(stop);
                    }
                }
                if bytes >= self.settings.append_batch_bytes_max {
                    bytes = 0;
                    self.commit(std::mem::take(&mut batch)).await;
                }
            }
            self.commit(batch).await;
        }
        if let Some(connection) = self.connection.take()
            && let Err(error) = connection.close().await
        {
            tracing::debug!(error = %StoreError::from(error), "closing the writer's connection");
        }
        for stop in stops {
            // Whoever asked to stop may have gone.
            let _gone = stop.send(());
        }
    }

    /// Waits for jobs and takes those that fit into one commit; false when there will be no more.
    async fn gather(&self, queue: &mut mpsc::Receiver<Job>, jobs: &mut Vec<Job>) -> bool {
        let max = self.settings.append_batch_max.max(1);
        if queue.recv_many(jobs, max).await == 0 {
            return false;
        }
        let since = std::time::Instant::now();
        while jobs.len() < max {
            match queue.try_recv() {
                Ok(job) => jobs.push(job),
                Err(_) if self.gather.wants_more(jobs.len(), since) => {
                    tokio::task::yield_now().await;
                }
                Err(_) => break,
            }
        }
        true
    }

    /// Commits the batch and answers it, however long the database stays away.
    fn commit(&mut self, batch: Vec<Queued>) -> BoxFuture<'_, ()> {
        Box::pin(self.commit_until_answered(batch))
    }

    async fn commit_until_answered(&mut self, mut batch: Vec<Queued>) {
        let mut pause = PAUSE_MIN;
        let mut reason = "it waited too long in the queue".to_owned();
        loop {
            let now = Instant::now();
            let (on, late): (Vec<_>, Vec<_>) = batch.into_iter().partition(|q| q.deadline > now);
            late.into_iter().for_each(|queued| queued.expire(&reason));
            batch = on;
            if batch.is_empty() {
                return;
            }
            match self.attempt(&mut batch).await {
                Ok(plan) => return self.answer(plan, batch),
                Err(StoreError::Unavailable { reason: why }) => {
                    tracing::warn!(reason = why, appends = batch.len(), "appends are tried again");
                    reason = why;
                    tokio::time::sleep(pause).await;
                    pause = (pause * 2).min(PAUSE_MAX);
                }
                Err(StoreError::Full) => {
                    tracing::error!(appends = batch.len(), "no space is left for appends");
                    batch.into_iter().for_each(|queued| queued.answer(Err(AppendError::Full)));
                    return;
                }
                Err(error) if batch.len() > 1 => {
                    // One of them cannot be stored; alone, only that one fails.
                    tracing::warn!(%error, "a batch of appends is taken apart");
                    for queued in batch {
                        self.commit(vec![queued]).await;
                    }
                    return;
                }
                Err(error) => {
                    tracing::error!(%error, "an append failed");
                    batch.into_iter().for_each(|queued| queued.expire(&error.to_string()));
                    return;
                }
            }
        }
    }

    /// One transaction for the batch. The connection is kept only after a success, so nothing can
    /// be left open on it.
    async fn attempt(&mut self, batch: &mut [Queued]) -> Result<Plan, StoreError> {
        let latest = batch.iter().map(|queued| queued.deadline).max().unwrap_or_else(Instant::now);
        match tokio::time::timeout_at(latest, self.transact(batch)).await {
            Ok(result) => result,
            Err(_) => Err(StoreError::unavailable("the server does not answer")),
        }
    }

    async fn transact(&mut self, batch: &mut [Queued]) -> Result<Plan, StoreError> {
        let mut connection = self.connected().await?;
        let started = Instant::now();
        begin(&mut connection).await?;
        self.transact_on(connection, batch, started).await
    }

    async fn connected(&mut self) -> Result<PgConnection, StoreError> {
        match self.connection.take() {
            Some(connection) => Ok(connection),
            None => connect(&self.options, &self.settings).await,
        }
    }

    /// Decides, writes and commits a batch in the transaction that the connection is in.
    async fn transact_on(
        &mut self,
        mut connection: PgConnection,
        batch: &mut [Queued],
        started: Instant,
    ) -> Result<Plan, StoreError> {
        metrics::histogram!("casebook_append_batch_size").record(batch.len() as f64);
        let plan = append(&mut connection, batch, self.clock.as_ref()).await?;
        note_attempt(batch, &plan);
        commit(&mut connection).await?;
        let took = started.elapsed();
        self.gather.note(batch.len(), took);
        metrics::histogram!("casebook_append_commit_seconds").record(took.as_secs_f64());
        self.connection = Some(connection);
        Ok(plan)
    }

    /// Takes the log's lock, lets the caller decide, and commits what it hands in. Whatever fails
    /// on the way, the connection is given up and with it the lock.
    async fn serve_turn(&mut self, request: TurnRequest) {
        let locked = async {
            let mut connection = self.connected().await?;
            begin(&mut connection).await?;
            Ok::<_, StoreError>(connection)
        };
        let connection = match tokio::time::timeout_at(request.deadline, locked).await {
            Ok(Ok(connection)) => connection,
            Ok(Err(error)) => return tracing::warn!(%error, "a turn could not be granted"),
            Err(_) => return tracing::warn!("a turn could not be granted in time"),
        };
        let Some(queued) = request.grant(self.settings.turn()).await else { return };
        let (mut batch, started) = (vec![queued], Instant::now());
        let deadline = started + self.settings.turn();
        let transacted = self.transact_on(connection, &mut batch, started);
        match tokio::time::timeout_at(deadline, transacted).await {
            Ok(Ok(plan)) => self.answer(plan, batch),
            _ => self.commit(batch).await,
        }
    }

    fn answer(&self, plan: Plan, batch: Vec<Queued>) {
        advance_head(&self.head, plan.last_position);
        self.committed.notify_one();
        metrics::counter!("casebook_appends_total").increment(batch.len() as u64);
        for (queued, verdict) in batch.into_iter().zip(plan.verdicts) {
            let attempted = queued.attempted;
            let answer = verdict.into_answer().map(|mut appended| {
                // What looks like a repeat was our own commit, whose answer was lost.
                if attempted == Some((appended.first_position, appended.recorded_at)) {
                    appended.repeated = false;
                }
                appended
            });
            queued.answer(answer);
        }
    }
}

/// Remembers what the commit, which is about to be sent, would give each winner.
fn note_attempt(batch: &mut [Queued], plan: &Plan) {
    for (queued, verdict) in batch.iter_mut().zip(&plan.verdicts) {
        if let Verdict::Write(appended) = verdict {
            queued.attempted = Some((appended.first_position, appended.recorded_at));
        }
    }
}
