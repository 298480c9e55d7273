//! Faults of a policy are named, and outcomes keep their form.

use super::{outcome, policy};
use crate::gates::{GateError, GateOutcome, GateSet};

fn fault(text: &str) -> String {
    match GateSet::from_toml(text) {
        Ok(_) => panic!("accepted: {text}"),
        Err(error) => error.to_string(),
    }
}

fn rule_fault(rule: &str) -> String {
    fault(&format!("[[gates]]\ncode = \"g\"\nreason = \"r\"\n[[gates.rules]]\n{rule}"))
}

#[test]
fn pattern_faults_name_gate_rule_and_pattern() {
    for (pattern, what) in [
        ("", "an alternative is empty"),
        ("(a|b", "`(` not closed"),
        ("a)", "`)` without its opening"),
        ("<a", "`<` not closed"),
        ("..3 a", "must begin with a word"),
        ("a?", "cannot be empty"),
        ("a? ..2 b", "must begin with a word"),
        ("(a|b?) c", "an alternative of a group can be empty"),
        ("ab*", "stem of 3 letters"),
        ("..99", "a count from 1 to 30"),
        ("a & b", "a word is expected"),
    ] {
        let message = rule_fault(&format!("any = [\"{pattern}\"]"));
        assert!(message.starts_with("gate `g`, rule 1: pattern `"), "{message}");
        assert!(message.contains(what), "{pattern}: {message}");
    }
}

#[test]
fn unknown_keys_names_and_cycles_are_refused() {
    assert!(rule_fault("any = [\"a\"]\nanyy = 1").contains("anyy"));
    assert!(rule_fault("any = [\"<x>\"]").contains("there is no list `x`"));
    assert!(rule_fault("any = [\"a\"]\nunless = [\"x\"]").contains("there is no guard `x`"));
    assert!(rule_fault("all = [\"x\"]").contains("a pattern or a fact is missing"));
    let gate = "[[gates]]\ncode = \"g\"\nreason = \"r\"\nrules = [{ any = [\"a\"] }]\n";
    assert!(fault(&format!("[lists]\na = [\"<a>\"]\n{gate}")).contains("contains itself"));
    let guard = "[guards.a]\nany = [\"x\"]\nunless = [\"a\"]\n";
    assert!(fault(&format!("{guard}{gate}")).contains("guard `a` contains itself"));
}

#[test]
fn gates_need_a_fresh_code_a_reason_and_sane_thresholds() {
    let gate = |code: &str, reason: &str, rules: &str| {
        format!("[[gates]]\ncode = \"{code}\"\nreason = \"{reason}\"\nrules = [{rules}]\n")
    };
    let good = gate("a", "r", "{ any = [\"a\"] }");
    assert_eq!(
        GateSet::from_toml(&format!("{good}{good}")),
        Err(GateError::DuplicateCode("a".to_owned()))
    );
    assert!(fault(&gate("A b", "r", "{ any = [\"a\"] }")).contains("gate code `A b`"));
    assert!(fault(&gate("a", " ", "{ any = [\"a\"] }")).contains("its reason is missing"));
    assert!(fault(&gate("a", "r", "")).contains("a rule is missing"));
    let days = "{ contacts = { at_least = 3, days = 0 } }";
    assert!(fault(&gate("a", "r", days)).contains("between 1 and"));
}

#[test]
fn a_policy_survives_json_and_an_outcome_its_compact_form() {
    let text = include_str!("../../../../tenants/protocol-raw/gates.toml");
    let set = GateSet::from_toml(text).expect("policy");
    let json = serde_json::to_string(&set).expect("write");
    assert_eq!(serde_json::from_str::<GateSet>(&json).expect("read"), set);

    let found = outcome(&policy(text), "", "My dog was sick, I will call my lawyer.");
    let wire = serde_json::to_string(&found).expect("write");
    assert!(wire.contains(r#""words":{"$p":"was sick"}"#), "{wire}");
    assert_eq!(serde_json::from_str::<GateOutcome>(&wire).expect("read"), found);
    assert_eq!(found.verdicts.len(), 13);
    assert_eq!(found.fired().collect::<Vec<_>>(), ["health_vomiting", "legal_threat"]);
    assert!(!format!("{found:?}").contains("was sick"), "matched words stay out of logs");
}

#[test]
fn scope_chooses_the_text() {
    let gate = "[[gates]]\ncode = \"g\"\nreason = \"r\"\nrules = [{ any = [\"old\"] }]\n";
    let facts = crate::gates::GateFacts::default();
    let input = crate::gates::GateInput {
        subject: "",
        new_text: "new",
        full_text: "new > old",
        facts: &facts,
    };
    for (scope, fires) in [("subject_and_new_text", 0), ("subject_and_full_text", 1)] {
        let gates = policy(&format!("scope = \"{scope}\"\n{gate}"));
        assert_eq!(gates.evaluate(&input).fired().count(), fires, "{scope}");
    }
}
