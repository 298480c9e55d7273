//! Approving a reply: everything that its bytes are made from is decided here, once.

use casebook_domain::conversation::SENT;
use casebook_domain::ids::{MessageId, TicketId, derive};
use casebook_domain::intake::key_of;
use casebook_domain::policy::{Inbox, Policy};
use casebook_domain::reply::{FinishedReply, ReplyParts, finish};
use casebook_domain::ticket::{
    AfterSending, ReplacementCommand, ReplacementRequested, ReplyApproved, ReplyCommand, Ticket,
    TicketCommand,
};
use casebook_domain::{Personal, Timestamp, draft};
use serde::Serialize;

use super::execute::{Done, Found, OnTicket, Plan};
use super::replacement::promised_by;
use crate::intake::{MESSAGE_KEY, Place};
use crate::repeats::Asked;
use crate::{Access, App, AppError};

/// A reply that an agent approves.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ApproveReply {
    /// The text, without sign-off; `[Name]` stands for the persona.
    pub text: String,
    /// What becomes of the ticket; `None` does as the policy says.
    pub after: Option<AfterSending>,
    /// A replacement that is asked for with it.
    pub replacement: Option<Replacement>,
}

/// A replacement of an order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Replacement {
    /// The order.
    pub order_reference: String,
    /// Why.
    pub reason: String,
}

/// What is drawn at random once for a reply, so that a retried decision keeps it.
#[derive(Clone, Copy)]
pub(super) struct Token {
    pub(super) reply_id: MessageId,
    pub(super) bits: u128,
}

impl App {
    /// Approves a reply; it leaves when the undo delay of its inbox is over.
    ///
    /// # Errors
    /// `NOT_FOUND` for an unknown ticket, `CONFLICT` when another reply is on its way or the
    /// ticket is at another version than expected, `INVALID` with the field named.
    pub async fn approve_reply(
        &self,
        access: &Access,
        on: &OnTicket,
        request: &ApproveReply,
    ) -> Result<(MessageId, Done), AppError> {
        let asked = Asked::new("ApproveReply", request);
        let token = self.reply_token(on);
        let decide = |found: Found| self.plan_reply(access, on, found, request.clone(), token);
        let done = self.on_ticket(access, on, &asked, decide).await?;
        let recorded = done.outcome.as_deref().and_then(|id| id.parse().ok());
        Ok((recorded.unwrap_or(token.reply_id), done))
    }

    pub(super) fn reply_token(&self, on: &OnTicket) -> Token {
        let random = self.ids().secret();
        let mut bits = [0_u8; 16];
        bits.copy_from_slice(random.split_at(16).0);
        let reply_id = match &on.idempotency_key {
            Some(key) => MessageId(derive(&["reply", &on.ticket_id.to_string(), key])),
            None => MessageId(self.ids().random()),
        };
        Token { reply_id, bits: u128::from_be_bytes(bits) }
    }

    async fn plan_reply(
        &self,
        access: &Access,
        on: &OnTicket,
        found: Found,
        request: ApproveReply,
        token: Token,
    ) -> Result<Plan, AppError> {
        let in_force = self.policies().get(&found.tenant).ok_or(AppError::NotFound("ticket"))?;
        let conversation_id = found.state.conversation().ok_or(AppError::NotFound("ticket"))?;
        let conversation = self.load_conversation(conversation_id, true).await?;
        let threading = conversation.state.threading();
        let mut approved = approval(
            &in_force.policy,
            &found.state,
            &request,
            token,
            (access.actor().name(), self.clock().now()),
        )?;
        approved.in_reply_to = threading.in_reply_to.clone().map(Personal::new);
        approved.references = threading.references.iter().cloned().map(Personal::new).collect();
        let place = Place {
            conversation_id,
            message_id: token.reply_id,
            ticket_id: Some(on.ticket_id),
            content_digest: SENT.to_owned(),
        };
        // Answers come to the address that it leaves by, which may be another inbox's.
        let own = found.state.inbox();
        let inbox = sending_inbox(&in_force.policy, own).map_or(own, |inbox| inbox.name.as_str());
        let key = key_of(inbox, &approved.external_id);
        let refused = |error| found.refused(&error);
        let command = TicketCommand::Reply(ReplyCommand::Approve(Box::new(approved)));
        let mut events = found.state.decide(command).map_err(refused)?;
        if let Some(replacement) = &request.replacement {
            let asked = replacement_of(replacement, on.ticket_id, token.reply_id);
            let command = TicketCommand::Replace(ReplacementCommand::Request(asked));
            events.extend(found.state.decide(command).map_err(refused)?);
        }
        Ok(Plan {
            events,
            claims: vec![(MESSAGE_KEY, key, place.to_value())],
            answer: Some(token.reply_id.to_string()),
            ..Plan::default()
        })
    }
}

fn replacement_of(
    asked: &Replacement,
    ticket: TicketId,
    reply_id: MessageId,
) -> ReplacementRequested {
    ReplacementRequested {
        replacement_id: promised_by(ticket, reply_id),
        order_reference: Personal::new(asked.order_reference.trim().to_owned()),
        reason: Personal::new(asked.reason.trim().to_owned()),
        reply_id,
    }
}

/// Everything about a reply that the ticket and the policy tell; threading is added by the caller.
pub(super) fn approval(
    policy: &Policy,
    ticket: &Ticket,
    request: &ApproveReply,
    token: Token,
    (agent, now): (&str, Timestamp),
) -> Result<ReplyApproved, AppError> {
    let inbox = sending_inbox(policy, ticket.inbox())
        .ok_or_else(|| AppError::invalid("ticket", "no inbox of the tenant can send mail"))?;
    let customer = ticket.customer();
    if casebook_domain::address::parse_address(&customer.address).is_err() {
        return Err(AppError::invalid("ticket", "the contact has no mail address to reply to"));
    }
    let parts = ReplyParts {
        policy,
        inbox,
        to: &customer.address,
        subject: ticket.subject(),
        category: ticket.category(),
        is_answer: ticket.sent_count() > 0,
        text: &request.text,
    };
    let FinishedReply { subject, body, persona, from } =
        finish(&parts).ok_or_else(|| AppError::invalid("ticket", "its inbox cannot send mail"))?;
    let domain = from.address.rsplit_once('@').map_or("localhost", |(_, domain)| domain);
    let external_id = format!("{:032x}@{domain}", token.bits);
    let rules = policy.sending_for(Some(inbox));
    let delay = i64::from(rules.undo_delay_seconds) * casebook_domain::time::MICROS_PER_SECOND;
    let default = match rules.resolve_on_send {
        true => AfterSending::Resolve,
        false => AfterSending::KeepOpen,
    };
    let proposed = ticket.draft();
    Ok(ReplyApproved {
        reply_id: token.reply_id,
        approved_by: agent.to_owned(),
        decision_id: proposed.map(|draft| draft.decision_id),
        comparison: draft::compare(proposed.map(|draft| draft.text.as_str()), &request.text),
        text: Personal::new(request.text.clone()),
        body: Personal::new(body),
        subject: Personal::new(subject),
        from,
        to: Personal::new(customer.clone()),
        persona,
        external_id,
        in_reply_to: None,
        references: Vec::new(),
        after: request.after.unwrap_or(default),
        approved_at: now,
        due_at: now.plus_micros(delay),
    })
}

/// The inbox a reply leaves by: the ticket's own when it has an address, else the tenant's first
/// that has one, because people who wrote by chat and left an address are answered there.
fn sending_inbox<'a>(policy: &'a Policy, name: &str) -> Option<&'a Inbox> {
    let can_send = |inbox: &&Inbox| !inbox.addresses.is_empty();
    policy.inbox(name).filter(can_send).or_else(|| policy.inboxes.iter().find(can_send))
}
