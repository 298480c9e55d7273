//! An event of the log, decoded, as folds see it.

use std::borrow::Cow;
use std::collections::BTreeMap;

use casebook_domain::Timestamp;
use casebook_domain::event::{DecodeError, Event};
use casebook_store::trace::Cause;
use casebook_store::{StoredEvent, StreamId};
use uuid::Uuid;

/// An event with the place and time of its recording.
#[derive(Clone, Debug, PartialEq)]
pub struct Recorded<E> {
    /// Place in the log, from 1.
    pub position: u64,
    /// The stream it belongs to.
    pub stream: StreamId,
    /// Place in its stream, from 1.
    pub version: u64,
    /// Tenant that owns it.
    pub tenant: String,
    /// When it was recorded.
    pub recorded_at: Timestamp,
    /// The event.
    pub event: E,
    metadata: String,
    command_id: Uuid,
}

impl<E> Recorded<E> {
    /// The metadata, a flat map of strings; empty when it is not of that form.
    pub fn metadata(&self) -> BTreeMap<Cow<'_, str>, Cow<'_, str>> {
        metadata(&self.metadata)
    }

    /// Where work that it makes necessary hangs in a trace; see [`Cause::told`].
    pub fn cause(&self) -> Option<Cause> {
        Cause::told(&self.metadata, self.command_id)
    }
}

/// The metadata of a stored event, a flat map of strings; empty when it is not of that form.
pub fn metadata(text: &str) -> BTreeMap<Cow<'_, str>, Cow<'_, str>> {
    serde_json::from_str(text).unwrap_or_default()
}

impl Recorded<Event> {
    /// Decodes a stored event; `None` for streams that are not the domain's.
    ///
    /// # Errors
    /// [`DecodeError`] when the payload is not of a known form.
    pub fn decode(stored: StoredEvent) -> Result<Option<Self>, DecodeError> {
        let event = Event::decode(
            &stored.stream.kind,
            &stored.event_type,
            &stored.event_version,
            &stored.payload,
        )?;
        Ok(event.map(|event| Self {
            position: stored.position,
            stream: stored.stream,
            version: stored.version,
            tenant: stored.tenant,
            recorded_at: stored.recorded_at,
            event,
            metadata: stored.metadata,
            command_id: stored.command_id,
        }))
    }
}
