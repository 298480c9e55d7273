//! What happened to a subscription: what operators decided about it.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{AttemptFailed, DeadLettered, DeliveriesMade, Webhook};
use crate::Timestamp;
use crate::event::{DecodeError, LogEvent};

/// What happened to a subscription.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub enum WebhookEvent {
    /// A tenant's events are to be sent to an address.
    WebhookSubscribed(WebhookSubscribed),
    /// Address, choice of events or description changed.
    WebhookChanged(Subscription),
    /// Signatures are made with another secret from now on.
    WebhookSecretRotated(SecretRotated),
    /// Nothing is sent for the time being.
    WebhookPaused(WebhookPaused),
    /// Sending goes on where it stopped.
    WebhookResumed(WebhookResumed),
    /// The receiver said that it is gone: nothing is sent any more.
    WebhookDisabled(WebhookDisabled),
    /// The subscription ended for good.
    WebhookRemoved(WebhookRemoved),
    /// Everything behind a position is sent again.
    WebhookReplayed(WebhookReplayed),
    /// One event that was given up is sent again.
    WebhookRedelivered(WebhookRedelivered),
    /// Events were sent, or began to wait behind others.
    WebhookDeliveriesMade(DeliveriesMade),
    /// An event was sent and not taken.
    WebhookAttemptFailed(AttemptFailed),
    /// An event was given up.
    WebhookDeadLettered(DeadLettered),
    /// All of the above up to here in one state, so that nobody has to read it again.
    WebhookSummed(Box<Webhook>),
}

/// What is sent where.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Subscription {
    /// Address that takes the events.
    pub url: String,
    /// Public types of events that are sent; none means all.
    pub types: Vec<String>,
    /// Whether events are sent with personal data.
    pub personal: bool,
    /// What it is for, in an operator's words.
    pub description: String,
}

/// See [`WebhookEvent::WebhookSubscribed`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct WebhookSubscribed {
    /// The tenant whose events are sent.
    pub tenant: String,
    /// What is sent where.
    pub subscription: Subscription,
    /// Events behind this position are sent.
    pub after: u64,
    /// Names the key that the secret is made from, without telling it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key_id: Option<String>,
}

/// See [`WebhookEvent::WebhookSecretRotated`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct SecretRotated {
    /// Number of the secret from now on; the first has 1.
    pub generation: u32,
    /// Until when signatures are made with the secret before, too.
    pub previous_until: Timestamp,
    /// Names the key that the secret is made from, without telling it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key_id: Option<String>,
}

/// See [`WebhookEvent::WebhookPaused`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct WebhookPaused {
    /// Why.
    pub because: PausedBecause,
}

/// Why nothing is sent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum PausedBecause {
    /// An operator said so, with a reason.
    Operator(String),
    /// Nothing was taken for too long.
    Failures {
        /// Attempts in a row that failed.
        count: u64,
        /// When the first of them was made.
        since: Timestamp,
    },
}

/// See [`WebhookEvent::WebhookResumed`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct WebhookResumed {
    /// When; what waits for another attempt is due then.
    pub at: Timestamp,
}

/// See [`WebhookEvent::WebhookDisabled`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct WebhookDisabled {
    /// Status that the receiver answered with.
    pub status: u16,
}

/// See [`WebhookEvent::WebhookRemoved`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct WebhookRemoved {}

/// See [`WebhookEvent::WebhookReplayed`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct WebhookReplayed {
    /// Events behind this position are sent again.
    pub after: u64,
}

/// See [`WebhookEvent::WebhookRedelivered`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct WebhookRedelivered {
    /// Position of the event.
    pub position: u64,
    /// When it is due.
    pub at: Timestamp,
}

impl WebhookEvent {
    /// Names of the events that say what is sent where and whether; all but those of letters on
    /// their way, of which there may be millions.
    pub const DECISIONS: &'static [&'static str] = &[
        "WebhookSubscribed",
        "WebhookChanged",
        "WebhookSecretRotated",
        "WebhookPaused",
        "WebhookResumed",
        "WebhookDisabled",
        "WebhookRemoved",
        "WebhookReplayed",
        "WebhookRedelivered",
    ];
}

impl LogEvent for WebhookEvent {
    const STREAM_KIND: &'static str = "webhook";

    fn upcast(
        event_type: &str,
        event_version: &str,
        _payload: serde_json::Value,
    ) -> Result<serde_json::Value, DecodeError> {
        Err(DecodeError::unknown(event_type, event_version))
    }

    fn is_present_form(_event_type: &str, event_version: &str) -> bool {
        event_version == "1"
    }
}

impl cqrs_es::DomainEvent for WebhookEvent {
    fn event_type(&self) -> String {
        match self {
            Self::WebhookSubscribed(_) => "WebhookSubscribed",
            Self::WebhookChanged(_) => "WebhookChanged",
            Self::WebhookSecretRotated(_) => "WebhookSecretRotated",
            Self::WebhookPaused(_) => "WebhookPaused",
            Self::WebhookResumed(_) => "WebhookResumed",
            Self::WebhookDisabled(_) => "WebhookDisabled",
            Self::WebhookRemoved(_) => "WebhookRemoved",
            Self::WebhookReplayed(_) => "WebhookReplayed",
            Self::WebhookRedelivered(_) => "WebhookRedelivered",
            Self::WebhookDeliveriesMade(_) => "WebhookDeliveriesMade",
            Self::WebhookAttemptFailed(_) => "WebhookAttemptFailed",
            Self::WebhookDeadLettered(_) => "WebhookDeadLettered",
            Self::WebhookSummed(_) => "WebhookSummed",
        }
        .to_owned()
    }

    fn event_version(&self) -> String {
        "1".to_owned()
    }
}
