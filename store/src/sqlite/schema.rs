//! Applying migrations to an SQLite file.

use rusqlite::{Connection, params};

use crate::migrate::{Applied, Migration, MigrationReport, all, pending};
use crate::{Clock, Dialect, StoreError};

const CREATE: &str = "CREATE TABLE IF NOT EXISTS schema_migrations (
    version INTEGER PRIMARY KEY, name TEXT NOT NULL, checksum TEXT NOT NULL,
    applied_at INTEGER NOT NULL) STRICT";

/// Migrations that the database lacks.
pub(super) fn missing(conn: &Connection) -> Result<&'static [Migration], StoreError> {
    pending(&applied(conn)?, all(Dialect::Sqlite))
}

/// Applies what is missing, each file in a transaction of its own.
pub(super) fn migrate(conn: &Connection, clock: &dyn Clock) -> Result<MigrationReport, StoreError> {
    conn.execute_batch(CREATE)?;
    let mut report = MigrationReport { applied: vec![], version: 0 };
    for migration in missing(conn)? {
        apply(conn, migration, clock).map_err(|error| {
            // Nothing may stay half done; when BEGIN itself failed there is nothing to undo.
            let _nothing_open = conn.execute_batch("ROLLBACK");
            StoreError::Migration { name: migration.name.to_owned(), reason: error.to_string() }
        })?;
        report.applied.push(migration.name.to_owned());
    }
    report.version = all(Dialect::Sqlite).last().map_or(0, |migration| migration.version);
    Ok(report)
}

fn apply(conn: &Connection, migration: &Migration, clock: &dyn Clock) -> Result<(), StoreError> {
    conn.execute_batch("BEGIN IMMEDIATE")?;
    conn.execute_batch(migration.sql)?;
    conn.execute(
        "INSERT INTO schema_migrations (version, name, checksum, applied_at) \
         VALUES (?1, ?2, ?3, ?4)",
        params![migration.version, migration.name, migration.checksum(), clock.now().as_micros()],
    )?;
    Ok(conn.execute_batch("COMMIT")?)
}

fn applied(conn: &Connection) -> Result<Vec<Applied>, StoreError> {
    let known: bool = conn.query_row(
        "SELECT count(*) > 0 FROM sqlite_schema WHERE type = 'table' AND name = 'schema_migrations'",
        [],
        |row| row.get(0),
    )?;
    if !known {
        return Ok(vec![]);
    }
    let mut statement =
        conn.prepare("SELECT version, name, checksum FROM schema_migrations ORDER BY version")?;
    let rows = statement.query_map([], |row| {
        Ok(Applied { version: row.get(0)?, name: row.get(1)?, checksum: row.get(2)? })
    })?;
    Ok(rows.collect::<Result<Vec<_>, _>>()?)
}
