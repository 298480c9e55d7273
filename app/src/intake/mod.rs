//! Taking in messages: from raw bytes to a gated ticket in one append.

mod again;
mod answer;
mod compose;
mod events;
mod judge;
mod pause;
mod place;
mod receive;
mod triage;

pub(crate) use again::{Again, ReadAgain, RecordedMessage, attached};
pub use answer::TriageAnswer;
pub(crate) use place::{MESSAGE_KEY, Place};
pub use receive::{Arrival, ReceiveEmail, Received, ReceivedAs};
pub use triage::{Transcript, TriageRequest};
