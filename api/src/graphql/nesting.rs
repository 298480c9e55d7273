//! Refuses documents whose brackets nest too deeply, before a recursive parser sees them.

/// Deepest nesting of brackets that is parsed; the parser itself takes 64 levels of fields.
const DEPTH_MAX: usize = 128;

/// Whether brackets nest no deeper than the parser can take. Strings and comments do not count.
pub(super) fn is_shallow(document: &str) -> bool {
    let bytes = document.as_bytes();
    let mut depth = 0_usize;
    let mut at = 0;
    while let Some(byte) = bytes.get(at) {
        match byte {
            b'{' | b'[' | b'(' => depth += 1,
            b'}' | b']' | b')' => depth = depth.saturating_sub(1),
            b'#' => at = end_of_comment(bytes, at),
            b'"' if bytes[at..].starts_with(BLOCK) => at = end_of_block(bytes, at + BLOCK.len()),
            b'"' => at = end_of_string(bytes, at + 1),
            _ => {}
        }
        if depth > DEPTH_MAX {
            return false;
        }
        at += 1;
    }
    true
}

/// What begins and ends a block string.
const BLOCK: &[u8] = b"\"\"\"";

/// Index of the line end behind a comment.
fn end_of_comment(bytes: &[u8], mut at: usize) -> usize {
    while at < bytes.len() && !matches!(bytes[at], b'\n' | b'\r') {
        at += 1;
    }
    at
}

/// Index of the last byte of a string whose content begins at `at`; a line end ends it, too.
fn end_of_string(bytes: &[u8], mut at: usize) -> usize {
    while at < bytes.len() && !matches!(bytes[at], b'"' | b'\n' | b'\r') {
        at += if bytes[at] == b'\\' { 2 } else { 1 };
    }
    at
}

/// Index of the last byte of a block string whose content begins at `at`. Only the three quotes
/// can be escaped in it.
fn end_of_block(bytes: &[u8], mut at: usize) -> usize {
    while at < bytes.len() && !bytes[at..].starts_with(BLOCK) {
        at += if bytes[at..].starts_with(b"\\\"\"\"") { 4 } else { 1 };
    }
    at + BLOCK.len() - 1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nesting_is_counted_outside_strings_and_comments() {
        assert!(is_shallow(r#"{ queue(filter: { text: "((((" }) { edges { node { id } } } }"#));
        assert!(is_shallow(&"{ a }".repeat(1000)));
        assert!(is_shallow(&format!("{{ a(x: \"{}\") }}", "{".repeat(1000))));
        assert!(is_shallow(&format!("{{ a(x: \"\"\"{}\"\"\") }}", "\"{".repeat(1000))));
        assert!(is_shallow(&format!("# {}\n{{ a }}", "{".repeat(1000))));
        assert!(!is_shallow(&"{a".repeat(1000)));
        assert!(!is_shallow(&"[".repeat(1000)));
    }

    #[test]
    fn strings_cannot_hide_nesting() {
        assert!(!is_shallow(&"{a(x:\"}\")".repeat(1000)));
        assert!(!is_shallow(&"{a(x:\"\\\"}\")".repeat(1000)));
        assert!(!is_shallow(&"{a(x:\"\"\"}\"\"\")".repeat(1000)));
        assert!(!is_shallow(&"{a#}\n".repeat(1000)));
        assert!(!is_shallow(&"{a#\\\n".repeat(1000)));
        assert!(!is_shallow(&"{a(x:\"\"\"\\\\\"\"\"}\"\"\")".repeat(1000)));
    }
}
