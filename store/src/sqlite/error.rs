//! SQLite's errors in the words of the store.

use rusqlite::ErrorCode;

use crate::StoreError;

impl From<rusqlite::Error> for StoreError {
    fn from(error: rusqlite::Error) -> Self {
        match error.sqlite_error_code() {
            Some(ErrorCode::DiskFull) => Self::Full,
            Some(ErrorCode::ReadOnly) => Self::ReadOnly,
            Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => {
                Self::unavailable("the file is locked by another program")
            }
            Some(ErrorCode::OperationInterrupted) => {
                Self::unavailable("the statement took too long")
            }
            Some(ErrorCode::SystemIoFailure | ErrorCode::CannotOpen) => {
                Self::unavailable(format!("the file cannot be read or written ({error})"))
            }
            // SQLite names tables and columns in its messages, never values.
            _ => Self::database(error.to_string()),
        }
    }
}

/// Whether the connection may be in a state that only a new one mends.
pub(super) const fn needs_new_connection(error: &StoreError) -> bool {
    matches!(error, StoreError::Unavailable { .. })
}
