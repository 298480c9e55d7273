//! Contacts as a read model: events, version, indexes.

use casebook_domain::event::Event;

use super::{ContactRow, fold};
use crate::Recorded;
use crate::read_model::{Index, ReadModel, RowKey, Touched};

/// The read model `contacts`.
#[derive(Clone, Copy, Debug)]
pub struct Contacts;

impl ReadModel for Contacts {
    type Row = ContactRow;
    const NAME: &'static str = "contacts";
    const VERSION: u32 = 2;
    const EVENTS: &'static [&'static str] =
        &["ContactRegistered", "ContactWrote", "ContactContextChanged"];
    const INDEXES: &'static [Index] = &[Index::new("address", &["address", "contact_id"])];

    fn touched(event: &Recorded<Event>) -> Touched {
        fold::touched(event)
    }

    fn new_row(key: &RowKey) -> ContactRow {
        fold::new_row(key)
    }

    fn apply(row: &mut ContactRow, event: &Recorded<Event>) {
        fold::apply(row, event);
    }
}
