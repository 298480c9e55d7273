//! What is measured about tickets as a read model: events, version, indexes.

use casebook_domain::event::Event;

use super::{TicketFact, fold};
use crate::Recorded;
use crate::read_model::{Index, Pace, ReadModel, RowKey, Touched};

/// The read model `ticket_facts`.
#[derive(Clone, Copy, Debug)]
pub struct TicketFacts;

impl ReadModel for TicketFacts {
    type Row = TicketFact;
    const NAME: &'static str = "ticket_facts";
    const VERSION: u32 = 2;
    // Every event that moves a ticket's standing.
    const EVENTS: &'static [&'static str] = &[
        "TicketReceived",
        "TicketStarted",
        "CustomerReplied",
        "TicketGated",
        "TicketClassified",
        "TriageFailed",
        "TicketEscalated",
        "TicketClaimed",
        "TicketReleased",
        "TicketAssigned",
        "PrioritySet",
        "CategoryCorrected",
        "CustomerAwaited",
        "Snoozed",
        "Woken",
        "ReplyApproved",
        "ReplyWithdrawn",
        "ReplySent",
        "DeliveryFailed",
        "DeliveryUnknown",
        "ReplyHeld",
        "ReplyRetried",
        "ReplyBounced",
        "ReplacementFailed",
        "TicketResolved",
        "TicketClosed",
        "TicketReopened",
    ];
    const INDEXES: &'static [Index] = &[
        Index::new("received", &["received_at", "ticket_id"]),
        Index::new("live", &["live_until"]),
    ];
    const PACE: Pace = Pace::Unhurried;

    fn touched(event: &Recorded<Event>) -> Touched {
        fold::touched(event)
    }

    fn new_row(key: &RowKey) -> TicketFact {
        fold::new_row(key)
    }

    fn apply(row: &mut TicketFact, event: &Recorded<Event>) {
        fold::apply(row, event);
    }
}
