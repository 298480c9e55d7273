//! Pure decisions of Casebook: value objects, aggregates, policy and gates.
//!
//! Nothing here reads a clock, draws a random number or touches the outside: time, identifiers
//! and facts about the world are passed in, so the same inputs always give the same events.

pub mod access;
pub mod address;
pub mod audit;
pub mod backtest;
pub mod channel;
pub mod contact;
pub mod conversation;
pub mod draft;
pub mod event;
pub mod gates;
pub mod ids;
pub mod intake;
pub mod mail;
pub mod operations;
pub mod persona;
pub mod personal;
pub mod policy;
pub mod policy_log;
pub mod reply;
pub mod subject;
pub mod ticket;
pub mod time;
pub mod triage;
pub mod webhook;

pub use personal::{Personal, erase};
pub use time::Timestamp;
