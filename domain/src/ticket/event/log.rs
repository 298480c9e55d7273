//! How events of a ticket stand in the log.

use super::TicketEvent;
use crate::event::{DecodeError, LogEvent};

impl LogEvent for TicketEvent {
    const STREAM_KIND: &'static str = "ticket";

    fn upcast(
        event_type: &str,
        event_version: &str,
        _payload: serde_json::Value,
    ) -> Result<serde_json::Value, DecodeError> {
        Err(DecodeError::unknown(event_type, event_version))
    }

    fn is_present_form(_event_type: &str, event_version: &str) -> bool {
        event_version == "1"
    }
}

impl cqrs_es::DomainEvent for TicketEvent {
    fn event_type(&self) -> String {
        match self {
            Self::TicketReceived(_) => "TicketReceived",
            Self::TicketStarted(_) => "TicketStarted",
            Self::CustomerReplied(_) => "CustomerReplied",
            Self::TicketGated(_) => "TicketGated",
            Self::TicketClassified(_) => "TicketClassified",
            Self::ReplyDrafted(_) => "ReplyDrafted",
            Self::TriageFailed(_) => "TriageFailed",
            Self::TicketEscalated(_) => "TicketEscalated",
            Self::TicketClaimed(_) => "TicketClaimed",
            Self::TicketReleased(_) => "TicketReleased",
            Self::TicketAssigned(_) => "TicketAssigned",
            Self::LabelsChanged(_) => "LabelsChanged",
            Self::PrioritySet(_) => "PrioritySet",
            Self::CategoryCorrected(_) => "CategoryCorrected",
            Self::CustomerAwaited(_) => "CustomerAwaited",
            Self::Snoozed(_) => "Snoozed",
            Self::Woken(_) => "Woken",
            Self::ReplyApproved(_) => "ReplyApproved",
            Self::ReplyWithdrawn(_) => "ReplyWithdrawn",
            Self::DeliveryStarted(_) => "DeliveryStarted",
            Self::ReplySent(_) => "ReplySent",
            Self::DeliveryFailed(_) => "DeliveryFailed",
            Self::DeliveryUnknown(_) => "DeliveryUnknown",
            Self::ReplyHeld(_) => "ReplyHeld",
            Self::ReplyRetried(_) => "ReplyRetried",
            Self::ReplyBounced(_) => "ReplyBounced",
            Self::ReplacementRequested(_) => "ReplacementRequested",
            Self::ReplacementPlaced(_) => "ReplacementPlaced",
            Self::ReplacementFailed(_) => "ReplacementFailed",
            Self::TicketResolved(_) => "TicketResolved",
            Self::TicketClosed(_) => "TicketClosed",
            Self::TicketReopened(_) => "TicketReopened",
        }
        .to_owned()
    }

    fn event_version(&self) -> String {
        "1".to_owned()
    }
}
