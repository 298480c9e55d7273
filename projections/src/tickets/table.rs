//! The queue as a read model: events, version, indexes.

use casebook_domain::event::Event;

use super::{TicketRow, fold};
use crate::Recorded;
use crate::read_model::{Index, ReadModel, RowKey, Touched};

/// The read model `tickets`.
#[derive(Clone, Copy, Debug)]
pub struct Tickets;

impl ReadModel for Tickets {
    type Row = TicketRow;
    const NAME: &'static str = "tickets";
    const VERSION: u32 = 5;
    const EVENTS: &'static [&'static str] = &[
        "TicketReceived",
        "TicketStarted",
        "CustomerReplied",
        "TicketGated",
        "TicketClassified",
        "ReplyDrafted",
        "TriageFailed",
        "TicketEscalated",
        "TicketClaimed",
        "TicketReleased",
        "TicketAssigned",
        "LabelsChanged",
        "PrioritySet",
        "CategoryCorrected",
        "CustomerAwaited",
        "Snoozed",
        "Woken",
        "ReplyApproved",
        "ReplyWithdrawn",
        "DeliveryStarted",
        "ReplySent",
        "DeliveryFailed",
        "DeliveryUnknown",
        "ReplyHeld",
        "ReplyRetried",
        "ReplyBounced",
        "ReplacementRequested",
        "ReplacementPlaced",
        "ReplacementFailed",
        "TicketResolved",
        "TicketClosed",
        "TicketReopened",
        "MailSetAside",
    ];
    const INDEXES: &'static [Index] = &[
        // The order of the queue within one tenant, shelf and status.
        Index::new("queue", &["shelf", "status", "priority", "received_at", "ticket_id"]),
        // The same of what is somebody's work.
        Index::sparse(
            "assignee",
            &["assignee", "shelf", "status", "priority", "received_at", "ticket_id"],
        ),
        Index::new("conversation", &["conversation_id"]),
        Index::new("contact", &["contact_id", "received_at", "ticket_id"]),
    ];

    fn touched(event: &Recorded<Event>) -> Touched {
        fold::touched(event)
    }

    fn new_row(key: &RowKey) -> TicketRow {
        fold::new_row(key)
    }

    fn apply(row: &mut TicketRow, event: &Recorded<Event>) {
        fold::apply(row, event);
    }
}
