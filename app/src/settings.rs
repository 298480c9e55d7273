//! Settings of the use cases; every limit has a name and a unit.

use casebook_domain::Timestamp;
use casebook_domain::time::MICROS_PER_SECOND;
use serde::{Deserialize, Serialize};

/// Section `[intake]` of the configuration, as far as use cases need it.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct IntakeSettings {
    /// Largest raw mail, in bytes.
    pub mail_bytes_max: usize,
    /// Largest JSON body, in bytes.
    pub json_bytes_max: usize,
    /// Largest raw mail kept in the database beside its events, in bytes, so that one sync makes
    /// both safe; larger ones go to the blob store. At most 262144.
    pub inline_raw_bytes_max: usize,
    /// Largest text kept inside an event, in bytes; longer texts become blobs.
    pub inline_text_bytes_max: usize,
    /// Tenant of `POST /intake/triage` requests that name none, where there are several.
    pub default_tenant: Option<String>,
    /// Longest time that a caller who waits for triage is kept waiting, in milliseconds; then it
    /// gets the receipt.
    pub wait_max_ms: u64,
    /// Further attempts to take a message in when other writers get in between.
    pub conflict_retries_max: u32,
    /// Longest pause before the first further attempt, in milliseconds; it doubles with each one.
    /// The pause is a share of it that differs from message to message.
    pub conflict_pause_ms: u32,
}

impl Default for IntakeSettings {
    fn default() -> Self {
        Self {
            mail_bytes_max: 25 * 1024 * 1024,
            json_bytes_max: 1024 * 1024,
            inline_raw_bytes_max: 64 * 1024,
            inline_text_bytes_max: 32 * 1024,
            default_tenant: None,
            wait_max_ms: 10_000,
            conflict_retries_max: 3,
            conflict_pause_ms: 60,
        }
    }
}

/// Section `[triage]` of the configuration, as far as use cases need it.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct TriageSettings {
    /// Messages that are classified at a time, in each process.
    pub parallel_max: usize,
}

impl Default for TriageSettings {
    fn default() -> Self {
        Self { parallel_max: 16 }
    }
}

/// Section `[backtest]` of the configuration: trying policies on the past.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct BacktestSettings {
    /// Messages that one run of the command line judges.
    pub messages_max: u64,
    /// Tickets that one run keeps in memory, about 300 bytes each.
    pub tickets_max: usize,
}

impl Default for BacktestSettings {
    fn default() -> Self {
        Self { messages_max: 100_000_000, tickets_max: 5_000_000 }
    }
}

/// Section `[delivery]` of the configuration: how replies leave.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct DeliverySettings {
    /// Attempts to hand a reply over before it is left to an agent.
    pub attempts_max: u32,
    /// Pause before the second attempt, in seconds; doubled after each further one.
    pub retry_seconds: u32,
    /// Longest pause between attempts, in seconds.
    pub retry_seconds_max: u32,
    /// Replies that are handed over at a time.
    pub parallel_max: usize,
}

impl Default for DeliverySettings {
    fn default() -> Self {
        Self { attempts_max: 8, retry_seconds: 30, retry_seconds_max: 3600, parallel_max: 8 }
    }
}

impl DeliverySettings {
    /// When another attempt is made after `made` failed ones; `None` when none is.
    pub(crate) fn retry_at(&self, made: u32, now: Timestamp) -> Option<Timestamp> {
        if made >= self.attempts_max {
            return None;
        }
        let doubled = self.retry_seconds.saturating_mul(1 << made.saturating_sub(1).min(16));
        let pause = i64::from(doubled.min(self.retry_seconds_max)) * MICROS_PER_SECOND;
        Some(now.plus_micros(pause))
    }
}

/// Section `[forward]` of the configuration, as far as use cases need it.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ForwardSettings {
    /// Attempts to hand a mail on before it is left to a person.
    pub attempts_max: u32,
    /// Pause before the second attempt, in seconds; doubled after each further one.
    pub retry_seconds: u32,
    /// Longest pause between attempts, in seconds.
    pub retry_seconds_max: u32,
}

impl Default for ForwardSettings {
    fn default() -> Self {
        Self { attempts_max: 8, retry_seconds: 30, retry_seconds_max: 3600 }
    }
}
