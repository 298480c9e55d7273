//! Inbound adapters: one folder per channel, pure parsing beside its fixtures.

mod adapter;
pub mod email;

pub use adapter::EmailParser;
