//! Decisions of triage.

mod fold;
mod page;
mod query;
mod row;
mod table;

pub use page::{DecisionKey, decisions_page};
pub use query::{decisions_by_ids, decisions_of_tickets};
pub use row::{DecisionKind, DecisionRow};
pub use table::Decisions;
