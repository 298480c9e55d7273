//! How long to wait before a message that lost a race is decided again.
//!
//! Two processes that take in a burst of one person would meet again and again if the loser came
//! back at once. The pauses grow, so that the burst of the other side ends before the patience
//! does, and they differ from message to message.

use std::time::Duration;

use casebook_domain::ids::derive;

/// Doublings after which pauses grow no more.
const DOUBLINGS_MAX: u32 = 10;

/// The pause before attempt number `attempt` (1 is the first repetition) of the message with this
/// digest: a share of `first_ms`, which doubles with each attempt. The share follows from digest
/// and attempt, so the same message pauses the same in every run.
pub(super) fn pause(digest: &str, attempt: u32, first_ms: u32) -> Duration {
    let longest = u64::from(first_ms) << attempt.saturating_sub(1).min(DOUBLINGS_MAX);
    let (_, spread) = derive(&["pause", digest, &attempt.to_string()]).as_u64_pair();
    Duration::from_micros(spread % (longest * 1000 + 1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_differ_and_grow_and_stay_within_their_bound() {
        let mut sums = [0.0; 6];
        for message in 0..200 {
            for attempt in 1..=6_u32 {
                let digest = format!("{message:064x}");
                let paused = pause(&digest, attempt, 10);
                assert!(paused <= Duration::from_millis(10 << (attempt - 1)));
                assert_eq!(paused, pause(&digest, attempt, 10));
                sums[attempt as usize - 1] += paused.as_secs_f64() / 200.0;
            }
        }
        for (index, mean) in sums.iter().enumerate() {
            let middle = 0.005 * f64::from(1 << index);
            assert!((mean / middle - 1.0).abs() < 0.25, "attempt {}: {mean}", index + 1);
        }
    }

    #[test]
    fn no_setting_is_too_large_or_too_small() {
        assert_eq!(pause("a", 1, 0), Duration::ZERO);
        assert!(pause("a", u32::MAX, u32::MAX) <= Duration::from_secs(u64::from(u32::MAX) * 2));
    }
}
