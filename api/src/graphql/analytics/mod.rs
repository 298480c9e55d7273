//! Figures over tickets and triage, and daily snapshots.

mod answer;
mod drafts;
mod figures;
mod input;
mod snapshot;
mod triage;

pub(super) use answer::{Analytics, analytics};
pub(super) use input::{AnalyticsDimension, AnalyticsFilter, AnalyticsRange};
pub(super) use snapshot::{DailySnapshots, daily_snapshots};
