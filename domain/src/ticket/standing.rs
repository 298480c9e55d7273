//! Where a ticket stands in the queue: the one fold that ticket and read models share.

use serde::{Deserialize, Serialize};

use super::{Priority, Status, TicketEvent, Urgency};
use crate::Timestamp;

/// Status, priority and what they follow from.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Standing {
    /// Where the ticket stands.
    pub status: Status,
    /// Place in the queue.
    pub priority: Priority,
    /// Gates that fired and that no agent has dealt with; those of the latest message first.
    pub gate_codes: Vec<String>,
    /// The agent who has it.
    pub assignee: Option<String>,
    /// Whether triage has had its say about the latest message.
    pub decided: bool,
    /// Whether triage was below the policy's `thresholds.priority`, or failed.
    pub unsure: bool,
    /// Whether triage, an agent, a failed delivery or a failed replacement gave a reason to escalate.
    pub escalated: bool,
    /// Whether the customer has the next word.
    pub awaiting: bool,
    /// What an agent said about its urgency.
    pub urgency: Option<Urgency>,
    /// Until when it is put aside.
    pub snoozed_until: Option<Timestamp>,
}

impl Standing {
    /// Takes an event of the ticket into account.
    pub fn evolve(&mut self, event: &TicketEvent) {
        self.evolve_by_triage(event);
        self.evolve_by_work(event);
        self.evolve_by_reply(event);
        self.priority = self.due_priority();
    }

    fn evolve_by_triage(&mut self, event: &TicketEvent) {
        match event {
            // A further message is a new decision. What nobody has dealt with still counts: "any
            // news?" after a health report must not move the report down the queue.
            TicketEvent::CustomerReplied(_) => {
                self.decided = false;
                self.unsure = false;
                self.snoozed_until = None;
                let kept = self.status == Status::InProgress && !self.awaiting;
                self.awaiting = false;
                if self.assignee.is_none() || !kept {
                    self.status = self.idle_status();
                }
            }
            TicketEvent::TicketGated(gated) => {
                self.decided = true;
                self.status = Status::Escalated;
                let earlier = std::mem::replace(&mut self.gate_codes, gated.codes.clone());
                let kept = earlier.into_iter().filter(|code| !gated.codes.contains(code));
                self.gate_codes.extend(kept);
            }
            TicketEvent::TicketClassified(decision) => {
                self.decided = true;
                self.unsure = decision.unsure;
                if self.status.is_open() && decision.answer.escalates() {
                    self.escalated = true;
                    self.snoozed_until = None;
                    self.status = Status::Escalated;
                } else if self.status == Status::New {
                    self.status = self.idle_status();
                }
            }
            TicketEvent::TriageFailed(_) => {
                self.decided = true;
                self.unsure = true;
                if self.status == Status::New {
                    self.status = self.idle_status();
                }
            }
            _ => {}
        }
    }

    fn evolve_by_work(&mut self, event: &TicketEvent) {
        match event {
            TicketEvent::TicketStarted(_) => {
                self.decided = true;
                self.awaiting = true;
                self.status = Status::InProgress;
            }
            TicketEvent::TicketEscalated(_) => self.escalate(),
            TicketEvent::TicketClaimed(by) => {
                self.assignee = Some(by.agent.clone());
                self.status = Status::InProgress;
            }
            TicketEvent::TicketReleased(_) => self.give_back(),
            TicketEvent::TicketAssigned(to) => match &to.agent {
                Some(agent) => self.assignee = Some(agent.clone()),
                None => self.give_back(),
            },
            TicketEvent::PrioritySet(set) => self.urgency = Some(set.urgency),
            TicketEvent::CustomerAwaited(_) => {
                self.settle();
                self.awaiting = true;
                self.status = Status::InProgress;
            }
            TicketEvent::Snoozed(snoozed) => self.snoozed_until = Some(snoozed.until),
            TicketEvent::Woken(_) => self.snoozed_until = None,
            TicketEvent::TicketResolved(_) => {
                self.settle();
                self.status = Status::Resolved;
            }
            TicketEvent::TicketClosed(_) => {
                self.settle();
                self.status = Status::Closed;
            }
            TicketEvent::TicketReopened(_) => {
                self.decided = true;
                self.status = Status::Pending;
            }
            _ => {}
        }
    }

    fn evolve_by_reply(&mut self, event: &TicketEvent) {
        match event {
            TicketEvent::ReplyApproved(_) | TicketEvent::ReplyRetried(_) => {
                self.status = Status::InProgress;
            }
            // What was escalated meanwhile stays so.
            TicketEvent::ReplyWithdrawn(_) | TicketEvent::ReplyHeld(_)
                if self.status != Status::Escalated =>
            {
                self.status = self.present_status();
            }
            TicketEvent::DeliveryFailed(failed) if failed.retry_at.is_none() => self.escalate(),
            TicketEvent::DeliveryUnknown(_) => self.escalate(),
            TicketEvent::ReplyBounced(bounced) if bounced.is_final => self.escalate(),
            // The customer was promised what now will not come.
            TicketEvent::ReplacementFailed(failed) if failed.retry_at.is_none() => self.escalate(),
            _ => {}
        }
    }

    fn escalate(&mut self) {
        self.escalated = true;
        self.awaiting = false;
        self.snoozed_until = None;
        self.status = Status::Escalated;
    }

    /// Everything that called for an agent has been dealt with.
    fn settle(&mut self) {
        self.gate_codes.clear();
        self.escalated = false;
        self.awaiting = false;
        self.snoozed_until = None;
    }

    fn give_back(&mut self) {
        self.assignee = None;
        if self.status == Status::InProgress {
            self.status = self.idle_status();
        }
    }

    fn present_status(&self) -> Status {
        if self.assignee.is_some() { Status::InProgress } else { self.idle_status() }
    }

    /// The status of an open ticket that nobody works on.
    const fn idle_status(&self) -> Status {
        if self.escalated || !self.gate_codes.is_empty() {
            Status::Escalated
        } else if self.awaiting {
            Status::InProgress
        } else if self.decided {
            Status::Pending
        } else {
            Status::New
        }
    }

    /// First match wins (SOP CS-01, "Priority Calculation"): awaiting the customer, gated or
    /// escalated, unsure, normal. A manual urgent or high counts as escalated; low never lifts a
    /// ticket above normal.
    const fn due_priority(&self) -> Priority {
        if self.awaiting {
            return Priority::AWAITING;
        }
        match self.urgency {
            Some(Urgency::Urgent | Urgency::High) => return Priority::HIGH,
            Some(Urgency::Low) => return Priority::NORMAL,
            Some(Urgency::Normal) | None => {}
        }
        Priority::by_triage(self.escalated || !self.gate_codes.is_empty(), self.unsure)
    }
}
