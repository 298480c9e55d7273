//! Sending public events to subscribers' addresses, by Standard Webhooks 1.0.
//!
//! What is sent is the public event of `crate::stream`, by the same map and the same rule for
//! personal data. A [`WebhookTask`] has a session for each subscription that this process holds
//! the lease of; a session reads the log, keeps what it has yet to send in lanes, and records what
//! came of it in the subscription's own stream.

mod change;
mod deliveries;
mod execute;
mod info;
mod lanes;
#[cfg(test)]
mod lanes_tests;
mod metrics;
mod record;
mod secret;
mod send;
mod session;
mod settings;
mod state;
mod subscribe;
mod task;

pub use casebook_domain::webhook::ChangeWebhook;
pub use change::{OnWebhook, WebhookDone};
pub use deliveries::{Delivery, DeliveryPage, DeliveryPlace};
pub use info::{DeadLetter, WebhookInfo};
pub use settings::{WebhookKey, WebhookParts, WebhookSettings};
pub use subscribe::{SubscribeWebhook, Subscribed};
pub use task::WebhookTask;

/// Name of the leases, and of the reader in metrics and skips.
const NAME: &str = "webhooks";
