//! Compares one part of a table with the log.

use std::collections::HashMap;

use casebook_store::{Row, Store, StoreError, Value};

use super::digest::digest;
use super::{ModelReport, Problem, place};
use crate::catalog::Generation;
use crate::columns::Columns;
use crate::read_model::{KeyedRow, ReadModel, RowKey};
use crate::runner::{Decoded, RowSet, Skips, decode, filter, off_thread, touched};

/// Events of one page.
const PAGE_EVENTS: usize = 10_000;
/// Values of the last byte of an identifier, by which rows are parted: it is random in every kind
/// of UUID that is used here.
const LAST_BYTES: u64 = 256;

/// Rows whose identifiers end in a byte of this range.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Part {
    from: u8,
    to: u8,
}

impl Part {
    /// Parts that together have every row once.
    pub fn all(count: u64) -> impl Iterator<Item = Self> + use<> {
        let count = count.clamp(1, LAST_BYTES);
        let bound = move |index: u64| u8::try_from(index * LAST_BYTES / count).unwrap_or(u8::MAX);
        (0..count).map(move |index| {
            let to = if index + 1 == count { u8::MAX } else { bound(index + 1) - 1 };
            Self { from: bound(index), to }
        })
    }

    fn has(self, key: &RowKey) -> bool {
        let last = key.id.as_bytes()[15];
        (self.from..=self.to).contains(&last)
    }
}

/// A part of a table at one instant.
pub(super) struct Snapshot {
    /// Position that its rows are as of.
    pub checkpoint: u64,
    /// Hashes of each row's values, in the order of its columns.
    pub rows: HashMap<RowKey, Box<[u64]>>,
}

pub(super) async fn compare<M: ReadModel>(
    store: &Store,
    live: &Generation,
    part: Part,
    report: &mut ModelReport,
) -> Result<(), StoreError> {
    let mut snapshot = snapshot::<M>(store, live, part).await?;
    report.position = snapshot.checkpoint;
    report.rows += snapshot.rows.len() as u64;
    let folded = match fold::<M>(store, part, snapshot.checkpoint).await? {
        Ok(folded) => folded,
        Err(reason) => {
            report.note(Problem::Unreadable { table: live.table.clone(), reason });
            return Ok(());
        }
    };
    for row in folded.into_rows() {
        let key = row.key();
        let found = snapshot.rows.remove(&key);
        let (table, tenant, id) = place(live, key);
        let Some(found) = found else {
            report.note(Problem::MissingRow { table, tenant, id });
            continue;
        };
        let made = digest(&row.values());
        let columns = M::Row::COLUMNS.iter().zip(made.iter().zip(&found));
        for (column, _) in columns.filter(|(_, (made, found))| made != found) {
            let (table, tenant, id) = (table.clone(), tenant.clone(), id.clone());
            report.note(Problem::Column { table, tenant, id, column: column.name });
        }
    }
    let mut extra: Vec<RowKey> = snapshot.rows.into_keys().collect();
    extra.sort_unstable();
    for key in extra {
        let (table, tenant, id) = place(live, key);
        report.note(Problem::ExtraRow { table, tenant, id });
    }
    Ok(())
}

/// Reads a part of the table and the checkpoint by one statement, so both are of one instant.
pub(super) async fn snapshot<M: ReadModel>(
    store: &Store,
    live: &Generation,
    part: Part,
) -> Result<Snapshot, StoreError> {
    let id = M::Row::COLUMNS.get(1).map_or("", |column| column.name);
    let columns: Vec<String> =
        M::Row::COLUMNS.iter().map(|column| format!("part.{}", column.name)).collect();
    let sql = format!(
        "SELECT m.position AS checkpoint, {} FROM read_models AS m LEFT JOIN {} AS part \
         ON substr(part.{id}, 35, 2) >= $3 AND substr(part.{id}, 35, 2) <= $4 \
         WHERE m.name = $1 AND m.generation = $2",
        columns.join(", "),
        live.table
    );
    let params = [
        Value::from(&live.name),
        live.generation.into(),
        format!("{:02x}", part.from).into(),
        format!("{:02x}", part.to).into(),
    ];
    let mut answer = store.db().query(&sql, &params).await?.into_iter().peekable();
    let gone = || StoreError::Database("the generation was replaced".into());
    let checkpoint = answer.peek().ok_or_else(gone)?.uint("checkpoint")?;
    // Without any row, the join answers one line of nulls.
    let has_row = |row: &Row| row.opt_text("tenant").is_ok_and(|tenant| tenant.is_some());
    let mut rows = HashMap::new();
    for row in answer.filter(has_row) {
        let key = RowKey {
            tenant: row.text("tenant")?.to_owned(),
            id: row.text(id)?.parse().map_err(|_| StoreError::Column {
                column: id.to_owned(),
                problem: "is not a UUID",
            })?,
        };
        rows.insert(key, digest(row.values().get(1..).unwrap_or_default()));
    }
    Ok(Snapshot { checkpoint, rows })
}

/// Folds the log from zero up to `checkpoint`, for the rows of a part; the inner error says which
/// event cannot be read.
async fn fold<M: ReadModel>(
    store: &Store,
    part: Part,
    checkpoint: u64,
) -> Result<Result<RowSet<M>, String>, StoreError> {
    let filter = filter::<M>();
    let skips = Skips::load(store.log()).await?;
    let mut rows = RowSet::<M>::default();
    let mut after = 0;
    while after < checkpoint {
        let mut page = store.log().read(after, &filter, PAGE_EVENTS).await?;
        if page.reached <= after {
            break;
        }
        after = page.reached;
        page.events.retain(|event| event.position <= checkpoint);
        let skips = skips.clone();
        let work = move || {
            let Decoded { mut events, unreadable, .. } = decode(page, &skips, M::NAME);
            events.retain(|event| touched::<M>(event).any(|key| part.has(&key)));
            rows.fold(&events, usize::MAX);
            rows.retain(|key| part.has(key));
            (rows, unreadable)
        };
        let Ok((folded, unreadable)) = off_thread(PAGE_EVENTS, work).await else {
            return Err(StoreError::Invalid("the program is being stopped".to_owned()));
        };
        rows = folded;
        if let Some(reason) = unreadable {
            return Ok(Err(reason));
        }
    }
    Ok(Ok(rows))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_have_every_row_once() {
        for count in [0, 1, 2, 3, 7, 100, 256, 9_999] {
            let parts: Vec<Part> = Part::all(count).collect();
            assert_eq!(parts.len() as u64, count.clamp(1, LAST_BYTES));
            assert_eq!((parts[0].from, parts[parts.len() - 1].to), (0, u8::MAX));
            for pair in parts.windows(2) {
                assert_eq!(pair[0].to + 1, pair[1].from);
            }
        }
    }
}
