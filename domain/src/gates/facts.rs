//! Facts about the world that gates need beside the text. They are read at a recorded position,
//! passed in and recorded with the verdicts, so that a replay decides the same.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::policy::{ContactRule, CreditRule};
use crate::Timestamp;

/// Money given back to a customer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Credit {
    /// When it was given.
    pub at: Timestamp,
    /// Amount in the currency's minor unit; zero or less is a reversal.
    pub amount_minor: i64,
    /// ISO 4217 code.
    pub currency: String,
    /// Why it was given.
    pub reason: String,
}

/// What was known about the writer when the message came in.
///
/// Instants rather than counts are carried, so that any window of a later policy can be
/// evaluated on the recorded facts (backtests); [`FactWindows`] says how far back to read.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct GateFacts {
    /// The message's own instant: the end of every window.
    pub at: Timestamp,
    /// When the person wrote, this message included; duplicates and automatic mail left out.
    pub contact_times: Vec<Timestamp>,
    /// Credits the person received.
    pub recent_credits: Vec<Credit>,
}

/// How far back the facts of a policy's gates must reach, in days of 24 hours.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct FactWindows {
    /// Longest window of a contact rule; 0 when no gate asks.
    pub contact_days: u32,
    /// Longest window of a credit rule; 0 when no gate asks.
    pub credit_days: u32,
}

impl GateFacts {
    /// Facts about a person who writes for the first time, at `at`.
    pub fn first_contact(at: Timestamp) -> Self {
        Self { at, contact_times: vec![at], recent_credits: Vec::new() }
    }

    /// Whether `time` lies in the window (at - days, at].
    fn in_window(&self, time: Timestamp, days: u32) -> bool {
        time > self.at.minus_days(i64::from(days)) && time <= self.at
    }

    /// Contacts in the window, if they reach the rule's threshold.
    pub(super) fn contacts(&self, rule: ContactRule) -> Option<u32> {
        let times = self.contact_times.iter().filter(|time| self.in_window(**time, rule.days));
        reached(times.count(), rule.at_least)
    }

    /// Credits in the window, if they reach the rule's threshold.
    pub(super) fn credits(&self, rule: CreditRule) -> Option<u32> {
        let credits = self.recent_credits.iter();
        let given = credits.filter(|c| c.amount_minor > 0 && self.in_window(c.at, rule.days));
        reached(given.count(), rule.at_least)
    }
}

fn reached(count: usize, at_least: u32) -> Option<u32> {
    let count = u32::try_from(count).unwrap_or(u32::MAX);
    (count >= at_least).then_some(count)
}
