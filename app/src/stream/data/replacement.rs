//! Replacements of orders.

use casebook_domain::Timestamp;
use casebook_domain::ids::{MessageId, ReplacementId, TicketId};
use schemars::JsonSchema;
use serde::Serialize;

/// A replacement of an order was asked for.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct ReplacementRequested {
    /// The ticket.
    pub ticket_id: TicketId,
    /// The request.
    pub replacement_id: ReplacementId,
    /// The reply that promises it.
    pub reply_id: MessageId,
    /// What tells something about the customer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub personal: Option<ReplacementPerson>,
}

/// What is to be replaced.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct ReplacementPerson {
    /// Order that is to be replaced.
    pub order_reference: Option<String>,
    /// Why.
    pub reason: Option<String>,
}

/// The tenant's system took a replacement.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct ReplacementPlaced {
    /// The ticket.
    pub ticket_id: TicketId,
    /// The request.
    pub replacement_id: ReplacementId,
    /// Number of the attempt that succeeded, from 1.
    pub attempt: u32,
    /// What tells something about the customer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub personal: Option<Reference>,
}

/// What the tenant's system calls a replacement.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Reference {
    /// Its name there, where the system said one.
    pub reference: Option<String>,
}

/// The tenant's system did not take a replacement.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct ReplacementFailed {
    /// The ticket.
    pub ticket_id: TicketId,
    /// The request.
    pub replacement_id: ReplacementId,
    /// Number of the attempt, from 1.
    pub attempt: u32,
    /// What went wrong.
    pub error: String,
    /// When it is tried again; null after the last attempt.
    pub retry_at: Option<Timestamp>,
}
