//! How events make the queue.

use casebook_domain::Timestamp;
use casebook_domain::channel::Channel;
use casebook_domain::conversation::{ConversationEvent, SetAsideMail};
use casebook_domain::event::Event;
use casebook_domain::ids::TicketId;
use casebook_domain::ticket::{
    CustomerReplied, Priority, Standing, TicketEvent, TicketGated, TicketReceived, TicketStarted,
};

use super::{Shelf, TicketRow, fold_reply, fold_triage, fold_work};
use crate::Recorded;
use crate::columns::known;
use crate::read_model::{NONE, RowKey, Touched, one};

/// What made a decision that a gate forced; the name is that of SOP CS-01.
pub const POLICY_GATE: &str = "policy_gate";

pub use casebook_domain::ticket::GATED_CATEGORY;

pub(super) fn touched(event: &Recorded<Event>) -> Touched {
    match &event.event {
        Event::Ticket(TicketEvent::TicketReceived(received)) => one(received.ticket_id.0),
        Event::Ticket(_) => match event.stream.id.parse::<TicketId>() {
            Ok(id) => one(id.0),
            Err(_) => NONE,
        },
        Event::Conversation(ConversationEvent::MailSetAside(aside)) => {
            one(TicketId::opened_by(aside.message_id).0)
        }
        _ => NONE,
    }
}

pub(super) fn new_row(key: &RowKey) -> TicketRow {
    TicketRow {
        tenant: key.tenant.clone(),
        ticket_id: TicketId(key.id),
        shelf: Shelf::SetAside,
        status: None,
        priority: Priority::AWAITING,
        received_at: Timestamp::default(),
        conversation_id: None,
        contact_id: None,
        message_id: None,
        inbox: String::new(),
        channel: Channel::default(),
        set_aside_reason: None,
        category: None,
        confidence: None,
        gate_code: None,
        gate_codes: Vec::new(),
        escalation_reason: None,
        decided: false,
        unsure: false,
        escalated: false,
        awaiting_customer: false,
        urgency: None,
        snoozed_until: None,
        team: None,
        recommended_action: None,
        draft: String::new(),
        draft_usage: None,
        reply_id: None,
        reply_state: None,
        reply_due_at: None,
        reply_error: None,
        replacement_state: None,
        replacement_error: None,
        reply_count: 0,
        first_reply_at: None,
        resolved_at: None,
        decision_id: None,
        model_used: None,
        policy_version: None,
        assignee: None,
        labels: Vec::new(),
        subject: None,
        customer_email: String::new(),
        customer_name: None,
        preview: String::new(),
        search: String::new(),
        email_message_id: None,
        dedupe_key: None,
        execution_duration_ms: None,
        is_outbound: false,
        message_count: 0,
        last_message_at: Timestamp::default(),
        version: 0,
        position: 0,
    }
}

pub(super) fn apply(row: &mut TicketRow, event: &Recorded<Event>) {
    match &event.event {
        Event::Ticket(ticket) => {
            stand(row, ticket);
            match ticket {
                TicketEvent::TicketReceived(received) => receive(row, received),
                TicketEvent::TicketStarted(started) => start(row, started),
                TicketEvent::CustomerReplied(replied) => reply(row, replied),
                TicketEvent::TicketGated(gated) => gate(row, gated),
                other => {
                    fold_triage::apply(row, other);
                    fold_work::apply(row, other);
                    fold_reply::apply(row, other);
                }
            }
            row.version = event.version;
        }
        Event::Conversation(ConversationEvent::MailSetAside(aside)) => set_aside(row, aside),
        _ => return,
    }
    row.position = event.position;
}

/// Moves everything that decides the place in the queue, by the ticket's own rule.
fn stand(row: &mut TicketRow, event: &TicketEvent) {
    let mut standing = match row.status {
        Some(status) => Standing {
            status,
            priority: row.priority,
            gate_codes: std::mem::take(&mut row.gate_codes),
            assignee: row.assignee.take(),
            decided: row.decided,
            unsure: row.unsure,
            escalated: row.escalated,
            awaiting: row.awaiting_customer,
            urgency: row.urgency,
            snoozed_until: row.snoozed_until,
        },
        None => Standing::default(),
    };
    standing.evolve(event);
    row.status = Some(standing.status);
    row.shelf = Shelf::of(row.status, standing.snoozed_until.is_some());
    row.priority = standing.priority;
    row.gate_code = standing.gate_codes.first().cloned();
    row.gate_codes = standing.gate_codes;
    row.assignee = standing.assignee;
    row.decided = standing.decided;
    row.unsure = standing.unsure;
    row.escalated = standing.escalated;
    row.awaiting_customer = standing.awaiting;
    row.urgency = standing.urgency;
    row.snoozed_until = standing.snoozed_until;
    if standing.status.is_open() {
        row.resolved_at = None;
    }
}

fn receive(row: &mut TicketRow, received: &TicketReceived) {
    row.conversation_id = Some(received.conversation_id);
    row.contact_id = Some(received.contact_id);
    row.message_id = Some(received.message_id);
    row.inbox.clone_from(&received.inbox);
    row.channel = received.channel;
    row.set_aside_reason = None;
    row.policy_version = Some(received.check.policy_version.clone());
    row.subject = known(received.subject.as_ref());
    row.customer_email = received.customer_email.text().to_owned();
    row.customer_name = known(received.customer_name.as_ref());
    row.preview = received.preview.text().to_owned();
    row.email_message_id = known(received.email_message_id.as_ref());
    row.message_count = 1;
    row.received_at = received.received_at;
    row.last_message_at = received.received_at;
    index_text(row);
}

fn start(row: &mut TicketRow, started: &TicketStarted) {
    row.conversation_id = Some(started.conversation_id);
    row.contact_id = Some(started.contact_id);
    row.inbox.clone_from(&started.inbox);
    row.channel = started.channel;
    row.set_aside_reason = None;
    row.is_outbound = true;
    row.subject = known(Some(&started.subject));
    row.customer_email = started.customer_email.text().to_owned();
    row.customer_name = known(started.customer_name.as_ref());
    row.preview = started.preview.text().to_owned();
    row.received_at = started.started_at;
    row.last_message_at = started.started_at;
    index_text(row);
}

fn reply(row: &mut TicketRow, replied: &CustomerReplied) {
    row.policy_version = Some(replied.check.policy_version.clone());
    row.draft.clear();
    row.recommended_action = None;
    row.message_count = row.message_count.saturating_add(1);
    // Mails may arrive out of order; the preview is that of the latest.
    if replied.received_at >= row.last_message_at {
        row.last_message_at = replied.received_at;
        row.preview = replied.preview.text().to_owned();
        index_text(row);
    }
}

fn gate(row: &mut TicketRow, gated: &TicketGated) {
    row.category = Some(GATED_CATEGORY.to_owned());
    row.confidence = Some(0.0);
    row.escalation_reason = Some(gated.reason.clone());
    row.decision_id = Some(gated.decision_id);
    row.model_used = Some(POLICY_GATE.to_owned());
    row.policy_version = Some(gated.policy_version.clone());
    row.execution_duration_ms = Some(gated.execution_duration_ms);
    row.dedupe_key = known(gated.dedupe_key.as_ref());
    row.recommended_action = None;
    row.draft.clear();
    if gated.subject.is_some() {
        row.subject = known(gated.subject.as_ref());
        index_text(row);
    }
}

/// Lists a message that is nobody's work; a ticket that the same message opened stays a ticket.
fn set_aside(row: &mut TicketRow, aside: &SetAsideMail) {
    if row.status.is_some() {
        return;
    }
    row.set_aside_reason = Some(aside.reason);
    row.conversation_id = Some(aside.conversation_id);
    row.contact_id = Some(aside.contact_id);
    row.message_id = Some(aside.message_id);
    row.inbox.clone_from(&aside.inbox);
    row.channel = aside.channel;
    row.subject = known(aside.subject.as_ref());
    if let Some(author) = aside.from.get() {
        row.customer_email.clone_from(&author.address);
        row.customer_name.clone_from(&author.name);
    }
    row.preview = aside.preview.text().to_owned();
    row.email_message_id = known(aside.external_id.as_ref());
    row.message_count = 1;
    row.received_at = aside.received_at;
    row.last_message_at = aside.received_at;
    index_text(row);
}

pub(super) fn index_text(row: &mut TicketRow) {
    let parts = [
        row.subject.as_deref().unwrap_or_default(),
        row.customer_name.as_deref().unwrap_or_default(),
        &row.customer_email,
        &row.preview,
    ];
    row.search = parts.join("\n").to_lowercase();
}

#[cfg(test)]
#[path = "fold_tests.rs"]
mod tests;
