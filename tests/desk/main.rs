//! The agents' work, classification's record and the delivery of replies, on both databases.

mod answers;
mod crash;
mod errands;
mod failures;
mod replies;
mod shared;
mod work;
