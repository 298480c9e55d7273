//! The texts of an answer, put into the form in which they are kept.

/// A text with plain line breaks, without control characters and without characters that turn
/// the direction of writing; white space at the ends is dropped.
pub(super) fn plain(text: &str) -> String {
    let unified = text.replace("\r\n", "\n").replace('\r', "\n");
    let kept = unified.chars().filter(|c| !is_stray(*c));
    let kept: String = kept.map(|c| if c == '\0' { '\u{fffd}' } else { c }).collect();
    kept.trim().to_owned()
}

/// A text as one line, white space collapsed, at most `limit` characters.
pub(super) fn one_line(text: &str, limit: usize) -> String {
    let line = plain(text).split_whitespace().collect::<Vec<_>>().join(" ");
    line.chars().take(limit).collect::<String>().trim_end().to_owned()
}

fn is_stray(c: char) -> bool {
    let kept = matches!(c, '\n' | '\t' | '\0');
    (c.is_control() && !kept)
        || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}')
}
