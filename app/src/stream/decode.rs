//! From stored events to public ones, a page at a time.

use casebook_projections::{Recorded, Skips};
use casebook_store::{Log, StoredEvent};
use uuid::Uuid;

use super::event::StreamEvent;
use crate::AppError;

/// Public events as skips name their reader.
pub(crate) const READER: &str = "events";
/// Events from which on decoding moves to a thread of its own: a few milliseconds of work.
const OWN_THREAD_FROM: usize = 257;

/// A page of the log as it is told.
#[derive(Default)]
pub(super) struct Decoded {
    /// The events that have a public form, each with the number of bytes it has in the log.
    pub(super) events: Vec<(StreamEvent, usize)>,
    /// The event before which the page ends, because this program cannot read it.
    pub(super) unreadable: Option<Unreadable>,
}

/// An event that this program cannot read.
pub(super) struct Unreadable {
    /// Its position.
    pub(super) position: u64,
    /// Why.
    pub(super) cause: AppError,
    /// What follows it.
    rest: Vec<StoredEvent>,
}

/// Decodes stored events up to the first that this program cannot read and that nobody decided to
/// pass over. Decisions are asked for only where there is such an event.
///
/// # Errors
/// When the decisions cannot be read.
pub(super) async fn decode(log: &Log, stored: Vec<StoredEvent>) -> Result<Decoded, AppError> {
    let log_id = log.log_id();
    let mut decoded = apart(log_id, stored, Skips::default()).await?;
    let Some(unreadable) = &mut decoded.unreadable else { return Ok(decoded) };
    let skips = Skips::load(log).await?;
    if !skips.has(unreadable.position, READER) {
        return Ok(decoded);
    }
    let rest = apart(log_id, std::mem::take(&mut unreadable.rest), skips).await?;
    decoded.events.extend(rest.events);
    Ok(Decoded { unreadable: rest.unreadable, ..decoded })
}

/// Does the work on a thread of its own when it is much.
async fn apart(log_id: Uuid, stored: Vec<StoredEvent>, skips: Skips) -> Result<Decoded, AppError> {
    if stored.len() < OWN_THREAD_FROM {
        return Ok(readable(log_id, stored, &skips));
    }
    let work = tokio::task::spawn_blocking(move || readable(log_id, stored, &skips));
    work.await.map_err(AppError::fault)
}

fn readable(log_id: Uuid, stored: Vec<StoredEvent>, skips: &Skips) -> Decoded {
    let mut events = Vec::with_capacity(stored.len());
    let mut stored = stored.into_iter();
    while let Some(event) = stored.next() {
        let (position, bytes) = (event.position, event.payload.len());
        match Recorded::decode(event) {
            Ok(recorded) => {
                let event = recorded.and_then(|recorded| StreamEvent::new(log_id, recorded));
                events.extend(event.map(|event| (event, bytes)));
            }
            Err(_) if skips.has(position, READER) => {}
            Err(error) => {
                let cause = AppError::fault(format!("at position {position}: {error}"));
                let unreadable = Unreadable { position, cause, rest: stored.collect() };
                return Decoded { events, unreadable: Some(unreadable) };
            }
        }
    }
    Decoded { events, unreadable: None }
}
