//! Puts one append together: contact, conversation and ticket decide, each on its own state.

use std::sync::Arc;
use std::time::Instant;

use casebook_domain::Timestamp;
use casebook_domain::contact::Contact;
use casebook_domain::conversation::{Conversation, ConversationCommand, ReceiveMessage};
use casebook_domain::ids::{ContactId, TicketId, derive};
use casebook_domain::intake::Disposition;
use casebook_domain::mail::ParsedMail;
use casebook_domain::ticket::{Ticket, TicketCommand, TicketEvent};
use casebook_store::{Aggregates, Append};
use cqrs_es::Aggregate;

use super::events::{self, Who};
use super::judge::{decide_contact, judge, set_aside};
use super::place::{MESSAGE_KEY, NewMessage, Place};
use super::receive::{NotReceived, Received, ReceivedAs};
use crate::app::Raw;
use crate::append::Command;
use crate::contact::{CONTACT_KEY, hash_address};
use crate::policy::Route;
use crate::{Access, App, AppError};

/// A message on its way in; its raw bytes are safe in the blob store.
pub(super) struct Incoming {
    /// Whether it comes just now, so that it may be handed on.
    pub(super) live: bool,
    pub(super) route: Route,
    pub(super) mail: Arc<ParsedMail>,
    pub(super) raw: Raw,
    pub(super) transport: &'static str,
    pub(super) envelope_to: Option<String>,
    pub(super) envelope_from: Option<String>,
    /// When the bytes reached us.
    pub(super) received_at: Timestamp,
    /// When the message counts: its arrival, or on import its date.
    pub(super) at: Timestamp,
    /// The thread as a transport other than mail names it.
    pub(super) thread: Option<String>,
    /// By what a repeat is known, where that is not the mail's Message-ID.
    pub(super) own_id: Option<String>,
    pub(super) dedupe_key: Option<String>,
    /// Name that the caller gave.
    pub(super) customer_name: Option<String>,
    pub(super) started: Instant,
}

/// Who wrote, and the keyed hash by which they are found.
pub(super) struct Sender {
    pub(super) address: String,
    pub(super) hash: Option<String>,
    /// Whether the log was just asked for them in vain.
    pub(super) unknown: bool,
}

impl Sender {
    pub(super) fn of(incoming: &Incoming) -> Self {
        let address = incoming.mail.from.first().map_or("", |from| from.address.as_str());
        let hash = hash_address(&incoming.route.in_force, address);
        Self { address: address.to_owned(), hash, unknown: false }
    }
}

/// A decided append, with the states it leads to and the answer for the caller.
pub(super) struct Composed {
    pub(super) append: Append,
    pub(super) next: Next,
    pub(super) answer: Received,
}

/// Aggregates with the events decided on them; after the append they are kept in memory.
pub(super) struct Next {
    contact: Decided<Contact>,
    conversation: Decided<Conversation>,
    tickets: Vec<Decided<Ticket>>,
}

/// An aggregate and what was decided on it.
pub(super) struct Decided<A: Aggregate> {
    pub(super) id: String,
    /// Version that the log has.
    pub(super) version: u64,
    /// State after the events.
    pub(super) state: A,
    /// What the append adds.
    pub(super) events: Vec<A::Event>,
}

impl<A: Aggregate> Decided<A> {
    const fn new(id: String, version: u64, state: A) -> Self {
        Self { id, version, state, events: Vec::new() }
    }

    /// Takes over the events that were decided.
    fn add(&mut self, events: Vec<A::Event>) {
        for event in events {
            self.state.apply(event.clone());
            self.events.push(event);
        }
    }

    fn keep(self, cache: &Aggregates<A>)
    where
        A: Clone,
        A::Event: casebook_domain::event::LogEvent,
    {
        cache.put(&self.id, self.version + self.events.len() as u64, Arc::new(self.state));
    }
}

impl App {
    /// Decides everything about a new message; appends nothing.
    pub(super) async fn compose(
        &self,
        access: &Access,
        incoming: &Incoming,
        mut message: NewMessage,
        sender: &Sender,
        fresh: bool,
    ) -> Result<Composed, NotReceived> {
        let tenant = incoming.route.in_force.policy.tenant.as_str();
        let (mut contact, known_contact) = self.load_contact(tenant, sender, fresh).await?;
        let (version, state) =
            self.admitted(incoming, &mut message, &sender.address, fresh).await?;
        let id = message.conversation_id.to_string();
        let mut conversation = Decided::new(id, version, (*state).clone());

        let judgement =
            judge(incoming, &contact.state, contact.version, conversation.state.is_open());
        let mut tickets = Vec::new();
        if judgement.disposition == Disposition::Ticket {
            tickets.push(self.ticket_for(incoming, &message, &conversation.state, fresh).await?);
        }
        let ticket_id = match tickets.first() {
            Some(ticket) => Some(ticket.id.parse::<TicketId>().map_err(AppError::fault)?),
            None => None,
        };
        let contact_id: ContactId = contact.id.parse().map_err(AppError::fault)?;
        let decided =
            decide_contact(&contact.state, contact_id, incoming, &message, sender, &judgement)?;
        contact.add(decided);

        let who = Who { contact_id, ticket_id, automatic: judgement.automatic };
        let received = self.received_event(incoming, &message, who).await?;
        let command = ConversationCommand::Receive(Box::new(ReceiveMessage {
            opening: events::opening(incoming, &message, contact_id),
            // A reply of ours is part of the thread once it is known to be out.
            bounce: events::bounce(incoming, &message)
                .filter(|bounce| conversation.state.message(bounce.about).is_some()),
            message: received,
            set_aside: set_aside(incoming, &message, judgement.disposition),
        }));
        let decided = conversation.state.decide(command).map_err(NotReceived::raced)?;
        conversation.add(decided);

        let outcome = judgement.outcome();
        if let (Some(id), Some(ticket)) = (ticket_id, tickets.first_mut()) {
            let writer = (contact_id, contact.state.name());
            let exists = ticket.state.exists();
            let command = events::ticket_command(incoming, &message, writer, id, judgement, exists);
            let decided = ticket.state.decide(command).map_err(NotReceived::raced)?;
            ticket.add(decided);
        }
        self.mark_bounced(incoming, &message, &mut tickets, fresh).await?;

        let place = Place {
            conversation_id: message.conversation_id,
            message_id: message.identity.message_id,
            ticket_id,
            content_digest: incoming.mail.content_digest.clone(),
        };
        let answer = answer(incoming, &place, contact_id, outcome, &tickets);
        let next = Next { contact, conversation, tickets };
        let claim = sender.hash.as_ref().filter(|_| !known_contact);
        let append = self.assemble(access, incoming, &message, &place, claim, &next)?;
        Ok(Composed { append, next, answer })
    }

    /// Makes one append of everything that was decided.
    fn assemble(
        &self,
        access: &Access,
        incoming: &Incoming,
        message: &NewMessage,
        place: &Place,
        new_contact: Option<&String>,
        next: &Next,
    ) -> Result<Append, AppError> {
        let in_force = &incoming.route.in_force;
        let tenant = in_force.policy.tenant.as_str();
        let digest = &incoming.mail.content_digest;
        let command_id = derive(&["receive", tenant, &message.identity.key, digest]);
        let mut command = Command::new(access, tenant, "ReceiveMessage", command_id, digest)
            .tell("correlation_id", next.conversation.id.clone())
            .tell("policy_version", in_force.version.clone())
            .answer(place.to_value());
        command.store(incoming.raw.inline.as_slice());
        command.claim(MESSAGE_KEY, message.identity.key.clone(), place.to_value());
        if let Some(hash) = new_contact {
            command.claim(CONTACT_KEY, hash.clone(), next.contact.id.clone());
        }
        let ids = self.ids();
        let Next { contact, conversation, tickets } = next;
        command.write(ids, &conversation.id, conversation.version, &conversation.events)?;
        for ticket in tickets {
            command.write(ids, &ticket.id, ticket.version, &ticket.events)?;
        }
        command.write(ids, &contact.id, contact.version, &contact.events)?;
        Ok(command.into_append())
    }

    async fn load_contact(
        &self,
        tenant: &str,
        sender: &Sender,
        fresh: bool,
    ) -> Result<(Decided<Contact>, bool), AppError> {
        let known = match &sender.hash {
            Some(hash) if sender.unknown => self.known_contact(tenant, hash),
            Some(hash) => self.contact_by_hash(tenant, hash).await?,
            None => None,
        };
        let id = known.unwrap_or_else(|| ContactId(self.ids().random())).to_string();
        if known.is_none() {
            return Ok((Decided::new(id, 0, Contact::default()), false));
        }
        let cache = &self.inner.contacts;
        let loaded = if fresh { cache.load_fresh(&id).await? } else { cache.load(&id).await? };
        Ok((Decided::new(id, loaded.version, (*loaded.state).clone()), true))
    }

    /// The ticket that a message joins or opens: the conversation's latest, unless it ended too
    /// long ago.
    async fn ticket_for(
        &self,
        incoming: &Incoming,
        message: &NewMessage,
        conversation: &Conversation,
        fresh: bool,
    ) -> Result<Decided<Ticket>, AppError> {
        let days = incoming.route.in_force.policy.tickets.reopen_within_days;
        // A conversation that an agent began knows its ticket by its first message that is out; an
        // answer may be faster than the record of that.
        let answered = message.answered_ticket.filter(|_| message.answers_ours);
        if let Some(latest) = conversation.open_ticket().or(answered) {
            let latest = self.load_ticket(latest, fresh).await?;
            if latest.state.takes(incoming.at, days) {
                return Ok(latest);
            }
        }
        let own = TicketId::opened_by(message.identity.message_id);
        if fresh {
            return self.load_ticket(own, true).await;
        }
        // Its identifier derives from this very message, so it is there only when another process
        // was faster, which the version that the append expects finds out.
        let loaded = self.inner.tickets.known_or_new(&own.to_string());
        Ok(Decided::new(own.to_string(), loaded.version, (*loaded.state).clone()))
    }

    /// Marks the reply that a delivery report is about.
    async fn mark_bounced(
        &self,
        incoming: &Incoming,
        message: &NewMessage,
        tickets: &mut Vec<Decided<Ticket>>,
        fresh: bool,
    ) -> Result<(), NotReceived> {
        let Some((ticket, bounced)) = events::bounced_reply(incoming, message) else {
            return Ok(());
        };
        let at = match tickets.iter().position(|known| known.id == ticket.to_string()) {
            Some(at) => at,
            None => {
                tickets.push(self.load_ticket(ticket, fresh).await?);
                tickets.len() - 1
            }
        };
        if let Some(ticket) = tickets.get_mut(at) {
            let command = TicketCommand::Bounce(bounced);
            let decided = ticket.state.decide(command).map_err(NotReceived::raced)?;
            ticket.add(decided);
        }
        Ok(())
    }

    async fn load_ticket(&self, id: TicketId, fresh: bool) -> Result<Decided<Ticket>, AppError> {
        let id = id.to_string();
        let cache = &self.inner.tickets;
        let loaded = if fresh { cache.load_fresh(&id).await? } else { cache.load(&id).await? };
        Ok(Decided::new(id, loaded.version, (*loaded.state).clone()))
    }

    /// Keeps the states that a successful append led to.
    pub(super) fn keep(&self, next: Next) {
        next.contact.keep(&self.inner.contacts);
        next.conversation.keep(&self.inner.conversations);
        for ticket in next.tickets {
            ticket.keep(&self.inner.tickets);
        }
    }
}

fn answer(
    incoming: &Incoming,
    place: &Place,
    contact_id: ContactId,
    outcome: ReceivedAs,
    tickets: &[Decided<Ticket>],
) -> Received {
    let gated = tickets.iter().flat_map(|ticket| &ticket.events).find_map(|event| match event {
        TicketEvent::TicketGated(gated) => Some(gated.clone()),
        _ => None,
    });
    Received {
        outcome,
        tenant: incoming.route.in_force.policy.tenant.clone(),
        inbox: incoming.route.inbox.clone(),
        message_id: place.message_id,
        conversation_id: place.conversation_id,
        ticket_id: place.ticket_id,
        contact_id: Some(contact_id),
        gated,
        automatic: super::judge::origin(incoming),
        position: 0,
        mail: incoming.mail.clone(),
    }
}
