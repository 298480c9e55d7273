//! The conversation as its events make it.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::{ConversationEvent, MessageReceived, MessageSent};
use crate::address::normalise;
use crate::channel::Channel;
use crate::ids::{ContactId, ConversationId, MessageId, NoteId, TicketId};
use crate::mail::Mailbox;

/// Stands where a received message has the digest of its content: the message is our own.
pub const SENT: &str = "sent";

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

/// What the headers of the next reply name, so that mail programs show one thread.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Threading {
    /// Identifier of the contact's latest message that has one, else of our latest.
    pub in_reply_to: Option<String>,
    /// The thread's identifiers as far as known, oldest first.
    pub references: Vec<String>,
}

/// Identifiers that a thread remembers: the first and the latest ones.
const REFERENCES_MAX: usize = 20;

impl Threading {
    /// Takes over the identifier of a message, and those that it answers, oldest first.
    fn follow<'a>(&mut self, answered: impl Iterator<Item = &'a str>, own: &'a str) {
        for id in answered.chain([own]) {
            if !id.is_empty() && !self.references.iter().any(|known| known == id) {
                self.references.push(id.to_owned());
            }
        }
        if self.references.len() > REFERENCES_MAX {
            let surplus = self.references.len() - REFERENCES_MAX;
            self.references.drain(1..=surplus);
        }
        self.in_reply_to = Some(own.to_owned());
    }
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
    threading: Threading,
    notes: BTreeSet<NoteId>,
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

    /// What the headers of the next reply name.
    pub const fn threading(&self) -> &Threading {
        &self.threading
    }

    /// How the contact writes.
    pub const fn channel(&self) -> Channel {
        self.channel
    }

    pub(super) fn has_note(&self, id: NoteId) -> bool {
        self.notes.contains(&id)
    }

    /// What is known of a message.
    pub fn message(&self, id: MessageId) -> Option<&KnownMessage> {
        self.messages.get(&id)
    }

    /// Number of messages.
    pub fn message_count(&self) -> usize {
        self.messages.len()
    }

    /// Number of messages of which this holds.
    pub fn count_messages(&self, holds: impl Fn(&KnownMessage) -> bool) -> usize {
        self.messages.values().filter(|message| holds(message)).count()
    }

    /// Number of notes.
    pub fn note_count(&self) -> usize {
        self.notes.len()
    }

    /// Normalised addresses of those who take part.
    pub const fn participants(&self) -> &BTreeSet<String> {
        &self.participants
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
            ConversationEvent::MessageSent(sent) => self.remember_sent(sent),
            ConversationEvent::NoteAdded(note) => {
                self.notes.insert(note.note_id);
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
        if let Some(own) = message.external_id.as_ref().and_then(|id| id.get())
            && message.automatic.is_none()
        {
            let answered = message.answers.iter().rev().filter_map(|id| id.get());
            self.threading.follow(answered.map(String::as_str), own);
        }
        self.know(message.message_id, message.content_digest.clone());
    }

    fn remember_sent(&mut self, sent: &MessageSent) {
        if let Some(to) = sent.to.get() {
            self.participants.insert(normalise(&to.address));
        }
        self.open_ticket = Some(sent.ticket_id);
        self.threading.follow(std::iter::empty(), sent.external_id.text());
        self.know(sent.message_id, SENT.to_owned());
    }

    fn know(&mut self, message: MessageId, content_digest: String) {
        let (forwarded, failed_forwards, bounced) = (false, 0, false);
        let known = KnownMessage { content_digest, forwarded, failed_forwards, bounced };
        self.messages.insert(message, known);
    }
}
