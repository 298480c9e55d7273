//! Events as they stand in the log.

use std::fmt;

use casebook_domain::Timestamp;
use uuid::Uuid;

/// Names one stream: the events of one aggregate.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct StreamId {
    /// Type of the aggregate, for example `ticket`; the `aggregate_type` column.
    pub kind: String,
    /// Identifier of the aggregate; the `aggregate_id` column.
    pub id: String,
}

impl StreamId {
    /// Names the stream of the aggregate `id` of type `kind`.
    pub fn new(kind: impl Into<String>, id: impl Into<String>) -> Self {
        Self { kind: kind.into(), id: id.into() }
    }
}

impl fmt::Display for StreamId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.kind, self.id)
    }
}

/// One event of the log, its payload undecoded: exactly the bytes that were appended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredEvent {
    /// Place in the log, from 1, dense and in commit order.
    pub position: u64,
    /// The stream it belongs to.
    pub stream: StreamId,
    /// Place in its stream, from 1, without holes.
    pub version: u64,
    /// Name of the event, for example `TicketReceived`.
    pub event_type: String,
    /// Version of the event's form, for example `1`.
    pub event_version: String,
    /// The event as JSON text.
    pub payload: String,
    /// Flat string map as JSON text.
    pub metadata: String,
    /// Tenant that owns the event.
    pub tenant: String,
    /// Command that caused it.
    pub command_id: Uuid,
    /// When it was recorded; never decreases along positions.
    pub recorded_at: Timestamp,
}

/// Which events a reader wants; an empty list means all.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Filter {
    /// Only these event types.
    pub event_types: Vec<String>,
    /// Only streams of these kinds.
    pub stream_kinds: Vec<String>,
    /// Only this tenant.
    pub tenant: Option<String>,
}
