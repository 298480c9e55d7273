//! How events make what is measured about triage.

use casebook_domain::Timestamp;
use casebook_domain::event::Event;
use casebook_domain::ids::{DecisionId, TicketId};
use casebook_domain::ticket::{
    GATED_CATEGORY, TicketClassified, TicketEvent, TicketGated, TriageFailed,
};

use super::{Outcome, TriageFact};
use crate::Recorded;
use crate::read_model::{NONE, RowKey, Touched, one};

/// Name of the provider that asks no model.
const BUILT_IN: &str = "built_in";

pub(super) fn touched(event: &Recorded<Event>) -> Touched {
    match &event.event {
        Event::Ticket(TicketEvent::TicketGated(gated)) => one(gated.decision_id.0),
        Event::Ticket(TicketEvent::TicketClassified(decision)) => one(decision.decision_id.0),
        Event::Ticket(TicketEvent::TriageFailed(failed)) => {
            one(DecisionId::by_model(failed.message_id).0)
        }
        _ => NONE,
    }
}

pub(super) fn new_row(key: &RowKey) -> TriageFact {
    TriageFact {
        tenant: key.tenant.clone(),
        decision_id: DecisionId(key.id),
        ticket_id: None,
        outcome: Outcome::Failed,
        decided_at: Timestamp::default(),
        category: None,
        confidence_hundredths: 0,
        unsure: false,
        escalated: false,
        gate_codes: Vec::new(),
        provider: None,
        model: None,
        input_tokens: 0,
        output_tokens: 0,
        cache_read_tokens: 0,
        cache_write_tokens: 0,
        cost_micro_usd: 0,
        duration_ms: 0,
        policy_version: String::new(),
        position: 0,
    }
}

pub(super) fn apply(row: &mut TriageFact, event: &Recorded<Event>) {
    let Event::Ticket(ticket) = &event.event else { return };
    match ticket {
        TicketEvent::TicketGated(gated) => gate(row, gated),
        TicketEvent::TicketClassified(decision) => classify(row, decision),
        TicketEvent::TriageFailed(failed) => fail(row, failed),
        _ => return,
    }
    row.ticket_id = event.stream.id.parse::<TicketId>().ok();
    row.decided_at = event.recorded_at;
    row.position = event.position;
}

fn gate(row: &mut TriageFact, gated: &TicketGated) {
    row.outcome = Outcome::Gated;
    row.category = Some(GATED_CATEGORY.to_owned());
    row.escalated = true;
    row.gate_codes.clone_from(&gated.codes);
    row.duration_ms = gated.execution_duration_ms;
    row.policy_version.clone_from(&gated.policy_version);
}

fn classify(row: &mut TriageFact, decision: &TicketClassified) {
    let (answer, run) = (&decision.answer, &decision.run);
    row.outcome = if run.provider == BUILT_IN { Outcome::BuiltIn } else { Outcome::Model };
    row.category = Some(answer.category.clone());
    row.confidence_hundredths = u32::from(answer.confidence.hundredths());
    row.unsure = decision.unsure;
    row.escalated = answer.escalates();
    row.provider = Some(run.provider.clone());
    row.model = Some(run.model_used.clone());
    row.input_tokens = run.usage.input_tokens;
    row.output_tokens = run.usage.output_tokens;
    row.cache_read_tokens = run.usage.cache_read_tokens;
    row.cache_write_tokens = run.usage.cache_write_tokens;
    row.cost_micro_usd = run.cost_micro_usd;
    row.duration_ms = run.execution_duration_ms;
    row.policy_version.clone_from(&decision.policy_version);
}

fn fail(row: &mut TriageFact, failed: &TriageFailed) {
    row.outcome = Outcome::Failed;
    row.provider = Some(failed.provider.clone());
    row.policy_version.clone_from(&failed.policy_version);
}

#[cfg(test)]
#[path = "fold_tests.rs"]
mod tests;
