//! Policy gates: coded rules that hand a mail to a human before any model sees it.
//!
//! A policy is data ([`GateSet`], usually read from TOML): word lists, guards and gates in order
//! of severity. [`GateSet::compile`] turns it once into [`Gates`], whose [`Gates::evaluate`] is
//! linear in the text and knows no language: inflections, negators, exceptions and spellings all
//! come from the policy. `pattern` describes the rule language's words.
//!
//! The way of a text: `normal` folds characters, `tokens` cuts them into words that remember
//! where they stood, `vocabulary` names the words the policy knows, `program` matches patterns,
//! `rule` decides a hit by its surroundings, `engine` collects the verdicts.

mod compile;
mod engine;
mod error;
mod facts;
mod gap;
mod index;
mod normal;
mod outcome;
mod pattern;
mod policy;
mod program;
mod rule;
mod sets;
mod short;
mod stems;
mod tokens;
mod vocabulary;

pub use engine::{GateInput, Gates};
pub use error::GateError;
pub use facts::{Credit, FactWindows, GateFacts};
pub use outcome::{Finding, GateMatch, GateOutcome, GateVerdict, MatchPlace};
pub use policy::{
    Bounds, Condition, ContactRule, CreditRule, Gate, GateScope, GateSet, Guard, Place, Rule,
};

#[cfg(test)]
mod tests;
