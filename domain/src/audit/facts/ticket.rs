//! A ticket as auditors see it.

use super::{Collect, Facts};
use crate::ticket::{ReplyInHand, ReplyPhase, Ticket};

/// Values that tell something about the customer.
const PERSONAL: &[&str] = &["customerName", "customerEmail", "subject", "draft", "replyText"];

/// The facts of a ticket; none before its first event.
pub fn of_ticket(ticket: &Ticket) -> Facts {
    let mut facts = Collect::default();
    if ticket.exists() {
        standing(&mut facts, ticket);
        work(&mut facts, ticket);
        reply(&mut facts, ticket.reply());
    }
    Facts::new(facts.0, PERSONAL)
}

fn standing(facts: &mut Collect, ticket: &Ticket) {
    let standing = ticket.standing();
    facts.add("status", standing.status.name());
    facts.add("priority", standing.priority.number());
    facts.add("gateCodes", &standing.gate_codes);
    facts.add("decided", standing.decided);
    facts.add("unsure", standing.unsure);
    facts.add("escalated", standing.escalated);
    facts.add("awaitingCustomer", standing.awaiting);
    facts.add("urgency", standing.urgency);
    facts.add("snoozedUntil", standing.snoozed_until);
    facts.add("assignee", &standing.assignee);
}

fn work(facts: &mut Collect, ticket: &Ticket) {
    facts.add("conversation", ticket.conversation());
    facts.add("contact", ticket.contact());
    facts.add("inbox", ticket.inbox());
    facts.add("channel", ticket.channel().name());
    facts.add("customerName", &ticket.customer().name);
    facts.add("customerEmail", &ticket.customer().address);
    facts.add("subject", ticket.subject());
    facts.add("category", ticket.category());
    facts.add("draft", ticket.draft().map(|draft| draft.text.as_str()));
    facts.add("team", ticket.team());
    facts.add("labels", ticket.labels());
    facts.add("messages", ticket.message_count());
    facts.add("latestMessage", ticket.latest_message());
    facts.add("repliesSent", ticket.sent_count());
    facts.add("endedAt", ticket.ended_at());
}

fn reply(facts: &mut Collect, reply: Option<&ReplyInHand>) {
    let phase = reply.map(|reply| reply.phase);
    facts.add("reply", reply.map(ReplyInHand::id));
    facts.add("replyText", reply.map(|reply| reply.approved.text.text()));
    facts.add("replyApprovedBy", reply.map(|reply| reply.approved.approved_by.as_str()));
    facts.add("draftUsage", reply.map(|reply| reply.approved.comparison.usage.name()));
    facts.add("replyState", phase.map(phase_name));
    facts.add("replyAttempts", reply.map(|reply| reply.attempts));
    facts.add("replyDueAt", phase.and_then(due_at));
}

const fn phase_name(phase: ReplyPhase) -> &'static str {
    match phase {
        ReplyPhase::Waiting { .. } => "waiting",
        ReplyPhase::Started { .. } => "started",
        ReplyPhase::Retrying { .. } => "retrying",
        ReplyPhase::Failed => "failed",
        ReplyPhase::Unknown => "unknown",
        ReplyPhase::Held => "held",
    }
}

const fn due_at(phase: ReplyPhase) -> Option<crate::Timestamp> {
    match phase {
        ReplyPhase::Waiting { due_at } | ReplyPhase::Retrying { due_at } => Some(due_at),
        ReplyPhase::Started { .. }
        | ReplyPhase::Failed
        | ReplyPhase::Unknown
        | ReplyPhase::Held => None,
    }
}
