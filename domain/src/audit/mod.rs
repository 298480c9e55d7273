//! What auditors read: each event in words, what it changed, and why a ticket stands where it
//! stands. Everything here is a pure function of events.

mod change;
mod facts;
mod sentence;
mod why;

pub use change::{Change, changes};
pub use facts::{Facts, of_contact, of_conversation, of_policy, of_ticket, of_webhook};
pub use sentence::sentence;
pub use why::{
    Compared, GateLine, Happened, PriorityRule, Reference, RuleLine, StatusRule, Why, why,
};
