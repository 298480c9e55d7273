//! Sending events to subscribers' addresses.

use std::fmt;
use std::sync::Arc;

use async_trait::async_trait;
use casebook_domain::webhook::Failure;

/// Takes events to the addresses of subscribers.
#[async_trait]
pub trait WebhookTransport: Send + Sync + 'static {
    /// Whether an address can be used at all, before anything is sent to it.
    ///
    /// # Errors
    /// What is wrong with it, and what to do; free of the address itself.
    fn check(&self, url: &str) -> Result<(), String>;

    /// Sends one event. Redirects are not followed; the answer's body is thrown away.
    ///
    /// # Errors
    /// [`Failure`] when there was no answer; one of any status is an answer.
    async fn post(&self, request: &WebhookPost) -> Result<WebhookAnswer, Failure>;
}

/// An event on its way out, with the headers of Standard Webhooks 1.0. `Debug` shows neither
/// address nor content.
#[derive(Clone, PartialEq, Eq)]
pub struct WebhookPost {
    /// Where to.
    pub url: String,
    /// `webhook-id`: the event's identifier, the same at every attempt.
    pub id: String,
    /// `webhook-timestamp`: seconds since the Unix epoch, of this attempt.
    pub timestamp: i64,
    /// `webhook-signature`: one or several, with spaces between.
    pub signature: String,
    /// The event as CloudEvents 1.0 JSON.
    pub body: Arc<str>,
}

impl fmt::Debug for WebhookPost {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WebhookPost").field("id", &self.id).finish_non_exhaustive()
    }
}

/// What a subscriber answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WebhookAnswer {
    /// The status.
    pub status: u16,
    /// Seconds that `Retry-After` asks to wait.
    pub retry_after_seconds: Option<u64>,
}
