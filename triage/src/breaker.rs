//! Stops asking a provider that is away, and finds out when it is back.

use casebook_domain::Timestamp;
use serde::{Deserialize, Serialize};

use crate::AskErrorKind;

/// When the breaker opens and how it closes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct BreakerSettings {
    /// Outages in a row that open it.
    pub open_after: u32,
    /// How long it stays open before one probe may pass, in milliseconds.
    pub pause_ms: u32,
    /// After how long a probe without result is given up for lost, in milliseconds.
    pub probe_limit_ms: u32,
}

impl Default for BreakerSettings {
    fn default() -> Self {
        Self { open_after: 5, pause_ms: 30_000, probe_limit_ms: 120_000 }
    }
}

/// Whether a provider may be asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BreakerState {
    /// It is asked; so many outages came in a row.
    Closed {
        /// Outages since the last sign of life.
        outages: u32,
    },
    /// It is not asked before the instant given.
    Open {
        /// When a probe may pass.
        until: Timestamp,
    },
    /// One probe is under way.
    HalfOpen {
        /// When the probe left.
        since: Timestamp,
    },
}

/// What the breaker says to a question.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Permit {
    /// Ask.
    Pass,
    /// Ask; on the result it depends whether others may.
    Probe,
    /// Do not ask before the instant given.
    Refused {
        /// When to try again.
        until: Timestamp,
    },
}

/// A breaker; it reads no clock, so the same calls always lead to the same state.
#[derive(Clone, Debug)]
pub struct Breaker {
    settings: BreakerSettings,
    state: BreakerState,
}

impl Breaker {
    /// A closed breaker.
    pub const fn new(settings: BreakerSettings) -> Self {
        Self { settings, state: BreakerState::Closed { outages: 0 } }
    }

    /// Whether the provider may be asked at present, as it was last known.
    pub const fn state(&self) -> BreakerState {
        self.state
    }

    /// Asks for permission.
    pub fn permit(&mut self, now: Timestamp) -> Permit {
        let waits_until = match self.state {
            BreakerState::Closed { .. } => return Permit::Pass,
            BreakerState::Open { until } => until,
            BreakerState::HalfOpen { since } => after(since, self.settings.probe_limit_ms),
        };
        if now < waits_until {
            return Permit::Refused { until: waits_until };
        }
        self.state = BreakerState::HalfOpen { since: now };
        Permit::Probe
    }

    /// Reports an answer. Answers to questions from before it opened change nothing.
    pub fn succeeded(&mut self, permit: Permit) {
        if permit == Permit::Probe || matches!(self.state, BreakerState::Closed { .. }) {
            self.state = BreakerState::Closed { outages: 0 };
        }
    }

    /// Reports a failure. One that is no outage is a sign of life.
    pub fn failed(&mut self, permit: Permit, kind: AskErrorKind, now: Timestamp) {
        if !kind.is_outage() {
            return self.succeeded(permit);
        }
        let open = BreakerState::Open { until: after(now, self.settings.pause_ms) };
        match (permit, self.state) {
            (Permit::Probe, _) => self.state = open,
            (_, BreakerState::Closed { outages }) => {
                let outages = outages.saturating_add(1);
                let opens = outages >= self.settings.open_after.max(1);
                self.state = if opens { open } else { BreakerState::Closed { outages } };
            }
            (_, BreakerState::Open { .. } | BreakerState::HalfOpen { .. }) => {}
        }
    }
}

fn after(instant: Timestamp, millis: u32) -> Timestamp {
    instant.plus_micros(i64::from(millis) * 1_000)
}

#[cfg(test)]
mod tests {
    use super::*;

    const SETTINGS: BreakerSettings =
        BreakerSettings { open_after: 3, pause_ms: 10_000, probe_limit_ms: 5_000 };

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_seconds(1_800_000_000 + seconds)
    }

    /// A breaker that three outages at second 0 have opened.
    fn opened() -> Breaker {
        let mut breaker = Breaker::new(SETTINGS);
        for _ in 0..3 {
            let permit = breaker.permit(at(0));
            assert_eq!(permit, Permit::Pass);
            breaker.failed(permit, AskErrorKind::Unreachable, at(0));
        }
        breaker
    }

    #[test]
    fn given_outages_in_a_row_then_it_opens_for_the_pause() {
        let mut breaker = opened();
        assert_eq!(breaker.state(), BreakerState::Open { until: at(10) });
        assert_eq!(breaker.permit(at(9)), Permit::Refused { until: at(10) });
    }

    #[test]
    fn given_signs_of_life_between_outages_then_it_stays_closed() {
        let mut breaker = Breaker::new(SETTINGS);
        for kind in [
            AskErrorKind::Timeout,
            AskErrorKind::Overloaded,
            AskErrorKind::BadReply,
            AskErrorKind::ServerError,
            AskErrorKind::ModelNotFound,
            AskErrorKind::RateLimited,
        ] {
            breaker.failed(Permit::Pass, kind, at(0));
        }
        assert_eq!(breaker.state(), BreakerState::Closed { outages: 0 });
    }

    #[test]
    fn given_the_pause_is_over_then_one_probe_passes_and_closes_it() {
        let mut breaker = opened();
        assert_eq!(breaker.permit(at(10)), Permit::Probe);
        assert_eq!(breaker.permit(at(11)), Permit::Refused { until: at(15) });
        breaker.succeeded(Permit::Probe);
        assert_eq!(breaker.permit(at(11)), Permit::Pass);
    }

    #[test]
    fn given_a_probe_that_fails_or_is_lost_then_it_waits_again() {
        let mut breaker = opened();
        assert_eq!(breaker.permit(at(10)), Permit::Probe);
        breaker.failed(Permit::Probe, AskErrorKind::Timeout, at(12));
        assert_eq!(breaker.state(), BreakerState::Open { until: at(22) });
        assert_eq!(breaker.permit(at(22)), Permit::Probe);
        assert_eq!(breaker.permit(at(27)), Permit::Probe);
    }

    #[test]
    fn given_late_results_from_before_it_opened_then_they_change_nothing() {
        let mut breaker = opened();
        breaker.succeeded(Permit::Pass);
        breaker.failed(Permit::Pass, AskErrorKind::Timeout, at(5));
        assert_eq!(breaker.state(), BreakerState::Open { until: at(10) });
    }
}
