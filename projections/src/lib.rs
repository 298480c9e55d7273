//! Read models: pure folds of the log, their tables and queries.
//!
//! A read model is a row ([`columns`]), a fold ([`ReadModel`]), a table and its queries, one folder
//! each. Nothing here issues commands, calls the network or reads the clock: the same events make
//! the same rows. Queries read views that bear the read model's name; the tables beneath are built
//! and exchanged behind them.

pub mod analytics;
pub mod audit;
mod catalog;
mod children;
pub mod columns;
pub mod contacts;
pub mod conversations;
pub mod decisions;
mod error;
pub mod export;
pub mod messages;
pub mod notes;
pub mod page;
pub mod read_model;
mod recorded;
pub mod replies;
mod runner;
mod scope;
mod settings;
mod sql;
#[cfg(any(test, feature = "testing"))]
pub mod testing;
pub mod ticket_facts;
pub mod tickets;
mod time_travel;
pub mod triage_facts;
mod verify;
mod views;

pub use catalog::{Generation, State, generations};
pub use error::ProjectionError;
pub use page::{PAGE_ROWS_MAX, Page, Pages, Slice};
pub use read_model::{ReadModel, RowKey};
pub use recorded::{Recorded, metadata};
pub use runner::{
    BuildPhase, BuildStatus, ModelStatus, Projections, RebuildReport, Skips, prepare,
};
pub use scope::TenantScope;
pub use settings::ProjectionSettings;
pub use time_travel::{AsOf, QueueAsOf, shows_open_only};
pub use verify::{Comparison, ModelReport, Problem, verify};
