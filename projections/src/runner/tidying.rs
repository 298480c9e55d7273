//! When tables that could not be dropped are looked at again.

use std::time::{Duration, Instant};

/// When replaced generations that were still in use are looked at again.
#[derive(Debug, Default)]
pub(super) struct Tidying {
    due: Option<Instant>,
    pause: Duration,
}

impl Tidying {
    /// Longest pause between two looks.
    const PAUSE_MAX: Duration = Duration::from_secs(600);

    /// Looks again after `first`, and after each look in vain after twice the time.
    pub fn put_off(&mut self, first: Duration) {
        self.pause = (self.pause * 2).clamp(first.min(Self::PAUSE_MAX), Self::PAUSE_MAX);
        self.due = Some(Instant::now() + self.pause);
    }

    /// Whether it is time; asking ends the wait.
    pub fn is_due(&mut self) -> bool {
        let due = self.due.is_some_and(|due| due <= Instant::now());
        if due {
            self.due = None;
        } else if self.due.is_none() {
            self.pause = Duration::ZERO;
        }
        due
    }
}
