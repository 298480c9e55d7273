//! How long a writer waits for a batch to fill.
//!
//! Callers that were just answered come back within microseconds. A writer that commits the first
//! one alone makes all others wait for two commits instead of one. So it waits until as many came
//! as last time, but never longer than a fraction of what a commit costs; a lone caller never
//! waits at all.

use std::time::{Duration, Instant};

/// The wait is at most the time of the last commit divided by this.
const SHARE: u32 = 4;
/// Longest wait, however slow the disk.
const WAIT_MAX: Duration = Duration::from_millis(2);

/// What the last commit tells about the next.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Gather {
    appends: usize,
    wait: Duration,
}

impl Gather {
    /// Notes a commit of `appends` appends that took `took`.
    pub fn note(&mut self, appends: usize, took: Duration) {
        *self = Self { appends, wait: (took / SHARE).min(WAIT_MAX) };
    }

    /// Whether a writer that began to gather at `since` and has `taken` should wait for more.
    pub fn wants_more(&self, taken: usize, since: Instant) -> bool {
        taken < self.appends && since.elapsed() < self.wait
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lone_caller_never_waits() {
        let mut gather = Gather::default();
        assert!(!gather.wants_more(1, Instant::now()));
        gather.note(1, Duration::from_secs(1));
        assert!(!gather.wants_more(1, Instant::now()));
    }

    #[test]
    fn many_callers_are_waited_for_but_not_long() {
        let mut gather = Gather::default();
        gather.note(32, Duration::from_secs(1));
        let now = Instant::now();
        assert!(gather.wants_more(31, now));
        assert!(!gather.wants_more(32, now));
        if let Some(earlier) = now.checked_sub(WAIT_MAX) {
            assert!(!gather.wants_more(1, earlier));
        }
        gather.note(32, Duration::ZERO);
        assert!(!gather.wants_more(1, now));
    }
}
