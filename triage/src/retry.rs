//! When to ask again: exponential backoff with full jitter inside a budget of time.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::AskError;

/// How often and how long one question is asked again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct RetrySettings {
    /// Most attempts in all, the first included.
    pub max_attempts: u32,
    /// Longest wait before the second attempt, in milliseconds; doubled for each further one.
    pub first_delay_ms: u64,
    /// Longest wait before any attempt, in milliseconds.
    pub max_delay_ms: u64,
    /// Time in which the last attempt must begin, in milliseconds.
    pub budget_ms: u64,
}

impl Default for RetrySettings {
    fn default() -> Self {
        Self { max_attempts: 5, first_delay_ms: 500, max_delay_ms: 20_000, budget_ms: 120_000 }
    }
}

impl RetrySettings {
    /// How long to wait before the next attempt; `None` when the question is to be given up.
    ///
    /// `attempts` were made, the first of them `elapsed` ago; `random` lies in 0 to 1. A wait that
    /// the provider asked for is kept in full, with a jitter behind it, so that those who were told
    /// the same do not come back at the same moment.
    pub fn next_delay(
        &self,
        error: &AskError,
        attempts: u32,
        elapsed: Duration,
        random: f64,
    ) -> Option<Duration> {
        if !error.kind.retryable() || attempts >= self.max_attempts {
            return None;
        }
        let doublings = attempts.saturating_sub(1).min(32);
        let ceiling = self.first_delay_ms.saturating_mul(1 << doublings).min(self.max_delay_ms);
        let random = if random.is_finite() { random.clamp(0.0, 1.0) } else { 1.0 };
        let jitter = Duration::from_millis(ceiling).mul_f64(random);
        let delay = error.retry_after.unwrap_or_default().saturating_add(jitter);
        let budget = Duration::from_millis(self.budget_ms);
        (elapsed.saturating_add(delay) <= budget).then_some(delay)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::AskErrorKind;

    const SETTINGS: RetrySettings =
        RetrySettings { max_attempts: 4, first_delay_ms: 100, max_delay_ms: 300, budget_ms: 5_000 };

    fn delay(kind: AskErrorKind, attempts: u32, elapsed_ms: u64, random: f64) -> Option<u128> {
        let error = AskError::new(kind, "x");
        let elapsed = Duration::from_millis(elapsed_ms);
        SETTINGS.next_delay(&error, attempts, elapsed, random).map(|delay| delay.as_millis())
    }

    #[test]
    fn given_failures_that_pass_then_the_ceiling_doubles_up_to_its_limit() {
        let at = |attempts, random| delay(AskErrorKind::Overloaded, attempts, 0, random);
        assert_eq!([at(1, 1.0), at(2, 1.0), at(3, 1.0)], [Some(100), Some(200), Some(300)]);
        assert_eq!([at(1, 0.0), at(2, 0.5)], [Some(0), Some(100)]);
    }

    #[test]
    fn given_too_many_attempts_or_no_time_left_then_it_is_given_up() {
        assert_eq!(delay(AskErrorKind::Timeout, 4, 0, 0.5), None);
        assert_eq!(delay(AskErrorKind::Timeout, 1, 4_950, 1.0), None);
        assert_eq!(delay(AskErrorKind::Timeout, 1, 4_900, 1.0), Some(100));
    }

    #[test]
    fn given_a_failure_that_stays_then_it_is_not_retried() {
        for kind in [AskErrorKind::SpendLimit, AskErrorKind::ModelNotFound, AskErrorKind::Refused] {
            assert_eq!(delay(kind, 1, 0, 0.5), None);
        }
    }

    #[test]
    fn given_a_wait_asked_for_then_it_is_kept_in_full_or_given_up() {
        let mut error = AskError::new(AskErrorKind::RateLimited, "x");
        error.retry_after = Some(Duration::from_secs(2));
        let next = |error: &AskError| SETTINGS.next_delay(error, 1, Duration::ZERO, 0.5);
        assert_eq!(next(&error), Some(Duration::from_millis(2_050)));
        error.retry_after = Some(Duration::from_secs(6));
        assert_eq!(next(&error), None);
    }

    #[test]
    fn given_a_random_number_out_of_range_then_nothing_breaks() {
        for random in [f64::NAN, f64::INFINITY, -3.0, 7.0] {
            assert!(delay(AskErrorKind::Timeout, 1, 0, random).is_some_and(|ms| ms <= 100));
        }
    }
}
