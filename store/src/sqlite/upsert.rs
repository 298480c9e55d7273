//! The steps of a write batch on SQLite: one prepared statement, run once for each row.

use std::fmt::Write;

use rusqlite::{Connection, params_from_iter};

use super::value::execute;
use crate::StoreError;
use crate::db::{Column, Step, Upsert, Value, WriteBatch, WriteOutcome};

/// Does all steps; the caller owns the transaction and rolls back unless the outcome is `Done`.
pub(super) fn run(conn: &Connection, batch: &WriteBatch) -> Result<WriteOutcome, StoreError> {
    for (index, step) in batch.steps.iter().enumerate() {
        match step {
            Step::Execute { sql, params } => {
                execute(conn, sql, params)?;
            }
            Step::Expect { sql, params, rows } => {
                if execute(conn, sql, params)? != *rows {
                    return Ok(WriteOutcome::Refused { step: index });
                }
            }
            Step::Upsert(upsert) => each_row(conn, &upsert_sql(upsert), &upsert.rows)?,
            Step::DeleteKeys { table, key_columns, rows } => {
                each_row(conn, &delete_sql(table, key_columns), rows)?;
            }
        }
    }
    Ok(WriteOutcome::Done)
}

fn each_row(conn: &Connection, sql: &str, rows: &[Vec<Value>]) -> Result<(), StoreError> {
    let mut statement = conn.prepare_cached(sql)?;
    for row in rows {
        statement.execute(params_from_iter(row))?;
    }
    Ok(())
}

fn upsert_sql(upsert: &Upsert) -> String {
    let names = |columns: &[Column]| {
        columns.iter().map(|column| column.name.as_ref()).collect::<Vec<_>>().join(", ")
    };
    let (key, rest) = upsert.columns.split_at(upsert.key_columns);
    let marks: Vec<_> = (1..=upsert.columns.len()).map(|n| format!("?{n}")).collect();
    let mut sql = format!(
        "INSERT INTO {} ({}) VALUES ({}) ON CONFLICT ({}) DO ",
        upsert.table,
        names(&upsert.columns),
        marks.join(", "),
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
    let mut sql = format!("DELETE FROM {table} WHERE ");
    for (index, column) in key_columns.iter().enumerate() {
        let and = if index == 0 { "" } else { " AND " };
        // Writing to a string cannot fail.
        let _ok = write!(sql, "{and}{} = ?{}", column.name, index + 1);
    }
    sql
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::db::Value;

    fn table() -> Connection {
        let conn = Connection::open_in_memory().expect("open");
        conn.execute_batch("CREATE TABLE t (a TEXT, b INTEGER, n REAL, PRIMARY KEY (a, b)) STRICT")
            .expect("create");
        conn
    }

    fn upsert(rows: Vec<Vec<Value>>) -> WriteBatch {
        let columns = vec![Column::text("a"), Column::int("b"), Column::real("n")];
        WriteBatch::new().upsert(Upsert { table: "t".into(), columns, key_columns: 2, rows })
    }

    fn sum(conn: &Connection) -> f64 {
        conn.query_row("SELECT sum(n) FROM t", [], |row| row.get(0)).expect("sum")
    }

    #[test]
    fn upsert_replaces_by_key_and_delete_removes_by_key() {
        let conn = table();
        let rows =
            vec![vec!["x".into(), 1.into(), 1.0.into()], vec!["x".into(), 2.into(), 2.0.into()]];
        assert_eq!(run(&conn, &upsert(rows)).expect("insert"), WriteOutcome::Done);
        let again = upsert(vec![vec!["x".into(), 2.into(), 5.0.into()]]);
        run(&conn, &again).expect("update");
        assert_eq!(sum(&conn), 6.0);
        let delete = Step::DeleteKeys {
            table: "t".into(),
            key_columns: vec![Column::text("a"), Column::int("b")],
            rows: vec![vec!["x".into(), 1.into()]],
        };
        run(&conn, &WriteBatch { steps: vec![delete], ..WriteBatch::default() }).expect("delete");
        assert_eq!(sum(&conn), 5.0);
    }

    #[test]
    fn expect_tells_which_step_was_refused() {
        let conn = table();
        let batch = upsert(vec![vec!["x".into(), 1.into(), 1.0.into()]]).expect_rows(
            "UPDATE t SET n = $2 WHERE a = $1",
            vec!["nobody".into(), 1.0.into()],
            1,
        );
        assert_eq!(run(&conn, &batch).expect("run"), WriteOutcome::Refused { step: 1 });
    }
}
