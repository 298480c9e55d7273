//! Rows of read models as cells, for taking them out: page by page in the order of their keys, with
//! what tells something about a person left out unless it is asked for.

mod cell;
mod open;

pub use cell::Cell;

use casebook_store::{Db, StoreError};
use serde::Serialize;

use crate::catalog::Catalog;
use crate::columns::{ColumnSpec, Columns};
use crate::contacts::Contacts;
use crate::conversations::Conversations;
use crate::decisions::Decisions;
use crate::messages::Messages;
use crate::notes::Notes;
use crate::read_model::{KeyedRow, ReadModel, RowKey};
use crate::sql::Statement;
use crate::tickets::Tickets;

/// A read model whose rows can be taken out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Table {
    /// Tickets and set-aside messages.
    Tickets,
    /// Conversations.
    Conversations,
    /// Messages.
    Messages,
    /// Decisions.
    Decisions,
    /// Contacts.
    Contacts,
    /// Notes.
    Notes,
}

/// Asks the read model that a table stands for.
macro_rules! ask {
    ($table:expr, $function:ident $arguments:tt $($then:tt)*) => {
        match $table {
            Table::Tickets => $function::<Tickets> $arguments $($then)*,
            Table::Conversations => $function::<Conversations> $arguments $($then)*,
            Table::Messages => $function::<Messages> $arguments $($then)*,
            Table::Decisions => $function::<Decisions> $arguments $($then)*,
            Table::Contacts => $function::<Contacts> $arguments $($then)*,
            Table::Notes => $function::<Notes> $arguments $($then)*,
        }
    };
}

/// Which rows of a table.
#[derive(Clone, Debug, Default)]
pub struct RowSlice {
    /// Only this tenant's.
    pub tenant: Option<String>,
    /// Those whose keys come after this one.
    pub after: Option<RowKey>,
    /// How many at most.
    pub limit: usize,
    /// Whether personal data is among them.
    pub personal: bool,
}

/// One row of any read model.
#[derive(Clone, Debug, PartialEq)]
pub struct ExportedRow {
    /// Its key.
    pub key: RowKey,
    /// Its cells, in the order of [`Table::columns`].
    pub cells: Vec<Cell>,
}

impl Table {
    /// All tables.
    pub const ALL: [Self; 6] = [
        Self::Tickets,
        Self::Conversations,
        Self::Messages,
        Self::Decisions,
        Self::Contacts,
        Self::Notes,
    ];

    /// The name of the read model.
    pub fn name(self) -> &'static str {
        ask!(self, name_of())
    }

    /// The names of its columns.
    pub fn columns(self) -> Vec<&'static str> {
        ask!(self, specs_of()).iter().map(|column| column.name).collect()
    }

    /// The columns that tell nothing about a person.
    pub const fn open_columns(self) -> &'static [&'static str] {
        open::columns(self)
    }
}

fn name_of<M: ReadModel>() -> &'static str {
    M::NAME
}

fn specs_of<M: ReadModel>() -> &'static [ColumnSpec] {
    M::Row::COLUMNS
}

/// The position up to which a table shows the log; `None` where there is no such table, or one
/// that another version of the program made.
///
/// # Errors
/// [`StoreError`] when the database cannot answer; the same for [`rows`].
pub async fn position(db: &Db, table: Table) -> Result<Option<u64>, StoreError> {
    ask!(table, live(db).await)
}

async fn live<M: ReadModel>(db: &Db) -> Result<Option<u64>, StoreError> {
    let catalog = Catalog::new(db.clone());
    if !catalog.exists().await? {
        return Ok(None);
    }
    let live = catalog.live(M::NAME).await?.filter(|live| live.version == M::VERSION);
    Ok(live.map(|live| live.position))
}

/// Rows of a table in the order of tenant and identifier.
pub async fn rows(db: &Db, table: Table, slice: &RowSlice) -> Result<Vec<ExportedRow>, StoreError> {
    ask!(table, page(db, table, slice).await)
}

async fn page<M: ReadModel>(
    db: &Db,
    table: Table,
    slice: &RowSlice,
) -> Result<Vec<ExportedRow>, StoreError>
where
    M::Row: Serialize,
{
    let id = M::Row::COLUMNS.get(1).map_or("", |column| column.name);
    let mut statement = Statement::select::<M::Row>(M::NAME);
    statement.push(" WHERE 1 = 1");
    if let Some(tenant) = &slice.tenant {
        statement.push(" AND tenant = ").bind(tenant);
    }
    if let Some(after) = &slice.after {
        statement.push(" AND (tenant, ").push(id).push(") > (");
        statement.bind(&after.tenant).push(", ").bind(after.id.to_string()).push(")");
    }
    statement.push(" ORDER BY tenant, ").push(id).push(" LIMIT ").bind(slice.limit);
    let rows = statement.rows::<M::Row>(db).await?;
    let open = (!slice.personal).then(|| table.open_columns());
    Ok(rows.iter().map(|row| ExportedRow { key: row.key(), cells: cells(row, open) }).collect())
}

/// The cells of a row; where only `open` columns are asked for, the others are empty.
fn cells<R: Columns + Serialize>(row: &R, open: Option<&[&str]>) -> Vec<Cell> {
    let mut fields = match serde_json::to_value(row) {
        Ok(serde_json::Value::Object(fields)) => fields,
        // Rows are structs of plain fields.
        _ => serde_json::Map::new(),
    };
    let cell = |column: &ColumnSpec| {
        let value = fields.remove(column.name).unwrap_or_default();
        match open {
            None => Cell::of(value),
            Some(open) if open.contains(&column.name) => Cell::without_personal(value),
            Some(_) => Cell::Null,
        }
    };
    R::COLUMNS.iter().map(cell).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Columns that are known to tell something about a person. A new column is either here or
    /// open, by somebody's decision.
    const PERSONAL: [(Table, &[&str]); 6] = [
        (
            Table::Tickets,
            &[
                "escalation_reason",
                "draft",
                "subject",
                "customer_email",
                "customer_name",
                "preview",
                "search",
                "email_message_id",
                "dedupe_key",
            ],
        ),
        (Table::Conversations, &["subject"]),
        (
            Table::Messages,
            &[
                "sender",
                "recipients",
                "copies",
                "reply_to",
                "subject",
                "text",
                "new_text",
                "signature",
                "attachments",
                "external_id",
                "forward_to",
                "bounce_report",
            ],
        ),
        (
            Table::Decisions,
            &[
                "escalation_reason",
                "draft_response",
                "suggested_subject",
                "customer_name",
                "dedupe_key",
            ],
        ),
        (Table::Contacts, &["address", "name", "written_name", "context"]),
        (Table::Notes, &["text"]),
    ];

    #[test]
    fn every_column_is_open_or_personal() {
        for (table, personal) in PERSONAL {
            let open = table.open_columns();
            let closed: Vec<&str> =
                table.columns().into_iter().filter(|column| !open.contains(column)).collect();
            assert_eq!(closed, personal, "{}", table.name());
            let known = table.columns();
            assert!(open.iter().all(|column| known.contains(column)), "{}", table.name());
        }
        assert_eq!(PERSONAL.map(|(table, _)| table), Table::ALL);
    }
}
