//! An agent's work on a reply: approve, withdraw, have it sent after all.

use super::TicketError;
use crate::Timestamp;
use crate::ids::MessageId;
use crate::ticket::{ReplyApproved, ReplyPhase, ReplyRetried, ReplyWithdrawn, Ticket, TicketEvent};

/// Longest text of a reply, in bytes.
pub const REPLY_BYTES_MAX: usize = 48 * 1024;

/// An agent's work on a reply.
#[derive(Clone, Debug, PartialEq)]
pub enum ReplyCommand {
    /// Approve a reply; it leaves when its undo delay is over.
    Approve(Box<ReplyApproved>),
    /// Take it back.
    Withdraw {
        /// The reply.
        reply_id: MessageId,
    },
    /// Have a failed or held reply sent after all.
    Retry {
        /// The reply.
        reply_id: MessageId,
        /// From when it is sent.
        due_at: Timestamp,
    },
}

impl Ticket {
    pub(super) fn decide_reply(
        &self,
        command: ReplyCommand,
    ) -> Result<Vec<TicketEvent>, TicketError> {
        match command {
            ReplyCommand::Approve(approved) => self.approve(approved),
            ReplyCommand::Withdraw { reply_id } => self.withdraw(reply_id),
            ReplyCommand::Retry { reply_id, due_at } => {
                let reply = self.in_hand(reply_id)?;
                self.require_open()?;
                match reply.phase {
                    ReplyPhase::Failed | ReplyPhase::Unknown | ReplyPhase::Held => {
                        let retried = ReplyRetried { reply_id, due_at };
                        Ok(vec![TicketEvent::ReplyRetried(retried)])
                    }
                    _ => Err(TicketError::NotRetryable),
                }
            }
        }
    }

    fn approve(&self, approved: Box<ReplyApproved>) -> Result<Vec<TicketEvent>, TicketError> {
        self.require_open()?;
        // A failed or held reply may be replaced by another one; one under way may not.
        self.require_no_reply_under_way()?;
        let text = approved.text.text();
        let invalid = |message| TicketError::Invalid { field: "text", message };
        if text.trim().is_empty() {
            return Err(invalid("write something"));
        }
        if text.len() > REPLY_BYTES_MAX {
            return Err(invalid("at most 49152 bytes"));
        }
        if text.chars().any(|c| c.is_control() && !matches!(c, '\n' | '\r' | '\t')) {
            return Err(invalid("has control characters; paste it as plain text"));
        }
        Ok(vec![TicketEvent::ReplyApproved(approved)])
    }

    fn withdraw(&self, reply_id: MessageId) -> Result<Vec<TicketEvent>, TicketError> {
        if self.withdrawn == Some(reply_id) {
            return Ok(Vec::new());
        }
        if self.has_sent(reply_id) {
            return Err(TicketError::TooLate);
        }
        // Once an attempt began nobody can promise that it did not go out.
        if self.in_hand(reply_id)?.attempts > 0 {
            return Err(TicketError::TooLate);
        }
        Ok(vec![TicketEvent::ReplyWithdrawn(ReplyWithdrawn { reply_id })])
    }

    pub(super) fn in_hand(
        &self,
        reply_id: MessageId,
    ) -> Result<&crate::ticket::ReplyInHand, TicketError> {
        let reply = self.reply().filter(|reply| reply.id() == reply_id);
        reply.ok_or(TicketError::NoSuchReply(reply_id))
    }
}
