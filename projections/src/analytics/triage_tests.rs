//! Given outcomes of triage, then its figures.

use uuid::Uuid;

use super::*;
use crate::read_model::{ReadModel, RowKey};
use crate::triage_facts::TriageFacts;

fn answered(outcome: Outcome, hundredths: u32) -> TriageFact {
    let mut fact = TriageFacts::new_row(&RowKey::new("tenant-a", Uuid::nil()));
    fact.outcome = outcome;
    fact.confidence_hundredths = hundredths;
    fact.unsure = hundredths < 70;
    fact.provider = Some("anthropic".to_owned());
    fact.model = Some("model-5".to_owned());
    (fact.input_tokens, fact.output_tokens, fact.cost_micro_usd) = (100, 10, 400);
    fact.duration_ms = 1_000;
    fact
}

fn gated(codes: &[&str]) -> TriageFact {
    let mut fact = TriageFacts::new_row(&RowKey::new("tenant-a", Uuid::nil()));
    fact.outcome = Outcome::Gated;
    fact.escalated = true;
    fact.gate_codes = codes.iter().map(ToString::to_string).collect();
    fact
}

fn figures(facts: &[TriageFact]) -> TriageFigures {
    let mut figures = TriageFigures::default();
    for fact in facts {
        figures.add(fact);
    }
    figures
}

#[test]
fn built_in_answers_stay_out_of_the_models_confidence() {
    let model = [70, 90, 100].map(|hundredths| answered(Outcome::Model, hundredths));
    let mut facts = model.to_vec();
    facts.push(answered(Outcome::BuiltIn, 10));
    facts.push(gated(&["health_blood"]));
    let figures = figures(&facts);
    assert_eq!(figures.average_confidence(), Some(260.0 / 3.0 / 100.0));
    assert_eq!(figures.histogram, [0, 0, 0, 0, 0, 0, 0, 1, 0, 2]);
    assert_eq!((figures.low_confidence, figures.decisions()), (0, 5));
    assert_eq!((figures.gate_rate(), figures.escalation_rate()), (Some(0.2), Some(0.2)));
}

#[test]
fn a_gate_that_fires_beside_a_severer_one_is_told_apart() {
    let facts = [gated(&["a", "b"]), gated(&["b"]), gated(&["b", "c"])];
    let gates: Vec<_> = figures(&facts)
        .gates
        .into_iter()
        .map(|(code, gate)| (code, gate.triggers, gate.fired))
        .collect();
    assert_eq!(gates, [("a".into(), 1, 1), ("b".into(), 2, 3), ("c".into(), 0, 1)]);
}

#[test]
fn low_confidence_is_a_share_of_what_models_answered() {
    let facts = [answered(Outcome::Model, 69), answered(Outcome::Model, 70), gated(&["a"])];
    assert_eq!(figures(&facts).low_confidence_rate(), Some(0.5));
}

#[test]
fn a_failure_is_no_decision() {
    let mut failed = gated(&[]);
    (failed.outcome, failed.escalated) = (Outcome::Failed, false);
    let figures = figures(&[failed]);
    assert_eq!((figures.failed, figures.decisions(), figures.gate_rate()), (1, 0, None));
    assert!(figures.models.is_empty());
}

#[test]
fn cost_and_tokens_add_up() {
    let facts = [answered(Outcome::Model, 80), answered(Outcome::Model, 90)];
    let figures = figures(&facts);
    assert_eq!((figures.cost_micro_usd(), figures.tokens()), (800, 220));
    let model = &figures.models[&("anthropic".to_owned(), "model-5".to_owned())];
    assert_eq!((model.answers, model.average_duration_ms()), (2, Some(1_000.0)));
}
