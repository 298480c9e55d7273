//! Paths that documents name exist.

use std::path::{Path, PathBuf};

use casebook_house::{files, root, text};

/// Top-level folders by which a word in code marks is known to be a path of ours.
const FOLDERS: [&str; 17] = [
    "domain/",
    "store/",
    "projections/",
    "app/",
    "ingest/",
    "outbound/",
    "triage/",
    "api/",
    "casebook/",
    "evaluate/",
    "house/",
    "tests/",
    "tenants/",
    "migrations/",
    "docs/",
    "portal/",
    ".ci/",
];

/// Words between code marks that look like paths of ours, and targets of relative links.
fn named(document: &Path, text: &str) -> Vec<PathBuf> {
    let mut paths = Vec::new();
    for word in text.split('`').skip(1).step_by(2) {
        let is_path = FOLDERS.iter().any(|folder| word.starts_with(folder))
            && !word.contains(|c: char| c.is_whitespace() || "{}<>*?$".contains(c));
        if is_path {
            paths.push(PathBuf::from(word.split(':').next().unwrap_or(word)));
        }
    }
    for link in text.split("](").skip(1) {
        let target = link.split(')').next().unwrap_or_default();
        let target = target.split('#').next().unwrap_or_default();
        if !target.is_empty() && !target.contains("://") {
            let folder = document.parent().unwrap_or(Path::new(""));
            paths.push(folder.join(target));
        }
    }
    paths
}

#[test]
fn paths_named_in_documents_exist() {
    let mut missing = Vec::new();
    for document in files(".md").into_iter().filter(|path| !path.starts_with("tenants")) {
        for path in named(&document, &text(&document)) {
            if !root().join(&path).exists() {
                missing.push(format!("{}: {}", document.display(), path.display()));
            }
        }
    }
    assert!(missing.is_empty(), "named, but not there:\n{}", missing.join("\n"));
}

#[test]
fn a_path_is_told_from_other_words() {
    let text = "see `app/src/lib.rs`, `SELECT 1`, `docs/<name>.md` and [x](cli.md#exit)";
    let found = named(Path::new("docs/a.md"), text);
    assert_eq!(found, [PathBuf::from("app/src/lib.rs"), PathBuf::from("docs/cli.md")]);
}
