//! Why a ticket has its status and its priority: the events and the lines of the rules behind them.
//!
//! The rules are those of SOP CS-01 ("Priority Calculation", statuses of `support_tickets`). The
//! account is made from the ticket's events alone, by the fold that ticket and queue share
//! ([`Standing`]); a property test holds it against the live row.

mod gates;
mod priority;
mod status;
mod trace;

use serde::Serialize;

pub use gates::GateLine;
pub use priority::{Compared, PriorityRule, RuleLine};
pub use status::StatusRule;

use crate::Timestamp;
use crate::event::Event;
use crate::gates::Rule;
use crate::ticket::{Priority, Standing, Status, TicketEvent};
use trace::Trace;

/// An event of the ticket, as an account refers to it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Reference {
    /// Place in the log.
    pub position: u64,
    /// Place in the ticket's stream.
    pub version: u64,
    /// When it was recorded.
    pub recorded_at: Timestamp,
    /// Who acted.
    pub actor: String,
    /// Name of the event.
    pub event_type: String,
    /// The event in words.
    pub sentence: String,
}

/// An event of the ticket with its place, as the account is made from it.
#[derive(Clone, Debug, PartialEq)]
pub struct Happened {
    /// Place in the log.
    pub position: u64,
    /// Place in the ticket's stream.
    pub version: u64,
    /// When it was recorded.
    pub recorded_at: Timestamp,
    /// Who acted.
    pub actor: String,
    /// The event.
    pub event: TicketEvent,
}

impl Happened {
    fn reference(&self) -> Reference {
        let event = Event::Ticket(self.event.clone());
        Reference {
            position: self.position,
            version: self.version,
            recorded_at: self.recorded_at,
            actor: self.actor.clone(),
            event_type: event.event_type(),
            sentence: super::sentence(&event),
        }
    }
}

/// Why a ticket stands where it stands.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Why {
    /// Its status.
    pub status: Status,
    /// The rule that gave it this status.
    pub status_rule: StatusRule,
    /// The event that last set the status.
    pub status_set_by: Reference,
    /// Its priority.
    pub priority: Priority,
    /// The rules of priority in their order; the first that matches decides.
    pub rules: Vec<RuleLine>,
    /// The gates that fired and that no agent has dealt with, the latest message's first.
    pub gates: Vec<GateLine>,
}

impl Why {
    /// The rule that gave the ticket its priority.
    pub fn deciding_rule(&self) -> Option<&RuleLine> {
        self.rules.iter().find(|line| line.decides)
    }
}

/// Why a ticket stands where its events led it; `None` without events. `threshold` tells
/// `thresholds.priority` of a version of the tenant's policy, where that is known, and `rules` those
/// of a gate, by version and code.
pub fn why(
    history: &[Happened],
    threshold: impl Fn(&str) -> Option<f64>,
    rules: impl Fn(&str, &str) -> Vec<Rule>,
) -> Option<Why> {
    let trace = Trace::of(history);
    let status_set_by = trace.status?;
    let standing: &Standing = &trace.standing;
    let lines = priority::lines(&trace, threshold);
    let decisive = lines.iter().find(|line| line.decides)?;
    Some(Why {
        status: standing.status,
        status_rule: status::rule(&status_set_by.event)?,
        status_set_by: status_set_by.reference(),
        priority: decisive.priority,
        gates: gates::lines(&trace, rules),
        rules: lines,
    })
}
