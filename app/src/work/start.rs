//! An agent writes first: a conversation, a ticket and its first reply in one append.

use std::sync::Arc;

use casebook_domain::address::{normalise, parse_address};
use casebook_domain::channel::Channel;
use casebook_domain::contact::{Contact, ContactCommand, ContactEvent, RegisterContact};
use casebook_domain::conversation::{
    Conversation, ConversationCommand, ConversationOpened, SENT, preview,
};
use casebook_domain::ids::{ContactId, ConversationId, TicketId, derive};
use casebook_domain::intake::key_of;
use casebook_domain::policy::Policy;
use casebook_domain::subject;
use casebook_domain::ticket::{
    AfterSending, ReplyCommand, Ticket, TicketCommand, TicketError, TicketEvent, TicketStarted,
};
use casebook_domain::{Personal, Timestamp};
use casebook_store::AppendError;
use cqrs_es::Aggregate;
use serde::Serialize;
use uuid::Uuid;

use super::approve::{ApproveReply, Token, approval};
use super::execute::{Done, OnTicket, done};
use crate::append::Command;
use crate::contact::{CONTACT_KEY, hash_address};
use crate::intake::{MESSAGE_KEY, Place};
use crate::policy::InForce;
use crate::repeats::Asked;
use crate::{Access, App, AppError, Permission};

/// Longest subject, in characters.
const SUBJECT_CHARS_MAX: usize = 200;

/// A conversation that an agent begins.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct StartConversation {
    /// The tenant.
    pub tenant: String,
    /// The inbox it leaves by; `None` takes the tenant's first e-mail inbox.
    pub inbox: Option<String>,
    /// Address of the person.
    pub to: String,
    /// The person's name, where known.
    pub name: Option<String>,
    /// Subject.
    pub subject: String,
    /// The text, without sign-off.
    pub text: String,
    /// Key by which a repeat of this very command is known.
    #[serde(skip)]
    pub idempotency_key: Option<String>,
}

impl App {
    /// Begins a conversation with a person; the first message leaves like any approved reply.
    ///
    /// # Errors
    /// `NOT_FOUND` for an unknown tenant or inbox, `INVALID` with the field named.
    pub async fn start_conversation(
        &self,
        access: &Access,
        request: &StartConversation,
    ) -> Result<Done, AppError> {
        access.require(Permission::Work)?;
        let in_force = self.policies().get(&request.tenant).ok_or(AppError::NotFound("tenant"))?;
        if !access.sees(&request.tenant) {
            return Err(AppError::NotFound("tenant"));
        }
        let subject = checked(&in_force, request)?;
        let inbox = sending_inbox(&in_force, request.inbox.as_deref())?;
        let seed = match &request.idempotency_key {
            Some(key) => derive(&["start", &request.tenant, key]),
            None => self.ids().random(),
        };
        let start = Start::new(in_force, subject, inbox, request, seed);
        let mut tries = 0;
        loop {
            let append = self.compose_start(access, request, &start).await?;
            match self.append_work(append).await {
                Ok(appended) => return Ok(done(&start.on, &appended)),
                // Somebody else made the contact known, or wrote to it, in the same moment.
                Err(AppendError::Conflict { .. } | AppendError::KeyTaken { .. }) if tries < 3 => {
                    tries += 1;
                }
                Err(error) => return Err(error.into()),
            }
        }
    }

    /// Makes one append of the conversation, its ticket with the first reply, and the contact.
    async fn compose_start(
        &self,
        access: &Access,
        request: &StartConversation,
        start: &Start,
    ) -> Result<casebook_store::Append, AppError> {
        let in_force = &start.in_force;
        let recipient = self.recipient(request, in_force).await?;
        let now = self.clock().now();
        let started = TicketStarted {
            ticket_id: start.on.ticket_id,
            conversation_id: start.conversation_id,
            contact_id: recipient.id,
            inbox: start.inbox.clone(),
            channel: Channel::Email,
            customer_email: Personal::new(normalise(&request.to)),
            customer_name: request.name.clone().map(Personal::new),
            subject: Personal::new(start.subject.clone()),
            preview: Personal::new(preview(&request.text)),
            started_at: now,
        };
        let token = self.reply_token(&start.on);
        let by = (access.actor().name(), now);
        let (events, external_id) =
            first_reply(&in_force.policy, started, &request.text, token, by)?;
        let opened = Conversation::default()
            .decide(ConversationCommand::Open(start.opening(recipient.id)))
            .map_err(AppError::fault)?;
        let place = Place {
            conversation_id: start.conversation_id,
            message_id: token.reply_id,
            ticket_id: Some(start.on.ticket_id),
            content_digest: SENT.to_owned(),
        };

        let (name, print) = (start.asked.name, &start.asked.fingerprint);
        let mut command = Command::new(access, &request.tenant, name, start.command_id, print)
            .tell("correlation_id", start.conversation_id.to_string())
            .tell("policy_version", in_force.version.clone());
        command.claim(MESSAGE_KEY, key_of(&start.inbox, &external_id), place.to_value());
        if let Some(hash) = recipient.new_hash {
            command.claim(CONTACT_KEY, hash, recipient.id.to_string());
        }
        command.write(self.ids(), &start.conversation_id, 0, &opened)?;
        command.write(self.ids(), &start.on.ticket_id, 0, &events)?;
        command.write(self.ids(), &recipient.id, recipient.version, &recipient.events)?;
        Ok(command.into_append())
    }

    /// The contact that it goes to, made known where nobody knows it yet.
    async fn recipient(
        &self,
        request: &StartConversation,
        in_force: &InForce,
    ) -> Result<Recipient, AppError> {
        let address = normalise(&request.to);
        let hash = hash_address(in_force, &address);
        let known = match &hash {
            Some(hash) => self.contact_by_hash(&request.tenant, hash).await?,
            None => None,
        };
        let id = known.unwrap_or_else(|| ContactId(self.ids().random()));
        let (version, contact) = match known {
            Some(id) => {
                let loaded = self.inner.contacts.load_fresh(&id.to_string()).await?;
                (loaded.version, (*loaded.state).clone())
            }
            None => (0, Contact::default()),
        };
        let register = RegisterContact { contact_id: id, address, name: request.name.clone() };
        let events = contact.decide(ContactCommand::Register(register)).map_err(AppError::fault)?;
        Ok(Recipient { id, version, events, new_hash: hash.filter(|_| known.is_none()) })
    }
}

/// What is known of a start before anything is loaded; the same in every attempt.
struct Start {
    in_force: Arc<InForce>,
    subject: String,
    inbox: String,
    on: OnTicket,
    asked: Asked,
    conversation_id: ConversationId,
    command_id: Uuid,
}

/// To whom.
struct Recipient {
    id: ContactId,
    version: u64,
    events: Vec<ContactEvent>,
    /// Key to claim, where the contact is new.
    new_hash: Option<String>,
}

impl Start {
    fn new(
        in_force: Arc<InForce>,
        subject: String,
        inbox: String,
        request: &StartConversation,
        seed: Uuid,
    ) -> Self {
        let text = seed.to_string();
        let on = OnTicket {
            ticket_id: TicketId(derive(&["started-ticket", &text])),
            expected_version: None,
            idempotency_key: Some(text.clone()),
        };
        Self {
            in_force,
            subject,
            inbox,
            on,
            asked: Asked::new("StartConversation", request),
            conversation_id: ConversationId(derive(&["started", &text])),
            command_id: derive(&["work", &request.tenant, &text]),
        }
    }

    fn opening(&self, contact_id: ContactId) -> ConversationOpened {
        ConversationOpened {
            conversation_id: self.conversation_id,
            inbox: self.inbox.clone(),
            channel: Channel::Email,
            contact_id,
            subject: Some(Personal::new(self.subject.clone())),
        }
    }
}

/// The events of a ticket that begins with an agent's message, and the message's identifier.
fn first_reply(
    policy: &Policy,
    started: TicketStarted,
    text: &str,
    token: Token,
    by: (&str, Timestamp),
) -> Result<(Vec<TicketEvent>, String), AppError> {
    let mut ticket = Ticket::default();
    let mut events =
        ticket.decide(TicketCommand::Start(Box::new(started))).map_err(AppError::fault)?;
    events.iter().cloned().for_each(|event| ticket.apply(event));
    // Whoever wrote first waits for an answer.
    let after = Some(AfterSending::KeepOpen);
    let reply = ApproveReply { text: text.to_owned(), after, replacement: None };
    let approved = approval(policy, &ticket, &reply, token, by)?;
    let external_id = approved.external_id.clone();
    let approve = TicketCommand::Reply(ReplyCommand::Approve(Box::new(approved)));
    events.extend(ticket.decide(approve).map_err(|error| match error {
        TicketError::Invalid { field, message } => AppError::invalid(field, message),
        other => AppError::fault(other),
    })?);
    Ok((events, external_id))
}

/// Name of an inbox that can send mail.
fn sending_inbox(in_force: &InForce, name: Option<&str>) -> Result<String, AppError> {
    let inbox = match name {
        Some(name) => in_force.policy.inbox(name),
        None => in_force.policy.inboxes.iter().find(|inbox| !inbox.addresses.is_empty()),
    };
    let inbox = inbox.ok_or(AppError::NotFound("inbox"))?;
    if inbox.addresses.is_empty() {
        return Err(AppError::invalid("inbox", "it has no mail address"));
    }
    Ok(inbox.name.clone())
}

/// The subject as it is stored, when everything about the request can be used.
fn checked(in_force: &InForce, request: &StartConversation) -> Result<String, AppError> {
    let wrong = |error| AppError::invalid("to", format!("{error}"));
    parse_address(&request.to).map_err(wrong)?;
    if in_force.is_own(&request.to) {
        return Err(AppError::invalid("to", "is one of the tenant's own inboxes"));
    }
    let rules = &in_force.policy.subjects;
    let inbox = request.inbox.as_deref().and_then(|name| in_force.policy.inbox(name));
    let prefix = in_force.policy.sending_for(inbox).subject_prefix;
    let cleaned = subject::clean(&request.subject, prefix, rules)
        .ok_or_else(|| AppError::invalid("subject", "say what it is about"))?;
    if cleaned.chars().count() > SUBJECT_CHARS_MAX {
        return Err(AppError::invalid("subject", "at most 200 characters"));
    }
    Ok(cleaned)
}
