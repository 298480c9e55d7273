//! PostgreSQL's errors in the words of the store.

use sqlx::error::DatabaseError;

use crate::StoreError;

impl From<sqlx::Error> for StoreError {
    fn from(error: sqlx::Error) -> Self {
        match &error {
            sqlx::Error::Database(inner) => from_server(inner.as_ref()),
            sqlx::Error::Configuration(_) => Self::Url("cannot be read as a PostgreSQL URL".into()),
            sqlx::Error::Io(io) => Self::unavailable(format!("connection failed ({})", io.kind())),
            sqlx::Error::PoolTimedOut => Self::unavailable("all connections are busy"),
            sqlx::Error::Tls(_)
            | sqlx::Error::Protocol(_)
            | sqlx::Error::PoolClosed
            | sqlx::Error::WorkerCrashed => Self::unavailable(error.to_string()),
            _ => Self::database(error.to_string()),
        }
    }
}

fn from_server(error: &dyn DatabaseError) -> StoreError {
    let code = error.code().unwrap_or_default();
    match code.as_ref() {
        // No disk space, and the file size limit that PostgreSQL reports as an I/O error.
        "53100" => StoreError::Full,
        "25006" => StoreError::ReadOnly,
        "57014" => StoreError::unavailable("a statement took too long"),
        "55P03" => StoreError::unavailable("a lock was not free in time"),
        "40001" | "40P01" => StoreError::unavailable("another transaction was in the way"),
        // Connections, resources, an operator's intervention, the system beneath.
        _ if ["08", "53", "57", "58"].iter().any(|class| code.starts_with(class)) => {
            StoreError::unavailable(format!("{} (SQLSTATE {code})", error.message()))
        }
        // The server quotes the value in these messages, so only the code is kept.
        _ if code.starts_with("22") => {
            StoreError::database(format!("a value was refused (SQLSTATE {code})"))
        }
        _ => StoreError::database(format!("{} (SQLSTATE {code})", error.message())),
    }
}
