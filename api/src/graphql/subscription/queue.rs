//! Changes of the queue.

use async_graphql::{ComplexObject, Context, Result, SimpleObject};
use casebook_app::queries::Cursor;
use casebook_app::{AppError, EventFeed};
use casebook_domain::ids::TicketId;
use futures::stream::{StreamExt, unfold};

use super::super::context::request;
use super::super::error;
use super::super::queue::QueueEntry;
use super::super::scalars::Position;
use super::{Items, Reader};

/// Entries that a change is counted with, for the complexity of a subscription.
const ENTRIES_ASSUMED: usize = 10;

/// Entries of the queue that are not as they were.
#[derive(SimpleObject)]
#[graphql(complex)]
pub(super) struct QueueChange {
    /// Position up to which nothing else has changed: give it as `after` to go on from here.
    position: Position,
    #[graphql(skip)]
    ids: Vec<TicketId>,
}

#[ComplexObject]
impl QueueChange {
    /// The entries as they are now, whether or not they still need somebody.
    #[graphql(complexity = "ENTRIES_ASSUMED.saturating_mul(child_complexity)")]
    async fn entries(&self, ctx: &Context<'_>) -> Result<Vec<QueueEntry>> {
        let request = request(ctx)?;
        let (app, access) = (request.app(), &request.access);
        let mut rows = app.tickets_by_ids(access, &self.ids).await.map_err(error::of)?;
        rows.extend(app.set_aside_by_ids(access, &self.ids).await.map_err(error::of)?);
        rows.sort_by_key(|row| self.ids.iter().position(|id| *id == row.ticket_id));
        Ok(rows.into_iter().map(QueueEntry::from).collect())
    }
}

/// The changes of a feed, each once the read models have come as far.
pub(super) fn items(feed: EventFeed, reader: Reader) -> Items<QueueChange> {
    unfold(Some((feed, reader)), |state| async move {
        let (mut feed, reader) = state?;
        match next(&mut feed, &reader).await {
            Ok(change) => Some((Ok(change), Some((feed, reader)))),
            Err(error) => Some((Err(error::of(error)), None)),
        }
    })
    .boxed()
}

async fn next(feed: &mut EventFeed, reader: &Reader) -> Result<QueueChange, AppError> {
    loop {
        let mut ids: Vec<TicketId> = Vec::new();
        for event in feed.next_page().await? {
            ids.extend(event.queue_entry().filter(|id| !ids.contains(id)));
        }
        if !ids.is_empty() {
            reader.reach(feed).await?;
            let cursor: Cursor = feed.position();
            return Ok(QueueChange { position: Position::of_cursor(cursor), ids });
        }
    }
}
