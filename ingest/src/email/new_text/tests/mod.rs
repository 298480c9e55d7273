//! Tests on texts written for this purpose; each table holds variants of one idea.

mod attributions;
mod header_blocks;
mod quotes;
mod robustness;
mod signatures;

use super::split;

/// Asserts that only `own` stays of `text`.
fn assert_new_text(text: &str, own: &str) {
    let split = split(text);
    assert_eq!(split.new_text, own, "\nof the text:\n{text}\nsplit: {split:#?}");
}
