//! The lock of an SQLite database: `flock` on a file beside it, held while the store is open.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{Read, Seek, Write};
use std::path::Path;

use super::connection::beside;
use crate::{Clock, StoreError};

/// Proof that this process is the only one that writes. Let go when dropped or when killed.
#[derive(Debug)]
pub(super) struct WriteLock {
    file: File,
}

impl Drop for WriteLock {
    /// Unlocks rather than only closing: a child process that is just being started still shares
    /// the file and would keep the lock for that moment.
    fn drop(&mut self) {
        if let Err(error) = self.file.unlock() {
            tracing::warn!(%error, "the lock beside the database was not given back");
        }
    }
}

impl WriteLock {
    /// Takes the lock of the database at `path` and writes down who holds it.
    ///
    /// # Errors
    /// [`StoreError::Locked`] with the process id and start time of the holder.
    pub fn take(path: &Path, clock: &dyn Clock) -> Result<Self, StoreError> {
        let lock_path = beside(path, ".lock");
        let io = |error: std::io::Error| {
            StoreError::unavailable(format!("lock file beside the database: {error}"))
        };
        let mut file = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .open(&lock_path)
            .map_err(io)?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                return Err(StoreError::Locked { holder: holder(&mut file) });
            }
            Err(TryLockError::Error(error)) => return Err(io(error)),
        }
        file.set_len(0).map_err(io)?;
        file.rewind().map_err(io)?;
        writeln!(file, "pid {} since {}", std::process::id(), clock.now()).map_err(io)?;
        Ok(Self { file })
    }
}

fn holder(file: &mut File) -> String {
    let mut text = String::new();
    // The holder may be about to write its name; then it stays unknown.
    match file.take(200).read_to_string(&mut text) {
        Ok(_) if !text.trim().is_empty() => text.trim().to_owned(),
        _ => "unknown".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::SystemClock;

    #[test]
    fn a_child_that_is_being_started_does_not_keep_the_lock() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("casebook.db");
        let lock = WriteLock::take(&path, &SystemClock).expect("the lock is free");
        // What a child process holds between fork and exec.
        let inherited = lock.file.try_clone().expect("a second handle");
        assert!(matches!(WriteLock::take(&path, &SystemClock), Err(StoreError::Locked { .. })));
        drop(lock);
        let next = WriteLock::take(&path, &SystemClock);
        assert!(next.is_ok(), "{next:?}");
        drop(inherited);
    }
}
