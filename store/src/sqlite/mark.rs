//! How far the log had come, noted beside the database, to notice when an older copy is put back.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use uuid::Uuid;

use super::connection::beside;

/// The file `<database>.mark`: the log's identity and a position that it had reached.
#[derive(Clone, Debug)]
pub(super) struct Mark {
    path: PathBuf,
    log_id: Uuid,
}

impl Mark {
    /// The mark of the log `log_id` in the database at `database`.
    pub fn new(database: &Path, log_id: Uuid) -> Self {
        Self { path: beside(database, ".mark"), log_id }
    }

    /// What was noted last, if it can be read.
    pub fn read(database: &Path) -> Option<(Uuid, u64)> {
        let text = fs::read_to_string(beside(database, ".mark")).ok()?;
        let (log_id, position) = text.trim().split_once(':')?;
        Some((log_id.parse().ok()?, position.parse().ok()?))
    }

    /// Notes that the log has reached `position`. Call it only when that is on disk.
    pub fn note(&self, position: u64) -> io::Result<()> {
        let new = beside(&self.path, ".new");
        fs::write(&new, format!("{}:{position}\n", self.log_id))?;
        fs::rename(&new, &self.path)
    }
}
