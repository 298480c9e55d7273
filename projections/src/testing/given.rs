//! Given events, then a row: folds one row the way the runner does, in memory.

use casebook_domain::event::Event;
use uuid::Uuid;

use crate::Recorded;
use crate::read_model::{ReadModel, RowKey};

/// The row `id` of a tenant after all events that touch it; `None` when none does.
pub fn row_of<M: ReadModel>(events: &[Recorded<Event>], tenant: &str, id: Uuid) -> Option<M::Row> {
    let mut row = None;
    let touches = |event: &&Recorded<Event>| {
        event.tenant == tenant
            && (M::EVENTS.is_empty() || M::EVENTS.contains(&event.event.event_type().as_str()))
            && M::touched(event).contains(&Some(id))
    };
    for event in events.iter().filter(touches) {
        let row = row.get_or_insert_with(|| M::new_row(&RowKey::new(tenant, id)));
        M::apply(row, event);
    }
    row
}
