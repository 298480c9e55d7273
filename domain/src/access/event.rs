//! Events of a request that showed personal data.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::event::{DecodeError, LogEvent};
use crate::ids::{ContactId, ConversationId, MessageId, TicketId};

/// What a request showed. Who asked is the event's actor.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum AccessEvent {
    /// Data of one person was shown.
    PersonalDataRead(PersonalDataRead),
}

/// See [`AccessEvent::PersonalDataRead`]. Names what was shown, never what it says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct PersonalDataRead {
    /// Whose data; the data subject of the event. `None` for an export, which may hold anybody's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub contact_id: Option<ContactId>,
    /// The thread that it belongs to, where it belongs to one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub conversation_id: Option<ConversationId>,
    /// The ticket that it belongs to, where it belongs to one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ticket_id: Option<TicketId>,
    /// What was shown, each thing once.
    pub what: Vec<Seen>,
    /// How it was asked for.
    pub way: Way,
}

/// A thing that was shown.
#[derive(
    Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Seen {
    /// Name, address or customer record of the contact.
    Contact,
    /// Subject or notes of the conversation.
    Conversation,
    /// Customer, subject, preview or draft of a ticket that was asked for by itself.
    Ticket(TicketId),
    /// People, subject or text of a message.
    Message(MessageId),
    /// The bytes of a message as they arrived.
    RawMail(MessageId),
    /// The full text of a message as a file.
    FullText(MessageId),
    /// A file that came with a message.
    Attachment {
        /// The message.
        message_id: MessageId,
        /// Number of the part.
        part: u32,
    },
    /// What the audit trail keeps of somebody's data: old and new values.
    AuditTrail,
    /// Many people's data at once.
    Export {
        /// What was taken out, for example `audit`.
        name: String,
        /// How it was narrowed, free of personal data.
        filter: String,
    },
}

/// How data was asked for.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Way {
    /// A GraphQL operation.
    Graphql,
    /// The download of a file.
    Download,
    /// An export.
    Export,
}

impl LogEvent for AccessEvent {
    const STREAM_KIND: &'static str = "access";

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

impl cqrs_es::DomainEvent for AccessEvent {
    fn event_type(&self) -> String {
        match self {
            Self::PersonalDataRead(_) => "PersonalDataRead",
        }
        .to_owned()
    }

    fn event_version(&self) -> String {
        "1".to_owned()
    }
}
