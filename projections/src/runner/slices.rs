//! Writes rows and checkpoint in slices that keep the one writer of SQLite free for appends.

use std::borrow::Cow;
use std::time::{Duration, Instant};

use casebook_store::{Column, Db, Dialect, Step, Upsert, Value, WriteBatch, WriteOutcome};

use crate::catalog::{Catalog, Generation};
use crate::columns::Columns;
use crate::read_model::KEY_COLUMNS;
use crate::{ProjectionError, ProjectionSettings};

/// Fewest rows of a slice: below this the commit costs more than the rows.
const ROWS_MIN: usize = 20;
/// Rows of the first slice on SQLite, before any was measured.
const ROWS_FIRST: usize = 200;

/// Writes slices and learns how many rows fit into the time that one may take.
#[derive(Clone, Debug)]
pub(crate) struct Slices {
    db: Db,
    catalog: Catalog,
    rows: usize,
    rows_max: usize,
    time_max: Duration,
}

impl Slices {
    pub fn new(db: Db, settings: &ProjectionSettings) -> Self {
        let rows_max = settings.slice_rows_max.max(ROWS_MIN);
        let rows = match db.dialect() {
            Dialect::Sqlite => ROWS_FIRST.min(rows_max),
            Dialect::Postgres => rows_max,
        };
        let catalog = Catalog::new(db.clone());
        let time_max = Duration::from_millis(settings.slice_ms_max.max(1));
        Self { db, catalog, rows, rows_max, time_max }
    }

    /// Rows that the next slice should have.
    pub const fn rows(&self) -> usize {
        self.rows
    }

    /// Writes rows and moves the checkpoint to `to`, in one transaction.
    pub async fn write<R: Columns>(
        &mut self,
        of: &mut Generation,
        rows: Vec<Vec<Value>>,
        to: u64,
    ) -> Result<(), ProjectionError> {
        let mut batch = WriteBatch::new();
        let count = rows.len();
        if count > 0 {
            batch = batch.upsert(upsert::<R>(of, rows));
        }
        batch.steps.push(self.catalog.checkpoint(of, to));
        self.commit(of, batch, count).await?;
        of.position = to;
        Ok(())
    }

    /// Writes rows into a generation that nobody sees yet; its checkpoint stays.
    pub async fn write_hidden<R: Columns>(
        &mut self,
        of: &Generation,
        rows: Vec<Vec<Value>>,
    ) -> Result<(), ProjectionError> {
        let mut rows = rows.into_iter().peekable();
        while rows.peek().is_some() {
            let slice: Vec<Vec<Value>> = rows.by_ref().take(self.rows).collect();
            let count = slice.len();
            let fence: Step = self.catalog.checkpoint(of, of.position);
            let steps = vec![fence, Step::Upsert(upsert::<R>(of, slice))];
            let batch = WriteBatch { steps, ..WriteBatch::default() };
            self.commit(of, batch, count).await?;
        }
        Ok(())
    }

    async fn commit(
        &mut self,
        of: &Generation,
        mut batch: WriteBatch,
        rows: usize,
    ) -> Result<(), ProjectionError> {
        // Rows and checkpoint are of one transaction: what a loss of power takes, it takes whole,
        // and it is folded again.
        batch.relaxed = true;
        let begun = Instant::now();
        match self.db.write(batch).await? {
            WriteOutcome::Done => {
                self.learn(rows, begun.elapsed());
                Ok(())
            }
            WriteOutcome::Refused { .. } => {
                Err(ProjectionError::TakenOver { name: of.name.clone() })
            }
        }
    }

    /// The time includes the wait for appends before this slice, so slices shrink under load.
    fn learn(&mut self, rows: usize, took: Duration) {
        if self.db.dialect() == Dialect::Postgres {
            return;
        }
        self.rows = next_size(self.rows, rows, took, self.time_max).min(self.rows_max);
    }
}

/// Rows for the next slice, after one of `rows` rows took `took`.
fn next_size(size: usize, rows: usize, took: Duration, time_max: Duration) -> usize {
    if took > time_max {
        (size / 2).max(ROWS_MIN)
    } else if rows >= size && took < time_max / 2 {
        size + size / 4
    } else {
        size
    }
}

fn upsert<R: Columns>(of: &Generation, rows: Vec<Vec<Value>>) -> Upsert {
    let columns: Vec<Column> = R::COLUMNS.iter().map(|column| column.to_store()).collect();
    Upsert { table: Cow::Owned(of.table.clone()), columns, key_columns: KEY_COLUMNS, rows }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slices_shrink_at_once_and_grow_when_they_were_full_and_fast() {
        let ms = Duration::from_millis;
        assert_eq!(next_size(400, 400, ms(30), ms(20)), 200);
        assert_eq!(next_size(400, 400, ms(5), ms(20)), 500);
        assert_eq!(next_size(400, 100, ms(5), ms(20)), 400);
        assert_eq!(next_size(400, 400, ms(15), ms(20)), 400);
        assert_eq!(next_size(ROWS_MIN, ROWS_MIN, ms(90), ms(20)), ROWS_MIN);
    }
}
