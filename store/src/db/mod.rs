//! The thin SQL face that read models use: one statement text, two databases.
//!
//! Parameters are `$1`, `$2`, ... on both. A cast behind a parameter (`$1::bigint`) is a cast on
//! PostgreSQL and means nothing on SQLite. Columns of read models are `bigint`, `double precision`,
//! `text` and `bytea` on PostgreSQL (`INTEGER`, `REAL`, `TEXT`, `BLOB` in strict tables on SQLite).

mod batch;
mod count;
mod row;
mod value;

pub use batch::{Column, Kind, Step, Upsert, WriteBatch, WriteOutcome};
pub use count::count_statements;
pub(crate) use count::note_statement;
pub use row::{ColumnRef, Row};
pub use value::Value;

use crate::backend::Backend;
use crate::{Dialect, StoreError};

/// Runs statements for read models. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Db {
    backend: Backend,
}

impl Db {
    pub(crate) const fn new(backend: Backend) -> Self {
        Self { backend }
    }

    /// Which database runs the statements.
    pub const fn dialect(&self) -> Dialect {
        self.backend.dialect()
    }

    /// Runs one reading statement and returns all its rows.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`] when the database cannot be reached or a limit of time is
    /// passed, [`StoreError::Database`] when it refuses the statement.
    pub async fn query(&self, sql: &str, params: &[Value]) -> Result<Vec<Row>, StoreError> {
        note_statement();
        match &self.backend {
            Backend::Sqlite(sqlite) => sqlite.query(sql, params).await,
            Backend::Postgres(postgres) => postgres.query(sql, params).await,
        }
    }

    /// Does all steps of `batch` in one transaction. Dropping the future does not cancel it.
    ///
    /// On SQLite the batch runs on the one writer between appends: keep it short.
    ///
    /// # Errors
    /// [`StoreError::ReadOnly`], [`StoreError::Full`], [`StoreError::Invalid`] for a malformed
    /// batch; after [`StoreError::Unavailable`] the batch may be committed all the same.
    pub async fn write(&self, batch: WriteBatch) -> Result<WriteOutcome, StoreError> {
        batch.check()?;
        match &self.backend {
            Backend::Sqlite(sqlite) => sqlite.write(batch).await,
            Backend::Postgres(postgres) => postgres.write(batch).await,
        }
    }
}
