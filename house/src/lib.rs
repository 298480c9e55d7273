//! Reads the project's own source tree, for the tests that hold it to the rules of the house.

use std::fs;
use std::path::{Path, PathBuf};

/// Folders that are not ours to judge.
const SKIPPED: [&str; 6] = ["target", ".git", "node_modules", "data", "samples", "fixtures"];

/// The project's root folder.
pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().map_or_else(PathBuf::new, Path::to_owned)
}

/// All files below the root with this ending, relative to it, sorted.
pub fn files(ending: &str) -> Vec<PathBuf> {
    let root = root();
    let mut found = Vec::new();
    let mut pending = vec![root.clone()];
    while let Some(folder) = pending.pop() {
        for entry in fs::read_dir(&folder).into_iter().flatten().flatten() {
            let path = entry.path();
            let name = entry.file_name().to_string_lossy().into_owned();
            if path.is_dir() && !SKIPPED.contains(&name.as_str()) {
                pending.push(path);
            } else if path.is_file() && name.ends_with(ending) {
                found.push(path.strip_prefix(&root).unwrap_or(&path).to_owned());
            }
        }
    }
    found.sort();
    found
}

/// Text of a file below the root; empty when it cannot be read.
pub fn text(path: &Path) -> String {
    fs::read_to_string(root().join(path)).unwrap_or_default()
}

/// The part of a Rust file before its tests, and nothing of files that are tests.
pub fn code(path: &Path) -> String {
    let parts: Vec<String> =
        path.components().map(|part| part.as_os_str().to_string_lossy().into_owned()).collect();
    let is_tests = |part: &String| {
        part == "tests" || part == "benches" || part.ends_with("tests.rs") || part == "testing.rs"
    };
    if parts.iter().any(is_tests) {
        return String::new();
    }
    let text = text(path);
    let cut = text.find("#[cfg(test)]\nmod tests {").unwrap_or(text.len());
    text[..cut].to_owned()
}

/// A function that is longer than it may be.
#[derive(Debug, PartialEq, Eq)]
pub struct Function {
    /// Its first line.
    pub head: String,
    /// Number of its lines.
    pub lines: usize,
}

/// Functions of formatted Rust code and their lengths: from the line with `fn` to the closing
/// brace at the same indentation.
pub fn functions(code: &str) -> Vec<Function> {
    let lines: Vec<&str> = code.lines().collect();
    let mut found = Vec::new();
    for (start, line) in lines.iter().enumerate() {
        let bare = line.trim_start();
        let is_function =
            ["fn ", "pub fn ", "async fn ", "pub async fn ", "const fn ", "pub const fn "]
                .iter()
                .any(|head| bare.starts_with(head))
                || (bare.starts_with("pub(") && bare.contains(") ") && bare.contains("fn "));
        if !is_function || bare.ends_with(';') {
            continue;
        }
        let indent = line.len() - bare.len();
        let closing = format!("{}}}", " ".repeat(indent));
        let end = lines[start..].iter().position(|line| *line == closing);
        if let Some(length) = end {
            found.push(Function { head: bare.to_owned(), lines: length + 1 });
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_function_ends_with_its_brace() {
        let code = "impl A {\n    pub fn one(\n        x: u8,\n    ) {\n        if x {\n        }\n    }\n}\n";
        let found = functions(code);
        assert_eq!(found, [Function { head: "pub fn one(".to_owned(), lines: 6 }]);
    }
}
