//! Events of a contact.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::CustomerContext;
use crate::event::{DecodeError, LogEvent};
use crate::ids::{ContactId, MessageId};
use crate::{Personal, Timestamp};

/// What happened to what we know of a person.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub enum ContactEvent {
    /// The person became known.
    ContactRegistered(ContactRegistered),
    /// The person wrote; what gates count as a contact.
    ContactWrote(ContactWrote),
    /// The tenant's business told what it knows about the person.
    ContactContextChanged(ContactContextChanged),
}

/// See [`ContactEvent::ContactRegistered`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ContactRegistered {
    /// The contact; random, and the data subject of the stream.
    pub contact_id: ContactId,
    /// Normalised address.
    pub address: Personal<String>,
    /// Name as the person writes it.
    pub name: Option<Personal<String>>,
}

/// See [`ContactEvent::ContactWrote`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ContactWrote {
    /// The message.
    pub message_id: MessageId,
    /// When it counts: its arrival, or on import its date.
    pub at: Timestamp,
}

/// See [`ContactEvent::ContactContextChanged`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ContactContextChanged {
    /// All that is known now; replaces what was known before.
    pub context: Personal<CustomerContext>,
    /// Where it comes from, for example `import`.
    pub source: String,
}

impl LogEvent for ContactEvent {
    const STREAM_KIND: &'static str = "contact";

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

impl cqrs_es::DomainEvent for ContactEvent {
    fn event_type(&self) -> String {
        match self {
            Self::ContactRegistered(_) => "ContactRegistered",
            Self::ContactWrote(_) => "ContactWrote",
            Self::ContactContextChanged(_) => "ContactContextChanged",
        }
        .to_owned()
    }

    fn event_version(&self) -> String {
        "1".to_owned()
    }
}
