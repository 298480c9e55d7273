//! What triage changes in a ticket's row.

use casebook_domain::ticket::{TicketClassified, TicketEvent};

use super::TicketRow;
use super::fold::index_text;
use crate::columns::known;

pub(super) fn apply(row: &mut TicketRow, event: &TicketEvent) {
    match event {
        TicketEvent::TicketClassified(decision) => classify(row, decision),
        TicketEvent::ReplyDrafted(drafted) => drafted.text.text().clone_into(&mut row.draft),
        TicketEvent::TriageFailed(failed) => {
            row.policy_version = Some(failed.policy_version.clone());
        }
        _ => {}
    }
}

fn classify(row: &mut TicketRow, decision: &TicketClassified) {
    let answer = &decision.answer;
    row.category = Some(answer.category.clone());
    row.confidence = Some(answer.confidence.value());
    row.escalation_reason = known(answer.escalation_reason.as_ref());
    row.recommended_action.clone_from(&answer.action);
    row.decision_id = Some(decision.decision_id);
    row.model_used = Some(decision.run.model_used.clone());
    row.policy_version = Some(decision.policy_version.clone());
    row.execution_duration_ms = Some(decision.run.execution_duration_ms);
    row.dedupe_key = known(decision.dedupe_key.as_ref());
    if row.customer_name.is_none() {
        row.customer_name = known(answer.customer_name.as_ref());
    }
    if decision.subject.is_some() {
        row.subject = known(decision.subject.as_ref());
    }
    index_text(row);
}
