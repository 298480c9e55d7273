//! Status and priority of a ticket.

use std::fmt;
use std::str::FromStr;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Where a ticket stands; the names are those of SOP CS-01, table `support_tickets`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// Received, no decision yet.
    #[default]
    New,
    /// Classified, waits for an agent.
    Pending,
    /// An agent works on it.
    InProgress,
    /// A gate fired or an escalation reason was given.
    Escalated,
    /// Answered.
    Resolved,
    /// Closed without an answer.
    Closed,
}

impl Status {
    /// All statuses.
    pub const ALL: [Self; 6] =
        [Self::New, Self::Pending, Self::InProgress, Self::Escalated, Self::Resolved, Self::Closed];

    /// The stable name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::New => "new",
            Self::Pending => "pending",
            Self::InProgress => "in_progress",
            Self::Escalated => "escalated",
            Self::Resolved => "resolved",
            Self::Closed => "closed",
        }
    }

    /// Whether the ticket still needs somebody.
    pub const fn is_open(self) -> bool {
        !matches!(self, Self::Resolved | Self::Closed)
    }
}

impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Status {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::ALL.into_iter().find(|status| status.name() == text).ok_or_else(|| {
            let names: Vec<_> = Self::ALL.iter().map(|status| status.name()).collect();
            format!("not a status; use one of {}", names.join(", "))
        })
    }
}

/// Place in the queue: 1 is first. The lines are those of SOP CS-01, "Priority Calculation".
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
pub struct Priority(u8);

impl Priority {
    /// A gate fired or an escalation reason was given.
    pub const HIGH: Self = Self(1);
    /// The model was unsure.
    pub const MEDIUM: Self = Self(2);
    /// Everything else.
    pub const NORMAL: Self = Self(3);
    /// Outbound, or the customer has the next word.
    pub const AWAITING: Self = Self(4);

    /// The priority that triage alone gives: escalated first, then what it was unsure about.
    pub const fn by_triage(escalated: bool, unsure: bool) -> Self {
        match (escalated, unsure) {
            (true, _) => Self::HIGH,
            (false, true) => Self::MEDIUM,
            (false, false) => Self::NORMAL,
        }
    }

    /// The priority with this number.
    pub const fn from_number(number: u8) -> Option<Self> {
        match number {
            1..=4 => Some(Self(number)),
            _ => None,
        }
    }

    /// The number by which the queue is sorted.
    pub const fn number(self) -> u8 {
        self.0
    }
}

impl Default for Priority {
    fn default() -> Self {
        Self::NORMAL
    }
}
