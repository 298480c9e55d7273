//! The identity of the log in a PostgreSQL database: new when the database was restored or copied.

use sqlx::{Connection, PgConnection};
use uuid::Uuid;

use super::append::LOG_LOCK;
use crate::StoreError;

/// What a restored or copied database cannot share with its original, each read for itself because
/// a server may keep some of it from us.
const PARTS: [&str; 4] = [
    "SELECT system_identifier::text FROM pg_control_system()",
    "SELECT oid::text FROM pg_database WHERE datname = current_database()",
    "SELECT 'events'::regclass::oid::text",
    // The timeline: it changes with recovery to a point in time.
    "SELECT left(pg_walfile_name(pg_current_wal_lsn()), 8)",
];

/// The log's identity as the database has it.
pub(super) async fn read(connection: &mut PgConnection) -> Result<Uuid, StoreError> {
    let text = meta(connection, "log_id").await?;
    text.and_then(|text| text.parse().ok())
        .ok_or_else(|| StoreError::database("the log has no identity; open it for writing once"))
}

/// Confirms the log's identity, or gives it a new one if the database is not the one that was
/// written last.
pub(super) async fn settle(connection: &mut PgConnection) -> Result<Uuid, StoreError> {
    let present = database_identity(connection).await?;
    let mut transaction = connection.begin().await?;
    sqlx::query("SELECT pg_advisory_xact_lock($1)")
        .bind(LOG_LOCK)
        .execute(&mut *transaction)
        .await?;
    let known: Option<Uuid> =
        meta(&mut transaction, "log_id").await?.and_then(|text| text.parse().ok());
    let stored = meta(&mut transaction, "database").await?;
    let log_id = match known {
        Some(log_id) if stored.as_deref() == Some(&present) => log_id,
        _ => {
            let log_id = crate::log::new_log_id();
            set_meta(&mut transaction, "log_id", &log_id.to_string()).await?;
            set_meta(&mut transaction, "database", &present).await?;
            if known.is_some() {
                tracing::warn!(
                    %log_id,
                    "the database was restored or copied: its log has a new identity, and cursors \
                     from before are refused"
                );
            }
            log_id
        }
    };
    transaction.commit().await?;
    Ok(log_id)
}

async fn database_identity(connection: &mut PgConnection) -> Result<String, StoreError> {
    let mut parts = Vec::with_capacity(PARTS.len());
    for sql in PARTS {
        let part: Result<Option<String>, _> =
            sqlx::query_scalar(sql).fetch_one(&mut *connection).await;
        match part {
            Ok(part) => parts.push(part.unwrap_or_default()),
            Err(sqlx::Error::Database(_)) => parts.push("-".to_owned()),
            Err(error) => return Err(error.into()),
        }
    }
    Ok(parts.join(":"))
}

async fn meta(connection: &mut PgConnection, name: &str) -> Result<Option<String>, StoreError> {
    Ok(sqlx::query_scalar("SELECT value FROM log_meta WHERE name = $1")
        .bind(name)
        .fetch_optional(connection)
        .await?)
}

async fn set_meta(
    connection: &mut PgConnection,
    name: &str,
    value: &str,
) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO log_meta (name, value) VALUES ($1, $2) \
         ON CONFLICT (name) DO UPDATE SET value = excluded.value",
    )
    .bind(name)
    .bind(value)
    .execute(connection)
    .await?;
    Ok(())
}
