//! Lines between new text and history: "-----Original Message-----" and the like.

use super::lines::Document;
use super::words;

/// What a separator announces.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Separator {
    /// The mail that is answered.
    Original,
    /// A mail that is passed on.
    Forwarded,
}

/// Longest separator in bytes.
const MAX_BYTES: usize = 160;

/// What a line separates, if it is a separator.
pub fn of(document: &Document, line: usize) -> Option<Separator> {
    let lower = document.lower(line);
    if lower.len() > MAX_BYTES || lower.len() < 4 {
        return None;
    }
    let name = lower.trim_matches(is_ornament);
    let dashes = lower.chars().take_while(|c| is_ornament(*c) && !c.is_whitespace()).count();
    let announced = dashes >= 2 || lower.ends_with([':', '：']);
    if !announced || name.is_empty() {
        return None;
    }
    let name = name.trim_end_matches([':', '：', ' ']);
    if words::ORIGINAL.contains(name) && dashes >= 2 {
        return Some(Separator::Original);
    }
    if words::FORWARDED.contains(name) {
        return Some(Separator::Forwarded);
    }
    (dashes >= 2).then(|| with_more(name)).flatten()
}

/// A separator that goes on with a name or a date ("---- Forwarded by Ann on Monday ----").
fn with_more(name: &str) -> Option<Separator> {
    let starts = |phrases: &std::collections::HashSet<&'static str>| {
        name.char_indices()
            .filter(|(_, c)| *c == ' ')
            .filter_map(|(at, _)| name.get(..at))
            .any(|beginning| beginning.contains(' ') && phrases.contains(beginning))
    };
    if starts(&words::FORWARDED) {
        Some(Separator::Forwarded)
    } else if starts(&words::ORIGINAL) {
        Some(Separator::Original)
    } else {
        None
    }
}

/// Whether a line consists of nothing but a rule of at least `least` dashes or the like.
pub fn is_rule(lower: &str, least: usize) -> bool {
    let mut count = 0;
    for c in lower.chars() {
        if is_rule_char(c) {
            count += 1;
        } else if !c.is_whitespace() {
            return false;
        }
    }
    count >= least
}

/// Whether a line at the end of a text says nothing: a rule, or the mark of a mail tracker.
pub fn is_trailing_rule(lower: &str) -> bool {
    is_rule(lower, 2) || lower == "ᐧ"
}

fn is_rule_char(c: char) -> bool {
    matches!(
        c,
        '-' | '_'
            | '='
            | '*'
            | '#'
            | '~'
            | '+'
            | '–'
            | '—'
            | '―'
            | '‐'
            | '‑'
            | '─'
            | '━'
            | '═'
            | '•'
            | '·'
            | '.'
            | 'ᐧ'
    )
}

fn is_ornament(c: char) -> bool {
    matches!(
        c,
        '-' | '_'
            | '='
            | '*'
            | '#'
            | '~'
            | '–'
            | '—'
            | '―'
            | '‐'
            | '‑'
            | '─'
            | '━'
            | '＞'
            | '>'
            | '<'
            | '+'
    ) || c.is_whitespace()
}
