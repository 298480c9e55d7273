//! When a letter is sent again, and when nothing is sent any more.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::Timestamp;
use crate::time::MICROS_PER_SECOND;

/// How a pause is spread by chance: a tenth of it to both sides.
const JITTER_TENTHS: i64 = 1;

/// The rules of sending again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct RetryRules {
    /// Pauses before the second and each further attempt, in seconds.
    pub pauses_seconds: Vec<u32>,
    /// Longest pause that a receiver may ask for by `Retry-After`, in seconds.
    pub retry_after_seconds_max: u32,
    /// Time in which nothing at all was taken after which sending is paused, in seconds.
    pub pause_after_seconds: u32,
    /// Attempts that must have failed in a row before sending is paused.
    pub pause_failures_min: u32,
}

impl Default for RetryRules {
    /// The pauses of Standard Webhooks 1.0, section "Deliverability and reliability": 5 s, 5 min,
    /// 30 min, 2 h, 5 h, 10 h, 14 h, 20 h, 24 h.
    fn default() -> Self {
        Self {
            pauses_seconds: vec![5, 300, 1800, 7200, 18_000, 36_000, 50_400, 72_000, 86_400],
            retry_after_seconds_max: 86_400,
            pause_after_seconds: 86_400,
            pause_failures_min: 10,
        }
    }
}

impl RetryRules {
    /// When a letter is sent again after `attempt` attempts; `None` when it is given up.
    /// `chance`, from 0 to 999, spreads the pauses of many letters; `asked_seconds` is what the
    /// receiver asked for, which can make a pause longer, never shorter.
    pub fn retry_at(
        &self,
        attempt: u32,
        at: Timestamp,
        chance: u32,
        asked_seconds: Option<u64>,
    ) -> Option<Timestamp> {
        let index = usize::try_from(attempt.saturating_sub(1)).ok()?;
        let pause = i64::from(*self.pauses_seconds.get(index)?) * MICROS_PER_SECOND;
        let spread = (i64::from(chance.min(999)) - 500) * JITTER_TENTHS * pause / 5_000;
        let most = u64::from(self.retry_after_seconds_max);
        let asked = i64::try_from(asked_seconds.unwrap_or(0).min(most)).unwrap_or(0);
        Some(at.plus_micros((pause + spread).max(asked * MICROS_PER_SECOND)))
    }

    /// Whether failures since `since` are enough to pause at `now`.
    pub(super) fn pauses(&self, count: u64, since: Timestamp, now: Timestamp) -> bool {
        let after = i64::from(self.pause_after_seconds) * MICROS_PER_SECOND;
        count >= u64::from(self.pause_failures_min) && now >= since.plus_micros(after)
    }
}
