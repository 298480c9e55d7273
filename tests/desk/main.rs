//! The agents' work, classification's record and the delivery of replies, on both databases.

mod answers;
mod backtest;
mod crash;
mod decisions;
mod errands;
mod failures;
mod forgeries;
mod history;
mod replies;
mod shared;
mod three;
mod trail;
mod unreadable;
mod webhooks;
mod work;
