//! How sure triage is.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use thiserror::Error;

/// A confidence from 0.00 to 1.00, kept as whole hundredths so that it is the same everywhere.
#[derive(
    Clone,
    Copy,
    Debug,
    Default,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Serialize,
    Deserialize,
    JsonSchema,
)]
#[serde(transparent)]
pub struct Confidence(u8);

/// A number is not a confidence.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("a confidence lies between 0 and 1")]
pub struct InvalidConfidence;

impl Confidence {
    /// Gated and failed decisions: no confidence at all.
    pub const ZERO: Self = Self(0);

    /// Rounds half up to hundredths, as the triage contract asks.
    ///
    /// # Errors
    /// [`InvalidConfidence`] for what lies outside 0 to 1 or is no number.
    pub fn rounded(value: f64) -> Result<Self, InvalidConfidence> {
        if !(0.0..=1.0).contains(&value) {
            return Err(InvalidConfidence);
        }
        // 0.285 is stored as 0.28499..; the tiny addition makes decimal halves round up.
        let hundredths = (value * 100.0 + 0.5 + 1e-9).floor();
        (0..=100).find(|n| f64::from(*n) >= hundredths).map(Self).ok_or(InvalidConfidence)
    }

    /// Whole hundredths, 0 to 100.
    pub const fn hundredths(self) -> u8 {
        self.0
    }

    /// The value, 0.0 to 1.0.
    pub fn value(self) -> f64 {
        f64::from(self.0) / 100.0
    }

    /// Whether it lies below a limit such as a policy's threshold.
    pub fn is_below(self, limit: f64) -> bool {
        self.value() < limit
    }
}

impl fmt::Display for Confidence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:.2}", self.value())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn halves_round_up_and_the_range_is_closed() {
        let rounded = |value| Confidence::rounded(value).map(Confidence::hundredths);
        assert_eq!(rounded(0.285), Ok(29));
        assert_eq!(rounded(0.284_9), Ok(28));
        assert_eq!(rounded(0.0), Ok(0));
        assert_eq!(rounded(1.0), Ok(100));
        assert_eq!(rounded(1.000_1), Err(InvalidConfidence));
        assert_eq!(rounded(-0.1), Err(InvalidConfidence));
        assert_eq!(rounded(f64::NAN), Err(InvalidConfidence));
    }
}
