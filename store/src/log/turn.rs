//! A turn: the right to decide and append while nobody else may.

use std::future::Future;
use std::time::Duration;

use tokio::sync::oneshot;
use tokio::time::Instant;
use tracing::Instrument;

use super::queue::Queued;
use super::{Append, AppendError, Appended, Log, prepare};
use crate::trace::Appending;

/// What the writer is asked for and gets, on its side.
#[derive(Debug)]
pub(crate) struct TurnRequest {
    /// When whoever asked stops waiting.
    pub deadline: Instant,
    granted: oneshot::Sender<()>,
    append: oneshot::Receiver<Queued>,
}

impl TurnRequest {
    /// Lets the caller decide and waits for its append, for at most `time`; `None` when it went
    /// away or took too long.
    pub async fn grant(self, time: Duration) -> Option<Queued> {
        self.granted.send(()).ok()?;
        tokio::time::timeout(time, self.append).await.ok()?.ok()
    }
}

/// Asks for a turn: what the writer gets, and the future of the turn.
pub(crate) fn request(
    log: Log,
    timeout: Duration,
) -> (TurnRequest, impl Future<Output = Result<Turn, AppendError>>) {
    let (granted, grant) = oneshot::channel();
    let (hand_in, append) = oneshot::channel();
    let deadline = Instant::now() + timeout;
    let turn = async move {
        match tokio::time::timeout_at(deadline, grant).await {
            Ok(Ok(())) => Ok(Turn { log, hand_in: Some(hand_in), timeout }),
            Ok(Err(_)) => Err(AppendError::unavailable("the turn was not granted", false)),
            Err(_) => Err(AppendError::unavailable("the turn did not come in time", false)),
        }
    };
    (TurnRequest { deadline, granted, append }, turn)
}

/// The right to append next. While it is held nobody appends to the log, in no process, so what is
/// read now is what the append will find. It lapses after `turn_ms_max` of the settings; an append
/// that comes later takes its chance like any other.
///
/// On SQLite, where one process writes, nothing is held: callers order themselves.
#[derive(Debug)]
pub struct Turn {
    log: Log,
    hand_in: Option<oneshot::Sender<Queued>>,
    timeout: Duration,
}

impl Turn {
    pub(crate) const fn of_none(log: Log) -> Self {
        Self { log, hand_in: None, timeout: Duration::ZERO }
    }

    /// Appends, and gives the turn back.
    ///
    /// # Errors
    /// As [`Log::append`].
    pub async fn append(self, append: Append) -> Result<Appended, AppendError> {
        let Some(hand_in) = self.hand_in else { return self.log.append(append).await };
        let told = Appending::new(&append, self.log.backend.dialect());
        let appended = async {
            let prepared = prepare::prepare(append)?;
            let (queued, answer) = Queued::new(prepared, self.timeout);
            match hand_in.send(queued) {
                Ok(()) => answer.await,
                Err(late) => self.log.append_untold(late.into_append()).await,
            }
        };
        let appended = appended.instrument(told.span()).await;
        told.ended(&appended);
        appended
    }
}
