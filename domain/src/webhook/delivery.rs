//! What came of sending events, as the log keeps it: neither bodies nor answers, so nothing
//! personal.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::Timestamp;

/// An event that was sent or is to be sent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Letter {
    /// Its position.
    pub position: u64,
    /// Its identifier, the same at every attempt.
    pub event_id: String,
    /// Its public type.
    pub event_type: String,
    /// What it is about: letters of one key are sent in the order of their positions.
    pub key: String,
}

/// See [`super::WebhookEvent::WebhookDeliveriesMade`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct DeliveriesMade {
    /// Number of the run through the log, which each replay raises.
    pub run: u32,
    /// What was taken.
    pub made: Vec<Made>,
    /// What waits from now on until those before it with the same key are settled.
    pub parked: Vec<Parked>,
    /// Everything at or below this position is settled or waits.
    pub reached: u64,
}

/// A letter that was taken.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Made {
    /// The letter.
    #[serde(flatten)]
    pub letter: Letter,
    /// Number of this attempt; the first is 1.
    pub attempt: u32,
    /// Status that the receiver answered with.
    pub status: u16,
    /// How long the answer took, in milliseconds.
    pub duration_ms: u64,
    /// When it was sent.
    pub at: Timestamp,
}

/// A letter that waits behind another one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Parked {
    /// Position of the event.
    pub position: u64,
    /// What it is about.
    pub key: String,
}

/// See [`super::WebhookEvent::WebhookAttemptFailed`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct AttemptFailed {
    /// Number of the run through the log.
    pub run: u32,
    /// The letter.
    #[serde(flatten)]
    pub letter: Letter,
    /// Number of this attempt; the first is 1.
    pub attempt: u32,
    /// Why it was not taken.
    pub failure: Failure,
    /// How long the attempt took, in milliseconds.
    pub duration_ms: u64,
    /// When it was sent.
    pub at: Timestamp,
    /// When it is sent again; `None` where it was the last attempt.
    pub retry_at: Option<Timestamp>,
}

/// See [`super::WebhookEvent::WebhookDeadLettered`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct DeadLettered {
    /// Number of the run through the log.
    pub run: u32,
    /// The letter.
    #[serde(flatten)]
    pub letter: Letter,
    /// Attempts that were made.
    pub attempts: u32,
    /// Why the last of them failed.
    pub failure: Failure,
    /// When it was given up.
    pub at: Timestamp,
}

/// Why a letter was not taken. Nothing that the receiver said is kept but its status.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Failure {
    /// The receiver answered with this status, which is none of 200 to 299.
    Status(u16),
    /// There was no answer in time.
    TimedOut,
    /// Nobody could be reached at the address.
    Unreachable,
    /// No protected connection could be agreed on.
    Tls,
    /// The connection broke, or what came was no answer.
    Broken,
    /// The address leads into a network that the settings do not allow.
    NotAllowed,
    /// The event can no longer be read.
    Unreadable,
}

/// Status by which a receiver ends its subscription.
pub const GONE: u16 = 410;

impl Failure {
    /// A short name, the same for all of its kind.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Status(_) => "status",
            Self::TimedOut => "timed_out",
            Self::Unreachable => "unreachable",
            Self::Tls => "tls",
            Self::Broken => "broken",
            Self::NotAllowed => "not_allowed",
            Self::Unreadable => "unreadable",
        }
    }

    /// The status that the receiver answered with, if it did.
    pub const fn status(self) -> Option<u16> {
        match self {
            Self::Status(status) => Some(status),
            _ => None,
        }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Status(status) if (300..400).contains(status) => {
                write!(f, "the receiver answered {status}; redirects are not followed")
            }
            Self::Status(status) => write!(f, "the receiver answered {status}"),
            Self::TimedOut => f.write_str("the receiver did not answer in time"),
            Self::Unreachable => f.write_str("the receiver could not be reached"),
            Self::Tls => f.write_str("no protected connection could be agreed on"),
            Self::Broken => f.write_str("the connection broke before there was an answer"),
            Self::NotAllowed => {
                f.write_str("the address leads into a network that the settings do not allow")
            }
            Self::Unreadable => f.write_str("the event cannot be read"),
        }
    }
}
