//! Threads with contacts.

mod fold;
mod page;
mod query;
mod row;
mod table;

pub use page::{
    ConversationFilter, ConversationKey, conversations_of_contacts, conversations_page,
};
pub use query::{conversation, conversations_by_ids};
pub use row::{ConversationRow, ShownStatus};
pub use table::Conversations;
