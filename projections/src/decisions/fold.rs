//! How events make a decision's row.

use casebook_domain::Timestamp;
use casebook_domain::event::Event;
use casebook_domain::ids::{DecisionId, MessageId, TicketId};
use casebook_domain::ticket::{GateCheck, TicketClassified, TicketEvent, TicketGated};

use super::{DecisionKind, DecisionRow};
use crate::Recorded;
use crate::columns::known;
use crate::read_model::{NONE, RowKey, Touched, one};
use crate::tickets::{GATED_CATEGORY, POLICY_GATE};

/// The check of a message whose gates fired; such a message is decided in the same append.
fn fired(event: &TicketEvent) -> Option<(MessageId, &GateCheck)> {
    let (message, check) = match event {
        TicketEvent::TicketReceived(received) => (received.message_id, &received.check),
        TicketEvent::CustomerReplied(replied) => (replied.message_id, &replied.check),
        _ => return None,
    };
    check.outcome.first().map(|_| (message, check))
}

pub(super) fn touched(event: &Recorded<Event>) -> Touched {
    match &event.event {
        Event::Ticket(TicketEvent::TicketGated(gated)) => one(gated.decision_id.0),
        Event::Ticket(TicketEvent::TicketClassified(decision)) => one(decision.decision_id.0),
        Event::Ticket(other) => {
            fired(other).map_or(NONE, |(message, _)| one(DecisionId::by_gates(message).0))
        }
        _ => NONE,
    }
}

pub(super) fn new_row(key: &RowKey) -> DecisionRow {
    DecisionRow {
        tenant: key.tenant.clone(),
        decision_id: DecisionId(key.id),
        ticket_id: None,
        message_id: None,
        kind: DecisionKind::Gated,
        category: GATED_CATEGORY.to_owned(),
        confidence: 0.0,
        policy_gate_triggered: true,
        policy_gate_code: None,
        codes: Vec::new(),
        escalation_reason: None,
        draft_response: String::new(),
        action: None,
        suggested_subject: None,
        customer_name: None,
        is_existing_customer: false,
        checks: Vec::new(),
        run: None,
        model_used: POLICY_GATE.to_owned(),
        policy_version: String::new(),
        verdict: None,
        execution_duration_ms: 0,
        dedupe_key: None,
        created_at: Timestamp::default(),
        position: 0,
    }
}

pub(super) fn apply(row: &mut DecisionRow, event: &Recorded<Event>) {
    let Event::Ticket(ticket_event) = &event.event else { return };
    if let TicketEvent::TicketGated(gated) = ticket_event {
        decide(row, gated);
    } else if let TicketEvent::TicketClassified(decision) = ticket_event {
        classify(row, decision);
    } else if let Some((message, check)) = fired(ticket_event) {
        prepare(row, message, check);
    } else {
        return;
    }
    row.ticket_id = event.stream.id.parse::<TicketId>().ok();
    row.created_at = event.recorded_at;
    row.position = event.position;
}

/// Takes over what the gates said; the decision itself follows in the same append.
fn prepare(row: &mut DecisionRow, message: MessageId, check: &GateCheck) {
    row.message_id = Some(message);
    row.policy_version.clone_from(&check.policy_version);
    row.codes = check.outcome.fired().map(ToOwned::to_owned).collect();
    row.policy_gate_code = row.codes.first().cloned();
    row.escalation_reason = check.outcome.first().map(|finding| finding.reason.clone());
    row.verdict = Some(check.clone());
}

fn decide(row: &mut DecisionRow, gated: &TicketGated) {
    row.message_id = Some(gated.message_id);
    row.policy_version.clone_from(&gated.policy_version);
    row.policy_gate_code = Some(gated.code.clone());
    row.codes.clone_from(&gated.codes);
    row.escalation_reason = Some(gated.reason.clone());
    row.execution_duration_ms = gated.execution_duration_ms;
    row.dedupe_key = known(gated.dedupe_key.as_ref());
}

fn classify(row: &mut DecisionRow, decision: &TicketClassified) {
    let answer = &decision.answer;
    row.kind = DecisionKind::Classified;
    row.message_id = Some(decision.message_id);
    row.policy_gate_triggered = false;
    row.policy_version.clone_from(&decision.policy_version);
    row.category.clone_from(&answer.category);
    row.confidence = answer.confidence.value();
    row.escalation_reason = known(answer.escalation_reason.as_ref());
    answer.draft_response.text().clone_into(&mut row.draft_response);
    row.action.clone_from(&answer.action);
    row.suggested_subject = known(answer.suggested_subject.as_ref());
    row.customer_name = known(answer.customer_name.as_ref());
    row.is_existing_customer = decision.is_existing_customer;
    row.checks.clone_from(&decision.checks);
    row.model_used.clone_from(&decision.run.model_used);
    row.execution_duration_ms = decision.run.execution_duration_ms;
    row.dedupe_key = known(decision.dedupe_key.as_ref());
    row.run = Some(decision.run.clone());
}

#[cfg(test)]
#[path = "fold_tests.rs"]
mod tests;
