//! Where a command writes what it found.

use std::io::{self, Write};
use std::path::Path;

use tempfile::NamedTempFile;

use crate::exit::Failure;

/// Standard output, or a file that bears its name only once it is complete.
pub(super) enum Target<'a> {
    Out,
    File(NamedTempFile, &'a Path),
}

impl<'a> Target<'a> {
    /// Opens it; the file is nobody's but its owner's.
    pub(super) fn open(path: Option<&'a Path>) -> Result<Self, Failure> {
        let Some(path) = path else { return Ok(Self::Out) };
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
        let file = NamedTempFile::new_in(folder.unwrap_or(Path::new(".")));
        let file = file.map_err(|error| Failure::usage(format!("{}: {error}", path.display())))?;
        Ok(Self::File(file, path))
    }

    /// Gives a complete file its name.
    pub(super) fn keep(self) -> Result<(), Failure> {
        let Self::File(file, path) = self else { return Ok(()) };
        file.as_file().sync_all()?;
        let kept = file.persist(path);
        kept.map_err(|error| Failure::failed(format!("{}: {}", path.display(), error.error)))?;
        Ok(())
    }
}

impl Write for Target<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Self::Out => io::stdout().write(bytes),
            Self::File(file, _) => file.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match self {
            Self::Out => io::stdout().flush(),
            Self::File(file, _) => file.flush(),
        }
    }
}
