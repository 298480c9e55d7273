//! From stored pages to decoded events, off the threads that serve requests when it is much work.

use casebook_domain::event::{DecodeError, Event};
use casebook_store::Page;

use super::skips::Skips;
use crate::{ProjectionError, Recorded};

/// Events from which on work moves to a thread of its own: a few milliseconds of it.
const OWN_THREAD_FROM: usize = 256;

/// A decoded page.
#[derive(Debug)]
pub(crate) struct Decoded<E = Recorded<Event>> {
    /// The events, by position.
    pub events: Vec<E>,
    /// Position up to which the page is complete and readable.
    pub reached: u64,
    /// Why it ends before an event, and what can be done, if it does.
    pub unreadable: Option<String>,
}

/// Decodes a page up to the first event that this program cannot read, for the reader of a name.
/// Events that an operator decided to pass over are left out, readable or not.
pub(crate) fn decode(page: Page, skips: &Skips, reader: &str) -> Decoded {
    let mut events = Vec::with_capacity(page.events.len());
    for stored in page.events {
        let position = stored.position;
        if skips.has(position, reader) {
            continue;
        }
        match Recorded::decode(stored) {
            Ok(event) => events.extend(event),
            Err(error) => {
                let unreadable = Some(unreadable(position, &error));
                return Decoded { events, reached: position.saturating_sub(1), unreadable };
            }
        }
    }
    Decoded { events, reached: page.reached, unreadable: None }
}

/// Why a reader stops before an event, and what can be done.
pub(crate) fn unreadable(position: u64, error: &DecodeError) -> String {
    format!(
        "at position {position}: {error}; run a version that can, or have it passed over: \
         casebook skip --position {position} --reason TEXT"
    )
}

/// Runs `work` on a thread for blocking work when it concerns many events.
pub(crate) async fn off_thread<T: Send + 'static>(
    events: usize,
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, ProjectionError> {
    if events < OWN_THREAD_FROM {
        return Ok(work());
    }
    // The work neither panics nor is cancelled; only a runtime that ends drops it.
    tokio::task::spawn_blocking(work).await.map_err(|_| ProjectionError::Stopping)
}
