//! Opening connections to an SQLite file, with the settings that its guarantees rest on.

use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::config::DbConfig;
use rusqlite::{Connection, OpenFlags};

use crate::{StoreError, StoreSettings};

/// First version without the WAL-reset bug that can corrupt a database.
const SQLITE_VERSION_MIN: i32 = 3_051_003;
/// Marks the file as one of ours ("CsBk").
const APPLICATION_ID: i32 = 0x4373_426B;
/// How long a connection waits for a lock that another program holds.
const BUSY_TIMEOUT: Duration = Duration::from_secs(5);
/// Prepared statements that one connection keeps.
const STATEMENTS_KEPT: usize = 256;

/// Opens the connection that writes: WAL, synchronous FULL, no automatic checkpoints.
pub(super) fn open_writer(path: &Path, settings: &StoreSettings) -> Result<Connection, StoreError> {
    check_version()?;
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE
        | OpenFlags::SQLITE_OPEN_CREATE
        | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let conn = Connection::open_with_flags(path, flags)?;
    prepare(&conn)?;
    let mode: String = conn.query_row("PRAGMA journal_mode = WAL", [], |row| row.get(0))?;
    if mode != "wal" {
        return Err(StoreError::database("the file system does not support WAL"));
    }
    conn.execute_batch(&format!(
        "PRAGMA synchronous = FULL;
         PRAGMA wal_autocheckpoint = 0;
         PRAGMA application_id = {APPLICATION_ID};
         PRAGMA cache_size = -16384;"
    ))?;
    if let Some(pages) = settings.sqlite_max_pages {
        conn.query_row(&format!("PRAGMA max_page_count = {pages}"), [], |_| Ok(()))?;
    }
    Ok(conn)
}

/// Opens a connection that can only read, also beside a writer in another process.
pub(super) fn open_reader(path: &Path) -> Result<Connection, StoreError> {
    check_version()?;
    match open_reader_as(path, "") {
        Err(StoreError::Unavailable { .. }) if !has_wal(path) => {
            // Without rights to create the files beside it, SQLite refuses a file in WAL mode. If
            // no WAL exists nobody is writing, and the file itself is the whole database.
            open_reader_as(path, "&immutable=1")
        }
        result => result,
    }
}

fn open_reader_as(path: &Path, parameters: &str) -> Result<Connection, StoreError> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY
        | OpenFlags::SQLITE_OPEN_NO_MUTEX
        | OpenFlags::SQLITE_OPEN_URI;
    let conn = Connection::open_with_flags(uri(path, parameters)?, flags)?;
    prepare(&conn)?;
    conn.execute_batch("PRAGMA query_only = 1; PRAGMA cache_size = -8192;")?;
    conn.query_row("SELECT count(*) FROM sqlite_schema", [], |_| Ok(()))?;
    Ok(conn)
}

fn prepare(conn: &Connection) -> Result<(), StoreError> {
    conn.busy_timeout(BUSY_TIMEOUT)?;
    conn.set_prepared_statement_cache_capacity(STATEMENTS_KEPT);
    // Else SQLite plans a statement anew whenever another value is bound to a range.
    conn.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
    conn.execute_batch("PRAGMA foreign_keys = ON; PRAGMA temp_store = MEMORY;")?;
    Ok(())
}

fn check_version() -> Result<(), StoreError> {
    if rusqlite::version_number() < SQLITE_VERSION_MIN {
        return Err(StoreError::database(format!(
            "SQLite {} is older than 3.51.3, which corrupts databases in WAL mode",
            rusqlite::version()
        )));
    }
    Ok(())
}

/// The path as a `file:` address, with everything escaped that has a meaning there.
fn uri(path: &Path, parameters: &str) -> Result<String, StoreError> {
    let text = path
        .to_str()
        .ok_or_else(|| StoreError::Url("the path of the SQLite file is not UTF-8".into()))?;
    let mut uri = String::from("file:");
    for c in text.chars() {
        match c {
            '%' | '?' | '#' => uri.push_str(&format!("%{:02X}", u32::from(c))),
            c => uri.push(c),
        }
    }
    uri.push_str("?mode=ro");
    uri.push_str(parameters);
    Ok(uri)
}

/// A file beside the database: its name with `suffix` added.
pub(super) fn beside(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    PathBuf::from(name)
}

fn has_wal(path: &Path) -> bool {
    std::fs::metadata(beside(path, "-wal")).is_ok_and(|meta| meta.len() > 0)
}
