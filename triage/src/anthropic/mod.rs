//! Anthropic's Messages API.
//!
//! The request is the one that current models take: no sampling parameters, no prefilled answer,
//! thinking switched off unless configured, the answer's form given as a schema. The system prompt
//! is the same for all messages under a policy and carries a cache mark; the message comes last.

mod body;
mod client;
mod failure;
mod key;
mod response;
mod settings;

pub use client::Anthropic;
pub use key::{ApiKey, InvalidKey};
pub use settings::{AnthropicSettings, CacheTtl, OutputMode, Prices, SettingsError, Thinking};
