//! What is measured about triage: one narrow row for each message's outcome, without texts.

mod fold;
mod row;
mod table;

pub use row::{Outcome, TriageFact};
pub use table::TriageFacts;
