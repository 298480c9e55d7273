//! The gates of a policy on one text.

use std::hint::black_box;
use std::path::Path;

use casebook_domain::Timestamp;
use casebook_domain::gates::{GateFacts, GateInput, GateSet, Gates};

/// Reads the gates of a file below `tenants/`.
pub fn read(path: &str) -> (GateSet, Gates) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tenants").join(path);
    let text = std::fs::read_to_string(path).expect("the policy is there");
    let set = GateSet::from_toml(&text).expect("the policy is sound");
    let gates = set.compile().expect("it compiles");
    (set, gates)
}

/// Runs all gates; whether none fired.
pub fn none_fires(gates: &Gates, text: &str) -> bool {
    let facts = GateFacts::first_contact(Timestamp::from_seconds(1_775_640_600));
    let input = GateInput { subject: "My box", new_text: text, full_text: text, facts: &facts };
    black_box(gates.evaluate(&input)).first().is_none()
}
