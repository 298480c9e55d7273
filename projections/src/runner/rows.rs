//! Rows in memory while events are folded into them.

use std::borrow::Borrow;
use std::collections::{HashMap, HashSet};

use casebook_domain::event::Event;
use casebook_store::{Db, StoreError, Value};

use crate::Recorded;
use crate::columns::Columns;
use crate::read_model::{KeyedRow, ReadModel, RowKey};
use crate::scope::TenantScope;
use crate::sql::rows_by;

struct Held<R> {
    row: R,
    changed: bool,
}

/// Rows of one read model, by key.
pub(crate) struct RowSet<M: ReadModel> {
    rows: HashMap<RowKey, Held<M::Row>>,
    changed: usize,
}

impl<M: ReadModel> Default for RowSet<M> {
    fn default() -> Self {
        Self { rows: HashMap::new(), changed: 0 }
    }
}

/// The keys of the rows that an event touches.
pub(crate) fn touched<M: ReadModel>(
    event: &Recorded<Event>,
) -> impl Iterator<Item = RowKey> + use<'_, M> {
    M::touched(event).into_iter().flatten().map(|id| RowKey::new(&event.tenant, id))
}

impl<M: ReadModel> RowSet<M> {
    /// Number of rows held.
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// Keys of the rows held.
    pub fn keys(&self) -> impl Iterator<Item = &RowKey> {
        self.rows.keys()
    }

    /// Takes a row as it was stored.
    pub fn insert(&mut self, row: M::Row) {
        self.rows.insert(row.key(), Held { row, changed: false });
    }

    /// Lets go of rows by what they hold; only where nothing is taken.
    pub fn retain_rows(&mut self, keep: impl Fn(&M::Row) -> bool) {
        self.rows.retain(|_, held| keep(&held.row));
    }

    /// Whether a row is held.
    pub fn holds(&self, key: &RowKey) -> bool {
        self.rows.contains_key(key)
    }

    /// Reads rows from the table; those it does not have are made when an event touches them.
    pub async fn load(
        &mut self,
        db: &Db,
        table: &str,
        keys: HashSet<RowKey>,
    ) -> Result<(), StoreError> {
        let mut by_tenant: HashMap<String, Vec<uuid::Uuid>> = HashMap::new();
        for key in keys {
            by_tenant.entry(key.tenant).or_default().push(key.id);
        }
        let id_column = M::Row::COLUMNS.get(1).map_or("", |column| column.name);
        for (tenant, ids) in by_tenant {
            let scope = TenantScope::one(tenant);
            let rows: Vec<M::Row> = rows_by(db, table, &scope, id_column, &ids, "").await?;
            let held = rows.into_iter().map(|row| (row.key(), Held { row, changed: false }));
            self.rows.extend(held);
        }
        Ok(())
    }

    /// Folds events until `changed_max` rows have changed; returns how many events were folded.
    pub fn fold<E: Borrow<Recorded<Event>>>(&mut self, events: &[E], changed_max: usize) -> usize {
        for (index, event) in events.iter().map(Borrow::borrow).enumerate() {
            if self.changed >= changed_max {
                return index;
            }
            for key in touched::<M>(event) {
                let held = self
                    .rows
                    .entry(key)
                    .or_insert_with_key(|key| Held { row: M::new_row(key), changed: false });
                M::apply(&mut held.row, event);
                self.changed += usize::from(!held.changed);
                held.changed = true;
            }
        }
        events.len()
    }

    /// The changed rows as values, by key; they count as unchanged from now on.
    pub fn take_changed(&mut self) -> Vec<Vec<Value>> {
        let mut changed: Vec<(&RowKey, &mut Held<M::Row>)> =
            self.rows.iter_mut().filter(|(_, held)| held.changed).collect();
        changed.sort_unstable_by_key(|(key, _)| *key);
        self.changed = 0;
        let take = |held: &mut Held<M::Row>| {
            held.changed = false;
            held.row.values()
        };
        changed.into_iter().map(|(_, held)| take(held)).collect()
    }

    /// All rows as values, by key; each row is let go as it is turned.
    pub fn into_values(self) -> Vec<Vec<Value>> {
        self.into_rows().into_iter().map(|row| row.values()).collect()
    }

    /// Lets go of rows; only before anything is taken.
    pub fn retain(&mut self, keep: impl Fn(&RowKey) -> bool) {
        self.rows.retain(|key, _| keep(key));
    }

    /// All rows, by key.
    pub fn into_rows(self) -> Vec<M::Row> {
        let mut rows: Vec<(RowKey, Held<M::Row>)> = self.rows.into_iter().collect();
        rows.sort_unstable_by(|(one, _), (other, _)| one.cmp(other));
        rows.into_iter().map(|(_, held)| held.row).collect()
    }
}

#[cfg(test)]
#[path = "rows_tests.rs"]
mod tests;
