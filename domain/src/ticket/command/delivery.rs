//! The steps of a reply's delivery. `DeliveryStarted` is the fence: it is appended at the ticket's
//! version, and from it on the reply cannot be withdrawn.

use super::TicketError;
use crate::Timestamp;
use crate::ids::MessageId;
use crate::ticket::{
    AfterSending, ByAgent, DeliveryFailed, DeliveryStarted, DeliveryUnknown, Ended, ReplyHeld,
    ReplyPhase, ReplySent, Ticket, TicketEvent,
};

/// A step of a reply's delivery.
#[derive(Clone, Debug, PartialEq)]
pub enum DeliveryCommand {
    /// The bytes are ready and the time has come.
    Start {
        /// The reply.
        reply_id: MessageId,
        /// Blob with the bytes, by SHA-256 in hex.
        raw_sha256: String,
        /// Their number.
        size_bytes: u64,
        /// The present time.
        now: Timestamp,
        /// Whether handing over twice is harmless, because the receiver knows the Message-ID.
        repeatable: bool,
        /// Attempts that may be made before an agent has to look.
        attempts_max: u32,
    },
    /// What came of handing it over.
    Record {
        /// The reply.
        reply_id: MessageId,
        /// The attempt.
        attempt: u32,
        /// What came of it.
        outcome: DeliveryOutcome,
    },
}

/// What came of handing a reply over.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DeliveryOutcome {
    /// The server took it.
    Sent {
        /// The server's last words.
        answer: String,
        /// When.
        at: Timestamp,
    },
    /// It did not.
    Failed {
        /// What went wrong, free of personal data.
        error: String,
        /// When it is tried again; `None` when it is not.
        retry_at: Option<Timestamp>,
    },
}

impl Ticket {
    pub(super) fn deliver(
        &self,
        command: DeliveryCommand,
    ) -> Result<Vec<TicketEvent>, TicketError> {
        match command {
            DeliveryCommand::Start {
                reply_id,
                raw_sha256,
                size_bytes,
                now,
                repeatable,
                attempts_max,
            } => {
                let repeats = if repeatable { attempts_max } else { 0 };
                let attempt = match self.may_start(reply_id, now, repeats)? {
                    Start::Now { attempt } => attempt,
                    Start::Instead(events) => return Ok(events),
                };
                let started = DeliveryStarted { reply_id, attempt, raw_sha256, size_bytes };
                Ok(vec![TicketEvent::DeliveryStarted(started)])
            }
            DeliveryCommand::Record { reply_id, attempt, outcome } => {
                if self.has_sent(reply_id) {
                    return Ok(Vec::new());
                }
                self.record_delivery(reply_id, attempt, outcome)
            }
        }
    }

    /// Whether an attempt may begin, or what is to be recorded instead of it.
    fn may_start(
        &self,
        reply_id: MessageId,
        now: Timestamp,
        repeats: u32,
    ) -> Result<Start, TicketError> {
        let reply = self.in_hand(reply_id)?;
        let attempt = reply.attempts + 1;
        match reply.phase {
            // Started without an outcome: the process that handed it over is gone.
            ReplyPhase::Started { attempt }
                if reply.attempts.saturating_sub(reply.attempts_before) >= repeats =>
            {
                let unknown = DeliveryUnknown { reply_id, attempt };
                Ok(Start::Instead(vec![TicketEvent::DeliveryUnknown(unknown)]))
            }
            ReplyPhase::Started { .. } => Ok(Start::Now { attempt }),
            ReplyPhase::Waiting { due_at } | ReplyPhase::Retrying { due_at } if due_at <= now => {
                match reply.moved {
                    Some(because) => {
                        let held = ReplyHeld { reply_id, because };
                        Ok(Start::Instead(vec![TicketEvent::ReplyHeld(held)]))
                    }
                    None => Ok(Start::Now { attempt }),
                }
            }
            _ => Ok(Start::Instead(Vec::new())),
        }
    }

    fn record_delivery(
        &self,
        reply_id: MessageId,
        attempt: u32,
        outcome: DeliveryOutcome,
    ) -> Result<Vec<TicketEvent>, TicketError> {
        let reply = self.in_hand(reply_id)?;
        match outcome {
            DeliveryOutcome::Sent { answer, at } => {
                let came_back = self.bounced.contains(&reply_id);
                let after = match reply.approved.after {
                    // Who wrote meanwhile has the last word, and what came back was no answer: the
                    // ticket stays open.
                    _ if reply.moved.is_some() || came_back => None,
                    AfterSending::Resolve => Some(TicketEvent::TicketResolved(Ended { at })),
                    AfterSending::KeepOpen => {
                        let agent = reply.approved.approved_by.clone();
                        Some(TicketEvent::CustomerAwaited(ByAgent { agent }))
                    }
                };
                let sent = ReplySent { reply_id, attempt, answer, sent_at: at };
                Ok(std::iter::once(TicketEvent::ReplySent(sent)).chain(after).collect())
            }
            DeliveryOutcome::Failed { error, retry_at } => {
                if reply.phase != (ReplyPhase::Started { attempt }) {
                    return Ok(Vec::new());
                }
                let failed = DeliveryFailed { reply_id, attempt, error, retry_at };
                Ok(vec![TicketEvent::DeliveryFailed(failed)])
            }
        }
    }
}

enum Start {
    Now { attempt: u32 },
    Instead(Vec<TicketEvent>),
}
