//! The reply that a ticket has in hand, between approval and outcome.

use serde::{Deserialize, Serialize};

use super::{HeldBecause, ReplyApproved, TicketEvent};
use crate::Timestamp;
use crate::ids::MessageId;

/// How far a reply has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ReplyPhase {
    /// Waits until `due_at`; can be withdrawn.
    Waiting {
        /// From when it is sent.
        due_at: Timestamp,
    },
    /// Is being handed over.
    Started {
        /// Number of the attempt.
        attempt: u32,
    },
    /// An attempt failed and another one follows.
    Retrying {
        /// When.
        due_at: Timestamp,
    },
    /// The last attempt failed; an agent decides.
    Failed,
    /// Nobody can tell whether it went out; an agent decides.
    Unknown,
    /// Stopped because the ticket moved; an agent decides.
    Held,
}

impl ReplyPhase {
    /// Whether it leaves by itself unless somebody acts.
    pub const fn is_under_way(self) -> bool {
        matches!(self, Self::Waiting { .. } | Self::Started { .. } | Self::Retrying { .. })
    }
}

/// A reply that has been approved and has no outcome yet.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ReplyInHand {
    /// The reply as approved.
    pub approved: ReplyApproved,
    /// How far it has come.
    pub phase: ReplyPhase,
    /// Attempts that were started.
    pub attempts: u32,
    /// Attempts that had been started when an agent last had it sent after all.
    pub attempts_before: u32,
    /// What moved the ticket since the approval, if anything did.
    pub moved: Option<HeldBecause>,
}

/// Takes an event of the ticket into account; what is sent or withdrawn is in hand no more.
pub(super) fn evolve(reply: &mut Option<ReplyInHand>, event: &TicketEvent) {
    if let TicketEvent::ReplyApproved(approved) = event {
        *reply = Some(ReplyInHand {
            phase: ReplyPhase::Waiting { due_at: approved.due_at },
            approved: (**approved).clone(),
            attempts: 0,
            attempts_before: 0,
            moved: None,
        });
        return;
    }
    let Some(in_hand) = reply else { return };
    match event {
        TicketEvent::ReplyWithdrawn(_) | TicketEvent::ReplySent(_) => *reply = None,
        TicketEvent::DeliveryStarted(started) => {
            in_hand.attempts = started.attempt;
            in_hand.phase = ReplyPhase::Started { attempt: started.attempt };
        }
        TicketEvent::DeliveryFailed(failed) => {
            in_hand.phase = match failed.retry_at {
                Some(due_at) => ReplyPhase::Retrying { due_at },
                None => ReplyPhase::Failed,
            };
        }
        TicketEvent::DeliveryUnknown(_) => in_hand.phase = ReplyPhase::Unknown,
        TicketEvent::ReplyHeld(_) => in_hand.phase = ReplyPhase::Held,
        TicketEvent::ReplyRetried(retried) => {
            in_hand.phase = ReplyPhase::Waiting { due_at: retried.due_at };
            in_hand.attempts_before = in_hand.attempts;
            in_hand.moved = None;
        }
        TicketEvent::CustomerReplied(_) => in_hand.moved = Some(HeldBecause::CustomerWrote),
        TicketEvent::TicketEscalated(_) | TicketEvent::TicketGated(_) => {
            in_hand.moved.get_or_insert(HeldBecause::Escalated);
        }
        TicketEvent::TicketClassified(decision) if decision.answer.escalates() => {
            in_hand.moved.get_or_insert(HeldBecause::Escalated);
        }
        _ => {}
    }
}

impl ReplyInHand {
    /// The reply.
    pub const fn id(&self) -> MessageId {
        self.approved.reply_id
    }
}
