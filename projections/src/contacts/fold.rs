//! How events make a contact's row.

use casebook_domain::Timestamp;
use casebook_domain::contact::{ContactEvent, ContactRegistered, CustomerContext};
use casebook_domain::event::Event;
use casebook_domain::ids::ContactId;

use super::ContactRow;
use crate::Recorded;
use crate::columns::known;
use crate::read_model::{NONE, RowKey, Touched, one};

pub(super) fn touched(event: &Recorded<Event>) -> Touched {
    match &event.event {
        Event::Contact(_) => event.stream.id.parse::<ContactId>().map_or(NONE, |id| one(id.0)),
        _ => NONE,
    }
}

pub(super) fn new_row(key: &RowKey) -> ContactRow {
    ContactRow {
        tenant: key.tenant.clone(),
        contact_id: ContactId(key.id),
        address: String::new(),
        name: None,
        written_name: None,
        context: None,
        first_seen_at: None,
        last_seen_at: None,
        message_count: 0,
        version: 0,
        position: 0,
    }
}

pub(super) fn apply(row: &mut ContactRow, event: &Recorded<Event>) {
    let Event::Contact(contact_event) = &event.event else { return };
    match contact_event {
        ContactEvent::ContactRegistered(registered) => register(row, registered),
        ContactEvent::ContactWrote(wrote) => see(row, wrote.at),
        ContactEvent::ContactContextChanged(changed) => {
            row.context = changed.context.get().cloned();
        }
    }
    let directory = row.context.as_ref().and_then(CustomerContext::full_name);
    row.name = directory.or_else(|| row.written_name.clone());
    row.version = event.version;
    row.position = event.position;
}

fn register(row: &mut ContactRow, registered: &ContactRegistered) {
    row.address = registered.address.text().to_owned();
    row.written_name = known(registered.name.as_ref());
}

fn see(row: &mut ContactRow, at: Timestamp) {
    row.first_seen_at = Some(row.first_seen_at.map_or(at, |first| first.min(at)));
    row.last_seen_at = Some(row.last_seen_at.map_or(at, |last| last.max(at)));
    row.message_count = row.message_count.saturating_add(1);
}

#[cfg(test)]
#[path = "fold_tests.rs"]
mod tests;
