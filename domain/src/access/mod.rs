//! Who looked at whose data: reading personal data is itself an event.
//!
//! One request writes one stream, so readers never wait for one another: `access/<request>`.

mod event;
mod look;

pub use event::{AccessEvent, PersonalDataRead, Seen, Way};
pub use look::{Look, SEEN_MAX, events};
