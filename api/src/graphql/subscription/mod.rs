//! The root of all subscriptions: the log as it goes on.
//!
//! Each subscription follows public events from a position and gives the position with every
//! item. It reads on when the item before has been taken, so nothing piles up for a slow client.

mod event;
mod queue;
mod ticket;

use std::sync::Arc;

use async_graphql::{Context, ID, Result, Subscription as Root};
use casebook_app::queries::TicketRow;
use casebook_app::{AppError, EventFeed, EventRequest, Permission, StreamStart};
use casebook_domain::ids::TicketId;
use futures::stream::BoxStream;

use super::context::{Request, request};
use super::error;
use super::global_id::{Kind, local};
use super::scalars::Position;

use event::PublicEvent;
use queue::QueueChange;
use ticket::TicketChange;

/// Items of a subscription; after an error there are none.
type Items<T> = BoxStream<'static, Result<T>>;

/// The root of all subscriptions. Each item carries its position: give the last one as `after`,
/// and nothing is lost or met twice. Without `after`, a subscription begins now.
///
/// Its type is not called `Subscription`, because a customer has one.
#[derive(Default)]
pub(crate) struct Subscription;

/// The root of all subscriptions. Each item carries its position: give the last one as `after`,
/// and nothing is lost or met twice. Without `after`, a subscription begins now.
#[Root(name = "Subscriptions")]
impl Subscription {
    /// Public events, one by one.
    async fn events(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Position behind which to begin; `earliest` and `latest` name the ends.")]
        after: Option<Position>,
        #[graphql(desc = "Only events of these types.")] types: Option<Vec<String>>,
        #[graphql(desc = "Only events of these tenants.")] tenants: Option<Vec<String>>,
        #[graphql(desc = "Only events about this ticket; its global id or UUID.")] ticket: Option<
            ID,
        >,
        #[graphql(desc = "With personal data.")] personal: Option<bool>,
    ) -> Result<Items<PublicEvent>> {
        let ticket = ticket.map(|id| local("ticket", Kind::Ticket, &id)).transpose()?;
        let wanted = EventRequest {
            start: start(after)?,
            types: types.unwrap_or_default(),
            tenants: tenants.unwrap_or_default(),
            ticket,
            personal: personal.unwrap_or_default(),
            ..EventRequest::default()
        };
        let feed = follow(request(ctx)?, &wanted).await?;
        Ok(event::items(feed))
    }

    /// Changes of the queue: which entries are not as they were. Changes that follow each other
    /// closely come as one item. An item is given once the read models have reached its position.
    async fn queue_changed(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Position behind which to begin; `earliest` and `latest` name the ends.")]
        after: Option<Position>,
        #[graphql(desc = "Only of this tenant.")] tenant: Option<String>,
    ) -> Result<Items<QueueChange>> {
        let request = request(ctx)?;
        request.access.require(Permission::Read).map_err(error::of)?;
        let tenants = tenant.into_iter().collect();
        let wanted = EventRequest { start: start(after)?, tenants, ..EventRequest::default() };
        let feed = follow(request, &wanted).await?;
        Ok(queue::items(feed, Reader::of(request)))
    }

    /// Changes of a ticket, its messages and notes. Changes that follow each other closely come as
    /// one item. An item is given once the read models have reached its position.
    async fn ticket_changed(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Its global id or UUID.")] id: ID,
        #[graphql(desc = "Position behind which to begin; `earliest` and `latest` name the ends.")]
        after: Option<Position>,
    ) -> Result<Items<TicketChange>> {
        let id: TicketId = local("id", Kind::Ticket, &id)?;
        let request = request(ctx)?;
        let start = start(after)?;
        // A receipt's position may be ahead of the rows: what it names is waited for.
        if let StreamStart::After(cursor) = start {
            let (app, access) = (request.app(), &request.access);
            let position = app.position_in_log(access, "after", cursor).await.map_err(error::of)?;
            request.reach(position).await.map_err(error::of)?;
        }
        let row: Option<TicketRow> = request.get(id).await?;
        let row = row.ok_or_else(|| error::of(AppError::NotFound("ticket")))?;
        let (ticket, thread) = (Some(id), row.conversation_id);
        let wanted = EventRequest { start, ticket, thread, ..EventRequest::default() };
        let feed = follow(request, &wanted).await?;
        Ok(ticket::items(feed, Reader::of(request), id))
    }
}

/// Waits for read models while its subscription goes on.
struct Reader(Arc<Request>);

impl Reader {
    fn of(request: &Request) -> Self {
        Self(Arc::new(Request::new(Arc::clone(&request.shared), request.access.clone())))
    }

    /// Waits until the read models have come as far as the feed.
    async fn reach(&self, feed: &EventFeed) -> Result<(), AppError> {
        self.0.reach(feed.position().position).await
    }
}

fn start(after: Option<Position>) -> Result<StreamStart> {
    after.map_or(Ok(StreamStart::Latest), |after| after.start("after"))
}

async fn follow(request: &Request, wanted: &EventRequest) -> Result<EventFeed> {
    let buffer = request.shared.settings.api.streams.buffer_events;
    request.app().follow_events(&request.access, wanted, buffer).await.map_err(error::of)
}
