//! Values and parameters on SQLite.

use std::sync::Arc;

use rusqlite::types::{FromSql, FromSqlError, FromSqlResult, ToSql, ToSqlOutput, ValueRef};
use rusqlite::{CachedStatement, Connection, Statement};

use crate::StoreError;
use crate::db::{Row, Value};

impl ToSql for Value {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::Borrowed(match self {
            Self::Null => ValueRef::Null,
            Self::Int(value) => ValueRef::Integer(*value),
            Self::Real(value) => ValueRef::Real(*value),
            Self::Text(value) => ValueRef::Text(value.as_bytes()),
            Self::Bytes(value) => ValueRef::Blob(value),
        }))
    }
}

/// A position or a version: never negative, and in SQLite a signed number.
#[derive(Clone, Copy)]
pub(super) struct Unsigned(pub u64);

impl FromSql for Unsigned {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
        let number = value.as_i64()?;
        u64::try_from(number).map(Self).map_err(|_| FromSqlError::OutOfRange(number))
    }
}

impl ToSql for Unsigned {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        match i64::try_from(self.0) {
            Ok(number) => Ok(number.into()),
            Err(error) => Err(rusqlite::Error::ToSqlConversionFailure(Box::new(error))),
        }
    }
}

/// Runs one statement and collects its rows.
pub(super) fn query(
    conn: &Connection,
    sql: &str,
    params: &[Value],
) -> Result<Vec<Row>, StoreError> {
    let mut statement = bound(conn, sql, params)?;
    let columns: Arc<[String]> =
        statement.column_names().into_iter().map(String::from).collect::<Vec<_>>().into();
    let mut rows = statement.raw_query();
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        let values = (0..columns.len())
            .map(|index| value(row.get_ref(index)?))
            .collect::<Result<Vec<_>, StoreError>>()?;
        found.push(Row::new(Arc::clone(&columns), values));
    }
    Ok(found)
}

/// Runs one statement and tells how many rows it touched.
pub(super) fn execute(conn: &Connection, sql: &str, params: &[Value]) -> Result<u64, StoreError> {
    let mut statement = bound(conn, sql, params)?;
    if statement.column_count() > 0 {
        let mut rows = statement.raw_query();
        let mut count = 0;
        while rows.next()?.is_some() {
            count += 1;
        }
        return Ok(count);
    }
    Ok(statement.raw_execute()? as u64)
}

fn bound<'c>(
    conn: &'c Connection,
    sql: &str,
    params: &[Value],
) -> Result<CachedStatement<'c>, StoreError> {
    let mut statement = conn.prepare_cached(sql)?;
    for index in 1..=statement.parameter_count() {
        let number = parameter_number(&statement, index)?;
        let value = params.get(number - 1).ok_or_else(|| {
            StoreError::Invalid(format!("a statement has parameter ${number} but no value for it"))
        })?;
        statement.raw_bind_parameter(index, value)?;
    }
    Ok(statement)
}

/// SQLite numbers `$2` by first use, not by its name; a cast behind it is part of the name.
fn parameter_number(statement: &Statement<'_>, index: usize) -> Result<usize, StoreError> {
    let Some(name) = statement.parameter_name(index) else { return Ok(index) };
    let digits: &str = name.get(1..).unwrap_or_default();
    let end = digits.bytes().position(|b| !b.is_ascii_digit()).unwrap_or(digits.len());
    digits[..end]
        .parse()
        .ok()
        .filter(|number| *number > 0)
        .ok_or_else(|| StoreError::Invalid("parameters are written $1, $2, ...".into()))
}

fn value(value: ValueRef<'_>) -> Result<Value, StoreError> {
    Ok(match value {
        ValueRef::Null => Value::Null,
        ValueRef::Integer(value) => Value::Int(value),
        ValueRef::Real(value) => Value::Real(value),
        ValueRef::Text(bytes) => {
            let text = std::str::from_utf8(bytes)
                .map_err(|_| StoreError::database("a text column does not hold UTF-8"))?;
            Value::Text(text.to_owned())
        }
        ValueRef::Blob(bytes) => Value::Bytes(bytes.to_owned()),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parameters_are_bound_by_their_number() {
        let conn = Connection::open_in_memory().expect("open");
        let sql = "SELECT $2::text AS b, $1::bigint AS a, $2 AS c, $3";
        let params = [Value::Int(1), Value::Text("two".into()), Value::Null];
        let rows = query(&conn, sql, &params).expect("query");
        assert_eq!(rows[0].int("a").expect("a"), 1);
        assert_eq!(rows[0].text("b").expect("b"), "two");
        assert_eq!(rows[0].text("c").expect("c"), "two");
        assert_eq!(rows[0].values()[3], Value::Null);
        assert!(matches!(query(&conn, sql, &params[..2]), Err(StoreError::Invalid(_))));
    }

    #[test]
    fn all_kinds_survive() {
        let conn = Connection::open_in_memory().expect("open");
        let params: [Value; 4] =
            [Value::Real(0.25), Value::Bytes(vec![0, 255]), "ä".into(), i64::MIN.into()];
        let rows = query(&conn, "SELECT $1, $2, $3, $4", &params).expect("query");
        assert_eq!(rows[0].values(), params);
    }
}
