//! What agents do: each use case authorises, loads, lets the ticket decide, and appends once.

mod again;
mod approve;
mod bulk;
mod execute;
mod note;
mod replacement;
mod replies;
mod start;
mod tasks;
mod wake;

pub(crate) use again::approve_again;
pub use approve::{ApproveReply, Replacement};
pub use bulk::BulkItem;
pub use execute::{Done, OnTicket};
pub use replacement::ReplacementTask;
pub use start::StartConversation;
pub use wake::WakeTask;
