//! A message taken in again: from its recorded raw bytes and inputs to the events that must follow.
//!
//! What intake looked up by keys (which conversation and ticket, whom a report is about), drew at
//! random (the contact) or read from the clock is an input and comes from the record; all else is
//! decided by the same code that decided it then.

use std::sync::Arc;
use std::time::Instant;

use casebook_domain::Personal;
use casebook_domain::channel::Channel;
use casebook_domain::contact::{Contact, ContactEvent};
use casebook_domain::conversation::{
    Body, BounceAttached, Conversation, ConversationCommand, ConversationEvent, IMPORT,
    MessageReceived, ReceiveMessage, SENT,
};
use casebook_domain::gates::GateFacts;
use casebook_domain::ids::{ConversationId, MessageId, TicketId};
use casebook_domain::intake::{Disposition, Identity, identify};
use casebook_domain::mail::ParsedMail;
use casebook_domain::ticket::{Ticket, TicketCommand, TicketEvent};
use casebook_store::BlobHash;
use cqrs_es::Aggregate;

use super::compose::{Incoming, Sender};
use super::events::{self, Part, Who, as_blob};
use super::judge::{Judgement, decide_contact, judge_told, origin, set_aside};
use super::place::{NewMessage, Place, known_as, second_content};
use super::receive::parse_guarded;
use super::triage::Reread;
use crate::app::Raw;
use crate::policy::{OTHER_INBOX, Route};
use crate::{App, InForce};

/// What is recorded about a message, as it stood before the message came.
pub(crate) struct RecordedMessage<'a> {
    /// The policy of the command.
    pub(crate) in_force: Arc<InForce>,
    /// The message.
    pub(crate) message: &'a MessageReceived,
    /// Its conversation's identifier.
    pub(crate) conversation_id: ConversationId,
    /// The inbox of its conversation.
    pub(crate) inbox: &'a str,
    /// How people write in its conversation.
    pub(crate) channel: Channel,
    /// Its conversation.
    pub(crate) conversation: &'a Conversation,
    /// Its contact, at the version at which the facts were read.
    pub(crate) contact: &'a Contact,
    /// That version.
    pub(crate) contact_version: u64,
    /// What the gates were told, where that is recorded.
    pub(crate) facts: Option<&'a GateFacts>,
    /// The message that a delivery report was attached to.
    pub(crate) attached_to: Option<MessageId>,
    /// The reply that a delivery report was about, and that reply's ticket.
    pub(crate) bounced: Option<(TicketId, MessageId)>,
}

/// What must follow from a message.
#[derive(Default)]
pub(crate) struct Again {
    /// Events of its conversation.
    pub(crate) conversation: Vec<ConversationEvent>,
    /// Events of its contact.
    pub(crate) contact: Vec<ContactEvent>,
    /// Events of the ticket that it opens or joins.
    pub(crate) ticket: Vec<TicketEvent>,
    /// Events of the ticket whose reply came back.
    pub(crate) bounced: Vec<TicketEvent>,
}

/// A message read again from its raw bytes.
pub(crate) struct ReadAgain {
    incoming: Incoming,
    /// Its event in each form that it may have been given.
    pub(crate) forms: Vec<MessageReceived>,
}

/// Flags that say something about a message's place, not about its bytes.
const PLACE_FLAGS: [&str; 2] = ["same_id_other_content", "new_sender"];

impl App {
    /// Reads a message again; `None` when the bytes are no message of its transport.
    pub(crate) fn read_again(&self, known: &RecordedMessage<'_>, raw: &[u8]) -> Option<ReadAgain> {
        let incoming = match known.message.receipt.transport.as_str() {
            "http_triage" => {
                let Reread { mail, channel, thread, own_id, dedupe_key, customer_name } =
                    self.reread_triage(raw)?;
                let incoming = known.incoming(mail);
                let route = Route { channel, ..incoming.route };
                Incoming { route, thread, own_id, dedupe_key, customer_name, ..incoming }
            }
            _ => known.incoming(parse_guarded(self.parser(), raw)),
        };
        let raw = Raw {
            sha256: BlobHash::of(raw).to_string(),
            size_bytes: raw.len() as u64,
            inline: None,
        };
        let incoming = Incoming { raw, ..incoming };
        let message = known.placed(&incoming);
        let who = Who {
            contact_id: known.message.contact_id,
            ticket_id: known.message.ticket_id,
            automatic: origin(&incoming),
        };
        let forms = events::forms(&incoming, &message, who, |part, text| known.body(part, text));
        Some(ReadAgain { incoming, forms })
    }
}

impl RecordedMessage<'_> {
    /// The message as its event tells it, for decisions about it when its bytes are gone or are
    /// read otherwise today; `texts` are its full text and its new text.
    pub(crate) fn as_recorded(
        &self,
        read: Option<ReadAgain>,
        texts: (String, String),
    ) -> ReadAgain {
        let (text, new_text) = texts;
        let message = self.message;
        let people = |people: &[Personal<_>]| {
            people.iter().filter_map(|person| person.get().cloned()).collect()
        };
        let mail = ParsedMail {
            message_id: message.external_id.as_ref().and_then(|id| id.get().cloned()),
            from: people(std::slice::from_ref(&message.from)),
            to: people(&message.to),
            cc: people(&message.cc),
            subject: message.subject.as_ref().and_then(|text| text.get().cloned()),
            date: message.sent_at,
            text,
            new_text,
            attachments: message.attachments.iter().filter_map(|a| a.get().cloned()).collect(),
            automatic: message.automatic,
            bounce: read.as_ref().and_then(|read| read.incoming.mail.bounce.clone()),
            content_digest: message.content_digest.clone(),
            problems: message.flags.clone(),
            ..ParsedMail::default()
        };
        let fresh = self.incoming(mail);
        let incoming = match read {
            None => fresh,
            Some(read) => Incoming { mail: fresh.mail, ..read.incoming },
        };
        ReadAgain { incoming, forms: Vec::new() }
    }

    /// Decides everything about the message again. `ticket` is the one that it opened or joined,
    /// as it stood before, or a new one; `other` is the one whose reply came back, where that is
    /// another.
    ///
    /// # Errors
    /// In words, when the message could not have been taken in like this.
    pub(crate) fn decide(
        &self,
        read: &ReadAgain,
        ticket: &Ticket,
        other: Option<&Ticket>,
    ) -> Result<Again, String> {
        let incoming = &read.incoming;
        let message = NewMessage { identity: self.identity(), ..self.placed(incoming) };
        let known = self.conversation.is_open();
        let judgement = judge_told(incoming, self.contact, self.contact_version, known, self.facts);
        let contact = self.contact_events(incoming, &message, &judgement)?;
        let command = ConversationCommand::Receive(Box::new(ReceiveMessage {
            opening: events::opening(incoming, &message, self.message.contact_id),
            bounce: events::bounce(incoming, &message).filter(|_| self.attached_to.is_some()),
            message: self.message.clone(),
            set_aside: set_aside(incoming, &message, judgement.disposition),
        }));
        let conversation = self.conversation.decide(command).map_err(|e| e.to_string())?;
        let (events, after) =
            self.ticket_events(incoming, &message, judgement, ticket, &contact)?;
        let bounced = match events::bounced_reply(incoming, &message) {
            Some((_, bounced)) if self.bounced.is_some() => {
                let command = TicketCommand::Bounce(bounced);
                other.unwrap_or(&after).decide(command).map_err(|error| error.to_string())?
            }
            _ => Vec::new(),
        };
        Ok(Again { conversation, contact, ticket: events, bounced })
    }

    fn contact_events(
        &self,
        incoming: &Incoming,
        message: &NewMessage,
        judgement: &Judgement,
    ) -> Result<Vec<ContactEvent>, String> {
        let address = incoming.mail.from.first().map_or("", |from| from.address.as_str());
        let sender = Sender { address: address.to_owned(), hash: None, unknown: false };
        let id = self.message.contact_id;
        decide_contact(self.contact, id, incoming, message, &sender, judgement)
            .map_err(|error| error.to_string())
    }

    /// What the ticket decides, and the ticket after it.
    fn ticket_events(
        &self,
        incoming: &Incoming,
        message: &NewMessage,
        judgement: Judgement,
        ticket: &Ticket,
        contact: &[ContactEvent],
    ) -> Result<(Vec<TicketEvent>, Ticket), String> {
        let mut after = ticket.clone();
        if judgement.disposition != Disposition::Ticket {
            return Ok((Vec::new(), after));
        }
        let mut person = self.contact.clone();
        contact.iter().cloned().for_each(|event| person.apply(event));
        let own = TicketId::opened_by(self.message.message_id);
        let id = self.message.ticket_id.filter(|_| ticket.exists()).unwrap_or(own);
        let writer = (self.message.contact_id, person.name());
        let exists = ticket.exists();
        let command = events::ticket_command(incoming, message, writer, id, judgement, exists);
        let events = ticket.decide(command).map_err(|error| error.to_string())?;
        events.iter().cloned().for_each(|event| after.apply(event));
        Ok((events, after))
    }

    fn incoming(&self, mail: ParsedMail) -> Incoming {
        let receipt = &self.message.receipt;
        let text = |value: &Option<Personal<String>>| {
            value.as_ref().and_then(|value| value.get().cloned())
        };
        let transport = match receipt.transport.as_str() {
            "http_triage" => "http_triage",
            IMPORT => IMPORT,
            _ => "smtp",
        };
        Incoming {
            live: transport != IMPORT,
            route: self.route(text(&receipt.envelope_to)),
            mail: Arc::new(mail),
            raw: Raw {
                sha256: receipt.sha256.clone(),
                size_bytes: receipt.size_bytes,
                inline: None,
            },
            transport,
            envelope_to: text(&receipt.envelope_to),
            envelope_from: text(&receipt.envelope_from),
            received_at: receipt.received_at,
            at: self.message.counted_at(),
            thread: None,
            own_id: None,
            dedupe_key: text(&self.message.dedupe_key),
            customer_name: None,
            started: Instant::now(),
        }
    }

    /// Where the mail's envelope leads under the policy of that time; without one, the inbox that
    /// was recorded.
    fn route(&self, envelope_to: Option<String>) -> Route {
        let policy = &self.in_force.policy;
        let inbox = match &envelope_to {
            Some(address) => policy.inbox_for_address(address),
            None => policy.inbox(self.inbox),
        };
        match inbox {
            Some(inbox) if envelope_to.is_some() => Route::to(self.in_force.clone(), inbox),
            Some(inbox) => {
                Route { channel: self.channel, ..Route::to(self.in_force.clone(), inbox) }
            }
            None => Route {
                in_force: self.in_force.clone(),
                inbox: OTHER_INBOX.to_owned(),
                channel: self.channel,
                is_inbox: false,
            },
        }
    }

    /// The message at its recorded place, under the identity that its bytes give.
    fn placed(&self, incoming: &Incoming) -> NewMessage {
        let (tenant, inbox) = (&self.in_force.policy.tenant, &incoming.route.inbox);
        let flags: Vec<String> = self.message.flags.clone();
        let flags: Vec<String> =
            flags.into_iter().filter(|flag| PLACE_FLAGS.contains(&flag.as_str())).collect();
        let mut identity = identify(tenant, inbox, &incoming.mail);
        if let Some(own) = &incoming.own_id {
            identity = known_as(tenant, inbox, own.clone(), identity);
        }
        if flags.iter().any(|flag| flag == PLACE_FLAGS[0]) {
            identity = second_content(tenant, inbox, &incoming.mail, identity);
        }
        let about = self.bounced.map(|(ticket, reply)| (Some(ticket), reply));
        let about = about.or(self.attached_to.map(|message| (None, message)));
        NewMessage {
            identity,
            conversation_id: self.conversation_id,
            about: about.map(|(ticket_id, message_id)| Place {
                conversation_id: self.conversation_id,
                message_id,
                ticket_id,
                content_digest: if ticket_id.is_some() { SENT } else { "" }.to_owned(),
            }),
            answers_ours: false,
            answered_ticket: None,
            flags,
            begins: false,
        }
    }

    fn identity(&self) -> Identity {
        Identity {
            own: String::new(),
            key: String::new(),
            message_id: self.message.message_id,
            answers: Vec::new(),
        }
    }

    /// A text in the form in which the event keeps it: what is inline and what is a blob depends
    /// on settings of that time.
    fn body(&self, part: Part, text: &str) -> Body {
        let kept = match part {
            Part::Text => Some(&self.message.text),
            Part::NewText => self.message.new_text.as_ref(),
        };
        match kept {
            Some(Body::Blob { beginning, .. }) => as_blob(text, beginning.text().len()),
            Some(Body::Inline(_)) | None => Body::Inline(text.into()),
        }
    }
}

/// The link that a delivery report was given, if one is among the events.
pub(crate) fn attached(events: &[&ConversationEvent]) -> Option<MessageId> {
    events.iter().find_map(|event| match event {
        ConversationEvent::BounceAttached(BounceAttached { about, .. }) => Some(*about),
        _ => None,
    })
}
