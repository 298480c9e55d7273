//! What is measured about triage as a read model: events, version, indexes.

use casebook_domain::event::Event;

use super::{TriageFact, fold};
use crate::Recorded;
use crate::read_model::{Index, Pace, ReadModel, RowKey, Touched};

/// The read model `triage_facts`.
#[derive(Clone, Copy, Debug)]
pub struct TriageFacts;

impl ReadModel for TriageFacts {
    type Row = TriageFact;
    const NAME: &'static str = "triage_facts";
    const VERSION: u32 = 2;
    const EVENTS: &'static [&'static str] = &["TicketGated", "TicketClassified", "TriageFailed"];
    const INDEXES: &'static [Index] = &[Index::new("decided", &["decided_at", "decision_id"])];
    const PACE: Pace = Pace::Unhurried;

    fn touched(event: &Recorded<Event>) -> Touched {
        fold::touched(event)
    }

    fn new_row(key: &RowKey) -> TriageFact {
        fold::new_row(key)
    }

    fn apply(row: &mut TriageFact, event: &Recorded<Event>) {
        fold::apply(row, event);
    }
}
