//! All events of the log as one type, for readers that follow it.

use super::{DecodeError, LogEvent};
use crate::contact::ContactEvent;
use crate::conversation::ConversationEvent;
use crate::policy_log::PolicyEvent;
use crate::ticket::TicketEvent;

/// An event of any stream.
#[derive(Clone, Debug, PartialEq)]
pub enum Event {
    /// Of a contact.
    Contact(ContactEvent),
    /// Of a conversation.
    Conversation(ConversationEvent),
    /// Of a tenant's policy.
    Policy(PolicyEvent),
    /// Of a ticket.
    Ticket(TicketEvent),
}

impl Event {
    /// Reads an event from its stored form; `None` for streams that are not the domain's.
    ///
    /// # Errors
    /// [`DecodeError`] when the payload is not of a known form.
    pub fn decode(
        stream_kind: &str,
        event_type: &str,
        event_version: &str,
        payload: &str,
    ) -> Result<Option<Self>, DecodeError> {
        Ok(Some(match stream_kind {
            ContactEvent::STREAM_KIND => {
                Self::Contact(ContactEvent::decode(event_type, event_version, payload)?)
            }
            ConversationEvent::STREAM_KIND => {
                Self::Conversation(ConversationEvent::decode(event_type, event_version, payload)?)
            }
            PolicyEvent::STREAM_KIND => {
                Self::Policy(PolicyEvent::decode(event_type, event_version, payload)?)
            }
            TicketEvent::STREAM_KIND => {
                Self::Ticket(TicketEvent::decode(event_type, event_version, payload)?)
            }
            _ => return Ok(None),
        }))
    }
}
