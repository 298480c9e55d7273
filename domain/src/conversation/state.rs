//! The conversation as its events make it.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::{ConversationEvent, MessageReceived};
use crate::address::normalise;
use crate::channel::Channel;
use crate::ids::{ContactId, ConversationId, MessageId, TicketId};
use crate::mail::Mailbox;

/// What a conversation remembers of a message, for the decisions about later ones.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct KnownMessage {
    /// Digest over its content.
    pub content_digest: String,
    /// Whether it was handed on to another address.
    pub forwarded: bool,
    /// Attempts to hand it on that failed.
    pub failed_forwards: u32,
    /// Whether a delivery report says that it did not arrive.
    pub bounced: bool,
}

/// The thread with a contact.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Conversation {
    id: Option<ConversationId>,
    inbox: String,
    channel: Channel,
    contact: Option<ContactId>,
    open_ticket: Option<TicketId>,
    participants: BTreeSet<String>,
    messages: BTreeMap<MessageId, KnownMessage>,
}

impl Conversation {
    /// Whether it has begun.
    pub const fn is_open(&self) -> bool {
        self.id.is_some()
    }

    /// The contact it is with.
    pub const fn contact(&self) -> Option<ContactId> {
        self.contact
    }

    /// The inbox it came in by.
    pub fn inbox(&self) -> &str {
        &self.inbox
    }

    /// The ticket that later messages of the contact join.
    pub const fn open_ticket(&self) -> Option<TicketId> {
        self.open_ticket
    }

    /// What is known of a message.
    pub fn message(&self, id: MessageId) -> Option<&KnownMessage> {
        self.messages.get(&id)
    }

    /// Number of messages.
    pub fn message_count(&self) -> usize {
        self.messages.len()
    }

    /// Whether the person with this address takes part.
    pub fn admits(&self, address: &str) -> bool {
        self.participants.contains(&normalise(address))
    }

    pub(super) fn is_forwarded(&self, id: MessageId) -> bool {
        self.message(id).is_some_and(|message| message.forwarded)
    }

    pub(super) fn evolve(&mut self, event: &ConversationEvent) {
        match event {
            ConversationEvent::ConversationOpened(opened) => {
                self.id = Some(opened.conversation_id);
                self.inbox.clone_from(&opened.inbox);
                self.channel = opened.channel;
                self.contact = Some(opened.contact_id);
            }
            ConversationEvent::MessageReceived(message) => self.remember(message),
            ConversationEvent::MailSetAside(_) => {}
            ConversationEvent::MailForwarded(done) => {
                if let Some(message) = self.messages.get_mut(&done.message_id) {
                    message.forwarded = true;
                }
            }
            ConversationEvent::ForwardFailed(failed) => {
                if let Some(message) = self.messages.get_mut(&failed.message_id) {
                    message.failed_forwards = failed.attempt;
                }
            }
            ConversationEvent::BounceAttached(bounce) => {
                if let Some(message) = self.messages.get_mut(&bounce.about) {
                    message.bounced = true;
                }
            }
        }
    }

    fn remember(&mut self, message: &MessageReceived) {
        let people = [&message.from]
            .into_iter()
            .chain(&message.reply_to)
            .chain(&message.to)
            .chain(&message.cc)
            .filter_map(|person| person.get())
            .map(|person: &Mailbox| normalise(&person.address))
            .filter(|address| !address.is_empty());
        self.participants.extend(people);
        if message.ticket_id.is_some() {
            self.open_ticket = message.ticket_id;
        }
        self.messages.insert(
            message.message_id,
            KnownMessage {
                content_digest: message.content_digest.clone(),
                forwarded: false,
                failed_forwards: 0,
                bounced: false,
            },
        );
    }
}
