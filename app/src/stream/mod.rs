//! The log as the outside may follow it: public events in the envelope of CloudEvents, apart from
//! the stored ones.
//!
//! [`EVENT_TYPES`] lists the types. [`App::events_page`] and [`App::follow_events`] read them.
//!
//! [`App::events_page`]: crate::App::events_page
//! [`App::follow_events`]: crate::App::follow_events

mod data;
mod decode;
mod event;
mod feed;
mod look;
mod map;
mod request;
mod schema;
mod tail;
mod types;

pub(crate) use decode::READER;
pub use event::{PublicEvent, StreamEvent};
pub use feed::{EventFeed, EventPage};
pub use request::{EventRequest, StreamStart};
pub(crate) use tail::Tail;
pub use types::{EVENT_TYPES, EventData, EventType};
