//! The shipped tenants without time to take a reply back, so that what is measured is the machine.

use std::fs;
use std::path::Path;

use tempfile::TempDir;

/// A copy of the shipped tenants' files with an undo delay of nothing.
pub fn without_undo_delay() -> TempDir {
    let shipped = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tenants");
    let copy = tempfile::Builder::new().prefix("casebook-tenants-").tempdir().expect("a folder");
    take_over(&shipped, copy.path());
    copy
}

fn take_over(from: &Path, to: &Path) {
    fs::create_dir_all(to).expect("a folder");
    for entry in fs::read_dir(from).expect("the tenants") {
        let path = entry.expect("an entry").path();
        let target = to.join(path.file_name().expect("a name"));
        if path.is_dir() {
            take_over(&path, &target);
            continue;
        }
        let text = fs::read_to_string(&path).expect("a policy's file");
        let lines = text.lines().map(|line| match line.starts_with("undo_delay_seconds") {
            true => "undo_delay_seconds = 0",
            false => line,
        });
        fs::write(target, lines.collect::<Vec<_>>().join("\n") + "\n").expect("written");
    }
}
