//! Given these events, when this is asked, then these events follow.

mod contact;
mod conversation;
mod fixtures;
mod policy_log;
mod ticket;
