//! What triage makes of a message: the answer of a model, checked before anybody sees it.
//!
//! Everything here is pure: from the recorded raw answer, the policy and the facts of a message the
//! same result follows again, so a decision can be checked long after the model is gone.

mod answer;
mod confidence;

pub use answer::{Answer, Check, CheckOutcome};
pub use confidence::{Confidence, InvalidConfidence};
