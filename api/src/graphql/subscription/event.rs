//! Public events, one by one.

use std::collections::VecDeque;
use std::sync::Arc;

use async_graphql::{ID, Json, Object, Result};
use casebook_app::{AppError, EventFeed, StreamEvent};
use futures::stream::{StreamExt, unfold};
use serde_json::Value;

use super::super::error;
use super::super::scalars::{DateTime, Position};
use super::Items;

/// Something that happened, as the outside may see it. Types and their data are listed in
/// `docs/event-types.md`.
pub(super) struct PublicEvent {
    event: Arc<StreamEvent>,
    personal: bool,
}

impl PublicEvent {
    fn public(&self) -> &casebook_app::PublicEvent {
        self.event.public(self.personal)
    }
}

/// Something that happened, as the outside may see it. Types and their data are listed in
/// `docs/event-types.md`.
#[Object(name = "Event")]
impl PublicEvent {
    /// Identifier of the event, a UUID.
    async fn id(&self) -> ID {
        ID(self.public().id.clone())
    }

    /// Its type, for example `casebook.ticket.received.v1`.
    #[graphql(name = "type")]
    async fn type_name(&self) -> &str {
        self.public().type_name
    }

    /// Tenant that owns it.
    async fn tenant(&self) -> &str {
        &self.public().tenant
    }

    /// What it is about: the kind of a stream, a slash, and its identifier.
    async fn subject(&self) -> &str {
        &self.public().subject
    }

    /// When it was recorded.
    async fn time(&self) -> DateTime {
        DateTime(self.public().time)
    }

    /// Its place in the log: give it as `after` to go on from here.
    async fn position(&self) -> Position {
        Position::of_text(&self.public().position)
    }

    /// Who caused it: the kind of actor, a colon, and a name.
    async fn actor(&self) -> Option<&str> {
        self.public().actor.as_deref()
    }

    /// The conversation in which it was caused, a UUID.
    async fn correlation_id(&self) -> Option<&str> {
        self.public().correlation_id.as_deref()
    }

    /// What it tells, in the form of its type.
    async fn data(&self) -> Result<Json<Value>> {
        let data = serde_json::to_value(&self.public().data);
        data.map(Json).map_err(|error| error::of(AppError::fault(error)))
    }
}

/// The events of a feed, until one cannot be read.
pub(super) fn items(feed: EventFeed) -> Items<PublicEvent> {
    unfold(Some((feed, VecDeque::new())), |state| async move {
        let (mut feed, mut read): (EventFeed, VecDeque<Arc<StreamEvent>>) = state?;
        let personal = feed.is_personal();
        loop {
            if let Some(event) = read.pop_front() {
                return Some((Ok(PublicEvent { event, personal }), Some((feed, read))));
            }
            match feed.next_page().await {
                Ok(page) => read.extend(page),
                Err(error) => return Some((Err(error::of(error)), None)),
            }
        }
    })
    .boxed()
}
