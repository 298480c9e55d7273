//! The cost of evaluation grows with the text, not with its square: with the square, these texts
//! would take hours.

use super::{outcome, policy};

const DEFAULT: &str = include_str!("../../../../tenants/protocol-raw/gates.toml");

#[test]
fn hostile_texts_come_to_an_end() {
    let gates = policy(DEFAULT);
    for piece in ["no sick ", "I was ill ", "not plastic ", "vomiting, ", "a'", "\u{130}"] {
        let hostile = piece.repeat(400_000 / piece.len());
        std::hint::black_box(outcome(&gates, "My order", &hostile));
    }
}
