//! The audit trail, why a ticket stands where it stands, and its replay.

mod change;
mod connection;
mod entry;
mod filter;
mod replay;
mod why;

pub(super) use connection::{AuditConnection, trail};
pub(super) use filter::{AuditFilter, AuditOrder};
pub(super) use replay::{ReplayStep, replay};
pub(super) use why::{Why, why};
