//! Puts statements together: text and parameters grow side by side.

use casebook_store::{Db, Dialect, Row, StoreError, Value};

use crate::columns::{Columns, Field, select_list};
use crate::scope::TenantScope;

/// Identifiers that one statement names; longer lists are asked for in several statements.
const IDS_PER_STATEMENT: usize = 2_000;

/// A statement with its parameters.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Statement {
    sql: String,
    params: Vec<Value>,
}

impl Statement {
    /// Starts with `sql`, which never holds values.
    pub fn new(sql: impl Into<String>) -> Self {
        Self { sql: sql.into(), params: Vec::new() }
    }

    /// Starts a SELECT of all columns of `R` from `table`.
    pub fn select<R: Columns>(table: &str) -> Self {
        Self::new(format!("SELECT {} FROM {table}", select_list::<R>()))
    }

    /// Adds text, which never holds values.
    pub fn push(&mut self, sql: &str) -> &mut Self {
        self.sql.push_str(sql);
        self
    }

    /// Adds a parameter.
    pub fn bind(&mut self, value: impl Into<Value>) -> &mut Self {
        self.params.push(value.into());
        let number = self.params.len();
        self.push(&format!("${number}"))
    }

    /// Adds `column IN (...)`; an empty list matches nothing.
    pub fn push_in<V: Into<Value>>(
        &mut self,
        column: &str,
        values: impl IntoIterator<Item = V>,
    ) -> &mut Self {
        let mut values = values.into_iter();
        let Some(first) = values.next() else { return self.push("1 = 0") };
        self.push(column).push(" IN (").bind(first);
        for value in values {
            self.push(", ").bind(value);
        }
        self.push(")")
    }

    /// Adds `column IN (...)` for any number of identifiers. They travel as one parameter, so that
    /// the statement stays the same and is prepared once.
    pub fn push_in_ids<I: ToString>(
        &mut self,
        dialect: Dialect,
        column: &str,
        ids: &[I],
    ) -> &mut Self {
        let list: Vec<String> = ids.iter().map(ToString::to_string).collect();
        let list = serde_json::Value::from(list).to_string();
        self.push(column).push(" IN (SELECT value FROM ");
        match dialect {
            Dialect::Sqlite => self.push("json_each(").bind(list).push("))"),
            Dialect::Postgres => {
                self.push("json_array_elements_text(").bind(list).push("::text::json))")
            }
        }
    }

    /// Adds a condition that `column` contains `words` as they stand; `LIKE` would see no case on
    /// SQLite. NUL, which no column holds, becomes U+FFFD.
    pub fn push_contains(&mut self, dialect: Dialect, column: &str, words: &str) -> &mut Self {
        let place = match dialect {
            Dialect::Sqlite => "instr",
            Dialect::Postgres => "strpos",
        };
        self.push(place).push("(").push(column).push(", ");
        self.bind(words.replace('\0', "\u{FFFD}")).push(") > 0")
    }

    /// Runs the statement and reads its rows.
    pub async fn rows<R: Columns>(&self, db: &Db) -> Result<Vec<R>, StoreError> {
        self.raw_rows(db).await?.iter().map(R::from_row).collect()
    }

    /// Runs the statement.
    pub async fn raw_rows(&self, db: &Db) -> Result<Vec<Row>, StoreError> {
        db.query(&self.sql, &self.params).await
    }
}

/// Reads all rows of the scope whose `column` is one of `ids`; `tail` ends the statement.
pub(crate) async fn rows_by<R: Columns, I: ToString>(
    db: &Db,
    table: &str,
    scope: &TenantScope,
    column: &str,
    ids: &[I],
    tail: &str,
) -> Result<Vec<R>, StoreError> {
    let mut rows = Vec::new();
    if scope.tenants.is_empty() {
        return Ok(rows);
    }
    for ids in ids.chunks(IDS_PER_STATEMENT) {
        let mut statement = Statement::select::<R>(table);
        statement.push(" WHERE ").push_in("tenant", scope.tenants.iter());
        statement.push(" AND ").push_in_ids(db.dialect(), column, ids);
        statement.push(tail);
        rows.extend(statement.rows::<R>(db).await?);
    }
    Ok(rows)
}

/// Reads `column` of all rows of the scope whose `by` is one of `ids`, in no order.
pub(crate) async fn column_by<F: Field, I: ToString>(
    db: &Db,
    table: &str,
    column: &str,
    scope: &TenantScope,
    by: &str,
    ids: &[I],
) -> Result<Vec<F>, StoreError> {
    let mut values = Vec::new();
    if scope.tenants.is_empty() {
        return Ok(values);
    }
    for ids in ids.chunks(IDS_PER_STATEMENT) {
        let mut statement = Statement::new(format!("SELECT {column} FROM {table} WHERE "));
        statement.push_in("tenant", scope.tenants.iter()).push(" AND ");
        statement.push_in_ids(db.dialect(), by, ids);
        for row in statement.raw_rows(db).await? {
            values.push(F::read(&row, column)?);
        }
    }
    Ok(values)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parameters_are_numbered_in_order() {
        let mut statement = Statement::new("SELECT 1 WHERE ");
        statement.push_in("a", [1_i64, 2]).push(" AND b = ").bind("x");
        assert_eq!(statement.sql, "SELECT 1 WHERE a IN ($1, $2) AND b = $3");
        assert_eq!(statement.params, [Value::Int(1), Value::Int(2), Value::from("x")]);
    }

    #[test]
    fn an_empty_list_matches_nothing() {
        let mut statement = Statement::default();
        statement.push_in("a", Vec::<i64>::new());
        assert_eq!(statement.sql, "1 = 0");
    }
}
