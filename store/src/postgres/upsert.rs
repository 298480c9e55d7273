//! The steps of a write batch on PostgreSQL: bulk forms, one statement for many rows.

use futures::future::BoxFuture;
use sqlx::postgres::PgArguments;
use sqlx::{Arguments, PgConnection};

use super::value::{arguments, text};
use crate::StoreError;
use crate::db::{Column, Kind, Step, Upsert, Value, WriteBatch, WriteOutcome};

/// Does all steps; the caller owns the transaction and rolls back unless the outcome is `Done`.
pub(super) fn run<'a>(
    connection: &'a mut PgConnection,
    batch: &'a WriteBatch,
) -> BoxFuture<'a, Result<WriteOutcome, StoreError>> {
    Box::pin(steps(connection, batch))
}

async fn steps(
    connection: &mut PgConnection,
    batch: &WriteBatch,
) -> Result<WriteOutcome, StoreError> {
    for (index, step) in batch.steps.iter().enumerate() {
        match step {
            Step::Execute { sql, params } => {
                execute(connection, &text(sql, params), arguments(params)?).await?;
            }
            Step::Expect { sql, params, rows } => {
                let touched = execute(connection, &text(sql, params), arguments(params)?).await?;
                if touched != *rows {
                    return Ok(WriteOutcome::Refused { step: index });
                }
            }
            Step::Upsert(upsert) if upsert.rows.is_empty() => {}
            Step::Upsert(upsert) => {
                let arguments = arrays(&upsert.columns, &upsert.rows)?;
                execute(connection, &upsert_sql(upsert), arguments).await?;
            }
            Step::DeleteKeys { rows, .. } if rows.is_empty() => {}
            Step::DeleteKeys { table, key_columns, rows } => {
                let arguments = arrays(key_columns, rows)?;
                execute(connection, &delete_sql(table, key_columns), arguments).await?;
            }
        }
    }
    Ok(WriteOutcome::Done)
}

async fn execute(
    connection: &mut PgConnection,
    sql: &str,
    arguments: PgArguments,
) -> Result<u64, StoreError> {
    Ok(sqlx::query_with(sql, arguments).execute(connection).await?.rows_affected())
}

/// One array for each column.
fn arrays(columns: &[Column], rows: &[Vec<Value>]) -> Result<PgArguments, StoreError> {
    let mut arguments = PgArguments::default();
    for (index, column) in columns.iter().enumerate() {
        let values = rows.iter().filter_map(|row| row.get(index));
        match column.kind {
            Kind::Int => arguments.add(values.map(int).collect::<Vec<_>>()),
            Kind::Real => arguments.add(values.map(real).collect::<Vec<_>>()),
            Kind::Text => arguments.add(values.map(string).collect::<Vec<_>>()),
            Kind::Bytes => arguments.add(values.map(bytes).collect::<Vec<_>>()),
        }
        .map_err(|_| StoreError::Invalid("rows cannot be sent".into()))?;
    }
    Ok(arguments)
}

const fn int(value: &Value) -> Option<i64> {
    match value {
        Value::Int(value) => Some(*value),
        _ => None,
    }
}

const fn real(value: &Value) -> Option<f64> {
    match value {
        Value::Real(value) => Some(*value),
        Value::Int(value) => Some(*value as f64),
        _ => None,
    }
}

fn string(value: &Value) -> Option<&str> {
    match value {
        Value::Text(value) => Some(value),
        _ => None,
    }
}

fn bytes(value: &Value) -> Option<&[u8]> {
    match value {
        Value::Bytes(value) => Some(value),
        _ => None,
    }
}

fn upsert_sql(upsert: &Upsert) -> String {
    let names = |columns: &[Column]| {
        columns.iter().map(|column| column.name.as_ref()).collect::<Vec<_>>().join(", ")
    };
    let (key, rest) = upsert.columns.split_at(upsert.key_columns);
    let mut sql = format!(
        "INSERT INTO {} ({}) SELECT * FROM unnest({}) ON CONFLICT ({}) DO ",
        upsert.table,
        names(&upsert.columns),
        casts(&upsert.columns),
        names(key)
    );
    if rest.is_empty() {
        sql.push_str("NOTHING");
        return sql;
    }
    let sets: Vec<_> =
        rest.iter().map(|column| format!("{0} = excluded.{0}", column.name)).collect();
    sql.push_str("UPDATE SET ");
    sql.push_str(&sets.join(", "));
    sql
}

fn delete_sql(table: &str, key_columns: &[Column]) -> String {
    let names: Vec<_> = (1..=key_columns.len()).map(|n| format!("k{n}")).collect();
    let matches: Vec<_> = key_columns
        .iter()
        .zip(&names)
        .map(|(column, name)| format!("t.{} = k.{name}", column.name))
        .collect();
    format!(
        "DELETE FROM {table} t USING unnest({}) AS k({}) WHERE {}",
        casts(key_columns),
        names.join(", "),
        matches.join(" AND ")
    )
}

fn casts(columns: &[Column]) -> String {
    let casts: Vec<_> = columns
        .iter()
        .enumerate()
        .map(|(index, column)| {
            let kind = match column.kind {
                Kind::Int => "bigint",
                Kind::Real => "double precision",
                Kind::Text => "text",
                Kind::Bytes => "bytea",
            };
            format!("${}::{kind}[]", index + 1)
        })
        .collect();
    casts.join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bulk_forms_take_one_array_for_each_column() {
        let columns = vec![Column::text("a"), Column::int("b"), Column::real("c")];
        let upsert = Upsert { table: "t".into(), columns, key_columns: 2, rows: vec![] };
        assert_eq!(
            upsert_sql(&upsert),
            "INSERT INTO t (a, b, c) SELECT * FROM unnest($1::text[], $2::bigint[], \
             $3::double precision[]) ON CONFLICT (a, b) DO UPDATE SET c = excluded.c"
        );
        assert_eq!(
            delete_sql("t", &upsert.columns[..1]),
            "DELETE FROM t t USING unnest($1::text[]) AS k(k1) WHERE t.a = k.k1"
        );
    }
}
