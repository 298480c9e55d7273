//! Section `[webhooks]` of the configuration, and the parts that sending needs.

use std::fmt;
use std::sync::Arc;

use async_trait::async_trait;
use casebook_domain::webhook::{Failure, RetryRules};
use serde::{Deserialize, Serialize};

use crate::{WebhookAnswer, WebhookPost, WebhookTransport};

/// Fewest bytes of the key that secrets are made from.
const KEY_BYTES_MIN: usize = 32;

/// Section `[webhooks]` of the configuration: sending events to subscribers.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct WebhookSettings {
    /// Most subscriptions of one tenant.
    pub subscriptions_max: usize,
    /// Events of one subscription that are on their way at a time; never two about one ticket.
    pub parallel_max: usize,
    /// Events of one subscription that wait for another attempt or behind such; when there are
    /// more, it reads no further until some are settled.
    pub parked_max: usize,
    /// Longest time after which what was taken is recorded, in milliseconds. What was not
    /// recorded is sent again after a crash.
    pub record_every_ms: u64,
    /// Time in which signatures are made with the secret before, too, after a rotation, in hours.
    pub rotation_overlap_hours: u32,
    /// Pauses before the second and each further attempt, in seconds; then the event is given up.
    pub retry_seconds: Vec<u32>,
    /// Longest pause that a receiver may ask for by `Retry-After`, in seconds.
    pub retry_after_seconds_max: u32,
    /// Time in which nothing at all was taken after which a subscription is paused, in seconds.
    pub pause_after_seconds: u32,
    /// Attempts that must have failed in a row before it is paused.
    pub pause_failures_min: u32,
    /// Whether addresses may begin with `http://`; for tests and networks of one's own.
    pub allow_http: bool,
    /// Private networks (`10.0.0.0/8`), addresses or names of hosts that events may be sent to.
    pub allow_private: Vec<String>,
    /// Time-out of an attempt, from the connection to the answer's head, in seconds.
    pub timeout_seconds: u64,
}

impl Default for WebhookSettings {
    fn default() -> Self {
        let rules = RetryRules::default();
        Self {
            subscriptions_max: 50,
            parallel_max: 8,
            parked_max: 1_000,
            record_every_ms: 1_000,
            rotation_overlap_hours: 24,
            retry_seconds: rules.pauses_seconds,
            retry_after_seconds_max: rules.retry_after_seconds_max,
            pause_after_seconds: rules.pause_after_seconds,
            pause_failures_min: rules.pause_failures_min,
            allow_http: false,
            allow_private: Vec::new(),
            timeout_seconds: 15,
        }
    }
}

impl WebhookSettings {
    /// The rules of sending again.
    pub(super) fn rules(&self) -> RetryRules {
        RetryRules {
            pauses_seconds: self.retry_seconds.clone(),
            retry_after_seconds_max: self.retry_after_seconds_max,
            pause_after_seconds: self.pause_after_seconds,
            pause_failures_min: self.pause_failures_min,
        }
    }
}

/// The key that the secrets of all subscriptions are made from. `Debug` shows nothing of it.
#[derive(Clone)]
pub struct WebhookKey(Arc<[u8]>);

impl WebhookKey {
    /// A key of at least 32 bytes.
    ///
    /// # Errors
    /// What to do when it is shorter.
    pub fn new(key: &str) -> Result<Self, &'static str> {
        if key.len() < KEY_BYTES_MIN {
            return Err("use at least 32 random characters, such as `openssl rand -hex 32` prints");
        }
        Ok(Self(key.as_bytes().into()))
    }

    pub(super) fn bytes(&self) -> &[u8] {
        &self.0
    }
}

impl fmt::Debug for WebhookKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("WebhookKey(..)")
    }
}

/// What sending events to subscribers needs.
#[derive(Clone)]
pub struct WebhookParts {
    /// Section `[webhooks]`.
    pub settings: WebhookSettings,
    /// Takes events to their addresses.
    pub transport: Arc<dyn WebhookTransport>,
    /// `webhooks.key`; without it no subscription can be made and nothing is sent.
    pub key: Option<WebhookKey>,
}

impl WebhookParts {
    /// For programs that send nothing.
    pub fn none() -> Self {
        Self { settings: WebhookSettings::default(), transport: Arc::new(Nowhere), key: None }
    }
}

struct Nowhere;

#[async_trait]
impl WebhookTransport for Nowhere {
    fn check(&self, _url: &str) -> Result<(), String> {
        Err("this program sends no events".to_owned())
    }

    async fn post(&self, _request: &WebhookPost) -> Result<WebhookAnswer, Failure> {
        Err(Failure::NotAllowed)
    }
}
