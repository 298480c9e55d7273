//! Messages of conversations.

mod fold;
mod query;
mod row;
mod table;

pub use query::{MessageKey, message, messages_by_ids, messages_of_conversations};
pub use row::{ForwardState, MessageRow};
pub use table::Messages;
