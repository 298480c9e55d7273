//! Given events, then what is measured about triage.

use casebook_domain::event::Event;
use casebook_domain::ids::DecisionId;
use casebook_domain::ticket::{TicketClassified, TicketEvent, TriageFailed};

use crate::Recorded;
use crate::testing::{History, Mail, answer, row_of};
use crate::triage_facts::{Outcome, TriageFact, TriageFacts};

const TENANT: &str = "tenant-a";

fn fact(events: &[Recorded<Event>], id: DecisionId) -> TriageFact {
    row_of::<TriageFacts>(events, TENANT, id.0).expect("a row")
}

fn told(mail: &Mail, event: &TicketEvent) -> Vec<Recorded<Event>> {
    let mut history = History::new();
    mail.add_to(&mut history);
    history.begin(TENANT);
    history.push(mail.ticket_id(), event);
    history.recorded()
}

fn classified(change: impl FnOnce(&mut TicketClassified)) -> TriageFact {
    let mail = Mail::new(TENANT, 1);
    let mut decision = answer(mail.message_id());
    change(&mut decision);
    let id = decision.decision_id;
    fact(&told(&mail, &TicketEvent::TicketClassified(Box::new(decision))), id)
}

#[test]
fn a_gate_decides_without_a_model() {
    let mail = Mail::new(TENANT, 1).gated(&["health_blood", "legal_threat"]);
    let mut history = History::new();
    mail.add_to(&mut history);
    let events = history.recorded();
    let fact = fact(&events, DecisionId::by_gates(mail.message_id()));
    assert_eq!((fact.outcome, fact.escalated, fact.unsure), (Outcome::Gated, true, false));
    assert_eq!(fact.gate_codes, ["health_blood", "legal_threat"]);
    assert_eq!(fact.category.as_deref(), Some("escalation"));
    assert_eq!((fact.model, fact.provider, fact.confidence_hundredths), (None, None, 0));
    assert_eq!((fact.ticket_id, fact.duration_ms), (Some(mail.ticket_id()), 12));
    let last = events.last().expect("an event");
    assert_eq!((fact.decided_at, fact.position), (last.recorded_at, last.position));
}

#[test]
fn an_answer_counts_its_tokens_and_cost() {
    let fact = classified(|decision| {
        decision.unsure = true;
        decision.answer.escalation_reason = Some("Asks for a vet".into());
    });
    assert_eq!((fact.outcome, fact.escalated, fact.unsure), (Outcome::Model, true, true));
    assert_eq!((fact.category.as_deref(), fact.confidence_hundredths), (Some("delivery"), 91));
    assert_eq!(
        (fact.provider.as_deref(), fact.model.as_deref()),
        (Some("anthropic"), Some("model-5"))
    );
    assert_eq!((fact.input_tokens, fact.output_tokens, fact.cost_micro_usd), (900, 80, 3_900));
    assert_eq!((fact.duration_ms, fact.policy_version.as_str()), (1_234, "p2"));
}

#[test]
fn the_built_in_classifier_is_no_model() {
    let fact = classified(|decision| decision.run.provider = "built_in".to_owned());
    assert_eq!((fact.outcome, fact.escalated), (Outcome::BuiltIn, false));
}

#[test]
fn the_category_alone_escalates_too() {
    let fact = classified(|decision| decision.answer.category = "escalation".to_owned());
    assert!(fact.escalated);
}

#[test]
fn a_failure_is_no_decision() {
    let mail = Mail::new(TENANT, 1);
    let failed = TriageFailed {
        message_id: mail.message_id(),
        policy_version: "p2".to_owned(),
        provider: "anthropic".to_owned(),
        attempts: 4,
        error: "529".to_owned(),
    };
    let events = told(&mail, &TicketEvent::TriageFailed(failed));
    let fact = fact(&events, DecisionId::by_model(mail.message_id()));
    assert_eq!((fact.outcome, fact.category, fact.model), (Outcome::Failed, None, None));
    assert_eq!(fact.provider.as_deref(), Some("anthropic"));
}
