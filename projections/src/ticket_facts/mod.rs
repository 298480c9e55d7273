//! What is measured about tickets: one narrow row each, without names, addresses or texts of
//! customers. The metrics of `crate::analytics` are computed from it.

mod fold;
mod row;
mod table;

pub use row::{Gap, ReplyFact, STILL_OPEN, TicketFact};
pub use table::TicketFacts;
