//! Reading public events: a page of history, or all of it and then whatever happens.

use std::sync::Arc;

use casebook_store::Cursor;
use tokio::sync::watch;

use super::decode::{Decoded, Unreadable, decode};
use super::event::StreamEvent;
use super::request::{EventRequest, Selection};
use super::tail::Stretch;
use crate::{Access, App, AppError};

/// Reads of the log that one page may cost, so that a filter that fits nothing ends.
const READS_MAX: usize = 20;
/// Events of the log up to which a read grows while few of them pass.
const READ_EVENTS_MAX: usize = 1_000;

/// A page of public events.
#[derive(Clone, Debug)]
pub struct EventPage {
    /// The events, by position.
    pub events: Vec<Arc<StreamEvent>>,
    /// Up to where the page is complete: the cursor of the next page.
    pub reached: Cursor,
    /// Whether the log goes on behind it.
    pub has_more: bool,
}

/// Follows public events from a place: history first, then live, without a seam.
pub struct EventFeed {
    app: App,
    selection: Selection,
    personal: bool,
    head: watch::Receiver<u64>,
    after: u64,
    page_events: usize,
    /// Events of the log that are read next.
    step: usize,
    stands_before: Option<u64>,
}

impl App {
    /// A page of public events, at most `limit`. With a filter it may hold fewer, even none,
    /// although there are more; then it tells how far it has searched.
    ///
    /// # Errors
    /// `FORBIDDEN` without the permission to follow, or to see personal data that is asked for;
    /// `INVALID` for unknown types and for cursors of another log; `NOT_FOUND` for tenants that
    /// the actor may not see.
    pub async fn events_page(
        &self,
        access: &Access,
        request: &EventRequest,
        limit: usize,
    ) -> Result<EventPage, AppError> {
        let (selection, mut reached) = self.select_events(access, request).await?;
        self.record_followed(access, request).await?;
        let last = self.store().log().last_position().await?;
        let mut events: Vec<Arc<StreamEvent>> = Vec::new();
        let (mut reads, mut step) = (0, limit);
        while reached < last && events.len() < limit && reads < READS_MAX {
            reads += 1;
            let rest = limit - events.len();
            let read = self.history(&selection, reached, rest, step).await;
            let (stretch, unreadable) = match read {
                Ok(read) => read,
                // What was read before is given first.
                Err(_) if !events.is_empty() => break,
                Err(error) => return Err(error),
            };
            step = next_step(step, stretch.events.len(), limit);
            reached = stretch.reached;
            events.extend(stretch.events);
            match unreadable {
                None => {}
                Some(_) if !events.is_empty() => break,
                Some(unreadable) => return Err(unreadable.cause),
            }
        }
        let cursor = Cursor { log_id: self.log_id(), position: reached };
        Ok(EventPage { events, reached: cursor, has_more: reached < last })
    }

    /// Follows public events, at most `page_events` at a time.
    ///
    /// # Errors
    /// As [`App::events_page`].
    pub async fn follow_events(
        &self,
        access: &Access,
        request: &EventRequest,
        page_events: usize,
    ) -> Result<EventFeed, AppError> {
        let feed = self.feed_to_send(access, request, page_events).await?;
        self.record_followed(access, request).await?;
        Ok(feed)
    }

    /// The same for what is sent to subscribers. That is no look: who subscribed, and to what, is
    /// in the log, and so is every delivery.
    pub(crate) async fn feed_to_send(
        &self,
        access: &Access,
        request: &EventRequest,
        page_events: usize,
    ) -> Result<EventFeed, AppError> {
        let (selection, after) = self.select_events(access, request).await?;
        let page_events = page_events.max(1);
        Ok(EventFeed {
            app: self.clone(),
            selection,
            personal: request.personal,
            head: self.store().log().head(),
            after,
            page_events,
            step: page_events,
            stands_before: None,
        })
    }

    /// Events behind `after` that pass, at most `limit`, out of the next `step` of the log; and the
    /// one that cannot be read, where it follows them.
    async fn history(
        &self,
        selection: &Selection,
        after: u64,
        limit: usize,
        step: usize,
    ) -> Result<(Stretch, Option<Unreadable>), AppError> {
        let log = self.store().log();
        let mut page = log.read(after, &selection.filter(), step).await?;
        page.events.retain(|stored| selection.may_want(stored));
        let Decoded { events, unreadable } = decode(log, page.events).await?;
        let before = unreadable.as_ref().map(|unreadable| unreadable.position - 1);
        let reached = before.unwrap_or(page.reached);
        let events = events.into_iter().map(|(event, _)| Arc::new(event));
        let wanted = events.filter(|event| selection.wants(event));
        // One more than asked tells whether the page is cut.
        let mut events: Vec<_> = wanted.take(limit + 1).collect();
        let is_cut = events.len() > limit;
        events.truncate(limit);
        let kept = events.last().filter(|_| is_cut);
        let reached = kept.map_or(reached, |last| last.position());
        Ok((Stretch { reached, events }, unreadable.filter(|_| !is_cut)))
    }
}

impl EventFeed {
    /// The place up to which everything has been given.
    pub fn position(&self) -> Cursor {
        Cursor { log_id: self.app.log_id(), position: self.after }
    }

    /// Whether events are given with personal data.
    pub const fn is_personal(&self) -> bool {
        self.personal
    }

    /// Position of the event before which the last call of [`Self::next_page`] stood still, where
    /// it did so because this program cannot read it.
    pub const fn stands_before(&self) -> Option<u64> {
        self.stands_before
    }

    /// The next events; waits until the log goes on. The page may be empty and only move
    /// [`Self::position`], where nothing passes the filter.
    ///
    /// Dropping the future loses nothing, and after an error the next call goes on where the last
    /// page ended.
    ///
    /// # Errors
    /// `UNAVAILABLE` without a database; a fault before an event that this program cannot read.
    pub async fn next_page(&mut self) -> Result<Vec<Arc<StreamEvent>>, AppError> {
        self.stands_before = None;
        loop {
            // Marked as seen before reading, so that an append in between wakes the wait below.
            let head = *self.head.borrow_and_update();
            let (stretch, unreadable) = self.read(head).await?;
            if stretch.reached > self.after {
                self.after = stretch.reached;
                return Ok(stretch.events);
            }
            if let Some(unreadable) = unreadable {
                self.stands_before = Some(unreadable.position);
                return Err(unreadable.cause);
            }
            if self.head.changed().await.is_err() {
                return Err(AppError::unavailable("the store was closed"));
            }
        }
    }

    async fn read(&mut self, head: u64) -> Result<(Stretch, Option<Unreadable>), AppError> {
        let (app, log) = (&self.app, self.app.store().log());
        let kept = app.inner.tail.after(log, head, self.after, self.page_events).await;
        // What cannot be read there may be nothing that passes this filter.
        let Ok(Some(mut stretch)) = kept else {
            let (limit, step) = (self.page_events, self.step);
            let read = app.history(&self.selection, self.after, limit, step).await?;
            self.step = next_step(step, read.0.events.len(), limit);
            return Ok(read);
        };
        stretch.events.retain(|event| self.selection.wants(event));
        Ok((stretch, None))
    }
}

/// Events to read next, where so many of the last `step` have passed a filter: long steps over
/// what holds little for somebody, and no more than asked where most of it passes.
fn next_step(step: usize, passed: usize, limit: usize) -> usize {
    let is_sparse = passed < limit && passed * 2 < step;
    if is_sparse { (step * 4).min(READ_EVENTS_MAX).max(limit) } else { limit }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steps_grow_over_what_does_not_pass_and_shrink_again() {
        let walk = |limit: usize, passed: &[usize]| {
            let steps = passed.iter().scan(limit, |step, passed| {
                *step = next_step(*step, *passed, limit);
                Some(*step)
            });
            steps.collect::<Vec<_>>()
        };
        assert_eq!(walk(100, &[0, 3, 0, 0]), [400, 1_000, 1_000, 1_000]);
        assert_eq!(walk(100, &[0, 100, 90]), [400, 100, 100]);
        assert_eq!(walk(1, &[0, 0, 1]), [4, 16, 1]);
        assert_eq!(walk(5_000, &[0]), [5_000], "never below what is asked for");
    }
}
