//! Confidence thresholds.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Limits on the model's confidence, each between 0 and 1.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Thresholds {
    /// Below this confidence a ticket has medium priority (SOP CS-01, priority calculation).
    pub priority: f64,
    /// Below this confidence people are notified (SOP CS-01, Slack notification).
    pub notify: f64,
    /// From this confidence a reply may leave without review, once autonomy is switched on.
    pub autonomy: f64,
}

impl Default for Thresholds {
    fn default() -> Self {
        Self { priority: 0.70, notify: 0.85, autonomy: 0.90 }
    }
}
