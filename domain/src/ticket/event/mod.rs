//! Events of a ticket.

mod intake;
mod log;
mod reply;
mod triage;
mod work;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub use intake::*;
pub use reply::*;
pub use triage::*;
pub use work::*;

/// What happened to a piece of work.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub enum TicketEvent {
    /// A message opened the ticket.
    TicketReceived(Box<TicketReceived>),
    /// An agent wrote first.
    TicketStarted(Box<TicketStarted>),
    /// The customer wrote again.
    CustomerReplied(Box<CustomerReplied>),
    /// A gate fired: a person must decide, no model is asked.
    TicketGated(TicketGated),
    /// A model, or the built-in classifier, answered and the answer was accepted.
    TicketClassified(Box<TicketClassified>),
    /// A reply was proposed.
    ReplyDrafted(ReplyDrafted),
    /// Nobody could classify the message; a person takes it.
    TriageFailed(TriageFailed),
    /// An agent passed the ticket on to those who decide.
    TicketEscalated(TicketEscalated),
    /// An agent took the ticket.
    TicketClaimed(ByAgent),
    /// The agent who had it gave it back.
    TicketReleased(ByAgent),
    /// Somebody gave the ticket to an agent, a team, or nobody.
    TicketAssigned(TicketAssigned),
    /// Labels were put on or taken off.
    LabelsChanged(LabelsChanged),
    /// An agent said how urgent it is.
    PrioritySet(PrioritySet),
    /// An agent corrected the category.
    CategoryCorrected(CategoryCorrected),
    /// The customer has the next word.
    CustomerAwaited(ByAgent),
    /// Put aside until a time.
    Snoozed(Snoozed),
    /// Back from being put aside.
    Woken(Woken),
    /// An agent approved a reply.
    ReplyApproved(Box<ReplyApproved>),
    /// The reply was taken back in time.
    ReplyWithdrawn(ReplyWithdrawn),
    /// The reply is being handed over; from here it cannot be taken back.
    DeliveryStarted(DeliveryStarted),
    /// The reply is out.
    ReplySent(ReplySent),
    /// Handing the reply over failed.
    DeliveryFailed(DeliveryFailed),
    /// Nobody can tell whether the reply went out.
    DeliveryUnknown(DeliveryUnknown),
    /// The reply was stopped because the ticket moved.
    ReplyHeld(ReplyHeld),
    /// An agent had a failed or held reply sent after all.
    ReplyRetried(ReplyRetried),
    /// A delivery report came back about a reply.
    ReplyBounced(ReplyBounced),
    /// A replacement of an order was asked for.
    ReplacementRequested(ReplacementRequested),
    /// The tenant's system took the replacement.
    ReplacementPlaced(ReplacementPlaced),
    /// The tenant's system did not take the replacement.
    ReplacementFailed(ReplacementFailed),
    /// Answered.
    TicketResolved(Ended),
    /// Closed without an answer.
    TicketClosed(Ended),
    /// Open again.
    TicketReopened(TicketReopened),
}
