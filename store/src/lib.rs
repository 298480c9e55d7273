//! The database layer of Casebook: the event log, the tables of read models, blobs and leases.
//!
//! One face, two databases. [`Log`] is the event log with its guarantees, [`Db`] the thin SQL layer
//! that read models use, [`Blobs`] the content-addressed store for everything too large for an
//! event. What differs between SQLite and PostgreSQL lives in one module each.

pub mod aggregates;
mod backend;
pub mod blobs;
pub mod clock;
pub mod db;
mod error;
pub mod leases;
mod limits;
pub mod log;
mod migrate;
mod postgres;
mod settings;
mod sqlite;
mod store;
mod tasks;
pub mod trace;
mod url;

pub use aggregates::{Aggregates, Loaded};
pub use blobs::{BlobError, BlobHash, BlobSettings, Blobs};
pub use clock::{Clock, FakeClock, SystemClock};
pub use db::{
    Column, Db, Kind, Row, Step, Upsert, Value, WriteBatch, WriteOutcome, count_statements,
};
pub use error::StoreError;
pub use leases::{Lease, Leases};
pub use log::{
    Append, AppendError, Appended, Cursor, CursorError, Expected, Filter, KeyClaim, Log, NewBlob,
    NewEvent, Page, RecordedCommand, StoredEvent, StreamId, StreamPart, StreamVersion,
    Subscription, Turn, Write,
};
pub use migrate::MigrationReport;
pub use settings::{Mode, StoreSettings};
pub use store::Store;
pub use url::{DatabaseUrl, Dialect};
