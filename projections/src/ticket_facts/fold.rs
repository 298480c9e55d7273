//! How events make what is measured about a ticket.

use casebook_domain::Timestamp;
use casebook_domain::channel::Channel;
use casebook_domain::event::Event;
use casebook_domain::ids::TicketId;
use casebook_domain::ticket::{GATED_CATEGORY, ReplySent, Standing, Status, TicketEvent};

use super::{Gap, ReplyFact, STILL_OPEN, TicketFact};
use crate::Recorded;
use crate::read_model::{NONE, RowKey, Touched, one};

pub(super) fn touched(event: &Recorded<Event>) -> Touched {
    match &event.event {
        Event::Ticket(_) => event.stream.id.parse::<TicketId>().map_or(NONE, |id| one(id.0)),
        _ => NONE,
    }
}

pub(super) fn new_row(key: &RowKey) -> TicketFact {
    TicketFact {
        tenant: key.tenant.clone(),
        ticket_id: TicketId(key.id),
        channel: Channel::default(),
        inbox: String::new(),
        is_outbound: false,
        category: None,
        decided_category: None,
        category_corrected: false,
        team: None,
        assignee: None,
        status: Status::New,
        received_at: Timestamp::default(),
        first_reply_at: None,
        first_reply_by: None,
        ended_at: None,
        ended_by: None,
        draft_usage: None,
        gaps: Vec::new(),
        replies: Vec::new(),
        rating: None,
        rated_at: None,
        live_until: STILL_OPEN,
        standing: Standing::default(),
        position: 0,
    }
}

pub(super) fn apply(row: &mut TicketFact, event: &Recorded<Event>) {
    let Event::Ticket(ticket) = &event.event else { return };
    row.standing.evolve(ticket);
    row.status = row.standing.status;
    row.assignee.clone_from(&row.standing.assignee);
    match ticket {
        TicketEvent::TicketReceived(received) => {
            row.channel = received.channel;
            row.inbox.clone_from(&received.inbox);
            row.received_at = received.received_at;
        }
        TicketEvent::TicketStarted(started) => {
            row.is_outbound = true;
            row.channel = started.channel;
            row.inbox.clone_from(&started.inbox);
            row.received_at = started.started_at;
        }
        TicketEvent::TicketResolved(ended) => {
            end(row, ended.at);
            let sent = row.replies.iter().rfind(|reply| reply.sent_at.is_some());
            row.ended_by = sent.map(|reply| reply.agent.clone());
        }
        TicketEvent::TicketClosed(ended) => {
            end(row, ended.at);
            row.ended_by = agent(event);
            row.draft_usage = None;
        }
        other => {
            sort(row, other);
            answer(row, other);
        }
    }
    if row.status.is_open() {
        reopen(row, event.recorded_at);
    }
    row.live_until = live_until(row);
    row.position = event.position;
}

/// The agent in whose name the event was recorded.
fn agent(event: &Recorded<Event>) -> Option<String> {
    let metadata = event.metadata();
    metadata.get("actor")?.strip_prefix("agent:").map(str::to_owned)
}

fn end(row: &mut TicketFact, at: Timestamp) {
    row.ended_at = Some(at);
}

/// Keeps the time between end and opening; a ticket that is open already stays as it is.
fn reopen(row: &mut TicketFact, at: Timestamp) {
    if let Some(from) = row.ended_at.take() {
        row.gaps.push(Gap { from, to: at.max(from) });
        row.ended_by = None;
    }
}

/// What kind of work it is, and whose.
fn sort(row: &mut TicketFact, event: &TicketEvent) {
    match event {
        TicketEvent::TicketGated(_) => decide(row, GATED_CATEGORY),
        TicketEvent::TicketClassified(decision) => decide(row, &decision.answer.category),
        TicketEvent::CategoryCorrected(corrected) => {
            row.category = Some(corrected.to.clone());
            row.category_corrected = true;
        }
        TicketEvent::TicketAssigned(to) if to.team.is_some() => row.team.clone_from(&to.team),
        _ => {}
    }
}

fn decide(row: &mut TicketFact, category: &str) {
    row.category = Some(category.to_owned());
    row.decided_category.clone_from(&row.category);
    row.category_corrected = false;
}

fn answer(row: &mut TicketFact, event: &TicketEvent) {
    match event {
        TicketEvent::ReplyApproved(approved) => {
            row.draft_usage = Some(approved.comparison.usage);
            row.replies.push(ReplyFact {
                reply_id: approved.reply_id,
                agent: approved.approved_by.clone(),
                sent_at: None,
            });
        }
        TicketEvent::ReplyWithdrawn(withdrawn) => {
            row.draft_usage = None;
            row.replies.retain(|reply| reply.reply_id != withdrawn.reply_id);
        }
        TicketEvent::ReplySent(sent) => send(row, sent),
        _ => {}
    }
}

fn send(row: &mut TicketFact, sent: &ReplySent) {
    let known = row.replies.iter().position(|reply| reply.reply_id == sent.reply_id);
    let Some(index) = known else { return };
    let mut reply = row.replies.remove(index);
    reply.sent_at = Some(sent.sent_at);
    if row.first_reply_at.is_none() {
        row.first_reply_at = Some(sent.sent_at);
        row.first_reply_by = Some(reply.agent.clone());
    }
    row.replies.push(reply);
}

fn live_until(row: &TicketFact) -> Timestamp {
    let Some(ended_at) = row.ended_at else { return STILL_OPEN };
    let sent = row.replies.iter().filter_map(|reply| reply.sent_at);
    let reopened = row.gaps.iter().map(|gap| gap.to);
    sent.chain(reopened).chain(row.rated_at).fold(ended_at.max(row.received_at), Ord::max)
}

#[cfg(test)]
#[path = "fold_tests.rs"]
mod tests;
