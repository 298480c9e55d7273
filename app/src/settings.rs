//! Settings of the use cases; every limit has a name and a unit.

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
            conflict_retries_max: 6,
            conflict_pause_ms: 10,
        }
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
