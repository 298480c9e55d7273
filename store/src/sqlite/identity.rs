//! The identity of the log in an SQLite file: new when the file was restored or copied.

use std::path::Path;

use rusqlite::{Connection, OptionalExtension};
use uuid::Uuid;

use super::mark::Mark;
use super::read::last_position;
use crate::StoreError;

/// The log's identity as the database has it.
pub(super) fn read(conn: &Connection) -> Result<Uuid, StoreError> {
    let text = meta(conn, "log_id")?;
    text.and_then(|text| text.parse().ok())
        .ok_or_else(|| StoreError::database("the log has no identity; open it for writing once"))
}

/// Confirms the log's identity, or gives it a new one if the file is not the one that was written
/// last: a restored dump, an older copy put back, a copy beside the original.
pub(super) fn settle(conn: &Connection, path: &Path) -> Result<Mark, StoreError> {
    let file = file_identity(path)?;
    let last = last_position(conn)?;
    let known: Option<Uuid> = meta(conn, "log_id")?.and_then(|text| text.parse().ok());
    let same_file = meta(conn, "file")?.is_some_and(|stored| stored == file);
    let mark = Mark::read(path);
    let log_id = match known {
        Some(log_id) if same_file && mark.is_none_or(|(id, at)| id == log_id && at <= last) => {
            log_id
        }
        _ => {
            let log_id = crate::log::new_log_id();
            conn.execute_batch("BEGIN IMMEDIATE")?;
            set_meta(conn, "log_id", &log_id.to_string())?;
            set_meta(conn, "file", &file)?;
            conn.execute_batch("COMMIT")?;
            if known.is_some() {
                tracing::warn!(
                    %log_id, last_position = last,
                    "the database was restored or copied: its log has a new identity, and cursors \
                     from before are refused"
                );
            }
            log_id
        }
    };
    let mark = Mark::new(path, log_id);
    mark.note(last).map_err(|error| {
        StoreError::unavailable(format!("the mark beside the database: {error}"))
    })?;
    Ok(mark)
}

/// Number of the file and, where the file system knows it, its birth: a copy has others.
fn file_identity(path: &Path) -> Result<String, StoreError> {
    let meta = std::fs::metadata(path)
        .map_err(|error| StoreError::unavailable(format!("the database file: {error}")))?;
    let born = meta
        .created()
        .ok()
        .and_then(|at| at.duration_since(std::time::UNIX_EPOCH).ok())
        .map_or(0, |since| since.as_nanos());
    #[cfg(unix)]
    let number = std::os::unix::fs::MetadataExt::ino(&meta);
    #[cfg(not(unix))]
    let number = 0;
    Ok(format!("{number}:{born}"))
}

fn meta(conn: &Connection, name: &str) -> Result<Option<String>, StoreError> {
    let mut statement = conn.prepare_cached("SELECT value FROM log_meta WHERE name = ?1")?;
    Ok(statement.query_row([name], |row| row.get(0)).optional()?)
}

fn set_meta(conn: &Connection, name: &str, value: &str) -> Result<(), StoreError> {
    conn.execute(
        "INSERT INTO log_meta (name, value) VALUES (?1, ?2) \
         ON CONFLICT (name) DO UPDATE SET value = excluded.value",
        [name, value],
    )?;
    Ok(())
}
