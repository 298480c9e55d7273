//! Where a ticket stands in the queue: the one fold that ticket and read models share.

use serde::{Deserialize, Serialize};

use super::{Priority, Status, TicketEvent};

/// Status, priority and open gates of a ticket.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Standing {
    /// Where the ticket stands.
    pub status: Status,
    /// Place in the queue.
    pub priority: Priority,
    /// Gates that fired and that no agent has dealt with; those of the latest message first.
    pub gate_codes: Vec<String>,
}

impl Standing {
    /// Takes an event of the ticket into account.
    pub fn evolve(&mut self, event: &TicketEvent) {
        match event {
            TicketEvent::TicketReceived(_) => {}
            // A further message is a new decision. A gate that nobody has dealt with still counts:
            // "any news?" after a health report must not move the report down the queue.
            TicketEvent::CustomerReplied(_) => {
                if self.gate_codes.is_empty() {
                    self.status = Status::New;
                    self.priority = Priority::NORMAL;
                }
            }
            TicketEvent::TicketGated(gated) => {
                self.status = Status::Escalated;
                self.priority = Priority::HIGH;
                let earlier = std::mem::replace(&mut self.gate_codes, gated.codes.clone());
                let kept = earlier.into_iter().filter(|code| !gated.codes.contains(code));
                self.gate_codes.extend(kept);
            }
        }
    }
}
