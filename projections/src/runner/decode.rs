//! From stored pages to decoded events, off the threads that serve requests when it is much work.

use casebook_domain::event::Event;
use casebook_store::Page;

use crate::{ProjectionError, Recorded};

/// Events from which on work moves to a thread of its own: a few milliseconds of it.
const OWN_THREAD_FROM: usize = 256;

/// A decoded page.
#[derive(Debug)]
pub(crate) struct Decoded {
    /// The events, by position.
    pub events: Vec<Recorded<Event>>,
    /// Position up to which the page is complete and readable.
    pub reached: u64,
    /// Why it ends before an event, if it does.
    pub unreadable: Option<String>,
}

/// Decodes a page up to the first event that this program cannot read.
pub(crate) fn decode(page: Page) -> Decoded {
    let mut events = Vec::with_capacity(page.events.len());
    for stored in page.events {
        let position = stored.position;
        match Recorded::decode(stored) {
            Ok(event) => events.extend(event),
            Err(error) => {
                let unreadable = Some(format!("at position {position}: {error}"));
                return Decoded { events, reached: position.saturating_sub(1), unreadable };
            }
        }
    }
    Decoded { events, reached: page.reached, unreadable: None }
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
