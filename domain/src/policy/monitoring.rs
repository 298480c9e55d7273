//! When the health of support is worth an alert (SOP CS-01, "Active Checks and Thresholds").

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Limits of the health checks. Every field carries its unit.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Monitoring {
    /// Time between two checks, in minutes.
    pub check_every_minutes: u32,
    /// More open tickets than this are a warning.
    pub open_tickets_warning: u32,
    /// A pending ticket older than this is a warning, in hours.
    pub oldest_pending_warning_hours: u32,
    /// A pending ticket older than this is critical, in hours.
    pub oldest_pending_critical_hours: u32,
    /// A share of gated tickets above this is a warning, between 0 and 1.
    pub gate_rate_warning: f64,
    /// A share of low-confidence tickets above this is a warning, between 0 and 1.
    pub low_confidence_rate_warning: f64,
    /// Window over which both shares are taken, in minutes.
    pub rate_window_minutes: u32,
    /// Shares over fewer tickets than this are not judged.
    pub rate_min_tickets: u32,
    /// No new ticket for this long in business hours is critical, in hours.
    pub silence_critical_hours: u32,
    /// When silence counts.
    pub business_hours: BusinessHours,
}

impl Default for Monitoring {
    fn default() -> Self {
        Self {
            check_every_minutes: 15,
            open_tickets_warning: 20,
            oldest_pending_warning_hours: 24,
            oldest_pending_critical_hours: 48,
            gate_rate_warning: 0.20,
            low_confidence_rate_warning: 0.30,
            rate_window_minutes: 60,
            rate_min_tickets: 5,
            silence_critical_hours: 8,
            business_hours: BusinessHours::default(),
        }
    }
}

/// Working hours in UTC, from the beginning of one hour to the beginning of another.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct BusinessHours {
    /// Working days.
    pub days: Vec<Weekday>,
    /// First hour, UTC, 0 to 23.
    pub from_utc_hour: u8,
    /// Hour at which work ends, UTC, 1 to 24.
    pub to_utc_hour: u8,
}

impl Default for BusinessHours {
    fn default() -> Self {
        use Weekday::{Fri, Mon, Thu, Tue, Wed};
        Self { days: vec![Mon, Tue, Wed, Thu, Fri], from_utc_hour: 8, to_utc_hour: 20 }
    }
}

/// A day of the week.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Weekday {
    /// Monday.
    Mon,
    /// Tuesday.
    Tue,
    /// Wednesday.
    Wed,
    /// Thursday.
    Thu,
    /// Friday.
    Fri,
    /// Saturday.
    Sat,
    /// Sunday.
    Sun,
}
