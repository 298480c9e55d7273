//! The aggregates of the tests as Casebook's log knows them; apart from them, because `compat`
//! compiles them without Casebook.

use casebook_domain::event::{DecodeError, LogEvent};
use casebook_store::NewEvent;
use cqrs_es::{Aggregate, DomainEvent};
use serde_json::Value;

use crate::ids;
use crate::tally::{Tally, TallyEvent};
use crate::workload::{LoadEvent, LoadTicket};

const LOAD_EVENTS: [&str; 5] = ["Received", "Classified", "Drafted", "Sent", "Resolved"];

impl LogEvent for TallyEvent {
    const STREAM_KIND: &'static str = Tally::TYPE;

    fn upcast(event_type: &str, event_version: &str, _: Value) -> Result<Value, DecodeError> {
        Err(DecodeError::unknown(event_type, event_version))
    }

    fn is_present_form(event_type: &str, event_version: &str) -> bool {
        (event_type, event_version) == ("Counted", "1")
    }
}

impl LogEvent for LoadEvent {
    const STREAM_KIND: &'static str = LoadTicket::TYPE;

    fn upcast(event_type: &str, event_version: &str, _: Value) -> Result<Value, DecodeError> {
        Err(DecodeError::unknown(event_type, event_version))
    }

    fn is_present_form(event_type: &str, event_version: &str) -> bool {
        LOAD_EVENTS.contains(&event_type) && event_version == "1"
    }
}

/// An event as it goes into the log.
///
/// # Panics
/// When the event cannot be written as JSON.
pub fn to_new(event: &impl LogEvent) -> NewEvent {
    NewEvent {
        event_id: ids::fresh(),
        event_type: DomainEvent::event_type(event),
        event_version: event.event_version(),
        payload: serde_json::to_string(event).expect("an event is JSON"),
    }
}
