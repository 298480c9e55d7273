//! Stored row sets: the open tickets as they stood at some positions.
//!
//! A set is complete once its head is there; rows are written before. Sets follow from the log
//! alone, whatever became of the live read model meanwhile, and can be thrown away.

use std::borrow::Cow;

use casebook_store::{
    Column, Db, Dialect, Row, StoreError, Upsert, Value, WriteBatch, WriteOutcome,
};

use crate::ProjectionError;
use crate::catalog::{definitions, hidden};
use crate::columns::{Columns, select_list};
use crate::read_model::ReadModel;
use crate::runner::Leadership;
use crate::scope::TenantScope;
use crate::sql::Statement;
use crate::tickets::{TicketRow, Tickets};

/// Rows of one write, so that the one writer of SQLite is not kept for long.
const SLICE_ROWS: usize = 200;

/// A set that is there as a whole.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Head {
    /// Position that its rows are as of; 0 is the empty set before the first event.
    pub position: u64,
    /// Number of its rows.
    pub rows: u64,
}

/// The tables of the sets.
#[derive(Clone, Debug)]
pub(super) struct Sets {
    db: Db,
}

/// Name of the table for the present form of the rows.
fn table() -> String {
    format!("{}_sets_{}", Tickets::NAME, Tickets::VERSION)
}

impl Sets {
    pub const fn new(db: Db) -> Self {
        Self { db }
    }

    /// Makes the tables that are missing, and drops those of other versions.
    pub async fn prepare(&self) -> Result<(), StoreError> {
        let dialect = self.db.dialect();
        let strict = if dialect == Dialect::Sqlite { " STRICT" } else { "" };
        let (int, text) = match dialect {
            Dialect::Sqlite => ("INTEGER", "TEXT"),
            Dialect::Postgres => ("bigint", "text"),
        };
        let columns = definitions::<TicketRow>(dialect).join(", ");
        let mut tables = vec![
            format!(
                "CREATE TABLE IF NOT EXISTS row_sets (table_name {text} NOT NULL, \
                 position {int} NOT NULL, row_count {int} NOT NULL, \
                 PRIMARY KEY (table_name, position)){strict}"
            ),
            format!(
                "CREATE TABLE IF NOT EXISTS {} (set_position {int} NOT NULL, {columns}, \
                 PRIMARY KEY (set_position, tenant, ticket_id)){strict}",
                table()
            ),
        ];
        if dialect == Dialect::Postgres {
            // Without policies, only the owner and roles that bypass row security see anything.
            // Where it is so already, no lock is taken that questions would wait behind.
            for name in ["row_sets".to_owned(), table()] {
                tables.push(hidden(&name));
            }
        }
        self.execute(tables).await?;
        let others = "SELECT DISTINCT table_name FROM row_sets WHERE table_name <> $1";
        for row in self.db.query(others, &[table().into()]).await? {
            let name = row.text("table_name")?;
            let drop = WriteBatch::new()
                .execute(format!("DROP TABLE IF EXISTS {name}"), vec![])
                .execute("DELETE FROM row_sets WHERE table_name = $1", vec![name.into()]);
            self.db.write(drop).await?;
        }
        Ok(())
    }

    async fn execute(&self, statements: Vec<String>) -> Result<(), StoreError> {
        let batch =
            statements.into_iter().fold(WriteBatch::new(), |batch, sql| batch.execute(sql, vec![]));
        self.db.write(batch).await.map(drop)
    }

    /// The newest complete set at or below a position; the empty one when there is none.
    pub async fn newest(&self, position: u64) -> Result<Head, StoreError> {
        let sql = "SELECT position, row_count FROM row_sets WHERE table_name = $1 \
                   AND position <= $2 ORDER BY position DESC LIMIT 1";
        let rows = self.db.query(sql, &[table().into(), position.into()]).await?;
        let head =
            |row: &Row| Ok(Head { position: row.uint("position")?, rows: row.uint("row_count")? });
        rows.first().map_or(Ok(Head::default()), head)
    }

    /// The rows of a set; of all tenants without a scope.
    pub async fn load(
        &self,
        head: Head,
        scope: Option<&TenantScope>,
    ) -> Result<Vec<TicketRow>, StoreError> {
        if head.rows == 0 {
            return Ok(Vec::new());
        }
        let columns = select_list::<TicketRow>();
        let mut statement =
            Statement::new(format!("SELECT {columns} FROM {} WHERE set_position = ", table()));
        statement.bind(head.position);
        if let Some(scope) = scope {
            statement.push(" AND ").push_in("tenant", scope.tenants.iter());
        }
        statement.rows::<TicketRow>(&self.db).await
    }

    /// Drops all sets behind `position`, and what an interrupted attempt left of one.
    ///
    /// # Errors
    /// [`ProjectionError::TakenOver`] when another process may record now.
    pub async fn forget_behind(
        &self,
        by: &Leadership,
        position: u64,
    ) -> Result<(), ProjectionError> {
        let rows = format!("DELETE FROM {} WHERE set_position > $1", table());
        let heads = "DELETE FROM row_sets WHERE table_name = $1 AND position > $2";
        let batch = WriteBatch::new()
            .execute(heads, vec![table().into(), position.into()])
            .execute(rows, vec![position.into()]);
        self.write(by, batch).await
    }

    /// Stores a set as of `position`; `after` is the newest one before it. What an interrupted
    /// attempt left goes. Each write is refused once another process may record: a set is whole
    /// or has no head.
    ///
    /// # Errors
    /// [`ProjectionError::TakenOver`] when another process may record now.
    pub async fn store(
        &self,
        by: &Leadership,
        (after, position): (Head, u64),
        rows: &[TicketRow],
    ) -> Result<(), ProjectionError> {
        self.forget_behind(by, after.position).await?;
        let mut columns = vec![Column::int("set_position")];
        columns.extend(TicketRow::COLUMNS.iter().map(|column| column.to_store()));
        for rows in rows.chunks(SLICE_ROWS) {
            let values = |row: &TicketRow| {
                let mut values = vec![Value::from(position)];
                values.extend(row.values());
                values
            };
            let upsert = Upsert {
                table: Cow::Owned(table()),
                columns: columns.clone(),
                key_columns: 3,
                rows: rows.iter().map(values).collect(),
            };
            self.write(by, WriteBatch::new().upsert(upsert)).await?;
        }
        let head = "INSERT INTO row_sets (table_name, position, row_count) VALUES ($1, $2, $3) \
                    ON CONFLICT (table_name, position) DO NOTHING";
        let params = vec![table().into(), position.into(), rows.len().into()];
        self.write(by, WriteBatch::new().execute(head, params)).await
    }

    async fn write(&self, by: &Leadership, batch: WriteBatch) -> Result<(), ProjectionError> {
        let mut batch = by.fenced(batch)?;
        // What a loss of power takes is made again from the log.
        batch.relaxed = true;
        match self.db.write(batch).await? {
            WriteOutcome::Done => Ok(()),
            WriteOutcome::Refused { .. } => Err(by.taken_over()),
        }
    }
}
