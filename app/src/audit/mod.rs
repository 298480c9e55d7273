//! Looking back: what happened and who did it, how a ticket came to be as it is, and whether the
//! store is sound.

mod entry;
mod export;
mod history;
mod replay;
mod request;
mod scan;
mod states;
mod trail;
mod unreadable;
mod verify;
mod verify_decisions;
mod why;

pub use entry::AuditEntry;
pub use export::{AuditExport, AuditFormat};
pub use replay::ReplayStep;
pub use request::{AuditRequest, AuditSubject};
pub use verify::{LogCheck, LogProblem};
pub use verify_decisions::{DecisionCheck, DecisionNews, Difference, Rule, Side, VerifyDecisions};
