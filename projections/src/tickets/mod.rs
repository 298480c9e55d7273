//! The queue: one row per ticket and one per set-aside message.

mod admits;
mod filter;
mod fold;
mod fold_reply;
mod fold_triage;
mod fold_work;
mod of_contacts;
mod query;
mod row;
mod table;

pub use filter::{Assignee, QueueFilter, QueueKey};
pub use fold::{GATED_CATEGORY, POLICY_GATE};
pub(crate) use fold_reply::{UNKNOWN, bounced_words, held_words};
pub use of_contacts::{TicketKey, tickets_of_contacts};
pub use query::{
    queue_count, queue_page, set_aside_by_ids, ticket, tickets_by_ids, tickets_of_conversations,
};
pub use row::{ReplacementState, ReplyState, Shelf, TicketRow};
pub use table::Tickets;
