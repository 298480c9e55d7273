//! What a read model writes: steps of one transaction.

use std::borrow::Cow;

use super::Value;
use crate::StoreError;

/// Steps that are done in order, in one transaction, or not at all.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct WriteBatch {
    /// The steps.
    pub steps: Vec<Step>,
    /// Whether the answer may come before the batch is safe on disk. After a loss of power the
    /// whole batch may be missing, never a part of it, and never while a later append is there:
    /// right for what can be made again from the log, together with its own checkpoint.
    pub relaxed: bool,
}

/// One step of a batch.
#[derive(Clone, Debug, PartialEq)]
pub enum Step {
    /// Runs a statement.
    Execute {
        /// The statement, with parameters `$1`, `$2`, ...
        sql: Cow<'static, str>,
        /// Its parameters.
        params: Vec<Value>,
    },
    /// Runs a statement that must touch exactly `rows` rows, else the batch is refused.
    Expect {
        /// The statement.
        sql: Cow<'static, str>,
        /// Its parameters.
        params: Vec<Value>,
        /// Rows that it must touch.
        rows: u64,
    },
    /// Inserts rows, or replaces the rows with the same key.
    Upsert(Upsert),
    /// Deletes the rows with these keys.
    DeleteKeys {
        /// The table.
        table: Cow<'static, str>,
        /// Columns that make up the key.
        key_columns: Vec<Column>,
        /// Keys, each in the order of the columns; none null.
        rows: Vec<Vec<Value>>,
    },
}

/// Rows to insert or to replace; no key twice.
#[derive(Clone, Debug, PartialEq)]
pub struct Upsert {
    /// The table.
    pub table: Cow<'static, str>,
    /// The columns, those of the key first.
    pub columns: Vec<Column>,
    /// How many of the first columns make up the key.
    pub key_columns: usize,
    /// The rows, each in the order of the columns.
    pub rows: Vec<Vec<Value>>,
}

/// A column with the kind of its values.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Column {
    /// Name of the column.
    pub name: Cow<'static, str>,
    /// Kind of its values; null is always allowed.
    pub kind: Kind,
}

impl Column {
    /// A column of whole numbers.
    pub const fn int(name: &'static str) -> Self {
        Self { name: Cow::Borrowed(name), kind: Kind::Int }
    }

    /// A column of floating-point numbers.
    pub const fn real(name: &'static str) -> Self {
        Self { name: Cow::Borrowed(name), kind: Kind::Real }
    }

    /// A column of text.
    pub const fn text(name: &'static str) -> Self {
        Self { name: Cow::Borrowed(name), kind: Kind::Text }
    }

    /// A column of bytes.
    pub const fn bytes(name: &'static str) -> Self {
        Self { name: Cow::Borrowed(name), kind: Kind::Bytes }
    }
}

/// Kind of the values of a column: `bigint`, `double precision`, `text`, `bytea` on PostgreSQL.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Whole numbers.
    Int,
    /// Floating-point numbers.
    Real,
    /// Text.
    Text,
    /// Raw bytes.
    Bytes,
}

/// What became of a batch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WriteOutcome {
    /// All steps are committed.
    Done,
    /// An [`Step::Expect`] touched another number of rows; nothing was changed.
    Refused {
        /// Index of the step.
        step: usize,
    },
}

impl WriteBatch {
    /// An empty batch.
    pub const fn new() -> Self {
        Self { steps: Vec::new(), relaxed: false }
    }

    /// Adds a statement.
    #[must_use]
    pub fn execute(mut self, sql: impl Into<Cow<'static, str>>, params: Vec<Value>) -> Self {
        self.steps.push(Step::Execute { sql: sql.into(), params });
        self
    }

    /// Adds a statement that must touch exactly `rows` rows.
    #[must_use]
    pub fn expect_rows(
        mut self,
        sql: impl Into<Cow<'static, str>>,
        params: Vec<Value>,
        rows: u64,
    ) -> Self {
        self.steps.push(Step::Expect { sql: sql.into(), params, rows });
        self
    }

    /// Adds rows to insert or replace.
    #[must_use]
    pub fn upsert(mut self, upsert: Upsert) -> Self {
        self.steps.push(Step::Upsert(upsert));
        self
    }

    /// Checks names and the shape of rows, before a database sees them.
    pub(crate) fn check(&self) -> Result<(), StoreError> {
        self.steps.iter().try_for_each(|step| match step {
            Step::Execute { .. } | Step::Expect { .. } => Ok(()),
            Step::Upsert(upsert) => {
                if upsert.key_columns == 0 || upsert.key_columns > upsert.columns.len() {
                    return Err(StoreError::Invalid("an upsert needs columns of a key".into()));
                }
                check_rows(&upsert.table, &upsert.columns, &upsert.rows)
            }
            Step::DeleteKeys { table, key_columns, rows } => {
                if key_columns.is_empty() {
                    return Err(StoreError::Invalid("a delete needs columns of a key".into()));
                }
                check_rows(table, key_columns, rows)
            }
        })
    }
}

fn check_rows(table: &str, columns: &[Column], rows: &[Vec<Value>]) -> Result<(), StoreError> {
    let plain = |name: &str| {
        !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric() || b"_.".contains(&b))
    };
    if !plain(table) || !columns.iter().all(|column| plain(&column.name)) {
        return Err(StoreError::Invalid("names of tables and columns are plain words".into()));
    }
    let fits = |(value, column): (&Value, &Column)| {
        matches!(
            (value, column.kind),
            (Value::Null, _)
                | (Value::Int(_), Kind::Int | Kind::Real)
                | (Value::Real(_), Kind::Real)
                | (Value::Text(_), Kind::Text)
                | (Value::Bytes(_), Kind::Bytes)
        )
    };
    for row in rows {
        if row.len() != columns.len() {
            return Err(StoreError::Invalid(format!("a row for {table} has another length")));
        }
        if let Some((value, column)) = row.iter().zip(columns).find(|pair| !fits(*pair)) {
            let (name, kind) = (&column.name, value.kind());
            return Err(StoreError::Invalid(format!("column {table}.{name} cannot hold {kind}")));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn upsert(key_columns: usize, row: Vec<Value>) -> WriteBatch {
        let columns = vec![Column::text("id"), Column::int("n")];
        let rows = vec![row];
        WriteBatch::new().upsert(Upsert { table: "t".into(), columns, key_columns, rows })
    }

    #[test]
    fn rows_must_fit_their_columns() {
        assert!(upsert(1, vec!["a".into(), 1.into()]).check().is_ok());
        assert!(upsert(1, vec!["a".into(), Value::Null]).check().is_ok());
        assert!(upsert(1, vec!["a".into(), "b".into()]).check().is_err());
        assert!(upsert(1, vec!["a".into()]).check().is_err());
        assert!(upsert(0, vec!["a".into(), 1.into()]).check().is_err());
        assert!(upsert(3, vec!["a".into(), 1.into()]).check().is_err());
    }

    #[test]
    fn names_are_plain_words() {
        let delete = |table: &'static str| WriteBatch {
            steps: vec![Step::DeleteKeys {
                table: table.into(),
                key_columns: vec![Column::int("id")],
                rows: vec![],
            }],
            ..WriteBatch::default()
        };
        assert!(delete("raw_ops.tickets_2").check().is_ok());
        assert!(delete("t; DROP TABLE events").check().is_err());
    }
}
