//! Small files, small functions, and a word of purpose on each module.

use casebook_house::{code, files, functions, text};

/// Most lines of a file, tests left out.
const FILE_LINES_MAX: usize = 400;
/// Most lines of a function.
const FUNCTION_LINES_MAX: usize = 70;

#[test]
fn files_are_small() {
    let long: Vec<String> = files(".rs")
        .iter()
        .map(|path| (path, code(path).lines().count()))
        .filter(|(_, lines)| *lines > FILE_LINES_MAX)
        .map(|(path, lines)| format!("{}: {lines} lines", path.display()))
        .collect();
    assert!(long.is_empty(), "longer than {FILE_LINES_MAX} lines:\n{}", long.join("\n"));
}

#[test]
fn functions_are_small() {
    let mut long = Vec::new();
    for path in files(".rs") {
        for function in functions(&code(&path)) {
            if function.lines > FUNCTION_LINES_MAX {
                let (head, lines) = (function.head, function.lines);
                long.push(format!("{}: {lines} lines: {head}", path.display()));
            }
        }
    }
    assert!(long.is_empty(), "longer than {FUNCTION_LINES_MAX} lines:\n{}", long.join("\n"));
}

#[test]
fn every_module_says_what_it_is_for() {
    let silent: Vec<String> = files(".rs")
        .iter()
        .filter(|path| !code(path).is_empty() && !text(path).starts_with("//!"))
        .map(|path| path.display().to_string())
        .collect();
    assert!(silent.is_empty(), "no `//!` at the top:\n{}", silent.join("\n"));
}
