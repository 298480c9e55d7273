//! Mail files: `.eml`, folders of them, Maildir and mbox, read one mail at a time.

mod mbox;
mod walk;

use std::fs::File;
use std::io::{BufReader, Read};
use std::path::{Path, PathBuf};

use mbox::Mbox;

/// A mail read from a file.
#[derive(Debug)]
pub struct Item {
    /// The file; for a mail in an mbox followed by `#` and its number, from 1.
    pub source: String,
    /// The raw mail, or why it could not be read.
    pub content: Result<Vec<u8>, FileError>,
}

/// Why a mail could not be read. The others that follow it are read all the same.
#[derive(Debug, thiserror::Error)]
pub enum FileError {
    /// The file system's own word.
    #[error("cannot be read: {0}")]
    Io(#[from] std::io::Error),
    /// The mail is larger than the limit, in bytes.
    #[error("larger than {limit_bytes} bytes")]
    TooLarge {
        /// The limit.
        limit_bytes: u64,
    },
}

/// Reads all mails below `paths` in order: a file is a mail or an mbox, by its first bytes; a
/// folder with `cur` or `new` is a Maildir; any other folder is searched with its sub-folders,
/// names sorted. A mail of more than `limit_bytes` gives an error and is skipped.
pub fn read(paths: &[PathBuf], limit_bytes: u64) -> Mails {
    let mut pending: Vec<PathBuf> = paths.to_vec();
    pending.reverse();
    Mails { pending, open: None, limit_bytes }
}

/// Iterator over mails; see [`read`]. Holds one mail in memory at a time.
pub struct Mails {
    /// Paths still to be read, the next one last.
    pending: Vec<PathBuf>,
    open: Option<Mbox<BufReader<File>>>,
    limit_bytes: u64,
}

impl Iterator for Mails {
    type Item = Item;

    fn next(&mut self) -> Option<Item> {
        loop {
            if let Some(mbox) = &mut self.open {
                match mbox.next() {
                    Some(item) => return Some(item),
                    None => self.open = None,
                }
            }
            let path = self.pending.pop()?;
            match self.enter(&path) {
                Ok(Some(item)) => return Some(item),
                Ok(None) => {}
                Err(error) => return Some(failed(&path, error.into())),
            }
        }
    }
}

impl Mails {
    /// Opens `path`: a folder adds to what is pending, an mbox is opened, a mail is given back.
    fn enter(&mut self, path: &Path) -> std::io::Result<Option<Item>> {
        if path.is_dir() {
            self.pending.extend(walk::entries(path)?.into_iter().rev());
            return Ok(None);
        }
        let mut file = File::open(path)?;
        let mut head = Vec::with_capacity(mbox::HEAD_BYTES);
        file.by_ref().take(mbox::HEAD_BYTES as u64).read_to_end(&mut head)?;
        std::io::Seek::rewind(&mut file)?;
        if mbox::is_mbox(&head) {
            let name = path.display().to_string();
            self.open =
                Some(Mbox::new(BufReader::with_capacity(1 << 16, file), name, self.limit_bytes));
            return Ok(None);
        }
        let mut content = Vec::new();
        file.take(self.limit_bytes.saturating_add(1)).read_to_end(&mut content)?;
        if content.len() as u64 > self.limit_bytes {
            return Ok(Some(failed(path, FileError::TooLarge { limit_bytes: self.limit_bytes })));
        }
        Ok(Some(Item { source: path.display().to_string(), content: Ok(content) }))
    }
}

fn failed(path: &Path, error: FileError) -> Item {
    Item { source: path.display().to_string(), content: Err(error) }
}

#[cfg(test)]
mod tests;
