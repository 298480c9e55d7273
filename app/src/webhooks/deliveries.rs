//! The log of deliveries: every attempt of a subscription, read backwards from its stream.

use std::fmt;
use std::str::FromStr;

use casebook_domain::Timestamp;
use casebook_domain::event::LogEvent;
use casebook_domain::ids::WebhookId;
use casebook_domain::webhook::{AttemptFailed, Made, WebhookEvent};
use casebook_store::{Cursor, StoredEvent};
use serde::Serialize;
use uuid::Uuid;

use super::state::stream;
use crate::{Access, App, AppError, Permission};

/// Events of the stream that are read at a time.
const READ: u64 = 100;
/// Reads that one page may cost, once it holds something to go on from.
const READS_MAX: u32 = 20;

/// An attempt.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Delivery {
    /// Its place in the log of deliveries.
    #[serde(skip)]
    pub place: DeliveryPlace,
    /// The event's place in the log: a cursor.
    pub position: String,
    /// Identifier of the event, `webhook-id` of the request.
    pub event_id: String,
    /// Its public type.
    pub event_type: String,
    /// What it is about: `ticket/` and an identifier, or another stream.
    pub about: String,
    /// Number of the attempt; the first is 1.
    pub attempt: u32,
    /// `TAKEN`, `FAILED`, or `GIVEN_UP` for a failure that was the last.
    pub outcome: &'static str,
    /// Status that the receiver answered with, if it did.
    pub status: Option<u16>,
    /// Why it failed.
    pub failure: Option<String>,
    /// How long it took, in milliseconds.
    pub duration_ms: u64,
    /// When it was sent.
    pub at: Timestamp,
    /// When it is sent again.
    pub retry_at: Option<Timestamp>,
}

/// A place in the log of deliveries: version of the stream, and number within the event.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct DeliveryPlace {
    version: u64,
    index: u64,
}

impl fmt::Display for DeliveryPlace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.version, self.index)
    }
}

impl FromStr for DeliveryPlace {
    type Err = AppError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let read = |text: &str| text.parse::<u64>().ok();
        let parts = text.split_once('.');
        let place = parts.and_then(|(version, index)| Some((read(version)?, read(index)?)));
        let wrong = || AppError::invalid("after", "is not a cursor of this connection");
        let (version, index) = place.ok_or_else(wrong)?;
        Ok(Self { version, index })
    }
}

/// A page of deliveries, the latest first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeliveryPage {
    /// The deliveries.
    pub deliveries: Vec<Delivery>,
    /// Whether older ones follow.
    pub has_more: bool,
}

impl App {
    /// Deliveries of a subscription before `after`, the latest first, at most `limit`.
    ///
    /// # Errors
    /// As [`App::webhook_info`].
    pub async fn webhook_deliveries(
        &self,
        access: &Access,
        id: WebhookId,
        after: Option<DeliveryPlace>,
        limit: usize,
    ) -> Result<DeliveryPage, AppError> {
        access.require(Permission::Administer)?;
        let present = self.webhook_of(access, id).await?;
        let start = after.map_or(present.version, |place| place.version.min(present.version));
        let mut deliveries: Vec<Delivery> = Vec::new();
        let (mut upper, mut reads) = (start, 0);
        while upper > 0 && deliveries.len() <= limit && (reads < READS_MAX || deliveries.is_empty())
        {
            reads += 1;
            let lower = upper.saturating_sub(READ);
            let count = usize::try_from(upper - lower).unwrap_or(0);
            let page = self.store().log().read_stream(&stream(id), lower, count).await?;
            for stored in page.iter().rev().filter(|stored| stored.version <= upper) {
                let told = told(self.log_id(), stored)?.into_iter().rev();
                deliveries.extend(told.filter(|one| after.is_none_or(|after| one.place < after)));
            }
            upper = lower;
        }
        let has_more = deliveries.len() > limit || upper > 0;
        deliveries.truncate(limit);
        Ok(DeliveryPage { deliveries, has_more })
    }
}

/// The attempts that an event of the stream tells, in their order.
fn told(log_id: Uuid, stored: &StoredEvent) -> Result<Vec<Delivery>, AppError> {
    let (name, form) = (&stored.event_type, &stored.event_version);
    if !matches!(name.as_str(), "WebhookDeliveriesMade" | "WebhookAttemptFailed") {
        return Ok(Vec::new());
    }
    let event = WebhookEvent::decode(name, form, &stored.payload).map_err(AppError::fault)?;
    let place = |index: usize| DeliveryPlace { version: stored.version, index: index as u64 };
    Ok(match event {
        WebhookEvent::WebhookDeliveriesMade(batch) => {
            let made = batch.made.into_iter().enumerate();
            made.map(|(index, made)| taken(log_id, place(index), made)).collect()
        }
        WebhookEvent::WebhookAttemptFailed(failed) => vec![refused(log_id, place(0), failed)],
        _ => Vec::new(),
    })
}

fn taken(log_id: Uuid, place: DeliveryPlace, made: Made) -> Delivery {
    let Made { letter, attempt, status, duration_ms, at } = made;
    Delivery {
        place,
        position: Cursor { log_id, position: letter.position }.to_string(),
        event_id: letter.event_id,
        event_type: letter.event_type,
        about: letter.key,
        attempt,
        outcome: "TAKEN",
        status: Some(status),
        failure: None,
        duration_ms,
        at,
        retry_at: None,
    }
}

fn refused(log_id: Uuid, place: DeliveryPlace, failed: AttemptFailed) -> Delivery {
    let AttemptFailed { letter, attempt, failure, duration_ms, at, retry_at, .. } = failed;
    Delivery {
        place,
        position: Cursor { log_id, position: letter.position }.to_string(),
        event_id: letter.event_id,
        event_type: letter.event_type,
        about: letter.key,
        attempt,
        outcome: if retry_at.is_some() { "FAILED" } else { "GIVEN_UP" },
        status: failure.status(),
        failure: Some(failure.to_string()),
        duration_ms,
        at,
        retry_at,
    }
}
