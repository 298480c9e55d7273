//! Reads Casebook's event log through postgres-es and sqlite-es as they are published.
//!
//! A workspace of its own: sqlite-es links another SQLite than Casebook does.

pub mod open;
pub mod read;
pub mod sample;

#[path = "../../src/report.rs"]
pub mod report;
#[path = "../../src/tally.rs"]
pub mod tally;
#[path = "../../src/workload.rs"]
pub mod workload;
