//! All events of the log as one type, for readers that follow it.

use cqrs_es::DomainEvent;

use super::{DecodeError, LogEvent};
use crate::access::AccessEvent;
use crate::contact::ContactEvent;
use crate::conversation::ConversationEvent;
use crate::operations::OperationsEvent;
use crate::policy_log::PolicyEvent;
use crate::ticket::TicketEvent;
use crate::webhook::WebhookEvent;

/// An event of any stream.
#[derive(Clone, Debug, PartialEq)]
pub enum Event {
    /// Of a request that showed personal data.
    Access(AccessEvent),
    /// Of a contact.
    Contact(ContactEvent),
    /// Of a conversation.
    Conversation(ConversationEvent),
    /// Of operators, about the log itself.
    Operations(OperationsEvent),
    /// Of a tenant's policy.
    Policy(PolicyEvent),
    /// Of a ticket.
    Ticket(TicketEvent),
    /// Of a subscription whose events are sent to an address.
    Webhook(Box<WebhookEvent>),
}

impl Event {
    /// Name of the event, for example `TicketReceived`.
    pub fn event_type(&self) -> String {
        match self {
            Self::Access(event) => event.event_type(),
            Self::Contact(event) => event.event_type(),
            Self::Conversation(event) => event.event_type(),
            Self::Operations(event) => event.event_type(),
            Self::Policy(event) => event.event_type(),
            Self::Ticket(event) => event.event_type(),
            Self::Webhook(event) => event.event_type(),
        }
    }

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
            AccessEvent::STREAM_KIND => {
                Self::Access(AccessEvent::decode(event_type, event_version, payload)?)
            }
            ContactEvent::STREAM_KIND => {
                Self::Contact(ContactEvent::decode(event_type, event_version, payload)?)
            }
            ConversationEvent::STREAM_KIND => {
                Self::Conversation(ConversationEvent::decode(event_type, event_version, payload)?)
            }
            OperationsEvent::STREAM_KIND => {
                Self::Operations(OperationsEvent::decode(event_type, event_version, payload)?)
            }
            PolicyEvent::STREAM_KIND => {
                Self::Policy(PolicyEvent::decode(event_type, event_version, payload)?)
            }
            TicketEvent::STREAM_KIND => {
                Self::Ticket(TicketEvent::decode(event_type, event_version, payload)?)
            }
            WebhookEvent::STREAM_KIND => {
                Self::Webhook(Box::new(WebhookEvent::decode(event_type, event_version, payload)?))
            }
            _ => return Ok(None),
        }))
    }
}
