//! What agents do to a ticket besides answering it.

use casebook_domain::Timestamp;
use casebook_domain::ids::TicketId;
use schemars::JsonSchema;
use serde::Serialize;

use super::Urgency;

/// An agent did something to a ticket that needs no further words.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct TicketTouched {
    /// The ticket.
    pub ticket_id: TicketId,
    /// The agent.
    pub agent: String,
}

/// Somebody gave a ticket to an agent, a team, or nobody.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct TicketAssigned {
    /// The ticket.
    pub ticket_id: TicketId,
    /// The agent; null for nobody.
    pub agent: Option<String>,
    /// Code of the team; null leaves it as it was.
    pub team: Option<String>,
}

/// An agent passed a ticket on to those who decide.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct TicketEscalated {
    /// The ticket.
    pub ticket_id: TicketId,
    /// What tells something about the customer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub personal: Option<Reason>,
}

/// Why somebody did something, in their words.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Reason {
    /// Why; null when it has been erased.
    pub reason: Option<String>,
}

/// Labels were put on a ticket or taken off.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct LabelsChanged {
    /// The ticket.
    pub ticket_id: TicketId,
    /// Labels that were put on, sorted.
    pub added: Vec<String>,
    /// Labels that were taken off, sorted.
    pub removed: Vec<String>,
}

/// An agent said how urgent a ticket is.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct PrioritySet {
    /// The ticket.
    pub ticket_id: TicketId,
    /// What the agent said.
    pub urgency: Urgency,
}

/// An agent corrected the category of a ticket.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct CategoryCorrected {
    /// The ticket.
    pub ticket_id: TicketId,
    /// What triage had said; null when there was no decision.
    pub from: Option<String>,
    /// Code of the right category.
    pub to: String,
}

/// A ticket was put aside until a time.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct TicketSnoozed {
    /// The ticket.
    pub ticket_id: TicketId,
    /// When it comes back.
    pub until: Timestamp,
}
