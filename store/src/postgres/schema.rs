//! Applying migrations to a PostgreSQL database.

use sqlx::{Connection, Executor, PgConnection, Row};

use crate::migrate::{Applied, Migration, MigrationReport, all, pending};
use crate::{Clock, Dialect, StoreError};

/// Keeps two processes from migrating at the same time ("casemigr").
const MIGRATION_LOCK: i64 = 0x6361_7365_6D69_6772;

const CREATE: &str = "CREATE TABLE IF NOT EXISTS schema_migrations (
    version bigint PRIMARY KEY, name text NOT NULL, checksum text NOT NULL,
    applied_at bigint NOT NULL)";

/// Migrations that the database lacks.
pub(super) async fn missing(
    connection: &mut PgConnection,
) -> Result<&'static [Migration], StoreError> {
    let known: bool = sqlx::query_scalar("SELECT to_regclass('schema_migrations') IS NOT NULL")
        .fetch_one(&mut *connection)
        .await?;
    if !known {
        return Ok(all(Dialect::Postgres));
    }
    let rows =
        sqlx::query("SELECT version, name, checksum FROM schema_migrations ORDER BY version")
            .fetch_all(connection)
            .await?;
    let applied = rows
        .iter()
        .map(|row| {
            let version: i64 = row.try_get(0)?;
            Ok(Applied {
                version: u32::try_from(version).unwrap_or(u32::MAX),
                name: row.try_get(1)?,
                checksum: row.try_get(2)?,
            })
        })
        .collect::<Result<Vec<_>, sqlx::Error>>()?;
    pending(&applied, all(Dialect::Postgres))
}

/// Applies what is missing, each file in a transaction of its own.
pub(super) async fn migrate(
    connection: &mut PgConnection,
    clock: &dyn Clock,
) -> Result<MigrationReport, StoreError> {
    let mut report = MigrationReport { applied: vec![], version: 0 };
    report.version = all(Dialect::Postgres).last().map_or(0, |migration| migration.version);
    while let Some(name) = apply_next(connection, clock).await? {
        report.applied.push(name.to_owned());
    }
    Ok(report)
}

/// Applies the first that is missing, under a lock that the transaction holds.
async fn apply_next(
    connection: &mut PgConnection,
    clock: &dyn Clock,
) -> Result<Option<&'static str>, StoreError> {
    let mut transaction = connection.begin().await?;
    sqlx::query("SELECT pg_advisory_xact_lock($1)")
        .bind(MIGRATION_LOCK)
        .execute(&mut *transaction)
        .await?;
    (&mut *transaction).execute(CREATE).await?;
    let Some(migration) = missing(&mut transaction).await?.first() else {
        transaction.commit().await?;
        return Ok(None);
    };
    let failed = |error: sqlx::Error| StoreError::Migration {
        name: migration.name.to_owned(),
        reason: StoreError::from(error).to_string(),
    };
    (&mut *transaction).execute(migration.sql).await.map_err(failed)?;
    sqlx::query(
        "INSERT INTO schema_migrations (version, name, checksum, applied_at) \
         VALUES ($1, $2, $3, $4)",
    )
    .bind(i64::from(migration.version))
    .bind(migration.name)
    .bind(migration.checksum())
    .bind(clock.now().as_micros())
    .execute(&mut *transaction)
    .await
    .map_err(failed)?;
    transaction.commit().await?;
    Ok(Some(migration.name))
}
