//! Figures over tickets and triage, and daily snapshots.

mod answer;
mod drafts;
mod figures;
mod input;
mod snapshot;
mod triage;

/// Cost of an answer towards the complexity of a query, beside that of its fields.
pub(super) const COST: usize = 1_000;

pub(super) use answer::{Analytics, analytics};
pub(super) use input::{AnalyticsDimension, AnalyticsFilter, AnalyticsRange};
pub(super) use snapshot::{DailySnapshots, daily_snapshots};
