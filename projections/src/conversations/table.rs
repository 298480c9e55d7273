//! Conversations as a read model: events, version, indexes.

use casebook_domain::event::Event;

use super::{ConversationRow, fold};
use crate::Recorded;
use crate::read_model::{Index, ReadModel, RowKey, Touched};

/// The read model `conversations`.
#[derive(Clone, Copy, Debug)]
pub struct Conversations;

impl ReadModel for Conversations {
    type Row = ConversationRow;
    const NAME: &'static str = "conversations";
    const VERSION: u32 = 4;
    const EVENTS: &'static [&'static str] = &[
        "ConversationOpened",
        "MessageReceived",
        "MessageSent",
        "TicketStarted",
        "TicketResolved",
        "TicketClosed",
        "TicketReopened",
        "TicketEscalated",
        "CustomerAwaited",
        "Snoozed",
        "Woken",
        "DeliveryFailed",
        "DeliveryUnknown",
        "ReplyBounced",
        "ReplacementFailed",
    ];
    const INDEXES: &'static [Index] = &[
        // Each holds a part of the list in its order, the latest activity last.
        Index::new("contact", &["contact_id", "last_message_at", "conversation_id"]),
        Index::new("channel", &["channel", "last_message_at", "conversation_id"]),
        Index::new("status", &["status", "last_message_at", "conversation_id"]),
    ];

    fn touched(event: &Recorded<Event>) -> Touched {
        fold::touched(event)
    }

    fn new_row(key: &RowKey) -> ConversationRow {
        fold::new_row(key)
    }

    fn apply(row: &mut ConversationRow, event: &Recorded<Event>) {
        fold::apply(row, event);
    }
}
