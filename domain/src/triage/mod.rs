//! What triage makes of a message: the answer of a model, checked before anybody sees it.
//!
//! Everything here is pure: from the recorded raw answer, the policy and the facts of a message the
//! same result follows again, so a decision can be checked long after the model is gone.

mod accept;
mod answer;
mod closing;
mod confidence;
mod draft;
mod facts;
mod instructions;
mod name;
mod prompt;
mod schema;
#[cfg(test)]
mod testing;

pub use accept::{
    Accepted, RAW_LIMIT_BYTES, Rejected, SUBJECT_LIMIT_WORDS, UNSTATED_REASON, accept,
};
pub use answer::{Answer, Check, CheckOutcome};
pub use closing::fold;
pub use confidence::{Confidence, InvalidConfidence};
pub use draft::{foreign_links, strip_sign_off};
pub use facts::{Earlier, MessageFacts};
pub use instructions::addresses_the_model;
pub use name::name_from_sign_off;
pub use prompt::{
    EARLIER_LIMIT_CHARS, EARLIER_LIMIT_MESSAGES, LINE_LIMIT_CHARS, TEXT_LIMIT_CHARS, user_prompt,
};
pub use schema::{FIELDS, answer_schema};
