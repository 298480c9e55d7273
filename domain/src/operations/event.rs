//! What operators decided about the log.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::event::{DecodeError, LogEvent};

/// What an operator decided.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub enum OperationsEvent {
    /// An event that cannot be read is passed over.
    EventSkipped(EventSkipped),
}

/// See [`OperationsEvent::EventSkipped`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct EventSkipped {
    /// Position of the event in the log.
    pub position: u64,
    /// Name of that event.
    pub event_type: String,
    /// Version of its form.
    pub event_version: String,
    /// The read model or errand that passes it over, by name; `None` means all.
    pub reader: Option<String>,
    /// Why, in the operator's words.
    pub reason: String,
}

impl LogEvent for OperationsEvent {
    const STREAM_KIND: &'static str = "operations";

    fn upcast(
        event_type: &str,
        event_version: &str,
        _payload: serde_json::Value,
    ) -> Result<serde_json::Value, DecodeError> {
        Err(DecodeError::unknown(event_type, event_version))
    }

    fn is_present_form(_event_type: &str, event_version: &str) -> bool {
        event_version == "1"
    }
}

impl cqrs_es::DomainEvent for OperationsEvent {
    fn event_type(&self) -> String {
        match self {
            Self::EventSkipped(_) => "EventSkipped",
        }
        .to_owned()
    }

    fn event_version(&self) -> String {
        "1".to_owned()
    }
}
