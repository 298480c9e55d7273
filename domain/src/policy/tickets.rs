//! How tickets live.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Longest time in which a resolved ticket opens again, in days.
pub(super) const REOPEN_DAYS_MAX: u32 = 3650;

/// Rules for the life of tickets.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct TicketRules {
    /// Days in which an answer of the customer opens a resolved or closed ticket again; later it
    /// opens a new ticket in the same conversation.
    pub reopen_within_days: u32,
}

impl Default for TicketRules {
    fn default() -> Self {
        Self { reopen_within_days: 14 }
    }
}
