//! Values, parameters and rows on PostgreSQL.

use std::borrow::Cow;
use std::fmt::Write;
use std::sync::Arc;

use sqlx::encode::IsNull;
use sqlx::error::BoxDynError;
use sqlx::postgres::types::Oid;
use sqlx::postgres::{PgArgumentBuffer, PgArguments, PgRow, PgTypeInfo, Postgres};
use sqlx::{Arguments, Column, Encode, Row as _, Type, TypeInfo, ValueRef};
use uuid::Uuid;

use crate::StoreError;
use crate::db::{Row, Value};

/// Microseconds from 1970 to 2000, where PostgreSQL's clock begins.
const EPOCH_2000: i64 = 946_684_800_000_000;

/// A null whose type the server finds out by itself.
struct Null;

impl Type<Postgres> for Null {
    fn type_info() -> PgTypeInfo {
        PgTypeInfo::with_oid(Oid(0))
    }
}

impl Encode<'_, Postgres> for Null {
    fn encode_by_ref(&self, _buffer: &mut PgArgumentBuffer) -> Result<IsNull, BoxDynError> {
        Ok(IsNull::Yes)
    }
}

/// The parameters of a statement.
pub(super) fn arguments(params: &[Value]) -> Result<PgArguments, StoreError> {
    let mut arguments = PgArguments::default();
    for value in params {
        match value {
            Value::Null => arguments.add(Null),
            Value::Int(value) => arguments.add(value),
            Value::Real(value) => arguments.add(value),
            Value::Text(value) => arguments.add(value),
            Value::Bytes(value) => arguments.add(value),
        }
        .map_err(|_| StoreError::Invalid("a parameter cannot be sent".into()))?;
    }
    Ok(arguments)
}

/// The statement's text. The driver keeps prepared statements by their text, with the types of
/// their first use; nulls leave types open, so they make it another text.
pub(super) fn text<'s>(sql: &'s str, params: &[Value]) -> Cow<'s, str> {
    if !params.contains(&Value::Null) {
        return Cow::Borrowed(sql);
    }
    let mut text = format!("{sql}\n--");
    for (index, value) in params.iter().enumerate() {
        if *value == Value::Null {
            // Writing to a string cannot fail.
            let _ok = write!(text, " {}", index + 1);
        }
    }
    Cow::Owned(text)
}

/// The rows of an answer.
pub(super) fn rows(found: &[PgRow]) -> Result<Vec<Row>, StoreError> {
    let Some(first) = found.first() else { return Ok(vec![]) };
    let columns: Arc<[String]> =
        first.columns().iter().map(|column| column.name().to_owned()).collect();
    found
        .iter()
        .map(|row| {
            let values = (0..columns.len())
                .map(|index| value(row, index, &columns[index]))
                .collect::<Result<Vec<_>, StoreError>>()?;
            Ok(Row::new(Arc::clone(&columns), values))
        })
        .collect()
}

fn value(row: &PgRow, index: usize, column: &str) -> Result<Value, StoreError> {
    let raw = row.try_get_raw(index)?;
    if raw.is_null() {
        return Ok(Value::Null);
    }
    let kind = raw.type_info().name().to_owned();
    let problem = |problem| StoreError::Column { column: column.to_owned(), problem };
    let bytes = raw.as_bytes().map_err(|_| problem("cannot be read"))?;
    decode(&kind, bytes).ok_or_else(|| {
        problem("has a type that is not read; cast it to bigint, double precision, text or bytea")
    })
}

/// Reads the binary form of the types that statements return.
fn decode(kind: &str, bytes: &[u8]) -> Option<Value> {
    let text = |bytes: &[u8]| std::str::from_utf8(bytes).ok().map(|t| Value::Text(t.to_owned()));
    match kind {
        "INT8" => Some(Value::Int(i64::from_be_bytes(bytes.try_into().ok()?))),
        "INT4" => Some(Value::Int(i32::from_be_bytes(bytes.try_into().ok()?).into())),
        "INT2" => Some(Value::Int(i16::from_be_bytes(bytes.try_into().ok()?).into())),
        "BOOL" => Some(Value::Int(i64::from(*bytes.first()? != 0))),
        "FLOAT8" => Some(Value::Real(f64::from_be_bytes(bytes.try_into().ok()?))),
        "FLOAT4" => Some(Value::Real(f32::from_be_bytes(bytes.try_into().ok()?).into())),
        "TEXT" | "VARCHAR" | "NAME" | "CHAR" | "JSON" | "UNKNOWN" => text(bytes),
        "JSONB" => text(bytes.get(1..)?),
        "BYTEA" => Some(Value::Bytes(bytes.to_owned())),
        "UUID" => Some(Value::Text(Uuid::from_slice(bytes).ok()?.to_string())),
        "TIMESTAMPTZ" | "TIMESTAMP" => {
            let since_2000 = i64::from_be_bytes(bytes.try_into().ok()?);
            Some(Value::Int(since_2000.saturating_add(EPOCH_2000)))
        }
        "VOID" => Some(Value::Null),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn binary_forms_are_read() {
        assert_eq!(decode("INT4", &(-5_i32).to_be_bytes()), Some(Value::Int(-5)));
        assert_eq!(decode("BOOL", &[1]), Some(Value::Int(1)));
        assert_eq!(decode("FLOAT4", &0.5_f32.to_be_bytes()), Some(Value::Real(0.5)));
        assert_eq!(decode("JSONB", b"\x01{}"), Some(Value::Text("{}".into())));
        let second = 1_000_000_i64.to_be_bytes();
        assert_eq!(decode("TIMESTAMPTZ", &second), Some(Value::Int(EPOCH_2000 + 1_000_000)));
        assert_eq!(decode("INT8", &[1]), None);
        assert_eq!(decode("NUMERIC", &[0; 8]), None);
    }

    #[test]
    fn nulls_make_another_statement() {
        assert_eq!(text("SELECT $1", &[1.into()]), "SELECT $1");
        assert_eq!(text("SELECT $1, $2", &[1.into(), Value::Null]), "SELECT $1, $2\n-- 2");
    }
}
