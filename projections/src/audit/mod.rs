//! The index of the audit trail: one narrow row for each event, with what it is about.
//!
//! The trail itself is read from the log. The index only tells which positions a question means,
//! so that neither "what did this agent do" nor "who looked at this contact" scans the log. An
//! index on the events' own table would cost every append; this one follows, and can be rebuilt.

mod entry_id;
mod filter;
mod fold;
mod query;
mod row;
mod table;

pub use entry_id::EntryId;
pub use filter::{AuditAbout, AuditFilter};
pub use query::{audit_page, conversations_of};
pub use row::AuditRow;
pub use table::AuditIndex;
