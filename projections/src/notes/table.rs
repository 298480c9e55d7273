//! Notes as a read model: events, version, indexes.

use casebook_domain::event::Event;

use super::{NoteRow, fold};
use crate::Recorded;
use crate::read_model::{Index, ReadModel, RowKey, Touched};

/// The read model `notes`.
#[derive(Clone, Copy, Debug)]
pub struct Notes;

impl ReadModel for Notes {
    type Row = NoteRow;
    const NAME: &'static str = "notes";
    const VERSION: u32 = 1;
    const EVENTS: &'static [&'static str] = &["NoteAdded"];
    const INDEXES: &'static [Index] = &[Index::new("conversation", &["conversation_id"])];

    fn touched(event: &Recorded<Event>) -> Touched {
        fold::touched(event)
    }

    fn new_row(key: &RowKey) -> NoteRow {
        fold::new_row(key)
    }

    fn apply(row: &mut NoteRow, event: &Recorded<Event>) {
        fold::apply(row, event);
    }
}
