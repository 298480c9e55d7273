//! The index of the audit trail as a read model: events, version, indexes.

use casebook_domain::event::Event;

use super::{AuditRow, fold};
use crate::Recorded;
use crate::read_model::{Index, Pace, ReadModel, RowKey, Touched};

/// The read model `audit_index`.
#[derive(Clone, Copy, Debug)]
pub struct AuditIndex;

impl ReadModel for AuditIndex {
    type Row = AuditRow;
    const NAME: &'static str = "audit_index";
    const VERSION: u32 = 1;
    /// Every event, also those that are yet to come: an empty list filters nothing.
    const EVENTS: &'static [&'static str] = &[];
    /// The key itself is the order of positions; tickets are found by their conversation.
    const INDEXES: &'static [Index] = &[
        Index::new("conversation", &["conversation_id", "entry_id"]),
        Index::new("contact", &["contact_id", "entry_id"]),
        Index::new("actor", &["actor", "entry_id"]),
        Index::new("event_type", &["event_type", "entry_id"]),
    ];
    const PACE: Pace = Pace::Unhurried;

    fn touched(event: &Recorded<Event>) -> Touched {
        fold::touched(event)
    }

    fn new_row(key: &RowKey) -> AuditRow {
        fold::new_row(key)
    }

    fn apply(row: &mut AuditRow, event: &Recorded<Event>) {
        fold::apply(row, event);
    }
}
