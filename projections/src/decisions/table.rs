//! Decisions as a read model: events, version, indexes.

use casebook_domain::event::Event;

use super::{DecisionRow, fold};
use crate::Recorded;
use crate::read_model::{Index, ReadModel, RowKey, Touched};

/// The read model `decisions`.
#[derive(Clone, Copy, Debug)]
pub struct Decisions;

impl ReadModel for Decisions {
    type Row = DecisionRow;
    const NAME: &'static str = "decisions";
    const VERSION: u32 = 2;
    const EVENTS: &'static [&'static str] =
        &["TicketReceived", "CustomerReplied", "TicketGated", "TicketClassified"];
    const INDEXES: &'static [Index] = &[
        Index::new("ticket", &["ticket_id", "created_at", "decision_id"]),
        Index::new("newest", &["created_at", "decision_id"]),
    ];

    fn touched(event: &Recorded<Event>) -> Touched {
        fold::touched(event)
    }

    fn new_row(key: &RowKey) -> DecisionRow {
        fold::new_row(key)
    }

    fn apply(row: &mut DecisionRow, event: &Recorded<Event>) {
        fold::apply(row, event);
    }
}
