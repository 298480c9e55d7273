//! Cursors: a position together with the log it belongs to.

use std::fmt;
use std::str::FromStr;

use thiserror::Error;
use uuid::Uuid;

/// A place in one particular log, as clients keep it: `<log id>:<position>`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cursor {
    /// The log; it changes when a database is restored from a dump.
    pub log_id: Uuid,
    /// Position of the last event that the client has seen; 0 is before the first.
    pub position: u64,
}

/// Why a cursor cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum CursorError {
    /// The text is not a cursor.
    #[error("not a cursor: expected <log id>:<position> as an earlier answer gave it")]
    Malformed,
    /// The cursor was made before the database was restored, so its position means other events.
    #[error(
        "this cursor belongs to log {given}, but this is log {present}: the database was restored \
         since; read again from the start"
    )]
    OtherLog {
        /// Log named by the cursor.
        given: Uuid,
        /// Log that is served now.
        present: Uuid,
    },
    /// The cursor lies beyond the end of the log.
    #[error("this cursor points to position {given}, but the log ends at {last}")]
    Beyond {
        /// Position named by the cursor.
        given: u64,
        /// Last position of the log.
        last: u64,
    },
}

impl Cursor {
    /// The position, if the cursor belongs to the log `present` that ends at `last`.
    ///
    /// # Errors
    /// [`CursorError::OtherLog`] after a restore, [`CursorError::Beyond`] for a place not reached.
    pub fn position_in(self, present: Uuid, last: u64) -> Result<u64, CursorError> {
        if self.log_id != present {
            return Err(CursorError::OtherLog { given: self.log_id, present });
        }
        if self.position > last {
            return Err(CursorError::Beyond { given: self.position, last });
        }
        Ok(self.position)
    }
}

impl fmt::Display for Cursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.log_id.simple(), self.position)
    }
}

impl FromStr for Cursor {
    type Err = CursorError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (log_id, position) = text.split_once(':').ok_or(CursorError::Malformed)?;
        Ok(Self {
            log_id: log_id.parse().map_err(|_| CursorError::Malformed)?,
            position: position.parse().map_err(|_| CursorError::Malformed)?,
        })
    }
}
