//! Definitions of tables, indexes and views, for both databases.

use casebook_store::{Dialect, Kind};

use crate::columns::{ColumnSpec, Columns, select_list};
use crate::read_model::{Index, KEY_COLUMNS};

/// The table of generations: SQLite, PostgreSQL.
pub(super) const CATALOG: [&str; 2] = [
    "CREATE TABLE IF NOT EXISTS read_models (
        name TEXT NOT NULL, version INTEGER NOT NULL, generation INTEGER NOT NULL,
        table_name TEXT NOT NULL, state TEXT NOT NULL, position INTEGER NOT NULL,
        epoch INTEGER NOT NULL, updated_at INTEGER NOT NULL, error TEXT,
        PRIMARY KEY (name, generation)) STRICT",
    "CREATE TABLE IF NOT EXISTS read_models (
        name text NOT NULL, version bigint NOT NULL, generation bigint NOT NULL,
        table_name text NOT NULL, state text NOT NULL, position bigint NOT NULL,
        epoch bigint NOT NULL, updated_at bigint NOT NULL, error text,
        PRIMARY KEY (name, generation))",
];

/// Hides a table from everybody but its owner, and from those who bypass row-level security;
/// where it is hidden already no lock is taken.
pub(crate) fn hidden(table: &str) -> String {
    format!(
        "DO $$ BEGIN
            IF NOT (SELECT relrowsecurity FROM pg_class WHERE oid = '{table}'::regclass) THEN
                ALTER TABLE {table} ENABLE ROW LEVEL SECURITY;
            END IF;
        END $$"
    )
}

/// Answers one row when the table of generations is there: SQLite, PostgreSQL.
pub(super) const CATALOG_EXISTS: [&str; 2] = [
    "SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'read_models'",
    "SELECT CAST(1 AS bigint) WHERE to_regclass('read_models') IS NOT NULL",
];

/// PostgreSQL's clock in microseconds.
pub(super) const POSTGRES_NOW: &str =
    "CAST(extract(epoch FROM clock_timestamp()) * 1000000 AS bigint)";

/// Texts are compared byte by byte on both databases, so that pages have the same order.
const fn type_name(dialect: Dialect, kind: Kind) -> &'static str {
    match (dialect, kind) {
        (Dialect::Sqlite, Kind::Int) => "INTEGER",
        (Dialect::Sqlite, Kind::Real) => "REAL",
        (Dialect::Sqlite, Kind::Text) => "TEXT",
        (Dialect::Sqlite, Kind::Bytes) => "BLOB",
        (Dialect::Postgres, Kind::Int) => "bigint",
        (Dialect::Postgres, Kind::Real) => "double precision",
        (Dialect::Postgres, Kind::Text) => "text COLLATE \"C\"",
        (Dialect::Postgres, Kind::Bytes) => "bytea",
    }
}

/// The columns of a row, as a definition of a table lists them.
pub(crate) fn definitions<R: Columns>(dialect: Dialect) -> Vec<String> {
    let column = |column: &ColumnSpec| {
        let null = if column.nullable { "" } else { " NOT NULL" };
        format!("{} {}{null}", column.name, type_name(dialect, column.kind))
    };
    R::COLUMNS.iter().map(column).collect()
}

/// Statements that make the table of a row.
pub(super) fn create_table<R: Columns>(dialect: Dialect, table: &str) -> Vec<String> {
    let columns = definitions::<R>(dialect);
    let key: Vec<&str> = R::COLUMNS.iter().take(KEY_COLUMNS).map(|column| column.name).collect();
    let strict = if dialect == Dialect::Sqlite { " STRICT" } else { "" };
    let create = format!(
        "CREATE TABLE {table} ({}, PRIMARY KEY ({})){strict}",
        columns.join(", "),
        key.join(", ")
    );
    match dialect {
        Dialect::Sqlite => vec![create],
        // Without policies, only the owner and roles that bypass row security see anything.
        Dialect::Postgres => {
            vec![create, format!("ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")]
        }
    }
}

/// Drops a table that nobody sees any more, on PostgreSQL, with its row in the catalog. Both stay
/// while a view still shows the table or somebody reads it.
pub(super) fn discard(name: &str, generation: u64, table: &str) -> String {
    format!(
        "DO $$ BEGIN
            PERFORM set_config('lock_timeout', '100ms', true);
            DROP TABLE IF EXISTS {table};
            DELETE FROM read_models WHERE name = '{name}' AND generation = {generation};
        EXCEPTION WHEN dependent_objects_still_exist OR lock_not_available THEN
            RAISE DEBUG 'the table {table} is still in use';
        END $$"
    )
}

/// Statement that makes an index; its first column is `tenant`.
pub(super) fn create_index(table: &str, index: &Index) -> String {
    let columns = index.columns.join(", ");
    let some = if index.is_sparse {
        format!(" WHERE {} IS NOT NULL", index.columns[0])
    } else {
        String::new()
    };
    format!("CREATE INDEX {table}_{} ON {table} (tenant, {columns}){some}", index.name)
}

/// Statements that let the view `name` show `table`. Where the columns stay the same, PostgreSQL
/// keeps the views that others have built on it.
pub(super) fn view<R: Columns>(
    dialect: Dialect,
    name: &str,
    table: &str,
    same_columns: bool,
) -> Vec<String> {
    let select = format!("AS SELECT {} FROM {table}", select_list::<R>());
    match dialect {
        Dialect::Sqlite => {
            vec![format!("DROP VIEW IF EXISTS {name}"), format!("CREATE VIEW {name} {select}")]
        }
        Dialect::Postgres => {
            let create =
                format!("CREATE OR REPLACE VIEW {name} WITH (security_invoker = true) {select}");
            let drop = format!("DROP VIEW IF EXISTS {name} CASCADE");
            if same_columns { vec![create] } else { vec![drop, create] }
        }
    }
}
