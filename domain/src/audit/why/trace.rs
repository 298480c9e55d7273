//! Which events each part of a ticket's standing goes back to.

use std::collections::HashMap;

use super::Happened;
use crate::ids::MessageId;
use crate::ticket::{GateCheck, Standing, TicketClassified, TicketEvent};

/// A ticket's standing, each part with the event that it goes back to.
#[derive(Default)]
pub(super) struct Trace<'a> {
    pub(super) standing: Standing,
    pub(super) status: Option<&'a Happened>,
    pub(super) awaiting: Option<&'a Happened>,
    pub(super) urgency: Option<&'a Happened>,
    pub(super) escalated: Option<&'a Happened>,
    pub(super) unsure: Option<&'a Happened>,
    /// Gates that still count, each with the event by which it fired last.
    pub(super) gates: HashMap<String, &'a Happened>,
    /// What the gates said about each message.
    pub(super) checks: HashMap<MessageId, &'a GateCheck>,
    /// The latest decision of a model, unless the customer wrote since.
    pub(super) decision: Option<(&'a Happened, &'a TicketClassified)>,
}

impl<'a> Trace<'a> {
    pub(super) fn of(history: &'a [Happened]) -> Self {
        let mut trace = Self::default();
        for happened in history {
            trace.take(happened);
        }
        trace
    }

    /// Takes an event into account: what changed in the standing goes back to it.
    fn take(&mut self, happened: &'a Happened) {
        let before = self.standing.clone();
        self.standing.evolve(&happened.event);
        let after = &self.standing;
        if self.status.is_none() || before.status != after.status {
            self.status = Some(happened);
        }
        since(&mut self.awaiting, before.awaiting, after.awaiting, happened);
        since(&mut self.escalated, before.escalated, after.escalated, happened);
        since(&mut self.unsure, before.unsure, after.unsure, happened);
        if before.urgency != after.urgency {
            self.urgency = Some(happened);
        }
        self.take_gates(happened);
        self.take_decision(happened);
    }

    fn take_gates(&mut self, happened: &'a Happened) {
        match &happened.event {
            TicketEvent::TicketReceived(received) => {
                self.checks.insert(received.message_id, &received.check);
            }
            TicketEvent::CustomerReplied(replied) => {
                self.checks.insert(replied.message_id, &replied.check);
            }
            TicketEvent::TicketGated(gated) => {
                let fired = gated.codes.iter().map(|code| (code.clone(), happened));
                self.gates.extend(fired);
            }
            _ => {}
        }
        let standing = &self.standing;
        self.gates.retain(|code, _| standing.gate_codes.contains(code));
    }

    fn take_decision(&mut self, happened: &'a Happened) {
        match &happened.event {
            TicketEvent::TicketClassified(decision) => self.decision = Some((happened, decision)),
            TicketEvent::CustomerReplied(_) | TicketEvent::TriageFailed(_) => self.decision = None,
            _ => {}
        }
    }
}

/// Keeps the event by which something became true, as long as it is.
fn since<'a>(cause: &mut Option<&'a Happened>, before: bool, after: bool, happened: &'a Happened) {
    match (before, after) {
        (false, true) => *cause = Some(happened),
        (_, false) => *cause = None,
        (true, true) => {}
    }
}
