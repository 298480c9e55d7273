//! The figures of one group.

use std::collections::BTreeMap;

use super::{DraftFigures, Spread, TriageFigures, share};

/// How much work came and went.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct TicketFigures {
    /// Tickets that began in the time, those that agents began among them.
    pub received: u64,
    /// Those that agents began.
    pub outbound: u64,
    /// Those that began in the time and stand resolved or closed now.
    pub received_ended: u64,
    /// Tickets whose last end lies in the time, by a reply.
    pub resolved: u64,
    /// Tickets whose last end lies in the time, without a reply.
    pub closed: u64,
    /// Times that a ticket was opened again.
    pub reopened: u64,
    /// Tickets whose last end lies in the time and whose category an agent corrected.
    pub category_corrected: u64,
    /// Replies that went out.
    pub replies_sent: u64,
}

impl TicketFigures {
    /// Tickets whose last end lies in the time.
    pub const fn ended(&self) -> u64 {
        self.resolved + self.closed
    }

    /// Share of the tickets that began in the time and stand resolved or closed now, 0 to 1.
    pub fn resolution_rate(&self) -> Option<f64> {
        share(self.received_ended, self.received)
    }

    /// Share of the tickets that ended and whose category an agent corrected, 0 to 1.
    pub fn correction_rate(&self) -> Option<f64> {
        share(self.category_corrected, self.ended())
    }
}

/// What customers said in surveys.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SatisfactionFigures {
    /// Answers.
    pub ratings: u64,
    /// Their sum.
    pub sum: u64,
}

impl SatisfactionFigures {
    /// Mean rating, 1 to 5.
    pub fn average(&self) -> Option<f64> {
        share(self.sum, self.ratings)
    }
}

/// What is open at the end of the range, by age since it began.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Backlog {
    /// Ages; their count is the number of open tickets.
    pub age: Spread,
    /// Age of the oldest, in seconds.
    pub oldest_seconds: Option<f64>,
    /// Older than 24 hours, the SOP's warning.
    pub over_24_hours: u64,
    /// Older than 48 hours, the SOP's alarm.
    pub over_48_hours: u64,
    /// Number by the local date on which they began, the oldest first.
    pub by_date: BTreeMap<String, u64>,
}

/// All figures of one group. Those of a time count what happened in it; `open` and `backlog` are as
/// of its end, or of now where that is earlier.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Figures {
    /// How much work came and went.
    pub tickets: TicketFigures,
    /// Tickets open at the end of the time; `None` where it has not begun.
    pub open: Option<u64>,
    /// Time from the customer's first message to the first reply, by when that went out. Tickets
    /// that agents began are left out.
    pub first_response: Spread,
    /// Time from the beginning to the last end, by when that was.
    pub resolution: Spread,
    /// How drafts were used.
    pub drafts: DraftFigures,
    /// What triage came to.
    pub triage: TriageFigures,
    /// What customers said.
    pub satisfaction: SatisfactionFigures,
    /// What is open; `None` where figures are grouped by time, and where the range has not begun.
    pub backlog: Option<Backlog>,
}
