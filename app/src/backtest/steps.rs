//! From stored events to what a run goes through, step by step.

use std::collections::BTreeMap;

use casebook_domain::backtest::HumanStep;
use casebook_domain::conversation::{Body, ConversationEvent, MessageReceived};
use casebook_domain::event::Event;
use casebook_domain::gates::{GateFacts, GateOutcome};
use casebook_domain::ids::{MessageId, TicketId};
use casebook_domain::ticket::{
    GateCheck, ReplyApproved, TicketClassified, TicketEvent, TicketGated,
};
use casebook_domain::{Personal, Timestamp};
use casebook_store::StoredEvent;

/// Something that a run goes through.
pub(super) enum Step {
    /// A message that gates judged.
    Message(Box<MessageStep>),
    /// An answer that was accepted.
    Answer(TicketId, Box<TicketClassified>),
    /// Nobody answered.
    Unanswered(TicketId, MessageId),
    /// A reply that was approved, under the version of the policy that the command names.
    Reply(TicketId, Box<ReplyApproved>, Option<String>),
    /// What an agent or the delivery did.
    Human(TicketId, HumanStep),
    /// What cannot be judged again, why, and when it counts.
    Unread(&'static str, Timestamp),
}

impl Step {
    /// The ticket that it is about, where that is known.
    pub(super) fn ticket(&self) -> Option<TicketId> {
        match self {
            Self::Message(message) => Some(message.ticket),
            Self::Answer(ticket, _)
            | Self::Unanswered(ticket, _)
            | Self::Reply(ticket, _, _)
            | Self::Human(ticket, _) => Some(*ticket),
            Self::Unread(..) => None,
        }
    }
}

/// A message and what was made of it.
pub(super) struct MessageStep {
    pub(super) ticket: TicketId,
    pub(super) message: MessageId,
    pub(super) position: u64,
    /// Whether it opened the ticket.
    pub(super) opens: bool,
    /// When it counts.
    pub(super) at: Timestamp,
    pub(super) inbox: String,
    /// Subject as it stands in the mail.
    pub(super) subject: Option<String>,
    /// Subject that the ticket was given.
    pub(super) stored_subject: Option<String>,
    pub(super) text: Body,
    pub(super) new_text: Option<Body>,
    pub(super) policy_version: String,
    pub(super) facts: GateFacts,
    pub(super) outcome: GateOutcome,
    pub(super) gated: Option<TicketGated>,
}

/// What a command tells.
#[derive(Default)]
struct Told {
    message: Option<Box<MessageReceived>>,
    gated: Option<TicketGated>,
    steps: Vec<Step>,
}

/// The steps of one command.
pub(super) fn of_command(events: &[StoredEvent]) -> Vec<Step> {
    let mut told = Told::default();
    let mut ticket_of_message = None;
    for stored in events {
        let kind = stored.stream.kind.as_str();
        let (name, version) = (&stored.event_type, &stored.event_version);
        let Ok(decoded) = Event::decode(kind, name, version, &stored.payload) else {
            told.steps.push(Step::Unread("unreadable_event", stored.recorded_at));
            continue;
        };
        match decoded {
            Some(Event::Conversation(ConversationEvent::MessageReceived(message))) => {
                told.message = Some(message);
            }
            Some(Event::Ticket(TicketEvent::TicketGated(gated))) => told.gated = Some(gated),
            Some(Event::Ticket(event)) => {
                let Ok(ticket) = stored.stream.id.parse() else { continue };
                if matches!(event, TicketEvent::TicketReceived(_) | TicketEvent::CustomerReplied(_))
                {
                    ticket_of_message = Some((ticket, stored, event));
                } else {
                    told.steps.extend(step(ticket, stored, event));
                }
            }
            _ => {}
        }
    }
    if let Some((ticket, stored, event)) = ticket_of_message {
        let message = told.message(ticket, stored, event);
        // A reopened ticket is open before the message is judged; all else comes behind it.
        told.steps.push(message);
    }
    told.steps
}

impl Told {
    fn message(&mut self, ticket: TicketId, stored: &StoredEvent, event: TicketEvent) -> Step {
        let (opens, at, inbox, subject, check) = match event {
            TicketEvent::TicketReceived(received) => {
                let received = *received;
                let subject = received.subject.and_then(Personal::into_inner);
                (true, received.received_at, received.inbox, subject, received.check)
            }
            TicketEvent::CustomerReplied(replied) => {
                (false, replied.received_at, String::new(), None, replied.check)
            }
            _ => return Step::Unread("unreadable_event", stored.recorded_at),
        };
        let Some(message) = self.message.take() else {
            return Step::Unread("message_missing", at);
        };
        if is_erased(&message) {
            return Step::Unread("erased", at);
        }
        let GateCheck { policy_version, facts, outcome, .. } = check;
        Step::Message(Box::new(MessageStep {
            ticket,
            message: message.message_id,
            position: stored.position,
            opens,
            at,
            inbox,
            subject: message.subject.and_then(Personal::into_inner),
            stored_subject: subject,
            text: message.text,
            new_text: message.new_text,
            policy_version,
            facts,
            outcome,
            gated: self.gated.take(),
        }))
    }
}

fn is_erased(message: &MessageReceived) -> bool {
    let erased = |body: &Body| match body {
        Body::Inline(text) | Body::Blob { beginning: text, .. } => text.get().is_none(),
    };
    erased(&message.text) || message.new_text.as_ref().is_some_and(erased)
}

fn step(ticket: TicketId, stored: &StoredEvent, event: TicketEvent) -> Option<Step> {
    Some(match event {
        TicketEvent::TicketClassified(decision) => Step::Answer(ticket, decision),
        TicketEvent::TriageFailed(failed) => Step::Unanswered(ticket, failed.message_id),
        TicketEvent::ReplyApproved(approved) => {
            let told: BTreeMap<String, String> =
                serde_json::from_str(&stored.metadata).unwrap_or_default();
            Step::Reply(ticket, approved, told.get("policy_version").cloned())
        }
        TicketEvent::TicketEscalated(_) => Step::Human(ticket, HumanStep::Escalated),
        TicketEvent::ReplySent(_) => Step::Human(ticket, HumanStep::Sent),
        TicketEvent::TicketResolved(_) | TicketEvent::TicketClosed(_) => {
            Step::Human(ticket, HumanStep::Ended)
        }
        TicketEvent::TicketReopened(_) => Step::Human(ticket, HumanStep::Reopened),
        _ => return None,
    })
}
