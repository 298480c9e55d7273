//! Connections that bypass the store: what a stranger, or an operator with a shell, could do.

use std::path::Path;

use sqlx::{Column, Connection, PgConnection, Row, TypeInfo, ValueRef};

/// A plain connection to either database; every statement commits by itself.
#[derive(Debug)]
pub enum Raw {
    /// To a SQLite file.
    Sqlite(rusqlite::Connection),
    /// To a PostgreSQL database.
    Postgres(Box<PgConnection>),
}

impl Raw {
    /// Opens a SQLite file.
    pub fn sqlite(file: &Path) -> Self {
        let connection = rusqlite::Connection::open(file).expect("the file opens");
        connection.busy_timeout(std::time::Duration::from_secs(10)).expect("a timeout");
        Self::Sqlite(connection)
    }

    /// Connects to a PostgreSQL database.
    pub async fn postgres(url: &str) -> Self {
        Self::Postgres(Box::new(PgConnection::connect(url).await.expect("the server answers")))
    }

    /// Runs statements without parameters.
    ///
    /// # Errors
    /// The text of the database's refusal.
    pub async fn execute(&mut self, sql: &str) -> Result<(), String> {
        match self {
            Self::Sqlite(connection) => {
                connection.execute_batch(sql).map_err(|error| error.to_string())
            }
            Self::Postgres(connection) => sqlx::raw_sql(sql)
                .execute(connection.as_mut())
                .await
                .map(|_| ())
                .map_err(|error| error.to_string()),
        }
    }

    /// Rows of a query, every value as text, NULL as the empty text.
    pub async fn rows(&mut self, sql: &str) -> Vec<Vec<String>> {
        match self {
            Self::Sqlite(connection) => sqlite_rows(connection, sql),
            Self::Postgres(connection) => {
                let rows = sqlx::raw_sql(sql).fetch_all(connection.as_mut()).await.expect("rows");
                rows.iter().map(postgres_row).collect()
            }
        }
    }

    /// The one number that a query gives.
    pub async fn number(&mut self, sql: &str) -> i64 {
        self.rows(sql).await[0][0].parse().expect("a number")
    }
}

fn sqlite_rows(connection: &rusqlite::Connection, sql: &str) -> Vec<Vec<String>> {
    use rusqlite::types::ValueRef as V;
    let mut statement = connection.prepare(sql).expect("the query is understood");
    let width = statement.column_count();
    let text = |value: V<'_>| match value {
        V::Null => String::new(),
        V::Integer(n) => n.to_string(),
        V::Real(x) => x.to_string(),
        V::Text(bytes) | V::Blob(bytes) => String::from_utf8_lossy(bytes).into_owned(),
    };
    let rows = statement.query_map([], |row| {
        (0..width).map(|column| row.get_ref(column).map(text)).collect::<Result<Vec<_>, _>>()
    });
    rows.expect("the query runs").collect::<Result<_, _>>().expect("rows")
}

fn postgres_row(row: &sqlx::postgres::PgRow) -> Vec<String> {
    row.columns()
        .iter()
        .map(|column| {
            let value = row.try_get_raw(column.ordinal()).expect("a value");
            assert_ne!(value.type_info().name(), "BYTEA", "cast bytes to text in the query");
            // The simple protocol carries every value as text.
            if value.is_null() { String::new() } else { value.as_str().expect("text").to_owned() }
        })
        .collect()
}
