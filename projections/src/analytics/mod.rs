//! The metrics of a support desk, computed from what is measured about tickets and triage.
//!
//! Everything here is pure but [`read`]: [`Cube`] takes facts one by one and gives figures by
//! group. Each metric is defined once, in `docs/metrics.md`; the names there are those of
//! [`Figures::list`].

mod calendar;
mod cube;
mod drafts;
mod figures;
mod list;
mod plan;
mod read;
mod snapshot;
mod spread;
mod tally;
mod triage;

pub use calendar::{Calendar, Period, Unit};
pub use cube::{Analytics, Cube, Group, GroupKey};
pub use drafts::DraftFigures;
pub use figures::{Backlog, Figures, SatisfactionFigures, TicketFigures};
pub use list::{Figure, METRICS, tenth};
pub use plan::{Dimension, Filter, Plan, PlanError, Question, Range};
pub use read::{FactsRead, ReadLimits, received_before, tickets_into, triage_into};
pub use snapshot::{DailySnapshot, Snapshots};
pub use spread::Spread;
pub use triage::{GateFigure, HISTOGRAM_BARS, ModelFigures, TriageFigures, Triaged};

/// Version of the definitions in `docs/metrics.md`; part of every answer. Raised with every change
/// of a definition. Where the change needs other facts, the version of their read model rises, too,
/// and they are built again from the log.
pub const DEFINITION_VERSION: u32 = 2;

/// `part` of `whole`, 0 to 1; `None` of nothing.
pub(crate) fn share(part: u64, whole: u64) -> Option<f64> {
    // Counts stay far below 2^53, so both are exact.
    (whole > 0).then(|| part as f64 / whole as f64)
}
