//! The harness of Casebook's cross-crate tests.
//!
//! [`TestDatabase`] is one empty, migrated database of either kind, with a clock that the test
//! sets. A case is a function over it; [`both_databases!`] makes one test of it for each database.
//! PostgreSQL is started by the harness itself ([`postgres`]); faults come in through a proxy at
//! its port ([`proxy`]); [`child`] runs appenders in processes of their own, to be killed.

pub mod arguments;
pub mod builders;
pub mod cases;
pub mod child;
pub mod database;
pub mod desk;
pub mod fill;
pub mod forms;
pub mod http;
pub mod ids;
pub mod inspect;
pub mod letters;
pub mod mails;
pub mod memory;
pub mod models;
pub mod oracle;
pub mod postgres;
pub mod proxy;
pub mod raw;
pub mod receiver;
pub mod report;
pub mod served;
pub mod smtp;
pub mod tally;
pub mod tenants;
pub mod wait;
pub mod workload;

/// The allocator of the binary, so that benches measure what is run.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

pub use builders::{AppendBuilder, append, event};
pub use database::TestDatabase;
pub use ids::Ids;
pub use raw::Raw;
