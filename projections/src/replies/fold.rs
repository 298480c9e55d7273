//! How events make replies.

use std::collections::HashMap;

use casebook_domain::event::Event;
use casebook_domain::ids::{MessageId, TicketId};
use casebook_domain::ticket::{
    DeliveryFailed, DeliveryStarted, ReplyApproved, ReplySent, TicketEvent,
};

use super::{AttemptOutcome, DeliveryAttempt, Reply};
use crate::Recorded;
use crate::tickets::{ReplyState, UNKNOWN, bounced_words, held_words};

/// The events that replies follow from.
pub(crate) const EVENTS: &[&str] = &[
    "ReplyApproved",
    "ReplyWithdrawn",
    "DeliveryStarted",
    "ReplySent",
    "DeliveryFailed",
    "DeliveryUnknown",
    "ReplyHeld",
    "ReplyRetried",
    "ReplyBounced",
];

/// The replies of tickets in the order of their approval, from the events of these tickets in the
/// order of the log.
pub(crate) fn replies(events: &[Recorded<Event>]) -> HashMap<TicketId, Vec<Reply>> {
    let mut tickets: HashMap<TicketId, Vec<Reply>> = HashMap::new();
    for event in events {
        let Event::Ticket(of_ticket) = &event.event else { continue };
        let Ok(ticket) = event.stream.id.parse::<TicketId>() else { continue };
        let replies = tickets.entry(ticket).or_default();
        if let TicketEvent::ReplyApproved(approved) = of_ticket {
            replies.push(new(approved));
        }
        let Some(id) = about(of_ticket) else { continue };
        if let Some(reply) = replies.iter_mut().find(|reply| reply.reply_id == id) {
            apply(reply, of_ticket, event);
            reply.position = event.position;
        }
    }
    tickets
}

/// The reply that an event is about.
const fn about(event: &TicketEvent) -> Option<MessageId> {
    Some(match event {
        TicketEvent::ReplyApproved(of) => of.reply_id,
        TicketEvent::ReplyWithdrawn(of) => of.reply_id,
        TicketEvent::DeliveryStarted(of) => of.reply_id,
        TicketEvent::ReplySent(of) => of.reply_id,
        TicketEvent::DeliveryFailed(of) => of.reply_id,
        TicketEvent::DeliveryUnknown(of) => of.reply_id,
        TicketEvent::ReplyHeld(of) => of.reply_id,
        TicketEvent::ReplyRetried(of) => of.reply_id,
        TicketEvent::ReplyBounced(of) => of.reply_id,
        _ => return None,
    })
}

fn new(approved: &ReplyApproved) -> Reply {
    Reply {
        reply_id: approved.reply_id,
        approved_by: approved.approved_by.clone(),
        approved_at: approved.approved_at,
        draft_usage: approved.comparison.usage,
        external_id: approved.external_id.clone(),
        state: ReplyState::Approved,
        due_at: Some(approved.due_at),
        sent_at: None,
        error: None,
        attempts: Vec::new(),
        position: 0,
    }
}

fn apply(reply: &mut Reply, event: &TicketEvent, recorded: &Recorded<Event>) {
    match event {
        TicketEvent::ReplyWithdrawn(_) => state(reply, ReplyState::Withdrawn),
        TicketEvent::DeliveryStarted(started) => start(reply, started, recorded),
        TicketEvent::ReplySent(sent) => send(reply, sent, recorded),
        TicketEvent::DeliveryFailed(failed) => fail(reply, failed, recorded),
        TicketEvent::DeliveryUnknown(unknown) => {
            state(reply, ReplyState::Unknown);
            reply.error = Some(UNKNOWN.to_owned());
            end(reply, unknown.attempt, AttemptOutcome::Unknown, recorded);
        }
        TicketEvent::ReplyHeld(held) => {
            state(reply, ReplyState::Held);
            reply.error = Some(held_words(held.because).to_owned());
        }
        TicketEvent::ReplyRetried(retried) => {
            state(reply, ReplyState::Approved);
            reply.due_at = Some(retried.due_at);
        }
        // A notice of delay is no return, and what is still tried may yet arrive.
        TicketEvent::ReplyBounced(bounced) if bounced.is_final && is_settled(reply.state) => {
            state(reply, ReplyState::Bounced);
            reply.error = Some(bounced_words(bounced.status.as_deref()));
        }
        _ => {}
    }
}

/// Whether nothing is to come of it any more.
const fn is_settled(state: ReplyState) -> bool {
    matches!(state, ReplyState::Sent | ReplyState::Bounced | ReplyState::Withdrawn)
}

fn start(reply: &mut Reply, started: &DeliveryStarted, recorded: &Recorded<Event>) {
    state(reply, ReplyState::Sending);
    reply.attempts.push(DeliveryAttempt {
        number: started.attempt,
        started_at: recorded.recorded_at,
        ended_at: None,
        outcome: AttemptOutcome::Open,
        error: None,
        retry_at: None,
    });
}

fn send(reply: &mut Reply, sent: &ReplySent, recorded: &Recorded<Event>) {
    state(reply, ReplyState::Sent);
    reply.sent_at = Some(sent.sent_at);
    end(reply, sent.attempt, AttemptOutcome::Sent, recorded);
}

fn fail(reply: &mut Reply, failed: &DeliveryFailed, recorded: &Recorded<Event>) {
    let again = failed.retry_at.is_some();
    state(reply, if again { ReplyState::Retrying } else { ReplyState::Failed });
    reply.due_at = failed.retry_at;
    reply.error = Some(failed.error.clone());
    if let Some(attempt) = end(reply, failed.attempt, AttemptOutcome::Failed, recorded) {
        attempt.error = Some(failed.error.clone());
        attempt.retry_at = failed.retry_at;
    }
}

/// Notes what came of an attempt.
fn end<'a>(
    reply: &'a mut Reply,
    number: u32,
    outcome: AttemptOutcome,
    recorded: &Recorded<Event>,
) -> Option<&'a mut DeliveryAttempt> {
    let mut attempts = reply.attempts.iter_mut().rev();
    let attempt = attempts.find(|attempt| attempt.number == number)?;
    attempt.outcome = outcome;
    attempt.ended_at = Some(recorded.recorded_at);
    Some(attempt)
}

fn state(reply: &mut Reply, state: ReplyState) {
    reply.state = state;
    reply.due_at = None;
    reply.error = None;
}

#[cfg(test)]
#[path = "fold_tests.rs"]
mod tests;
