//! The events of one command: what was decided together is checked together.

use std::collections::BTreeMap;

use casebook_domain::conversation::{ConversationEvent, MessageReceived};
use casebook_domain::event::Event;
use casebook_domain::ticket::{TicketClassified, TicketEvent};
use casebook_store::{StoredEvent, StreamId};

/// Form of an erased value inside a payload. Quotes inside texts are escaped, so no text holds it.
const ERASED: &str = "{\"$x\":";

/// An event as stored and as read.
pub(super) struct Member {
    pub(super) stored: StoredEvent,
    pub(super) event: Event,
}

/// The events of one command, by position; never empty.
pub(super) struct Group {
    pub(super) members: Vec<Member>,
    /// What the command told besides.
    metadata: BTreeMap<String, String>,
}

impl Group {
    /// Reads the events of one command; `None` when one of them cannot be read, or there is none.
    pub(super) fn read(events: Vec<StoredEvent>) -> Option<Self> {
        let metadata = serde_json::from_str(&events.first()?.metadata).unwrap_or_default();
        let mut members = Vec::with_capacity(events.len());
        for stored in events {
            let kind = stored.stream.kind.as_str();
            let (name, version) = (&stored.event_type, &stored.event_version);
            if let Some(event) = Event::decode(kind, name, version, &stored.payload).ok()? {
                members.push(Member { stored, event });
            }
        }
        (!members.is_empty()).then_some(Self { members, metadata })
    }

    /// The first event.
    pub(super) fn first(&self) -> &StoredEvent {
        &self.members[0].stored
    }

    /// Version of the policy that was in force, as the command tells.
    pub(super) fn policy_version(&self) -> Option<&str> {
        self.metadata.get("policy_version").map(String::as_str)
    }

    /// Whether a value in it has been erased.
    pub(super) fn has_erased(&self) -> bool {
        self.members.iter().any(|member| member.stored.payload.contains(ERASED))
    }

    /// The message that was received, if that is what the command did.
    pub(super) fn message(&self) -> Option<(&StoredEvent, &MessageReceived)> {
        self.members.iter().find_map(|member| match &member.event {
            Event::Conversation(ConversationEvent::MessageReceived(message)) => {
                Some((&member.stored, message.as_ref()))
            }
            _ => None,
        })
    }

    /// The classification, if that is what the command did.
    pub(super) fn classified(&self) -> Option<(&StoredEvent, &TicketClassified)> {
        self.ticket_events().find_map(|(stored, event)| match event {
            TicketEvent::TicketClassified(decision) => Some((stored, decision.as_ref())),
            _ => None,
        })
    }

    /// Its events of tickets.
    pub(super) fn ticket_events(&self) -> impl Iterator<Item = (&StoredEvent, &TicketEvent)> {
        self.members.iter().filter_map(|member| match &member.event {
            Event::Ticket(event) => Some((&member.stored, event)),
            _ => None,
        })
    }

    /// Its events of conversations.
    pub(super) fn conversation_events(&self) -> Vec<&ConversationEvent> {
        let events = self.members.iter().filter_map(|member| match &member.event {
            Event::Conversation(event) => Some(event),
            _ => None,
        });
        events.collect()
    }

    /// Its events of one stream.
    pub(super) fn of_stream(&self, stream: &StreamId) -> Vec<&StoredEvent> {
        let events = self.members.iter().map(|member| &member.stored);
        events.filter(|stored| stored.stream == *stream).collect()
    }
}
