//! Threads with contacts.

mod fold;
mod query;
mod row;
mod table;

pub use query::{conversation, conversations_by_ids};
pub use row::{ConversationRow, ShownStatus};
pub use table::Conversations;
