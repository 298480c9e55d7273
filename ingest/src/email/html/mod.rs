//! HTML mail to readable text.
//!
//! A WHATWG tokenizer feeds a small state machine that writes lines. No tree is built, so neither
//! nesting depth nor unclosed tags cost more than linear time and memory, and nothing recurses.

mod elements;
mod marks;
mod reader;
mod writer;

#[cfg(test)]
mod tests;

use reader::{Mode, Reader};

/// The text of an HTML mail: tags stripped, entities decoded, block elements as lines.
///
/// Scripts, styles, titles, comments (conditional ones too) and hidden blocks are dropped; of
/// links the visible text stays. Linear in the length of `html`, never panics.
pub fn to_text(html: &str) -> String {
    Reader::new(Mode::Plain).read(html)
}

/// Like [`to_text`], but made for [`super::new_text::split`]: what the mail programs mark as
/// quoted history gets a `> ` before each line, a rule becomes a line of underscores, and a marked
/// signature is introduced by a `-- ` line.
pub fn to_text_marking_quotes(html: &str) -> String {
    Reader::new(Mode::Marking).read(html)
}
