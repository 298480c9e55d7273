//! Given these events, when this is asked, then these events follow.

mod access;
mod audit;
mod contact;
mod conversation;
mod deliveries;
mod fixtures;
mod operations;
mod policy_log;
mod replacements;
mod replies;
mod standing;
mod ticket;
mod triage;

mod webhook;
mod why;
mod work;
