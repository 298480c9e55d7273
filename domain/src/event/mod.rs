//! What all stored events share: how they are written to the log and read back.

mod any;
mod names;

pub use any::Event;
pub use names::names_of_events;

use serde::Serialize;
use serde::de::DeserializeOwned;
use thiserror::Error;

/// An event of the log. Its JSON form is externally tagged: `{"TicketReceived": {...}}`.
///
/// Forms are never changed in place: a new form raises the version of the event type and adds a
/// step to [`LogEvent::upcast`], which lifts older payloads one version at a time.
pub trait LogEvent: cqrs_es::DomainEvent + Serialize + DeserializeOwned + 'static {
    /// Type of the aggregate that owns the stream, for example `ticket`.
    const STREAM_KIND: &'static str;

    /// Lifts a payload of an older version to the present form.
    ///
    /// # Errors
    /// [`DecodeError`] when the version is unknown.
    fn upcast(
        event_type: &str,
        event_version: &str,
        payload: serde_json::Value,
    ) -> Result<serde_json::Value, DecodeError>;

    /// Whether `event_version` is the present form, which needs no lifting.
    fn is_present_form(event_type: &str, event_version: &str) -> bool;

    /// Reads an event from its stored form.
    ///
    /// # Errors
    /// [`DecodeError`] when the payload is not of a known form.
    fn decode(event_type: &str, event_version: &str, payload: &str) -> Result<Self, DecodeError> {
        let error = |_| DecodeError::unknown(event_type, event_version);
        if Self::is_present_form(event_type, event_version) {
            return serde_json::from_str(payload).map_err(error);
        }
        let value = serde_json::from_str(payload).map_err(error)?;
        serde_json::from_value(Self::upcast(event_type, event_version, value)?).map_err(error)
    }
}

/// A stored event cannot be read. Says which kind, never what is in it.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("an event {event_type} of version {event_version} cannot be read by this program")]
pub struct DecodeError {
    /// Name of the event.
    pub event_type: String,
    /// Version that was stored.
    pub event_version: String,
}

impl DecodeError {
    /// The error for a version that this program does not know.
    pub fn unknown(event_type: &str, event_version: &str) -> Self {
        Self { event_type: event_type.to_owned(), event_version: event_version.to_owned() }
    }
}
