//! Moving the WAL into the database file, at moments that the writer chooses.

use rusqlite::Connection;

use crate::StoreError;

/// Commits between two looks at the size of the WAL.
const COMMITS_BETWEEN_LOOKS: u32 = 16;

/// Decides when to checkpoint. It never waits for readers: what an old snapshot holds back stays
/// in the WAL, and the next try comes when the WAL has doubled.
pub(super) struct Checkpointer {
    frames_max: u32,
    next_at: u32,
    commits: u32,
}

impl Checkpointer {
    /// Checkpoints when the WAL has `frames_max` frames.
    pub const fn new(frames_max: u32) -> Self {
        Self { frames_max, next_at: frames_max, commits: 0 }
    }

    /// To be called after each commit.
    pub fn after_commit(&mut self, conn: &Connection) {
        self.commits += 1;
        if self.commits < COMMITS_BETWEEN_LOOKS {
            return;
        }
        self.commits = 0;
        if let Err(error) = self.checkpoint_if_due(conn) {
            tracing::warn!(%error, "the WAL cannot be moved into the database");
        }
    }

    fn checkpoint_if_due(&mut self, conn: &Connection) -> Result<(), StoreError> {
        if frames(conn, "PRAGMA wal_checkpoint(NOOP)")?.0 < self.next_at {
            return Ok(());
        }
        let (present, moved) = frames(conn, "PRAGMA wal_checkpoint(PASSIVE)")?;
        self.next_at = if moved < present {
            present.saturating_mul(2).max(self.frames_max)
        } else {
            self.frames_max
        };
        Ok(())
    }

    /// Empties the WAL at the end and lets SQLite refresh its statistics.
    pub fn finish(&mut self, conn: &Connection) {
        let result = conn
            .execute_batch("PRAGMA optimize")
            .map_err(StoreError::from)
            .and_then(|()| frames(conn, "PRAGMA wal_checkpoint(TRUNCATE)"));
        if let Err(error) = result {
            tracing::warn!(%error, "the database could not be tidied at the end");
        }
    }
}

/// Frames in the WAL, and how many of them are in the database file.
fn frames(conn: &Connection, pragma: &str) -> Result<(u32, u32), StoreError> {
    let mut statement = conn.prepare_cached(pragma)?;
    let counts = |row: &rusqlite::Row<'_>| Ok((row.get::<_, i64>(1)?, row.get::<_, i64>(2)?));
    let (present, moved) = statement.query_row([], counts)?;
    let count = |n: i64| u32::try_from(n).unwrap_or(0);
    Ok((count(present), count(moved)))
}
