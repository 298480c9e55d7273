//! Messages as a read model: events, version, indexes.

use casebook_domain::event::Event;

use super::{MessageRow, fold};
use crate::Recorded;
use crate::read_model::{Index, ReadModel, RowKey, Touched};

/// The read model `messages`.
#[derive(Clone, Copy, Debug)]
pub struct Messages;

impl ReadModel for Messages {
    type Row = MessageRow;
    const NAME: &'static str = "messages";
    const VERSION: u32 = 2;
    const EVENTS: &'static [&'static str] = &[
        "MessageReceived",
        "MessageSent",
        "MailSetAside",
        "MailForwarded",
        "ForwardFailed",
        "BounceAttached",
    ];
    const INDEXES: &'static [Index] = &[
        // The order of a conversation.
        Index::new("conversation", &["conversation_id", "counted_at", "message_id"]),
    ];

    fn touched(event: &Recorded<Event>) -> Touched {
        fold::touched(event)
    }

    fn new_row(key: &RowKey) -> MessageRow {
        fold::new_row(key)
    }

    fn apply(row: &mut MessageRow, event: &Recorded<Event>) {
        fold::apply(row, event);
    }
}
