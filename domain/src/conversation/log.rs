//! How events of a conversation stand in the log.

use super::ConversationEvent;
use crate::event::{DecodeError, LogEvent};

impl LogEvent for ConversationEvent {
    const STREAM_KIND: &'static str = "conversation";

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

impl cqrs_es::DomainEvent for ConversationEvent {
    fn event_type(&self) -> String {
        match self {
            Self::ConversationOpened(_) => "ConversationOpened",
            Self::MessageReceived(_) => "MessageReceived",
            Self::MailSetAside(_) => "MailSetAside",
            Self::MailForwarded(_) => "MailForwarded",
            Self::ForwardFailed(_) => "ForwardFailed",
            Self::BounceAttached(_) => "BounceAttached",
            Self::MessageSent(_) => "MessageSent",
            Self::NoteAdded(_) => "NoteAdded",
        }
        .to_owned()
    }

    fn event_version(&self) -> String {
        "1".to_owned()
    }
}
