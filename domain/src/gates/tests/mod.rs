//! Behaviour of the rule language, feature by feature.

mod facts;
mod language;
mod policy;
mod robust;
mod speed;

use super::{GateFacts, GateInput, GateOutcome, GateSet, Gates};

/// Gates of a policy whose one gate `g` has the given rule.
fn rule(rule: &str) -> Gates {
    policy(&format!("[[gates]]\ncode = \"g\"\nreason = \"r\"\n[[gates.rules]]\n{rule}"))
}

fn policy(text: &str) -> Gates {
    GateSet::from_toml(text).and_then(|set| set.compile()).unwrap_or_else(|error| panic!("{error}"))
}

fn outcome(gates: &Gates, subject: &str, text: &str) -> GateOutcome {
    let facts = GateFacts::default();
    gates.evaluate(&GateInput { subject, new_text: text, full_text: text, facts: &facts })
}

fn fires(gates: &Gates, text: &str) -> bool {
    outcome(gates, "", text).fired().count() > 0
}
