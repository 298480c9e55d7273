//! The rules of status in words.

use serde::Serialize;

use crate::ticket::{Status, TicketEvent};

/// The rule that gave a ticket its status.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum StatusRule {
    /// A message opened it.
    Received,
    /// The customer wrote again.
    WroteAgain,
    /// A gate fired.
    Gated,
    /// Triage or an agent gave a reason to escalate.
    ReasonGiven,
    /// A reply cannot be delivered, or nobody can tell whether it was; or a replacement that was
    /// promised will not come.
    Undeliverable,
    /// Triage had its say, or gave up.
    Decided,
    /// An agent has it.
    Taken,
    /// A reply was approved.
    Approved,
    /// The customer has the next word.
    Awaiting,
    /// The agent or the reply that kept it in progress is gone.
    GivenBack,
    /// The answer went out, or an agent said that it is answered.
    Resolved,
    /// It was closed without an answer.
    Closed,
    /// It was opened again.
    Reopened,
}

impl StatusRule {
    /// Every rule.
    pub const ALL: [Self; 13] = [
        Self::Received,
        Self::WroteAgain,
        Self::Gated,
        Self::ReasonGiven,
        Self::Undeliverable,
        Self::Decided,
        Self::Taken,
        Self::Approved,
        Self::Awaiting,
        Self::GivenBack,
        Self::Resolved,
        Self::Closed,
        Self::Reopened,
    ];

    /// The rule as a sentence.
    pub const fn words(self) -> &'static str {
        match self {
            Self::Received => "A ticket that was received and not yet decided is new.",
            Self::WroteAgain => {
                "When the customer writes again, triage decides again: the ticket is new, or \
                 escalated while something that escalated it has not been dealt with."
            }
            Self::Gated => "A ticket on which a gate fired is escalated.",
            Self::ReasonGiven => "A ticket with a reason to escalate is escalated.",
            Self::Undeliverable => {
                "A ticket whose reply cannot be delivered, or was perhaps not delivered, is \
                 escalated; so is one whose promised replacement will not come."
            }
            Self::Decided => {
                "A ticket that triage has decided, or could not decide, is pending: it waits for \
                 an agent."
            }
            Self::Taken => "A ticket that an agent has is in progress.",
            Self::Approved => "A ticket with an approved reply is in progress.",
            Self::Awaiting => {
                "A ticket that is kept open for the customer's next word is in progress."
            }
            Self::GivenBack => {
                "A ticket that nobody works on any more stands where triage left it, unless an \
                 agent still has it."
            }
            Self::Resolved => "An answered ticket is resolved.",
            Self::Closed => "A ticket that was ended without an answer is closed.",
            Self::Reopened => "A ticket that was opened again is pending.",
        }
    }

    /// The statuses that the rule can give.
    pub const fn gives(self) -> &'static [Status] {
        match self {
            Self::Received => &[Status::New],
            Self::Gated | Self::ReasonGiven | Self::Undeliverable => &[Status::Escalated],
            Self::Decided | Self::Reopened => &[Status::Pending],
            Self::Taken | Self::Approved | Self::Awaiting => &[Status::InProgress],
            Self::WroteAgain | Self::GivenBack => {
                &[Status::New, Status::Pending, Status::InProgress, Status::Escalated]
            }
            Self::Resolved => &[Status::Resolved],
            Self::Closed => &[Status::Closed],
        }
    }
}

/// The rule by which an event sets the status; `None` for events that never do.
pub(super) fn rule(event: &TicketEvent) -> Option<StatusRule> {
    Some(match event {
        TicketEvent::TicketReceived(_) => StatusRule::Received,
        TicketEvent::CustomerReplied(_) => StatusRule::WroteAgain,
        TicketEvent::TicketGated(_) => StatusRule::Gated,
        TicketEvent::TicketClassified(decision) if decision.answer.escalates() => {
            StatusRule::ReasonGiven
        }
        TicketEvent::TicketClassified(_) | TicketEvent::TriageFailed(_) => StatusRule::Decided,
        TicketEvent::TicketEscalated(_) => StatusRule::ReasonGiven,
        TicketEvent::DeliveryFailed(_)
        | TicketEvent::DeliveryUnknown(_)
        | TicketEvent::ReplyBounced(_)
        | TicketEvent::ReplacementFailed(_) => StatusRule::Undeliverable,
        TicketEvent::TicketClaimed(_) => StatusRule::Taken,
        TicketEvent::ReplyApproved(_) | TicketEvent::ReplyRetried(_) => StatusRule::Approved,
        TicketEvent::TicketStarted(_) | TicketEvent::CustomerAwaited(_) => StatusRule::Awaiting,
        TicketEvent::TicketReleased(_)
        | TicketEvent::TicketAssigned(_)
        | TicketEvent::ReplyWithdrawn(_)
        | TicketEvent::ReplyHeld(_) => StatusRule::GivenBack,
        TicketEvent::TicketResolved(_) => StatusRule::Resolved,
        TicketEvent::TicketClosed(_) => StatusRule::Closed,
        TicketEvent::TicketReopened(_) => StatusRule::Reopened,
        TicketEvent::ReplyDrafted(_)
        | TicketEvent::LabelsChanged(_)
        | TicketEvent::PrioritySet(_)
        | TicketEvent::CategoryCorrected(_)
        | TicketEvent::Snoozed(_)
        | TicketEvent::Woken(_)
        | TicketEvent::DeliveryStarted(_)
        | TicketEvent::ReplySent(_)
        | TicketEvent::ReplacementRequested(_)
        | TicketEvent::ReplacementPlaced(_) => return None,
    })
}
