//! Why a ticket refuses a command.

use thiserror::Error;

use crate::ids::{MessageId, ReplacementId};

/// Why a ticket refuses a command.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum TicketError {
    /// The ticket exists already.
    #[error("the ticket exists already")]
    AlreadyOpen,
    /// The ticket does not exist.
    #[error("the ticket does not exist")]
    NotFound,
    /// The message is already part of the ticket.
    #[error("message {0} is already part of this ticket")]
    AlreadyJoined(MessageId),
    /// It is resolved or closed.
    #[error("the ticket is resolved or closed; reopen it first")]
    NotOpen,
    /// Somebody else has it.
    #[error("{0} has the ticket; ask them to release it, or assign it")]
    TakenBy(String),
    /// A reply is on its way.
    #[error("a reply is on its way; withdraw it, or wait until it is out")]
    ReplyUnderWay,
    /// The reply is not in hand.
    #[error("reply {0} is not waiting on this ticket")]
    NoSuchReply(MessageId),
    /// The reply can no longer be taken back.
    #[error("the reply is already being sent and cannot be withdrawn any more")]
    TooLate,
    /// The reply needs no help.
    #[error("the reply has neither failed nor been held")]
    NotRetryable,
    /// The replacement is not known.
    #[error("replacement {0} was not asked for on this ticket")]
    NoSuchReplacement(ReplacementId),
    /// A field cannot be used.
    #[error("{field}: {message}")]
    Invalid {
        /// The field.
        field: &'static str,
        /// What to do.
        message: &'static str,
    },
}
