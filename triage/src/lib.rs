//! Classification of messages by a model: the process manager and the providers that it asks.
//!
//! A [`Provider`] answers one [`Request`]: [`anthropic`] over the network, [`built_in`] without
//! one. [`retry`] says when to ask again and [`breaker`] when to stop asking; both are pure, so
//! the manager that drives them decides about clock and chance. What an answer is worth is decided
//! in [`casebook_domain::triage`], the same for every provider.

pub mod anthropic;
pub mod breaker;
pub mod built_in;
mod error;
mod manager;
mod provider;
pub mod retry;
mod trace;

pub use error::{AskError, AskErrorKind};
pub use manager::{Manager, Surroundings};
pub use provider::{Provider, Reply, Request, Usage};
