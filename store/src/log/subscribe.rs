//! Following the log: history first, then what is appended, without a seam.

use std::time::Duration;

use futures::Stream;
use futures::stream::unfold;
use tokio::sync::watch;

use super::{Filter, Log, Page};
use crate::StoreError;

/// Events that one page of a subscription holds at most.
const PAGE_EVENTS: usize = 1_000;

/// A reader that follows the log from a position.
#[derive(Debug)]
pub struct Subscription {
    log: Log,
    head: watch::Receiver<u64>,
    after: u64,
    filter: Filter,
    page_events: usize,
}

impl Subscription {
    pub(super) const fn new(
        log: Log,
        head: watch::Receiver<u64>,
        after: u64,
        filter: Filter,
    ) -> Self {
        Self { log, head, after, filter, page_events: PAGE_EVENTS }
    }

    /// The same subscription with pages of at most `events` events.
    #[must_use]
    pub const fn with_page_events(mut self, events: usize) -> Self {
        self.page_events = if events == 0 { 1 } else { events };
        self
    }

    /// Position up to which this subscription has given everything.
    pub const fn position(&self) -> u64 {
        self.after
    }

    /// The next page; waits until there is one. With a filter a page may hold no event and only
    /// tell how far the log was searched, so that a checkpoint can move on.
    ///
    /// Dropping the future loses nothing, and after an error the next call goes on where the last
    /// page ended.
    ///
    /// # Errors
    /// As [`Log::read`].
    pub async fn next_page(&mut self) -> Result<Page, StoreError> {
        loop {
            // Marked as seen before reading, so an append in between wakes the wait below.
            self.head.borrow_and_update();
            let page = self.log.read(self.after, &self.filter, self.page_events).await?;
            if page.reached > self.after {
                self.after = page.reached;
                return Ok(page);
            }
            if self.head.changed().await.is_err() {
                return Err(StoreError::unavailable("the store was closed"));
            }
        }
    }

    /// The pages as a stream. It goes on after an error, following a short pause.
    pub fn into_stream(self) -> impl Stream<Item = Result<Page, StoreError>> + Send {
        unfold((self, false), |(mut subscription, failed)| async move {
            if failed {
                tokio::time::sleep(Duration::from_millis(100)).await;
            }
            let page = subscription.next_page().await;
            let failed = page.is_err();
            Some((page, (subscription, failed)))
        })
    }
}
