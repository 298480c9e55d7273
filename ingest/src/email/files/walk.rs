//! Which files of a folder hold mail.

use std::path::{Path, PathBuf};

/// Endings of files that hold mail; Maildir files need none.
const ENDINGS: [&str; 3] = ["eml", "mbox", "mbx"];

/// What to read below `folder`, sorted by name. Of a Maildir `new` and `cur` are read and `tmp`,
/// where deliveries are still being written, is left out; its sub-folders are Maildirs again.
pub fn entries(folder: &Path) -> std::io::Result<Vec<PathBuf>> {
    let maildir = is_maildir(folder);
    let in_maildir = is_maildir_part(folder);
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        let name = path.file_name().map(|name| name.to_string_lossy().into_owned());
        let name = name.unwrap_or_default();
        let take = if path.is_dir() {
            is_real_folder(&path) && !(maildir && name == "tmp")
        } else if in_maildir {
            !name.starts_with('.')
        } else {
            !maildir && has_mail_ending(&path)
        };
        if take {
            found.push(path);
        }
    }
    found.sort();
    Ok(found)
}

fn is_maildir(folder: &Path) -> bool {
    folder.join("cur").is_dir() && folder.join("new").is_dir()
}

fn is_maildir_part(folder: &Path) -> bool {
    let name = folder.file_name().unwrap_or_default();
    (name == "cur" || name == "new") && folder.parent().is_some_and(is_maildir)
}

/// A link to a folder could lead in circles.
fn is_real_folder(path: &Path) -> bool {
    std::fs::symlink_metadata(path).is_ok_and(|data| !data.file_type().is_symlink())
}

fn has_mail_ending(path: &Path) -> bool {
    let ending = path.extension().map(|ending| ending.to_string_lossy().to_lowercase());
    ending.is_some_and(|ending| ENDINGS.contains(&ending.as_str()))
}
