//! An agent writes first: a conversation, a ticket and its first reply in one append.

use casebook_domain::Personal;
use casebook_domain::address::{normalise, parse_address};
use casebook_domain::channel::Channel;
use casebook_domain::contact::{Contact, ContactCommand, RegisterContact};
use casebook_domain::conversation::{
    Conversation, ConversationCommand, ConversationOpened, SENT, preview,
};
use casebook_domain::ids::{ContactId, ConversationId, TicketId, derive};
use casebook_domain::intake::key_of;
use casebook_domain::subject;
use casebook_domain::ticket::{AfterSending, ReplyCommand, Ticket, TicketCommand, TicketStarted};
use casebook_store::AppendError;
use cqrs_es::Aggregate;
use serde::Serialize;

use super::approve::{ApproveReply, approval};
use super::execute::{Asked, Done, OnTicket, done};
use crate::append::Command;
use crate::contact::{CONTACT_KEY, hash_address};
use crate::intake::{MESSAGE_KEY, Place};
use crate::policy::InForce;
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
        let stored_subject = checked(&in_force, request)?;
        let asked = Asked::new("StartConversation", request);
        let seed = match &request.idempotency_key {
            Some(key) => derive(&["start", &request.tenant, key]),
            None => self.ids().random(),
        };
        let on = OnTicket {
            ticket_id: TicketId(derive(&["started-ticket", &seed.to_string()])),
            expected_version: None,
            idempotency_key: Some(seed.to_string()),
        };
        let mut tries = 0;
        loop {
            let command = self
                .compose_start(access, request, &in_force, &stored_subject, &on, &asked, seed)
                .await?;
            match self.append_work(command).await {
                Ok(appended) => return Ok(done(&on, &appended, 0)),
                // Somebody else made the contact known, or wrote to it, in the same moment.
                Err(AppendError::Conflict { .. } | AppendError::KeyTaken { .. }) if tries < 3 => {
                    tries += 1;
                }
                Err(error) => return Err(error.into()),
            }
        }
    }

    #[expect(clippy::too_many_arguments, reason = "one command's parts, used once")]
    async fn compose_start(
        &self,
        access: &Access,
        request: &StartConversation,
        in_force: &InForce,
        stored_subject: &str,
        on: &OnTicket,
        asked: &Asked,
        seed: uuid::Uuid,
    ) -> Result<casebook_store::Append, AppError> {
        let address = normalise(&request.to);
        let hash = hash_address(in_force, &address);
        let known = match &hash {
            Some(hash) => self.contact_by_hash(&request.tenant, hash).await?,
            None => None,
        };
        let contact_id = known.unwrap_or_else(|| ContactId(self.ids().random()));
        let (contact_version, contact) = match known {
            Some(id) => {
                let loaded = self.inner.contacts.load_fresh(&id.to_string()).await?;
                (loaded.version, (*loaded.state).clone())
            }
            None => (0, Contact::default()),
        };
        let register = RegisterContact { contact_id, address, name: request.name.clone() };
        let registered =
            contact.decide(ContactCommand::Register(register)).map_err(AppError::fault)?;

        let inbox = self.inbox_route_of(in_force, request.inbox.as_deref())?;
        let conversation_id = ConversationId(derive(&["started", &seed.to_string()]));
        let opened = ConversationOpened {
            conversation_id,
            inbox: inbox.clone(),
            channel: Channel::Email,
            contact_id,
            subject: Some(Personal::new(stored_subject.to_owned())),
        };
        let opened = Conversation::default()
            .decide(ConversationCommand::Open(opened))
            .map_err(AppError::fault)?;
        let now = self.clock().now();
        let started = TicketStarted {
            ticket_id: on.ticket_id,
            conversation_id,
            contact_id,
            inbox: inbox.clone(),
            channel: Channel::Email,
            customer_email: Personal::new(normalise(&request.to)),
            customer_name: request.name.clone().map(Personal::new),
            subject: Personal::new(stored_subject.to_owned()),
            preview: Personal::new(preview(&request.text)),
            started_at: now,
        };
        let mut ticket = Ticket::default();
        let mut events =
            ticket.decide(TicketCommand::Start(Box::new(started))).map_err(AppError::fault)?;
        events.iter().cloned().for_each(|event| ticket.apply(event));
        let reply = ApproveReply {
            text: request.text.clone(),
            // Whoever wrote first waits for an answer.
            after: Some(AfterSending::KeepOpen),
            replacement: None,
        };
        let token = self.reply_token(on);
        let by = (access.actor().name(), now);
        let approved = approval(&in_force.policy, &ticket, &reply, token, by)?;
        let place = Place {
            conversation_id,
            message_id: approved.reply_id,
            ticket_id: Some(on.ticket_id),
            content_digest: SENT.to_owned(),
        };
        let key = key_of(&inbox, &approved.external_id);
        let approve = TicketCommand::Reply(ReplyCommand::Approve(Box::new(approved)));
        events.extend(ticket.decide(approve).map_err(|error| match error {
            casebook_domain::ticket::TicketError::Invalid { field, message } => {
                AppError::invalid(field, message)
            }
            other => AppError::fault(other),
        })?);

        let id = derive(&["work", &request.tenant, &seed.to_string()]);
        let mut command = Command::new(access, &request.tenant, asked.name, id, &asked.fingerprint)
            .tell("correlation_id", conversation_id.to_string())
            .tell("policy_version", in_force.version.clone());
        command.claim(MESSAGE_KEY, key, place.to_value());
        if let (Some(hash), None) = (hash, known) {
            command.claim(CONTACT_KEY, hash, contact_id.to_string());
        }
        command.write(self.ids(), &conversation_id, 0, &opened)?;
        command.write(self.ids(), &on.ticket_id, 0, &events)?;
        command.write(self.ids(), &contact_id, contact_version, &registered)?;
        Ok(command.into_append())
    }

    /// Name of an inbox that can send mail.
    fn inbox_route_of(&self, in_force: &InForce, name: Option<&str>) -> Result<String, AppError> {
        let inboxes = &in_force.policy.inboxes;
        let inbox = match name {
            Some(name) => in_force.policy.inbox(name),
            None => inboxes.iter().find(|inbox| !inbox.addresses.is_empty()),
        };
        let inbox = inbox.ok_or(AppError::NotFound("inbox"))?;
        if inbox.addresses.is_empty() {
            return Err(AppError::invalid("inbox", "it has no mail address"));
        }
        Ok(inbox.name.clone())
    }
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
