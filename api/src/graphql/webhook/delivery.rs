//! Pages of the log of deliveries.

use async_graphql::connection::PageInfo;
use async_graphql::{Enum, Result, SimpleObject};
use casebook_app::queries::Slice;
use casebook_app::{Delivery, DeliveryPage, DeliveryPlace};
use casebook_domain::ids::WebhookId;

use super::super::connection::Paging;
use super::super::context::Request;
use super::super::cursor::{self, Place};
use super::super::error;
use super::super::scalars::{DateTime, Position, int};

impl Place for DeliveryPlace {
    fn write(&self) -> String {
        format!("delivery:{self}")
    }

    fn read(text: &str) -> Option<Self> {
        text.strip_prefix("delivery:")?.parse().ok()
    }
}

/// What came of an attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
pub(in crate::graphql) enum WebhookDeliveryOutcome {
    /// It failed; another one follows.
    Failed,
    /// It failed, and it was the last.
    GivenUp,
    /// The receiver took the event.
    Taken,
}

/// An attempt to send an event.
#[derive(SimpleObject)]
pub(in crate::graphql) struct WebhookDelivery {
    /// The event's place in the log.
    position: Position,
    /// Identifier of the event: `webhook-id` of the request.
    event_id: String,
    /// Its public type.
    event_type: String,
    /// What it is about: `ticket/` and an identifier, or another stream.
    about: String,
    /// Number of the attempt; the first is 1.
    attempt: i32,
    /// What came of it.
    outcome: WebhookDeliveryOutcome,
    /// Status that the receiver answered with; null without an answer.
    status: Option<i32>,
    /// Why it failed.
    failure: Option<String>,
    /// How long it took, in milliseconds.
    duration_ms: i32,
    /// When it was sent.
    at: DateTime,
    /// When the next attempt is due.
    retry_at: Option<DateTime>,
}

/// An attempt in its place.
#[derive(SimpleObject)]
pub(in crate::graphql) struct WebhookDeliveryEdge {
    /// The place.
    cursor: String,
    /// The attempt.
    node: WebhookDelivery,
}

/// A page of attempts.
#[derive(SimpleObject)]
pub(in crate::graphql) struct WebhookDeliveryConnection {
    /// The attempts with their cursors.
    edges: Vec<WebhookDeliveryEdge>,
    /// Where the page stands.
    page_info: PageInfo,
}

impl From<Delivery> for WebhookDelivery {
    fn from(one: Delivery) -> Self {
        Self {
            position: Position::of_text(&one.position),
            event_id: one.event_id,
            event_type: one.event_type,
            about: one.about,
            attempt: int(one.attempt),
            outcome: match one.outcome {
                "TAKEN" => WebhookDeliveryOutcome::Taken,
                "GIVEN_UP" => WebhookDeliveryOutcome::GivenUp,
                _ => WebhookDeliveryOutcome::Failed,
            },
            status: one.status.map(i32::from),
            failure: one.failure,
            duration_ms: int(one.duration_ms),
            at: DateTime(one.at),
            retry_at: one.retry_at.map(DateTime),
        }
    }
}

/// One page; see the field.
pub(super) async fn page(
    request: &Request,
    id: WebhookId,
    paging: Paging,
) -> Result<WebhookDeliveryConnection> {
    let slice = paging.slice(&request.shared.settings.api)?;
    let Slice::Forward { first, after } = slice else {
        return Err(error::invalid("last", "use first and after"));
    };
    let page = request.app().webhook_deliveries(&request.access, id, after, first).await;
    let DeliveryPage { deliveries, has_more } = page.map_err(error::of)?;
    let cursor = |one: &Delivery| cursor::encode(&one.place);
    let page_info = PageInfo {
        has_previous_page: after.is_some(),
        has_next_page: has_more,
        start_cursor: deliveries.first().map(cursor),
        end_cursor: deliveries.last().map(cursor),
    };
    let edge = |one: Delivery| WebhookDeliveryEdge { cursor: cursor(&one), node: one.into() };
    Ok(WebhookDeliveryConnection { edges: deliveries.into_iter().map(edge).collect(), page_info })
}
