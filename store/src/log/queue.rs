//! The bounded queue before the writer, and how a caller waits for its answer.

use std::future::Future;
use std::time::Duration;

use casebook_domain::Timestamp;
use tokio::sync::mpsc::error::SendTimeoutError;
use tokio::sync::{mpsc, oneshot};
use tokio::time::Instant;

use super::prepare::Prepared;
use super::{Append, AppendError, Appended};

/// Time past the deadline after which a caller stops waiting for the writer to say so.
const GRACE: Duration = Duration::from_secs(1);

/// Counts an append as waiting for as long as it lives.
#[derive(Debug)]
struct Waiting;

impl Waiting {
    fn begin() -> Self {
        length().increment(1.0);
        Self
    }
}

impl Drop for Waiting {
    fn drop(&mut self) {
        length().decrement(1.0);
    }
}

/// Appends that callers have handed over and no writer has taken yet.
fn length() -> metrics::Gauge {
    metrics::gauge!("casebook_append_queue_length")
}

/// An append that waits for the writer.
#[derive(Debug)]
pub(crate) struct Queued {
    pub prepared: Prepared,
    /// When the writer stops trying.
    pub deadline: Instant,
    /// First position and time that a commit without a known outcome would have given it.
    pub attempted: Option<(u64, Timestamp)>,
    answer: oneshot::Sender<Result<Appended, AppendError>>,
    waiting: Option<Waiting>,
}

impl Queued {
    /// An append that a writer may try for `timeout`, and the future of its answer.
    pub fn new(
        prepared: Prepared,
        timeout: Duration,
    ) -> (Self, impl Future<Output = Result<Appended, AppendError>> + use<>) {
        let (answer, receiver) = oneshot::channel();
        let deadline = Instant::now() + timeout;
        let queued = Self { prepared, deadline, attempted: None, answer, waiting: None };
        let answered = async move {
            match tokio::time::timeout_at(deadline + GRACE, receiver).await {
                Ok(Ok(answer)) => answer,
                Ok(Err(_)) => Err(AppendError::unavailable("the writer ended", true)),
                Err(_) => Err(AppendError::unavailable("the writer did not answer in time", true)),
            }
        };
        (queued, answered)
    }

    /// What was to be appended, taken back before any writer had it.
    pub fn into_append(self) -> Append {
        self.prepared.append
    }

    /// The writer has taken it out of the queue.
    pub fn taken(mut self) -> Self {
        self.waiting = None;
        self
    }

    /// Answers the caller, who may be gone.
    pub fn answer(self, answer: Result<Appended, AppendError>) {
        if let Err(AppendError::Conflict { .. } | AppendError::KeyTaken { .. }) = &answer {
            metrics::counter!("casebook_append_conflicts_total").increment(1);
        }
        // A caller that went away does not care; its events are stored all the same.
        let _gone = self.answer.send(answer);
    }

    /// Answers that time is up; whether something was stored is known unless it was attempted.
    pub fn expire(self, reason: &str) {
        let unknown = self.attempted.is_some();
        self.answer(Err(AppendError::unavailable(reason, unknown)));
    }
}

/// Puts `prepared` into the queue and gives the future of its answer.
///
/// Dropping that future does not take the append out of the queue.
///
/// # Errors
/// [`AppendError::Unavailable`] when the queue stays full for `timeout` or the writer has ended.
pub(crate) async fn submit<J: From<Queued> + Send>(
    queue: &mpsc::Sender<J>,
    prepared: Prepared,
    timeout: Duration,
) -> Result<impl Future<Output = Result<Appended, AppendError>> + use<J>, AppendError> {
    let (mut queued, answered) = Queued::new(prepared, timeout);
    queued.waiting = Some(Waiting::begin());
    match queue.send_timeout(J::from(queued), timeout).await {
        Ok(()) => Ok(answered),
        Err(SendTimeoutError::Timeout(_)) => {
            Err(AppendError::unavailable("the queue of appends is full", false))
        }
        Err(SendTimeoutError::Closed(_)) => {
            Err(AppendError::unavailable("the writer has ended", false))
        }
    }
}
