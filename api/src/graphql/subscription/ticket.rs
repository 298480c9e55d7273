//! Changes of one ticket.

use async_graphql::{ComplexObject, Context, Result, SimpleObject};
use casebook_app::{AppError, EventFeed};
use casebook_domain::ids::TicketId;
use futures::stream::{StreamExt, unfold};

use super::super::context::request;
use super::super::error;
use super::super::reads;
use super::super::scalars::Position;
use super::super::ticket::Ticket;
use super::{Items, Reader};

/// A ticket that is not as it was.
#[derive(SimpleObject)]
#[graphql(complex)]
pub(super) struct TicketChange {
    /// Position up to which nothing else has changed: give it as `after` to go on from here.
    position: Position,
    /// Types of the events that changed it, in their order.
    types: Vec<&'static str>,
    #[graphql(skip)]
    id: TicketId,
}

#[ComplexObject]
impl TicketChange {
    /// The ticket as it is now.
    async fn ticket(&self, ctx: &Context<'_>) -> Result<Option<Ticket>> {
        reads::shown(ctx, request(ctx)?.get(self.id).await?)
    }
}

/// The changes of a feed about a ticket, each once the read models have come as far.
pub(super) fn items(feed: EventFeed, reader: Reader, id: TicketId) -> Items<TicketChange> {
    unfold(Some((feed, reader)), move |state| async move {
        let (mut feed, reader) = state?;
        match next(&mut feed, &reader, id).await {
            Ok(change) => Some((Ok(change), Some((feed, reader)))),
            Err(error) => Some((Err(error::of(error)), None)),
        }
    })
    .boxed()
}

async fn next(
    feed: &mut EventFeed,
    reader: &Reader,
    id: TicketId,
) -> Result<TicketChange, AppError> {
    loop {
        let events = feed.next_page().await?;
        if events.is_empty() {
            continue;
        }
        reader.reach(feed).await?;
        let types = events.iter().map(|event| event.public(false).type_name).collect();
        return Ok(TicketChange { position: Position::of_cursor(feed.position()), types, id });
    }
}
