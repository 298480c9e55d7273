//! Compares two generations of one read model, each part of them at one and the same position.

use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash, Hasher};

use casebook_store::{Store, StoreError};

use super::pass::{Part, Snapshot, snapshot};
use super::{PART_ROWS, Problem, place};
use crate::catalog::Generation;
use crate::columns::Columns;
use crate::read_model::{ReadModel, RowKey};

/// Rows that are named one by one.
const PROBLEMS_MAX: usize = 20;

/// How the rows of two generations compare.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Serialize)]
pub struct Comparison {
    /// Position at which the last part of both was compared.
    pub position: u64,
    /// Rows of the new generation.
    pub rows: u64,
    /// Digest over all rows of the old generation, in hex.
    pub digest_before: String,
    /// Digest over all rows of the new one; equal digests mean equal rows.
    pub digest_after: String,
    /// Rows that differ.
    pub differing: u64,
    /// What differs, for the first of them. Names rows by their keys, never by their content.
    pub problems: Vec<Problem>,
}

/// A comparison under way. The order of rows does not count, so parts may come in any.
#[derive(Debug, Default)]
pub(crate) struct Tally {
    found: Comparison,
    before: u64,
    after: u64,
}

/// Parts in which a generation is compared, so that memory stays bounded.
pub(crate) async fn parts(
    store: &Store,
    of: &Generation,
) -> Result<impl Iterator<Item = Part> + use<>, StoreError> {
    let count = format!("SELECT count(*) FROM {}", of.table);
    let rows = store.db().query(&count, &[]).await?;
    let rows = rows.first().map_or(Ok(0), |row| row.uint(0))?;
    Ok(Part::all(rows.div_ceil(PART_ROWS)))
}

/// A part of a generation, at one instant.
pub(crate) async fn part<M: ReadModel>(
    store: &Store,
    of: &Generation,
    part: Part,
) -> Result<PartRows, StoreError> {
    snapshot::<M>(store, of, part).await.map(PartRows)
}

/// The hashed rows of a part.
pub(crate) struct PartRows(Snapshot);

impl PartRows {
    /// Position that the rows are as of.
    pub const fn checkpoint(&self) -> u64 {
        self.0.checkpoint
    }
}

impl Tally {
    /// Takes a part of both generations into account; both are as of one position.
    pub fn compare<M: ReadModel>(&mut self, next: &Generation, old: PartRows, new: PartRows) {
        self.found.position = new.0.checkpoint;
        self.found.rows += new.0.rows.len() as u64;
        let mut old: HashMap<RowKey, Box<[u64]>> = old.0.rows;
        for (key, made) in new.0.rows {
            self.after = self.after.wrapping_add(row_digest(&key, &made));
            match old.remove(&key) {
                Some(found) => {
                    self.before = self.before.wrapping_add(row_digest(&key, &found));
                    if found != made {
                        let columns = M::Row::COLUMNS.iter().zip(made.iter().zip(&found));
                        let column = columns.filter(|(_, (made, found))| made != found);
                        let column = column.map(|(column, _)| column.name).next().unwrap_or("");
                        let (table, tenant, id) = place(next, key);
                        self.note(Problem::Column { table, tenant, id, column });
                    }
                }
                None => {
                    let (table, tenant, id) = place(next, key);
                    self.note(Problem::ExtraRow { table, tenant, id });
                }
            }
        }
        for (key, found) in old {
            self.before = self.before.wrapping_add(row_digest(&key, &found));
            let (table, tenant, id) = place(next, key);
            self.note(Problem::MissingRow { table, tenant, id });
        }
    }

    /// What was found.
    pub fn finish(mut self) -> Comparison {
        self.found.digest_before = format!("{:016x}", self.before);
        self.found.digest_after = format!("{:016x}", self.after);
        self.found
    }

    fn note(&mut self, problem: Problem) {
        self.found.differing += 1;
        if self.found.problems.len() < PROBLEMS_MAX {
            self.found.problems.push(problem);
        }
    }
}

/// A digest of a row: sums of these do not depend on the order of rows.
fn row_digest(key: &RowKey, columns: &[u64]) -> u64 {
    let mut hasher = DefaultHasher::new();
    (&key.tenant, key.id, columns).hash(&mut hasher);
    hasher.finish()
}
